"""Moments by environment, and what is computed from them alone."""

import numpy as np
import pytest
from scipy.stats import chi2, kstest

from latentmr.data import Dataset
from latentmr.learn.linear.moments import environment_moments, mean_shift, usable_environments


@pytest.fixture
def data():
    rng = np.random.default_rng(4)
    env = np.repeat(["a", "b", "c", "tiny"], [100, 200, 50, 10])
    return Dataset.from_arrays(rng.normal(size=(360, 4)) * 3 + 100, env, A=rng.normal(size=(360, 1)))


def test_moments_are_means_and_covariances(data, moments_of):
    kept = data.env < 3
    want = moments_of(np.column_stack([data.G, data.A])[kept].astype(float), data.env[kept])
    found = environment_moments(data)
    assert np.array_equal(found.n, [100, 200, 50])
    assert found.mean == pytest.approx(want.mean, rel=1e-10)
    assert found.covariance == pytest.approx(want.covariance, rel=1e-8, abs=1e-10)


def test_pooled_covariance_is_that_of_everyone(data):
    found = environment_moments(data)
    values = np.column_stack([data.G, data.A])[data.env < 3].astype(float)
    assert found.pooled_mean == pytest.approx(values.mean(axis=0), rel=1e-10)
    assert np.allclose(found.pooled, np.cov(values.T, bias=True), rtol=1e-8)
    assert np.linalg.eigvalsh(found.pooled - found.within).min() > -1e-9


def test_maps_and_selections(data):
    found, W = environment_moments(data), np.random.default_rng(0).normal(size=(5, 2))
    mapped = found.mapped(W)
    assert mapped.pooled == pytest.approx(W.T @ found.pooled @ W, rel=1e-9, abs=1e-9)
    taken = found.take(3)
    assert np.array_equal(taken.covariance, found.covariance[:, :3, :3])
    assert found.weight.sum() == pytest.approx(1)


def test_environments_in_learning(data):
    assert usable_environments(data).tolist() == [0, 1, 2]


def test_missing_calls_count_as_the_mean_of_their_environment():
    rng = np.random.default_rng(1)
    G = rng.binomial(2, 0.5, size=(200, 3)).astype(float)
    holes = G.copy()
    holes[::4, 1] = np.nan
    found = environment_moments(Dataset.from_arrays(holes, np.repeat(["a", "b"], 100)))
    known = holes[:100][~np.isnan(holes[:100, 1]), 1]
    assert found.mean[0, 1] == pytest.approx(known.mean())
    assert found.covariance[0, 1, 1] == pytest.approx(known.var() * len(known) / 100)


def test_mean_shift_is_chi2_without_a_difference(moments_of):
    env = np.repeat(np.arange(4), 100)
    found = [mean_shift(moments_of(np.random.default_rng(seed).normal(size=(400, 3)), env)) for seed in range(200)]
    assert {row.df for row in found} == {9}
    assert kstest([chi2.sf(row.statistic, 9) for row in found], "uniform").pvalue > 0.01


def test_mean_shift_effect_is_the_share_of_variance_between(moments_of):
    rng = np.random.default_rng(0)
    env = np.repeat(np.arange(2), 20_000)
    X = rng.normal(size=(40_000, 2))
    X[:, 0] += 2 * env  # means 0 and 2: variance 1 between, 1 within
    found = mean_shift(moments_of(X, env))
    assert found.effect == pytest.approx(0.25, abs=0.01)
    scaled = mean_shift(moments_of(X @ np.array([[1.0, 3.0], [0.0, 10.0]]), env))
    assert scaled.statistic == pytest.approx(found.statistic, rel=1e-8)
    assert scaled.effect == pytest.approx(found.effect, rel=1e-8)

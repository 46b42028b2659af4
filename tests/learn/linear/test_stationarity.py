"""The test of equal means and covariances: size without normality, power, and the choice of k."""

import numpy as np
import pytest
from scipy.stats import kstest

from latentmr.learn.linear.stationary import choose_k, order_by_stationarity, stationarity_p_values
from latentmr.linalg import symmetric_root

ENV = np.repeat(np.arange(4), 400)
LAWS = {
    "normal": lambda rng, size: rng.normal(size=size),
    "uniform": lambda rng, size: rng.uniform(-1, 1, size=size),
    "heavy tails": lambda rng, size: rng.laplace(size=size),
    "counts": lambda rng, size: rng.binomial(2, 0.3, size=size).astype(float),
    "skew": lambda rng, size: rng.exponential(size=size) ** 0.8,
}


@pytest.fixture
def p_values(moments_of):
    def compute(values, env=ENV, people=500):
        moments = moments_of(values, env)
        white = symmetric_root(moments.within, np.diag(moments.within))
        mapped = moments.mapped(white)
        sample = np.random.default_rng(0).choice(len(values), people, replace=False)
        return stationarity_p_values(mapped, (values @ white - mapped.mean[env])[sample])

    return compute


@pytest.mark.parametrize("law", LAWS)
def test_p_values_are_about_uniform_without_a_difference(p_values, law):
    found = np.array([p_values(LAWS[law](np.random.default_rng(seed), (1600, 2))) for seed in range(100)])
    for p in found.T:
        assert kstest(p, "uniform").pvalue > 1e-3
        assert (p < 0.05).mean() < 0.14
        assert (p < 0.01).mean() < 0.06


@pytest.mark.parametrize("law", ["normal", "heavy tails"])
@pytest.mark.parametrize(("shift", "scale"), [(0.7, 1.0), (0.0, 1.5)])
def test_a_changed_mean_or_variance_is_found(p_values, law, shift, scale):
    hits = 0
    for seed in range(20):
        values = LAWS[law](np.random.default_rng(seed), (1600, 2))
        values[ENV == 0] = values[ENV == 0] * scale + shift * values.std(axis=0)
        hits += p_values(values)[1] < 0.01
    assert hits >= 19


def test_a_changed_correlation_is_found(p_values):
    values = np.random.default_rng(0).normal(size=(1600, 2))
    values[ENV == 2, 1] += values[ENV == 2, 0]
    first, both = p_values(values)
    assert both < 1e-6


def test_k_is_the_last_accepted_number():
    assert choose_k(np.array([0.5, 0.2, 0.003, 0.0]), 0.01)[0] == 2
    assert choose_k(np.array([0.005, 0.2, 0.003]), 0.01)[0] == 2
    assert choose_k(np.array([0.005, 0.001]), 0.01)[0] == 0
    k, history = choose_k(np.array([0.02, 0.01]), 0.01)
    assert k == 2
    assert list(history.p_values) == [0.02, 0.01]
    assert "level 0.01" in history.rule


def test_order_puts_what_does_not_change_first(moments_of):
    rng = np.random.default_rng(2)
    values = rng.normal(size=(1600, 4))
    values[:, 1] += np.array([0.0, 1.0, -1.0, 2.0])[ENV]
    values[:, 3] *= np.array([1.0, 2.0, 1.0, 0.5])[ENV]
    fit = order_by_stationarity(moments_of(values, ENV))
    share = fit.weights**2 / (fit.weights**2).sum(axis=0)
    assert share[[0, 2]][:, :2].sum(axis=0) == pytest.approx([1, 1], abs=0.02)
    assert share[[1, 3]][:, 2:].sum(axis=0) == pytest.approx([1, 1], abs=0.05)
    assert fit.eigenvalues[1] < 0.05 < fit.eigenvalues[2]


def test_eigenvalues_are_zero_for_identical_environments(moments_of):
    values = np.tile(np.random.default_rng(1).normal(size=(400, 3)), (4, 1))
    assert order_by_stationarity(moments_of(values, ENV)).eigenvalues == pytest.approx(0, abs=1e-12)

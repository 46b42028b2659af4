"""Maximum-likelihood factor analysis of one matrix, against a closed form and against scikit-learn."""

import warnings

import numpy as np
import pytest
from scipy.stats import kstest
from sklearn.decomposition import FactorAnalysis
from sklearn.exceptions import ConvergenceWarning

from latentmr.learn.linear.factor_analysis import factor_analysis, next_factor_statistic


def log_likelihood(S, loadings, uniqueness):
    sigma = loadings @ loadings.T + np.diag(uniqueness)
    return -np.linalg.slogdet(sigma)[1] - np.trace(np.linalg.solve(sigma, S))


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(6)
    B = rng.normal(size=(10, 3))
    return rng.normal(size=(500, 3)) @ B.T + rng.normal(size=(500, 10)) * np.linspace(0.7, 2, 10)


def test_one_factor_of_three_variables_in_closed_form():
    l1, l2, l3 = 0.8, -0.5, 0.6
    loadings = np.array([l1, l2, l3])
    S = np.outer(loadings, loadings) + np.diag([0.3, 0.7, 0.5])
    found, uniqueness = factor_analysis(S, 1)
    assert found[:, 0] * np.sign(found[0, 0]) == pytest.approx(loadings, abs=1e-4)
    assert uniqueness == pytest.approx([0.3, 0.7, 0.5], abs=1e-4)
    # the identity behind it: l1^2 = s12 s13 / s23
    assert found[0, 0] ** 2 == pytest.approx(S[0, 1] * S[0, 2] / S[1, 2], abs=1e-4)


@pytest.mark.parametrize("r", [1, 2, 3, 4])
def test_likelihood_is_at_least_that_of_scikit_learn(sample, r):
    S = np.cov(sample.T, bias=True)
    loadings, uniqueness = factor_analysis(S, r)
    with warnings.catch_warnings():
        # its EM creeps at a bound; where it stops is a lower bound all the same
        warnings.simplefilter("ignore", ConvergenceWarning)
        peer = FactorAnalysis(n_components=r, svd_method="lapack", tol=1e-6, max_iter=500).fit(sample)
    theirs = log_likelihood(S, peer.components_.T, peer.noise_variance_)
    assert loadings.shape == (10, r)
    assert log_likelihood(S, loadings, uniqueness) >= theirs - 1e-5
    if r == 3:
        implied = loadings @ loadings.T + np.diag(uniqueness)
        assert np.allclose(implied, peer.get_covariance(), atol=0.02)


def test_variances_are_reproduced(sample):
    S = np.cov(sample.T, bias=True)
    loadings, uniqueness = factor_analysis(S, 2)
    assert (loadings**2).sum(axis=1) + uniqueness == pytest.approx(np.diag(S), rel=1e-4)


def test_units_carry_over(sample):
    S, units = np.cov(sample.T, bias=True), np.logspace(-2, 2, 10)
    first, second = factor_analysis(S, 2), factor_analysis(S * np.outer(units, units), 2)
    assert np.allclose(np.abs(second[0]), np.abs(first[0] * units[:, None]), rtol=1e-4)
    assert second[1] == pytest.approx(first[1] * units**2, rel=1e-4)


def test_no_factor_leaves_everything_unique(sample):
    S = np.cov(sample.T, bias=True)
    loadings, uniqueness = factor_analysis(S, 0)
    assert loadings.shape == (10, 0)
    assert uniqueness == pytest.approx(np.diag(S))


def test_statistic_tells_a_factor_from_none(sample):
    S = np.cov(sample.T, bias=True)
    values = [next_factor_statistic(S, *factor_analysis(S, r), 500) for r in range(4)]
    assert min(values[:3]) > 10
    assert values[3] < 2


def test_statistic_has_the_mean_and_spread_of_tracy_widom():
    # beta = 1: mean -1.2065, sd 1.268, upper 5 % at 0.979 (known variances; Johnstone, 2001)
    values = []
    for seed in range(400):
        X = np.random.default_rng(seed).normal(size=(300, 20))
        values.append(next_factor_statistic(X.T @ X / 300, np.zeros((20, 0)), np.ones(20), 300))
    assert np.mean(values) == pytest.approx(-1.2065, abs=0.25)
    assert np.std(values) == pytest.approx(1.268, abs=0.15)
    assert 0.02 < np.mean(np.array(values) > 0.979) < 0.09
    assert kstest((np.array(values) + 1.2065) / 1.268, "norm").statistic < 0.15

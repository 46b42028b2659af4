"""The multigroup factor model: gradient, likelihood, and what it recovers."""

import numpy as np
import pytest

from latentmr.learn.linear.factor import no_factor, select_factors
from latentmr.learn.linear.factor_analysis import factor_analysis
from latentmr.learn.linear.moments import EnvironmentMoments, environment_moments
from latentmr.learn.linear.multigroup import _Problem, multigroup_factors


@pytest.fixture(scope="module")
def normal(moments_of):
    """Two factors whose law differs between three environments; 8 variables."""
    rng = np.random.default_rng(4)
    B = rng.normal(size=(8, 2))
    env = np.repeat(np.arange(3), 3000)
    f = rng.normal(size=(9000, 2)) * np.array([[1, 0.5], [0.5, 1.5], [1, 1]])[env] + rng.normal(size=(3, 2))[env]
    G = f @ B.T + rng.normal(size=(9000, 8)) * np.linspace(0.8, 1.5, 8)
    return B, moments_of(G, env)


@pytest.mark.parametrize("r", [1, 2, 3])
def test_gradient_equals_finite_differences(normal, r):
    _, moments = normal
    scale = np.sqrt(np.diag(moments.pooled))
    unit = moments.mapped(np.diag(1 / scale))
    problem = _Problem(unit, r, *factor_analysis(unit.pooled, r))
    rng = np.random.default_rng(r)
    theta = problem.start() + 0.1 * rng.normal(size=problem.sizes[-1])
    _, gradient = problem.objective(theta)
    step = 1e-6
    differences = np.array(
        [
            (problem.objective(theta + step * unit)[0] - problem.objective(theta - step * unit)[0]) / (2 * step)
            for unit in np.eye(len(theta))
        ]
    )
    assert gradient == pytest.approx(differences, abs=2e-7)
    assert np.abs(gradient).max() > 1e-2


def test_parameters_are_laid_out_as_they_are_read(normal):
    _, moments = normal
    problem = _Problem(moments, 2, *factor_analysis(moments.pooled, 2))
    theta = np.arange(float(problem.sizes[-1]))
    B, mu, m, roots, log_psi = problem.unpack(theta)
    assert (B.shape, mu.shape, m.shape, roots.shape, log_psi.shape) == ((8, 2), (8,), (3, 2), (3, 2, 2), (3, 8))
    assert np.array_equal(roots[:, 0, 1], np.zeros(3))
    assert len(problem.bounds()) == len(theta) == len(problem.start())


def test_log_likelihood_is_that_of_normals(normal):
    _, moments = normal
    problem = _Problem(moments, 2, *factor_analysis(moments.pooled, 2))
    theta = problem.start()
    B, mu, m, roots, log_psi = problem.unpack(theta)
    want = 0.0
    for e in range(3):
        sigma = B @ roots[e] @ roots[e].T @ B.T + np.diag(np.exp(log_psi[e]))
        d = moments.mean[e] - mu - B @ m[e]
        spread = moments.covariance[e] + np.outer(d, d)
        want -= 1500 * (np.log(np.linalg.det(sigma)) + np.trace(np.linalg.inv(sigma) @ spread))
    assert problem.log_likelihood(theta) == pytest.approx(want, rel=1e-10)


def test_loadings_of_the_truth_are_recovered(normal):
    B, moments = normal
    fit = multigroup_factors(moments, 2)
    assert fit.converged
    left = B - fit.loadings @ np.linalg.lstsq(fit.loadings, B, rcond=None)[0]
    assert np.linalg.norm(left) < 0.05 * np.linalg.norm(B)
    assert np.sqrt(fit.uniqueness) == pytest.approx(np.linspace(0.8, 1.5, 8), rel=0.05)
    implied = fit.loadings @ fit.factor_covariance @ fit.loadings.T + np.diag(fit.uniqueness)
    assert np.allclose(implied, moments.within, atol=0.1)


def test_likelihood_rises_with_factors_and_the_criterion_finds_their_number(normal):
    _, moments = normal
    fits = [no_factor(moments), *(multigroup_factors(moments, r) for r in (1, 2, 3))]
    gains = np.diff([fit.log_likelihood for fit in fits])
    assert (gains > 0).all()
    # true factors gain far more than the parameters they cost, a false one does not
    costs = np.diff([fit.n_parameters for fit in fits])
    assert (gains[:2] > 10 * costs[:2]).all()
    assert gains[2] < costs[2]
    chosen, table = select_factors(moments)
    assert chosen.loadings.shape == (8, 2)
    assert min(table, key=lambda row: row.aic).n_factors == 2


def test_likelihood_rises_with_factors_on_counts(counts):
    moments = environment_moments(counts.dataset)
    values = [no_factor(moments).log_likelihood, *(multigroup_factors(moments, r).log_likelihood for r in (1, 2, 3, 4))]
    assert (np.diff(values) > 0).all()


def test_number_of_parameters():
    # p r loadings, p intercepts, and per environment r means, r (r + 1) / 2 covariances, p variances; less the
    # r^2 + r that a change of the factors' basis and origin absorbs
    rng = np.random.default_rng(0)
    covariance = np.stack([np.cov(rng.normal(size=(5, 100)))] * 2)
    fit = multigroup_factors(EnvironmentMoments(np.array([100.0, 100.0]), np.zeros((2, 5)), covariance), 2)
    assert fit.n_parameters == 10 + 5 + 2 * (2 + 3 + 5) - 4 - 2


def test_units_do_not_change_the_likelihood(normal):
    _, moments = normal
    scaled = moments.mapped(np.diag(np.linspace(0.01, 100, 8)))
    first, second = multigroup_factors(moments, 2), multigroup_factors(scaled, 2)
    assert first.log_likelihood == pytest.approx(second.log_likelihood, abs=1e-3)
    # single loadings are not identified, their span is
    spans = [np.linalg.svd(B)[0][:, :2] for B in (second.loadings / np.linspace(0.01, 100, 8)[:, None], first.loadings)]
    assert spans[0] @ spans[0].T == pytest.approx(spans[1] @ spans[1].T, abs=1e-3)

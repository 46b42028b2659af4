"""Learning again from moments: on those of the data it finds the learned space, and every piece has its gradient."""

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.optimize import approx_fprime

from latentmr.data import Dataset
from latentmr.learn import LinearLearner
from latentmr.learn.linear.factor import free_directions, select_factors
from latentmr.learn.linear.factor_analysis import factor_analysis
from latentmr.learn.linear.moments import EnvironmentMoments, environment_moments
from latentmr.learn.linear.multigroup import WarmFactors, _Problem, multigroup_factors
from latentmr.learn.linear.relearning import Relearning, people_digest
from latentmr.simulate import admixture, linear


def angle(one, other):
    """Largest principal angle between two spans (the smaller one's to the larger)."""
    return float(subspace_angles(one, other).max())


@pytest.fixture(scope="module")
def small():
    return linear(n_per_env=800, seed=3).dataset


@pytest.fixture(scope="module")
def small_counts():
    return admixture(n=3000, p=12, n_populations=3, fst=0.3, seed=2).dataset


def relearned(dataset, **options):
    model = LinearLearner(seed=0, **options).fit(dataset)
    return model, Relearning(model, environment_moments(dataset))


def with_aux(dataset):
    rng = np.random.default_rng(0)
    A = np.column_stack([rng.normal(size=dataset.n), dataset.env + rng.normal(size=dataset.n)])
    G = dataset.G.astype(float) + 0.3 * A[:, [0]] if dataset.kind == "continuous" else dataset.G
    return Dataset.from_arrays(G, dataset.env, dataset.X, dataset.y, A=A)


def test_stationary_space_is_that_of_the_model(small):
    model, again = relearned(small)
    assert model.form == "stationary"
    assert again.base.shape == (small.p, model.k)
    assert angle(again.base, model.encoder.z_map()) < 1e-6


def test_factor_space_is_that_of_the_model(small_counts):
    model, again = relearned(small_counts)
    r = model.history.n_factors
    assert model.form == "factor"
    assert r >= 2
    assert again.base.shape == (12, 12 - r)
    assert angle(again.base, model.encoder.z_map()) < 0.02


@pytest.mark.parametrize("k", [1, 2])
def test_fewer_stationary_instruments_lie_in_the_space(small, k):
    model, again = relearned(small, k=k)
    assert again.base.shape[1] == model.history.k_stationary == 3
    assert angle(again.base, model.encoder.z_map()) < 1e-6


def test_more_stationary_instruments_than_were_found_are_the_space(small):
    model, again = relearned(small, k=4)
    assert again.base.shape[1] == 4
    assert angle(again.base, model.encoder.z_map()) < 1e-6


def test_fewer_instruments_of_the_factor_form_lie_in_the_space(small_counts):
    model, again = relearned(small_counts, k=4)
    assert (model.k, again.base.shape[1]) == (4, 12 - model.history.n_factors)
    assert angle(again.base, model.encoder.z_map()) < 0.02


@pytest.mark.parametrize("name", ["small", "small_counts"])
def test_auxiliary_features_are_part_of_the_map(name, request):
    data = with_aux(request.getfixturevalue(name))
    model, again = relearned(data)
    assert again.base.shape[0] == data.p + 2
    assert np.abs(again.base[-2:]).max() > 0
    assert angle(again.base, model.encoder.z_map()) < (1e-6 if name == "small" else 0.02)
    # what is left of the genotypes is uncorrelated with the features
    S = environment_moments(data).pooled
    assert np.abs(S[-2:] @ again.base).max() < 1e-8 * np.abs(S).max() * np.abs(again.base).max()


def test_without_factors_everything_is_exogenous(small_counts, small):
    model, again = relearned(small_counts, n_factors=0)
    assert model.k == again.base.shape[1] == 12
    assert angle(again.base, model.encoder.z_map()) < 1e-6
    # on any moments
    other = environment_moments(small_counts)
    other = EnvironmentMoments(other.n, other.mean + 1, 2 * other.covariance)
    assert np.array_equal(again.space(other), np.eye(12))


def test_space_moves_little_with_little_changed_moments(small, small_counts):
    for data in (small, small_counts):
        _, again = relearned(data)
        moments = environment_moments(data)
        scale = np.diag(1 + 1e-4 * np.random.default_rng(1).normal(size=data.p))
        moved = angle(again.space(moments.mapped(scale)), again.base)
        assert 0 < moved < 0.02


@pytest.fixture(scope="module")
def warm(small_counts):
    moments = environment_moments(small_counts)
    return moments, WarmFactors(moments, 2)


def test_refit_on_the_data_is_the_fit(warm):
    moments, factors = warm
    loadings, uniqueness = factors.refit(moments)
    fit = multigroup_factors(moments, 2)
    assert angle(loadings, fit.loadings) < 0.02
    assert uniqueness == pytest.approx(fit.uniqueness, rel=0.01)
    assert angle(free_directions(loadings, uniqueness), free_directions(fit.loadings, fit.uniqueness)) < 0.02


def test_refit_knows_the_units(warm):
    moments, factors = warm
    scale = np.diag(np.geomspace(0.1, 10, 12))
    loadings, uniqueness = factors.refit(moments)
    scaled = WarmFactors(moments.mapped(scale), 2).refit(moments.mapped(scale))
    assert angle(scaled[0], scale @ loadings) < 1e-3
    assert scaled[1] == pytest.approx(np.diag(scale) ** 2 * uniqueness, rel=1e-3)


def test_refit_on_another_sample_is_near_a_fit_from_scratch(small_counts, warm):
    rng = np.random.default_rng(4)
    drawn = np.concatenate([rng.choice(np.flatnonzero(small_counts.env == e), 600) for e in range(small_counts.n_env)])
    other = environment_moments(Dataset.from_arrays(small_counts.G[drawn], small_counts.env[drawn]))
    found, _ = warm[1].refit(other)
    fresh = multigroup_factors(other, 2).loadings
    original = warm[1].refit(warm[0])[0]
    assert angle(found, fresh) < 0.4 * angle(original, fresh)


def test_refit_leaves_the_solution_it_starts_from_alone(warm):
    moments, factors = warm
    before = factors.refit(moments)[0]
    other = EnvironmentMoments(moments.n, moments.mean[::-1], moments.covariance[::-1])
    factors.refit(other)
    assert np.array_equal(factors.refit(moments)[0], before)


@pytest.mark.parametrize("r", [1, 3])
def test_gradient_is_that_of_finite_differences(moments_of, r):
    rng = np.random.default_rng(r)
    env = np.repeat(np.arange(3), [60, 80, 100])
    moments = moments_of(rng.normal(size=(240, 6)) @ rng.normal(size=(6, 6)) + env[:, None] * rng.normal(size=6), env)
    moments = moments.mapped(np.diag(1 / np.sqrt(np.diag(moments.pooled))))
    problem = _Problem(moments, r, *factor_analysis(moments.pooled, r))
    theta = problem.start() + 0.1 * rng.normal(size=int(problem.sizes[-1]))
    for at in (problem, problem.with_moments(moments.mapped(np.diag(np.linspace(0.8, 1.2, 6))))):
        value, gradient = at.objective(theta)
        numerical = approx_fprime(theta, lambda t, at=at: at.objective(t)[0], 1e-7)
        assert np.isfinite(value)
        assert gradient == pytest.approx(numerical, rel=1e-4, abs=1e-5)


def test_selected_fit_and_warm_fit_are_one_space(small_counts):
    moments = environment_moments(small_counts)
    fit, _ = select_factors(moments)
    r = fit.loadings.shape[1]
    assert angle(WarmFactors(moments, r).refit(moments)[0], fit.loadings) < 0.02


def identified(ids, order=None):
    rng = np.random.default_rng(0)
    order = np.arange(80) if order is None else order
    return Dataset.from_arrays(rng.normal(size=(80, 2))[order], np.repeat([0, 1], 40)[order], samples=ids[order])


def test_people_are_known_whatever_their_order():
    ids = np.array([f"id{j}" for j in range(80)])
    order = np.random.default_rng(1).permutation(80)
    assert people_digest(identified(ids)) == people_digest(identified(ids, order))


def test_other_people_have_another_digest():
    ids = np.array([f"id{j}" for j in range(80)])
    other = np.where(ids == "id7", "id80", ids)
    assert people_digest(identified(ids)) != people_digest(identified(other))


def test_a_model_knows_its_people(small):
    model = LinearLearner().fit(small)
    assert model.history.people == people_digest(small)

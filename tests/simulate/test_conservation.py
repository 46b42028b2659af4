"""What the scenarios promise of variances, strength and confounding is met within 2 % where people are many."""

import numpy as np
import pytest
from scipy.stats import kstest, uniform

from latentmr import ols
from latentmr.simulate import (
    admixture,
    confounded_z,
    diffeomorphic,
    linear,
    phenotypes_by_ancestry,
    piecewise,
    polynomial,
    same_environments,
    semisynthetic,
    weak,
)

CONTINUOUS = {
    "linear": linear,
    "polynomial": polynomial,
    "diffeomorphic": diffeomorphic,
    "piecewise": piecewise,
    "same-environments": same_environments,
    "confounded-z": confounded_z,
    "weak": weak,
}


def regressed(response, *columns):
    """Slopes, in the order of the columns, and residuals."""
    X = np.column_stack([np.ones(len(response)), *columns])
    slopes = np.linalg.lstsq(X, response, rcond=None)[0]
    return slopes[1:], response - X @ slopes


def without_effect(found):
    """What the outcome has beyond the exposure: 1.5 U + N."""
    return found.dataset.y - found.truth.beta * found.dataset.X[:, 0]


def between_share(values, env):
    """Share of the variance that lies between environments of equal size, free of the noise of their means."""
    groups = values[np.argsort(env, kind="stable")].reshape(env.max() + 1, -1, values.shape[1])
    within = groups.var(axis=1, ddof=1).mean(axis=0)
    between = groups.mean(axis=1).var(axis=0, ddof=1) - within / groups.shape[1]
    return float(np.mean(between / (between + within)))


# latents and instruments


@pytest.mark.parametrize("draw", CONTINUOUS.values(), ids=CONTINUOUS)
def test_z_is_uniform_with_unit_variance_and_v_and_g_are_standardised(draw):
    found = draw(n_per_env=20_000, seed=3)
    Z, V, G = found.truth.Z, found.truth.V, found.dataset.G.astype(float)
    assert Z.var(axis=0) == pytest.approx(1, rel=0.02)
    law = uniform(-np.sqrt(3), 2 * np.sqrt(3))
    assert min(kstest(z, law.cdf).pvalue for z in Z.T) > 0.001
    for values in (V, G):
        assert values.mean(axis=0) == pytest.approx(0, abs=1e-6)
        assert values.var(axis=0) == pytest.approx(1, rel=1e-5)


def test_a_stated_share_of_the_variance_of_v_lies_between_environments():
    # in raw units 1 between, and within E[A D A'] = (1.25 + 11 / 4) E[exp 2 U(-1/2, 1/2)]
    within = (1.25 + 11 * 0.25) * np.sinh(1)
    found = linear(n_per_env=8, n_env=4_000, d_z=1, d_v=12, seed=1)
    assert between_share(found.truth.V, found.dataset.env) == pytest.approx(1 / (1 + within), rel=0.02)
    assert between_share(found.truth.Z, found.dataset.env) == pytest.approx(0, abs=0.01)


def test_no_variance_of_v_lies_between_the_same_environments():
    found = same_environments(n_per_env=8, n_env=4_000, seed=1, mixing="linear")
    assert between_share(found.truth.V, found.dataset.env) == pytest.approx(0, abs=0.01)


# the base design


@pytest.mark.parametrize("draw", [linear, diffeomorphic], ids=["linear", "diffeomorphic"])
def test_effects_of_the_latents_are_unit_vectors_and_noise_is_as_stated(draw):
    found = draw(n_per_env=100_000, seed=2)
    Z, V = found.truth.Z, found.truth.V
    on_outcome, left_outcome = regressed(without_effect(found), Z, V)
    on_exposure, left_exposure = regressed(found.dataset.X[:, 0], Z, V)
    d = on_outcome[3:] / 1.5
    assert np.linalg.norm(on_outcome[:3]) < 0.02
    assert np.linalg.norm(d) == pytest.approx(1, rel=0.02)
    assert np.linalg.norm(on_exposure[:3]) == pytest.approx(1, rel=0.02)
    assert np.linalg.norm(on_exposure[3:] - d) == pytest.approx(0.7, rel=0.02)
    # U has N / 2 of its own: 1.5 N / 2 + N, N / 2 + N, and what they share
    assert left_outcome.var() == pytest.approx(2.25 * 0.25 + 1, rel=0.02)
    assert left_exposure.var() == pytest.approx(0.25 + 1, rel=0.02)
    assert np.mean(left_outcome * left_exposure) == pytest.approx(1.5 * 0.25, rel=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_confounding_biases_ols_by_as_much_as_the_design_implies(seed):
    found = linear(n_per_env=50_000, beta=0.3, seed=seed)
    x, V = found.dataset.X[:, 0], found.truth.V
    d = unit(regressed(without_effect(found), V)[0])
    # 0.7 b + d, and b is a unit vector too
    b = unit(regressed(x, found.truth.Z, V)[0][3:] - d)
    R, load = np.cov(V.T), 0.7 * b + d
    expected = 1.5 * (load @ R @ d + 0.25) / (1 + load @ R @ load + 0.25 + 1)
    assert ols(x, found.dataset.y).beta - 0.3 == pytest.approx(expected, rel=0.02)
    assert without_effect(found).var() == pytest.approx(2.25 * (d @ R @ d + 0.25) + 1, rel=0.02)


def unit(vector):
    return vector / np.linalg.norm(vector)


# departures from it


@pytest.mark.parametrize("f_statistic", [1.5, 5.0, 30.0])
def test_instruments_are_as_weak_as_asked_in_expectation(f_statistic):
    """F of one draw has a standard deviation of half its mean: its expectation, given the pieces, has none."""
    found = weak(n_per_env=40_000, seed=1, f_statistic=f_statistic, mixing="linear")
    base = linear(n_per_env=40_000, seed=1)
    Z, x = found.truth.Z, found.dataset.X[:, 0]
    # the exposures differ by (1 - scale) Z a, and a is a unit vector
    lost = regressed(base.dataset.X[:, 0] - x, Z)[0]
    signal = (1 - np.linalg.norm(lost)) * Z @ unit(lost)
    rest = x - signal
    assert np.linalg.norm(regressed(rest, Z)[0]) < 0.02
    noncentrality = len(x) * signal.var() / (3 * rest.var())
    assert noncentrality == pytest.approx(f_statistic - 1, rel=0.02)


def test_confounding_of_z_varies_over_environments_as_stated():
    """U gains 0.7 s c'Z; with one latent c is 1 or -1."""
    shape = {"n_per_env": 2, "n_env": 10_000, "d_z": 1, "d_v": 1, "seed": 1}
    found, base = confounded_z(**shape, mixing="linear"), linear(**shape)
    gained = (without_effect(found) - without_effect(base)) / 1.5
    Z, env = found.truth.Z[:, 0], found.dataset.env
    s = np.bincount(env, np.abs(gained)) / np.bincount(env, np.abs(Z)) / 0.7
    assert s.mean() == pytest.approx(1, rel=0.02)
    assert s.var() == pytest.approx(1 / 3, rel=0.02)
    assert s.max() <= 2


# allele counts


def test_variances_of_phenotypes_by_ancestry():
    rng = np.random.default_rng(1)
    n, beta = 1_000_000, 0.5
    G = rng.binomial(2, [0.1, 0.3, 0.5, 0.8], size=(n, 4)).astype(np.int8)
    Q = rng.dirichlet([2, 1, 1], n)
    x, y = phenotypes_by_ancestry(G, Q, beta, rng)
    W = y - beta * x
    left = regressed(W, Q[:, :2])[1]
    assert W.var() == pytest.approx(2.25 * 0.98 + 1, rel=0.02)
    assert left.var() == pytest.approx(2.25 * 0.49 + 1, rel=0.02)
    # here the score and ancestry are independent
    assert x.var() == pytest.approx(1 / 9 + 0.98 + 0.25, rel=0.02)
    assert np.cov(x, W)[0, 1] == pytest.approx(1.5 * 0.98, rel=0.02)
    # W takes the place of U's own part: the score is seen through less noise
    g = (G - G.mean(axis=0)) @ regressed(x, G, Q[:, :2], W)[0][:4]
    assert g.var() / (g.var() + 1) == pytest.approx(0.1, rel=0.02)


def test_ancestry_confounds_admixture_as_stated():
    found = admixture(n=200_000, p=5, seed=1)
    W = without_effect(found)
    left = regressed(W, found.truth.V[:, :-1])[1]
    assert W.var() == pytest.approx(2.25 * 0.98 + 1, rel=0.02)
    assert W.var() - left.var() == pytest.approx(2.25 * 0.49, rel=0.02)


@pytest.mark.parametrize("fst", [0.05, 0.12])
def test_populations_differ_by_the_stated_fst(fst):
    found = admixture(n=2_500, p=5_000, n_populations=6, fst=fst, seed=1)
    G, Q = found.dataset.G / 2, found.truth.V
    # frequencies from two halves of the people: their product is free of sampling noise
    first, second = (np.linalg.lstsq(Q[half::2], G[half::2], rcond=None)[0] for half in (0, 1))
    a, b = first.mean(axis=0), second.mean(axis=0)
    between = ((first - a) * (second - b)).sum(axis=0).mean() / 5
    # E[f0 (1 - f0)], of which the mean of six populations shows less
    total = ((a + b) / 2 - a * b).mean() + between / 6
    assert between / total == pytest.approx(fst, rel=0.02)


def test_assortative_confounder_of_semisynthetic_cohorts_is_as_stated():
    source = admixture(n=400, p=10, seed=1).dataset
    found = semisynthetic(source, n=400_000, n_env=4, p=4, confounder="assortative", seed=1)
    W, w = without_effect(found), found.truth.V[:, 0]
    slope, left = regressed(W, w)
    assert w.var() == pytest.approx(1, rel=0.02)
    assert slope[0] == pytest.approx(1.5 * 0.7, rel=0.02)
    assert left.var() == pytest.approx(2.25 * 0.49 + 1, rel=0.02)

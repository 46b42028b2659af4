import re

import numpy as np
import pytest

from latentmr import tsls
from latentmr.simulate.assortative import _couples, _effects, _founders, _next_generation, _transmitted, assortative


def score(found):
    """The exposure's own genetic score, up to noise: everything else that moves the exposure is held fixed."""
    data, gw = found.dataset, found.truth.V
    W = data.y - found.truth.beta * data.X[:, 0]
    X = np.column_stack([data.G.astype(float), gw, W, np.ones(data.n)])
    return X[:, : data.p] @ np.linalg.lstsq(X, data.X[:, 0], rcond=None)[0][: data.p]


def within(first, second, env):
    """Mean over environments of the correlation."""
    return np.mean([np.corrcoef(first[env == e], second[env == e])[0, 1] for e in range(env.max() + 1)])


@pytest.fixture(scope="module")
def scenario():
    return assortative(n=20_000, p=20, seed=2)


def test_shapes(scenario):
    data, truth = scenario.dataset, scenario.truth
    assert (data.n, data.p, data.n_env, data.kind) == (20_000, 20, 5, "counts")
    assert (truth.V.shape, truth.Z.shape, truth.beta) == ((20_000, 1), (20_000, 0), 0.5)
    assert data.env_names == ("site1", "site2", "site3", "site4", "site5")
    assert np.array_equal(np.bincount(data.env), [4000] * 5)
    assert set(np.unique(data.G)) == {0, 1, 2}


def test_same_seed_same_data_and_another_seed_another():
    first, again, other = (assortative(n=100, p=8, seed=seed) for seed in (5, 5, 6))
    for name in ("G", "X", "y"):
        assert np.array_equal(getattr(first.dataset, name), getattr(again.dataset, name))
        assert not np.array_equal(getattr(first.dataset, name), getattr(other.dataset, name))
    assert np.array_equal(first.truth.V, again.truth.V)


def test_beta_moves_the_outcome_alone():
    one, two = (assortative(n=200, p=8, beta=beta, seed=1).dataset for beta in (0.5, 1.5))
    assert np.array_equal(one.X, two.X)
    assert two.y - one.y == pytest.approx(one.X[:, 0], abs=1e-12)


def test_an_odd_number_of_people_in_a_site():
    assert np.array_equal(np.bincount(assortative(n=45, n_env=3, p=4, seed=1).dataset.env), [15, 15, 15])
    assert assortative(n=4, n_env=2, p=2, seed=1).dataset.n == 4


def test_variances_are_as_stated():
    found = assortative(n=400_000, n_env=2, p=3, generations=1, strongest=0, seed=1)
    x, gw, g = found.dataset.X[:, 0], found.truth.V[:, 0], score(found)
    W = found.dataset.y - 0.5 * x
    assert (gw.mean(), gw.std()) == pytest.approx((0, 1), abs=1e-9)
    assert g.var() / (g.var() + 1) == pytest.approx(0.1, rel=0.02)
    assert W.var() == pytest.approx(2.25 * 0.98 + 1, rel=0.02)
    assert np.mean(W * gw) == pytest.approx(1.5 * 0.7, rel=0.02)
    assert x.var() == pytest.approx(1 / 9 + 0.98 + 0.25, rel=0.02)


@pytest.mark.parametrize("strength", [0.0, 0.3, 0.9])
def test_mates_correlate_across_traits_by_the_strength_both_ways(strength):
    rng = np.random.default_rng(0)
    traits = rng.normal([3, -1], [2, 0.5], size=(40_000, 2))
    men, women = _couples(traits, strength, rng)
    assert np.array_equal(np.sort(np.concatenate([men, women])), np.arange(40_000))
    his, hers = traits[men], traits[women]
    for lead, couples in ((0, slice(0, 10_000)), (1, slice(10_000, None))):
        matched = np.corrcoef(his[couples, lead], hers[couples, 1 - lead])[0, 1]
        other = np.corrcoef(his[couples, 1 - lead], hers[couples, lead])[0, 1]
        assert (matched, other) == pytest.approx((strength, 0), abs=0.04)


def test_children_get_an_allele_of_each_parent_and_variants_are_unlinked():
    rng = np.random.default_rng(0)
    # a parent with the one allele on one chromosome, the other on the other: every child is a draw of its own
    passed = _transmitted(np.tile(np.array([[0], [1]], dtype=np.int8), (20_000, 1, 3)), rng)
    assert passed.mean(axis=0) == pytest.approx(0.5, abs=0.015)
    assert np.abs(np.corrcoef(passed.T)[np.triu_indices(3, 1)]).max() < 0.03
    alike = np.ones((10, 2, 3), dtype=np.int8)
    assert np.array_equal(_transmitted(alike, rng), alike[:, 0])


def test_founders_have_traits_of_unit_genetic_variance_and_the_next_generation_is_as_large():
    rng = np.random.default_rng(0)
    frequency = rng.uniform(0.1, 0.9, 40)
    effects = _effects(frequency, 20, rng)
    people = _founders(20_000, frequency, rng)
    assert (people.sum(axis=1) @ effects).var(axis=0) == pytest.approx(1, rel=0.05)
    assert people.mean(axis=(0, 1)) == pytest.approx(frequency, abs=0.02)
    assert not effects[:20, 1].any()
    assert not effects[20:, 0].any()
    children = _next_generation(people, effects, 0.5, rng)
    assert children.shape == people.shape
    # siblings share half of their genes
    first, second = np.split(children.sum(axis=1) @ effects, 2)
    assert np.corrcoef(first[:, 0], second[:, 0])[0, 1] == pytest.approx(0.5, abs=0.03)


def test_allele_frequencies_stay_those_of_the_founders_in_every_site(scenario):
    frequency = np.random.default_rng(2).uniform(0.1, 0.9, 40)[:20]
    found = np.array([scenario.dataset.G[scenario.dataset.env == e].mean(axis=0) / 2 for e in range(5)])
    # seven rounds of sampling 4,000 people: standard deviation of 0.015
    assert found == pytest.approx(np.tile(frequency, (5, 1)), abs=0.06)
    assert found.mean(axis=0) == pytest.approx(frequency, abs=0.03)


def test_scores_come_to_correlate_the_more_the_stronger_mates_are_matched():
    found = []
    for strongest in (0, 0.4, 0.95):
        drawn = [assortative(n=10_000, p=20, strongest=strongest, seed=seed) for seed in range(3)]
        found.append(np.mean([within(score(d), d.truth.V[:, 0], d.dataset.env) for d in drawn]))
    # every coefficient of 15 has a standard error of about 0.03, its score's noise and genetic drift included
    assert found[0] == pytest.approx(0, abs=0.025)
    assert 0.025 < found[1] < found[2] - 0.04


def test_more_generations_more_correlation_than_one():
    found = []
    for generations in (1, 6):
        drawn = [assortative(n=10_000, p=20, generations=generations, strongest=0.95, seed=seed) for seed in range(3)]
        found.append(np.mean([within(score(d), d.truth.V[:, 0], d.dataset.env) for d in drawn]))
    assert found[1] > found[0] + 0.02


@pytest.mark.parametrize(("strongest", "low", "high"), [(0.0, -0.06, 0.06), (0.6, 0.1, 0.4)])
def test_2sls_on_g_is_biased_by_the_matching_alone(strongest, low, high):
    bias = []
    for seed in range(6):
        found = assortative(n=10_000, p=20, strongest=strongest, seed=seed)
        data = found.dataset
        sites = np.eye(5)[data.env][:, 1:]
        bias.append(tsls(data.G, data.X[:, 0], data.y, sites, se="homoskedastic").beta - 0.5)
    assert low < np.mean(bias) < high


def test_2sls_is_right_where_the_confounding_score_is_held_fixed(scenario):
    data = scenario.dataset
    right = tsls(data.G, data.X[:, 0], data.y, scenario.truth.V)
    assert abs(right.beta - 0.5) < 3 * right.se + 0.02


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strongest": 1.0}, "strongest must be from 0, inclusive, to 1, exclusive. Got 1.0; 0.6 is the default."),
        ({"strongest": -0.1}, "strongest must be from 0, inclusive, to 1, exclusive. Got -0.1; 0.6 is the default."),
        (
            {"strongest": float("nan")},
            "strongest must be from 0, inclusive, to 1, exclusive. Got nan; 0.6 is the default.",
        ),
        ({"generations": 0}, "generations must be 1 or more. Got 0; 6 is the default."),
        ({"n": 9}, "n must be at least two individuals for each of 5 environments. Got 9; use 10 or more."),
    ],
)
def test_what_cannot_be_drawn(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        assortative(**options)

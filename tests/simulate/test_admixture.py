import numpy as np
import pandas as pd
import pytest

from latentmr import liml, tsls
from latentmr.simulate import admixture, phenotypes_by_ancestry
from latentmr.simulate.admixture import with_genome


@pytest.fixture(scope="module")
def scenario():
    return admixture(n=10_000, p=60, seed=2)


def test_shapes(scenario):
    data, truth = scenario.dataset, scenario.truth
    assert (data.n, data.p, data.n_env, data.kind) == (10_000, 60, 5, "counts")
    assert (data.G.dtype, truth.V.shape, truth.Z.shape) == (np.int8, (10_000, 4), (10_000, 0))
    assert truth.beta == 0.5
    assert np.array_equal(np.bincount(data.env), [2000] * 5)


def test_genotypes_are_counts_without_missing_calls(scenario):
    assert set(np.unique(scenario.dataset.G)) == {0, 1, 2}


def test_ancestries_are_proportions_that_differ_between_sites(scenario):
    Q, env = scenario.truth.V, scenario.dataset.env
    assert Q.min() >= 0
    assert Q.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert np.ptp([Q[env == e].mean(axis=0) for e in range(5)], axis=0).max() > 0.2


def test_variants_are_independent_given_ancestry_and_not_without(scenario):
    G, Q = scenario.dataset.G.astype(float), scenario.truth.V

    def mean_chi2(values):
        r = np.corrcoef(values.T)[np.triu_indices(60, 1)]
        return len(values) * np.mean(r**2)

    left = G - Q @ np.linalg.lstsq(Q, G, rcond=None)[0]
    assert mean_chi2(left) == pytest.approx(1, abs=0.15)
    assert mean_chi2(G) > 4


@pytest.mark.parametrize("fst", [0.05, 0.2])
def test_populations_lie_as_far_apart_as_asked(fst):
    found = admixture(n=20_000, p=300, fst=fst, seed=1)
    G, Q = found.dataset.G.astype(float), found.truth.V
    frequencies = np.linalg.lstsq(Q, G / 2, rcond=None)[0]
    between = frequencies.var(axis=0, ddof=1)
    mean = frequencies.mean(axis=0)
    assert between.mean() / (mean * (1 - mean) + between / 4).mean() == pytest.approx(fst, rel=0.25)


def test_score_is_a_tenth_of_the_variance_with_unit_noise():
    rng = np.random.default_rng(0)
    G = rng.binomial(2, 0.4, size=(20_000, 50))
    Q = rng.dirichlet(np.ones(3), 20_000)
    x, y = phenotypes_by_ancestry(G, Q, 0.5, rng)
    g = G @ np.linalg.lstsq(np.column_stack([G, Q]), x, rcond=None)[0][:50]
    # x = g + U + N / 2 with variances 1 / 9, .98 and .25
    assert g.var() == pytest.approx(1 / 9, rel=0.15)
    assert x.var() == pytest.approx(1 / 9 + 0.98 + 0.25, rel=0.1)
    assert y.var() > x.var()


def test_naive_instruments_are_confounded_and_the_true_ancestry_frees_them():
    naive, free = [], []
    for seed in range(6):
        found = admixture(n=10_000, p=60, seed=seed)
        data, x = found.dataset, found.dataset.X[:, 0]
        naive.append(tsls(data.G, x, data.y, se="homoskedastic").beta - 0.5)
        row = liml(data.G, x, data.y, found.truth.V[:, :3], se="homoskedastic")
        free.append((row.beta - 0.5) / row.se)
    assert np.median(naive) > 0.25
    assert abs(np.mean(free)) < 1.3


def test_same_seed_same_data_and_another_seed_another():
    first, again, other = (admixture(n=100, p=8, seed=seed) for seed in (5, 5, 6))
    for name in ("G", "X", "y"):
        assert np.array_equal(getattr(first.dataset, name), getattr(again.dataset, name))
        assert not np.array_equal(getattr(first.dataset, name), getattr(other.dataset, name))


def test_beta_moves_the_outcome_alone():
    one, two = admixture(n=200, p=8, beta=0.5, seed=1), admixture(n=200, p=8, beta=1.5, seed=1)
    assert np.array_equal(one.dataset.X, two.dataset.X)
    assert two.dataset.y - one.dataset.y == pytest.approx(one.dataset.X[:, 0], abs=1e-12)


def test_a_genome_is_of_the_same_ancestry_and_leaves_the_cohort_as_it_was():
    cohort = admixture(n=3000, p=110, seed=2)
    found = with_genome(cohort, m=2112, seed=2)
    np.testing.assert_array_equal(found.dataset.G, cohort.dataset.G)
    np.testing.assert_array_equal(found.dataset.y, cohort.dataset.y)
    assert found.dataset.variants["id"].tolist() == cohort.dataset.variants["id"].tolist()
    assert found.genome.G.shape == (3000, 2112)
    residual = cohort.truth.V - cohort.truth.V.mean(axis=0)
    scores = found.genome.components("auto")
    assert scores.shape[1] == 3
    explained = ((scores.T @ residual) ** 2).sum() / 3000 / (residual**2).sum()
    assert explained > 0.95
    places = pd.concat([found.dataset.variants, found.genome.variants]).astype({"pos": int})
    assert not places.duplicated(["chrom", "pos"]).any()
    for _, here in places.groupby("chrom"):
        hit = here["id"].str.startswith("v")
        distance = np.abs(here["pos"][hit].to_numpy()[:, None] - here["pos"][~hit].to_numpy())
        assert distance.min() >= 1_500_000
    assert set(places["chrom"]) == {str(c) for c in range(1, 23)}

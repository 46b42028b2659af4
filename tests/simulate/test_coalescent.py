import re
import sys

import numpy as np
import pytest

from latentmr import tsls
from latentmr.simulate.coalescent import _history, _region, coalescent

msprime = pytest.importorskip("msprime")


@pytest.fixture(scope="module")
def scenario():
    return coalescent(n=200, p=6, seed=1)


@pytest.fixture(scope="module")
def linked():
    return coalescent(n=400, n_env=2, p=24, per_region=2, seed=1)


def test_shapes(scenario):
    data, truth = scenario.dataset, scenario.truth
    assert (data.n, data.p, data.n_env, data.kind) == (200, 6, 5, "counts")
    assert (truth.V.shape, truth.Z.shape, truth.beta) == ((200, 3), (200, 0), 0.5)
    assert data.env_names == ("site1", "site2", "site3", "site4", "site5")
    assert np.array_equal(np.bincount(data.env), [40] * 5)


def test_genotypes_are_counts_of_common_alleles(scenario):
    assert set(np.unique(scenario.dataset.G)) <= {0, 1, 2}
    frequency = scenario.dataset.G.mean(axis=0) / 2
    assert frequency.min() >= 0.05
    assert frequency.max() <= 0.95


def test_ancestries_are_proportions_that_differ_between_sites(scenario):
    Q, env = scenario.truth.V, scenario.dataset.env
    assert Q.min() >= 0
    assert Q.sum(axis=1) == pytest.approx(1, abs=1e-12)
    means = np.array([Q[env == e].mean(axis=0) for e in range(5)])
    # 480 lineages a site, in 6 regions
    rng = np.random.default_rng(1)
    centres = rng.dirichlet(np.ones(3), 5)
    mixtures = np.array([rng.dirichlet(4 * centre + 0.05, 10) for centre in centres])
    assert means == pytest.approx(0.01 + 0.97 * mixtures.mean(axis=1), abs=0.1)
    assert np.ptp(means, axis=0).max() > 0.2


def test_people_of_a_site_differ_in_ancestry(linked):
    # with one mixture for all people of a site, 24 lineages alone would make this .01
    Q, env = linked.truth.V, linked.dataset.env
    assert max(Q[env == e].var(axis=0).max() for e in range(2)) > 0.02


def test_local_ancestry_is_that_of_the_alleles():
    """One region, in people of two sites: frequencies differ by ancestry, and ancestry by site."""
    history = _history(msprime, np.array([[0.98, 0.01, 0.01], [0.01, 0.01, 0.98]]))
    drawn = [
        _region(msprime, history, {"site1_1": 100, "site1_2": 100}, 1, np.random.default_rng(seed))
        for seed in range(30)
    ]
    ancestry = np.mean([local for _, local, _ in drawn], axis=0)
    assert ancestry[:100, 0].mean() == pytest.approx(0.98, abs=0.02)
    assert ancestry[100:, 2].mean() == pytest.approx(0.98, abs=0.02)
    # African and East Asian frequencies lie apart as Fst of about 0.15 makes them
    differences = [counts[:100].mean() / 2 - counts[100:].mean() / 2 for counts, _, _ in drawn]
    assert 0.1 < np.sqrt(np.mean(np.square(differences))) < 0.5


def test_history_is_that_of_the_paper():
    history = _history(msprime, np.array([[1 / 6, 2 / 6, 3 / 6]])).debug()
    sizes = dict(zip(("AFR", "EUR", "EAS", "site1_1", "OOA", "AMH", "ANC"), range(7), strict=True))

    def size(name, time):
        return history.population_size_trajectory(np.array([time]))[0, sizes[name]]

    # as its table has them: sizes after the split of Europeans and East Asians, and of the admixed to begin with
    assert (size("EUR", 919.99), size("EAS", 919.99)) == pytest.approx((1032, 554), rel=2e-3)
    assert size("site1_1", 11.99) == pytest.approx(30_000, rel=2e-3)
    assert [size("AFR", 1), size("OOA", 1500), size("AMH", 3000), size("ANC", 9000)] == [14474, 1861, 14474, 7310]
    rates = {epoch.start_time: epoch.migration_matrix for epoch in history.epochs}
    assert sorted(rates) == [0, 12, 12.01, 920, 2040, 5920]
    assert rates[12.01][:3, :3] == pytest.approx(np.array([[0, 25, 7.8], [25, 0, 31.1], [7.8, 31.1, 0]]) * 1e-6)
    assert rates[920][0, 4] == rates[920][4, 0] == 15e-5
    assert rates[920].sum() == 30e-5
    assert not rates[2040].any()
    # an admixed lineage before it meets any other, and long after
    early, late = history.lineage_probabilities(np.array([12.005, 8000]), sample_time=0)[:, 3]
    assert early[:3] == pytest.approx([1 / 6, 2 / 6, 3 / 6], abs=1e-6)
    assert late[6] == pytest.approx(1)


def test_variants_of_a_region_lie_together_and_regions_apart(linked):
    variants = linked.dataset.variants
    assert list(variants["id"]) == [f"v{j + 1}" for j in range(24)]
    region = np.arange(24) // 2
    position = variants["pos"].to_numpy(dtype=int)
    assert (np.abs(np.diff(position.reshape(12, 2), axis=1)) < 100_000).all()
    assert (np.diff(position.reshape(12, 2), axis=1) > 0).all()
    for chromosome, group in variants.groupby("chrom"):
        assert 1 <= int(chromosome) <= 22
        assert len(group) == 2 * len(set(region[group.index]))
    assert set(variants["effect_allele"]) | set(variants["other_allele"]) <= set("ACGT")
    assert (variants["effect_allele"] != variants["other_allele"]).all()


def test_many_regions_lie_in_order_on_22_chromosomes():
    variants = coalescent(n=20, n_env=1, p=30, seed=1).dataset.variants
    chromosome, position = variants["chrom"].astype(int).to_numpy(), variants["pos"].to_numpy(dtype=int)
    assert set(chromosome) == set(range(1, 23))
    step = np.diff(chromosome)
    assert set(step) == {0, 1}
    assert np.diff(position)[step == 0].min() > 4_000_000


def test_variants_of_a_region_are_linked_and_those_of_two_are_not(linked):
    data = linked.dataset
    G = data.G - np.array([data.G[data.env == e].mean(axis=0) for e in range(2)])[data.env]
    r2 = np.corrcoef(G.T) ** 2
    region = np.arange(24) // 2
    same = (region[:, None] == region) & ~np.eye(24, dtype=bool)
    assert r2[same].mean() > 10 * r2[region[:, None] != region].mean()
    assert r2[region[:, None] != region].mean() < 2 / 400


def test_the_last_region_gives_what_is_left():
    variants = coalescent(n=60, n_env=2, p=5, per_region=3, seed=1).dataset.variants
    assert [len(group) for _, group in variants.groupby("chrom", sort=False)] == [3, 2]


def test_same_seed_same_data_and_another_seed_another(scenario):
    again, other = (coalescent(n=200, p=6, seed=seed) for seed in (1, 2))
    for name in ("G", "X", "y"):
        assert np.array_equal(getattr(scenario.dataset, name), getattr(again.dataset, name))
        assert not np.array_equal(getattr(scenario.dataset, name), getattr(other.dataset, name))
    assert scenario.dataset.variants.equals(again.dataset.variants)
    assert np.array_equal(scenario.truth.V, again.truth.V)


def test_beta_moves_the_outcome_alone(scenario):
    other = coalescent(n=200, p=6, beta=1.5, seed=1).dataset
    assert np.array_equal(scenario.dataset.X, other.X)
    assert other.y - scenario.dataset.y == pytest.approx(other.X[:, 0], abs=1e-12)


def test_variants_are_confounded_and_the_true_ancestry_frees_them():
    # seldom confounded where the two sites happen to be alike: three are not
    found = coalescent(n=3_000, n_env=3, p=20, seed=3)
    data, x = found.dataset, found.dataset.X[:, 0]
    naive, free = tsls(data.G, x, data.y), tsls(data.G, x, data.y, found.truth.V[:, :2])
    assert naive.beta - 0.5 > 5 * naive.se
    assert abs(free.beta - 0.5) < 3.5 * free.se


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"per_region": 0}, "per_region must be 1 or more. Got 0; use a larger number."),
        ({"p": 0}, "p must be 1 or more. Got 0; use a larger number."),
        ({"n": 5, "n_env": 3}, "n must be 6 or more. Got 5; use a larger number."),
    ],
)
def test_what_cannot_be_drawn(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        coalescent(**options)


def test_regions_hold_only_so_many_common_variants():
    pattern = (
        r"^per_region must be at most the number of common variants of a region, here \d+ in the best of"
        r" 20\. Got 2000; use a smaller number or more individuals\.$"
    )
    with pytest.raises(ValueError, match=pattern):
        coalescent(n=20, n_env=1, p=2000, per_region=2000, seed=1)


def test_without_msprime_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "msprime", None)
    message = "the coalescent scenario needs msprime: pip install 'latentmr[coalescent]'"
    with pytest.raises(ImportError, match=f"^{re.escape(message)}$"):
        coalescent(n=20, n_env=1, p=2)


def test_sites_that_mutated_twice_are_left_out(monkeypatch):
    """Seldom so at the rate of people: here a hundred times as often."""
    monkeypatch.setattr(sys.modules["latentmr.simulate.coalescent"], "MUTATION", 1e-6)
    history = _history(msprime, np.array([[0.4, 0.3, 0.3]]))
    counts, _, described = _region(msprime, history, {"site1_1": 100}, 2000, np.random.default_rng(0))
    assert set(np.unique(counts)) == {0, 1, 2}
    assert (described["effect_allele"] != described["other_allele"]).all()
    assert counts.mean(axis=0).min() / 2 >= 0.05

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import latentmr.data.genome.clump as module
from latentmr.data import PlinkSource
from latentmr.data.genome.clump import REASONS, clump
from latentmr.data.genome.ld import linkage_r2

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[4] / "shared")) / "data"
R2, KB = 0.2, 50.0


@dataclass
class Memory:
    """Genotypes in memory, and which of them were read."""

    G: np.ndarray
    variants: pd.DataFrame
    asked: list[int] = field(default_factory=list)

    def read(self, rows, columns, progress=None):
        self.asked += columns.tolist()
        return self.G[np.ix_(rows, columns)], "counts"


@pytest.fixture
def source() -> Memory:
    """150 people, 90 variants on two chromosomes in linkage disequilibrium with their neighbours."""
    rng = np.random.default_rng(8)
    haplotypes = np.empty((300, 90))
    haplotypes[:, 0] = rng.random(300)
    for j in range(1, 90):
        new = rng.random(300) < 0.1
        haplotypes[:, j] = np.where(new, rng.random(300), haplotypes[:, j - 1])
    alleles = (haplotypes < rng.uniform(0.2, 0.8, 90)).astype(np.int8)
    G = alleles[:150] + alleles[150:]
    G[rng.random(G.shape) < 0.02] = -127
    positions = np.concatenate([np.sort(rng.integers(1, 200_000, 45)) for _ in range(2)])
    table = {"id": [f"rs{j}" for j in range(90)], "chrom": ["1"] * 45 + ["2"] * 45, "pos": positions.astype(str)}
    return Memory(G, pd.DataFrame(table | {"effect_allele": "A", "other_allele": "G"}))


@pytest.fixture
def p_values() -> np.ndarray:
    return np.random.default_rng(2).random(90) ** 3


def run(source, p_values, columns=None, **options):
    columns = np.arange(source.G.shape[1]) if columns is None else columns
    return clump(source, np.arange(len(source.G)), columns, p_values, **({"p1": 0.1, "r2": R2, "kb": KB} | options))


def near(source, i, j, kb=KB):
    place = source.variants.iloc[[i, j]]
    return place["chrom"].nunique() == 1 and abs(np.diff(place["pos"].astype(int))[0]) < kb * 1000


def r2_of(source, i, j):
    return linkage_r2(source.G[:, [i]], source.G[:, [j]])[0, 0]


def assert_same(got, expected):
    for name in ("index", "columns", "index_of", "r2", "reason"):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name), err_msg=name)


@pytest.mark.parametrize(("p1", "p2"), [(0.1, None), (0.02, 0.5), (1.0, None)])
def test_it_is_greedy_by_p_value(source, p_values, p1, p2):
    """Written out: each in order of p value joins the first index variant that reaches it, or becomes one."""
    expected = np.full(90, -1)
    index = []
    for j in np.argsort(p_values):
        reached = [i for i in index if near(source, i, j) and r2_of(source, i, j) > R2]
        if p_values[j] <= (p2 or p1) and reached:
            expected[j] = reached[0]
        elif p_values[j] <= p1:
            index.append(int(j))
            expected[j] = j
    found = run(source, p_values, p1=p1, p2=p2)
    assert found.index.tolist() == index
    assert 3 < len(index) < (expected >= 0).sum()
    np.testing.assert_array_equal(found.index_of, expected)
    inside = found.index_of >= 0
    values = [r2_of(source, i, j) for i, j in zip(found.index_of[inside], np.flatnonzero(inside), strict=True)]
    np.testing.assert_allclose(found.r2[inside], values)
    assert np.isnan(found.r2[~inside]).all()


def test_index_variants_are_apart_and_reach_all_other_candidates(source, p_values):
    found = run(source, p_values)
    assert not any(near(source, i, j) and r2_of(source, i, j) > R2 for i in found.index for j in found.index if i != j)
    candidates = np.flatnonzero(p_values <= 0.1)
    assert (found.index_of[candidates] >= 0).all()
    for j in set(candidates) - set(found.index):
        i = found.index_of[j]
        assert near(source, i, j)
        assert r2_of(source, i, j) > R2
        assert p_values[i] < p_values[j]


def test_members_and_reasons_partition_the_variants(source, p_values):
    p_values[[4, 60]] = np.nan
    found = run(source, p_values, p1=0.05, p2=0.4)
    members = [found.members(i).tolist() for i in found.index]
    assert sorted([*found.index, *sum(members, [])]) == np.flatnonzero(found.index_of >= 0).tolist()
    assert set(found.index) == set(np.flatnonzero(found.reason == REASONS[0]))
    assert set(sum(members, [])) == set(np.flatnonzero(found.reason == REASONS[1]))
    assert (p_values[found.reason == REASONS[2]] > 0.05).all()
    assert (p_values[found.reason == REASONS[3]] > 0.4).all()
    assert np.flatnonzero(found.reason == REASONS[4]).tolist() == [4, 60]


def test_the_order_of_variants_does_not_matter(source, p_values):
    expected = run(source, p_values)
    order = np.random.default_rng(0).permutation(90)
    moved = Memory(source.G[:, order], source.variants.iloc[order].reset_index(drop=True))
    found = run(moved, p_values[order])
    np.testing.assert_array_equal(order[found.index], expected.index)
    inside = found.index_of >= 0
    np.testing.assert_array_equal(order[found.index_of[inside]], expected.index_of[order[inside]])
    listed = run(source, p_values[order], columns=order)
    np.testing.assert_array_equal(listed.index, expected.index)
    np.testing.assert_array_equal(listed.index_of, expected.index_of[order])


def test_neither_blocks_nor_what_is_held_matters(source, p_values, monkeypatch):
    expected = run(source, p_values)
    for block, held in ((150 * 7, 1 << 30), (150 * 7, 1), (1, 150 * 3)):
        monkeypatch.setattr(module, "BLOCK", block)
        monkeypatch.setattr(module, "HELD", held)
        assert_same(run(source, p_values), expected)


def test_only_candidates_are_read(source, p_values):
    run(source, p_values)
    assert set(source.asked) <= set(np.flatnonzero(p_values <= 0.1))
    # held in memory, each is read once
    assert len(source.asked) == len(set(source.asked))


def test_nothing_is_read_where_nothing_is_associated(source):
    found = run(source, np.full(90, 0.5))
    assert len(found.index) == len(source.asked) == 0
    assert set(found.reason) == {REASONS[3]}


def test_ties_go_to_the_first_in_the_file(source):
    found = run(source, np.full(90, 0.01), kb=1e6)
    assert found.index.tolist() == sorted(found.index)
    assert found.index[0] == 0


def pair(distance, G):
    table = pd.DataFrame({"id": ["a", "b"], "chrom": "7", "pos": ["1", str(1 + distance)]})
    return Memory(G, table)


def test_the_edges_are_plinks():
    """Seen in PLINK 1.9: less than kb away, and above r2."""
    same = np.repeat(np.array([[0, 1, 2, 0, 2]], dtype=np.int8).T, 2, axis=1)
    quarter = np.array([[0, 0, 0, 0, 2, 2, 2, 2], [0, 0, 0, 2, 2, 2, 2, 0]], dtype=np.int8).T
    p_values = np.array([1e-9, 1e-8])
    assert len(run(pair(1999, same), p_values, kb=2.0).index) == 1
    assert len(run(pair(2000, same), p_values, kb=2.0).index) == 2
    assert len(run(pair(5, quarter), p_values, r2=0.25).index) == 2
    assert len(run(pair(5, quarter), p_values, r2=0.2499).index) == 1


def test_a_variant_that_does_not_vary_reaches_none():
    G = np.array([[0, 1, 2, 0, 2], [2, 2, 2, 2, 2]], dtype=np.int8).T
    assert run(pair(5, G), np.array([1e-8, 1e-9])).index.tolist() == [1, 0]


def test_dosages_are_clumped_by_correlation(source, p_values):
    dosages = np.where(source.G == -127, np.nan, source.G * 0.99).astype(np.float32)
    found = run(Memory(dosages, source.variants), p_values)
    assert not any(
        near(source, i, j) and r2_of(source, i, j) > 2 * R2 for i in found.index for j in found.index if i < j
    )
    assert 3 < len(found.index) < (p_values <= 0.1).sum()


def test_progress_ends_with_all_candidates(source, p_values):
    told = []
    run(source, p_values, progress=lambda done, total: told.append((done, total)))
    total = int((p_values <= 0.1).sum())
    assert told[-1] == (total, total)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p1": 0.0}, "p1 must be above 0.*Got p1 = 0"),
        ({"p2": 0.01}, "p2 from p1 to 1. Got p1 = 0.1 and p2 = 0.01"),
        ({"r2": 1.0}, "r2 must be at least 0 and less than 1. Got 1"),
        ({"kb": 0.0}, "kb must be more than 0.*Got 0"),
        ({"kb": np.inf}, "kb must be more than 0 and finite"),
        ({"columns": np.zeros(90, dtype=int)}, "columns must name each variant once. Got 89 twice"),
        ({"columns": np.arange(4)}, "one value for each of columns. Got 90 for 4"),
    ],
)
def test_what_cannot_be_is_refused(source, p_values, change, message):
    with pytest.raises(ValueError, match=message):
        run(source, p_values, **change)


def test_p_values_are_probabilities_and_individuals_several(source, p_values):
    with pytest.raises(ValueError, match="between 0 and 1. Got 90 outside.*logarithms"):
        run(source, 2 + p_values)
    with pytest.raises(ValueError, match="at least two reference individuals. Got 1; name more"):
        clump(source, np.arange(1), np.arange(90), p_values)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no reference data in {SHARED}; set LATENTMR_SHARED")
def test_plink_agrees():
    """The index variants of plink1.9 --clump-p1 .05 --clump-p2 .05 --clump-r2 .001 --clump-kb 10000."""
    source = PlinkSource(SHARED / "lct_region_eur503" / "LCT")
    p_values = np.random.default_rng(1).random(607)
    found = clump(source, np.arange(503), np.arange(607), p_values, p1=0.05)
    assert source.variants["id"][found.index].tolist() == ["rs2304369", "rs142828424", "rs138679974"]
    assert (found.index_of >= 0).sum() == 3 + 24

"""Kinship of all pairs, and people of whom no two are related."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from latentmr.data import PlinkSource
from latentmr.data.genome import kinship
from latentmr.data.genome.kinship import (
    DEGREES,
    Pairs,
    degree,
    effective_variants,
    related_pairs,
    smallest_reliable,
    unrelated,
)

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[4] / "shared")) / "data"


@pytest.fixture(scope="module")
def families() -> np.ndarray:
    """Of 40 people, 2 and 3 are the parents of 0 and 1, 4 is 5's twin, 6 a half sibling of 0 and 1."""
    rng = np.random.default_rng(4)
    q = rng.uniform(0.1, 0.9, 6000)
    haplotypes = rng.random((40, 2, 6000)) < q

    def child(father: int, mother: int) -> np.ndarray:
        pick = rng.integers(0, 2, (2, 6000))
        parents = enumerate((father, mother))
        return np.stack([np.where(pick[i], haplotypes[parent, 1], haplotypes[parent, 0]) for i, parent in parents])

    haplotypes[0], haplotypes[1], haplotypes[6] = child(2, 3), child(2, 3), child(2, 9)
    haplotypes[5] = haplotypes[4]
    return haplotypes.sum(axis=1).astype(np.int8)


def test_relatives_are_found_with_their_kinship(families: np.ndarray) -> None:
    found = related_pairs(families, 0.1)
    pairs = dict(zip(zip(found.first.tolist(), found.second.tolist(), strict=True), found.kinship, strict=True))
    first_degree = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 6), (6, 9)]
    expected = dict.fromkeys(first_degree, 0.25) | {(4, 5): 0.5, (0, 6): 0.125, (1, 6): 0.125}
    assert set(pairs) == set(expected)
    for pair, value in expected.items():
        assert abs(pairs[pair] - value) < 0.03, pair
    assert found.counts() == {"duplicates or twins": 1, "first degree": 7, "second degree": 2, "third degree": 0}


def test_by_the_formula(families: np.ndarray) -> None:
    G = families.astype(float)
    G[np.random.default_rng(0).random(G.shape) < 0.1] = np.nan
    coded = np.where(np.isnan(G), -127, G).astype(np.int8)
    found = related_pairs(coded, -9.0)
    assert len(found.first) == 40 * 39 / 2
    for first, second, phi in list(zip(found.first, found.second, found.kinship, strict=True))[::50]:
        both = ~np.isnan(G[first]) & ~np.isnan(G[second])
        a, b = G[first, both], G[second, both]
        i, j = (a == 1).sum(), (b == 1).sum()
        m = min(i, j)
        value = (((a == 1) & (b == 1)).sum() - 2 * (np.abs(a - b) == 2).sum()) / (2 * m) + 0.5 - (i + j) / (4 * m)
        assert phi == pytest.approx(value, abs=1e-6)


def test_blocks_alleles_and_kinds_do_not_matter(families: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = related_pairs(families, 0.05)
    flipped = families.copy()
    flipped[:, ::2] = 2 - flipped[:, ::2]
    dosages = (families + np.random.default_rng(0).uniform(-0.05, 0.05, families.shape)).astype(np.float32)
    monkeypatch.setattr(kinship, "INDIVIDUALS", 7)
    monkeypatch.setattr(kinship, "VARIANTS", 999)
    for G in (families, flipped, dosages):
        found = related_pairs(G, 0.05)
        assert found.first.tolist() == expected.first.tolist()
        assert found.second.tolist() == expected.second.tolist()
        np.testing.assert_allclose(found.kinship, expected.kinship, atol=1e-6)


def test_populations_are_not_relatives() -> None:
    rng = np.random.default_rng(1)
    q = np.where(np.arange(60)[:, None] < 30, *(rng.uniform(0.1, 0.9, (2, 4000))))
    assert len(related_pairs(rng.binomial(2, q).astype(np.int8), 0.1).first) == 0


@pytest.mark.parametrize("p", [100, 400, 2000])
@pytest.mark.parametrize("low", [0.05, 0.3])
def test_chance_stays_below_what_is_reliable(p: int, low: float) -> None:
    rng = np.random.default_rng(p)
    G = rng.binomial(2, rng.uniform(low, 0.5, p), (500, p)).astype(np.int8)
    assert len(related_pairs(G, smallest_reliable(p)).first) == 0
    # and what is reliable is not needlessly high
    assert len(related_pairs(G, smallest_reliable(p) / 2.5).first) > 10


def test_of_relatives_some_stay() -> None:
    chain = Pairs(np.array([0, 1, 2, 5]), np.array([1, 2, 3, 6]), np.full(4, 0.25))
    keep = unrelated(chain, 8)
    assert keep.sum() == 5
    assert not (keep[chain.first] & keep[chain.second]).any()
    assert unrelated(Pairs(*(np.empty(0, dtype=np.int64),) * 2, np.empty(0)), 3).all()


def test_the_person_with_most_relatives_goes_first() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        first, second = np.nonzero(np.triu(rng.random((30, 30)) < 0.1, 1))
        pairs, left, keep = Pairs(first, second, np.full(len(first), 0.25)), np.ones(30, bool), np.ones(30, bool)
        while (left[first] & left[second]).any():
            live = left[first] & left[second]
            relatives = np.bincount(first[live], minlength=30) + np.bincount(second[live], minlength=30)
            worst = int(np.flatnonzero(relatives == relatives.max())[-1])
            left[worst] = keep[worst] = False
        assert unrelated(pairs, 30).tolist() == keep.tolist()


def test_of_equals_the_preferred_stays() -> None:
    twins = Pairs(np.array([0, 2]), np.array([1, 3]), np.full(2, 0.5))
    assert unrelated(twins, 4).tolist() == [True, False, True, False]
    assert unrelated(twins, 4, np.array([0.0, 1.0, 1.0, 0.0])).tolist() == [False, True, True, False]


def test_degrees_by_kinship() -> None:
    assert degree(np.array([0.354, 0.3535, 0.1, 0.05, 0.0442, -0.3])).tolist() == [
        "duplicates or twins",
        "first degree",
        "second degree",
        "third degree",
        "unrelated",
        "unrelated",
    ]


def test_linked_variants_count_once() -> None:
    rng = np.random.default_rng(6)
    G = rng.binomial(2, rng.uniform(0.05, 0.5, 1500), (800, 1500)).astype(np.int8)
    assert 1400 < effective_variants(G) <= 1500
    assert 90 < effective_variants(np.repeat(G[:, :100], 15, axis=1)) < 125
    # neither missing calls, nor constant variants, nor the allele that is counted matter
    holes = np.where(rng.random(G.shape) < 0.1, np.nan, 2.0 - G).astype(np.float32)
    assert abs(effective_variants(holes) / effective_variants(G) - 1) < 0.05
    assert effective_variants(np.zeros((5, 3), dtype=np.int8)) == 1
    # structure correlates variants without making the estimator less precise
    q = np.where(np.arange(800)[:, None] < 400, *(np.clip(0.3 + rng.normal(0, 0.05, (2, 1500)), 0.05, 0.5)))
    assert effective_variants(rng.binomial(2, q).astype(np.int8)) > 1000


def test_linked_unrelated_people_stay_below_the_floor() -> None:
    rng = np.random.default_rng(8)
    founders = rng.random((400, 60)) < 0.4
    G = np.repeat(founders[:200].astype(np.int8) + founders[200:], 20, axis=1)
    assert len(related_pairs(G, smallest_reliable(1200)).first) > 100
    assert len(related_pairs(G, smallest_reliable(effective_variants(G))).first) == 0


def test_what_cannot_be_compared_is_refused() -> None:
    G, pair = np.zeros((3, 2), dtype=np.int8), Pairs(np.array([0]), np.array([5]), np.array([0.25]))
    with pytest.raises(ValueError, match="smallest must be a finite kinship. Got nan; smallest_reliable computes one"):
        related_pairs(G, float("nan"))
    with pytest.raises(ValueError, match="n must exceed the rows of all pairs. Got 3, and a pair with row 5; give the"):
        unrelated(pair, 3)
    with pytest.raises(ValueError, match=r"prefer must have a number for each of 6 individuals. Got shape \(2,\)"):
        unrelated(pair, 6, np.ones(2))
    assert len(related_pairs(G[:0], 0.1).first) == 0


def test_people_without_a_common_call_are_not_related() -> None:
    G = np.full((2, 4), -127, dtype=np.int8)
    assert len(related_pairs(G, 0.1).first) == 0


@pytest.mark.shared
def test_relatives_of_the_thousand_genomes() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no reference data in {SHARED}; set LATENTMR_SHARED")
    source = PlinkSource(SHARED / "kg1_thin14k" / "kg1_thin14k")
    G: Any = source.read(np.arange(1092), np.arange(14_079))[0]
    assert smallest_reliable(effective_variants(G)) < DEGREES["second degree"]
    counts = related_pairs(G, DEGREES["third degree"]).counts()
    assert (counts["duplicates or twins"], counts["first degree"], counts["second degree"]) == (0, 27, 14)


@pytest.mark.shared
def test_one_region_does_not_tell_relatives() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"no reference data in {SHARED}; set LATENTMR_SHARED")
    source = PlinkSource(SHARED / "lct_region_eur503" / "LCT")
    G: Any = source.read(np.arange(503), np.arange(607))[0]
    assert effective_variants(G) < 20
    # as unlinked variants, a fifth of all pairs of unrelated people would be relatives
    assert len(related_pairs(G, smallest_reliable(607)).first) > 20_000

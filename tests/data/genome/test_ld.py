import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bed_reader import open_bed

from latentmr.data.genome.ld import correlation_r2, haplotype_r2, linkage_r2, locate, reach

SHARED = Path(os.environ.get("LATENTMR_SHARED", Path(__file__).parents[4] / "shared")) / "data"
KINDS = pytest.mark.parametrize("r2", [haplotype_r2, correlation_r2, linkage_r2])


@pytest.fixture
def calls() -> np.ndarray:
    """Hard calls of 80 people and 12 variants in linkage disequilibrium, some missing."""
    rng = np.random.default_rng(3)
    haplotypes = np.where(rng.random((160, 12)) < 0.5, rng.random((160, 1)), rng.random((160, 12)))
    alleles = (haplotypes < rng.uniform(0.2, 0.8, 12)).astype(np.int8)
    G = alleles[:80] + alleles[80:]
    G[rng.random(G.shape) < 0.1] = -127
    return G


def as_floats(G: np.ndarray) -> np.ndarray:
    return np.where(G == -127, np.nan, G).astype(np.float32)


def flipped(G: np.ndarray) -> np.ndarray:
    return np.where(G == -127, G, 2 - G).astype(np.int8)


@KINDS
def test_neither_flips_nor_the_order_of_people_matter(calls, r2):
    expected = r2(calls[:, :5], calls)
    people = np.random.default_rng(1).permutation(len(calls))
    np.testing.assert_allclose(r2(flipped(calls[:, :5]), calls), expected, atol=1e-12)
    np.testing.assert_allclose(r2(calls[people, :5], calls[people]), expected, atol=1e-12)
    np.testing.assert_allclose(r2(calls, calls[:, :5]), expected.T, atol=1e-12)


@KINDS
def test_a_variant_is_in_complete_disequilibrium_with_itself(calls, r2):
    np.testing.assert_allclose(np.diag(r2(calls, calls)), 1.0)


@KINDS
def test_who_lacks_a_call_does_not_count(calls, r2):
    for i, j in [(0, 1), (2, 7)]:
        both = (calls[:, i] != -127) & (calls[:, j] != -127)
        complete = r2(calls[both][:, [i]], calls[both][:, [j]])
        np.testing.assert_allclose(r2(calls, calls)[i, j], complete[0, 0], atol=1e-12)


@KINDS
def test_blocks_do_not_matter_to_the_last_bit(calls, r2):
    whole = r2(calls, calls)
    parts = [np.hstack([r2(calls[:, a : a + 5], calls[:, b : b + 7]) for b in (0, 7)]) for a in (0, 5, 10)]
    np.testing.assert_array_equal(np.vstack(parts), whole)


def test_correlation_is_pearsons_and_knows_no_scale(calls):
    G = calls[(calls != -127).all(axis=1)]
    np.testing.assert_allclose(correlation_r2(G, G), np.corrcoef(G.T) ** 2, atol=1e-12)
    scaled = (as_floats(calls) * 0.7 + 0.1).astype(np.float32)
    np.testing.assert_allclose(correlation_r2(scaled, calls), correlation_r2(calls, calls), atol=1e-5)


def likelihood(u, p, q, A, B):
    """Of the frequency of the haplotype with both counted alleles, from the nine genotypes themselves."""
    f = {(1, 1): u, (1, 0): p - u, (0, 1): q - u, (0, 0): 1 - p - q + u}
    total = 0.0
    for a, b in zip(A, B, strict=True):
        # a person's second haplotype is what the first leaves of the genotype
        ways = [f[h] * f[a - h[0], b - h[1]] for h in f if (a - h[0], b - h[1]) in f]
        total = total + np.log(np.maximum(sum(ways), 1e-300))
    return total


@pytest.mark.parametrize("seed", range(12))
def test_haplotypes_are_the_most_likely(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 40))
    A = rng.binomial(2, 0.5, n)
    B = np.where(rng.random(n) < 0.5, A, rng.binomial(2, 0.4, n))
    p, q = A.mean() / 2, B.mean() / 2
    grid = np.linspace(max(0, p + q - 1), min(p, q), 20_001)
    u = grid[np.argmax(likelihood(grid, p, q, A, B))]
    expected = (u - p * q) ** 2 / (p * (1 - p) * q * (1 - q))
    got = haplotype_r2(A.astype(np.int8)[:, None], B.astype(np.int8)[:, None])
    np.testing.assert_allclose(got, expected, atol=2e-4)


def test_without_double_heterozygotes_haplotypes_are_counted():
    A, B = np.array([[0, 0, 0, 0, 2, 2, 2, 2], [0, 0, 0, 2, 2, 2, 2, 0]], dtype=np.int8)[:, :, None]
    assert haplotype_r2(A, B) == correlation_r2(A, B) == 0.25


def test_alleles_in_equilibrium_have_no_correlation_at_all():
    """A table of the 1000 Genomes, whose most likely haplotypes are the products of the allele frequencies."""
    counts = np.array([[265, 548, 265], [13, 21, 13], [0, 1, 0]])
    A, B = (np.repeat(values, counts.ravel()).astype(np.int8)[:, None] for values in np.indices((3, 3)).reshape(2, 9))
    assert haplotype_r2(A, B) == 0.0


def test_dosages_have_correlations_and_hard_calls_in_the_same_block_have_haplotypes(calls):
    mixed = as_floats(calls)
    mixed[:, :4] *= 0.9
    got = linkage_r2(calls, mixed)
    np.testing.assert_array_equal(got[:, 4:], haplotype_r2(calls, calls)[:, 4:])
    np.testing.assert_allclose(got[:, :4], correlation_r2(calls, calls)[:, :4], atol=1e-5)


@KINDS
def test_what_does_not_vary_has_no_r2(calls, r2):
    constant = np.ones((len(calls), 1))
    assert np.isnan(r2(calls, constant.astype(np.int8) * 2)).all()
    assert np.isnan(r2(constant.astype(np.int8) * -127, calls)).all()
    assert np.isnan(correlation_r2(calls, (constant * 0.1).astype(np.float32))).all()


def test_places_need_positions():
    table = pd.DataFrame({"id": ["a", "b"], "chrom": ["1", "1"], "pos": ["5", "NA"]})
    with pytest.raises(ValueError, match="positions.*Got 1 without, for instance 'b' at 'NA'"):
        locate(table, np.arange(2))
    codes, positions = locate(table, np.array([0]))
    assert (codes.tolist(), positions.tolist()) == ([0], [5])


@pytest.mark.parametrize(("kb", "expected"), [(1.0, 999), (1.001, 1000), (1.0019, 1000), (0.57, 569)])
def test_windows_end_before_their_edge(kb, expected):
    assert reach(kb) == expected


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no reference data in {SHARED}; set LATENTMR_SHARED")
def test_plink_agrees():
    folder = SHARED / "lct_region_eur503"
    with open_bed(folder / "LCT.bed") as bed:
        G = bed.read(dtype="int8")[:, :3]
    # plink1.9 --r2 dprime inter-chr, and without dprime
    np.testing.assert_allclose(haplotype_r2(G, G)[0, 1:], [0.824293, 0.0972757], rtol=1e-5)
    np.testing.assert_allclose(correlation_r2(G, G)[0, 1:], [0.829131, 0.0893113], rtol=1e-5)

"""Exact tests of Hardy-Weinberg equilibrium, against enumeration."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest

from latentmr.data.genome.hardy_weinberg import genotype_counts, hardy_weinberg, within_environments


def by_enumeration(first: int, het: int, second: int) -> float:
    """Of all ways to give the alleles to people, those with a number of heterozygotes that is as improbable."""
    n, a = first + het + second, 2 * first + het
    ways = {}
    for h in range(a % 2, min(a, 2 * n - a) + 1, 2):
        homs = (a - h) // 2
        ways[h] = comb(n, h) * comb(n - h, homs) * 2**h
    total = sum(ways.values())
    return float(sum(Fraction(w, total) for w in ways.values() if w <= ways[het]))


@pytest.mark.parametrize("n", [1, 2, 5, 12, 30])
def test_p_values_are_those_of_enumeration(n: int) -> None:
    counts = [(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]
    expected = [by_enumeration(*each) for each in counts]
    np.testing.assert_allclose(hardy_weinberg(np.array(counts)), expected, rtol=1e-9)


def test_either_allele_may_be_counted() -> None:
    counts = np.random.default_rng(0).integers(0, 3000, (40, 3))
    np.testing.assert_allclose(hardy_weinberg(counts), hardy_weinberg(counts[:, ::-1]), rtol=1e-12)


def test_edges() -> None:
    assert hardy_weinberg(np.array([[0, 0, 0], [7, 0, 0], [0, 0, 4], [0, 1, 0]])).tolist() == [1, 1, 1, 1]
    assert hardy_weinberg(np.array([[200_000, 0, 200_000], [0, 400_000, 0]])).max() < 1e-300
    assert hardy_weinberg(np.empty((0, 3), dtype=np.int64)).shape == (0,)


def test_variants_are_tested_one_by_one() -> None:
    rng = np.random.default_rng(3)
    counts = np.vstack([rng.integers(0, high, (2000, 3)) for high in (3, 40, 3000)])
    order = rng.permutation(len(counts))
    p_values = hardy_weinberg(counts)
    np.testing.assert_allclose(hardy_weinberg(counts[order]), p_values[order], rtol=1e-12)
    alone = [hardy_weinberg(counts[[j]])[0] for j in range(0, 6000, 60)]
    np.testing.assert_allclose(alone, p_values[::60], rtol=1e-9)
    assert ((p_values >= 0) & (p_values <= 1)).all()


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (
            np.ones((2, 2), dtype=int),
            r"counts must be integers of dimension \(p, 3\). Got int64 \(2, 2\); make them with genotype_counts",
        ),
        (
            np.ones((2, 3)),
            r"counts must be integers of dimension \(p, 3\). Got float64 \(2, 3\); make them with genotype_counts",
        ),
        (np.array([[1, -3, 2]]), "counts must not be negative. Got -3; make them with genotype_counts"),
    ],
)
def test_what_is_no_count_is_refused(counts: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hardy_weinberg(counts)


def test_genotypes_that_cannot_be_counted_are_refused() -> None:
    G = np.zeros((4, 1), dtype=np.int8)
    with pytest.raises(ValueError, match="G must be int8 hard calls. Got float32; dosages have no genotype counts"):
        genotype_counts(G.astype(np.float32), np.zeros(4, dtype=np.int64), 1)
    for env in (np.zeros(3, dtype=np.int64), np.array([0, 1, 2, 0]), np.array([0, -1, 1, 0])):
        with pytest.raises(
            ValueError, match="env must have a code from 0 to 1 for each of 4 individuals. Got others; give the codes"
        ):
            genotype_counts(G, env, 2)


def test_the_level_holds_for_half_a_million_people() -> None:
    rng = np.random.default_rng(1)
    q = rng.uniform(0.01, 0.5, 300)
    counts = np.array([rng.multinomial(500_000, [(1 - f) ** 2, 2 * f * (1 - f), f * f]) for f in q])
    p_values = hardy_weinberg(counts)
    assert abs((p_values < 0.1).mean() - 0.1) < 0.06
    assert 0.4 < p_values.mean() < 0.6


def test_counts_by_environment() -> None:
    rng = np.random.default_rng(0)
    G, env = rng.integers(-1, 3, (20_000, 3)).astype(np.int8), rng.integers(0, 2, 20_000)
    G[G < 0] = -127
    counts = genotype_counts(G, env, 2)
    for e in range(2):
        for copies in range(3):
            assert counts[e, :, copies].tolist() == (G[env == e] == copies).sum(axis=0).tolist()


def test_environments_of_different_frequencies_are_no_error() -> None:
    rng = np.random.default_rng(2)
    env = np.repeat([0, 1, 2], 1000)
    q = np.array([0.1, 0.5, 0.9])[env]
    G = rng.binomial(2, q[:, None], (3000, 200)).astype(np.int8)
    assert (within_environments(G, env, 3) < 0.05).mean() < 0.1
    assert hardy_weinberg(genotype_counts(G, 0 * env, 1)[0]).max() < 1e-20
    bad = G.copy()
    bad[env == 1] = 2 * (bad[env == 1] > 1)
    assert within_environments(bad, env, 3).max() < 1e-20


def test_environments_in_which_a_variant_does_not_vary_cost_nothing() -> None:
    G, env = np.zeros((300, 1), dtype=np.int8), np.repeat([0, 1, 2], 100)
    G[:100, 0] = np.repeat([0, 2], 50)
    alone = hardy_weinberg(genotype_counts(G[:100], env[:100], 1)[0])
    np.testing.assert_allclose(within_environments(G, env, 3), alone)

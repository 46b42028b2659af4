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

"""How well dosages were imputed: variances within environments over those of genotypes."""

import numpy as np

from latentmr.data.genome.imputation import variance_ratio


def test_by_the_formula_in_one_environment() -> None:
    rng = np.random.default_rng(0)
    G = rng.uniform(0, 2, (20_000, 3)).astype(np.float32)
    G[rng.random(G.shape) < 0.1] = np.nan
    q = np.nanmean(G.astype(float), axis=0) / 2
    expected = np.nanvar(G.astype(float), axis=0) / (2 * q * (1 - q))
    np.testing.assert_allclose(variance_ratio(G, np.zeros(20_000, dtype=np.int64), 1), expected, rtol=1e-6)


def test_certain_genotypes_have_one_and_guesses_less() -> None:
    rng = np.random.default_rng(1)
    env = np.repeat([0, 1], 5000)
    q = np.where(env, 0.8, 0.2)[:, None]
    G = rng.binomial(2, q, (10_000, 50)).astype(np.int8)
    np.testing.assert_allclose(variance_ratio(G, env, 2), 1, atol=0.1)
    guesses = (0.3 * G + 0.7 * 2 * q).astype(np.float32)
    np.testing.assert_allclose(variance_ratio(guesses, env, 2), 0.09, atol=0.01)
    # taken as one environment, their difference would pass for information
    assert variance_ratio(guesses, 0 * env, 1).min() > 0.5


def test_either_allele_may_be_counted_and_people_in_any_order() -> None:
    rng = np.random.default_rng(2)
    G, env = rng.uniform(0, 2, (3000, 4)).astype(np.float32), rng.integers(0, 3, 3000)
    order = rng.permutation(3000)
    expected = variance_ratio(G, env, 3)
    np.testing.assert_allclose(variance_ratio(2 - G, env, 3), expected, rtol=1e-5)
    np.testing.assert_allclose(variance_ratio(G[order], env[order], 3), expected, rtol=1e-9)


def test_what_does_not_vary_has_none() -> None:
    assert variance_ratio(np.zeros((5, 1), dtype=np.int8), np.zeros(5, dtype=np.int64), 1).tolist() == [0]
    assert variance_ratio(np.full((5, 1), 1.0, dtype=np.float32), np.zeros(5, dtype=np.int64), 1).tolist() == [0]
    assert variance_ratio(np.full((5, 1), -127, dtype=np.int8), np.zeros(5, dtype=np.int64), 1).tolist() == [0]

"""Null distributions of MR-PRESSO's statistics by simulation."""

import numpy as np

from latentmr.typing import Array, Mask

__all__ = ["count_above", "count_distorted"]

#: Number of simulations that share a seed. Results depend on this number and the seed alone.
BLOCK = 64


def count_above(
    X: Array, S: Array, sy: Array, slopes: Array, observed: float, squared: Array, *, draws: int, seed: int
) -> tuple[int, Array]:
    """Count the simulations whose statistics exceed the observed ones, for all variants and for each.

    Parameters
    ----------
    X, S : np.ndarray of dimension (p, m)
        Effects on the exposures, and their standard errors.
    sy : np.ndarray of dimension (p,)
        Standard errors of the effects on the outcome.
    slopes : np.ndarray of dimension (p, m)
        Effects of the exposures without each variant.
    observed : float
        Statistic of all variants.
    squared : np.ndarray of dimension (p,)
        Squared residual of each variant.
    draws, seed : int

    Returns
    -------
    int, np.ndarray of dimension (p,)
    """
    mean = (X * slopes).sum(axis=1)
    above, each_above = 0, np.zeros(len(X))
    for i, each in enumerate(np.random.SeedSequence(seed).spawn(-(-draws // BLOCK))):
        rng, size = np.random.default_rng(each), min(BLOCK, draws - i * BLOCK)
        drawn_x = X + S * rng.standard_normal((size, *X.shape))
        drawn_y = mean + sy * rng.standard_normal((size, len(X)))
        from_others = drawn_y - (drawn_x * slopes).sum(axis=2)
        each_above += (from_others**2 > squared).sum(axis=0)
        above += int((_statistics(drawn_x / sy[:, None], drawn_y / sy) > observed).sum())
    return above, each_above


def _statistics(Xw: Array, z: Array) -> Array:
    """Return the sums of squared residuals from the fits of the others, for each simulation."""
    if Xw.shape[2] == 1:
        x = Xw[:, :, 0]
        squares = x**2
        total = squares.sum(axis=1)[:, None]
        residuals = (z - x * ((x * z).sum(axis=1)[:, None] / total)) / (1 - squares / total)
        return np.asarray((residuals**2).sum(axis=1))
    # sums in a fixed order, independent of the number of threads
    inverse = np.linalg.inv(np.einsum("dpi,dpj->dij", Xw, Xw))
    gain = np.einsum("dpi,dij->dpj", Xw, inverse)
    coefficients = np.einsum("dpj,dp->dj", gain, z)
    residuals = (z - np.einsum("dpj,dj->dp", Xw, coefficients)) / (1 - (gain * Xw).sum(axis=2))
    return np.asarray((residuals**2).sum(axis=1))


def count_distorted(
    X: Array, y: Array, sy: Array, outlier: Mask, raw: Array, kept: Array, *, draws: int, seed: int
) -> tuple[Array, Array]:
    """Find the change of each effect without outliers, and count the samples with a larger change.

    Parameters
    ----------
    X : np.ndarray of dimension (p, m)
        Effects on the exposures.
    y, sy : np.ndarray of dimension (p,)
        Effects on the outcome, and their standard errors.
    outlier : np.ndarray of bool of dimension (p,)
    raw, kept : np.ndarray of dimension (m,)
        Effects of the exposures with and without outliers.
    draws, seed : int

    Returns
    -------
    np.ndarray of dimension (m,), np.ndarray of dimension (m,)
    """
    size = (raw - kept) / np.abs(kept)
    Xw, z = X / sy[:, None], y / sy
    products = np.concatenate([(Xw[:, :, None] * Xw[:, None, :]).reshape(len(z), -1), Xw * z[:, None]], axis=1)
    fixed, others = products[outlier].sum(axis=0), products[~outlier]
    n_drawn = max(len(others) - int(outlier.sum()), 0)
    m, above = X.shape[1], np.zeros(X.shape[1])
    # seeds distinct from those of the other tests
    root = np.random.SeedSequence(seed, spawn_key=(1,))
    for i, each in enumerate(root.spawn(-(-draws // BLOCK))):
        count = min(BLOCK, draws - i * BLOCK)
        share = np.full(len(others), 1 / len(others))
        counts = np.random.default_rng(each).multinomial(n_drawn, share, size=count)
        sums = fixed + np.einsum("dj,jk->dk", counts, others)
        effects = (np.linalg.pinv(sums[:, : m * m].reshape(-1, m, m)) @ sums[:, m * m :, None])[:, :, 0]
        above += (np.abs(raw - effects) > np.abs(size) * np.abs(effects)).sum(axis=0)
    return size, above

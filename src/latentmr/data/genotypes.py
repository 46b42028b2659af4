"""Genotype matrices as they are stored: int8 hard calls or float32, and what fills their missing calls."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK", "MISSING_CALL", "environment_means", "fill_in_place", "fill_missing", "is_missing", "store"]

Array = NDArray[np.float64]

#: int8 code of a missing hard call.
MISSING_CALL = -127
#: Rows in a block of genotypes.
BLOCK = 8192


def store(values: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Store genotypes as small as they go: int8 where all are 0, 1 or 2, else float32; and say which kind they are."""
    known = values[np.isfinite(values)]
    if np.isinf(values).any():
        raise ValueError(f"instruments must be finite. Got {int(np.isinf(values).sum())} infinite values.")
    if known.size and known.min() >= 0 and known.max() <= 2:
        if np.array_equal(known, np.round(known)):
            return np.where(np.isnan(values), MISSING_CALL, np.nan_to_num(values)).astype(np.int8), "counts"
        return values.astype(np.float32), "dosages"
    return values.astype(np.float32), "continuous"


def is_missing(G: NDArray[Any]) -> NDArray[np.bool_]:
    """Mask of missing calls."""
    return G == MISSING_CALL if G.dtype == np.int8 else np.isnan(G)


def fill_missing(G: NDArray[Any], means: Array) -> Array:
    """Float64 copy of a few rows, missing calls filled from ``means`` of the same shape."""
    out = G.astype(np.float64)
    missing = is_missing(G)
    if missing.any():
        out[missing] = means[missing]
    return out


def environment_means(G: NDArray[Any], env: NDArray[np.int64], n_env: int) -> Array:
    """Mean genotype in each environment; the pooled mean where an environment has no call of a variant."""
    sums, calls = np.zeros((n_env, G.shape[1])), np.zeros((n_env, G.shape[1]))
    for start in range(0, len(G), BLOCK):
        block, codes = G[start : start + BLOCK], env[start : start + BLOCK]
        known = ~is_missing(block)
        values = np.where(known, block, 0)
        for e in np.unique(codes):
            sums[e] += values[codes == e].sum(axis=0, dtype=np.float64)
            calls[e] += known[codes == e].sum(axis=0)
    pooled = sums.sum(axis=0) / np.maximum(calls.sum(axis=0), 1)
    return np.where(calls > 0, sums / np.maximum(calls, 1), pooled)


def fill_in_place(G: NDArray[Any], env: NDArray[np.int64], fill: Array) -> None:
    """Fill missing float32 values with the means of their environments."""
    for start in range(0, len(G), BLOCK):
        block = G[start : start + BLOCK]
        missing = np.isnan(block)
        if missing.any():
            block[missing] = fill[env[start : start + BLOCK]][missing]

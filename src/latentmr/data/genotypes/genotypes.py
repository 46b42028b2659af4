"""Storage of genotype matrices as int8 hard calls or float32, and replacement of missing calls."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = [
    "BLOCK",
    "MISSING_CALL",
    "environment_means",
    "fill_in_place",
    "fill_missing",
    "is_missing",
    "loses_digits",
    "store",
]


#: Code of a missing hard call in int8.
MISSING_CALL = -127
#: Rows in a block of genotypes.
BLOCK = 8192
#: Rounding error of single precision, and its largest share of a standard deviation.
ROUNDING, TOLERATED = 2.0**-24, 1e-6


def store(values: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """Store genotypes as int8 if all are 0, 1 or 2, and otherwise as float32; return them with their kind.

    Continuous values stay float64 if float32 would lose digits of a column (:func:`loses_digits`).

    Missing values are NaN in floats and -127 in int8. The conversion runs in blocks, without a further copy of the
    matrix.
    """
    low, high, whole, infinite = np.inf, -np.inf, True, 0
    for start in range(0, len(values), BLOCK):
        block = _as_floats(values[start : start + BLOCK])
        known = block[~np.isnan(block)]
        infinite += int(np.isinf(known).sum())
        if known.size and not infinite:
            low, high = min(low, float(known.min())), max(high, float(known.max()))
            whole = whole and np.array_equal(known, np.round(known))
    if infinite:
        raise ArgumentError("instruments", "be finite", f"{infinite} infinite values", "use NaN for missing")
    dosages = low >= 0 and high <= 2
    kind = "continuous" if not dosages else "counts" if whole else "dosages"
    exact = (
        kind == "continuous"
        and values.dtype not in (np.int8, np.float32)
        and any(loses_digits(column) for column in values.T)
    )
    out = np.empty(values.shape, dtype=np.int8 if kind == "counts" else np.float64 if exact else np.float32)
    for start in range(0, len(values), BLOCK):
        block = _as_floats(values[start : start + BLOCK])
        if kind == "counts":
            block[np.isnan(block)] = MISSING_CALL
        out[start : start + BLOCK] = block
    return out, kind


def loses_digits(column: NDArray[Any]) -> bool:
    """Return whether single precision is too coarse for a column, for instance one with a large offset.

    Examples
    --------
    >>> loses_digits(np.array([0.0, 1.0, 2.5])), loses_digits(1e7 + np.array([0.0, 1.0, 2.5]))
    (False, True)
    """
    known = column[~np.isnan(column)].astype(np.float64)
    if not len(known):
        return False
    deviation = float(known.std())
    if deviation == 0:
        # other digits of a constant may have been lost before
        return column.dtype == np.float32 and known[0] != 0
    return ROUNDING * float(np.abs(known).max()) > TOLERATED * deviation


def _as_floats(block: NDArray[Any]) -> Array:
    out = block.astype(np.float64)
    if block.dtype == np.int8:
        out[block == MISSING_CALL] = np.nan
    return out


def is_missing(G: NDArray[Any]) -> NDArray[np.bool_]:
    """Return the mask of missing calls."""
    return G == MISSING_CALL if G.dtype == np.int8 else np.isnan(G)


def fill_missing(G: NDArray[Any], env: NDArray[np.int64], fill: Array) -> Array:
    """Return a float64 copy of rows, with missing calls replaced by the means ``fill[env]`` of their environments."""
    out = G.astype(np.float64)
    missing = is_missing(G)
    if missing.any():
        out[missing] = fill[env][missing]
    return out


def environment_means(G: NDArray[Any], env: NDArray[np.int64], n_env: int) -> Array:
    """Compute the mean genotype in each environment; the pooled mean if an environment has no call of a variant."""
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
    """Replace missing values of floats by the means of their environments."""
    for start in range(0, len(G), BLOCK):
        block = G[start : start + BLOCK]
        missing = np.isnan(block)
        if missing.any():
            block[missing] = fill[env[start : start + BLOCK]][missing]

"""Natural cubic splines of learned coordinates: more strength from the same instrument."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["KNOT_QUANTILES", "natural_spline", "spline_knots"]

Array = NDArray[np.float64]

#: Quantiles of a coordinate at which its five knots lie (Harrell, 2001).
KNOT_QUANTILES = (0.05, 0.275, 0.5, 0.725, 0.95)


def spline_knots(Z: Array) -> Array:
    """Five knots for each coordinate, from its quantiles.

    Parameters
    ----------
    Z : np.ndarray of dimension (n, k)

    Returns
    -------
    np.ndarray of dimension (5, k)
    """
    return np.asarray(np.quantile(Z, KNOT_QUANTILES, axis=0))


def natural_spline(Z: Array, knots: Array) -> Array:
    """Columns that, with ``Z`` itself, span the natural cubic splines with the given knots.

    Parameters
    ----------
    Z : np.ndarray of dimension (n, k)
    knots : np.ndarray of dimension (5, k)
        Where two knots of a coordinate coincide, its columns are zero: it enters linearly.

    Returns
    -------
    np.ndarray of dimension (n, 3 k)
        Linear beyond the outer knots, in units of the distance between them.

    Examples
    --------
    >>> natural_spline(np.zeros((4, 2)), spline_knots(np.random.default_rng(0).normal(size=(9, 2)))).shape
    (4, 6)
    """
    last = len(knots) - 1
    span = knots[last] - knots[0]
    distinct = (np.diff(knots, axis=0) > 1e-8 * np.maximum(span, 1e-300)).all(axis=0)
    unit = np.where(distinct, span, 1.0)

    def truncated(j: int) -> Array:
        rise = np.maximum((Z - knots[j]) / unit, 0) ** 3 - np.maximum((Z - knots[last]) / unit, 0) ** 3
        return np.asarray(rise * unit / np.where(distinct, knots[last] - knots[j], 1.0))

    end = truncated(last - 1)
    return np.hstack([np.where(distinct, truncated(j) - end, 0.0) for j in range(last - 1)])

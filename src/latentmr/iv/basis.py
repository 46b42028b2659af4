"""Natural cubic splines of instruments, which can strengthen the first stage."""

from collections.abc import Callable

import numpy as np

from latentmr.typing import Array

__all__ = ["KNOT_QUANTILES", "natural_spline", "spline_knots", "spline_slopes"]


#: Quantiles of an instrument at which its five knots lie (Harrell, 2001).
KNOT_QUANTILES = (0.05, 0.275, 0.5, 0.725, 0.95)


def spline_knots(Z: Array) -> Array:
    """Return five knots for each column, at its quantiles.

    Parameters
    ----------
    Z : np.ndarray of dimension (n, k)
        Instruments.

    Returns
    -------
    np.ndarray of dimension (5, k)
    """
    return np.asarray(np.quantile(Z, KNOT_QUANTILES, axis=0))


def natural_spline(Z: Array, knots: Array) -> Array:
    """Return columns that, together with ``Z``, span the natural cubic splines with the given knots.

    Parameters
    ----------
    Z : np.ndarray of dimension (n, k)
        Instruments.
    knots : np.ndarray of dimension (5, k)
        If two knots of an instrument coincide, its columns are zero and it enters linearly.

    Returns
    -------
    np.ndarray of dimension (n, 3 k)
        The columns are linear beyond the outer knots, in units of the distance between them.

    Examples
    --------
    >>> natural_spline(np.zeros((4, 2)), spline_knots(np.random.default_rng(0).normal(size=(9, 2)))).shape
    (4, 6)
    """
    return _terms(Z, knots, lambda distance: np.maximum(distance, 0) ** 3, 1)


def spline_slopes(Z: Array, knots: Array) -> Array:
    """Return the derivatives of the columns of :func:`natural_spline` with respect to their instruments.

    Arguments and dimension are those of :func:`natural_spline`.
    """
    return _terms(Z, knots, lambda distance: 3 * np.maximum(distance, 0) ** 2, 0)


def _terms(Z: Array, knots: Array, power: Callable[[Array], Array], unit_power: int) -> Array:
    """Combine a truncated power of the distance (in units of the knots' span) from each knot."""
    last = len(knots) - 1
    span = knots[last] - knots[0]
    distinct = (np.diff(knots, axis=0) > 1e-8 * np.maximum(span, 1e-300)).all(axis=0)
    unit = np.where(distinct, span, 1.0)

    def truncated(j: int) -> Array:
        rise = power((Z - knots[j]) / unit) - power((Z - knots[last]) / unit)
        return np.asarray(rise * unit**unit_power / np.where(distinct, knots[last] - knots[j], 1.0))

    end = truncated(last - 1)
    return np.hstack([np.where(distinct, truncated(j) - end, 0.0) for j in range(last - 1)])

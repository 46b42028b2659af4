"""Provide linear algebra for several packages: projections, partialling out, quadratic sets."""

import numpy as np

from latentmr.typing import Array

__all__ = ["RANK_TOLERANCE", "agreement", "oproj", "partial_out", "proj", "quadratic_set", "symmetric_root"]


# A direction whose share of variance is below this counts as exactly collinear. Cross products square the
# condition number, so this is about the square root of the precision of a double.
RANK_TOLERANCE = 1e-9


def proj(Z: Array, *f: Array) -> Array | tuple[Array, ...]:
    """Project columns onto the span of ``Z``.

    Parameters
    ----------
    Z : np.ndarray of dimension (n, k)
        Columns that span the space. It can be rank deficient, or have no column.
    *f : np.ndarray of dimension (n,) or (n, m)
        Columns to project.

    Returns
    -------
    np.ndarray or tuple of np.ndarray
        The projections, one for each ``f``, of the same dimension.

    Examples
    --------
    >>> proj(np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))
    array([2., 2.])
    """
    if Z.shape[1] == 0:
        out = tuple(np.zeros_like(g) for g in f)
    else:
        basis = _orthonormal(Z)
        out = tuple(basis @ (basis.T @ g) for g in f)
    return out[0] if len(out) == 1 else out


def oproj(Z: Array, *f: Array) -> Array | tuple[Array, ...]:
    """Return the residuals of columns after projection onto the span of ``Z``; see :func:`proj`.

    Examples
    --------
    >>> oproj(np.array([[1.0], [1.0]]), np.array([1.0, 3.0]))
    array([-1.,  1.])
    """
    out = tuple(g - proj(Z, g) for g in f)
    return out[0] if len(out) == 1 else out


def _orthonormal(Z: Array) -> Array:
    scale = np.linalg.norm(Z, axis=0)
    U, s, _ = np.linalg.svd(Z / np.where(scale > 0, scale, 1.0), full_matrices=False)
    rank = int((s > np.sqrt(RANK_TOLERANCE) * s[0]).sum()) if s.size and s[0] > 0 else 0
    return np.asarray(U[:, :rank])


def symmetric_root(S: Array, scale: Array) -> Array:
    """Return a root ``R`` with ``R' S R = I`` on the range of a positive semidefinite ``S``.

    Parameters
    ----------
    S : np.ndarray of dimension (k, k)
        Cross products, for example of instruments after partialling out.
    scale : np.ndarray of dimension (k,)
        Sums of squares before anything was partialled out. A column whose remaining share is below ``RANK_TOLERANCE``
        counts as collinear.

    Returns
    -------
    np.ndarray of dimension (k, rank)
        The root; ``rank`` is the number of linearly independent columns.
    """
    if S.shape[0] == 0:
        return np.zeros((0, 0))
    unit = 1 / np.sqrt(np.where(scale > 0, scale, 1.0))
    values, vectors = np.linalg.eigh(S * np.outer(unit, unit))
    keep = values > RANK_TOLERANCE * max(1.0, float(values[-1]))
    return unit[:, None] * (vectors[:, keep] / np.sqrt(values[keep]))


def partial_out(S: Array, given: slice | Array) -> tuple[Array, Array]:
    """Sweep columns out of a cross-product matrix.

    Parameters
    ----------
    S : np.ndarray of dimension (q, q)
        Cross products of q columns.
    given : slice or np.ndarray of int
        Columns to partial out.

    Returns
    -------
    np.ndarray of dimension (q, q)
        Cross products of the residuals of all columns.
    np.ndarray of dimension (g, q)
        Regression coefficients of all columns on the given ones. If the given ones are collinear, these are the
        coefficients of one solution.
    """
    inner = S[given][:, given]
    root = symmetric_root(inner, np.diag(inner))
    half = root.T @ S[given]
    return S - half.T @ half, root @ half


def quadratic_set(a: float, b: float, c: float) -> tuple[tuple[float, float], ...]:
    """Solve ``a t^2 + 2 b t + c <= 0`` for t on the real line.

    Parameters
    ----------
    a, b, c : float
        Coefficients of the quadratic; note the factor 2.

    Returns
    -------
    tuple of (float, float)
        Closed intervals in increasing order: none, one (which can be a half-line or the whole line), or two half-lines.

    Examples
    --------
    >>> quadratic_set(1.0, 0.0, -4.0)
    ((-2.0, 2.0),)
    >>> quadratic_set(-1.0, 0.0, 4.0)
    ((-inf, -2.0), (2.0, inf))
    >>> quadratic_set(1.0, 0.0, 4.0)
    ()
    """
    infinity = float("inf")
    if a == 0:
        if b == 0:
            return ((-infinity, infinity),) if c <= 0 else ()
        edge = -c / (2 * b)
        return ((-infinity, edge),) if b > 0 else ((edge, infinity),)
    discriminant = b * b - a * c
    if discriminant < 0:
        return () if a > 0 else ((-infinity, infinity),)
    # use the stable form of the two roots, which avoids differences of nearly equal numbers
    large = -(b + np.copysign(np.sqrt(discriminant), b))
    first, second = (large / a, c / large) if large != 0 else (0.0, 0.0)
    low, high = float(min(first, second)), float(max(first, second))
    return ((low, high),) if a > 0 else ((-infinity, low), (high, infinity))


def agreement(one: Array, other: Array) -> float:
    """Return the mean squared canonical correlation of two sets of instruments ``[n, k]``.

    It is 1 if each set is a linear map of the other. Instruments that do not vary share nothing with any others.
    """
    left, right = (_centred_orthonormal(part) for part in (one, other))
    return float(((left.T @ right) ** 2).sum() / one.shape[1])


def _centred_orthonormal(values: Array) -> Array:
    left, sizes, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    # compare with the values themselves: a constant leaves only rounding errors after centring
    return np.asarray(left[:, sizes > 1e-9 * max(float(np.linalg.norm(values)), np.finfo(float).tiny)])

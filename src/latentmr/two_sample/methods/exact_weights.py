"""IVW with exact weights, which use the errors of both effects of a variant at the effect itself."""

import numpy as np

from latentmr.two_sample.methods.associations import Associations
from latentmr.typing import Array

__all__ = ["bootstrap_error", "exact_fixed", "exact_random"]

#: Number of effects in the initial search for the minimum of Q.
GRID = 400
#: Maximum number of values in memory, and number of bootstrap rows that are solved at once.
AT_ONCE, ROWS = 1_000_000, 256
#: Numbers of Newton steps of the dispersion, and of the effect within each.
STEPS, INNER = 60, 2


def exact_fixed(data: Associations) -> tuple[float, float]:
    """Minimise ``Q(b) = sum (by - b bx)^2 / (sy^2 + b^2 sx^2)``, and return the effect and its fixed-effect error.

    The minimum is sought on the whole line. With equal errors Q has one period in the arctangent of b, so a grid of
    angles cannot miss the minimum.

    Parameters
    ----------
    data : Associations

    Returns
    -------
    float, float

    Examples
    --------
    >>> two = Associations(*(np.array(each) for each in ([0.1, 0.2], [0.1, 0.3], [0.01, 0.01], [0.02, 0.02])), None)
    >>> round(exact_fixed(two)[0], 2)
    1.41
    """
    scale = float(np.sqrt((data.sy**2).mean() / (data.sx**2).mean()))
    grid = scale * np.tan(np.linspace(-np.pi / 2, np.pi / 2, GRID + 2)[1:-1])
    rows = max(1, AT_ONCE // len(data.bx))
    best = int(np.argmin(np.concatenate([_q(data, grid[i : i + rows]) for i in range(0, GRID, rows)])))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)]
    beta, once = grid[best : best + 1], np.ones((1, len(data.bx)))
    for _ in range(200):
        slope, curvature = (float(each[0]) for each in _derivatives(data, once, beta, np.ones(1))[1:3])
        low, high = (low, beta[0]) if slope > 0 else (beta[0], high)
        step = beta - slope / curvature if curvature > 0 else np.full(1, np.nan)
        # bisection if Newton would leave the bracket
        moved = step if low < step[0] < high else np.full(1, (low + high) / 2)
        if abs(moved[0] - beta[0]) <= 1e-14 * abs(beta[0]):
            break
        beta = moved
    weights = data.bx**2 / (data.sy**2 + beta**2 * data.sx**2)
    return float(beta[0]), float(1 / np.sqrt(weights.sum()))


def _q(data: Associations, betas: Array) -> Array:
    b = betas[:, None]
    return np.asarray(((data.by - b * data.bx) ** 2 / (data.sy**2 + (b * data.sx) ** 2)).sum(axis=1))


def exact_random(data: Associations, start: float) -> float:
    """Minimise Q with the dispersion of ``sy^2``, at least 1, at which Q equals p - 1.

    Parameters
    ----------
    data : Associations
    start : float
        The effect of :func:`exact_fixed`.

    Returns
    -------
    float
    """
    return float(_solved(data, np.ones((1, len(data.bx))), start, 1e-13)[0])


def bootstrap_error(data: Associations, start: float, draws: int, seed: int) -> float:
    """Return the standard deviation of :func:`exact_random` over samples of variants with replacement.

    Parameters
    ----------
    data : Associations
    start : float
        The effect of :func:`exact_fixed`.
    draws : int
    seed : int

    Returns
    -------
    float
    """
    p, parts = len(data.bx), []
    rows = max(1, AT_ONCE // p)
    seeds = np.random.SeedSequence(seed).spawn(-(-draws // rows))
    for i, each in enumerate(seeds):
        size = min(rows, draws - i * rows)
        counts = np.random.default_rng(each).multinomial(p, np.full(p, 1 / p), size=size)
        for row in range(0, size, ROWS):
            parts.append(_solved(data, counts[row : row + ROWS].astype(np.float64), start, 1e-7))
    return float(np.concatenate(parts).std(ddof=1)) if draws > 1 else 0.0


def _solved(data: Associations, counts: Array, start: float, tolerance: float) -> Array:
    """Return the effects for rows of counts of variants, with the dispersion at which Q equals p - 1."""
    target = len(data.bx) - 1
    betas, dispersions, rows = np.full(len(counts), start), np.ones(len(counts)), np.arange(len(counts))
    for _ in range(STEPS):
        beta, dispersion = betas[rows], dispersions[rows]
        for _ in range(INNER):
            _, slope, curvature, _ = _derivatives(data, counts, beta, dispersion)
            if not (curvature > 0).all():
                # if Q is not convex, take a Gauss-Newton step downhill
                curvature = np.where(curvature > 0, curvature, 2 * _information(data, counts, beta, dispersion))
            beta = beta - slope / curvature
        q, _, _, by_dispersion = _derivatives(data, counts, beta, dispersion)
        # 1 / Q rises with the dispersion and is concave, nearly a line: Newton's steps from below stay below
        # without any residual, Q does not depend on the dispersion
        gap = (q - target) * q / target
        step = np.divide(gap, by_dispersion, out=np.zeros_like(q), where=by_dispersion < -1e-250)
        dispersion = np.maximum(1.0, dispersion - step)
        active = np.abs(beta - betas[rows]) > tolerance * np.abs(beta)
        active |= np.abs(dispersion - dispersions[rows]) > tolerance * dispersion
        betas[rows], dispersions[rows] = beta, dispersion
        if not active.any():
            break
        rows, counts = rows[active], counts[active]
    return betas


def _information(data: Associations, counts: Array, beta: Array, dispersion: Array) -> Array:
    variance = dispersion[:, None] * data.sy**2 + (beta[:, None] * data.sx) ** 2
    return np.asarray((counts * data.bx**2 / variance).sum(axis=1))


def _derivatives(
    data: Associations, counts: Array, beta: Array, dispersion: Array
) -> tuple[Array, Array, Array, Array]:
    """Return Q, its first two derivatives by the effect, and its derivative by the dispersion."""
    b, s2 = beta[:, None], data.sx**2
    lean = b * s2
    inverse = 1 / (dispersion[:, None] * data.sy**2 + b * lean)
    residuals = data.by - b * data.bx
    ratio = residuals * inverse
    weighted = counts * ratio
    lean *= ratio
    pull = data.bx + lean
    squares = weighted * ratio
    q, slope = np.einsum("ij,ij->i", weighted, residuals), -2 * np.einsum("ij,ij->i", weighted, pull)
    pull += lean
    curvature = 2 * (np.einsum("ij,ij,ij->i", counts * inverse, pull, pull) - np.einsum("ij,j->i", squares, s2))
    return q, slope, curvature, -np.einsum("ij,j->i", squares, data.sy**2)

"""Effects by weights that are exact: with the errors of both effects of a variant, at the effect itself."""

import numpy as np
from numpy.typing import NDArray

from latentmr.estimate.summary.effects import Associations

__all__ = ["bootstrap_error", "exact_fixed", "exact_random"]

#: Effects among which the least Q is first sought.
GRID = 400
#: Values of the bootstrap that are held at once.
AT_ONCE = 1_000_000
#: Newton steps of the dispersion, and of the effect within each.
STEPS, INNER = 60, 2
Array = NDArray[np.float64]


def exact_fixed(data: Associations) -> tuple[float, float]:
    """Effect at the least of ``Q(b) = sum (by - b bx)^2 / (sy^2 + b^2 sx^2)``, and its error by fixed effects.

    The least is sought on the whole line: with alike errors Q is one wave of the arctangent of b, so that a grid of it
    cannot miss the least.

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
    best = int(np.argmin([((data.by - b * data.bx) ** 2 / (data.sy**2 + (b * data.sx) ** 2)).sum() for b in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, GRID - 1)]
    beta, once = grid[best : best + 1], np.ones((1, len(data.bx)))
    for _ in range(200):
        slope, curvature = (float(each[0]) for each in _derivatives(data, once, beta, np.ones(1))[1:3])
        low, high = (low, beta[0]) if slope > 0 else (beta[0], high)
        step = beta - slope / curvature if curvature > 0 else np.full(1, np.nan)
        # bisection where Newton would leave the bracket
        moved = step if low < step[0] < high else np.full(1, (low + high) / 2)
        if abs(moved[0] - beta[0]) <= 1e-15 * abs(beta[0]):
            break
        beta = moved
    weights = data.bx**2 / (data.sy**2 + beta**2 * data.sx**2)
    return float(beta[0]), float(1 / np.sqrt(weights.sum()))


def exact_random(data: Associations) -> float:
    """Effect at the least Q, with the dispersion of ``sy^2``, at least 1, that brings Q to p - 1.

    Parameters
    ----------
    data : Associations

    Returns
    -------
    float
    """
    return float(_solved(data, np.ones((1, len(data.bx))), exact_fixed(data)[0], 1e-13)[0])


def bootstrap_error(data: Associations, draws: int, seed: int) -> float:
    """Standard deviation of :func:`exact_random` over samples of variants with replacement.

    Parameters
    ----------
    data : Associations
    draws : int
    seed : int

    Returns
    -------
    float
    """
    p, start, parts = len(data.bx), exact_fixed(data)[0], []
    rows = max(1, AT_ONCE // p)
    seeds = np.random.SeedSequence(seed).spawn(-(-draws // rows))
    for i, each in enumerate(seeds):
        size = min(rows, draws - i * rows)
        counts = np.random.default_rng(each).multinomial(p, np.full(p, 1 / p), size=size)
        parts.append(_solved(data, counts.astype(np.float64), start, 1e-7))
    return float(np.concatenate(parts).std(ddof=1)) if draws > 1 else 0.0


def _solved(data: Associations, counts: Array, start: float, tolerance: float) -> Array:
    """Effects for rows of counts of variants: at the least Q, with the dispersion that brings it to p - 1."""
    target = len(data.bx) - 1
    beta, dispersion = np.full(len(counts), start), np.ones(len(counts))
    for _ in range(STEPS):
        before = beta.copy(), dispersion.copy()
        for _ in range(INNER):
            _, slope, curvature, _ = _derivatives(data, counts, beta, dispersion)
            # where Q is not convex, a step of its Gauss-Newton size down the slope
            size = np.where(curvature > 0, curvature, 2 * _information(data, counts, beta, dispersion))
            beta = beta - slope / size
        q, _, _, by_dispersion = _derivatives(data, counts, beta, dispersion)
        # Q falls and is convex in the dispersion: Newton's steps from below stay below
        # where there is no residual at all, Q does not depend on it
        step = np.divide(q - target, by_dispersion, out=np.zeros_like(q), where=by_dispersion < -1e-250)
        dispersion = np.maximum(1.0, dispersion - step)
        moved = np.abs(beta - before[0]) <= tolerance * np.abs(beta)
        if (moved & (np.abs(dispersion - before[1]) <= tolerance * dispersion)).all():
            break
    return beta


def _information(data: Associations, counts: Array, beta: Array, dispersion: Array) -> Array:
    return np.asarray((counts * data.bx**2 / _variance(data, beta, dispersion)).sum(axis=1))


def _variance(data: Associations, beta: Array, dispersion: Array) -> Array:
    return np.asarray(dispersion[:, None] * data.sy**2 + (beta[:, None] * data.sx) ** 2)


def _derivatives(
    data: Associations, counts: Array, beta: Array, dispersion: Array
) -> tuple[Array, Array, Array, Array]:
    """Q, its two derivatives by the effect, and that by the dispersion."""
    v = _variance(data, beta, dispersion)
    residuals, b = data.by - beta[:, None] * data.bx, beta[:, None]
    ratio = residuals / v
    weighted, s2 = counts * ratio, data.sx**2
    q = (weighted * residuals).sum(axis=1)
    slope = -2 * (weighted * (data.bx + ratio * b * s2)).sum(axis=1)
    curvature = 2 * (counts / v * (data.bx + 2 * ratio * b * s2) ** 2 - weighted * ratio * s2).sum(axis=1)
    return q, slope, curvature, -(weighted * ratio * data.sy**2).sum(axis=1)

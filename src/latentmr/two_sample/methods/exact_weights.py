"""IVW with exact weights, which use the errors of both effects of a variant at the effect itself."""

import numpy as np

from latentmr.two_sample.methods.associations import Associations
from latentmr.two_sample.methods.least_angle import Lines
from latentmr.typing import Array, Mask

__all__ = ["bootstrap_error", "derivatives", "exact_fixed", "exact_random"]

#: Maximum number of values in memory, and number of bootstrap rows that are solved at once.
AT_ONCE, ROWS = 1_000_000, 256
#: Numbers of Newton steps of the dispersion, and of the effect within each.
STEPS, INNER = 60, 2
#: Relative precision of bootstrap effects and of their Q.
NEAR, NEAR_Q = 1e-7, 1e-5


def exact_fixed(data: Associations) -> tuple[float, float]:
    """Minimise ``Q(b) = sum (by - b bx)^2 / (sy^2 + b^2 sx^2)``, and return the effect and its fixed-effect error.

    The minimum is sought on the whole line.

    Parameters
    ----------
    data : Associations

    Returns
    -------
    float, float
        NaN if Q falls towards an infinite effect.

    Examples
    --------
    >>> two = Associations(*(np.array(each) for each in ([0.1, 0.2], [0.1, 0.3], [0.01, 0.01], [0.02, 0.02])), None)
    >>> round(exact_fixed(two)[0], 2)
    1.41
    """
    found = _lines(data).lowest(np.ones((1, len(data.bx))), np.ones(1))
    if not found.settled[0]:
        return np.nan, np.nan
    beta = float(found.beta[0])
    return beta, float(1 / np.sqrt((data.bx**2 / (data.sy**2 + (beta * data.sx) ** 2)).sum()))


def exact_random(data: Associations) -> float:
    """Minimise Q with the dispersion of ``sy^2``, at least 1, at which the minimum of Q equals p - 1.

    Parameters
    ----------
    data : Associations

    Returns
    -------
    float
        NaN if Q falls towards an infinite effect.
    """
    return float(_bracketed(data, np.ones((1, len(data.bx))))[0])


def bootstrap_error(data: Associations, start: float, draws: int, seed: int) -> float:
    """Return the standard deviation of :func:`exact_random` over samples of variants with replacement.

    Parameters
    ----------
    data : Associations
    start : float
        The effect of :func:`exact_random`.
    draws : int
    seed : int

    Returns
    -------
    float
        NaN if Q of a sample falls towards an infinite effect.
    """
    p, parts = len(data.bx), []
    rows = max(1, AT_ONCE // p)
    seeds = np.random.SeedSequence(seed).spawn(-(-draws // rows))
    for i, each in enumerate(seeds):
        size = min(rows, draws - i * rows)
        counts = np.random.default_rng(each).multinomial(p, np.full(p, 1 / p), size=size)
        for row in range(0, size, ROWS):
            parts.append(_solved(data, counts[row : row + ROWS].astype(np.float64), start))
    return float(np.concatenate(parts).std(ddof=1)) if draws > 1 else 0.0


def _lines(data: Associations) -> Lines:
    return Lines(data.bx, data.by, data.sx, data.sy)


def _bracketed(data: Associations, counts: Array) -> Array:
    """Return the effects for rows of counts of variants, from minima of Q on the whole line.

    The minimum falls as the dispersion rises, so the dispersion at which it equals p - 1 has a bracket.
    """
    lines, target = _lines(data), len(data.bx) - 1
    low = np.ones(len(counts))
    found = lines.lowest(counts, low)
    betas, settled = found.beta.copy(), found.settled.copy()
    going = np.flatnonzero(settled & (found.q_statistic > target))
    counts, low, q = counts[going], low[going], found.q_statistic[going]
    # at this dispersion Q at the first effect is at most its target
    high = (counts * ((data.by - betas[going, None] * data.bx) / data.sy) ** 2).sum(axis=1) / target
    # 1 / Q is nearly a line: regula falsi with the Illinois rule, in which an end kept twice has half the weight
    at_low, at_high = 1 / q - 1 / target, 1 / lines.lowest(counts, high).q_statistic - 1 / target
    side = np.zeros(len(going), dtype=np.int64)
    for _ in range(200):
        if not len(going):
            break
        share = np.where(at_high > at_low, at_low / np.where(at_high > at_low, at_low - at_high, 1.0), 0.5)
        middle = low + np.clip(share, 0.0, 1.0) * (high - low)
        found = lines.lowest(counts, middle)
        at = 1 / found.q_statistic - 1 / target
        betas[going], settled[going] = found.beta, found.settled
        below, last = at < 0, side
        side = np.where(below, 1, -1)
        halved = np.where(side == last, 0.5, 1.0)
        at_low, at_high = np.where(below, at, halved * at_low), np.where(below, halved * at_high, at)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
        open_ = (np.abs(at) * target > 1e-14) & (high - low > 1e-14 * high)
        going, counts, low, high = going[open_], counts[open_], low[open_], high[open_]
        at_low, at_high, side = at_low[open_], at_high[open_], side[open_]
    settled[going] = False
    return np.where(settled, betas, np.nan)


def _solved(data: Associations, counts: Array, start: float) -> Array:
    """Return the effects for rows of counts: by Newton's steps from the start, which are fast, where these arrive."""
    betas, arrived = _near(data, counts, start)
    if not arrived.all():
        betas[~arrived] = _bracketed(data, counts[~arrived])
    return betas


def _near(data: Associations, counts: Array, start: float) -> tuple[Array, Mask]:
    """Return effects near the start, and whether each is a minimum with the dispersion that belongs to it."""
    target = len(data.bx) - 1
    betas, dispersions, rows = np.full(len(counts), start), np.ones(len(counts)), np.arange(len(counts))
    every, arrived = counts, np.zeros(len(counts), dtype=bool)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(STEPS):
            beta, dispersion = betas[rows], dispersions[rows]
            for _ in range(INNER):
                _, slope, curvature, _ = derivatives(data, counts, beta, dispersion)
                beta = beta - slope / curvature
            q, _, _, by_dispersion = derivatives(data, counts, beta, dispersion)
            # 1 / Q rises with the dispersion and is concave, nearly a line: Newton's steps from below stay below
            # without any residual, Q does not depend on the dispersion
            gap = (q - target) * q / target
            step = np.divide(gap, by_dispersion, out=np.zeros_like(q), where=by_dispersion < 0)
            dispersion = np.maximum(1.0, dispersion - step)
            active = ~(np.abs(beta - betas[rows]) <= NEAR * np.abs(beta))
            active |= ~(np.abs(dispersion - dispersions[rows]) <= NEAR * dispersion)
            betas[rows], dispersions[rows] = beta, dispersion
            arrived[rows[~active]] = True
            # those that ran off are solved otherwise
            active &= np.isfinite(beta) & np.isfinite(dispersion)
            if not active.any():
                break
            rows, counts = rows[active], counts[active]
        q, _, curvature, _ = derivatives(data, every, betas, dispersions)
        first = derivatives(data, every, np.full(len(every), start), dispersions)[0]
        arrived &= (curvature > 0) & (q <= first * (1 + NEAR_Q))
        arrived &= (np.abs(q - target) <= NEAR_Q * target) | ((dispersions == 1) & (q <= target))
    return betas, arrived


def derivatives(data: Associations, counts: Array, beta: Array, dispersion: Array) -> tuple[Array, Array, Array, Array]:
    """Return Q, its first two derivatives by the effect, and its derivative by the dispersion.

    Parameters
    ----------
    data : Associations
        Effects may have a row for each row of counts.
    counts : np.ndarray of dimension (r, p)
        Weights of the variants.
    beta, dispersion : np.ndarray of dimension (r,)

    Returns
    -------
    tuple of four np.ndarray of dimension (r,)
    """
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

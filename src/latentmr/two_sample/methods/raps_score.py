"""The adjusted profile score of MR-RAPS: its loss, its slope, its roots and the variance of pleiotropic effects."""

from collections.abc import Callable

import numpy as np
from scipy import optimize

from latentmr.errors import ArgumentError
from latentmr.two_sample.methods.associations import Associations
from latentmr.two_sample.methods.raps_loss import Loss
from latentmr.typing import Array

__all__ = ["next_fall", "pleiotropic_variance", "profile_maximum", "slopes_at"]

#: Number of effects in the initial search for the maximum, and maximum number of values in memory.
GRID, AT_ONCE = 600, 2_000_000
#: Steps to each side of the start at which a root is sought, in standard errors of the effect.
REACH = np.concatenate([[0.0], np.geomspace(0.02, 60.0, 30)])
#: Share of the sum of absolute terms below which a sum counts as zero.
ROUNDING = 2e-15


def profile_maximum(data: Associations, loss: Loss) -> float:
    """Return the effect with the smallest loss on the whole line, without overdispersion.

    Parameters
    ----------
    data : Associations
    loss : Loss

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the loss is smallest at infinity, because the variants are too weak.
    """
    scale = float(np.sqrt((data.sy**2).mean() / (data.sx**2).mean()))
    grid = scale * np.tan(np.linspace(-np.pi / 2, np.pi / 2, GRID + 2)[1:-1])
    # local minima of a redescending loss may be narrow, but are near ratios of variants
    used = data.bx != 0
    ratios = data.by[used] / data.bx[used]
    if len(ratios) > GRID:
        ratios = np.quantile(ratios, np.linspace(0, 1, GRID))
    grid = np.unique(np.concatenate([grid, ratios]))
    rows = max(1, AT_ONCE // len(data.bx))
    losses = np.concatenate([_losses(data, loss, grid[i : i + rows]) for i in range(0, len(grid), rows)])
    best = int(np.argmin(losses))
    if best in (0, len(grid) - 1):
        raise ArgumentError(
            "bx", "be stronger than its errors", "variants without a finite effect", "take stronger ones"
        )
    low, high = float(grid[best - 1]), float(grid[best + 1])
    found = optimize.minimize_scalar(
        lambda b: float(_losses(data, loss, np.array([b]))[0]), bounds=(low, high), method="bounded",
        options={"xatol": 1e-7 * (high - low)},
    )  # fmt: skip
    # the slope locates the minimum to full precision, the loss to half of the digits
    near = 1e-3 * (high - low)
    ends = max(low, float(found.x) - near), min(high, float(found.x) + near)
    slopes = slopes_at(data, loss, np.array(ends), np.zeros(2))
    if slopes[0] > 0 > slopes[1]:

        def slope(beta: float) -> float:
            return float(slopes_at(data, loss, np.array([beta]), np.zeros(1))[0])

        return float(optimize.brentq(slope, *ends, xtol=1e-15 * (high - low), rtol=1e-14))
    return float(found.x)


def _losses(data: Associations, loss: Loss, betas: Array) -> Array:
    b = betas[:, None]
    return np.asarray(loss.rho((data.by - b * data.bx) / np.sqrt(data.sy**2 + (b * data.sx) ** 2)).sum(axis=1))


def slopes_at(data: Associations, loss: Loss, betas: Array, tau2: Array) -> Array:
    """Find the derivative of minus the loss by the effect.

    Parameters
    ----------
    data : Associations
    loss : Loss
    betas, tau2 : np.ndarray of dimension (n,)
        Effects, and the variance of pleiotropic effects at each.

    Returns
    -------
    np.ndarray of dimension (n,)
    """
    rows = max(1, AT_ONCE // len(data.bx))
    parts = []
    for i in range(0, len(betas), rows):
        b = betas[i : i + rows, None]
        v = data.sy**2 + tau2[i : i + rows, None] + (b * data.sx) ** 2
        root = np.sqrt(v)
        t = (data.by - b * data.bx) / root
        parts.append((loss.psi(t) * (data.bx / root + t * b * data.sx**2 / v)).sum(axis=1))
    return np.concatenate(parts)


def pleiotropic_variance(data: Associations, loss: Loss, betas: Array, weights: Array) -> Array:
    r"""Return the variance of pleiotropic effects at each effect: root of :math:`\sum w (t \psi(t) - \delta) / v`.

    Parameters
    ----------
    data : Associations
    loss : Loss
    betas : np.ndarray of dimension (n,)
    weights : np.ndarray of dimension (p,)

    Returns
    -------
    np.ndarray of dimension (n,)
        Variances; 0 if the sum is not positive at 0.
    """
    rows = max(1, AT_ONCE // len(data.bx))
    return np.concatenate([_variance(data, loss, betas[i : i + rows], weights) for i in range(0, len(betas), rows)])


def _variance(data: Associations, loss: Loss, betas: Array, weights: Array) -> Array:
    squares = (data.by - betas[:, None] * data.bx) ** 2
    fixed = data.sy**2 + (betas[:, None] * data.sx) ** 2

    def excess(tau2: Array) -> Array:
        v = fixed + tau2[:, None]
        t = np.sqrt(squares / v)
        return np.asarray((weights * (t * loss.psi(t) - loss.delta) / v).sum(axis=1))

    low = np.zeros(len(betas))
    at_low = excess(low)
    positive = at_low > 0
    # at this variance no residual exceeds its expectation
    most = squares.max(axis=1) / loss.delta
    high = np.minimum(most, squares.mean(axis=1))
    at_high = excess(high)
    while (beyond := at_high > 0).any():
        low, at_low = np.where(beyond, high, low), np.where(beyond, at_high, at_low)
        high = np.where(beyond, np.minimum(most, 4 * high), high)
        # at the maximum the sum is negative up to rounding
        at_high = np.where(high >= most, np.minimum(excess(high), -1e-300), excess(high))
    # rounding error of the sum
    nothing = ROUNDING * loss.delta * (weights / (fixed + high[:, None])).sum(axis=1)
    # regula falsi with the Illinois rule: an end that is kept twice has half the weight
    before = np.zeros(len(betas), dtype=np.int64)
    for _ in range(200):
        step = at_low / np.where(positive, at_low - at_high, 1.0) * (high - low)
        middle = np.minimum(np.maximum(low + step, low), high)
        at_middle = excess(middle)
        side = np.where(at_middle > 0, 1, -1)
        weight = np.where(side == before, 0.5, 1.0)
        at_low, at_high = (
            np.where(side > 0, at_middle, weight * at_low),
            np.where(side > 0, weight * at_high, at_middle),
        )
        low, high, before = np.where(side > 0, middle, low), np.where(side > 0, high, middle), side
        if ((high - low <= 1e-14 * high) | ~positive | (np.abs(at_middle) <= nothing)).all():
            break
    return np.where(positive, middle, 0.0)


def next_fall(score: Callable[[Array], Array], start: float, unit: float) -> float:
    """Return the root nearest to a start at which a score changes from positive to negative.

    Parameters
    ----------
    score : callable
        Score as a function of an array of effects.
    start, unit : float
        Starting effect and its approximate standard error. Roots within 60 standard errors are found.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there is no such root.

    Examples
    --------
    >>> round(next_fall(lambda b: 1 - b**2, 0.0, 0.1), 6)
    1.0
    """
    betas = np.unique(np.concatenate([start - unit * REACH, start + unit * REACH]))
    values = score(betas)
    falls = np.flatnonzero((values[:-1] >= 0) & (values[1:] < 0))
    if not len(falls):
        raise ArgumentError("bx", "be stronger than its errors", "variants without a root", "take stronger ones")
    gaps = np.maximum(betas[falls] - start, start - betas[falls + 1])
    place = falls[np.argmin(gaps)]
    low, high = float(betas[place]), float(betas[place + 1])
    if values[place] == 0:
        return low
    return float(
        optimize.brentq(lambda b: float(score(np.array([b]))[0]), low, high, xtol=1e-15 * (high - low), rtol=1e-12)
    )

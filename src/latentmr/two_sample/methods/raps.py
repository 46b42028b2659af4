"""MR-RAPS: two-sample MR by a robust adjusted profile score."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from latentmr.two_sample.methods.effects import Associations, SummaryEffect, check_associations, judged
from latentmr.two_sample.methods.raps_loss import Loss, loss_of
from latentmr.typing import Array

__all__ = ["next_fall", "pleiotropic_variance", "profile_maximum", "raps", "sandwich"]

#: Effects among which the maximum is first sought, and values that are held at once.
GRID, AT_ONCE = 600, 2_000_000
#: Steps to each side of the start at which a root is sought: the first and the last in errors of the effect.
REACH = np.concatenate([[0.0], np.geomspace(0.02, 60.0, 30)])
#: A sum of residuals is zero where it is so small a share of its parts.
ROUNDING = 2e-15


def raps(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    loss: str = "huber",
    overdispersion: bool = True,
    tuning: float | None = None,
    alpha: float = 0.05,
) -> SummaryEffect:
    r"""Effect by the robust adjusted profile score, for many weak variants, balanced pleiotropy and some outliers.

    Standardised residuals :math:`t_j = (b_{yj} - \beta b_{xj}) / \sqrt{s_{yj}^2 + \tau^2 + \beta^2 s_{xj}^2}` have the
    least loss at the effect, and the variance :math:`\tau^2` of pleiotropic effects solves
    :math:`\sum s_{xj}^2 (t_j \psi(t_j) - \delta) / v_j = 0` with the variances :math:`v_j`, or is 0 where that sum is
    negative at 0. Without overdispersion and with the loss ``l2`` it is maximum likelihood. Pleiotropic effects may be
    there, normal with mean zero but for outliers, and independent of the effects on the exposure. Confounding of the
    variants with the outcome is not removed.

    Without overdispersion the effect is the greatest maximum on the whole line. With it, the equations may have
    several roots: taken is the one next to the start, which is the effect without overdispersion for ``l2``, and that
    of ``l2`` with overdispersion for the other losses, as ``mr.raps::mr.raps.mle`` starts. For these, the iteration of
    version 0.4.2 of that peer ends off any root (its values make neither sum zero); ours solves both equations.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    loss : str
        ``huber``, ``tukey`` or ``l2``.
    overdispersion : bool
        Whether there is a variance of pleiotropic effects.
    tuning : float, optional
        Constant of the loss; 1.345 (Huber) and 4.685 (Tukey) by default.
    alpha : float
        Level of the interval.

    Returns
    -------
    SummaryEffect
        P value by the normal distribution. ``extra``: ``tau2`` and ``tau2_se`` with overdispersion, else ``naive_se``
        (by the information alone). ``variants``: ``residual`` (standardised; normal if the model holds).

    Raises
    ------
    ValueError
        Where the input cannot be such effects, or variants are too weak for a maximum, a root or an error.

    References
    ----------
    Zhao, Wang, Hemani, Bowden & Small (2020) Annals of Statistics 48:1742.

    Examples
    --------
    >>> found = raps([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3, overdispersion=False)
    >>> round(found.beta, 3)
    0.493
    """
    kind = loss_of(loss, tuning)
    data = check_associations(bx, by, sx, sy)
    name = f"MR-RAPS ({loss}{', overdispersed' if overdispersion else ''})"
    squares = loss_of("l2")
    beta, tau2 = profile_maximum(data, squares if overdispersion else kind), 0.0
    if overdispersion:
        for each in dict.fromkeys([squares, kind]):
            beta = _next_root(data, each, beta)
        tau2 = float(pleiotropic_variance(data, kind, np.array([beta]), data.sx**2)[0])
    se, tau2_se, naive = sandwich(data, kind, beta, tau2, overdispersion)
    extra = {"tau2": tau2, "tau2_se": tau2_se} if overdispersion else {"naive_se": naive}
    residual = (data.by - beta * data.bx) / np.sqrt(data.sy**2 + tau2 + (beta * data.sx) ** 2)
    return judged(name, beta, se, len(data.bx), alpha=alpha, variants={"residual": residual}, **extra)


def profile_maximum(data: Associations, loss: Loss) -> float:
    """Effect with the least loss on the whole line, without overdispersion.

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
        Where the loss is least at infinity, so that the variants tell nothing.
    """
    scale = float(np.sqrt((data.sy**2).mean() / (data.sx**2).mean()))
    grid = scale * np.tan(np.linspace(-np.pi / 2, np.pi / 2, GRID + 2)[1:-1])
    # basins of a loss that forgets outliers may be narrow, but are about ratios of variants
    used = data.bx != 0
    ratios = data.by[used] / data.bx[used]
    if len(ratios) > GRID:
        ratios = np.quantile(ratios, np.linspace(0, 1, GRID))
    grid = np.unique(np.concatenate([grid, ratios]))
    rows = max(1, AT_ONCE // len(data.bx))
    losses = np.concatenate([_losses(data, loss, grid[i : i + rows]) for i in range(0, len(grid), rows)])
    best = int(np.argmin(losses))
    if best in (0, len(grid) - 1):
        raise ValueError(
            "bx must be stronger than its errors. Got variants without a finite effect; take stronger ones."
        )
    low, high = float(grid[best - 1]), float(grid[best + 1])
    found = optimize.minimize_scalar(
        lambda b: float(_losses(data, loss, np.array([b]))[0]), bounds=(low, high), method="bounded",
        options={"xatol": 1e-7 * (high - low)},
    )  # fmt: skip
    # the slope tells the place to all digits, the loss to half of them only
    near = 1e-3 * (high - low)
    ends = max(low, float(found.x) - near), min(high, float(found.x) + near)
    slopes = _slopes(data, loss, np.array(ends), np.zeros(2))
    if slopes[0] > 0 > slopes[1]:
        none = np.zeros(1)
        return float(
            optimize.brentq(lambda b: float(_slopes(data, loss, np.array([b]), none)[0]), *ends, xtol=1e-15, rtol=1e-14)
        )
    return float(found.x)


def _losses(data: Associations, loss: Loss, betas: Array) -> Array:
    b = betas[:, None]
    return np.asarray(loss.rho((data.by - b * data.bx) / np.sqrt(data.sy**2 + (b * data.sx) ** 2)).sum(axis=1))


def _slopes(data: Associations, loss: Loss, betas: Array, tau2: Array) -> Array:
    """Derivative of minus the loss by the effect, at effects with variances of pleiotropic effects."""
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
    r"""Variance of pleiotropic effects at each effect: root of :math:`\sum w (t \psi(t) - \delta) / v`.

    Parameters
    ----------
    data : Associations
    loss : Loss
    betas : np.ndarray of dimension (n,)
    weights : np.ndarray of dimension (p,)

    Returns
    -------
    np.ndarray of dimension (n,)
        0 where the sum is not positive at 0.
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
    # with this much, no residual is above what is expected
    most = squares.max(axis=1) / loss.delta
    high = np.minimum(most, squares.mean(axis=1))
    at_high = excess(high)
    while (beyond := at_high > 0).any():
        low, at_low = np.where(beyond, high, low), np.where(beyond, at_high, at_low)
        high = np.where(beyond, np.minimum(most, 4 * high), high)
        # at the most the sum is below zero, but for rounding
        at_high = np.where(high >= most, np.minimum(excess(high), -1e-300), excess(high))
    # as small as the sum is by rounding
    nothing = ROUNDING * loss.delta * (weights / (fixed + high[:, None])).sum(axis=1)
    # the secant's foot, with the Illinois rule: an end that stays again counts half as much
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
    """Root at which a score falls, the one next to a start.

    Parameters
    ----------
    score : callable
        Of an array of effects.
    start, unit : float
        Effect, and its error as far as it is known: roots within 60 of it are seen.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Where there is none.

    Examples
    --------
    >>> round(next_fall(lambda b: 1 - b**2, 0.0, 0.1), 6)
    1.0
    """
    betas = np.unique(np.concatenate([start - unit * REACH, start + unit * REACH]))
    values = score(betas)
    falls = np.flatnonzero((values[:-1] >= 0) & (values[1:] < 0))
    if not len(falls):
        raise ValueError("bx must be stronger than its errors. Got variants without a root; take stronger ones.")
    gaps = np.maximum(betas[falls] - start, start - betas[falls + 1])
    place = falls[np.argmin(gaps)]
    low, high = float(betas[place]), float(betas[place + 1])
    if values[place] == 0:
        return low
    return float(optimize.brentq(lambda b: float(score(np.array([b]))[0]), low, high, xtol=1e-15, rtol=1e-12))


def _next_root(data: Associations, loss: Loss, start: float) -> float:
    """Root of the slope, with the variance of pleiotropic effects at each effect, that is next to the start."""
    weights = data.sx**2

    def score(betas: Array) -> Array:
        return _slopes(data, loss, betas, pleiotropic_variance(data, loss, betas, weights))

    tau2 = float(pleiotropic_variance(data, loss, np.array([start]), weights)[0])
    signal = (data.bx**2 + data.sx**2) / (data.sy**2 + tau2 + (start * data.sx) ** 2)
    return next_fall(score, start, float(signal.sum() ** -0.5))


def sandwich(
    data: Associations, loss: Loss, beta: float, tau2: float, overdispersion: bool
) -> tuple[float, float, float]:
    """Errors of the effect and of the variance of pleiotropic effects, and the naive error of the effect.

    Parameters
    ----------
    data : Associations
    loss : Loss
    beta, tau2 : float
        Roots of the score.
    overdispersion : bool
        Whether ``tau2`` was estimated.

    Returns
    -------
    float, float, float
        By the expected information, with squares of effects freed of their errors.

    Raises
    ------
    ValueError
        Where the variants tell less than their errors.
    """
    s2, own = data.sx**2, data.sy**2 + tau2
    v2 = (own + beta**2 * s2) ** 2
    signal = float((((data.bx**2 - s2) * own + (data.by**2 - own) * s2) / v2).sum())
    noise = loss.c1 * (signal + float((s2 * own / v2).sum()))
    if signal <= 0:
        raise ValueError("bx must be stronger than its errors. Got variants that give no error; take stronger ones.")
    information = loss.delta * signal
    naive = float(information**-0.5)
    if not overdispersion:
        return float(np.sqrt(noise)) / information, 0.0, naive
    cross = loss.delta * beta * float((s2 / v2).sum())
    of_tau2 = loss.c2 * float((s2**2 / v2).sum()) / ((loss.delta + loss.c3) / 2 * float((s2 / v2).sum())) ** 2
    return float(np.sqrt(noise + cross**2 * of_tau2)) / information, float(np.sqrt(of_tau2)), naive

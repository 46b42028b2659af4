"""MR-Egger with standard errors from a parametric bootstrap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations, for_draws
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["EggerBootstrap", "egger_bootstrap"]

#: Maximum number of effects that are drawn at once.
AT_ONCE = 4_000_000


@dataclass(frozen=True, kw_only=True, repr=False)
class EggerBootstrap(Details):
    """Details of MR-Egger with standard errors from a bootstrap.

    Parameters
    ----------
    intercept, intercept_se, intercept_p_value : float
        Mean of the pleiotropic effects (null: no directional pleiotropy).
    opposite, intercept_opposite : float
        Shares of replicates whose sign differs from that of the mean; these are TwoSampleMR's p values.
    draws : int
        Number of bootstrap replicates.
    """

    intercept: float
    intercept_se: float
    intercept_p_value: float
    opposite: float
    intercept_opposite: float
    draws: int


def egger_bootstrap(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    regression: str = "weighted",
    draws: int = 1000,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Estimate the MR-Egger effect and its standard error by a parametric bootstrap.

    Effects on exposure and outcome are drawn around their estimates, coded for the allele that raises the exposure, and
    regressed with an intercept. The results are the mean and standard deviation of the slopes. Drawn effects on the
    exposure contain their error twice, so the mean is more biased towards zero than :func:`egger`. The standard errors
    do not include pleiotropy, unlike the dispersion of :func:`egger`. The method does not remove confounding of the
    variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least three variants.
    regression : str
        ``weighted``: weighted least squares, as MR-Egger. ``scaled``: slope of the unweighted regression of
        ``by / sy^2`` on ``bx / sy^2``, as TwoSampleMR's ``mr_egger_regression_bootstrap``. The latter is not MR-Egger
        if ``sy`` differ between variants: it does not recover a line even without any error.
    draws : int
        Number of bootstrap replicates.
    seed : int
        Random seed.
    alpha : float
        Significance level of the intervals (normal).

    Returns
    -------
    Estimate
        An estimate with details of class :class:`EggerBootstrap`.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Bowden, Davey Smith & Burgess (2015) Int J Epidemiol 44:512.

    Examples
    --------
    >>> bx, by = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.07, 0.13, 0.16, 0.22])
    >>> found = egger_bootstrap(bx, by, [0.001] * 4, [0.002] * 4)
    >>> round(found.beta, 1)
    0.5
    """
    if regression not in ("weighted", "scaled"):
        raise ArgumentError("regression", "be weighted or scaled", f"{regression!r}", "weighted is usual")
    if draws < 2:
        raise ArgumentError("draws", "be at least 2", f"{draws}", "1000 is usual")
    data = for_draws(check_associations(bx, by, sx, sy, fewest=3))
    p = len(data.bx)
    size = max(1, AT_ONCE // p)
    starts = range(0, draws, size)
    seeds = np.random.SeedSequence(seed).spawn(len(starts))
    lines = np.concatenate(
        [
            _lines(data, regression, min(size, draws - start), np.random.default_rng(own))
            for start, own in zip(starts, seeds, strict=True)
        ]
    )
    mean, se = lines.mean(axis=0), lines.std(axis=0, ddof=1)
    opposite = (lines * np.sign(mean) < 0).mean(axis=0)
    intercept = wald_estimate("intercept", mean[0], se[0], p, alpha=alpha)
    return wald_estimate(
        "MR-Egger (bootstrap)",
        mean[1],
        se[1],
        p,
        alpha=alpha,
        details=EggerBootstrap(
            intercept=intercept.beta,
            intercept_se=intercept.se,
            intercept_p_value=intercept.p_value,
            opposite=float(opposite[1]),
            intercept_opposite=float(opposite[0]),
            draws=draws,
        ),
    )


def _lines(data: Associations, regression: str, draws: int, rng: np.random.Generator) -> Array:
    """Return intercepts and slopes of drawn effects."""
    shape = (draws, len(data.bx))
    x, y = rng.normal(data.bx, data.sx, shape), rng.normal(data.by, data.sy, shape)
    y *= np.sign(x)
    x = np.abs(x)
    weights = data.sy.min() ** 2 / data.sy**2
    if regression == "scaled":
        slope = _slope(weights * x, weights * y, np.ones(shape[1]))
        return np.column_stack([y.mean(axis=1) - slope * x.mean(axis=1), slope])
    slope = _slope(x, y, weights)
    return np.column_stack([(y - slope[:, None] * x) @ weights / weights.sum(), slope])


def _slope(x: Array, y: Array, weights: Array) -> Array:
    centred = x - (x @ weights / weights.sum())[:, None]
    return np.asarray((centred * y) @ weights / ((centred**2) @ weights))

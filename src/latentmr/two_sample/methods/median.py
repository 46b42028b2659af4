"""Median-based two-sample MR."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations, for_draws
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["WEIGHTINGS", "Median", "median"]

WEIGHTINGS = ("simple", "weighted", "penalised")
#: Factor of the p values that reduce the weights of outlying variants.
PENALTY = 20.0
#: Maximum number of ratios that are drawn at once.
AT_ONCE = 4_000_000
#: Number of rows whose medians are computed at once, chosen to fit the processor's cache.
ROWS = 128


@dataclass(frozen=True, kw_only=True, repr=False)
class Median(Details):
    """Details of median estimators, with one exposure or several.

    Parameters
    ----------
    draws : int
        Number of bootstrap replicates of its standard error.
    """

    draws: int


def median(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    weighting: str = "weighted",
    weights: str = "second",
    penalty: float = PENALTY,
    draws: int = 1000,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Estimate the median of the variants' ratio estimates.

    The estimate is consistent if variants with at least half of the weight are valid instruments.

    The standard error is that of a parametric bootstrap, in which effects are drawn around their estimates and weights
    are fixed. The method does not remove confounding of the variants with the outcome if most of them are confounded.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least three variants.
    weighting : str
        ``simple``: equal weights. ``weighted``: inverse variances of the ratios. ``penalised``: inverse variances,
        reduced for ratios that are far from the weighted median.
    weights : str
        ``second``: inverse variances that include the error of ``bx``, as TwoSampleMR. ``first``: inverse variances
        without it, as MendelianRandomization.
    penalty : float
        Weights are reduced for ratios whose p value (chi-squared distance to the weighted median) is below the inverse
        of this number.
    draws : int
        Number of bootstrap replicates.
    seed : int
        Random seed.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with details of class :class:`Median`.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Bowden, Davey Smith, Haycock & Burgess (2016) Genet Epidemiol 40:304.

    Examples
    --------
    >>> found = median([0.1, 0.2, 0.3, 0.4], [0.05, 0.1, 0.15, 0.9], [0.01] * 4, [0.02] * 4, weighting="simple")
    >>> round(found.beta, 3)
    0.5
    """
    if weighting not in WEIGHTINGS:
        raise ArgumentError("weighting", f"be one of {', '.join(WEIGHTINGS)}", f"{weighting!r}", "weighted is usual")
    if weights not in ("first", "second"):
        raise ArgumentError("weights", "be first or second", f"{weights!r}", "second is usual")
    if draws < 2:
        raise ArgumentError("draws", "be at least 2", f"{draws}", "1000 is usual")
    data = for_draws(check_associations(bx, by, sx, sy, fewest=3))
    if (data.bx == 0).any():
        raise ArgumentError("bx", "not be zero for ratios", "a zero", "leave the variant out")
    ratio = data.by / data.bx
    mass = _weights(data, ratio, weights) if weighting != "simple" else np.ones(len(ratio))
    if weighting == "penalised":
        far = mass * (ratio - _weighted_median(ratio[None], mass)[0]) ** 2
        mass = mass * np.minimum(1.0, penalty * stats.chi2.sf(far, 1))
    beta = _weighted_median(ratio[None], mass)[0]
    return wald_estimate(
        f"{weighting} median",
        beta,
        _error(data, mass, draws, seed),
        len(ratio),
        alpha=alpha,
        details=Median(draws=draws),
    )


def _weights(data: Associations, ratio: Array, order: str) -> Array:
    """Return inverse variances of the ratios."""
    variance = (data.sy / data.bx) ** 2
    if order == "second":
        variance = variance + (ratio * data.sx / data.bx) ** 2
    return np.asarray(1 / variance)


def _weighted_median(ratios: Array, mass: Array) -> Array:
    """Return the weighted median of each row, by linear interpolation between the ratios."""
    share = mass / mass.sum()
    if (share == share[0]).all():
        middle = np.cumsum(share) - share / 2
        below = _below(middle)
        low, high = np.sort(ratios, axis=1)[:, below : below + 2].T
        left, right = middle[below : below + 2]
    else:
        rows, order = np.arange(len(ratios)), np.argsort(ratios, axis=1)
        sorted_share = share[order]
        middle = np.cumsum(sorted_share, axis=1) - sorted_share / 2
        below = _below(middle)
        low, high = (ratios[rows, order[rows, below + i]] for i in (0, 1))
        left, right = (middle[rows, below + i] for i in (0, 1))
    return np.asarray(low + (high - low) * (0.5 - left) / (right - left))


def _below(middle: Array) -> Any:
    """Return the position of the last ratio whose cumulative weight is below one half."""
    return np.clip(np.count_nonzero(middle < 0.5, axis=-1) - 1, 0, middle.shape[-1] - 2)


def _error(data: Associations, mass: Array, draws: int, seed: int) -> float:
    """Return the standard deviation of medians of drawn effects."""
    rng, p = np.random.default_rng(seed), len(mass)
    parts = []
    size = max(1, AT_ONCE // p)
    for start in range(0, draws, size):
        drawn = rng.standard_normal((2, min(size, draws - start), p))
        for row in range(0, drawn.shape[1], ROWS):
            noise_y, noise_x = drawn[:, row : row + ROWS]
            ratios = (data.by + data.sy * noise_y) / (data.bx + data.sx * noise_x)
            parts.append(_weighted_median(ratios, mass))
    return float(np.concatenate(parts).std(ddof=1))

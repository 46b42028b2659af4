"""Power of a test for an effect, and the minimum detectable effect."""

from math import sqrt

from scipy.stats import norm

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability

__all__ = ["minimum_detectable_effect", "power_of_effect"]


def minimum_detectable_effect(
    n: int, r2: float, sd_x: float, sd_y: float, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Return the smallest effect that a two-sided test at level ``alpha`` detects with a given power.

    The formula is that of Brion et al. (2013).

    Parameters
    ----------
    n : int
        Number of individuals.
    r2 : float
        Share of the exposure's variance that the instruments explain, given the adjustment.
    sd_x, sd_y : float
        Standard deviations of exposure and outcome, given the adjustment.
    alpha, power : float
        Significance level and power, between 0 and 1.

    Returns
    -------
    float
        Change of the outcome per unit of the exposure; infinite if the instruments explain nothing.

    Raises
    ------
    ValueError
        If a share, level or power is out of range.

    Examples
    --------
    >>> round(minimum_detectable_effect(10_000, 0.02, 1.0, 1.0), 3)
    0.198
    """
    probability("alpha", alpha)
    probability("power", power)
    if power <= alpha:
        raise ArgumentError(
            "power", f"be above `alpha` ({alpha:g}), the rejection rate without an effect", f"{power:g}", "0.8 is usual"
        )
    if not 0 <= r2 <= 1:
        raise ArgumentError("r2", "be a proportion from 0 to 1", f"{r2!r}", "give the partial R2 of the instruments")
    if r2 == 0 or sd_x == 0:
        return float("inf")
    return float((norm.isf(alpha / 2) + norm.ppf(power)) * sd_y / (sd_x * sqrt(n * r2)))


def power_of_effect(effect: float, n: int, r2: float, sd_x: float, sd_y: float, alpha: float = 0.05) -> float:
    """Return the power of a two-sided test against an effect.

    Parameters are those of :func:`minimum_detectable_effect`.

    Returns
    -------
    float

    Examples
    --------
    >>> round(power_of_effect(0.198, 10_000, 0.02, 1.0, 1.0), 2)
    0.8
    """
    probability("alpha", alpha)
    shift = abs(effect) * sd_x * sqrt(n * r2) / sd_y
    limit = norm.isf(alpha / 2)
    return float(norm.sf(limit - shift) + norm.cdf(-limit - shift))

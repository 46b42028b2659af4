"""Wald intervals of two-sample methods, for one effect or one for every variant."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import ConfidenceSet, Details, Estimate
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array

__all__ = ["ERRORS", "EffectsByVariant", "summary_estimate", "wald_by_variant", "wald_estimate"]

#: What standard errors account for by default.
ERRORS = "errors of the associations"


def wald_estimate(
    method: str,
    beta: float,
    se: float,
    p: int,
    *,
    df: float = np.inf,
    alpha: float = 0.05,
    exposure: str = "",
    details: Details | None = None,
) -> Estimate:
    """Return an estimate with a Wald interval and p value.

    Parameters
    ----------
    method : str
    beta, se : float
        Effect per unit of the exposure, and its standard error.
    p : int
        Number of variants.
    df : float
        Degrees of freedom of Student's t distribution; infinite for the normal distribution.
    alpha : float
        Significance level of the interval.
    exposure : str
        Name of the exposure, if there are several.
    details : Details, optional
        Details of the method.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        If the effect is not finite, or its standard error is not finite and positive: a method that finds no answer
        must not print a number.

    Examples
    --------
    >>> found = wald_estimate("IVW", 0.5, 0.1, 30)
    >>> round(found.ci_low, 2), round(found.ci_high, 2)
    (0.3, 0.7)
    """
    if not (np.isfinite(beta) and 0 < se < np.inf):
        raise ArgumentError(
            "bx",
            f"be strong enough for a finite effect and standard error by {method}",
            f"an effect of {beta:g} with standard error {se:g}",
            "take stronger variants or another method",
        )
    null = stats.t(df) if np.isfinite(df) else stats.norm
    half = null.isf(alpha / 2) * se
    interval, p_value = (float(beta - half), float(beta + half)), float(2 * null.sf(abs(beta) / se))
    return summary_estimate(
        method, beta, se, p, interval=interval, p_value=p_value, alpha=alpha, exposure=exposure, details=details
    )


def summary_estimate(
    method: str,
    beta: float,
    se: float,
    p: int,
    *,
    interval: tuple[float, float],
    p_value: float,
    alpha: float,
    exposure: str = "",
    details: Details | None = None,
    ci: ConfidenceSet | None = None,
) -> Estimate:
    """Return an estimate with an interval and a p value that the method supplies.

    Parameters
    ----------
    method, beta, se, p, alpha, exposure, details
        See :func:`wald_estimate`.
    interval : (float, float)
    p_value : float
        Two-sided p value of no effect.
    ci : ConfidenceSet, optional
        Set of effects, if the method gives one. It may be a union of intervals; ``interval`` has its ends.

    Returns
    -------
    Estimate
    """
    return Estimate(
        method=method,
        instruments="G",
        adjustment="none",
        basis="linear",
        exposure=exposure,
        beta=float(beta),
        se=float(se),
        se_type=ERRORS,
        alpha=alpha,
        n=None,
        k=p,
        interval=interval,
        p=p_value,
        details=details,
        ci=ci,
    )


@dataclass(frozen=True, repr=False)
class EffectsByVariant(ShortRepr):
    """Effects for each of p variants, and of all variants together.

    Parameters
    ----------
    method : str
    beta, se, ci_low, ci_high, p_value : np.ndarray of dimension (p,)
    together : tuple of Estimate
        Estimates from all variants.
    """

    method: str
    beta: Array
    se: Array
    ci_low: Array
    ci_high: Array
    p_value: Array
    together: tuple[Estimate, ...]


def wald_by_variant(
    method: str, beta: Array, se: Array, together: tuple[Estimate, ...], *, df: float = np.inf, alpha: float = 0.05
) -> EffectsByVariant:
    """Return Wald intervals and p values by Student's t distribution, normal for infinite degrees of freedom."""
    null = stats.t(df) if np.isfinite(df) else stats.norm
    half = null.isf(alpha / 2) * se
    return EffectsByVariant(method, beta, se, beta - half, beta + half, 2 * null.sf(np.abs(beta) / se), together)

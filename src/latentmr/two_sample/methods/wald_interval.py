"""Wald intervals of two-sample methods, of one effect or of one for every variant."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from latentmr.results.objects import ConfidenceSet, Details, Estimate
from latentmr.typing import Array

__all__ = ["ERRORS", "EffectsByVariant", "summary_estimate", "wald_by_variant", "wald_estimate"]

#: What errors of a method allow for where it says no more.
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
    """Make an estimate with a Wald interval and p value.

    Parameters
    ----------
    method : str
    beta, se : float
        Effect per unit of the exposure, and its standard error.
    p : int
        Variants.
    df : float
        Degrees of freedom of Student's t distribution; infinite for the normal one.
    alpha : float
        Significance level of the interval.
    exposure : str
        Its name, where there are several.
    details : Details, optional
        What the method adds.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> found = wald_estimate("IVW", 0.5, 0.1, 30)
    >>> round(found.ci_low, 2), round(found.ci_high, 2)
    (0.3, 0.7)
    """
    law = stats.t(df) if np.isfinite(df) else stats.norm
    half = law.isf(alpha / 2) * se
    interval, p_value = (float(beta - half), float(beta + half)), float(2 * law.sf(abs(beta) / se))
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
    """Make an estimate of summary statistics, with an interval and a p value of the method's own.

    Parameters
    ----------
    method, beta, se, p, alpha, exposure, details
        See :func:`wald_estimate`.
    interval : (float, float)
    p_value : float
        Of no effect, two-sided.
    ci : ConfidenceSet, optional
        Where the method gives a set of effects, possibly of several pieces; ``interval`` has its ends.

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


@dataclass(frozen=True)
class EffectsByVariant:
    """An effect for each of p variants, beside those of all variants together.

    Parameters
    ----------
    method : str
    beta, se, ci_low, ci_high, p_value : np.ndarray of dimension (p,)
    together : tuple of Estimate
        Of all variants.
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
    """Wald intervals and p values by Student's t distribution, normal for infinite degrees of freedom."""
    law = stats.t(df) if np.isfinite(df) else stats.norm
    half = law.isf(alpha / 2) * se
    return EffectsByVariant(method, beta, se, beta - half, beta + half, 2 * law.sf(np.abs(beta) / se), together)

"""Effects by two-sample methods as rows of the table of estimates."""

from math import isfinite

import numpy as np

from latentmr.results.objects import ConfidenceSet, Estimate
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.methods import SummaryEffect
from latentmr.two_sample.methods.methods import ERRORS

__all__ = ["row_of"]


def row_of(
    effect: SummaryEffect,
    label: str,
    data: SummaryData,
    *,
    alpha: float,
    errors: str = ERRORS,
    primary: bool = False,
    adjustment: str = "none",
    f_statistic: float | None = None,
    ci_ar: ConfidenceSet | None = None,
    ci_clr: ConfidenceSet | None = None,
) -> Estimate:
    """Write an effect as a row of ``estimates.tsv``.

    Parameters
    ----------
    effect : SummaryEffect
    label : str
        The method's name in the table.
    data : SummaryData
    alpha : float
        Significance level.
    errors : str
        What the method's errors allow for.
    primary : bool
        Whether it is the row to quote.
    adjustment : str
        What the associations are adjusted for.
    f_statistic : float, optional
        Mean (or, of several exposures, conditional) F of the variants.
    ci_ar, ci_clr : ConfidenceSet, optional
        Weak-instrument-robust sets.

    Returns
    -------
    Estimate
    """
    n = data.n_outcome
    several = effect.ci is not None and len(effect.ci.intervals) > 1
    return Estimate(
        method=label + (f" (set {effect.ci})" if several else ""),
        instruments="G",
        adjustment=adjustment,
        basis="linear",
        exposure=effect.exposure or data.exposure_names[0],
        beta=effect.beta,
        se=effect.se if isfinite(effect.se) else float("nan"),
        se_type=errors,
        alpha=alpha,
        n=round(n) if np.isfinite(n) else None,
        k=effect.n_variants,
        f_statistic=f_statistic,
        ci_ar=ci_ar,
        ci_clr=ci_clr,
        primary=primary,
        scale="log odds ratio" if data.binary else "difference",
        interval=(effect.ci_low, effect.ci_high),
        p=effect.p_value,
    )

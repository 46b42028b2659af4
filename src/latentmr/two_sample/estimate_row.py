"""Rows of the table of estimates from the effects of two-sample methods."""

from dataclasses import replace
from math import isfinite

from latentmr.results.objects import ConfidenceSet, Estimate
from latentmr.two_sample.data import SummaryData

__all__ = ["row_of"]


def row_of(
    effect: Estimate,
    label: str,
    data: SummaryData,
    *,
    errors: str,
    primary: bool = False,
    adjustment: str = "none",
    f_statistic: float | None = None,
    ci_ar: ConfidenceSet | None = None,
    ci_clr: ConfidenceSet | None = None,
) -> Estimate:
    """Complete a method's effect as a row of ``estimates.tsv``.

    Parameters
    ----------
    effect : Estimate
        The effect as the method returns it, without names and sample sizes.
    label : str
        The method's name in the table.
    data : SummaryData
    errors : str
        What the method's standard errors account for.
    primary : bool
        Whether it is the primary estimate.
    adjustment : str
        What the associations are adjusted for.
    f_statistic : float, optional
        Mean F of the variants; with several exposures the conditional F.
    ci_ar, ci_clr : ConfidenceSet, optional
        Weak-instrument-robust sets.

    Returns
    -------
    Estimate
    """
    n = data.n_outcome
    several = effect.ci is not None and len(effect.ci.intervals) > 1
    return replace(
        effect,
        method=label + (f" (set {effect.ci})" if several else ""),
        adjustment=adjustment,
        exposure=effect.exposure or data.exposure_names[0],
        se=effect.se if isfinite(effect.se) else float("nan"),
        se_type=errors,
        n=round(n) if isfinite(n) else None,
        f_statistic=f_statistic,
        ci_ar=ci_ar,
        ci_clr=ci_clr,
        primary=primary,
        scale="log odds ratio" if data.binary else "difference",
    )

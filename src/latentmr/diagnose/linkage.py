"""Are the variants unlinked, as the factor form assumes?"""

from typing import Any

from latentmr.results import TestResult

__all__ = ["LINKED", "linkage"]

#: Absolute residual correlation above which a significant pair counts as linked (r2 = 0.01).
LINKED = 0.1


def linkage(summary: dict[str, Any] | None) -> TestResult:
    """Judge the correlation that the factors leave among variants.

    The null is that variants are uncorrelated given the factors; each pair is tested at 5 % with Bonferroni's
    correction. The effect size is the largest absolute correlation left.

    Parameters
    ----------
    summary : dict or None
        From the factor form; None for other forms, which do not assume it.

    Returns
    -------
    TestResult
    """
    null = "variants are uncorrelated given the factors (linkage equilibrium)"
    if not summary or not summary.get("pairs"):
        return TestResult(
            "linkage", null, "not applicable", "only the factor form, with two variants or more, assumes it"
        )
    worst = summary["worst"]
    size = abs(worst["r"])
    pair = f"{worst['first']} and {worst['second']} (r = {worst['r']:.2f})"
    within, across = summary["within"], summary["across"]
    if size > LINKED and size > summary["threshold"]:
        linked = within["largest"] is not None and within["largest"] >= size
        verdict = "warn"
        reason = f"{pair} are correlated beyond the factors: " + (
            "clump first, keep one of each linked pair"
            if linked or across["largest"] is None
            else "they are on different chromosomes, so a factor may be missing: give a larger --n-factors"
        )
    else:
        verdict = "pass"
        reason = f"largest correlation left: {pair}"
        if within["mean_chi2"] is not None and across["mean_chi2"] is not None:
            reason += (
                f"; mean squared correlation within chromosomes {within['mean_chi2']:.2f}, across"
                f" {across['mean_chi2']:.2f}"
                " of its expectation"
            )
    if summary["unknown"]["pairs"] == summary["pairs"]:
        reason += "; chromosomes are not known, so linkage and missing factors cannot be told apart"
    return TestResult("linkage", null, verdict, reason, df=f"{summary['pairs']} pairs", effect=size)

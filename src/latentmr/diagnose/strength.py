"""Are the instruments strong enough for ordinary inference?"""

from scipy.stats import f as f_distribution

from latentmr.iv.specification.stage import WEAK_F
from latentmr.results.objects import Estimate, TestResult

__all__ = ["strength"]


def strength(estimate: Estimate, df: int) -> TestResult:
    """First-stage F of the primary instruments; the effect size is the effective F.

    The null is that the instruments do not move the exposure given the adjustment; F(k, n - k - c - 1) under
    homoskedastic errors. The verdict rests on the effective F of Montiel Olea and Pflueger (2013), which allows for
    heteroskedasticity and clusters.

    Parameters
    ----------
    estimate : Estimate
        Of one exposure, with its F.
    df : int
        Denominator degrees of freedom of the first stage.

    Returns
    -------
    TestResult
        ``not applicable`` where there are several exposures.
    """
    null = "the instruments do not move the exposure"
    f, effective = estimate.f_statistic, estimate.effective_f
    if f is None or effective is None:
        return TestResult(
            "strength",
            null,
            "not applicable",
            "several exposures: the F of one says little about the strength for all",
        )
    weak = effective < WEAK_F
    reason = (
        f"effective F {effective:.1f} is under {WEAK_F:g}: the instruments are weak, read the conditional"
        " likelihood-ratio set and not the Wald interval"
        if weak
        else f"effective F {effective:.1f}"
    )
    return TestResult(
        name="strength",
        null=null,
        verdict="warn" if weak else "pass",
        reason=reason,
        statistic=f,
        df=f"F({estimate.k}, {df})",
        p_value=float(f_distribution.sf(f, estimate.k, df)),
        effect=effective,
    )

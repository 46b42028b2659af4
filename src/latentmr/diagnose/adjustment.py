"""Does it matter whether the residual latents are adjusted for?"""

from latentmr.results.objects import Estimate, TestResult

__all__ = ["TOLERABLE", "adjustment"]

#: Difference, in standard errors of the primary estimate, up to which the two rows count as agreeing.
TOLERABLE = 3.0


def adjustment(primary: Estimate, adjusted: Estimate | None) -> TestResult:
    """Compare the primary estimate with the one adjusted for the residual latents.

    Learned instruments are uncorrelated with the residual latents in the sample, so the adjustment should move
    nothing. With many weak instruments it does: LIML corrects for a correlation by chance that is not there, and
    leans away from the biased estimate on the genotypes. The null is that both estimate one effect; the two share
    their data, so the difference is given in standard errors of the primary estimate, without a p-value.

    Parameters
    ----------
    primary : Estimate
    adjusted : Estimate or None
        The sensitivity row; None where there is none.

    Returns
    -------
    TestResult
        The effect size is the difference in standard errors; above 3 it warns.
    """
    null = "adjusting for the residual latents does not change the estimate"
    if adjusted is None:
        return TestResult("adjustment", null, "not applicable", "there are no residual latents to adjust for")
    difference = (adjusted.beta - primary.beta) / primary.se
    apart = abs(difference) > TOLERABLE
    size = (
        f"adjusted for the residual latents the effect of {primary.exposure} is {adjusted.beta:.4g},"
        f" {abs(difference):.1f} standard errors away"
    )
    reason = f"{size}: instruments are many and weak, or the learned split is not clean; report both" if apart else size
    return TestResult("adjustment", null, "warn" if apart else "pass", reason, effect=difference)

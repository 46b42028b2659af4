"""Test of the learned instruments against a negative-control outcome, which the exposure cannot affect."""

from latentmr.results.objects import TestResult

__all__ = ["placebo"]


def placebo(
    name: str,
    statistic: float | None,
    df: str,
    p_value: float | None,
    effect: float | None,
    alpha: float,
    *,
    count: int = 1,
    refusal: str = "",
) -> TestResult:
    """Test the association of the learned instruments with a negative-control outcome.

    The null is that the instruments are not associated with the negative-control outcome given environments and
    covariates. It is tested by the Anderson-Rubin test that the exposure has no effect on this outcome (Anderson and
    Rubin, 1949; for negative controls Lipsitch, Tchetgen Tchetgen and Cohen, 2010). The exposure cannot affect a
    negative-control outcome, so that an association shows that the instruments share its confounders. The test does not
    detect confounders that do not affect the negative-control outcome. Each of several outcomes is tested at ``alpha /
    count`` (Bonferroni); the p-value is not adjusted.

    Parameters
    ----------
    name : str
        Name of the negative-control outcome.
    statistic, p_value : float or None
        Result of the Anderson-Rubin test; None if it does not apply.
    df : str
        Reference distribution.
    effect : float or None
        LIML estimate of the effect of the exposure on the negative-control outcome, in standard deviations of the
        outcome per unit of the exposure; None with several exposures.
    alpha : float
        Significance level, below which the test fails.
    count : int
        Number of negative-control outcomes that are tested.
    refusal : str
        Why the test does not apply, if it does not.

    Returns
    -------
    TestResult
        Named ``placebo: NAME``. The effect size is ``effect``.
    """
    title = f"placebo: {name}"
    null = f"the learned instruments are not associated with {name} given the adjustment"
    if statistic is None or p_value is None:
        return TestResult(title, null, "not applicable", refusal)
    rejected = p_value < alpha / count
    if rejected:
        reason = (
            f"the instruments are associated with {name}, which the exposure cannot affect: they are confounded, or"
            f" {name} is not a valid negative-control outcome. Do not rely on the estimate; give the shared confounders"
            " as `covar` or `aux` and learn again"
        )
    else:
        reason = f"no evidence that the instruments share confounders with {name}"
    if effect is not None:
        reason += f"; the estimated effect of one unit of the exposure is {effect:.2g} standard deviations"
    if count > 1:
        reason += f"; tested at {alpha:g} / {count}, for {count} negative-control outcomes (Bonferroni)"
    return TestResult(
        name=title,
        null=null,
        verdict="fail" if rejected else "pass",
        reason=reason,
        statistic=statistic,
        df=df,
        p_value=p_value,
        effect=effect,
    )

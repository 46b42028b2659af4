"""Are the learned instruments associated with a trait that the exposure cannot affect?"""

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
    """Judge the association of the learned instruments with a placebo (negative-control) outcome.

    The null is that the instruments are not associated with the placebo given environments and covariates: the
    Anderson-Rubin test that the exposure has no effect on it (Anderson and Rubin, 1949; for negative controls Lipsitch,
    Tchetgen Tchetgen and Cohen, 2010). The exposure cannot affect the placebo, so that an association shows
    instruments that share its confounders. It says nothing of confounders that the placebo does not share. Of several
    placebos each is judged at ``alpha / count`` (Bonferroni); the p-value is that of the one test.

    Parameters
    ----------
    name : str
        Of the placebo.
    statistic, p_value : float or None
        None if the test does not apply.
    df : str
        Reference distribution.
    effect : float or None
        LIML effect of the exposure "on" the placebo, in standard deviations of the placebo per unit of the exposure;
        None with several exposures.
    alpha : float
        Level below which the p-value gives a warning.
    count : int
        Placebos that are tested beside each other.
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
            f" {name} is no placebo. Do not rely on the estimate; give what they share as `covar` or `aux` and learn"
            " again"
        )
    else:
        reason = f"no sign that the instruments share confounders with {name}"
    if effect is not None:
        reason += f"; one unit of the exposure seems to change it by {effect:.2g} standard deviations"
    if count > 1:
        reason += f"; judged at {alpha:g} / {count}, for {count} placebos (Bonferroni)"
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

"""What a test of overidentifying restrictions says, whichever statistic it takes."""

from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr.results.objects import TestResult

__all__ = ["NULL", "overidentification_result", "just_identified"]

NULL = "all instruments are exogenous and share one effect"


def just_identified(name: str, k: int, m: int) -> TestResult | None:
    """The result with as many instruments as exposures, or fewer; None where there is something to test."""
    if k > m:
        return None
    return TestResult(name, NULL, "not applicable", f"{k} instruments for {m} exposures: nothing is left to test")


def overidentification_result(
    name: str, statistic: float, degrees: int, alpha: float, rest: int | None = None
) -> TestResult:
    """Result of a test that all instruments are exogenous and share one linear effect.

    Parameters
    ----------
    name : str
        Of the test.
    statistic : float
        On the scale of chi2(degrees).
    degrees : int
        Instruments less exposures.
    alpha : float
        Level of the verdict.
    rest : int, optional
        Refer the statistic over its degrees of freedom to F(degrees, rest), not the statistic to chi2.

    Returns
    -------
    TestResult
        The effect size is the statistic over its degrees of freedom.
    """
    scaled = statistic / degrees
    if rest is None:
        distribution, p_value = f"chi2({degrees})", float(chi2.sf(statistic, degrees))
    else:
        distribution, p_value = f"F({degrees}, {rest})", float(f_distribution.sf(scaled, degrees, rest))
    rejected = p_value < alpha
    return TestResult(
        name=name,
        null=NULL,
        verdict="warn" if rejected else "pass",
        reason=(
            "instruments disagree: some are invalid, or the effect is not one number"
            if rejected
            else "no sign that instruments disagree"
        ),
        statistic=statistic if rest is None else scaled,
        df=distribution,
        p_value=p_value,
        effect=scaled,
    )

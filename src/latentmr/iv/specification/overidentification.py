"""Results of tests of overidentifying restrictions, shared by all statistics."""

from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr.results.objects import TestResult
from latentmr.results.printing import counted

__all__ = ["NULL", "overidentification_result", "just_identified"]

NULL = "all instruments are exogenous and share one effect"


def just_identified(name: str, k: int, m: int) -> TestResult | None:
    """Return the result for at most as many instruments as exposures; None if there is something to test."""
    if k > m:
        return None
    return TestResult(
        name,
        NULL,
        "not applicable",
        f"there is no overidentifying restriction to test with {counted(k, 'instrument')} and {counted(m, 'exposure')}",
    )


def overidentification_result(
    name: str, statistic: float, degrees: int, alpha: float, rest: int | None = None
) -> TestResult:
    """Return the result of a test that all instruments are exogenous and share one linear effect.

    Parameters
    ----------
    name : str
        Name of the test.
    statistic : float
        Statistic on the scale of chi2(degrees).
    degrees : int
        Number of instruments minus number of exposures.
    alpha : float
        Level below which the p-value gives a warning.
    rest : int, optional
        If it is given, the statistic over its degrees of freedom is referred to F(degrees, rest), not to chi2.

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
            "the instruments disagree: some are invalid, or the effect is not constant"
            if rejected
            else "no evidence that the instruments disagree"
        ),
        statistic=statistic if rest is None else scaled,
        df=distribution,
        p_value=p_value,
        effect=scaled,
    )

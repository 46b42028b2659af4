"""Do the instruments agree on one effect?"""

from scipy.stats import chi2

from latentmr.results import TestResult

__all__ = ["overidentification"]


def overidentification(statistic: float | None, k: int, m: int, alpha: float) -> TestResult:
    """Do the instruments agree on one effect? The smallest Anderson-Rubin statistic over all effects.

    The null is that all instruments are exogenous and share one linear effect. The statistic is Hansen's J of
    continuously updated GMM (Hansen, Heaton and Yaron, 1996), chi2(k - m), robust as the covariance of its moments is;
    with homoskedastic errors it is ``(n - k - c - 1)(kappa - 1)`` at LIML (Anderson and Rubin, 1949).

    Parameters
    ----------
    statistic : float or None
        None where the covariance of the moments is singular.
    k, m : int
        Instruments and exposures.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures, or no statistic. The effect size is the statistic over
        its degrees of freedom.
    """
    null = "all instruments are exogenous and share one effect"
    if k <= m:
        return TestResult(
            "overidentification",
            null,
            "not applicable",
            f"{k} instruments for {m} exposures: nothing is left to test",
        )
    if statistic is None:
        return TestResult(
            "overidentification",
            null,
            "not applicable",
            "the covariance of the moments is singular, as with fewer clusters than instruments",
        )
    p_value = float(chi2.sf(statistic, k - m))
    rejected = p_value < alpha
    return TestResult(
        name="overidentification",
        null=null,
        verdict="warn" if rejected else "pass",
        reason=(
            "instruments disagree: some are invalid, or the effect is not one number"
            if rejected
            else "no sign that instruments disagree"
        ),
        statistic=statistic,
        df=f"chi2({k - m})",
        p_value=p_value,
        effect=statistic / (k - m),
    )

"""Do the instruments agree on one effect?"""

from latentmr.iv.specification.agreement import NULL, agreement, just_identified
from latentmr.results.objects import TestResult

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
    name = "overidentification"
    refusal = just_identified(name, k, m)
    if refusal is not None:
        return refusal
    if statistic is None:
        reason = "the covariance of the moments is singular, as with fewer clusters than instruments"
        return TestResult(name, NULL, "not applicable", reason)
    return agreement(name, statistic, k - m, alpha)

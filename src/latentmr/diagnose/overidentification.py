"""Do the instruments agree on one effect?"""

from scipy.stats import chi2

from latentmr.results import TestResult

__all__ = ["overidentification"]


def overidentification(kappa_liml: float, k: int, m: int, df: int, alpha: float) -> TestResult:
    """Anderson-Rubin statistic at LIML (Anderson and Rubin, 1949).

    The null is that all instruments are exogenous and share one linear effect; ``(n - k - c - 1)(kappa - 1)`` is
    chi2(k - m) asymptotically, under homoskedastic errors given the instruments.

    Parameters
    ----------
    kappa_liml : float
        LIML's smallest root.
    k, m : int
        Instruments and exposures.
    df : int
        ``n - k - c - 1``.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures. The effect size is the statistic over its degrees
        of freedom.
    """
    null = "all instruments are exogenous and share one effect"
    if k <= m:
        return TestResult(
            "overidentification",
            null,
            "not applicable",
            f"{k} instruments for {m} exposures: nothing is left to test",
        )
    statistic = df * (kappa_liml - 1)
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

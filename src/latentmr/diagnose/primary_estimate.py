"""Tests of the primary estimate: strength and agreement of the instruments, and sensitivity to violations."""

from dataclasses import replace

import numpy as np
from scipy.stats import f as f_distribution

from latentmr.diagnose.levels import OF_SETS
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.overidentification import NULL, just_identified, overidentification_result
from latentmr.iv.specification.stage import WEAK_F
from latentmr.iv.weak.robust_anderson_rubin import smallest_statistic
from latentmr.results.objects import Estimate, TestResult

__all__ = ["TOLERABLE", "adjustment", "overidentification", "sensitivity", "statistic_of", "strength"]

#: Maximum difference, in standard errors of the primary estimate, of two estimates that agree.
TOLERABLE = 3.0
#: Null hypothesis of a result that is a bound, not a test.
BOUND = "none: a bound, not a test"


def strength(estimate: Estimate, df: int) -> TestResult:
    """Test the strength of the primary instruments by their first-stage F.

    The null is that the instruments are not associated with the exposure given the adjustment. The statistic is
    F(k, n - k - c - 1) under homoskedastic errors. The verdict depends on the effective F of Montiel Olea and Pflueger
    (2013), which allows for heteroskedasticity and clustering.

    Parameters
    ----------
    estimate : Estimate
        The primary estimate of one exposure, with its F.
    df : int
        Denominator degrees of freedom of the first stage.

    Returns
    -------
    TestResult
        The effect size is the effective F. The test is ``not applicable`` if there are several exposures.
    """
    null = "the instruments are not associated with the exposure"
    f, effective = estimate.f_statistic, estimate.effective_f
    if f is None or effective is None:
        return TestResult(
            "strength",
            null,
            "not applicable",
            "there are several exposures, for which the F of each does not measure joint strength",
        )
    weak = effective < WEAK_F
    reason = (
        f"the effective F is {effective:.1f}, below {WEAK_F:g}: the instruments are weak, so use the conditional"
        " likelihood-ratio set instead of the Wald interval"
        if weak
        else f"the effective F is {effective:.1f}"
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


def statistic_of(reduced: ReducedForm | None) -> float | None:
    """Return the statistic of :func:`overidentification`.

    It is None without instruments, or if the covariance of the moments is singular. It accounts for estimation of the
    encoder if this covariance does.
    """
    try:
        return None if reduced is None else smallest_statistic(reduced)
    except np.linalg.LinAlgError:
        return None


def overidentification(statistic: float | None, k: int, m: int, alpha: float, of_sets: float = OF_SETS) -> TestResult:
    """Test that the instruments agree on one effect, by the minimum Anderson-Rubin statistic over all effects.

    The null is that all instruments are exogenous and share one linear effect. The statistic is Hansen's J of
    continuously updated GMM (Hansen, Heaton and Yaron, 1996), which is chi2(k - m). It is robust if the covariance of
    its moments is. With homoskedastic errors it is ``(n - k - c - 1)(kappa - 1)`` at LIML (Anderson and Rubin, 1949).

    Parameters
    ----------
    statistic : float or None
        Value of :func:`statistic_of`; None if the covariance of the moments is singular.
    k, m : int
        Number of instruments and of exposures.
    alpha : float
        Level below which the p-value gives a warning.
    of_sets : float
        Level of the confidence sets, which are Anderson-Rubin sets at 1 - ``of_sets``.

    Returns
    -------
    TestResult
        The effect size is the statistic over its degrees of freedom. If the test passes although the p-value is below
        ``of_sets``, the reason says so, because an Anderson-Rubin set can then be empty. The test is ``not applicable``
        with as many instruments as exposures, or without a statistic.
    """
    name = "overidentification"
    refusal = just_identified(name, k, m)
    if refusal is not None:
        return refusal
    if statistic is None:
        reason = (
            "the covariance of the moments is singular, for example because there are fewer clusters than instruments"
        )
        return TestResult(name, NULL, "not applicable", reason)
    found = overidentification_result(name, statistic, k - m, alpha)
    if found.verdict == "pass" and found.p_value is not None and found.p_value < of_sets:
        # the same statistic decides whether an Anderson-Rubin set is empty, at the level of the set
        reason = (
            f"weak evidence that the instruments disagree: the minimum Anderson-Rubin statistic over all effects has p"
            f" = {found.p_value:.2g}. This test warns below {alpha:g}; a {100 * (1 - of_sets):g} % Anderson-Rubin set"
            f" can be empty below {of_sets:g}"
        )
        return replace(found, reason=reason)
    return found


def adjustment(primary: Estimate, without: Estimate | None) -> TestResult:
    """Compare the primary estimate with the one that is not adjusted for the residual latents.

    Learned instruments are uncorrelated with the residual latents in the sample, so that the adjustment should hardly
    change the estimate. With many weak instruments it does: without the adjustment, LIML corrects for a chance
    correlation that does not exist here, and is biased away from the biased estimate on the genotypes. The null is that
    both rows estimate one effect. They share their data, so that the difference is given in standard errors of the
    primary estimate, without a p-value.

    Parameters
    ----------
    primary : Estimate
        The primary estimate.
    without : Estimate or None
        The sensitivity row without the adjustment; None if there is none.

    Returns
    -------
    TestResult
        The effect size is the difference in standard errors. The verdict is ``warn`` if it is above 3.
    """
    null = "adjusting for the residual latents does not change the estimate"
    if without is None:
        return TestResult("adjustment", null, "not applicable", "there are no residual latents to adjust for")
    difference = (without.beta - primary.beta) / primary.se
    apart = abs(difference) > TOLERABLE
    size = (
        f"without adjustment for the residual latents, the effect of {primary.exposure} is {without.beta:.4g},"
        f" {abs(difference):.1f} standard errors from the primary estimate"
    )
    reason = (
        f"{size}: instruments are many and weak, or residual latents leak into them; report both" if apart else size
    )
    return TestResult("adjustment", null, "warn" if apart else "pass", reason, effect=difference)


def sensitivity(estimate: Estimate, first_stage: float, outcome: float, outcome_name: str) -> TestResult:
    """Compute the direct effect of the instruments on the outcome that would explain the estimate away.

    Let ``s`` be the score of the instruments that predicts the exposure, given the adjustment, in standard deviations.
    One standard deviation changes the exposure by ``d``. If it also changed the outcome by ``g``, other than through
    the exposure, the bias of the estimate would be ``g / d``. The true effect is zero if ``g`` is the estimate times
    ``d``. The interval touches zero if ``g`` is its end nearest to zero times ``d`` (compare Conley, Hansen and Rossi,
    2012).

    Parameters
    ----------
    estimate : Estimate
        The primary estimate.
    first_stage : float
        ``d``, in units of the exposure.
    outcome : float
        Standard deviation of the outcome given the adjustment.
    outcome_name : str
        Name of the outcome.

    Returns
    -------
    TestResult
        A result without a p-value. The statistic is the violation that would make the estimate zero, in units of the
        outcome per standard deviation of the score. The effect size is the violation that would bring zero into the
        robust set (without one, into the Wald interval). It is 0 if the set contains zero or has values on both sides
        of it. The result is ``not applicable`` with several exposures, and on scales other than differences.
    """
    if estimate.scale != "difference" or estimate.f_statistic is None:
        reason = "there are several exposures" if estimate.f_statistic is None else f"the effect is a {estimate.scale}"
        return TestResult("sensitivity", BOUND, "not applicable", reason)
    found = estimate.robust_set
    robust = found is not None and not found.is_empty
    low, high = (
        (found.intervals[0][0], found.intervals[-1][1]) if found and robust else (estimate.ci_low, estimate.ci_high)
    )
    nearest = max(low, -high, 0.0)
    to_zero, to_touch = abs(estimate.beta) * first_stage, nearest * first_stage
    which = "robust set" if robust else "Wald interval"
    unit = f"{outcome_name} per standard deviation of the instruments' score"
    share = f" ({100 * to_zero / outcome:.2g} % of its standard deviation)" if outcome > 0 else ""
    reason = f"a direct effect of {to_zero:.3g} {unit}{share} would explain the estimate away; " + (
        f"{to_touch:.3g} would bring zero into the {which}"
        if nearest
        else f"the {which} contains zero, or values of both signs, without a violation"
    )
    return TestResult("sensitivity", BOUND, "pass", reason, statistic=to_zero, effect=to_touch)

"""Tests of the primary estimate: are instruments strong, do they agree, and what would overturn the answer?"""

import numpy as np
from scipy.stats import f as f_distribution

from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.overidentification import NULL, just_identified, overidentification_result
from latentmr.iv.specification.stage import WEAK_F
from latentmr.iv.weak.robust_anderson_rubin import smallest_statistic
from latentmr.results.objects import Estimate, TestResult

__all__ = ["TOLERABLE", "adjustment", "overidentification", "sensitivity", "statistic_of", "strength"]

#: Difference, in standard errors of the primary estimate, up to which the two rows count as agreeing.
TOLERABLE = 3.0
#: Null of what is a bound, not a test.
BOUND = "none: a bound, not a test"


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
        ``not applicable`` if there are several exposures.
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


def statistic_of(reduced: ReducedForm | None) -> float | None:
    """Statistic of :func:`overidentification`; None without instruments, or if the moments' covariance is singular.

    It counts the learning if the covariance does.
    """
    try:
        return None if reduced is None else smallest_statistic(reduced)
    except np.linalg.LinAlgError:
        return None


def overidentification(statistic: float | None, k: int, m: int, alpha: float) -> TestResult:
    """Do the instruments agree on one effect? The smallest Anderson-Rubin statistic over all effects.

    The null is that all instruments are exogenous and share one linear effect. The statistic is Hansen's J of
    continuously updated GMM (Hansen, Heaton and Yaron, 1996), chi2(k - m), robust as the covariance of its moments is;
    with homoskedastic errors it is ``(n - k - c - 1)(kappa - 1)`` at LIML (Anderson and Rubin, 1949).

    Parameters
    ----------
    statistic : float or None
        None if the covariance of the moments is singular.
    k, m : int
        Instruments and exposures.
    alpha : float
        Level below which the p-value gives a warning.

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
    return overidentification_result(name, statistic, k - m, alpha)


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
        The sensitivity row; None if there is none.

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


def sensitivity(estimate: Estimate, first_stage: float, outcome: float, outcome_name: str) -> TestResult:
    """How much the instruments would have to change the outcome directly for the effect to lose its sign.

    Let ``s`` be the score of the instruments that predicts the exposure, given the adjustment, in standard deviations.
    One of them moves the exposure by ``d``. If it also moved the outcome by ``g``, other than through the exposure, the
    estimate would be off by ``g / d``. It is zero after all if ``g`` is the estimate times ``d``, and the interval
    touches zero if ``g`` is its end nearest to zero times ``d`` (compare Conley, Hansen and Rossi, 2012).

    Parameters
    ----------
    estimate : Estimate
        The primary one.
    first_stage : float
        ``d``, in units of the exposure.
    outcome : float
        Standard deviation of the outcome given the adjustment.
    outcome_name : str

    Returns
    -------
    TestResult
        Without a p-value. The statistic is the violation, in units of the outcome per standard deviation of the score,
        that would make the estimate zero; the effect size the one that would bring zero into the robust set (into the
        Wald interval without one), 0 if it is there or on both sides already. Not applicable with several exposures,
        and on another scale than differences.
    """
    if estimate.scale != "difference" or estimate.f_statistic is None:
        reason = "several exposures" if estimate.f_statistic is None else f"the effect is a {estimate.scale}"
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
        else f"the {which} holds zero, or both signs, without any violation"
    )
    return TestResult("sensitivity", BOUND, "pass", reason, statistic=to_zero, effect=to_touch)

"""How large a violation would overturn the answer?"""

from latentmr.results.objects import Estimate, TestResult

__all__ = ["sensitivity"]

NULL = "none: a bound, not a test"


def sensitivity(estimate: Estimate, first_stage: float, outcome: float, outcome_name: str) -> TestResult:
    """How much the instruments would have to change the outcome directly for the effect to lose its sign.

    Let ``s`` be the score of the instruments that predicts the exposure, given the adjustment, in standard deviations.
    One of them moves the exposure by ``d``. If it also moved the outcome by ``g``, other than through the exposure, the
    estimate would be off by ``g / d``. It is zero after all where ``g`` is the estimate times ``d``, and the interval
    touches zero where ``g`` is its end nearest to zero times ``d`` (compare Conley, Hansen and Rossi, 2012).

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
        Wald interval without one), 0 where it is there or on both sides already. Not applicable with several exposures,
        and on another scale than differences.
    """
    if estimate.scale != "difference" or estimate.f_statistic is None:
        reason = "several exposures" if estimate.f_statistic is None else f"the effect is a {estimate.scale}"
        return TestResult("sensitivity", NULL, "not applicable", reason)
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
    return TestResult("sensitivity", NULL, "pass", reason, statistic=to_zero, effect=to_touch)

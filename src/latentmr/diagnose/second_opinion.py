"""Comparison of the instruments and the effects of two learners."""

from dataclasses import dataclass

from scipy.stats import norm

from latentmr.diagnose.levels import OF_INSTRUMENTS
from latentmr.results.objects import Estimate, TestResult

__all__ = ["SecondOpinion", "learners"]

#: Maximum negligible difference, in standard errors of the primary estimate that account for the encoder.
HARMLESS = 2.0


@dataclass(frozen=True)
class SecondOpinion:
    """Estimate and instruments of another learner.

    Parameters
    ----------
    difference : float
        Its estimate minus the primary estimate.
    error : float
        Standard error of the difference, which treats both sets of instruments as fixed.
    agreement : float
        Mean squared canonical correlation of the two sets of instruments.
    expected : bool
        Whether the assumptions of both learners hold, so that they should agree.
    """

    difference: float
    error: float
    agreement: float
    expected: bool


def learners(opinion: SecondOpinion | None, refusal: str, primary: Estimate | None = None) -> TestResult:
    """Compare the instruments and estimates of two learners.

    The null is that both sets of instruments give the same effect. The difference has its own standard error, from the
    contribution of each individual to both estimates, treating the instruments as fixed. The difference over this error
    is normal under the null.

    Parameters
    ----------
    opinion : SecondOpinion or None
        Result of the other learner; None if there is none.
    refusal : str
        Why there is none.
    primary : Estimate, optional
        The primary estimate, whose standard error is a second scale for the difference.

    Returns
    -------
    TestResult
        The effect size is the agreement of the instruments. The verdict is ``warn`` if the assumptions of both learners
        hold, the p-value is below 1 %, and the difference is above two standard errors of the primary estimate.
    """
    null = "the linear learner's instruments give the same effect"
    if opinion is None or primary is None:
        return TestResult("learners", null, "not applicable", refusal)
    ratio = opinion.difference / opinion.error if opinion.error > 0 else 0.0
    p_value = float(2 * norm.sf(abs(ratio)))
    apart = p_value < OF_INSTRUMENTS and abs(opinion.difference) > HARMLESS * primary.se
    size = (
        f"the estimate of the linear learner is {primary.beta + opinion.difference:.4g} (difference"
        f" {opinion.difference:+.3g}, standard error {opinion.error:.2g}); the agreement of the instruments is"
        f" {opinion.agreement:.2f}"
    )
    reason = size if opinion.expected else f"{size}; the mixing is not linear, so that the two need not agree"
    warned = apart and opinion.expected
    return TestResult(
        name="learners",
        null=null,
        verdict="warn" if warned else "pass",
        reason=f"the learners disagree: {reason}" if warned else reason,
        statistic=ratio,
        df="normal",
        p_value=p_value,
        effect=opinion.agreement,
    )

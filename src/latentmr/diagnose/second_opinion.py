"""Do two learners find the same instruments, and the same effect?"""

from dataclasses import dataclass

from scipy.stats import norm

from latentmr.diagnose.levels import OF_INSTRUMENTS
from latentmr.results.objects import Estimate, TestResult

__all__ = ["SecondOpinion", "learners"]

#: Standard errors of the primary estimate, counting the learning, up to which a difference is harmless.
HARMLESS = 2.0


@dataclass(frozen=True)
class SecondOpinion:
    """What another learner found.

    Parameters
    ----------
    difference : float
        Its estimate less the primary one.
    error : float
        Standard error of the difference, given both sets of instruments.
    agreement : float
        Mean squared canonical correlation of the instruments.
    expected : bool
        Whether the assumptions of both learners hold, so that they should agree.
    """

    difference: float
    error: float
    agreement: float
    expected: bool


def learners(opinion: SecondOpinion | None, refusal: str, primary: Estimate | None = None) -> TestResult:
    """Compare two learners' instruments and estimates.

    The null is that both sets of instruments give one effect. The difference has its own standard error, from what each
    person adds to both estimates, given the instruments; it is normal under the null.

    Parameters
    ----------
    opinion : SecondOpinion or None
        None if there is none.
    refusal : str
        Why there is none.
    primary : Estimate, optional
        In whose standard errors the difference is judged too.

    Returns
    -------
    TestResult
        The effect size is the agreement of the instruments. It warns if both learners' assumptions hold, the p-value
        is under 1 % and the difference above two standard errors of the primary estimate.
    """
    null = "the linear learner's instruments give the same effect"
    if opinion is None or primary is None:
        return TestResult("learners", null, "not applicable", refusal)
    ratio = opinion.difference / opinion.error if opinion.error > 0 else 0.0
    p_value = float(2 * norm.sf(abs(ratio)))
    apart = p_value < OF_INSTRUMENTS and abs(opinion.difference) > HARMLESS * primary.se
    size = (
        f"the linear learner's estimate is {primary.beta + opinion.difference:.4g} ({opinion.difference:+.3g}, standard"
        f" error {opinion.error:.2g}), and its instruments share {opinion.agreement:.2f} with these"
    )
    reason = size if opinion.expected else f"{size}; mixing is not linear, so that they need not agree"
    warned = apart and opinion.expected
    return TestResult(
        name="learners",
        null=null,
        verdict="warn" if warned else "pass",
        reason=f"learners disagree: {reason}" if warned else reason,
        statistic=ratio,
        df="normal",
        p_value=p_value,
        effect=opinion.agreement,
    )

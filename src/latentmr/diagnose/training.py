"""Checks of training: convergence of the objective, and agreement of the random restarts."""

from latentmr.results.history import TrainingLog
from latentmr.results.objects import TestResult

__all__ = ["STILL_FALLING", "convergence", "starts"]

#: Maximum fall of the held-out objective over the last fifth of the steps without a warning.
STILL_FALLING = 0.3
#: Share of the steps that is examined.
LAST = 0.2
#: Minimum number of evaluations of the objective for a conclusion.
ENOUGH = 5


def convergence(training: TrainingLog | None, stopped: str = "") -> TestResult:
    """Check that the held-out objective stopped falling over the last fifth of training.

    The objective is the likelihood, or reconstruction error and penalties.

    Parameters
    ----------
    training : TrainingLog or None
        From the learner's history; None for a closed form.
    stopped : str
        Why training ended before its last step, if it did.

    Returns
    -------
    TestResult
        A result without a p-value. The statistic is the best objective, and the effect size its fall over the last
        fifth of the steps. The verdict is ``warn`` if this is above 0.3, if there are too few steps for a conclusion,
        or if training was interrupted.
    """
    null = "the held-out objective has stopped falling"
    if training is None or not training.log:
        return TestResult("convergence", null, "not applicable", "the instruments have a closed form, or no network")
    log = training.log
    best = min(float(row["total"]) for row in log)
    if stopped.startswith("interrupted"):
        reason = f"training was {stopped}: the best network up to then is used"
        return TestResult("convergence", null, "warn", reason, statistic=best)
    if len(log) < ENOUGH:
        reason = f"{training.steps} steps are too few to assess convergence; use more steps"
        return TestResult("convergence", null, "warn", reason, statistic=best)
    last = float(log[-1]["step"])
    before = min(float(row["total"]) for row in log if float(row["step"]) <= (1 - LAST) * last)
    fall = before - best
    size = f"the held-out objective is {best:.3f}, {max(fall, 0.0):.3f} lower than before the last fifth of the steps"
    falling = fall > STILL_FALLING
    reason = f"{size}: it was still falling, use more steps" if falling else size
    return TestResult("convergence", null, "warn" if falling else "pass", reason, statistic=best, effect=fall)


def starts(training: TrainingLog | None) -> TestResult:
    """Report whether random restarts found the same instruments.

    Parameters
    ----------
    training : TrainingLog or None
        From the learner's history; None for a closed form.

    Returns
    -------
    TestResult
        A result without a p-value. The effect size is the largest agreement (mean squared canonical correlation) of
        another restart with the selected one.
    """
    null = "random restarts that find good instruments find the same instruments"
    found = [start.agreement for start in training.starts if start.agreement is not None] if training else []
    if training is None or len(found) < 2:
        return TestResult("starts", null, "not applicable", "there are no two random restarts to compare")
    shared = sorted(found)[-2]  # the largest is that of the selected restart with itself
    doubt = training.doubt
    reason = (
        doubt or f"the largest agreement of the other {len(found) - 1} restarts with the selected one is {shared:.2f}"
    )
    return TestResult("starts", null, "warn" if doubt else "pass", reason, effect=shared)

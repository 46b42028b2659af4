"""Did training end where its objective had stopped falling, and did its starts agree?"""

from latentmr.results.history import TrainingLog
from latentmr.results.objects import TestResult

__all__ = ["STILL_FALLING", "convergence", "starts"]

#: Fall of the held-out objective over the last fifth of the steps from which training was too short.
STILL_FALLING = 0.3
#: Share of the steps that is looked at.
LAST = 0.2
#: Looks at the objective under which nothing can be told.
ENOUGH = 5


def convergence(training: TrainingLog | None, stopped: str = "") -> TestResult:
    """Look at the held-out objective (likelihood, or reconstruction and penalties) over the last fifth of training.

    Parameters
    ----------
    training : TrainingLog or None
        From the learner's history; None for a closed form.
    stopped : str
        Why training ended before its last step, if it did.

    Returns
    -------
    TestResult
        Without a p-value. The statistic is the best objective, the effect size how far it fell over the last fifth of
        the steps; it warns above 0.3, if there is too little to tell, and if training was interrupted.
    """
    null = "the held-out objective has stopped falling"
    if training is None or not training.log:
        return TestResult("convergence", null, "not applicable", "the instruments have a closed form, or no network")
    log = training.log
    best = min(float(row["total"]) for row in log)
    if stopped.startswith("interrupted"):
        reason = f"training was {stopped}: the best network so far was taken"
        return TestResult("convergence", null, "warn", reason, statistic=best)
    if len(log) < ENOUGH:
        reason = f"{training.steps} steps are too few to tell; give more"
        return TestResult("convergence", null, "warn", reason, statistic=best)
    last = float(log[-1]["step"])
    before = min(float(row["total"]) for row in log if float(row["step"]) <= (1 - LAST) * last)
    fall = before - best
    size = f"held-out objective {best:.3f}, {max(fall, 0.0):.3f} lower than before the last fifth of the steps"
    falling = fall > STILL_FALLING
    reason = f"{size}: it was still falling, give more steps" if falling else size
    return TestResult("convergence", null, "warn" if falling else "pass", reason, statistic=best, effect=fall)


def starts(training: TrainingLog | None) -> TestResult:
    """Report whether short trainings found the same instruments.

    Parameters
    ----------
    training : TrainingLog or None
        From the learner's history; None for a closed form.

    Returns
    -------
    TestResult
        Without a p-value. The effect size is the largest agreement (mean squared canonical correlation) of a start
        that lost with the one that won.
    """
    null = "starts that find good instruments find the same"
    found = [start.agreement for start in training.starts if start.agreement is not None] if training else []
    if training is None or len(found) < 2:
        return TestResult("starts", null, "not applicable", "there were not two starts to compare")
    shared = sorted(found)[-2]  # the largest is the winner's with itself
    doubt = training.doubt
    reason = doubt or f"{len(found)} starts; the nearest to the winner shares {shared:.2f} of its instruments"
    return TestResult("starts", null, "warn" if doubt else "pass", reason, effect=shared)

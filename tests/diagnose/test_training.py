"""Whether training ended, and whether its starts agree: every branch of what a history can say."""

from dataclasses import replace

import pytest

from latentmr.diagnose.training import convergence, starts
from latentmr.results.history import StartTried, TrainingLog


def history(*totals, each=100):
    """The objective at every check."""
    log = [{"step": float(each * (i + 1)), "total": total} for i, total in enumerate(totals)]
    return TrainingLog(log=tuple(log), steps=each * len(totals))


@pytest.mark.parametrize("training", [None, TrainingLog(), TrainingLog(steps=30)])
def test_closed_forms_do_not_train(training):
    found = convergence(training)
    assert (found.name, found.verdict, found.statistic) == ("convergence", "not applicable", None)
    assert found.reason == "the instruments have a closed form, or no network"


def test_an_objective_that_stopped_falling_passes():
    found = convergence(history(9, 5, 3, 2.1, 2.0))
    assert (found.verdict, found.p_value) == ("pass", None)
    assert found.statistic == 2.0
    assert found.effect == pytest.approx(0.1)
    assert found.reason == "the held-out objective is 2.000, 0.100 lower than before the last fifth of the steps"


@pytest.mark.parametrize(("last", "verdict"), [(1.75, "pass"), (1.65, "warn")])
def test_one_that_still_falls_warns(last, verdict):
    found = convergence(history(9, 5, 3, 2, last))
    assert found.verdict == verdict
    assert found.effect == pytest.approx(2 - last)
    assert ("it was still falling, use more steps" in found.reason) == (verdict == "warn")


def test_the_best_of_both_parts_are_compared():
    """Of ten looks the first eight are before the last fifth; noise after the best does not count."""
    found = convergence(history(9, 2.0, 5, 6, 5, 4, 4, 5, 1.9, 3.0))
    assert found.statistic == 1.9
    assert found.effect == pytest.approx(0.1)
    assert found.verdict == "pass"


def test_an_objective_that_rose_fell_by_nothing():
    found = convergence(history(9, 5, 3, 2, 4))
    assert (found.verdict, found.statistic, found.effect) == ("pass", 2.0, 0.0)
    assert "0.000 lower" in found.reason


def test_objectives_may_be_negative():
    assert convergence(history(-1, -2, -3, -4, -6)).verdict == "warn"
    assert convergence(history(-1, -2, -3, -4, -4.1)).verdict == "pass"


@pytest.mark.parametrize("looks", [1, 4])
def test_too_few_steps_to_tell(looks):
    found = convergence(history(*[2.0] * looks))
    assert (found.verdict, found.reason) == (
        "warn",
        f"{100 * looks} steps are too few to assess convergence; use more steps",
    )
    assert (found.statistic, found.effect) == (2.0, None)


def test_a_last_step_between_looks_is_one_too():
    training = history(9, 5, 3, 2)
    training = replace(training, log=(*training.log, {"step": 430.0, "total": 1.0}), steps=430)
    # 344 steps are four fifths: three looks came before
    assert convergence(training).effect == pytest.approx(2.0)


@pytest.mark.parametrize("looks", [2, 8])
def test_an_interrupt_warns_with_the_best_so_far(looks):
    found = convergence(history(*range(9, 9 - looks, -1)), "interrupted at step 800 of 2000")
    assert found.verdict == "warn"
    assert found.reason == "training was interrupted at step 800 of 2000: the best network up to then is used"
    assert found.statistic == 10 - looks


def test_patience_is_no_interrupt():
    found = convergence(history(9, 5, 3, 2, 2), "no better held-out objective for 1000 steps, at step 500")
    assert found.verdict == "pass"


def table(*agreements):
    return TrainingLog(starts=tuple(StartTried(start=str(i), agreement=value) for i, value in enumerate(agreements)))


@pytest.mark.parametrize(
    "training", [None, TrainingLog(), table(), table(1.0), table(1.0, None, None), table(None, None)]
)
def test_one_start_has_none_to_compare_with(training):
    found = starts(training)
    assert (found.name, found.verdict) == ("starts", "not applicable")
    assert found.reason == "there are no two random restarts to compare"
    assert found.effect is None


def test_the_nearest_loser_is_told():
    found = starts(table(0.3, 1.0, 0.876, None))
    assert (found.verdict, found.effect, found.p_value) == ("pass", 0.876, None)
    assert found.reason == "the largest agreement of the other 2 restarts with the selected one is 0.88"
    assert found.null == "random restarts that find good instruments find the same instruments"


def test_a_doubt_is_the_reason_to_warn():
    found = starts(replace(table(1.0, 0.2, 0.3), doubt="two losers agree with each other"))
    assert (found.verdict, found.reason, found.effect) == ("warn", "two losers agree with each other", 0.3)

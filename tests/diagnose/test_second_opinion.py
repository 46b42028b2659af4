"""Another learner's opinion: when it counts, and how its difference is judged."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from latentmr import tsls
from latentmr.diagnose.second_opinion import SecondOpinion, learners

OPINION = SecondOpinion(difference=0.3, error=0.1, agreement=0.42, expected=True)


@pytest.fixture(scope="module")
def primary():
    rng = np.random.default_rng(1)
    Z = rng.normal(size=(400, 3))
    x = Z.sum(axis=1) + rng.normal(size=400)
    return replace(tsls(Z, x, x + rng.normal(size=400))[0], beta=1.5, se=0.1)


def test_agreement_passes(primary):
    found = learners(replace(OPINION, difference=0.1), "", primary)
    assert (found.name, found.verdict, found.df) == ("learners", "pass", "normal")
    assert found.null == "the linear learner's instruments give the same effect"
    assert found.reason == (
        "the estimate of the linear learner is 1.6 (difference +0.1, standard error 0.1); the agreement of the"
        " instruments is 0.42"
    )
    assert found.effect == 0.42


@pytest.mark.parametrize("sign", [1, -1])
def test_disagreement_warns_and_is_two_sided(primary, sign):
    found = learners(replace(OPINION, difference=0.3 * sign), "", primary)
    assert found.verdict == "warn"
    assert found.statistic == pytest.approx(3 * sign)
    assert found.p_value == pytest.approx(2 * norm.sf(3))
    assert found.reason.startswith("the learners disagree: the estimate of the linear learner is")
    assert f"(difference {0.3 * sign:+.3g}, standard error 0.1)" in found.reason


@pytest.mark.parametrize(
    ("difference", "error", "verdict"),
    [
        (0.25, 0.1, "pass"),  # p = 0.012
        (0.26, 0.1, "warn"),  # p = 0.009
        (0.199, 0.001, "pass"),  # certain, and harmless
        (0.201, 0.001, "warn"),
        (5.0, 4.0, "pass"),  # large, and uncertain
    ],
)
def test_it_warns_where_a_difference_is_both_certain_and_large(primary, difference, error, verdict):
    found = learners(replace(OPINION, difference=difference, error=error), "", primary)
    assert found.verdict == verdict
    assert found.reason.startswith("the learners disagree") == (verdict == "warn")


def test_the_difference_is_judged_in_standard_errors_of_the_estimate(primary):
    assert learners(OPINION, "", replace(primary, se=0.149)).verdict == "warn"
    assert learners(OPINION, "", replace(primary, se=0.151)).verdict == "pass"


def test_a_learner_whose_assumptions_fail_cannot_disagree(primary):
    found = learners(replace(OPINION, expected=False), "", primary)
    assert found.verdict == "pass"
    assert found.reason.endswith("; the mixing is not linear, so that the two need not agree")
    assert found.p_value == pytest.approx(2 * norm.sf(3))


def test_the_same_estimate_has_no_error(primary):
    found = learners(SecondOpinion(0.0, 0.0, 1.0, True), "", primary)
    assert (found.verdict, found.statistic, found.p_value, found.effect) == ("pass", 0.0, 1.0, 1.0)


@pytest.mark.parametrize("opinion", [None, OPINION])
def test_without_an_opinion_or_an_estimate_the_refusal_is_the_reason(primary, opinion):
    found = learners(opinion, "the learner is the linear one", None if opinion else primary)
    assert (found.verdict, found.reason) == ("not applicable", "the learner is the linear one")
    assert (found.statistic, found.p_value, found.effect) == (None, None, None)

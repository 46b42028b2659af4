"""The verdict: its level, its route, and reasons in words, the gravest first."""

import numpy as np
import pytest

from latentmr import analyse
from latentmr.analysis.verdict import UNTESTED, judge
from latentmr.learn import LinearLearner
from latentmr.results import ConfidenceSet, Estimate, TestResult

INF = float("inf")


def test_at_best_caution_with_the_assumption_named(on_counts, on_continuous):
    assert (on_counts.verdict.level, on_counts.verdict.route) == ("caution", "unlinked variants")
    assert on_counts.verdict.reasons[-2].startswith("identified by unlinked variants")
    assert (on_continuous.verdict.level, on_continuous.verdict.route) == ("caution", "environments")
    assert on_continuous.verdict.reasons == (
        "identified by environments: the confounded part changes between them, the exogenous part does not",
        UNTESTED,
    )


def test_identical_environments_are_not_identified_on_continuous_instruments(variant, rng):
    analysis = analyse(variant(env=rng.integers(0, 4, 6000)))
    assert (analysis.verdict.level, analysis.verdict.route) == ("not identified", "environments")
    assert analysis.verdict.reasons[0].startswith("the environments do not differ")
    assert analysis.tests[0].verdict == "warn"
    assert analysis.representation.k == 6
    assert analysis.answer().startswith("The data cannot say how x changes y (95 % conditional likelihood-ratio set ")


def test_identical_environments_do_no_harm_to_unlinked_variants(counts, rng):
    from_arrays = type(counts.dataset).from_arrays
    data = counts.dataset
    analysis = analyse(from_arrays(data.G.astype(float), rng.integers(0, 4, data.n), data.X, data.y))
    assert (analysis.verdict.level, analysis.verdict.route) == ("caution", "unlinked variants")
    assert any(reason.startswith("variability: the environments do not differ") for reason in analysis.verdict.reasons)
    assert abs(analysis.primary.beta - 0.5) < 4 * analysis.primary.se


def test_an_exposure_of_pure_noise_is_not_identified(variant, continuous, rng):
    noise = rng.normal(size=6000)
    # the environment dummies explain none of it either
    analysis = analyse(variant(x=noise, y=noise + rng.normal(size=6000)), LinearLearner(k=1))
    assert not analysis.primary.ci_clr.is_bounded
    assert analysis.verdict.level == "not identified"
    assert (
        "the data cannot say: the conditional likelihood-ratio set for x is [-inf, inf]" in analysis.verdict.reasons[0]
    )
    assert any(reason.startswith("strength: effective F") for reason in analysis.verdict.reasons)


def estimate(intervals=((0.0, 1.0),), exposure="x"):
    return Estimate(
        method="LIML",
        instruments="learned",
        adjustment="env",
        basis="linear",
        exposure=exposure,
        beta=0.5,
        se=0.1,
        se_type="HC1",
        alpha=0.05,
        n=100,
        k=3,
        ci_ar=None if intervals is None else ConfidenceSet(intervals, 0.05),
    )


def results(**verdicts):
    base = {"variability": "pass", "linkage": "not applicable", "strength": "pass", "overidentification": "pass"}
    return [TestResult(name, "null", verdict, f"why {name}") for name, verdict in (base | verdicts).items()]


def test_every_test_that_warns_gives_a_reason(on_continuous):
    found = judge(on_continuous.representation, [estimate()], results(strength="warn", overidentification="fail"))
    assert found.level == "caution"
    assert found.reasons[:2] == ("strength: why strength", "overidentification: why overidentification")


def test_an_empty_set_is_a_reason_and_no_grave_one(on_continuous):
    found = judge(on_continuous.representation, [estimate(())], results())
    assert found.level == "caution"
    assert found.reasons[0].startswith("no effect of x fits all instruments (the Anderson-Rubin set is empty)")


@pytest.mark.parametrize("intervals", [((-INF, 0.0), (2.0, INF)), ((-INF, INF),), ((1.0, INF),)])
def test_a_set_without_finite_ends_is_grave_on_either_route(on_counts, on_continuous, intervals):
    for analysis in (on_counts, on_continuous):
        found = judge(analysis.representation, [estimate(), estimate(intervals, "bmi")], results(strength="warn"))
        assert found.level == "not identified"
        assert found.reasons[0].startswith("the data cannot say: the Anderson-Rubin set for bmi is ")
        assert found.reasons[1] == "strength: why strength"


def test_several_exposures_have_no_set_to_judge(on_continuous):
    found = judge(on_continuous.representation, [estimate(None), estimate(None, "bmi")], results())
    assert found.level == "caution"
    assert found.reasons[-1] == UNTESTED


def test_environments_that_do_not_differ_are_grave_on_their_route_only(on_counts, on_continuous):
    warned = results(variability="warn")
    assert judge(on_continuous.representation, [estimate()], warned).level == "not identified"
    assert judge(on_counts.representation, [estimate()], warned).level == "caution"


def test_answer_says_effect_interval_and_set(on_continuous):
    e = on_continuous.primary
    assert on_continuous.answer() == (
        f"One unit of x changes y by {e.beta:.4g} (95 % conditional likelihood-ratio set {e.ci_clr};"
        f" 95 % Wald interval {e.ci_low:.4g} to {e.ci_high:.4g})."
    )
    assert np.isfinite(e.ci_clr.length)

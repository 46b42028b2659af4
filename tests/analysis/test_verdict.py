"""The verdict: its level, its route, and reasons in words, the gravest first."""

import numpy as np
import pytest

from latentmr import analyse
from latentmr.analysis.verdict import judge_analysis
from latentmr.learn import LinearLearner
from latentmr.results.objects import ConfidenceSet, Estimate, TestResult
from latentmr.results.rounding import rounded, rounded_set

INF = float("inf")


BEYOND = "no test can detect an exogenous component that is confounded in the same way in every environment"


def test_credible_where_nothing_speaks_against_it_with_the_assumption_named(on_counts, on_continuous):
    assert (on_counts.verdict.level, on_counts.verdict.route) == ("credible", "unlinked variants")
    assert on_counts.verdict.reasons == (
        "identified by unlinked variants: given the factors, variants are independent",
        BEYOND,
    )
    assert (on_continuous.verdict.level, on_continuous.verdict.route) == ("credible", "environments")
    assert on_continuous.verdict.reasons == (
        "identified by environments: the confounded component differs between them, and the exogenous component"
        " does not",
        BEYOND,
    )
    assert on_counts.verdict.advice == on_continuous.verdict.advice == ()


def test_identical_environments_are_not_identified_on_continuous_instruments(variant, rng):
    analysis = analyse(variant(env=rng.integers(0, 4, 6000)), "linear")
    assert (analysis.verdict.level, analysis.verdict.route) == ("not identified", "environments")
    assert analysis.verdict.reasons[0].startswith("the environments do not differ")
    assert {test.name: test.verdict for test in analysis.tests}["variability"] == "warn"
    assert analysis.verdict.advice[0].startswith("add environments that differ more")
    assert analysis.representation.k == 6
    assert analysis.primary.ci_clr.is_bounded
    assert analysis.answer() == f"The data cannot say how x changes y: {analysis.verdict.reasons[0]}."


def test_identical_environments_do_no_harm_to_unlinked_variants(counts, rng):
    from_arrays = type(counts.dataset).from_arrays
    data = counts.dataset
    analysis = analyse(from_arrays(data.G.astype(float), rng.integers(0, 4, data.n), data.X, data.y), "linear")
    assert analysis.verdict.route == "unlinked variants"
    assert analysis.verdict.level != "not identified"
    assert {test.name: test.verdict for test in analysis.tests}["variability"] == "warn"
    assert not any(reason.startswith("variability") for reason in analysis.verdict.reasons)
    assert abs(analysis.primary.beta - 0.5) < 4 * analysis.primary.se


def test_an_exposure_of_pure_noise_is_not_identified(variant, continuous, rng):
    noise = rng.normal(size=6000)
    # the environment dummies explain none of it either
    analysis = analyse(variant(x=noise, y=noise + rng.normal(size=6000)), LinearLearner(k=1))
    assert not analysis.primary.ci_clr.is_bounded
    assert analysis.verdict.level == "not identified"
    assert (
        analysis.answer() == "The data cannot say how x changes y (95 % conditional likelihood-ratio set [-inf, inf])."
    )
    assert (
        "the data cannot bound the effect: the conditional likelihood-ratio set for x is [-inf, inf]"
        in analysis.verdict.reasons[0]
    )
    assert any(reason.startswith("strength: the effective F") for reason in analysis.verdict.reasons)


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
    base = {"invariance": "pass", "independence": "pass", "variability": "pass", "strength": "pass"}
    return [TestResult(name, "null", verdict, f"why {name}") for name, verdict in (base | verdicts).items()]


def test_every_test_that_warns_gives_a_reason(on_continuous):
    found = judge_analysis(
        on_continuous.representation, [estimate()], results(strength="warn", overidentification="fail")
    )
    assert found.level == "caution"
    assert found.reasons[:2] == ("strength: why strength", "overidentification: why overidentification")


def test_an_empty_set_is_remarked_and_judged_by_the_test_of_overidentification(on_continuous):
    found = judge_analysis(on_continuous.representation, [estimate(())], results())
    assert found.level == "credible"
    assert found.reasons[0].startswith("no effect of x fits all instruments (the Anderson-Rubin set is empty)")


@pytest.mark.parametrize("intervals", [((-INF, 0.0), (2.0, INF)), ((-INF, INF),), ((1.0, INF),)])
def test_a_set_without_finite_ends_is_grave_on_either_route(on_counts, on_continuous, intervals):
    for analysis in (on_counts, on_continuous):
        found = judge_analysis(
            analysis.representation, [estimate(), estimate(intervals, "bmi")], results(strength="warn")
        )
        assert found.level == "not identified"
        assert found.reasons[0].startswith("the data cannot bound the effect: the Anderson-Rubin set for bmi is ")
        assert found.reasons[1] == "strength: why strength"


def test_several_exposures_have_no_set_to_judge(on_continuous):
    found = judge_analysis(on_continuous.representation, [estimate(None), estimate(None, "bmi")], results())
    assert found.level == "credible"


def test_environments_that_do_not_differ_are_grave_on_their_route_only(on_counts, on_continuous):
    warned = results(variability="warn")
    assert judge_analysis(on_continuous.representation, [estimate()], warned).level == "not identified"
    assert judge_analysis(on_counts.representation, [estimate()], warned).level == "credible"


@pytest.mark.parametrize(
    ("name", "effect", "level"),
    [
        ("invariance", 0.56, "caution"),
        ("invariance", 0.61, "not identified"),
        ("independence", 0.05, "caution"),
        ("independence", 0.11, "not identified"),
    ],
)
def test_instruments_that_grossly_fail_are_none(on_continuous, name, effect, level):
    tests = [
        TestResult(name, "null", "fail", f"why {name}", effect=effect) if test.name == name else test
        for test in results()
    ]
    found = judge_analysis(on_continuous.representation, [estimate()], tests)
    assert found.level == level
    assert found.reasons[0] == f"{name}: why {name}"
    assert len([reason for reason in found.reasons if reason.startswith(name)]) == 1
    assert len(found.advice) == 1
    assert found.advice[0].startswith("learn again with a smaller `k`, another `seed` or `learner`")


def test_nothing_is_credible_untested(on_continuous):
    model = on_continuous.representation
    untested = judge_analysis(model, [estimate()], [test for test in results() if test.name != "invariance"])
    assert untested.level == "caution"
    assert untested.reasons[0] == "invariance of the learned instruments was not tested"
    refused = results(independence="not applicable")
    assert judge_analysis(model, [estimate()], refused).reasons[0] == (
        "independence of the learned instruments was not tested: why independence"
    )
    seen = judge_analysis(model, [estimate()], results(), unseen=False)
    assert seen.level == "caution"
    assert seen.reasons[0].startswith("the instruments were tested in the individuals they were learned from")


def test_without_residual_latents_there_is_nothing_to_depend_on(on_continuous):
    nothing = TestResult("independence", "null", "not applicable", "there are no residual latents")
    tests = [nothing if test.name == "independence" else test for test in results()]
    assert judge_analysis(on_continuous.representation, [estimate()], tests).level == "credible"


def test_a_placebo_that_fails_brings_advice_of_its_own(on_continuous):
    failed = TestResult("placebo: height", "null", "fail", "associated")
    found = judge_analysis(on_continuous.representation, [estimate()], [*results(), failed])
    assert (found.level, found.reasons[0]) == ("caution", "placebo: height: associated")
    assert found.advice == (
        "measure the shared confounders and adjust for them; another learner does not remove an association with the"
        " negative-control outcome",
    )


def test_advice_is_not_repeated(on_continuous):
    found = judge_analysis(on_continuous.representation, [estimate()], results(invariance="fail", independence="fail"))
    assert len(found.advice) == 1


def test_answer_says_effect_interval_and_set(on_continuous):
    e = on_continuous.primary
    assert on_continuous.answer() == (
        f"One unit of x changes y by {rounded(e.beta, e.se)} (95 % conditional likelihood-ratio set"
        f" {rounded_set(e.ci_clr, e.se)}; 95 % Wald interval {rounded(e.ci_low, e.se)} to {rounded(e.ci_high, e.se)})."
    )
    assert np.isfinite(e.ci_clr.length)


def test_doubtful_starts_are_a_remark_where_the_instruments_hold(on_continuous):
    model = on_continuous.representation
    found = judge_analysis(model, [estimate()], results(starts="warn"))
    assert (found.level, found.reasons[0]) == ("credible", "starts: why starts")
    assert judge_analysis(model, [estimate()], results(starts="warn", invariance="fail")).level == "caution"

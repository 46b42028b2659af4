"""How large a direct effect of the instruments would explain the estimate away."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr import tsls
from latentmr.diagnose.primary_estimate import sensitivity
from latentmr.results.objects import ConfidenceSet


@pytest.fixture
def study():
    rng = np.random.default_rng(3)
    Z = rng.normal(size=(2000, 3))
    u = rng.normal(size=2000)
    x = Z @ [0.5, 0.3, 0.1] + u
    return Z, x, 0.4 * x + u + rng.normal(size=2000)


def score(Z, x):
    fitted = np.column_stack([np.ones(len(x)), Z]) @ np.linalg.lstsq(np.column_stack([np.ones(len(x)), Z]), x)[0]
    return (fitted - fitted.mean()) / fitted.std(), fitted.std()


def test_a_direct_effect_of_that_size_moves_the_estimate_to_zero(study):
    Z, x, y = study
    e = tsls(Z, x, y)[0]
    s, d = score(Z, x)
    found = sensitivity(e, d, y.std(), "y")
    assert found.statistic == pytest.approx(e.beta * d)
    assert tsls(Z, x, y - found.statistic * s).beta == pytest.approx(0, abs=1e-12)


def test_the_bound_scales_with_the_outcome_and_not_with_the_exposure(study):
    Z, x, y = study
    _, d = score(Z, x)
    base = sensitivity(tsls(Z, x, y), d, y.std(), "y")
    in_other_units = sensitivity(tsls(Z, 10 * x, 5 * y), 10 * d, 5 * y.std(), "y")
    assert in_other_units.statistic == pytest.approx(5 * base.statistic)
    assert in_other_units.effect == pytest.approx(5 * base.effect)
    assert "y per standard deviation of the instruments' score (" in base.reason


def test_the_robust_set_counts_where_it_is_an_interval(study):
    Z, x, y = study
    e = replace(tsls(Z, x, y)[0], ci_clr=ConfidenceSet(((0.1, 0.9),), 0.05))
    assert sensitivity(e, 2.0, 1.0, "y").effect == pytest.approx(0.2)
    assert sensitivity(replace(e, ci_clr=ConfidenceSet(((-0.9, -0.3),), 0.05)), 2.0, 1.0, "y").effect == pytest.approx(
        0.6
    )
    around = sensitivity(replace(e, ci_clr=ConfidenceSet(((-0.1, 0.9),), 0.05)), 2.0, 1.0, "y")
    assert around.effect == 0
    assert around.reason.endswith("the robust set contains zero, or values of both signs, without a violation")


INF = float("inf")


@pytest.mark.parametrize(
    "intervals", [((-INF, -1.0), (2.0, INF)), ((-INF, INF),), ((-INF, 0.9),), ((-2.0, -1.0), (1.0, 2.0))]
)
def test_a_set_on_both_sides_of_zero_needs_no_violation(study, intervals):
    Z, x, y = study
    e = replace(tsls(Z, x, y)[0], ci_clr=ConfidenceSet(intervals, 0.05))
    assert sensitivity(e, 1.0, 1.0, "y").effect == 0


def test_two_intervals_on_one_side_of_zero(study):
    Z, x, y = study
    e = replace(tsls(Z, x, y)[0], ci_clr=ConfidenceSet(((1.0, 2.0), (3.0, INF)), 0.05))
    assert sensitivity(e, 1.0, 1.0, "y").effect == 1.0


@pytest.mark.parametrize("found", [None, ConfidenceSet((), 0.05)])
def test_without_a_robust_set_the_wald_interval(study, found):
    Z, x, y = study
    e = replace(tsls(Z, x, y)[0], ci_ar=None, ci_clr=found)
    found = sensitivity(e, 1.0, 1.0, "y")
    assert found.effect == pytest.approx(e.ci_low)
    assert "into the Wald interval" in found.reason


def test_it_is_a_bound_and_no_test(study):
    Z, x, y = study
    found = sensitivity(tsls(Z, x, y), 1.0, 1.0, "y")
    assert (found.verdict, found.p_value, found.null) == ("pass", None, "none: a bound, not a test")


def test_where_it_does_not_apply(study):
    Z, x, y = study
    e = tsls(Z, x, y)[0]
    assert sensitivity(replace(e, f_statistic=None), 1.0, 1.0, "y").reason == "there are several exposures"
    odds = sensitivity(replace(e, scale="log risk ratio"), 1.0, 1.0, "y")
    assert (odds.verdict, odds.reason) == ("not applicable", "the effect is a log risk ratio")

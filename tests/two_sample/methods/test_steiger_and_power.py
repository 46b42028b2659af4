"""Theorems on correlations of variants, Steiger's test and power."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from latentmr.two_sample.methods import ivw
from latentmr.two_sample.methods.correlations import (
    effective_n,
    r_from_effects,
    r_from_frequency,
    r_from_log_odds,
    r_from_p,
)
from latentmr.two_sample.methods.power import (
    expected_error,
    expected_error_of_variants,
    people_needed,
    power_of,
    smallest_effect,
)
from latentmr.two_sample.methods.steiger import steiger, steiger_filter


def test_correlations_are_those_of_the_data() -> None:
    rng = np.random.default_rng(0)
    g = rng.binomial(2, 0.3, 500).astype(float)
    x = 0.2 * g + rng.normal(size=500)
    fit = stats.linregress(g, x)
    assert r_from_effects(fit.slope, fit.stderr, 500)[0] == pytest.approx(fit.rvalue, rel=1e-9)
    assert r_from_p(fit.pvalue, 500)[0] == pytest.approx(abs(fit.rvalue), rel=1e-9)
    np.testing.assert_allclose(r_from_effects([0.1, -0.1], [0.01, 0.01], [1000, 1000]) @ [1, 1], 0, atol=1e-15)
    assert r_from_p(1e-300, 100_000)[0] == pytest.approx(r_from_effects(37.14, 1, 100_000)[0], rel=2e-3)
    assert r_from_p(1.0, 100)[0] == 0


def test_the_frequency_of_the_population_comes_from_the_study() -> None:
    # a population, then a study of all of its cases and as many controls
    f, common, odds = 0.3, 0.05, 1.4
    risk = np.array([1.0, odds]) * 0.05
    cases = np.array([1 - f, f]) * (risk / (1 + risk))
    common = cases.sum()
    controls = (np.array([1 - f, f]) - cases) / (1 - common)
    in_study = 0.5 * cases[1] / common + 0.5 * controls[1]
    effect = np.log(odds)
    explained = effect**2 * f * (1 - f)
    found = r_from_log_odds(effect, in_study, 1000, 1000, common, model="probit")[0]
    assert found == pytest.approx(np.sqrt(explained / (explained + 1)), rel=1e-9)
    assert r_from_log_odds(-effect, 1 - in_study, 1000, 1000, common, model="probit")[0] == pytest.approx(-found)
    assert r_from_log_odds([0.0, 1e-12], 0.3, 10, 10, 0.1)[0] == 0


def test_the_test_has_its_level_and_its_power() -> None:
    rng = np.random.default_rng(1)
    n, r = 5_000, 0.2

    def drawn(true: float) -> np.ndarray:
        return np.tanh(np.arctanh(true) + rng.normal(size=2_000) / np.sqrt(n - 3))

    null = steiger_filter(drawn(r), drawn(r), n, n)
    assert abs((null.p_value < 0.05).mean() - 0.05) < 0.02
    assert abs(null.forward.mean() - 0.5) < 0.04
    assert steiger_filter(drawn(r), drawn(0.1), n, n).forward.mean() > 0.99


def test_one_variant_is_its_own_test() -> None:
    one = steiger(0.1, -0.05, 2_000, 3_000)
    each = steiger_filter(0.1, -0.05, 2_000, 3_000)
    assert one.p_value == pytest.approx(each.p_value[0])
    assert one.forward == each.forward[0]
    back = steiger(-0.05, 0.1, 3_000, 2_000)
    assert (back.forward, back.p_value) == (False, pytest.approx(one.p_value))
    assert back.sensitivity_ratio == pytest.approx(one.sensitivity_ratio)


def test_reliabilities_can_turn_the_direction() -> None:
    found = steiger([0.1] * 4, [0.08] * 4, 50_000, 50_000, reliability_outcome=0.5)
    assert (found.forward, found.true_forward) == (True, False)
    assert found.true_r2_outcome == pytest.approx(4 * found.r2_outcome)
    np.testing.assert_allclose(steiger(0.1, 0.0, 1_000, 1_000).sensitivity_ratio, np.inf)


def test_the_volume_is_an_integral_over_reliabilities() -> None:
    a, b = 0.3, 0.1
    found = steiger(a, b, 1_000, 1_000)
    volume = integrate.dblquad(lambda y, x: b / y - a / x, a, 1, b, 1)[0]
    assert found.volume == pytest.approx(volume, rel=1e-6)
    reverse = integrate.dblquad(lambda y, x: b / y - a / x, a, 1, b, lambda x: b * x / a)[0]
    assert found.volume_reverse == pytest.approx(reverse, rel=1e-6)
    assert found.volume_forward == pytest.approx(reverse - volume, rel=1e-6)


def test_many_variants() -> None:
    r = np.random.default_rng(0).normal(0, 0.001, (2, 10_000))
    assert steiger_filter(*r, 100_000, 100_000).p_value.shape == (10_000,)
    assert 0 < steiger(*r, 100_000, 100_000).p_value <= 1
    assert effective_n(np.full(3, 10), 10).tolist() == [10, 10, 10]


def test_power_is_that_of_ivw() -> None:
    rng = np.random.default_rng(2)
    bx, sy = rng.uniform(0.02, 0.08, 40), np.full(40, 0.01)
    se, sx = expected_error_of_variants(bx, sy), np.full(40, 1e-4)
    assert se == pytest.approx(ivw(bx, bx, sx, sy, model="fixed").se)
    effect = float(smallest_effect(se, power=0.7))
    runs = [ivw(bx, effect * bx + sy * rng.normal(size=40), sx, sy, model="fixed").p_value for _ in range(2_000)]
    assert np.mean(np.array(runs) < 0.05) == pytest.approx(0.7, abs=0.035)
    assert power_of(0, se) == pytest.approx(0.05)
    assert power_of(effect, se) == pytest.approx(0.7, abs=1e-3)
    assert power_of(-effect, se) == power_of(effect, se)


def test_sample_sizes_errors_and_effects_agree() -> None:
    n = people_needed(0.1, 0.03, power=0.9, case_share=0.3)
    se = expected_error([n - 1, n], 0.03, case_share=0.3)
    found = power_of(0.1, se)
    assert found[0] < 0.9 + 1e-6
    assert found[1] == pytest.approx(0.9, abs=1e-3)
    assert smallest_effect(se, power=0.9)[1] == pytest.approx(0.1, rel=1e-3)
    # a quarter of the information of a continuous outcome, at best
    assert people_needed(0.1, 0.03, case_share=0.5) == pytest.approx(4 * people_needed(0.1, 0.03), abs=4)
    # the number that a published calculation gives for an effect of 0.2 by 2 % of the variance
    assert people_needed(0.2, 0.02) == 9812


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            partial(r_from_p, 0, 10),
            "p_value must be above 0 and not above 1. Got 0; take r_from_effects",
        ),
        (partial(r_from_p, 0.1, 2), "n must be above 2 individuals. Got 2"),
        (partial(r_from_effects, np.nan, 1, 10), "beta must be finite. Got values that are not"),
        (partial(r_from_effects, 1, 0, 10), "se must be positive. Got 0; drop these variants"),
        (partial(r_from_frequency, 1, 1), "frequency must be between 0 and 1. Got 1"),
        (
            partial(r_from_frequency, 2, 0.5),
            "beta must be in standard deviations of the trait. Got an effect that expla",
        ),
        (partial(r_from_log_odds, 1, 0.5, 1, 1, 0.1, model="log"), "model must be logit or probit. Got 'log'"),
        (partial(r_from_log_odds, np.inf, 0.5, 1, 1, 0.1), "log_odds must be finite. Got values that are not"),
        (partial(r_from_log_odds, 1, 0.5, 1, 1, 0), "prevalence must be between 0 and 1. Got 0"),
        (partial(effective_n, 0, 1), "cases must be above 0. Got 0"),
        (partial(effective_n, 1, -1), "controls must be above 0. Got -1"),
        (
            partial(steiger, [0.1], [0.1, 0.2], 10, 10),
            "r_outcome must have a value for each variant of r_exposure. Got",
        ),
        (partial(steiger, 1, 0.1, 10, 10), "r_exposure must be correlations between -1 and 1. Got 1; drop these"),
        (partial(steiger, 0.1, 0.1, 3, 10), "n_exposure must be above 3 individuals. Got 3"),
        (
            partial(steiger, 0.1, 0.1, 10, 10, reliability_outcome=0),
            "reliability_outcome must be above 0 and at most 1. Got",
        ),
        (
            partial(steiger, [0.9, 0.9], [0.1, 0.1], 10, 10),
            "r_exposure must explain less than all of the trait without measurement error. Got a share of 1.62",
        ),
        (partial(expected_error, 0, 0.1), "n must be above 0. Got 0; give"),
        (partial(expected_error, 10, 1), "r2 must be a share between 0 and 1. Got 1 to 1"),
        (partial(expected_error, 10, 0.1, case_share=1), "case_share must be between 0 and 1. Got 1"),
        (partial(expected_error_of_variants, [1, 2], [1]), "sy must have a value for each variant of bx. Got"),
        (
            partial(expected_error_of_variants, [0, 0], [1, 1]),
            "bx must be finite and not all zero. Got an array that is not",
        ),
        (partial(expected_error_of_variants, [1, 0], [1, 0]), "sy must be positive. Got 0; drop these variants"),
        (partial(power_of, 1, 0), "se must be positive. Got 0"),
        (partial(power_of, 1, 1, alpha=0), "alpha must be between 0 and 1. Got 0"),
        (partial(smallest_effect, 1, power=1), "power must be between 0 and 1. Got 1"),
        (
            partial(smallest_effect, 1, power=0.01),
            "power must be above alpha, 0.05. Got 0.01; 0.8 is usual",
        ),
        (
            partial(people_needed, 0, 0.1),
            "effect must be finite and not zero. Got 0; give the smallest effect of interest",
        ),
    ],
)
def test_input_that_cannot_be(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

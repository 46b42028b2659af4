"""Theorems on ratios, leaving variants out, and the sign test."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import stats

from latentmr.two_sample.methods import egger, ivw, median
from latentmr.two_sample.methods.leave_one_out import leave_one_out
from latentmr.two_sample.methods.ratio import single_variants, wald_ratio
from latentmr.two_sample.methods.sign import sign_test

COLUMNS = ("beta", "se", "ci_low", "ci_high", "p_value")


def draw(p: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    sx, sy = rng.uniform(0.005, 0.01, p), rng.uniform(0.01, 0.02, p)
    gamma = rng.uniform(0.05, 0.2, p) * rng.choice([-1, 1], p)
    return [gamma + sx * rng.normal(size=p), 0.4 * gamma + 2 * sy * rng.normal(size=p), sx, sy]


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (ivw, {}),
        (ivw, {"model": "fixed"}),
        (ivw, {"model": "random", "distribution": "t"}),
        (ivw, {"model": "dispersed"}),
        (egger, {}),
        (egger, {"distribution": "normal"}),
    ],
)
@pytest.mark.parametrize("p", [2, 3, 4, 5, 20])
def test_the_closed_form_is_the_method_without_the_variant(method: Any, options: dict[str, Any], p: int) -> None:
    arrays = draw(p)
    if method is egger and p < 4:
        with pytest.raises(ValueError, match=f"bx must hold at least 4 variants for this method. Got {p}; take anot"):
            leave_one_out(*arrays, method=method, **options)
        return
    found = leave_one_out(*arrays, method=method, alpha=0.1, **options)
    by_hand = leave_one_out(*arrays, method=partial(method), alpha=0.1, **options)
    for name in COLUMNS:
        np.testing.assert_allclose(getattr(found, name), getattr(by_hand, name), rtol=1e-9)
    assert found.together == by_hand.together == (method(*arrays, alpha=0.1, **options),)


def test_any_method_can_leave_variants_out() -> None:
    arrays = draw(6)
    found = leave_one_out(*arrays, method=median, draws=20)
    expected = median(*(each[1:] for each in arrays), draws=20)
    assert (found.beta[0], found.se[0]) == (expected.beta, expected.se)
    assert found.method == "weighted median"
    assert leave_one_out(*arrays, robust=True).beta[5] == ivw(*(each[:5] for each in arrays), robust=True).beta


def test_flipping_and_permuting_and_units() -> None:
    bx, by, sx, sy = draw(12)
    rng = np.random.default_rng(1)
    sign, order = rng.choice([-1, 1], 12), rng.permutation(12)
    for method in (single_variants, leave_one_out, partial(leave_one_out, method=egger)):
        found = method(bx, by, sx, sy)
        flipped = method(sign * bx, sign * by, sx, sy)
        permuted = method(bx[order], by[order], sx[order], sy[order])
        scaled = method(10 * bx, by, 10 * sx, sy)
        for name in COLUMNS:
            np.testing.assert_allclose(getattr(flipped, name), getattr(found, name), rtol=1e-9)
            np.testing.assert_allclose(getattr(permuted, name), getattr(found, name)[order], rtol=1e-9)
        np.testing.assert_allclose(10 * scaled.beta, found.beta, rtol=1e-9)
        np.testing.assert_allclose(scaled.p_value, found.p_value, rtol=1e-8)


def test_ten_thousand_variants() -> None:
    arrays = draw(10_000)
    for method in (ivw, egger):
        found = leave_one_out(*arrays, method=method)
        assert np.abs(found.beta - found.together[0].beta).max() < 0.01
    assert single_variants(*arrays).beta.shape == (10_000,)
    assert sign_test(*arrays).p_value < 1e-100


def test_a_ratio_is_ivw_of_one_variant() -> None:
    for order in ("first", "second"):
        found = wald_ratio(0.2, -0.05, 0.01, 0.02, order=order, psi=0.3)
        expected = ivw([0.2], [-0.05], [0.01], [0.02], weights=order, psi=0.3)
        assert (found.beta, found.se, found.p_value) == pytest.approx((expected.beta, expected.se, expected.p_value))
        flipped = wald_ratio(-0.2, 0.05, 0.01, 0.02, order=order, psi=0.3)
        assert flipped.se == pytest.approx(found.se)
    assert found.details.f_statistic == pytest.approx(400)
    assert wald_ratio(0.2, 0.05, 0.01, 0.02, order="second").se > wald_ratio(0.2, 0.05, 0.01, 0.02).se


def test_the_second_order_is_the_spread_of_ratios() -> None:
    rng = np.random.default_rng(0)
    psi, n = 0.6, 400_000
    x, e = rng.normal(size=(2, n))
    ratios = (0.3 + 0.02 * (psi * x + np.sqrt(1 - psi**2) * e)) / (0.5 + 0.02 * x)
    assert wald_ratio(0.5, 0.3, 0.02, 0.02, order="second", psi=psi).se == pytest.approx(ratios.std(), rel=0.01)


def test_what_stands_beside_single_variants() -> None:
    assert [len(single_variants(*draw(p)).together) for p in (1, 2, 3)] == [0, 1, 2]
    alike = single_variants([0.1, -0.1, 0.1], [1, 2, 3], [1, 1, 1], [1, 1, 1])
    assert [each.method for each in alike.together] == ["IVW"]


def test_the_sign_test_is_binomial() -> None:
    bx, by, sx, sy = draw(40)
    by[:3] = 0
    found = sign_test(bx, by, sx, sy)
    agree = int((bx[3:] * by[3:] > 0).sum())
    assert found.statistic == agree
    assert found.p_value == pytest.approx(stats.binomtest(agree, 37).pvalue)
    assert found.verdict == "pass"
    assert sign_test(-bx, -by, sx, sy) == found
    assert sign_test([1, -1] * 5, [1, 1] * 5, [1] * 10, [1] * 10).verdict == "warn"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            partial(wald_ratio, [1, 2], [1, 2], [1, 1], [1, 1]),
            "bx must hold one variant for a ratio. Got 2; take ivw or",
        ),
        (partial(wald_ratio, 0, 1, 1, 1), "bx must not be zero for ratios. Got a zero; leave the variant out"),
        (partial(wald_ratio, 1, 1, 0, 1), "sx must be positive. Got 0; drop these variants"),
        (partial(wald_ratio, 1, 1, 1, 1, order="third"), "order must be first or second. Got 'third'"),
        (
            partial(single_variants, 1, 1, 1, 1, psi=1),
            "psi must be a correlation between -1 and 1. Got 1; 0 is that of",
        ),
        (partial(leave_one_out, 1, 1, 1, 1), "bx must hold at least 2 variants for this method. Got 1; take another"),
        (
            partial(leave_one_out, [0, 0, 1], [1, 2, 3], [1, 1, 1], [1, 1, 1]),
            "bx must vary, or not be zero, for this method without each of its variants",
        ),
        (partial(sign_test, *draw(5)), "bx must hold at least 6 variants for this method. Got 5; take another"),
        (
            partial(sign_test, [0, 1, 2, 3, 4, 5], [1] * 6, [1] * 6, [1] * 6),
            "bx and by must not be zero for at least 6 variants of a sign test. Got 5 variants with two effects",
        ),
    ],
)
def test_input_that_cannot_be(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

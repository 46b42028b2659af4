"""Theorems on Anderson-Rubin, Kleibergen and conditional likelihood-ratio sets from summary data, and on PC-GMM."""

import re
from typing import Any

import numpy as np
import pytest
from scipy import stats

from latentmr.two_sample.methods import ivw
from latentmr.two_sample.methods.pcgmm import pcgmm
from latentmr.two_sample.methods.weak_instruments import anderson_rubin, conditional_likelihood_ratio, kleibergen

SETS = {"AR": anderson_rubin, "K": kleibergen, "CLR": conditional_likelihood_ratio}


def draw(p: int, seed: int = 0, *, beta: float = 0.4, strength: float = 0.1) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    sx, sy = rng.uniform(0.005, 0.01, p), rng.uniform(0.01, 0.02, p)
    gamma = strength * rng.uniform(0.5, 1.5, p)
    return [gamma + sx * rng.normal(size=p), beta * gamma + sy * rng.normal(size=p), sx, sy]


def ld(p: int, r: float = 0.6) -> np.ndarray:
    return np.asarray(r ** np.abs(np.subtract.outer(np.arange(p), np.arange(p))))


def pc(*arrays: Any, correlation: Any, **options: Any) -> Any:
    return pcgmm(*arrays, correlation=correlation, samples=(50_000, 50_000), **options)


ALL = SETS | {"PC": pc}


def numbers(found: Any) -> list[float]:
    ends = [end for interval in found.ci.intervals for end in interval] if found.ci else []
    return [found.beta, found.se, found.ci_low, found.ci_high, found.p_value, *ends]


@pytest.mark.parametrize("name", ALL)
def test_the_counted_allele_the_order_and_the_units_do_not_matter(name: str) -> None:
    method, (bx, by, sx, sy), rho = ALL[name], draw(8), ld(8)
    expected = numbers(method(bx, by, sx, sy, correlation=rho))
    rng = np.random.default_rng(1)
    sign, order = rng.choice([-1, 1], 8), rng.permutation(8)
    flipped = method(sign * bx, sign * by, sx, sy, correlation=rho * np.outer(sign, sign))
    np.testing.assert_allclose(numbers(flipped), expected, rtol=1e-6)
    mixed = method(bx[order], by[order], sx[order], sy[order], correlation=rho[np.ix_(order, order)])
    np.testing.assert_allclose(numbers(mixed), expected, rtol=1e-6)
    assert numbers(method(bx, by, sx, sy, correlation=rho)) == expected
    if name != "PC":  # whose traits are standardised
        scaled = numbers(method(10 * bx, 3 * by, 10 * sx, 3 * sy, correlation=rho))
        np.testing.assert_allclose(np.delete(scaled, 4), 0.3 * np.delete(expected, 4), rtol=1e-6)
        assert scaled[4] == pytest.approx(expected[4], rel=1e-8)


@pytest.mark.parametrize("name", SETS)
def test_the_set_is_where_the_test_does_not_reject(name: str) -> None:
    bx, by, sx, sy = draw(5, strength=0.02)
    found = SETS[name](bx, by, sx, sy)
    assert found.beta in found.ci
    for beta in np.linspace(-3, 3, 61):
        # the test of an effect is that of none, of an outcome from which it is taken off, with its error
        v, e = sy**2 + beta**2 * sx**2, by - beta * bx
        if name == "AR":
            assert (stats.chi2.sf((e**2 / v).sum(), 5) >= 0.05) == (beta in found.ci)
        free = (bx * sy**2 + beta * sx**2 * by) / (sx * sy * np.sqrt(v))
        if name == "K":
            assert (stats.chi2.sf((e / np.sqrt(v) @ free) ** 2 / (free @ free), 1) >= 0.05) == (beta in found.ci)


@pytest.mark.parametrize("name", SETS)
def test_uncorrelated_variants_are_a_special_case(name: str) -> None:
    arrays = draw(7)
    plain, told = SETS[name](*arrays), SETS[name](*arrays, correlation=np.eye(7))
    np.testing.assert_allclose(numbers(told), numbers(plain), rtol=1e-8)


def test_one_variant_and_irrelevant_ones() -> None:
    sets = [method([0.2], [0.05], [0.01], [0.02]).ci for method in SETS.values()]
    for each in sets:
        np.testing.assert_allclose(each.intervals, sets[0].intervals, rtol=1e-8)
    for method in SETS.values():
        for p in (1, 2, 3):
            found = method(*draw(p, strength=0.0))
            assert np.isfinite([found.beta, found.se, found.p_value]).all()
    assert not conditional_likelihood_ratio([0.001], [0.05], [0.01], [0.02]).ci.is_bounded
    assert pc([0.2], [0.05], [0.01], [0.02], correlation=[[1.0]]).beta == pytest.approx(0.25)
    assert pc([0.2, 0.2], [0.05, 0.05], [0.01] * 2, [0.02] * 2, correlation=ld(2)).beta == pytest.approx(0.25, rel=1e-2)


def test_variants_that_disagree_leave_no_effect() -> None:
    found = anderson_rubin([0.2, 0.2, 0.2], [0.3, -0.3, 0.0], [0.01] * 3, [0.01] * 3)
    assert found.ci is not None
    assert found.ci.is_empty
    # Q falls towards infinity, so there is no LIML estimate
    assert np.isnan([found.beta, found.se, found.ci_low, found.ci_high]).all()
    finite = anderson_rubin([0.2, 0.2, 0.2], [0.3, -0.3, 0.2], [0.001] * 3, [0.01] * 3)
    assert finite.ci is not None
    assert finite.ci.is_empty
    assert finite.ci_low == finite.ci_high == finite.beta
    wide = anderson_rubin([0.2, 0.2, 0.2], [0.3, -0.3, 0.0], [0.01] * 3, [0.01] * 3, overdispersion=0.1)
    assert wide.ci is not None
    assert not wide.ci.is_empty


@pytest.mark.slow  # coverage in 60 draws for each method
def test_coverage_of_weak_variants() -> None:
    for method in SETS.values():
        runs = [method(*draw(10, seed, strength=0.01)) for seed in range(60)]
        assert abs(np.mean([0.4 in run.ci for run in runs]) - 0.95) < 0.08


def test_strong_variants_give_the_interval_of_ivw() -> None:
    bx, by, _, sy = draw(10, strength=3.0)
    arrays = (bx, by, 1e-5 * sy, sy)
    found, plain = conditional_likelihood_ratio(*arrays), ivw(*arrays, model="fixed")
    np.testing.assert_allclose([found.ci_low, found.ci_high], [plain.ci_low, plain.ci_high], atol=1e-3 * plain.se)


def test_large_samples_make_no_difference_between_tables_and_joint_regression() -> None:
    bx, by, sx, _ = draw(6, strength=0.02)
    # as of variants whose frequencies are the same in both samples
    n, sy = 1e6, 2 * sx
    told = anderson_rubin(bx, by, sx, sy, correlation=ld(6), samples=(n, n))
    plain = anderson_rubin(bx, by, sx, sy, correlation=ld(6))
    assert told.ci_low == pytest.approx(plain.ci_low, rel=1e-2)


def test_all_components_are_all_variants() -> None:
    arrays, rho = draw(6), ld(6)
    found = pc(*arrays, correlation=rho, components=6, robust=False)
    limit = anderson_rubin(*arrays, correlation=rho, samples=(50_000, 50_000))
    assert found.beta == pytest.approx(limit.beta, rel=1e-6)
    assert found.details.q_statistic == pytest.approx(limit.details.q_statistic, rel=1e-8)


def test_ten_thousand_variants() -> None:
    arrays = draw(10_000)
    for method in SETS.values():
        assert abs(method(*arrays).beta - 0.4) < 0.01


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        (anderson_rubin, {"overdispersion": -1.0}, "overdispersion must be a variance, 0 or more. Got -1"),
        (kleibergen, {"samples": (3, 9000)}, "samples must be sample sizes above the number of variants, 3. Got 3"),
        (kleibergen, {"samples": (5, 9000)}, "samples must be the sample sizes of effects on standardised traits"),
        (anderson_rubin, {"bx": [0, 0, 0]}, "bx must vary for this method. Got effects on the exposure that are all"),
        (pc, {"bx": [0, 0, 0], "correlation": np.eye(3)}, "bx must vary for this method"),
        (pc, {"correlation": np.eye(3), "explained": 1.0}, "explained must lie between 0 and 1. Got 1; 0.99 is usual"),
        (pc, {"correlation": np.eye(3), "components": 4}, "components must lie between 1 and the 3 variants. Got 4"),
    ],
)
def test_input_that_cannot_be(method: Any, options: dict[str, Any], message: str) -> None:
    arrays: dict[str, Any] = {"bx": [1.0, 2.0, 3.0], "by": [1, 2, 3], "sx": [0.1, 0.1, 0.1], "sy": [1, 1, 1]}
    arrays |= {name: value for name, value in options.items() if name in arrays}
    rest = {name: value for name, value in options.items() if name not in arrays}
    with pytest.raises(ValueError, match=re.escape(message)):
        method(*arrays.values(), **rest)

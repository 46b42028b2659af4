"""Theorems on inverse-variance weighted MR and MR-Egger."""

import re
from functools import partial
from typing import Any

import numpy as np
import pytest

from latentmr.two_sample.methods import egger, ivw

METHODS = {"ivw": ivw, "egger": egger}
EVERY = METHODS | {
    f"{name} {option}": partial(method, **{option: True})
    for name, method in METHODS.items()
    for option in ("penalised", "robust")
}
EVERY |= {"ivw second": partial(ivw, weights="second"), "ivw equal": partial(ivw, weights="equal")}


def draw(p: int, seed: int = 0, *, beta: float = 0.4, mean: float = 0.0) -> list[np.ndarray]:
    """Effects of p valid variants, or of variants whose pleiotropic effects have a mean."""
    rng = np.random.default_rng(seed)
    sx, sy = rng.uniform(0.005, 0.01, p), rng.uniform(0.01, 0.02, p)
    gamma = rng.uniform(0.05, 0.2, p)
    return [gamma + sx * rng.normal(size=p), mean + beta * gamma + sy * rng.normal(size=p), sx, sy]


def numbers(found: Any) -> list[float]:
    return [found.beta, found.se, found.ci_low, found.ci_high, found.p_value, *found.details.numbers().values()]


@pytest.mark.parametrize("name", EVERY)
def test_the_counted_allele_and_the_order_do_not_matter(name: str) -> None:
    method, (bx, by, sx, sy) = EVERY[name], draw(20)
    expected = numbers(method(bx, by, sx, sy))
    rng = np.random.default_rng(1)
    sign, order = rng.choice([-1, 1], 20), rng.permutation(20)
    np.testing.assert_allclose(numbers(method(sign * bx, sign * by, sx, sy)), expected, rtol=1e-9)
    np.testing.assert_allclose(numbers(method(bx[order], by[order], sx[order], sy[order])), expected, rtol=1e-9)
    scaled = method(10 * bx, by, 10 * sx, sy)
    np.testing.assert_allclose([scaled.beta, scaled.se], [expected[0] / 10, expected[1] / 10], rtol=1e-9)
    assert scaled.p_value == pytest.approx(expected[4], rel=1e-8)
    scaled = method(bx, 10 * by, sx, 10 * sy)
    np.testing.assert_allclose([scaled.beta, scaled.se], [expected[0] * 10, expected[1] * 10], rtol=1e-9)


@pytest.mark.parametrize("option", ["penalised", "robust"])
@pytest.mark.parametrize("name", METHODS)
def test_outliers_lose_weight(name: str, option: str) -> None:
    method, (bx, by, sx, sy) = METHODS[name], draw(30)
    clean = method(bx, by, sx, sy)
    by[:4] += 0.3
    plain, guarded = method(bx, by, sx, sy), method(bx, by, sx, sy, **{option: True})
    assert abs(guarded.beta - clean.beta) < abs(plain.beta - clean.beta) / 2
    assert guarded.se < plain.se
    assert guarded.details.q_statistic == plain.details.q_statistic


def test_without_outliers_nothing_is_penalised() -> None:
    arrays = draw(6, 3)
    assert ivw(*arrays, penalised=True) == ivw(*arrays)
    assert egger(*arrays, penalised=True) == egger(*arrays)


def test_equal_weights_are_ordinary_least_squares() -> None:
    bx, by, sx, sy = draw(25)
    found = ivw(bx, by, sx, sy, weights="equal")
    assert found.beta == pytest.approx(bx @ by / (bx @ bx))
    residuals = by - found.beta * bx
    assert found.se == pytest.approx(np.sqrt(residuals @ residuals / 24 / (bx @ bx)))


@pytest.mark.parametrize("name", METHODS)
def test_uncorrelated_variants_are_a_special_case(name: str) -> None:
    method, arrays = METHODS[name], draw(12)
    np.testing.assert_allclose(numbers(method(*arrays, correlation=np.eye(12))), numbers(method(*arrays)), rtol=1e-9)


def test_a_variant_that_is_there_twice_counts_once_if_its_correlation_is_given() -> None:
    bx, by, sx, sy = draw(6)
    rho = np.eye(7)
    rho[0, 6] = rho[6, 0] = 1 - 1e-6
    twice = [np.append(each, each[0]) for each in (bx, by, sx, sy)]
    once, told = ivw(bx, by, sx, sy, model="fixed"), ivw(*twice, model="fixed", correlation=rho)
    assert told.beta == pytest.approx(once.beta, rel=1e-5)
    assert told.se == pytest.approx(once.se, rel=1e-5)
    assert ivw(*twice, model="fixed").se < once.se


def test_one_variant_is_the_ratio() -> None:
    found = ivw([0.2], [0.05], [0.01], [0.02])
    assert (found.beta, found.se) == (pytest.approx(0.25), pytest.approx(0.1))
    assert np.isnan(found.details.q_p_value)
    second = ivw([0.2], [0.05], [0.01], [0.02], weights="second")
    assert second.se == pytest.approx(np.sqrt(0.02**2 + 0.05**2 * 0.01**2 / 0.2**2) / 0.2)


def test_models_of_the_errors() -> None:
    arrays = draw(30, mean=0.05)
    fixed, random, dispersed = (ivw(*arrays, model=model) for model in ("fixed", "random", "dispersed"))
    assert random.details.dispersion > 1
    assert random.se == dispersed.se == pytest.approx(fixed.se * random.details.dispersion)
    few = draw(3)
    assert ivw(*few).se == ivw(*few, model="fixed").se
    assert ivw(*arrays).se == random.se


@pytest.mark.slow  # coverage and size in 400 draws
def test_coverage_and_heterogeneity_where_assumptions_hold() -> None:
    runs = [ivw(*draw(25, seed)) for seed in range(400)]
    assert abs(np.mean([run.ci_low < 0.4 < run.ci_high for run in runs]) - 0.95) < 0.035
    assert abs(np.mean([run.details.q_p_value < 0.05 for run in runs]) - 0.05) < 0.035
    eggers = [egger(*draw(25, seed, mean=0.03)) for seed in range(400)]
    assert np.mean([run.ci_low < 0.4 < run.ci_high for run in eggers]) > 0.9
    assert np.mean([run.details.intercept for run in eggers]) == pytest.approx(0.03, abs=0.005)
    assert np.mean([run.ci_low < 0.4 < run.ci_high for run in [ivw(*draw(25, s, mean=0.03)) for s in range(50)]]) < 0.5


def test_ten_thousand_variants() -> None:
    arrays = draw(10_000)
    assert abs(ivw(*arrays).beta - 0.4) < 0.01
    assert abs(egger(*arrays).beta - 0.4) < 0.02
    assert abs(ivw(*arrays, penalised=True, robust=True).beta - 0.4) < 0.01


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("name", EVERY)
def test_few_variants(name: str, p: int) -> None:
    needs = (3 if "egger" in name else 1) - p + (1 if name == "ivw robust" else 0)
    arrays = draw(p)
    if needs > 0:
        with pytest.raises(ValueError, match=rf"bx must hold at least \d variants for .*. Got {p}; take another"):
            EVERY[name](*arrays)
        return
    found = EVERY[name](*arrays)
    assert found.k == p
    assert np.isfinite([found.beta, found.se, found.ci_low, found.ci_high, found.p_value]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bx": [np.nan, 1, 2]}, "bx must be finite. Got 1 values that are not"),
        ({"sx": [0, 1, 2]}, "sx must be positive. Got 0; drop these variants"),
        ({"sy": [1, 2]}, "sy must have a value for each of the 3 variants of bx. Got shape (2,)"),
        ({"model": "free"}, "model must be one of auto, fixed, random, dispersed. Got 'free'"),
        ({"weights": "third"}, "weights must be one of first, second, equal. Got 'third'"),
        ({"distribution": "f"}, "distribution must be normal or t. Got 'f'"),
        ({"correlation": np.eye(2)}, "correlation must be a symmetric 3 x 3 matrix with ones on its diagonal"),
        ({"correlation": np.ones((3, 3))}, "correlation must be positive definite"),
        ({"bx": [0, 0, 0]}, "bx must vary for this method"),
        ({"robust": True, "correlation": np.eye(3)}, "correlation must not be given with penalised or robust"),
        ({"bx": [0, 1, 2], "penalised": True}, "bx must not be zero for penalised weights"),
        (
            {"by": [0, 0, 0], "weights": "equal"},
            "by must leave residuals, which give the standard errors. Got a perfect fit on bx",
        ),
        (
            {"by": [0.2, 0.4, 0.6], "robust": True},
            "by must leave residuals for more than half of the variants, which give the scale",
        ),
        ({"bx": [0, 1, 2], "weights": "second"}, "bx must not be zero for second-order weights"),
    ],
)
def test_input_that_cannot_be(change: dict[str, Any], message: str) -> None:
    arrays: dict[str, Any] = {"bx": [0.1, 0.2, 0.3], "by": [1, 2, 3], "sx": [1, 1, 1], "sy": [1, 1, 1]}
    with pytest.raises(ValueError, match=re.escape(message)):
        ivw(**arrays | change)


def test_what_egger_needs() -> None:
    with pytest.raises(ValueError, match="bx must hold at least 3 variants for this method. Got 2; take another"):
        egger([1, 2], [1, 2], [1, 1], [1, 1])
    with pytest.raises(ValueError, match="bx must vary for this method. Got effects on the exposure that are all"):
        egger([1, 1, 1], [1, 2, 3], [1, 1, 1], [1, 1, 1])
    with pytest.raises(ValueError, match="correlation must not be given with penalised or robust"):
        egger([1, 2, 4], [1, 2, 3], [1, 1, 1], [1, 1, 1], robust=True, correlation=np.eye(3))
    with pytest.raises(ValueError, match="distribution must be normal or t. Got 'f'"):
        egger([1, 2, 3], [1, 2, 3], [1, 1, 1], [1, 1, 1], distribution="f")

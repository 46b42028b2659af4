"""Theorems on multivariable two-sample MR."""

import re
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from latentmr.two_sample.methods import egger as egger_of_one
from latentmr.two_sample.methods import ivw as ivw_of_one
from latentmr.two_sample.methods import median as median_of_one
from latentmr.two_sample.methods import multivariable as mv
from latentmr.two_sample.methods.least_absolute import least_absolute, least_absolute_near
from latentmr.two_sample.methods.least_q import least_q
from latentmr.two_sample.methods.multivariable.gmm import overdispersion_at
from latentmr.two_sample.methods.weak_instruments import anderson_rubin

EFFECTS = np.array([0.4, -0.2, 0.1])


def draw(p: int, m: int = 2, seed: int = 0, *, invalid: float = 0.0, noise: float = 1.0) -> list[np.ndarray]:
    """Effects of p variants on m exposures and the outcome, a share of the variants with effects of their own."""
    rng = np.random.default_rng(seed)
    SX, sy = rng.uniform(0.005, 0.01, (p, m)), rng.uniform(0.01, 0.02, p)
    truth = 0.1 * rng.normal(size=(p, m))
    own = np.where(np.arange(p) < invalid * p, 0.3, 0.0)
    by = truth @ EFFECTS[:m] + own + noise * sy * rng.normal(size=p)
    return [truth + noise * SX * rng.normal(size=(p, m)), by, SX, sy]


def gmm(*arrays: Any, **options: Any) -> Any:
    people = 20_000 if len(arrays[1]) < 1000 else 10**9
    return mv.gmm(*arrays, samples=(people, people), **options)


def cml(*arrays: Any, **options: Any) -> Any:
    return mv.cml(*arrays, people=20_000, **options)


METHODS = {
    "ivw": mv.ivw,
    "robust": mv.robust_ivw,
    "egger": mv.egger,
    "median": mv.median,
    "lasso": mv.lasso,
    "measurement error": mv.ivw_measurement_error,
    "gmm": gmm,
    "q": mv.q_minimisation,
    "cml": cml,
    "multiple": mv.multiple,
    "residual": mv.residual,
}
#: Their errors are drawn for the variants in their order, as they are.
DRAWN = {"median"}


def numbers(found: Any, name: str) -> np.ndarray:
    return np.array([[each.beta] if name in DRAWN else [each.beta, each.se, each.p_value] for each in found])


@pytest.mark.parametrize("name", METHODS)
def test_the_counted_allele_the_order_and_the_units_do_not_matter(name: str) -> None:
    method, (BX, by, SX, sy) = METHODS[name], draw(20)
    expected = numbers(method(BX, by, SX, sy), name)
    rng = np.random.default_rng(1)
    sign, order = rng.choice([-1.0, 1.0], 20), rng.permutation(20)
    flipped = method(sign[:, None] * BX, sign * by, SX, sy)
    np.testing.assert_allclose(numbers(flipped, name), expected, rtol=1e-6)
    np.testing.assert_allclose(numbers(method(BX[order], by[order], SX[order], sy[order]), name), expected, rtol=1e-6)
    assert (numbers(method(BX, by, SX, sy), name) == expected).all()
    if name != "gmm":  # whose traits are standardised
        scaled = numbers(method(BX * [10, 1], 3 * by, SX * [10, 1], 3 * sy), name)
        np.testing.assert_allclose(scaled[:, 0], expected[:, 0] * [0.3, 3], rtol=1e-6)
        if name not in DRAWN:
            np.testing.assert_allclose(scaled[:, 1], expected[:, 1] * [0.3, 3], rtol=1e-6)
            np.testing.assert_allclose(scaled[:, 2], expected[:, 2], rtol=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_exposures_may_come_in_any_order(name: str) -> None:
    BX, by, SX, sy = draw(20, 3)
    found = METHODS[name](BX, by, SX, sy, names="abc")
    options = {"orient": 2} if name in ("egger", "lasso") else {}
    turned = METHODS[name](BX[:, [1, 2, 0]], by, SX[:, [1, 2, 0]], sy, names="bca", **options)
    assert [each.exposure for each in turned] == ["b", "c", "a"]
    np.testing.assert_allclose(
        [turned[2].beta, turned[0].beta, turned[1].beta], [each.beta for each in found], rtol=1e-5
    )


@pytest.mark.parametrize("name", METHODS)
def test_effects_without_error_are_found(name: str) -> None:
    BX, by, SX, sy = draw(12, noise=0.0)
    by = by + 1e-6 * sy * np.random.default_rng(0).normal(size=12)
    found = METHODS[name](BX, by, SX, sy)
    # its effects are drawn to zero where exposures share variants
    expected = EFFECTS[:2] if name != "residual" else [each.beta for each in found]
    assert [each.beta for each in found] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", METHODS)
def test_few_variants_and_many(name: str) -> None:
    fewest = {"egger": 4, "robust": 6}.get(name, 3)
    found = METHODS[name](*draw(fewest))
    assert np.isfinite(numbers(found, "")).all()
    with pytest.raises(ValueError, match="for 2 exposures. Got 2; leave exposures out"):
        METHODS[name](*draw(2))
    options = {"median": {"draws": 20}, "cml": {"most_invalid": 200}}.get(name, {})
    many = METHODS[name](*draw(10_000), **options)
    assert np.isfinite([[each.beta, each.se, each.ci_low, each.ci_high, each.p_value] for each in many]).all()
    if name != "residual":
        assert [each.beta for each in many] == pytest.approx(EFFECTS[:2], abs=0.02)


@pytest.mark.parametrize("name", ["robust", "median", "lasso", "cml"])
def test_invalid_variants_are_withstood(name: str) -> None:
    arrays = draw(40, invalid=0.2)
    found = METHODS[name](*arrays)
    assert [each.beta for each in found] == pytest.approx(EFFECTS[:2], abs=0.05)
    assert np.abs(np.array([each.beta for each in mv.ivw(*arrays)]) - EFFECTS[:2]).max() > 0.06
    if name in ("lasso", "cml"):
        assert not found[0].details.valid[:8].any()
        assert found[0].details.valid[8:].mean() > 0.8


def test_one_exposure_is_the_method_of_one() -> None:
    BX, by, SX, sy = draw(15, 1)
    bx, sx = BX[:, 0], SX[:, 0]
    for model in ("fixed", "random", "dispersed"):
        ours, one = mv.ivw(BX, by, SX, sy, model=model)[0], ivw_of_one(bx, by, sx, sy, model=model)
        np.testing.assert_allclose([ours.beta, ours.se, ours.p_value], [one.beta, one.se, one.p_value], rtol=1e-9)
    ours, one = mv.egger(BX, by, SX, sy, distribution="t")[0], egger_of_one(bx, by, sx, sy)
    np.testing.assert_allclose([ours.beta, ours.se], [one.beta, one.se], rtol=1e-9)
    assert ours.details.intercept_p_value == pytest.approx(one.details.intercept_p_value)
    strong = mv.conditional_f(BX, SX)
    assert strong == pytest.approx(np.mean((bx / sx) ** 2))
    least = mv.q_minimisation(BX, by, SX, sy, overdispersion=0.0)[0]
    assert least.beta == pytest.approx(anderson_rubin(bx, by, sx, sy).beta, rel=1e-9)
    # the ratio with the middle of the weight, between those of its neighbours
    ratios = np.sort(by / bx)
    middle = median_of_one(bx, by, sx, sy, weighting="weighted", weights="first", draws=2).beta
    ours = mv.median(BX, by, SX, sy, draws=2)[0]
    assert np.abs(ours.beta - middle) <= np.diff(ratios).max()


def test_special_cases_of_ivw() -> None:
    arrays = draw(15)
    first = np.array([[each.beta, each.se] for each in mv.multiple(*arrays)])
    second = np.array([[each.beta, each.se] for each in mv.ivw(*arrays, model="dispersed")])
    np.testing.assert_allclose(first, second, rtol=1e-10)
    rho = np.eye(15)
    np.testing.assert_allclose(numbers(mv.ivw(*arrays, correlation=rho), ""), numbers(mv.ivw(*arrays), ""), rtol=1e-9)
    np.testing.assert_allclose(
        numbers(mv.egger(*arrays, correlation=rho), ""), numbers(mv.egger(*arrays), ""), rtol=1e-9
    )
    BX, by, SX, sy = arrays
    exact = mv.ivw_measurement_error(BX, by, 1e-6 * SX, sy)
    assert [each.beta for each in exact] == pytest.approx([each.beta for each in mv.ivw(*arrays)], rel=1e-6)
    all_kept = mv.lasso(*arrays, penalty=1e3)
    np.testing.assert_allclose(numbers(all_kept, ""), numbers(mv.ivw(*arrays), ""), rtol=1e-9)
    none_invalid = cml(*arrays, most_invalid=0)
    assert [each.beta for each in none_invalid] == pytest.approx(
        [each.beta for each in mv.q_minimisation(*arrays, overdispersion=0.0)], rel=1e-9
    )
    many = mv.gmm(BX, by, SX, sy, samples=(2e9, 2e9), robust=False)
    assert [each.beta for each in many] == pytest.approx([each.beta for each in none_invalid], rel=1e-5)


def test_correlated_variants_that_are_there_twice_count_once() -> None:
    arrays = draw(6)
    twice = [np.concatenate([each, each[:1]]) for each in arrays]
    rho = np.eye(7)
    rho[0, 6] = rho[6, 0] = 1 - 1e-6
    once, told = mv.ivw(*arrays, model="fixed"), mv.ivw(*twice, model="fixed", correlation=rho)
    np.testing.assert_allclose(numbers(told, ""), numbers(once, ""), rtol=1e-4)


def test_overdispersion_balances_q() -> None:
    BX, by, SX, sy = draw(30, invalid=0.3)
    found = mv.q_minimisation(BX, by, SX, sy)
    assert found[0].details.overdispersion > 0
    V = np.einsum("pj,jl->pjl", SX**2, np.eye(2))
    fit = least_q(BX, by, V, sy**2 + found[0].details.overdispersion)
    assert fit.q_statistic == pytest.approx(28, rel=1e-9)
    step = 1e-6
    for j in range(2):
        ahead = np.array([[e] for e in fit.beta + step * np.eye(2)[j]])[:, 0]
        v = sy**2 + found[0].details.overdispersion + SX**2 @ ahead**2
        assert ((by - BX @ ahead) ** 2 / v).sum() >= fit.q_statistic
    squares, variances = np.array([4.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0])
    added = overdispersion_at(squares, variances, 2)
    assert (squares / (variances + added)).sum() == pytest.approx(2)
    assert gmm(BX, by, SX, sy)[0].details.q_statistic < gmm(BX, by, SX, sy, robust=False)[0].details.q_statistic


def test_strength_given_the_others() -> None:
    BX, _, SX, _ = draw(40)
    apart = mv.conditional_f(BX, SX)
    alike = np.column_stack([BX[:, 0], BX[:, 0] + 0.1 * BX[:, 1]])
    assert (mv.conditional_f(alike, SX) < apart / 5).all()
    exact = mv.conditional_f(BX, SX, samples=1e9)
    assert exact == pytest.approx(apart * (SX**2).mean() / (SX**2).mean(), rel=0.3)
    noise = np.random.default_rng(0).normal(size=(2000, 2))
    weak = mv.conditional_f(np.column_stack([noise[:, 0], noise[:, 0] + noise[:, 1]]), np.ones((2000, 2)) * [1, 2**0.5],
                            exposure_correlation=[[1, 0.5**0.5], [0.5**0.5, 1]])  # fmt: skip
    assert weak == pytest.approx([1, 1], abs=0.15)


def test_size_of_the_test_of_pleiotropy() -> None:
    p_values = [mv.heterogeneity(*draw(20, seed=seed)).p_value for seed in range(300)]
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.035)
    assert mv.heterogeneity(*draw(20, invalid=0.3)).p_value < 1e-6


@pytest.mark.slow  # coverage in 150 draws for each method
def test_coverage_where_assumptions_hold() -> None:
    for name in ("ivw", "measurement error", "gmm"):
        runs = [METHODS[name](*draw(30, seed=seed)) for seed in range(150)]
        assert np.mean([run[0].ci_low < 0.4 < run[0].ci_high for run in runs]) > 0.88, name
    runs = [mv.median(*draw(30, seed=seed), draws=200) for seed in range(60)]
    assert np.mean([run[0].ci_low < 0.4 < run[0].ci_high for run in runs]) > 0.9


def test_least_absolute_deviations_are_exact() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6, 25, 3)), rng.standard_cauchy((6, 25))
    y[5] = X[5] @ [1.0, 2.0, 3.0]
    found = least_absolute(X, y)
    for k in range(5):
        sides = np.hstack([X[k], np.eye(25), -np.eye(25)])
        bounds = [(None, None)] * 3 + [(0, None)] * 50
        exact = linprog(np.r_[np.zeros(3), np.ones(50)], A_eq=sides, b_eq=y[k], bounds=bounds)
        assert np.abs(y[k] - X[k] @ found[k]).sum() == pytest.approx(exact.fun, rel=1e-10)
    assert found[5] == pytest.approx([1, 2, 3])
    X = rng.normal(size=(3, 4000, 2))
    y = X @ [0.5, 0.2] + rng.standard_cauchy((3, 4000))
    expected = least_absolute(X, y)
    # near and far from the solutions
    for pilot in ([0.5, 0.2], [3.0, -2.0]):
        np.testing.assert_allclose(least_absolute_near(X, y, np.array(pilot)), expected, rtol=1e-8)


def test_the_bootstrap_does_not_depend_on_the_number_of_draws_at_once() -> None:
    arrays = draw(30)
    assert mv.median(*arrays, seed=1)[0].se == mv.median(*arrays, seed=1)[0].se
    assert mv.median(*arrays, seed=1)[0].se != mv.median(*arrays, seed=2)[0].se


GOOD: dict[str, Any] = dict(zip(("BX", "by", "SX", "sy"), draw(8), strict=True))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"BX": np.ones(8)}, "BX must have a row for each variant and a column for each exposure. Got shape (8,)"),
        ({"by": np.ones(7)}, "by must have shape (8,), as BX has 8 variants. Got shape (7,)"),
        ({"SX": np.ones((8, 3))}, "SX must have shape (8, 2), as BX has 8 variants. Got shape (8, 3)"),
        ({"by": np.full(8, np.nan)}, "by must be finite. Got 8 values that are not"),
        ({"SX": np.zeros((8, 2))}, "SX must be positive. Got 0; drop these variants"),
        ({"BX": np.ones((8, 2))}, "BX must have columns that are not collinear. Got collinear"),
        ({"BX": np.zeros((8, 2))}, "BX must have columns that are not collinear"),
        ({"names": ["a"]}, "names must name each of the 2 exposures once. Got ['a']"),
        ({"names": ["a", "a"]}, "names must name each of the 2 exposures once. Got ['a', 'a']"),
        ({"correlation": np.eye(3)}, "correlation must be a symmetric 8 x 8 matrix with ones on its diagonal"),
        (
            {"correlation": np.ones((8, 8))},
            "correlation must be positive definite. Got a matrix that is not; leave one v",
        ),
        ({"model": "free"}, "model must be one of auto, fixed, random, dispersed. Got 'free'"),
        ({"distribution": "f"}, "distribution must be normal or t. Got 'f'"),
    ],
)
def test_input_that_cannot_be(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        mv.ivw(**GOOD | change)


@pytest.mark.parametrize(
    ("method", "options", "message"),
    [
        (mv.robust_ivw, {"model": "free"}, "model must be one of auto, fixed, random. Got 'free'"),
        (mv.robust_ivw, {"distribution": "f"}, "distribution must be normal or t. Got 'f'"),
        (mv.egger, {"orient": 2}, "orient must be the position of an exposure, 0 to 1. Got 2"),
        (mv.egger, {"distribution": "f"}, "distribution must be normal or t. Got 'f'"),
        (mv.lasso, {"orient": -1}, "orient must be the position of an exposure, 0 to 1. Got -1"),
        (mv.lasso, {"distribution": "f"}, "distribution must be normal or t. Got 'f'"),
        (mv.lasso, {"penalty": 0.0}, "penalty must be positive. Got 0; leave it out for the stopping rule"),
        (mv.lasso, {"penalty": 1e-9}, "penalty must keep more variants than there are exposures. Got 1e-09, which"),
        (mv.median, {"draws": 1}, "draws must be at least 2. Got 1; 1000 is usual"),
        (mv.ivw_measurement_error, {"model": "free"}, "model must be one of auto, fixed, random. Got 'free'"),
        (mv.ivw_measurement_error, {"distribution": "f"}, "distribution must be normal or t. Got 'f'"),
        (
            mv.ivw_measurement_error,
            {"exposure_correlation": [[1, 2], [2, 1]]},
            "exposure_correlation must be positive definite. Got a matrix that is not; leave one exposure out",
        ),
        (mv.q_minimisation, {"overdispersion": -1.0}, "overdispersion must be a variance, 0 or more. Got -1"),
        (mv.cml, {"people": 0.0}, "people must be the sample size of the smallest study. Got 0"),
        (mv.cml, {"people": 1e4, "most_invalid": 6}, "most_invalid must lie between 0 and 5 (p - m - 1). Got 6"),
        (mv.gmm, {"samples": ([1e4, 1e4, 1e4], 1e4)}, "samples must be one number for the exposures, or 2. Got shape"),
        (
            mv.gmm,
            {"samples": (4, 1e4)},
            "samples must be sample sizes above the number of variants, 8. Got 4; check the sample sizes",
        ),
        (mv.gmm, {"samples": (20, 1e4)}, "samples must be the sample sizes of effects on standardised traits"),
        (
            mv.multiple,
            {"threshold": 1e-300, "instrument_specific": True},
            "threshold must leave exposure 1 more than 2",
        ),
        (
            mv.residual,
            {"p_values": np.ones(8)},
            "p_values must lie in [0, 1] in the shape (8, 2) of BX. Got shape (8,)",
        ),
        (mv.heterogeneity, {"lost": 8}, "lost must be below the number of variants, 8. Got 8; leave it out"),
    ],
)
def test_options_that_cannot_be(method: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        method(**GOOD, **options)


def test_a_divisor_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="divisor must be df or variants. Got 'p'"):
        mv.conditional_f(GOOD["BX"], GOOD["SX"], divisor="p")


@pytest.mark.parametrize("method", [mv.multiple, mv.residual])
def test_errors_without_residuals_are_those_of_the_associations(method: Any) -> None:
    BX, _, SX, sy = draw(5)
    found, fixed = method(BX, np.zeros(5), SX, sy), mv.ivw(BX, np.zeros(5), SX, sy, model="fixed")
    assert [each.details.dispersed_se for each in found] == [0.0, 0.0]
    if method is mv.multiple:
        assert [each.se for each in found] == pytest.approx([each.se for each in fixed])
    assert all(0 < each.se < 10 * other.se for each, other in zip(found, fixed, strict=True))


def test_exposures_that_are_not_predicted() -> None:
    # the variant that is informative on the outcome is not informative on the exposures, and the others hardly are
    BX, by = [[1e-3, 0], [0, 1e-3], [0, 0]], [0, 0, 10]
    with pytest.raises(ValueError, match="BX must predict the exposures given each other for this method"):
        mv.q_minimisation(BX, by, np.ones((3, 2)), np.ones(3))

"""Theorems on every robust two-sample method."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from latentmr.results.objects import Estimate
from latentmr.two_sample.methods import ivw
from latentmr.two_sample.methods.cml import cml
from latentmr.two_sample.methods.contamination_mixture import contamination_mixture
from latentmr.two_sample.methods.divw import divw
from latentmr.two_sample.methods.lasso import lasso
from latentmr.two_sample.methods.pivw import pivw
from latentmr.two_sample.methods.presso import presso, presso_several
from latentmr.two_sample.methods.radial import radial_egger, radial_ivw
from latentmr.two_sample.methods.raps import raps
from latentmr.two_sample.methods.raps_shrinkage import NormalMixture, normal_mixture, raps_shrinkage

Method = Callable[..., Estimate]


def with_options(method: Method, **options: Any) -> Method:
    return lambda *effects, **more: method(*effects, **options, **more)


METHODS: dict[str, Method] = {
    "raps": raps,
    "raps l2": with_options(raps, loss="l2", overdispersion=False),
    "raps tukey": with_options(raps, loss="tukey"),
    "raps shrinkage": raps_shrinkage,
    "presso": with_options(presso, draws=200),
    "contamination mixture": contamination_mixture,
    "lasso": lasso,
    "cml": with_options(cml, sample_size=20_000, perturbations=0),
    "cml-dp": with_options(cml, sample_size=20_000, perturbations=20),
    "divw": divw,
    "pivw": pivw,
    "radial ivw": with_options(radial_ivw, draws=50),
    "radial ivw, first": with_options(radial_ivw, draws=0, weights="first"),
    "radial egger": radial_egger,
    "radial egger, second": with_options(radial_egger, weights="second"),
}
#: Fewest variants.
FEWEST = {"presso": 4, "lasso": 3, "cml": 2, "cml-dp": 2, "radial egger": 3, "radial egger, second": 3}
#: What is drawn, so that the order of variants changes it.
DRAWN = re.compile("p_value_mc_se|global_p_value|distortion_p_value|exact_random_se|fit_p_value")


def draw(p: int, seed: int = 0, *, beta: float = 0.4, invalid: int = 0) -> list[np.ndarray]:
    """Effects of p variants, the first of which have pleiotropic effects."""
    rng = np.random.default_rng(seed)
    sx, sy = rng.uniform(0.005, 0.01, p), rng.uniform(0.01, 0.02, p)
    gamma = rng.uniform(0.05, 0.2, p)
    pleiotropy = np.where(np.arange(p) < invalid, 0.15, 0.0)
    return [gamma + sx * rng.normal(size=p), pleiotropy + beta * gamma + sy * rng.normal(size=p), sx, sy]


def numbers(found: Estimate, drawn: bool = True) -> list[float]:
    extra = [value for name, value in found.details.numbers().items() if drawn or not DRAWN.search(name)]
    ends = [end for piece in found.ci.intervals for end in piece] if found.ci else []
    return [found.beta, found.se, found.ci_low, found.ci_high, found.p_value, *extra, *ends]


@pytest.mark.parametrize("name", METHODS)
def test_the_counted_allele_does_not_matter(name: str) -> None:
    bx, by, sx, sy = draw(20, invalid=2)
    expected = numbers(METHODS[name](bx, by, sx, sy))
    sign = np.random.default_rng(1).choice([-1, 1], 20)
    np.testing.assert_allclose(numbers(METHODS[name](sign * bx, sign * by, sx, sy)), expected, rtol=1e-6)


@pytest.mark.parametrize("name", [name for name in METHODS if name != "cml-dp"])
def test_the_order_does_not_matter(name: str) -> None:
    bx, by, sx, sy = draw(20, invalid=2)
    order = np.random.default_rng(1).permutation(20)
    found, moved = METHODS[name](bx, by, sx, sy), METHODS[name](bx[order], by[order], sx[order], sy[order])
    np.testing.assert_allclose(numbers(moved, drawn=False), numbers(found, drawn=False), rtol=1e-6)
    for each, values in found.details.arrays().items():
        if "p_value" not in each or name.startswith("radial"):
            np.testing.assert_allclose(
                np.asarray(getattr(moved.details, each), float), np.asarray(values[order], float), rtol=1e-6
            )


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(("of_exposure", "of_outcome"), [(10.0, 1.0), (1.0, 0.01)])
def test_units_scale_the_effect(name: str, of_exposure: float, of_outcome: float) -> None:
    bx, by, sx, sy = draw(20, invalid=2)
    found = METHODS[name](bx, by, sx, sy)
    scaled = METHODS[name](of_exposure * bx, of_outcome * by, of_exposure * sx, of_outcome * sy)
    factor = of_outcome / of_exposure
    expected = [factor * each for each in (found.beta, found.se, found.ci_low, found.ci_high)]
    # the ascent of cml ends where the effect moves by less than a step that has the units of the effect
    rtol = 1e-4 if name.startswith("cml") else 1e-6
    np.testing.assert_allclose([scaled.beta, scaled.se, scaled.ci_low, scaled.ci_high], expected, rtol=rtol)
    assert scaled.p_value == pytest.approx(found.p_value, rel=1e-2)


@pytest.mark.parametrize("name", METHODS)
def test_the_same_answer_twice(name: str) -> None:
    effects = draw(12, invalid=1)
    first, second = METHODS[name](*effects), METHODS[name](*effects)
    assert numbers(first) == numbers(second)
    assert first.details.arrays().keys() == second.details.arrays().keys()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("p", [1, 2, 3, 4])
def test_few_variants(name: str, p: int) -> None:
    effects = draw(p, seed=4)
    if p < FEWEST.get(name, 1):
        with pytest.raises(
            ValueError, match=r"bx must hold at least \d variants for this method. Got \d; take another"
        ):
            METHODS[name](*effects)
    elif name == "contamination mixture" and p == 1:
        with pytest.raises(ValueError, match="spread must be given if all ratios are equal or there is only one"):
            METHODS[name](*effects)
        assert np.isfinite(numbers(METHODS[name](*effects, spread=1.0))).all()
    else:
        found = METHODS[name](*effects)
        assert np.isfinite(numbers(found)).all()
        assert found.se > 0
        assert found.ci_low < found.beta < found.ci_high


@pytest.mark.parametrize("name", METHODS)
def test_effects_on_the_exposure_that_are_alike(name: str) -> None:
    rng = np.random.default_rng(0)
    bx, sx, sy = np.full(6, 0.1), np.full(6, 0.01), np.full(6, 0.02)
    by = 0.4 * bx + sy * rng.normal(size=6)
    if name == "radial egger":
        with pytest.raises(ValueError, match="bx must vary for this method"):
            METHODS[name](bx, by, sx, sy)
    else:
        assert np.isfinite(numbers(METHODS[name](bx, by, sx, sy))).all()


@pytest.mark.parametrize("name", METHODS)
def test_ratios_that_are_all_alike(name: str) -> None:
    bx = np.linspace(0.1, 0.2, 6)
    effects = bx, 0.5 * bx, np.full(6, 0.01), np.full(6, 0.02)
    if name == "contamination mixture":
        found = METHODS[name](*effects, spread=0.3)
    else:
        found = METHODS[name](*effects)
    assert np.isfinite(numbers(found)).all()
    # the debiased denominators are smaller than that of IVW
    assert found.beta == pytest.approx(0.5, rel=0.02)


@pytest.mark.parametrize("name", [name for name in METHODS if name not in ("cml-dp", "raps tukey", "raps l2")])
def test_ten_thousand_variants(name: str) -> None:
    found = METHODS[name](*draw(10_000))
    assert np.isfinite(numbers(found)).all()
    assert abs(found.beta - 0.4) < 0.02


@pytest.mark.parametrize("name", METHODS)
def test_input_that_cannot_be_effects(name: str) -> None:
    bx, by, sx, sy = draw(6)
    for wrong, message in (
        ((bx, by[:-1], sx, sy), "by must have a value for each of the 6 variants of bx"),
        ((bx, by, 0 * sx, sy), "sx must be positive. Got 0"),
        ((bx, by * np.nan, sx, sy), "by must be finite. Got 6 values"),
    ):
        with pytest.raises(ValueError, match=message):
            METHODS[name](*wrong)


@pytest.mark.parametrize("name", ["lasso", "presso", "cml", "contamination mixture", "raps tukey", "radial ivw, first"])
def test_few_pleiotropic_variants_are_detected(name: str) -> None:
    effects = draw(30, seed=2, invalid=3)
    # with 30 variants, the outlier test needs 600 draws
    found = presso(*effects) if name == "presso" else METHODS[name](*effects)
    told = getattr(found.details, "outlier", ~getattr(found.details, "valid", np.zeros(30) > 0))
    if name == "raps tukey":
        told = np.abs(found.details.residual) > 4
    assert told[:3].all()
    if not name.startswith("radial"):
        plain = ivw(*effects).beta
        assert abs(found.beta - 0.4) < 0.06 < abs(plain - 0.4)


def test_small_errors_of_the_exposure_make_them_inverse_variance_weighting() -> None:
    bx, by, sx, sy = draw(20, seed=3)
    tiny = 1e-6 * sx
    fixed, dispersed = ivw(bx, by, tiny, sy, model="fixed"), ivw(bx, by, tiny, sy, model="dispersed")
    for name in ("raps l2", "divw", "pivw"):
        options = {"overdispersion": False} if name != "raps l2" else {}
        found = METHODS[name](bx, by, tiny, sy, **options)
        np.testing.assert_allclose([found.beta, found.se], [fixed.beta, fixed.se], rtol=1e-4)
    found = radial_ivw(bx, by, tiny, sy, draws=0)
    assert [found.beta, found.se] == pytest.approx([dispersed.beta, dispersed.se])
    assert found.details.exact_fixed == pytest.approx(fixed.beta)
    found = cml(bx, by, tiny, sy, sample_size=10**9, perturbations=0, most_invalid=0)
    np.testing.assert_allclose([found.beta, found.se], [fixed.beta, fixed.se], rtol=1e-4)


def test_without_pleiotropy_nothing_is_left_out() -> None:
    effects = draw(30, seed=5)
    plain = ivw(*effects, model="random")
    found = lasso(*effects, penalty=1e3)
    assert found.details.valid.all()
    assert [found.beta, found.se] == pytest.approx([plain.beta, plain.se])
    found = presso(*effects, draws=500)
    assert not found.details.outlier.any()
    assert found.beta == pytest.approx(plain.beta)
    assert found.details.global_p_value > 0.05
    assert "distortion" not in found.details.numbers()
    assert pivw(*effects, penalty=0.0).beta == pytest.approx(divw(*effects).beta)


def test_maximum_likelihood_is_the_least_of_the_exact_q() -> None:
    effects = draw(25, seed=6)
    found = raps(*effects, loss="l2", overdispersion=False)
    assert found.beta == pytest.approx(radial_ivw(*effects, draws=0).details.exact_fixed, rel=1e-9)
    shrunk = raps_shrinkage(*effects, loss="l2", overdispersion=False, shrinkage=False)
    assert shrunk.beta == pytest.approx(found.beta, rel=1e-9)
    wide = raps_shrinkage(*effects, loss="l2", overdispersion=False, prior=NormalMixture((0.5, 0.5), (1e5, 1e5)))
    assert wide.beta == pytest.approx(found.beta, rel=1e-6)


def test_an_exact_effect_beyond_two_is_found() -> None:
    bx, by, sx, sy = draw(25, seed=6, beta=7.0)
    assert radial_ivw(bx, by, sx, sy, draws=0).details.exact_fixed == pytest.approx(7.0, abs=1.0)


@pytest.mark.parametrize("name", ["raps", "raps shrinkage", "divw", "pivw"])
def test_weak_variants_do_not_bias_towards_zero(name: str) -> None:
    rng = np.random.default_rng(7)
    found, leaning = [], []
    for _ in range(10):
        gamma, sx, sy = rng.normal(0, 0.015, 300), np.full(300, 0.01), np.full(300, 0.01)
        effects = gamma + sx * rng.normal(size=300), 0.4 * gamma + sy * rng.normal(size=300), sx, sy
        found.append(METHODS[name](*effects).beta)
        leaning.append(ivw(*effects).beta)
    assert abs(np.mean(found) - 0.4) < 4 * np.std(found) / np.sqrt(10)
    assert np.mean(leaning) < 0.32


def test_the_set_of_the_mixture_is_that_of_its_test() -> None:
    bx, by, sx, sy = draw(12, seed=8, invalid=5)
    found = contamination_mixture(bx, by, sx, sy, limits="none")
    for beta in np.linspace(-2, 3, 101):
        # an effect is no effect on what is left of the outcome: but what invalid variants are is about zero
        ratio, error, psi = by / bx, np.abs(sy / bx), found.details.spread
        total = np.sqrt(psi**2 + error**2)

        def height(at: float, parts: tuple[np.ndarray, ...] = (ratio, error, total)) -> float:
            inside = stats.norm.logpdf(parts[0], at, parts[1])
            return float(np.maximum(inside, stats.norm.logpdf(parts[0], 0, parts[2])).sum())

        accepted = 2 * (height(found.beta) - height(beta)) <= stats.chi2.isf(0.05, 1) * found.details.dispersion**2
        assert (beta in found.ci) == accepted
    assert (0.0 in found.ci) == (found.p_value > 0.05)


def test_the_mixture_of_normals_has_the_highest_likelihood() -> None:
    rng = np.random.default_rng(9)
    z = np.concatenate([rng.normal(0, 1.5, 700), rng.normal(0, 6, 200)])
    fitted = normal_mixture(z)

    def height(share: float, narrow: float, wide: float) -> float:
        densities = (1 - share) * stats.norm.pdf(z, scale=np.hypot(narrow, 1))
        return float(np.log(densities + share * stats.norm.pdf(z, scale=np.hypot(wide, 1))).sum())

    best = fitted.share[1], *fitted.sd
    for factor in (0.98, 1.02):
        for i in range(3):
            moved = [value * (factor if i == j else 1.0) for j, value in enumerate(best)]
            assert height(*moved) < height(*best)
    mean, slope = fitted.posterior(np.array([0.5, 4.0]), np.ones(2))
    near = fitted.posterior(np.array([0.5, 4.0]) + 1e-6, np.ones(2))[0]
    np.testing.assert_allclose((near - mean) / 1e-6, slope, rtol=1e-4)


def test_residuals_from_the_others_are_those_of_fits_without_each() -> None:
    rng = np.random.default_rng(10)
    X, S, sy = rng.normal(0.1, 0.05, (15, 2)), np.full((15, 2), 0.01), rng.uniform(0.01, 0.02, 15)
    y = X @ [0.5, -0.3] + sy * rng.normal(size=15)
    found = presso_several(X, y, S, sy, draws=300)
    squared = []
    for i in range(15):
        rest = np.arange(15) != i
        effects, *_ = np.linalg.lstsq(X[rest] / sy[rest, None], y[rest] / sy[rest], rcond=None)
        squared.append((y[i] - X[i] @ effects) ** 2)
    np.testing.assert_allclose(found[0].details.squared_residual, squared, rtol=1e-9)
    assert found[0].details.global_statistic == pytest.approx((np.array(squared) / sy**2).sum())
    assert found[0].details.outlier.tolist() == found[1].details.outlier.tolist()
    alone = presso(X[:, 0], y, S[:, 0], sy, draws=300)
    both = presso_several(X[:, :1], y, S[:, :1], sy, draws=300)
    assert numbers(alone) == pytest.approx(numbers(both[0]))


def test_the_global_test_has_its_size() -> None:
    # variants are drawn around their estimates, which are drawn around the effects: the test is conservative
    p_values = [presso(*draw(20, seed=seed), draws=200).details.global_p_value for seed in range(200)]
    assert np.mean(np.array(p_values) < 0.05) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)
    assert np.mean(p_values) > 0.4


def test_monte_carlo_errors_are_binomial() -> None:
    effects = draw(20, seed=11)
    runs = [presso(*effects, draws=100, seed=seed).details.numbers() for seed in range(60)]
    spread = np.std([run["global_p_value"] for run in runs], ddof=1)
    assert spread == pytest.approx(np.mean([run["global_p_value_mc_se"] for run in runs]), rel=0.4)
    few, many = (presso(*draw(20, invalid=5), draws=draws).details.global_p_value for draws in (99, 999))
    assert (few, many) == (0.01, 0.001)
    assert presso(*draw(20, invalid=5), draws=99, p_values="share").details.global_p_value == 0


def test_given_outliers_are_removed() -> None:
    bx, by, sx, sy = draw(12, invalid=2)
    found = presso(bx, by, sx, sy, draws=50, outliers=[0, 1])
    rest, dispersed = (ivw(bx[2:], by[2:], sx[2:], sy[2:], model=model) for model in ("random", "dispersed"))
    assert [found.beta, found.se] == pytest.approx([rest.beta, rest.se])
    assert found.details.dispersed_se == pytest.approx(dispersed.se)
    assert found.k == 10
    assert found.details.n_outliers == 2


def test_perturbation_counts_the_choice() -> None:
    effects = draw(15, seed=12, invalid=4)
    plain = cml(*effects, sample_size=20_000, perturbations=0)
    drawn = cml(*effects, sample_size=20_000, perturbations=100)
    assert drawn.se > plain.se
    assert 0 <= drawn.details.fit_p_value <= 1
    assert drawn.details.valid.tolist() == plain.details.valid.tolist()


REFUSED: list[tuple[Callable[..., Any], dict[str, Any], str]] = [
    (raps, {"loss": "l1"}, r"loss must be one of l2, huber, tukey. Got 'l1'."),
    (raps, {"tuning": -1.0}, "tuning must be positive. Got -1; leave it out"),
    (presso, {"draws": 0}, "draws must be at least 1. Got 0; 1000 is usual."),
    (presso, {"outlier_alpha": 1.0}, "outlier_alpha must lie between 0 and 1. Got 1"),
    (presso, {"p_values": "mid"}, "p_values must be one of above_zero, share. Got 'mid'."),
    (presso, {"outliers": [6]}, r"outliers must be positions from 0 to 5. Got \[6\]; count the variants from zero."),
    (presso, {"outliers": [0, 1, 2, 3, 4]}, "outliers must leave more than 1 variants. Got 5 of 6"),
    (
        presso_several,
        {},
        r"bx and sx must be matrices of one shape. Got \(6,\) and \(6,\); with one exposure take presso.",
    ),
    (contamination_mixture, {"spread": 0.0}, "spread must be positive. Got 0; leave it out"),
    (
        contamination_mixture,
        {"limits": (1.0, 0.0)},
        r"limits must be ratios, none or a low and a high end. Got \(1.0, 0",
    ),
    (contamination_mixture, {"limits": "all"}, "limits must be ratios, none or a low and a high end. Got 'all'."),
    (lasso, {"distribution": "z"}, "distribution must be normal or t. Got 'z'."),
    (lasso, {"penalty": 0.0}, "penalty must be positive. Got 0; leave it out"),
    (lasso, {"penalty": 1e-6}, "penalty must leave at least two valid variants. Got [01] at 1e-06; give a larger one."),
    (cml, {"sample_size": 1}, "sample_size must be at least 2. Got 1; give that of the smaller study."),
    (cml, {"sample_size": 9, "criterion": "hqc"}, "criterion must be one of bic, aic. Got 'hqc'."),
    (cml, {"sample_size": 9, "perturbations": 1}, "perturbations must be 0 or at least 2. Got 1; 200 is usual."),
    (cml, {"sample_size": 9, "iterations": 0}, "iterations must be at least 1. Got 0; 100 is usual."),
    (cml, {"sample_size": 9, "most_invalid": 5}, "most_invalid must lie between 0 and 4. Got 5; two variants"),
    (pivw, {"penalty": -1.0}, "penalty must not be negative. Got -1; 1 is usual, 0 is divw."),
    (radial_ivw, {"weights": "third"}, "weights must be one of first, second, modified. Got 'third'."),
    (radial_ivw, {"draws": -1}, "draws must not be negative. Got -1; 1000 is usual"),
]


@pytest.mark.parametrize(("method", "options", "message"), REFUSED)
def test_options_that_cannot_be(method: Callable[..., Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        method(*draw(6), **options)


def test_uninformative_variants() -> None:
    by, se = np.linspace(-0.1, 0.1, 6), np.full(6, 0.01)
    zero, weak = np.zeros(6), np.full(6, 1e-3)
    for method, bx, message in (
        (raps, zero, "bx must be stronger than its errors. Got variants without a finite effect"),
        (raps, weak, "bx must be stronger than its errors. Got variants"),
        (raps_shrinkage, zero, "bx must be stronger than its errors"),
        (divw, weak, "bx must be stronger than its errors. Got variants that are not; take stronger ones, or raps."),
        (pivw, zero, "bx must be stronger than its errors. Got variants that are not; take stronger ones, or raps."),
        (presso, zero, "bx must have full rank. Got effects on exposures that are zero or collinear"),
        (lasso, zero, "bx must not be all zero. Got zeros only"),
        (METHODS["cml"], zero, "bx must not be all zero. Got zeros only"),
        (contamination_mixture, zero, "bx must not be zero for ratios. Got a zero; leave the variant out."),
        (radial_ivw, zero, "bx must not be zero for ratios. Got a zero; leave the variant out."),
    ):
        with pytest.raises(ValueError, match=message):
            method(bx, by, se, se)
    lever = np.array([1e8, 0.1, 0.1, 0.1])
    with pytest.raises(
        ValueError, match="bx must vary over three variants or more. Got one variant that determines the fit"
    ):
        presso(lever, lever, se[:4], se[:4])
    with pytest.raises(ValueError, match="z must be finite scores, one for each variant"):
        normal_mixture([np.nan])

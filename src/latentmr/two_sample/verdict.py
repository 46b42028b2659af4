"""Tests and verdict of two-sample estimates."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from latentmr.results.objects import ConfidenceSet, Estimate, TestResult, Verdict
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.methods.egger import Egger
from latentmr.two_sample.methods.heterogeneity import Heterogeneity
from latentmr.two_sample.methods.presso import Presso
from latentmr.two_sample.variant_tables import WithoutVariant
from latentmr.typing import Array

__all__ = ["ROUTE", "judge_two_sample", "tests_of_one", "tests_of_several"]

ROUTE = "valid instruments, as assumed"
#: Significance level of each test. It is below 5 % because several tests are made.
LEVEL = 0.01
#: Mean F below which estimates are biased towards zero, and I2_GX below which MR-Egger is.
WEAK, DILUTED = 10.0, 0.9
#: Distance of a robust method's estimate from the primary one, in standard errors, above which it is flagged.
APART = 2.0
UNSEEN = (
    "confounding of the variants with the outcome (population stratification, assortative mating, dynastic effects)"
    " cannot be assessed from summary statistics, and no pleiotropy-robust method corrects it"
)
#: Confounding of the variants as a test that cannot be made.
CONFOUNDING = TestResult("confounding", "variants are not confounded with the outcome", "not applicable", UNSEEN)
#: Tests after which the advice points to single variants.
BY_VARIANT = ("heterogeneity", "outliers", "leave-one-out")
#: Methods with other assumptions than those of the primary estimate.
OTHERS = ("egger", "weighted-median", "weighted-mode", "raps", "contamination-mixture", "cml")


def tests_of_one(
    data: SummaryData,
    effects: Mapping[str, Estimate],
    primary: Estimate,
    without: Sequence[WithoutVariant],
    direction: TestResult | None,
) -> list[TestResult]:
    """Test the assumptions of one exposure's estimate.

    Parameters
    ----------
    data : SummaryData
    effects : mapping of str to Estimate
        Effect by method.
    primary : Estimate
        The primary estimate.
    without : sequence of WithoutVariant
        The primary estimate without each variant.
    direction : TestResult, optional
        Steiger's test, if the sample sizes are known.

    Returns
    -------
    list of TestResult
    """
    tests = [_strength(data), *_heterogeneity(effects), *_agreement(effects, primary), *_influence(without)]
    if direction is not None:
        tests.append(direction)
    tests.append(CONFOUNDING)
    return tests


def tests_of_several(data: SummaryData, primary: Sequence[Estimate], strength: Array) -> list[TestResult]:
    """Test the assumptions of the effects of several exposures.

    Parameters
    ----------
    data : SummaryData
    primary : sequence of Estimate
        The primary estimates.
    strength : np.ndarray of dimension (m,)
        Conditional F of each exposure.

    Returns
    -------
    list of TestResult
    """
    each = ", ".join(f"{name} {f:.1f}" for name, f in zip(data.exposure_names, strength, strict=True))
    weak = float(strength.min()) < WEAK
    tests = [
        TestResult(
            "strength", "an exposure's associations are a combination of the others'", "warn" if weak else "pass",
            f"conditional F: {each}" + (": weak exposures are not distinguished from the others" if weak else ""),
            effect=float(strength.min()),
        ),
        *_cochran(primary[0]),
    ]  # fmt: skip
    return [*tests, CONFOUNDING]


def judge_two_sample(tests: list[TestResult], p: int, robust_set: ConfidenceSet | None) -> Verdict:
    """Judge a two-sample estimate.

    The verdict is never ``credible``, because confounding of the variants cannot be tested.

    Parameters
    ----------
    tests : list of TestResult
    p : int
        Number of variants.
    robust_set : ConfidenceSet, optional
        Weak-instrument-robust set of effects. If it is unbounded, the effect is not identified.

    Returns
    -------
    Verdict
    """
    reasons = [f"{test.name}: {test.reason}" for test in tests if test.verdict in ("fail", "warn")]
    unbounded = robust_set is not None and not robust_set.is_bounded
    if unbounded:
        reasons.insert(0, "the variants are too weakly associated with the exposure to bound its effect")
    if p == 1:
        reasons.append("one variant: its validity cannot be tested")
    advice = [
        "If genotypes of individuals from several environments are available, learn unconfounded instruments:"
        " latentmr run."
    ]
    plotted = any(test.name == "leave-one-out" for test in tests)
    if plotted and any(test.name in BY_VARIANT and test.verdict == "warn" for test in tests):
        advice.append("Inspect the variants that stand out in the radial and leave-one-out plots.")
    return Verdict("not identified" if unbounded else "caution", ROUTE, (*reasons, UNSEEN), tuple(advice))


def _strength(data: SummaryData) -> TestResult:
    squares = (data.BX / data.SX) ** 2
    null = "no variant is associated with the exposure"
    mean, lowest = float(squares.mean()), float(squares.min())
    weak = mean < WEAK
    reason = f"mean F {mean:.1f} over {data.p:,} variants, the lowest {lowest:.1f}" + (
        ": methods without a correction for weak instruments are biased towards zero (in one sample, towards the"
        " confounded association)" if weak else ""
    )  # fmt: skip
    statistic = float(squares.sum())
    p_value = float(stats.chi2.sf(statistic, data.p))
    return TestResult("strength", null, "warn" if weak else "pass", reason, statistic, f"chi2({data.p})", p_value, mean)


def _heterogeneity(effects: Mapping[str, Estimate]) -> list[TestResult]:
    tests = []
    ivw, egger, presso = (effects.get(name) for name in ("ivw", "egger", "presso"))
    if ivw is not None:
        tests += _cochran(ivw)
    if egger is not None and isinstance(egger.details, Egger):
        tests += _pleiotropy(egger.details, egger.k)
    if presso is not None and isinstance(presso.details, Presso):
        found = presso.details
        p, number, total = found.global_p_value, found.n_outliers, len(found.outlier)
        reason = "no outliers" if p >= LEVEL else f"{number} of {total:,} variants are outliers"
        tests.append(
            TestResult(
                "outliers", "no variant is pleiotropic (MR-PRESSO, global)", "pass" if p >= LEVEL else "warn",
                reason, found.global_statistic, "simulated", p, number / total,
            )
        )  # fmt: skip
    return tests


def _pleiotropy(found: Egger, variants: int) -> list[TestResult]:
    """Test for directional pleiotropy by MR-Egger, and for dilution of MR-Egger."""
    p, at, i2_gx = found.intercept_p_value, found.intercept, found.i2_gx
    found_or_not = "no evidence of directional pleiotropy" if p >= LEVEL else "directional pleiotropy"
    tests = [
        TestResult(
            "pleiotropy", "pleiotropic effects are zero on average (MR-Egger intercept)",
            "pass" if p >= LEVEL else "warn", f"{found_or_not} (intercept {at:.2g})",
            at / found.intercept_se, f"t({variants - 2})", p, at,
        )
    ]  # fmt: skip
    if i2_gx is not None:
        reason = f"I2_GX {i2_gx:.2f}" + (": MR-Egger is biased towards zero" if i2_gx < DILUTED else "")
        verdict = "pass" if i2_gx >= DILUTED else "warn"
        tests.append(TestResult("dilution", "effects on the exposure are all alike", verdict, reason, effect=i2_gx))
    return tests


def _cochran(effect: Estimate) -> list[TestResult]:
    found = effect.details
    if not isinstance(found, Heterogeneity) or found.q_p_value is None or found.q_df < 1:
        return []
    q, df, p = found.q_statistic, found.q_df, found.q_p_value
    i2 = max(0.0, (q - df) / q) if q > 0 else 0.0
    agree = p >= LEVEL
    reason = (
        "the variants' ratio estimates agree"
        if agree
        else "the variants' ratio estimates differ by more than their standard errors allow: some are pleiotropic"
    )
    null = "all variants have the same effect (Cochran's Q)"
    verdict = "pass" if agree else "warn"
    return [TestResult("heterogeneity", null, verdict, f"{reason} (I2 {i2:.2f})", q, f"chi2({df:g})", p, i2)]


def _agreement(effects: Mapping[str, Estimate], primary: Estimate) -> list[TestResult]:
    others = {name: effects[name] for name in OTHERS if name in effects and np.isfinite(effects[name].se)}
    if not others:
        return []
    apart = {name: (found.beta - primary.beta) / found.se for name, found in others.items()}
    name = max(apart, key=lambda each: abs(apart[each]))
    far = abs(apart[name]) > APART
    reason = f"of {len(others)} methods with other assumptions, {others[name].method} differs most from the estimate"
    reason += f" (by {abs(apart[name]):.1f} of its standard errors)"
    null = "methods with other assumptions agree"
    return [TestResult("methods", null, "warn" if far else "pass", reason, effect=apart[name])]


def _influence(without: Sequence[WithoutVariant]) -> list[TestResult]:
    """Test whether one variant determines the estimate of the leave-one-out table."""
    rows = [row for row in without if row.without != "none"]
    if len(rows) < 2:
        return []
    whole = next(row for row in without if row.without == "none")
    moved = (np.array([row.beta for row in rows]) - whole.beta) / whole.se
    i = int(np.argmax(np.abs(moved)))
    far = abs(moved[i]) > 1
    reason = f"leaving out {rows[i].without} changes the estimate most, by {abs(moved[i]):.2f} standard errors"
    null = "no variant alone carries the estimate"
    return [TestResult("leave-one-out", null, "warn" if far else "pass", reason, effect=float(moved[i]))]

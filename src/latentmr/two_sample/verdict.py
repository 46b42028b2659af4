"""What speaks for and against a two-sample estimate, and how far it can be believed."""

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
#: Level of the tests: many are made, so each is stricter than 5 %.
LEVEL = 0.01
#: Mean F under which estimates lean towards zero, and I2_GX under which MR-Egger does.
WEAK, DILUTED = 10.0, 0.9
#: Distances, in standard errors, of a robust method's estimate and of one without a variant, from the one to quote.
APART = 2.0
UNSEEN = (
    "whether variants are confounded with the outcome (stratification, assortative mating, dynastic effects) cannot be"
    " told from summary statistics, and no method for pleiotropy mends it"
)
#: The test that there is none of.
CONFOUNDING = TestResult("confounding", "variants are not confounded with the outcome", "not applicable", UNSEEN)
#: Tests after which single variants are worth a look.
TELLING = ("heterogeneity", "outliers", "leave-one-out")
#: Methods that rest on other assumptions than the one to quote.
OTHERS = ("egger", "weighted-median", "weighted-mode", "raps", "contamination-mixture", "cml")


def tests_of_one(
    data: SummaryData,
    effects: Mapping[str, Estimate],
    primary: Estimate,
    without: Sequence[WithoutVariant],
    direction: TestResult | None,
) -> list[TestResult]:
    """Tests of one exposure's estimate.

    Parameters
    ----------
    data : SummaryData
    effects : mapping of str to Estimate
        By method.
    primary : Estimate
        The one to quote.
    without : sequence of WithoutVariant
        The primary estimate without each variant.
    direction : TestResult, optional
        Of Steiger's test, where sizes are known.

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
    """Tests of the effects of several exposures at once.

    Parameters
    ----------
    data : SummaryData
    primary : sequence of Estimate
        The ones to quote.
    strength : np.ndarray of dimension (m,)
        Conditional F of each exposure.

    Returns
    -------
    list of TestResult
    """
    told = ", ".join(f"{name} {f:.1f}" for name, f in zip(data.exposure_names, strength, strict=True))
    weak = float(strength.min()) < WEAK
    tests = [
        TestResult(
            "strength", "an exposure's associations are a combination of the others'", "warn" if weak else "pass",
            f"conditional F: {told}" + (": weak exposures are not told apart from the others" if weak else ""),
            effect=float(strength.min()),
        ),
        *_cochran(primary[0]),
    ]  # fmt: skip
    return [*tests, CONFOUNDING]


def judge_two_sample(tests: list[TestResult], p: int, robust_set: ConfidenceSet | None) -> Verdict:
    """Judge a two-sample estimate: never ``credible``, since what matters most cannot be tested.

    Parameters
    ----------
    tests : list of TestResult
    p : int
        Variants.
    robust_set : ConfidenceSet, optional
        Of the effects that a test for weak instruments does not reject; an unbounded one is no answer.

    Returns
    -------
    Verdict
    """
    reasons = [f"{test.name}: {test.reason}" for test in tests if test.verdict in ("fail", "warn")]
    unbounded = robust_set is not None and not robust_set.is_bounded
    if unbounded:
        reasons.insert(
            0, "the variants are too weakly associated with the exposure: any effect is compatible with them"
        )
    if p == 1:
        reasons.append("one variant: nothing about its validity can be tested")
    advice = [
        "With genotypes of people from several environments, learn instruments that are not confounded: latentmr run."
    ]
    plotted = any(test.name == "leave-one-out" for test in tests)
    if plotted and any(test.name in TELLING and test.verdict == "warn" for test in tests):
        advice.append("Look at the variants that stand out in the radial and leave-one-out plots.")
    return Verdict("not identified" if unbounded else "caution", ROUTE, (*reasons, UNSEEN), tuple(advice))


def _strength(data: SummaryData) -> TestResult:
    squares = (data.BX / data.SX) ** 2
    null = "no variant is associated with the exposure"
    mean, lowest = float(squares.mean()), float(squares.min())
    weak = mean < WEAK
    reason = f"mean F {mean:.1f} over {data.p:,} variants, the lowest {lowest:.1f}" + (
        ": methods without a correction for weak instruments lean towards zero (in one sample, towards the confounded"
        " association)" if weak else ""
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
        told = "no outliers" if p >= LEVEL else f"{number} of {total:,} variants are outliers"
        tests.append(
            TestResult(
                "outliers", "no variant is pleiotropic (MR-PRESSO, global)", "pass" if p >= LEVEL else "warn",
                told, found.global_statistic, "simulated", p, number / total,
            )
        )  # fmt: skip
    return tests


def _pleiotropy(found: Egger, variants: int) -> list[TestResult]:
    """What MR-Egger tells of directional pleiotropy, and how far it can."""
    p, at, i2_gx = found.intercept_p_value, found.intercept, found.i2_gx
    told = "no sign of pleiotropy in one direction" if p >= LEVEL else "pleiotropic effects have a mean"
    tests = [
        TestResult(
            "pleiotropy", "pleiotropic effects are zero on average (MR-Egger intercept)",
            "pass" if p >= LEVEL else "warn", f"{told} (intercept {at:.2g})",
            at / found.intercept_se, f"t({variants - 2})", p, at,
        )
    ]  # fmt: skip
    if i2_gx is not None:
        told = f"I2_GX {i2_gx:.2f}" + (": MR-Egger leans towards zero" if i2_gx < DILUTED else "")
        verdict = "pass" if i2_gx >= DILUTED else "warn"
        tests.append(TestResult("dilution", "effects on the exposure are all alike", verdict, told, effect=i2_gx))
    return tests


def _cochran(effect: Estimate) -> list[TestResult]:
    found = effect.details
    if not isinstance(found, Heterogeneity) or found.q_p_value is None or found.q_df < 1:
        return []
    q, df, p = found.q_statistic, found.q_df, found.q_p_value
    i2 = max(0.0, (q - df) / q) if q > 0 else 0.0
    agree = p >= LEVEL
    told = (
        "variants agree on the effect"
        if agree
        else "variants disagree on the effect more than their errors allow: some are pleiotropic, or act by other paths"
    )
    null = "all variants have the same effect (Cochran's Q)"
    verdict = "pass" if agree else "warn"
    return [TestResult("heterogeneity", null, verdict, f"{told} (I2 {i2:.2f})", q, f"chi2({df:g})", p, i2)]


def _agreement(effects: Mapping[str, Estimate], primary: Estimate) -> list[TestResult]:
    others = {name: effects[name] for name in OTHERS if name in effects and np.isfinite(effects[name].se)}
    if not others:
        return []
    apart = {name: (found.beta - primary.beta) / found.se for name, found in others.items()}
    name = max(apart, key=lambda each: abs(apart[each]))
    far = abs(apart[name]) > APART
    told = f"of {len(others)} methods with other assumptions, {others[name].method} is farthest from the estimate"
    told += f" ({abs(apart[name]):.1f} of its standard errors)"
    null = "methods with other assumptions agree"
    return [TestResult("methods", null, "warn" if far else "pass", told, effect=apart[name])]


def _influence(without: Sequence[WithoutVariant]) -> list[TestResult]:
    """Whether one variant carries the estimate of the table, which is IVW where the one to quote has no closed form."""
    rows = [row for row in without if row.without != "none"]
    if len(rows) < 2:
        return []
    whole = next(row for row in without if row.without == "none")
    moved = (np.array([row.beta for row in rows]) - whole.beta) / whole.se
    i = int(np.argmax(np.abs(moved)))
    far = abs(moved[i]) > 1
    told = f"without {rows[i].without} the estimate moves by {abs(moved[i]):.2f} standard errors, the most"
    null = "no variant alone carries the estimate"
    return [TestResult("leave-one-out", null, "warn" if far else "pass", told, effect=float(moved[i]))]

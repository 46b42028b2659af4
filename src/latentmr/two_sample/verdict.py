"""What speaks for and against a two-sample estimate, and how far it can be believed."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from latentmr.results.objects import ConfidenceSet, TestResult, Verdict
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.methods import SummaryEffect

__all__ = ["ROUTE", "judge", "tests_of", "tests_of_several"]

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


def tests_of(
    data: SummaryData,
    effects: dict[str, SummaryEffect],
    primary: SummaryEffect,
    left_out: pd.DataFrame,
    direction: TestResult | None,
) -> list[TestResult]:
    """Tests of one exposure's estimate.

    Parameters
    ----------
    data : SummaryData
    effects : dict of str to SummaryEffect
        By method.
    primary : SummaryEffect
        The one to quote.
    left_out : pandas.DataFrame
        ``without, beta, se``: the primary estimate without each variant.
    direction : TestResult, optional
        Of Steiger's test, where sizes are known.

    Returns
    -------
    list of TestResult
    """
    tests = [_strength(data), *_heterogeneity(effects), *_agreement(effects, primary, left_out)]
    if direction is not None:
        tests.append(direction)
    tests.append(CONFOUNDING)
    return tests


def tests_of_several(
    data: SummaryData, primary: tuple[SummaryEffect, ...], strength: NDArray[np.float64]
) -> list[TestResult]:
    """Tests of the effects of several exposures at once.

    Parameters
    ----------
    data : SummaryData
    primary : tuple of SummaryEffect
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


def judge(tests: list[TestResult], p: int, robust_set: ConfidenceSet | None) -> Verdict:
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


def _heterogeneity(effects: dict[str, SummaryEffect]) -> list[TestResult]:
    tests = []
    ivw, egger, presso = (effects.get(name) for name in ("ivw", "egger", "presso"))
    if ivw is not None:
        tests += _cochran(ivw)
    if egger is not None:
        found: dict[str, Any] = egger.extra
        p, at = float(found["intercept_p_value"]), float(found["intercept"])
        told = "no sign of pleiotropy in one direction" if p >= LEVEL else "pleiotropic effects have a mean"
        tests.append(
            TestResult(
                "pleiotropy", "pleiotropic effects are zero on average (MR-Egger intercept)",
                "pass" if p >= LEVEL else "warn", f"{told} (intercept {at:.2g})",
                at / float(found["intercept_se"]), f"t({egger.n_variants - 2})", p, at,
            )
        )  # fmt: skip
        i2_gx = float(found["i2_gx"])
        told = f"I2_GX {i2_gx:.2f}" + (": MR-Egger leans towards zero" if i2_gx < DILUTED else "")
        tests.append(
            TestResult(
                "dilution", "effects on the exposure are all alike", "pass" if i2_gx >= DILUTED else "warn", told,
                effect=i2_gx,
            )
        )  # fmt: skip
    if presso is not None:
        p = float(presso.extra["global_p_value"])
        number = int(presso.extra["n_outliers"])
        total = len(presso.variants["outlier"])
        told = "no outliers" if p >= LEVEL else f"{number} of {total:,} variants are outliers"
        tests.append(
            TestResult(
                "outliers", "no variant is pleiotropic (MR-PRESSO, global)", "pass" if p >= LEVEL else "warn",
                told, float(presso.extra["global_statistic"]), "simulated", p, number / total,
            )
        )  # fmt: skip
    return tests


def _cochran(found: SummaryEffect) -> list[TestResult]:
    if found.extra.get("q_df", 0) < 1:
        return []
    q, df, p = (float(found.extra[name]) for name in ("q_statistic", "q_df", "q_p_value"))
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


def _agreement(effects: dict[str, SummaryEffect], primary: SummaryEffect, left_out: pd.DataFrame) -> list[TestResult]:
    tests = []
    others = {name: effects[name] for name in OTHERS if name in effects and np.isfinite(effects[name].se)}
    if others:
        apart = {name: (found.beta - primary.beta) / found.se for name, found in others.items()}
        name = max(apart, key=lambda each: abs(apart[each]))
        far = abs(apart[name]) > APART
        told = f"of {len(others)} methods with other assumptions, {others[name].method} is farthest from the estimate"
        told += f" ({abs(apart[name]):.1f} of its standard errors)"
        tests.append(
            TestResult(
                "methods", "methods with other assumptions agree", "warn" if far else "pass", told, effect=apart[name]
            )
        )
    rows = left_out[left_out["without"] != "none"]
    if len(rows) > 1:
        # by the table's own method, which is IVW where the one to quote has no closed form
        whole = left_out[left_out["without"] == "none"].iloc[0]
        moved = (rows["beta"].to_numpy(dtype=np.float64) - whole["beta"]) / whole["se"]
        i = int(np.argmax(np.abs(moved)))
        far = abs(moved[i]) > 1
        told = f"without {rows['without'].iloc[i]} the estimate moves by {abs(moved[i]):.2f} standard errors, the most"
        tests.append(
            TestResult(
                "leave-one-out",
                "no variant alone carries the estimate",
                "warn" if far else "pass",
                told,
                effect=float(moved[i]),
            )
        )
    return tests

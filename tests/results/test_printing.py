"""Every public object prints in at most 60 lines and 5,000 characters, without addresses and arrays."""

import inspect
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

import latentmr as lm
from latentmr.learn.learner import Learner
from latentmr.results import ConfidenceSet, Details, Estimate, Estimates, ReportData, TestResult, Verdict
from latentmr.results.printing import ShortRepr
from latentmr.results.text import Text, clipped, first_of, listed

INF = float("inf")
ROW = Estimate("LIML", "learned", "env", "linear", "bmi", 0.498, 0.0362, "HC1", 0.05, 4000, 8)


def summary_data():
    rng = np.random.default_rng(0)
    bx, s = rng.uniform(0.05, 0.2, 60), np.full(60, 0.01)
    variants = pd.DataFrame({"id": [f"rs{i}" for i in range(60)], "effect_allele": "A", "other_allele": "G"})
    return lm.SummaryData(bx[:, None], s[:, None], 0.5 * bx + 0.01 * rng.normal(size=60), s, variants, ("bmi",), "sbp")


@pytest.fixture(scope="module")
def made():
    """Public objects by name, of data that are large enough to show what a dump would be."""
    study = lm.simulate.admixture(n=900, p=40, seed=1)
    data = study.dataset
    analysis = lm.analyse(data, lm.LinearLearner(seed=0), bootstrap=10, permutations=100)
    summary = summary_data()
    two = lm.analyse_summary(summary, ("ivw", "egger", "raps"))
    Z, x, y = data.G[:, :12].astype(float), data.X[:, 0], data.y
    found = {
        "Study": study,
        "Dataset": data,
        "Analysis": analysis,
        "Representation": analysis.representation,
        "history": analysis.representation.history,
        "SummaryData": summary,
        "TwoSampleAnalysis": two,
        "two-sample report": two.report(),
        "report": analysis.report(),
        "settings": analysis.settings,
        "units": analysis.units,
        "Estimate": ROW,
        "Estimates": Estimates([ROW] * 200),
        "ConfidenceSet": ConfidenceSet(tuple((j, j + 0.5) for j in range(500)), 0.05),
        "TestResult": TestResult("strength" * 100, "n", "pass", "r" * 9000, statistic=1.0, df="F(1, 2)", p_value=0.2),
        "Verdict": Verdict("caution", "environments", ("reason " * 200,) * 50, ("advice " * 200,) * 50),
        "problem": lm.problem(Z, x, y),
        "sisvive": lm.sisvive(Z, x, y),
        "tsht": lm.tsht(Z, x, y),
        "ONE_SAMPLE": lm.report.ONE_SAMPLE,
        "first stage": lm.first_stage_f(Z, x, y),
        "effect set": lm.effect_set(Z, x, y),
        "gmm": lm.gmm(Z, x, y),
        "hlim": lm.hlim(Z, x, y),
        **{name: getattr(lm, name)(Z, x, y) for name in ("liml", "tsls", "fuller", "jive")},
        **{f"{name} test": getattr(lm, name)(Z, x, y) for name in ("sargan", "basmann", "hansen_j", "wu_hausman")},
        **{f"detail {j}": row.details for j, row in enumerate(two.estimates)},
        **{f"drawing {name}": one for name, one in lm.report.drawings_of(analysis.report()).items()},
    }
    learners = [getattr(lm, name) for name in lm.__all__ if inspect.isclass(getattr(lm, name))]
    return found | {kind.__name__: kind() for kind in learners if issubclass(kind, Learner) and kind is not Learner}


def test_every_public_object_prints_short(made):
    wrong = {}
    for name, thing in made.items():
        for text in (repr(thing), str(thing)):
            long = len(text) > 5000 or len(text.splitlines()) > 60
            # the text of a set is a cell of estimates.tsv, and has all pieces
            if "array(" in text or " at 0x" in text or (long and not (name == "ConfidenceSet" and text == str(thing))):
                wrong[name] = text[:200]
    assert not wrong


def test_every_public_class_has_a_representation_of_its_own():
    for room in ("results", "analysis", "report", "two_sample"):
        module = import_module(f"latentmr.{room}")
        for name in module.__all__:
            kind = getattr(module, name)
            if inspect.isclass(kind) and not issubclass(kind, BaseException):
                assert kind.__repr__ is not object.__repr__, name


def test_an_estimate_is_one_line():
    assert repr(ROW) == "LIML (learned, env): bmi 0.498 (se 0.036), 95 % CI [0.427, 0.569]"
    change = {"ci_clr": ConfidenceSet(((0.431, 0.573),), 0.05), "se_type": "HC1, treating the instruments as fixed"}
    assert repr(Estimate(**(vars(ROW) | change))) == (
        "LIML (learned, env): bmi 0.498 (se 0.036), 95 % CI [0.427, 0.569], CLR [0.431, 0.573], treating the"
        " instruments as fixed"
    )
    only = {
        "ci_ar": ConfidenceSet(((-INF, INF),), 0.05),
        "se": float("nan"),
        "instruments": "none",
        "adjustment": "none",
    }
    assert repr(Estimate(**(vars(ROW) | only | {"adjustment": "none", "scale": "log risk ratio"}))) == (
        "LIML: bmi 0.498, AR [-inf, inf], scale: log risk ratio"
    )


def test_sets_tests_and_verdicts():
    assert repr(ConfidenceSet(((-INF, -1.0), (2.0, INF)), 0.05)) == "ConfidenceSet([-inf, -1] U [2, inf], alpha=0.05)"
    assert repr(ConfidenceSet((), 0.1)) == "ConfidenceSet(empty, alpha=0.1)"
    found = TestResult("strength", "n", "warn", "weak", statistic=8.132, df="F(37, 1958)", p_value=1e-9)
    assert repr(found) == "strength: warn, statistic 8.132 (F(37, 1958)), p < 0.001"
    assert repr(TestResult("learners", "n", "not applicable", "r")) == "learners: not applicable"
    assert repr(Verdict("caution", "environments", ("weak",), ("add `aux`",))).splitlines() == [
        "Verdict: caution (route: environments)",
        "  - weak",
        "What to do next:",
        "  - add aux",
    ]


def test_report_data_name_their_tables():
    found = ReportData("bmi on sbp", "An answer.", Verdict("credible", "environments", ()), {"tests": [{"a": 1}] * 9})
    assert repr(found).splitlines()[0] == "ReportData: bmi on sbp"
    assert "tables (rows): tests (9)" in repr(found)


def test_subclasses_print_as_their_base_does():
    from dataclasses import dataclass  # noqa: PLC0415

    @dataclass(frozen=True)
    class Weights(Details):
        weights: np.ndarray

    assert repr(Weights(np.ones(300))).startswith("Weights(weights=")
    assert "1." not in repr(Weights(np.ones(300)))
    assert issubclass(Weights, ShortRepr)


def test_texts():
    assert repr(Text("one\ntwo")) == "one\ntwo"
    assert clipped("a  long\nname", 20) == "a long name"
    assert first_of(["a", "b", "c"], 2) == ["a", "... and 2 more"]
    assert listed([]) == []

import math

import pytest

import latentmr
from latentmr.results.objects import ConfidenceSet, Estimate, TestResult, Verdict
from latentmr.results.report_data import ReportData

INF = float("inf")
#: Columns of estimates.tsv and tests.tsv, which users' scripts read.
ESTIMATE_COLUMNS = [
    "method",
    "instruments",
    "adjustment",
    "basis",
    "exposure",
    "beta",
    "se",
    "se_type",
    "ci_low",
    "ci_high",
    "ci_ar",
    "ci_clr",
    "p_value",
    "n",
    "k",
    "f_statistic",
    "effective_f",
    "primary",
    "scale",
]
TEST_COLUMNS = ["name", "null", "statistic", "df", "p_value", "effect", "verdict", "reason"]


def estimate(**changes):
    row = {
        "method": "LIML",
        "instruments": "learned",
        "adjustment": "env",
        "basis": "linear",
        "exposure": "x",
        "beta": 1.0,
        "se": 0.5,
        "se_type": "HC1",
        "alpha": 0.05,
        "n": 100,
        "k": 3,
    }
    return Estimate(**(row | changes))


@pytest.mark.parametrize(
    ("intervals", "text", "bounded", "length"),
    [
        ((), "empty", True, 0),
        (((-1.0, 2.0),), "[-1, 2]", True, 3),
        (((-INF, -1.0), (2.0, INF)), "[-inf, -1] U [2, inf]", False, INF),
        (((-INF, INF),), "[-inf, inf]", False, INF),
        (((-INF, 0.5),), "[-inf, 0.5]", False, INF),
        (((0.0, 1.0), (3.0, 3.25)), "[0, 1] U [3, 3.25]", True, 1.25),
    ],
)
def test_confidence_sets_in_words(intervals, text, bounded, length):
    found = ConfidenceSet(intervals, 0.05)
    assert str(found) == text
    assert (found.is_bounded, found.length, found.is_empty) == (bounded, length, not intervals)


def test_membership_includes_the_ends():
    rays = ConfidenceSet(((-INF, -1.0), (2.0, INF)), 0.05)
    assert [beta in rays for beta in (-1e9, -1.0, -0.99, 1.99, 2.0, 1e9)] == [True, True, False, False, True, True]
    assert 0.0 not in ConfidenceSet((), 0.05)


def test_number_format_of_a_set():
    assert format(ConfidenceSet(((1 / 3, 2 / 3),), 0.05), ".2f") == "[0.33, 0.67]"
    assert f"{ConfidenceSet((), 0.05):.2f}" == "empty"


def test_wald_interval_and_p_value():
    row = estimate(beta=1.0, se=0.5)
    assert (row.ci_low, row.ci_high) == pytest.approx((1 - 0.979982, 1 + 0.979982), abs=1e-6)
    assert row.p_value == pytest.approx(0.0455003, abs=1e-7)
    assert estimate(beta=-1.0).p_value == row.p_value
    assert estimate(beta=0.0).p_value == 1


def test_interval_follows_alpha_and_excludes_zero_when_p_is_below_it():
    for beta in (0.9, 1.1):
        row = estimate(beta=beta, se=0.5, alpha=0.05)
        assert (row.ci_low > 0) == (row.p_value < 0.05)
    assert estimate(alpha=0.1).ci_high == pytest.approx(1 + 0.5 * 1.644854, abs=1e-6)


def test_p_value_without_error_is_not_a_number():
    assert math.isnan(estimate(se=0.0).p_value)


def test_estimate_columns():
    row = estimate(primary=True, ci_ar=ConfidenceSet(((0.0, 2.0),), 0.05)).to_dict()
    assert list(row) == ESTIMATE_COLUMNS
    assert (row["primary"], row["ci_ar"], row["ci_clr"], row["f_statistic"]) == ("true", "[0, 2]", None, None)
    assert estimate().to_dict()["primary"] == "false"


def test_test_columns():
    row = TestResult("strength", "no effect", "warn", "weak", statistic=2.0, df="F(1, 9)", p_value=0.2).to_dict()
    assert list(row) == TEST_COLUMNS
    assert (row["name"], row["verdict"], row["statistic"], row["effect"]) == ("strength", "warn", 2.0, None)


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (ConfidenceSet((), 0.05), "alpha"),
        (estimate(), "beta"),
        (TestResult("a", "b", "pass", "c"), "verdict"),
        (Verdict("caution", "environments", ()), "level"),
        (ReportData("t", "a", Verdict("caution", "environments", ()), {}), "title"),
    ],
)
def test_results_are_frozen(thing, name):
    with pytest.raises(AttributeError):
        setattr(thing, name, "changed")


def test_every_public_name_can_be_reached():
    for name in latentmr.__all__:
        assert getattr(latentmr, name) is not None
    assert set(latentmr.__all__) == set(dir(latentmr))
    assert latentmr.ConfidenceSet is ConfidenceSet


def test_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="has no attribute 'tslss'"):
        _ = latentmr.tslss

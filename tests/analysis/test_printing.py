"""How an analysis prints, its figures by name, and the former name of an argument."""

from dataclasses import replace

import numpy as np
import pytest

import latentmr as lm
from latentmr.analysis.comparators import chosen_comparators
from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.summary import summary_text


def test_the_summary_has_answer_estimates_verdict_and_the_count_of_tests(on_counts):
    said = on_counts.summary()
    assert repr(on_counts) == str(on_counts) == str(said) == repr(said)
    assert said.replace("\n", " ").startswith(on_counts.answer())
    order = [
        said.index("Effect of x"),
        said.index("*  LIML"),
        said.index("LIML (fixed)"),
        said.index("Verdict: credible (route: unlinked variants)"),
        said.index("  - identified by unlinked variants"),
        said.index("13 of 13 tests passed, 5 did not apply; all are in .tests_frame()."),
    ]
    assert order == sorted(order)
    assert "did not pass" not in said
    assert len(said.splitlines()) <= 60
    assert len(said) <= 5000


def test_what_did_not_pass_comes_with_its_numbers_and_what_to_do(on_counts):
    failed = TestResult("linkage", "n", "fail", "variants are linked", statistic=9.5, df="chi2(2)", p_value=0.0004)
    verdict = Verdict("caution", "environments", ("another reason",), ("clump, or give a larger `n_factors`",))
    said = replace(on_counts, tests=(*on_counts.tests, failed), verdict=verdict).summary()
    assert "  - linkage: fail, statistic 9.5 (chi2(2)), p < 0.001: variants are linked" in said
    assert "  - clump, or give a larger n_factors" in said
    assert "13 of 14 tests passed" in said
    # the verdict has said so already
    stated = replace(verdict, reasons=("linkage: variants are linked",))
    assert replace(on_counts, tests=(failed,), verdict=stated).summary().count("variants are linked") == 1


def test_estimates_that_must_not_be_quoted_are_not_printed(on_counts):
    withheld = Verdict("not identified", "environments", ("the environments do not differ",))
    said = replace(on_counts, verdict=withheld).summary()
    assert "must not be quoted" in said
    assert "OLS" not in said


@pytest.mark.parametrize("count", [1, 30, 300])
def test_a_summary_is_bounded_for_any_data(count):
    long = "a reason of many words " * 30
    row = Estimate("LIML" * 20, "G", "env" * 30, "linear", "x" * 200, 0.5, 0.1, "HC1", 0.05, 100, 3, scale="log odds")
    rows = [row, *(replace(row, exposure=f"x{j}", scale="difference", primary=True) for j in range(count))]
    tests = [TestResult(f"placebo: {'h' * 100}{j}", "n", "fail", f"{j} {long}", statistic=1.0) for j in range(count)]
    verdict = Verdict("caution", "environments", (long,) * count, (f"{long} `steps`",) * count)
    said = summary_text(long, rows, verdict, tests)
    assert len(said.splitlines()) <= 60
    assert len(said) <= 5000
    assert f"0 of {count} tests passed" in said


def test_figures_of_the_report_by_name(on_continuous):
    found = on_continuous.plot()
    assert list(found) == list(on_continuous.figures())
    assert on_continuous.plot("estimates").axes
    with pytest.raises(ValueError, match=r"^name must name a figure of the report. Got 'forest'; the figures are est"):
        on_continuous.plot("forest")


def test_comparators_under_their_former_name():
    assert chosen_comparators(("summary",)) == ("summary",)
    assert chosen_comparators("invalid") == ("invalid",)
    with pytest.warns(DeprecationWarning, match=r"analyse\(foils=...\) is now analyse\(comparators=...\)"):
        assert chosen_comparators((), ("invalid",)) == ("invalid",)
    with pytest.raises(
        ValueError, match="^comparators must be given without foils, which is its former name. Got both"
    ):
        chosen_comparators(("summary",), ("invalid",))
    with pytest.raises(
        ValueError, match="^comparators must be among invalid, summary. Got 'magic'; leave comparators out"
    ):
        chosen_comparators(("magic",))


def test_analyse_takes_the_former_name_with_a_warning_at_its_line(continuous):
    with (
        pytest.warns(DeprecationWarning, match="now analyse") as caught,
        pytest.raises(ValueError, match="Got 'magic'"),
    ):
        lm.analyse(continuous.dataset, "linear", foils=("magic",))
    assert caught[0].filename == __file__


def test_nothing_of_one_individual_is_printed(on_counts):
    data = on_counts.dataset
    assert not any(str(sample) in repr(on_counts).split() for sample in data.samples[:200] if len(str(sample)) > 3)
    assert "array(" not in repr(on_counts)
    assert f"{data.y[0]:.4g}" not in repr(on_counts) or np.isclose(data.y[0], round(data.y[0], 1))

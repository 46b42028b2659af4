"""The checklist of a two-sample run: what was done, nothing on individuals, and no effect that is not identified."""

from dataclasses import replace

import pytest

from latentmr.report import strobe_rows
from latentmr.report.strobe_items import ITEMS, TODO
from latentmr.results.objects import TestResult, Verdict
from latentmr.results.report_data import ReportData
from latentmr.two_sample.page import TWO_SAMPLE
from latentmr.two_sample.page.strobe import ANSWERS, WITHHELD

#: What no run on summary statistics can know.
AUTHORS = {"2", "3", "4e", "9b", "10b", "10c", "10d", "13d", "14", "15", "16a", "16b", "16c", "17", "18", "20"}
#: What is true of every run on summary statistics.
FIXED = {"4a", "5"}


@pytest.fixture
def report(report_of_golden_effects):
    return report_of_golden_effects


def answers(report):
    return {row["item"]: row["answer"] for row in strobe_rows(report, TWO_SAMPLE)}


def test_answers_are_of_items_that_there_are():
    assert set(ANSWERS) | AUTHORS == {item.label for item in ITEMS}
    assert not set(ANSWERS) & AUTHORS


def test_a_full_report_leaves_to_the_author_what_no_run_can_know(report):
    assert {label for label, answer in answers(report).items() if answer == TODO} == AUTHORS


def test_an_empty_report_leaves_nearly_everything_to_the_author():
    empty = ReportData("", "", Verdict("", "", ()), {}, facts={"design": "two-sample"})
    assert {label for label, answer in answers(empty).items() if answer != TODO} == FIXED


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("1", "Two-sample Mendelian randomization of bmi on sbp with summary statistics."),
        ("4b", "exposure: 339,000 participants; outcome: 317,754 participants"),
        ("4c", "; p value for the exposure of at most 5e-08; palindromic variants by action 2 of TwoSampleMR; in"),
        ("4c", "in the exposure's table: 0 removed"),
        ("4c", "'Samples and variants', 'Variants left out'"),
        ("5", "none of the methods removes confounding of the variants with the outcome"),
        ("5", "the other methods (MR-Egger, Contamination mixture) that allow for"),
        ("6b", "Effects per allele: brought to the same allele (Report, sections 'Scatter plot', 'Samples and"),
        ("6c", "IVW on 30 variants; standard errors: random effects; 95 % intervals"),
        ("6d", "Variants left out: no partner (3)"),
        (
            "6e",
            "One primary estimate for each exposure (bmi), at the significance level 0.05, without correction for"
            " multiple testing; the estimates of all other methods are reported",
        ),
        ("7", "heterogeneity (null: one effect)"),
        ("8", "MR-Egger; Contamination mixture; single variants; leave-one-out (Report"),
        ("9a", "LatentMR 0.1.0: alpha 0.05, seed 0; command: latentmr summary."),
        ("11c", "Not applicable"),
        ("11d", "all estimates (first screen), 'Scatter plot', 'Single variants'"),
        ("12b", "heterogeneity 210.3 (chi2(78)): I2 63 %"),
        ("13b", "bmi: leaving out one variant, the IVW estimate is"),
        ("13c", "direction, p < 0.001: more of the exposure"),
        ("13e", "'Single variants', 'Leave-one-out', 'Funnel plot', 'Radial plot'"),
    ],
)
def test_answers_are_the_facts_and_where_to_find_more(report, label, text):
    assert text in answers(report)[label]


@pytest.mark.parametrize("word", ["environment", "learned", "One sample", "One-sample", "Missing values of"])
def test_nothing_is_said_of_what_was_not_done(report, word):
    assert word not in " ".join(answers(report).values())


@pytest.mark.parametrize(
    ("fact", "labels"),
    [
        ("exposures", {"1", "4d", "6a", "6e"}),
        ("outcome", {"1", "4d", "6a"}),
        ("outcome_type", {"11c"}),
        ("variants", {"4c"}),
        ("harmonisation", {"6b"}),
        ("alpha", {"6c", "6e"}),
        ("version", {"9a", "19"}),
        ("command", {"19"}),
        ("n_exposure", set()),
        ("action", set()),
    ],
)
def test_an_item_without_its_facts_is_the_authors(report, fact, labels):
    facts = {name: value for name, value in report.facts.items() if name != fact}
    unanswered = {label for label, answer in answers(replace(report, facts=facts)).items() if answer == TODO}
    assert unanswered == AUTHORS | labels


@pytest.mark.parametrize(
    ("key", "section", "labels"),
    [
        ("estimates", "Estimates", {"6c", "13a"}),
        ("tests", "Tests", {"7", "12a", "12b", "13c"}),
        ("single_variants", "Single variants", set()),
        ("leave_one_out", "Leave-one-out", {"13b"}),
        ("associations", "Scatter plot", {"11a"}),
        ("individuals_and_variants", "Samples and variants", {"6d", "10a"}),
        ("variants_left_out", "Variants left out", set()),
    ],
)
def test_no_answer_points_to_a_section_that_is_not_there(report, key, section, labels):
    without = replace(report, tables={name: rows for name, rows in report.tables.items() if name != key})
    found = answers(without)
    assert f"'{section}'" not in " ".join(found.values())
    assert {label for label, answer in found.items() if answer == TODO} >= AUTHORS | labels


def test_sizes_may_be_several_and_cases_are_reported(report):
    facts = report.facts | {"n_exposure": [1000.0, None, 2000], "n_cases": 60801}
    assert (
        "exposure: 1,000, 2,000 participants; outcome: 317,754 participants (60,801 cases)"
        in answers(replace(report, facts=facts))["4b"]
    )
    nothing = report.facts | {"n_exposure": [None], "n_outcome": None}
    assert answers(replace(report, facts=nothing))["4b"] == TODO
    unknown = {name: value for name, value in report.facts.items() if not name.startswith("n_")}
    assert answers(replace(report, facts=unknown))["4b"] == TODO


def test_what_is_not_identified_has_no_effect(report):
    tests = [*report.tables["tests"], TestResult("direction: bmi", "n", "pass", "0.4711 of bmi").to_dict()]
    hidden = replace(
        report,
        answer="The data cannot say.",
        verdict=Verdict("not identified", "", ("no strength",)),
        tables=report.tables | {"tests": tests},
    )
    found = answers(hidden)
    assert found["11b"] == f"{WITHHELD} The data cannot say. Verdict: not identified."
    assert {label for label, answer in found.items() if answer == WITHHELD} == {"13a", "13b"}
    assert found["13c"] == TODO
    told = " ".join(found.values())
    beta = f"{report.tables['estimates'][0]['beta']:.3f}"
    assert beta in " ".join(answers(report).values())
    for text in (beta, "0.4711", "I2 63 %"):
        assert text not in told


def test_several_exposures_are_distinguished(two_sample_report, effects):
    found = answers(two_sample_report({"ldl": effects(20), "hdl": effects(20, 1)}))
    assert found["13a"].startswith("ldl: MR-Egger")
    assert "hdl: MR-Egger" in found["13a"]
    assert "hdl: leaving out one variant" in found["13b"]

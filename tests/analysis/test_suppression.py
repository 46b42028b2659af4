"""Reports show no count under the smallest cell, nor what it could be derived from."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from latentmr import analyse
from latentmr.data.flow import Flow, FlowStep


@pytest.fixture(scope="module")
def analysis(variant, continuous):
    """A fifth environment of 12 people, and a step of the flow that removed 7."""
    env = np.array(["a", "b", "c", "d"])[continuous.dataset.env].astype(object)
    env[:12] = "tiny"
    data = variant(env=env.astype(str))
    steps = [("read", "read", 0, 6107), ("filter", "no genotypes", 100, 6007), ("estimation", "no exposure", 7, 6000)]
    flow = Flow(tuple(FlowStep("samples", *step) for step in steps), warnings=("7 people have no exposure",))
    return analyse(replace(data, flow=flow))


def rows(analysis, title, **options):
    return analysis.report(**options).tables[title]


def test_small_environments(analysis):
    shown = {row["environment"]: row for row in rows(analysis, "Environments")}
    assert (shown["tiny"]["n"], shown["tiny"]["estimation"]) == ("<20", "<20")
    assert shown["tiny"]["learning"] == 0
    assert shown["b"]["n"] == 1500


def test_small_steps_and_what_is_left_after_them(analysis):
    small, aside = rows(analysis, "Samples and variants")[-2:]
    assert (small["removed"], small["remaining"]) == ("<20", "-")
    assert (aside["reason"], aside["remaining"]) == ("set aside for diagnosis", "-")
    assert rows(analysis, "Samples and variants")[1]["removed"] == 100


def test_variants_are_not_people(analysis):
    flow = Flow((FlowStep("variants", "filter", "monomorphic", 3, 47),))
    analysis = replace(analysis, dataset=replace(analysis.dataset, flow=flow))
    assert [(row["removed"], row["remaining"]) for row in rows(analysis, "Samples and variants")] == [(3, 47)]


def test_notes_with_exact_counts_are_left_out(analysis):
    left_out = "effects by environment leave out tiny: too few people, or instruments that do not vary in it"
    assert analysis.report().notes == (left_out,)
    assert analysis.report(min_cell=1).notes == ("7 people have no exposure", left_out)


@pytest.mark.parametrize(("min_cell", "n"), [(12, 12), (13, "<13"), (20, "<20"), (1, 12), (0, 12)])
def test_smallest_cell_is_a_choice(analysis, min_cell, n):
    shown = {row["environment"]: row["n"] for row in rows(analysis, "Environments", min_cell=min_cell)}
    assert shown["tiny"] == n


def test_counts_that_are_large_enough_are_exact(analysis):
    small, aside = rows(analysis, "Samples and variants", min_cell=5)[-2:]
    assert (small["removed"], small["remaining"]) == (7, 6000)
    assert (aside["removed"], aside["remaining"]) == (1197, 4791)


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return {number for part in value for number in numbers(part)}
    return {value} if isinstance(value, float) else set()


def test_no_individual_level_value_is_in_the_report(analysis):
    shown, data = numbers(asdict(analysis.report())), analysis.dataset
    Z = analysis.representation.encode(data.G)
    assert len(shown) > 50
    for values in (data.X, data.y, data.G.astype(float), Z):
        assert not shown & set(values.ravel().tolist())


def test_report_holds_answer_verdict_tables_and_provenance(analysis):
    report = analysis.report(provenance={"seed": 3})
    assert report.title == "x on y"
    assert report.answer == analysis.answer()
    assert report.verdict == analysis.verdict
    assert report.provenance == {"seed": 3}
    assert list(report.tables) == [
        "Estimates",
        "Tests",
        "Effect by environment",
        "Samples and variants",
        "Environments",
        "Estimate without an environment",
        "Environments in pairs",
    ]
    assert [row["primary"] for row in report.tables["Estimates"]].count("true") == 1


def test_html_file(analysis, tmp_path):
    analysis.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;20" in page
    assert analysis.verdict.level in page
    assert "7 people" not in page

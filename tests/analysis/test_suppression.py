"""Reports show no count under the smallest cell, nor what it could be derived from."""

import re
from dataclasses import asdict, replace

import numpy as np
import pytest

from latentmr import analyse
from latentmr.analysis.suppression import HIDDEN, environment_rows, flow_rows
from latentmr.data.ledger import Flow, FlowStep
from latentmr.results.rounding import rounded


@pytest.fixture(scope="module")
def analysis(variant, continuous):
    """A fifth environment of 12 people, and a step of the flow that removed 7."""
    env = np.array(["a", "b", "c", "d"])[continuous.dataset.env].astype(object)
    env[:12] = "tiny"
    data = variant(env=env.astype(str))
    flow = Flow(
        steps(("read", 0, 6107), ("filter", 100, 6007), ("estimation", 7, 6000)),
        warnings=("7 people have no exposure",),
    )
    return analyse(replace(data, flow=flow), "linear")


def steps(*counts):
    return tuple(FlowStep("samples", stage, f"step {i}", *rest) for i, (stage, *rest) in enumerate(counts))


def shown(*counts, min_cell=20):
    return [(row["removed"], row["remaining"]) for row in flow_rows(steps(*counts), min_cell)]


def rows(analysis, title, **options):
    return analysis.report(**options).tables[title]


def test_what_is_large_is_exact():
    counts = (("read", 0, 1000), ("filter", 100, 900), ("learning", 200, 700), ("estimation", 50, 850))
    assert shown(*counts) == [(0, 1000), (100, 900), (200, 700), (50, 850)]
    assert shown(("read", 0, 1000), ("filter", 3, 997), min_cell=1) == [(0, 1000), (3, 997)]


def test_a_small_step_hides_what_was_left_before_it_and_others_with_it():
    # 7 would follow from what was left before and after; with the 100 hidden too, the difference is of 107
    counts = (("read", 0, 1107), ("filter", 100, 1007), ("estimation", 7, 1000))
    assert shown(*counts) == [(0, 1107), (HIDDEN, HIDDEN), ("<20", 1000)]


def test_a_small_step_alone_hides_how_many_were_read():
    counts = (("read", 0, 1007), ("filter", 0, 1007), ("estimation", 7, 1000))
    assert shown(*counts) == [(0, HIDDEN), (0, HIDDEN), ("<20", 1000)]


def test_what_learning_leaves_is_hidden_where_it_would_tell():
    # what is set aside is known, so the number left in learning would give the 7 away
    counts = (("read", 0, 1007), ("learning", 200, 807), ("estimation", 7, 1000))
    assert shown(*counts) == [(0, HIDDEN), (200, HIDDEN), ("<20", 1000)]
    assert shown(("read", 0, 1000), ("learning", 7, 993)) == [(0, 1000), ("<20", HIDDEN)]
    both = (("read", 0, 1000), ("learning", 7, 993), ("learning", 200, 793))
    assert shown(*both) == [(0, 1000), ("<20", HIDDEN), (HIDDEN, 793)]


def test_two_small_steps_are_hidden_in_each_other_only_when_they_are_many_together():
    assert shown(("read", 0, 1030), ("filter", 15, 1015), ("filter", 15, 1000)) == [
        (0, 1030),
        ("<20", HIDDEN),
        ("<20", 1000),
    ]
    assert shown(("read", 0, 1010), ("filter", 5, 1005), ("filter", 5, 1000)) == [
        (0, HIDDEN),
        ("<20", HIDDEN),
        ("<20", 1000),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_no_small_step_can_be_solved_for(seed):
    """Whatever is shown leaves at least two values that each small step may have had."""
    rng = np.random.default_rng(seed)
    removed = [0, *rng.choice([0, 3, 7, 19, 20, 50, 300], size=rng.integers(1, 7)).tolist()]
    stages = ["read", *rng.choice(["filter", "estimation"], size=len(removed) - 1).tolist()]
    stages.sort(key=["read", "filter", "estimation"].index)
    left = np.cumsum(removed[::-1])[::-1] + 1000
    counts = [(stage, r, int(total) - r) for stage, r, total in zip(stages, removed, left, strict=True)]
    table = shown(*counts)
    # unknowns: what every step removed; equations: differences of what is shown to be left
    places = [i for i, (_, remaining) in enumerate(table) if isinstance(remaining, int)]
    equations = [[float(a < j <= b) for j in range(len(table))] for a, b in zip(places, places[1:], strict=False)]
    equations += [[float(i == j) for j in range(len(table))] for i, (r, _) in enumerate(table) if isinstance(r, int)]
    rank = np.linalg.matrix_rank(np.array(equations)) if equations else 0
    for i, r in enumerate(removed):
        if 0 < r < 20:
            assert table[i][0] == "<20"
            unit = np.eye(len(table))[i]
            assert np.linalg.matrix_rank(np.array([*equations, unit])) == rank + 1


def test_variants_are_not_people(analysis):
    flow = Flow((FlowStep("variants", "filter", "monomorphic", 3, 47),))
    analysis = replace(analysis, dataset=replace(analysis.dataset, flow=flow))
    assert [(row["removed"], row["remaining"]) for row in rows(analysis, "individuals_and_variants")] == [(3, 47)]


def test_a_small_environment_hides_another(analysis):
    found = {row["environment"]: row for row in rows(analysis, "environments", min_cell=20)}
    assert found["tiny"]["people"] == "<20"
    # one of the large ones is hidden too: all of them and the total would give the small one away
    assert sorted(str(row["people"]) for row in found.values()).count(HIDDEN) == 1
    assert sum(isinstance(row["people"], int) for row in found.values()) == 3


def test_counts_of_learning_are_left_out_where_the_flow_hides_them(analysis):
    assert "learning" not in rows(analysis, "environments")[0]
    assert "learning" in rows(analysis, "environments", min_cell=1)[0]


def test_cases_of_an_environment_are_hidden_with_its_controls(analysis):
    data = replace(analysis.dataset, outcome_type="binary")
    y = np.zeros(data.n)
    for e, cases in enumerate([400, 5, 300, 600, 0]):
        y[np.flatnonzero(data.env == e)[:cases]] = 1
    found = environment_rows(replace(data, y=y), 20)
    cells = [(row["people"], row["cases"], row["controls"]) for row in found]
    small = cells[1]
    assert small[1] == "<20"
    assert not (isinstance(small[0], int) and isinstance(small[2], int))
    for column in range(3):
        hidden = [e for e in range(5) if isinstance(cells[e][column], str)]
        assert len(hidden) != 1
    for people, cases, controls in cells:
        unknown = sum(isinstance(cell, str) for cell in (people, cases, controls))
        assert unknown != 1 or "<20" not in (people, cases, controls)


def test_traits_of_environments_are_summed_up_where_people_are_shown(analysis):
    found = {row["environment"]: row for row in rows(analysis, "environments", min_cell=20)}
    data, e = analysis.dataset, analysis.dataset.env_names.index("b")
    x = data.X[data.in_estimation & (data.env == e), 0]
    hidden = [name for name, row in found.items() if isinstance(row["people"], str)]
    assert all(found[name]["x, mean (sd)"] == found[name]["y, mean (sd)"] == HIDDEN for name in hidden)
    shown_one = next(row for row in found.values() if isinstance(row["people"], int))
    assert re.fullmatch(r"-?[\d.]+ \([\d.]+\)", shown_one["y, mean (sd)"])
    every = {row["environment"]: row for row in rows(analysis, "environments", min_cell=1)}
    assert every["b"]["x, mean (sd)"] == f"{rounded(x.mean(), x.std())} ({rounded(x.std(), x.std())})"


def test_means_that_count_few_people_are_hidden(analysis):
    data = analysis.dataset
    X = np.zeros_like(data.X)
    X[np.flatnonzero(data.env == 0)[:5]] = 1
    X[np.flatnonzero(data.env == 1)[:50]] = 1
    found = environment_rows(replace(data, X=X), 20)
    assert found[0]["x, mean (sd)"] == HIDDEN
    X[np.flatnonzero(data.env == 0)[:50]] = 1
    assert environment_rows(replace(data, X=X), 1)[0]["x, mean (sd)"] == "0.03 (0.18)"


def test_notes_with_exact_counts_are_left_out(analysis):
    left_out = "effects by environment leave out tiny: too few individuals, or instruments that do not vary in it"
    assert analysis.report().notes == (left_out,)
    assert analysis.report(min_cell=1).notes == ("7 people have no exposure", left_out)


@pytest.mark.parametrize(("min_cell", "n"), [(12, 12), (13, "<13"), (20, "<20"), (1, 12), (0, 12)])
def test_smallest_cell_is_a_choice(analysis, min_cell, n):
    found = {row["environment"]: row["people"] for row in rows(analysis, "environments", min_cell=min_cell)}
    assert found["tiny"] == n


def test_small_environments_are_in_no_figure(analysis):
    space = analysis.report().figures["space"]
    for part in ("before", "after"):
        assert [one["name"] for one in space[part]["environments"]] == ["a", "b", "c", "d"]
        counts = np.array(space[part]["counts"])
        assert ((counts == 0) | (counts >= 20)).all()


def numbers(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return {number for part in value for number in numbers(part)}
    return {value} if isinstance(value, float) and not value.is_integer() else set()


def test_no_individual_level_value_is_in_the_report(analysis):
    found, data = numbers(asdict(analysis.report())), analysis.dataset
    Z = analysis.representation.encode(data.G)
    assert len(found) > 50
    for values in (data.X, data.y, data.G.astype(float), Z):
        assert not found & set(values.ravel().tolist())


def test_report_holds_answer_verdict_tables_and_provenance(analysis):
    report = analysis.report(provenance={"seed": 3}, settings={"environment_column": "site"})
    assert report.title == "x on y"
    assert report.answer == analysis.answer()
    assert report.verdict == analysis.verdict
    assert report.provenance == {"seed": 3}
    assert report.facts["environment_column"] == "site"
    assert (report.facts["n"], report.facts["k"]) == (6000, analysis.representation.k)
    assert list(report.tables) == [
        "estimates",
        "tests",
        "effect_by_unit",
        "by_environment",
        "without_environment",
        "individuals_and_variants",
        "environments",
        "environment_pairs",
        "composition",
    ]
    assert [row["primary"] for row in report.tables["estimates"]].count("true") == 1


def test_html_file(analysis, tmp_path):
    analysis.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;20" in page
    assert analysis.verdict.level in page
    assert "7 people" not in page

"""Figures of how the number of instruments was chosen, of genome-wide components, and of training."""

from dataclasses import replace

import pytest
from matplotlib.colors import to_hex

from latentmr.report import render_html
from latentmr.report.curves import number_curve, path_curve, scree_curve, training_curve
from latentmr.report.drawing import ACCENT, SOFT, WARN
from latentmr.results.objects import Verdict
from latentmr.results.report_data import ReportData

ROWS = [
    {"k": 1, "nats": 5.0, "area": 0.5, "accepted": "yes"},
    {"k": 2, "nats": 4.5, "area": 0.51, "accepted": "yes"},
    {"k": 3, "nats": 6.0, "area": 0.7, "accepted": "no"},
]


def points(drawing):
    lines = drawing.figure.axes[0].lines[1:]
    return [(to_hex(line.get_color()), line.get_marker(), *line.get_xydata()[0]) for line in lines]


def test_the_chosen_number_is_named_and_in_colour():
    drawn = number_curve(ROWS)
    assert drawn.alt.endswith("with 1 to 3 instruments; 2 were chosen")
    assert points(drawn) == [(SOFT, "o", 1, 5.0), (ACCENT, "o", 2, 4.5), (WARN, "X", 3, 6.0)]


def test_eigenvalues_taken_are_in_colour():
    drawn = scree_curve({"eigenvalues": [30.0, 8.0, 1.5, 1.4], "taken": 2})
    assert drawn.alt == "Eigenvalues fall from 30 to 1.4; 2 of 4 components were taken"
    everyone, taken = drawn.figure.axes[0].lines
    assert len(everyone.get_xydata()) == 4
    assert to_hex(taken.get_color()) == ACCENT
    assert taken.get_xydata().tolist() == [[1, 30.0], [2, 8.0]]
    drawn.figure.draw_without_rendering()
    labels = [text.get_text() for text in drawn.figure.axes[0].get_yticklabels(which="both")]
    assert {"2", "5", "10"} < set(labels)
    assert not any("$" in label for label in labels)
    assert scree_curve({}) is None
    assert scree_curve({"eigenvalues": [3.0], "taken": 1}) is None


PATH = [
    {"components": 0, "beta": 0.9, "se": 0.1, "taken": False},
    {"components": 4, "beta": 0.5, "se": 0.1, "taken": True},
    {"components": 9, "beta": 0.52, "se": 0.11, "taken": False},
    {"components": 14, "beta": 0.53, "se": 0.12, "taken": False},
]


def test_the_path_marks_the_number_taken_and_has_other_colours_on_either_side():
    drawn = path_curve(PATH)
    assert drawn.name == "path"
    assert drawn.alt == "Estimate by number of components, 4 taken: 0.9 with 0; 0.5 with 4; 0.53 with 14"
    axes = drawn.figure.axes[0]
    assert any(line.get_linestyle() == "--" and set(line.get_xdata()) == {4} for line in axes.lines)
    marked = [line for line in axes.lines if line.get_marker() not in ("None", "")]
    assert [line.get_xydata().tolist() for line in marked] == [[[0, 0.9]], [[4, 0.5]], [[9, 0.52], [14, 0.53]]]
    assert len({to_hex(line.get_color()) for line in marked}) == len({line.get_marker() for line in marked}) == 3
    assert to_hex(marked[1].get_color()) == ACCENT
    ends = [segment[:, 1] for bars in axes.collections for segment in bars.get_segments()]
    assert ends[1] == pytest.approx([0.5 - 0.196, 0.5 + 0.196], abs=1e-4)
    assert "Grey squares" in drawn.caption
    assert "Green triangles" in drawn.caption


def test_the_path_says_only_what_it_draws_and_cuts_wide_intervals():
    drawn = path_curve([PATH[0] | {"se": 1e6}, PATH[1]])
    assert "Green" not in drawn.caption
    low, high = drawn.figure.axes[0].get_ylim()
    assert high - low < 3
    assert "Grey" not in path_curve(PATH[1:]).caption


@pytest.mark.parametrize("rows", [[], PATH[1:2], PATH[2:], [PATH[1], PATH[2] | {"beta": None}]])
def test_a_path_needs_the_number_taken_and_another(rows):
    assert path_curve(rows) is None


def test_the_path_is_withheld_with_the_effects():
    figures = {"scree": {"eigenvalues": [30.0, 8.0, 1.5], "taken": 2}, "path": PATH}
    pages = {
        level: render_html(ReportData("t", "a", Verdict(level, "environments", ("r",), ()), {}, figures=figures))
        for level in ("credible", "not identified")
    }
    title = "<h2>Population structure</h2>"
    assert all(page.count("<svg") == 2 and page.count(title) == 1 for page in pages.values())
    folded = "be quoted: the verdict is not identified</summary>"
    assert folded not in pages["credible"]
    page = pages["not identified"]
    assert page.index(title) < page.index(folded) < page.index("<svg")


@pytest.mark.parametrize("rows", [[], ROWS[:1], [ROWS[0], ROWS[1] | {"nats": None}]])
def test_nothing_is_drawn_of_fewer_than_two(rows):
    assert number_curve(rows) is None


def test_equal_objectives_and_none_accepted():
    rows = [row | {"nats": 1.0, "accepted": "no"} for row in ROWS]
    assert "1 were chosen" in number_curve(rows).alt


def test_the_page_has_it_beside_its_table_and_says_what_to_do():
    report = ReportData(
        "t", "a", Verdict("caution", "environments", ("r",), ("give <more>",)), {"number_of_instruments": ROWS}
    )
    page = render_html(report)
    assert page.index("Number of instruments") < page.index("<svg") < page.index('<th scope="col">nats</th>')
    assert "What to do next" in page
    assert "give &lt;more&gt;" in page
    plain = render_html(replace(report, tables={}, verdict=Verdict("credible", "environments", ("r",))))
    assert "<svg" not in plain
    assert "What to do next" not in plain


def test_training_shows_every_look_at_the_objective():
    looks = [{"step": 100.0, "total": 3.0, "mmd": 1.0}, {"step": 200.0, "total": 1.5, "mmd": 0.2}]
    drawn = training_curve(looks)
    assert drawn.figure.axes[0].lines[0].get_xydata().tolist() == [[100, 3], [200, 1.5]]
    assert drawn.alt == "The objective goes from 3 at step 100 to 1.5 at step 200"
    assert training_curve(looks[:1]) is None
    assert training_curve([looks[0], {"step": 200.0, "total": None}]) is None

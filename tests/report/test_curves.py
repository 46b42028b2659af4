"""Figures of how the number of instruments was chosen, and of training."""

from dataclasses import replace

import pytest
from matplotlib.colors import to_hex

from latentmr.report import render_html
from latentmr.report.curves import number_curve, scree_curve, training_curve
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
    assert scree_curve({}) is None
    assert scree_curve({"eigenvalues": [3.0], "taken": 1}) is None


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

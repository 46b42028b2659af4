"""Forest plots: what is drawn where."""

import re

import pytest
from matplotlib.colors import to_hex

from latentmr.report.drawing import ACCENT, SOFT, WARN
from latentmr.report.forest import MOST, environments_forest, estimates_forest, without_forest


def row(beta, half, *, primary="false", method="LIML", **more):
    return {
        "method": method,
        "instruments": "learned",
        "adjustment": "env",
        "exposure": "x",
        "beta": beta,
        "se": half / 1.96,
        "ci_low": beta - half,
        "ci_high": beta + half,
        "primary": primary,
    } | more


def marks(drawing, marker="o"):
    lines = drawing.figure.axes[0].lines
    return [(to_hex(line.get_color()), *line.get_xydata()[0]) for line in lines if line.get_marker() == marker]


def bars(drawing):
    lines = [line.get_xydata() for line in drawing.figure.axes[0].lines]
    return [(ends[0, 0], ends[1, 0]) for ends in lines if len(ends) == 2 and ends[0, 1] == ends[1, 1]]


def labels(drawing):
    return [text.get_text() for text in drawing.figure.axes[0].get_yticklabels()]


def test_points_and_intervals_are_where_the_numbers_are():
    drawn = estimates_forest([row(0.5, 0.2, primary="true"), row(1.0, 0.1), row(-0.5, 0.3)])
    assert marks(drawn) == [(ACCENT, 0.5, 0), (SOFT, 1.0, 1), (SOFT, -0.5, 2)]
    assert bars(drawn) == [(0.3, 0.7), (0.9, 1.1), (-0.8, pytest.approx(-0.2))]


@pytest.mark.parametrize("beta", [5.0, -5.0, 0.0])
def test_zero_is_always_in_view(beta):
    low, high = estimates_forest([row(beta, 0.1)]).figure.axes[0].get_xlim()
    assert low < 0 < high


def test_a_wide_interval_is_cut_at_the_edge_and_does_not_squeeze_the_others():
    drawn = estimates_forest([row(0.5, 0.1, primary="true"), row(1.0, 0.1), row(40.0, 5000.0)])
    low, high = drawn.figure.axes[0].get_xlim()
    assert high - low < 3
    assert len(marks(drawn)) == 2
    assert bars(drawn)[-1] == (low, high)
    assert (len(marks(drawn, "<")), len(marks(drawn, ">"))) == (1, 1)
    assert marks(estimates_forest([row(0.5, 0.2), row(0.6, 0.2)]), ">") == []


@pytest.mark.parametrize("rows", [[], [row(float("nan"), 1.0)], [row(1.0, float("inf"))], [row(1.0, 0.1, ci_low=None)]])
def test_nothing_to_draw(rows):
    assert estimates_forest(rows) is None


def test_infinite_ends_as_json_writes_them_are_left_out():
    drawn = estimates_forest([row(0.5, 0.1), row(1.0, 0.1, ci_low="-inf", ci_high="inf")])
    assert len(marks(drawn)) == 1
    assert drawn.alt.startswith("Forest plot of 1 rows: LIML · learned · env 0.500 (0.400 to 0.600)")


def test_labels_are_escaped_and_are_no_formulas():
    text = str(estimates_forest([row(0.5, 0.2, method="<b>$\\frac$</b>")]).svg())
    assert "&lt;b&gt;$\\frac$&lt;/b&gt; · learned · env" in text
    assert "<b>" not in text
    assert re.match(r'<svg role="img" aria-label="Forest plot', text)


def test_one_estimate_of_zero_without_error_can_be_drawn():
    assert len(marks(estimates_forest([row(0.0, 0.0)]))) == 1


def test_ratios_do_not_stand_on_the_axis_of_differences():
    rows = [row(0.5, 0.2, primary="true", scale="difference"), row(3.0, 1.0, scale="log odds ratio, conditional")]
    assert len(marks(estimates_forest(rows))) == 1


def test_twins_that_differ_in_their_errors_have_different_labels():
    first = row(0.5, 0.2, primary="true", se_type="HC1, accounting for estimation of the encoder")
    drawn = estimates_forest([first, row(0.5, 0.1, se_type="HC1, treating the instruments as fixed")])
    assert labels(drawn) == ["LIML · learned · env", "LIML (fixed) · learned · env"]


def test_rows_of_summary_methods_are_said_to_be_no_remedy_and_sets_are_drawn():
    rows = [row(0.5, 0.2, primary="true"), row(1.5, 0.1, method="IVW, one-sample")]
    assert "do not remove this confounding either" in estimates_forest(rows).caption
    assert "one-sample" not in estimates_forest(rows[:1]).caption
    by_set = row(1.5, 0.1, method="conmix, one-sample", instruments="G") | {"ci_low": None, "ci_high": float("nan")}
    drawn = estimates_forest([*rows, by_set | {"ci_ar": "[1.2, 1.4] U [1.45, inf]"}])
    assert labels(drawn)[-1] == "conmix, one-sample · G · env"
    assert "Dotted lines are sets" in drawn.caption
    assert bars(drawn)[-2:] == [(1.2, 1.4), (1.45, drawn.figure.axes[0].get_xlim()[1])]
    assert estimates_forest([by_set | {"ci_ar": "empty"}]) is None


def test_several_exposures_are_named():
    drawn = estimates_forest([row(0.5, 0.2, primary="true"), row(0.1, 0.2, exposure="w", primary="true")])
    assert [label.partition(":")[0] for label in labels(drawn)] == ["x", "w"]


def environments(count):
    return [
        {"environment": f"site{i}", "beta": 0.5, "se": 0.1 + i / 1000, "f_statistic": 5.0 + i} for i in range(count)
    ]


def test_environments_stand_beside_their_strength_and_the_answer():
    drawn = environments_forest(environments(3), row(0.4, 0.1, primary="true"))
    assert labels(drawn) == ["site0", "site1", "site2"]
    dashed = [line for line in drawn.figure.axes[0].lines if line.get_linestyle() == "--"]
    assert dashed[0].get_xdata()[0] == 0.4
    strength = [line.get_xydata()[0, 0] for line in drawn.figure.axes[1].lines if line.get_marker() == "o"]
    assert strength == [5.0, 6.0, 7.0]
    assert "$" not in str(drawn.svg())


def test_of_many_environments_the_most_precise_are_drawn_and_said_to_be():
    drawn = environments_forest(environments(500), None)
    assert labels(drawn) == [f"site{i}" for i in range(MOST)]
    assert f"shows the {MOST} most precise of 500" in drawn.caption
    assert "most precise" not in environments_forest(environments(MOST), None).caption


def test_an_environment_that_decides_the_answer_is_in_another_colour():
    rows = [{"environment": name, "beta": beta, "se of the difference": 0.1} for name, beta in (("a", 0.5), ("b", 1.5))]
    drawn = without_forest(rows, row(0.5, 0.1, primary="true"))
    assert [colour for colour, *_ in marks(drawn)] == [SOFT, WARN]
    assert labels(drawn) == ["without a", "without b"]


def test_environments_without_an_error_are_not_drawn():
    assert environments_forest([{"environment": "a", "beta": 1.0, "se": 0.0, "f_statistic": None}], None) is None
    assert without_forest([{"environment": "a", "beta": None, "se of the difference": 1.0}], None) is None

"""The forest plot as text: what is drawn where."""

import re

import pytest

from latentmr.report.forest import LEFT, WIDTH, forest_svg


def row(beta, half, *, primary="false", method="LIML"):
    return {
        "method": method,
        "instruments": "learned",
        "adjustment": "env",
        "beta": beta,
        "se": half / 1.96,
        "ci_low": beta - half,
        "ci_high": beta + half,
        "primary": primary,
    }


def circles(svg):
    return [(kind, float(x)) for kind, x in re.findall(r'<circle class="(\w+)" cx="([\d.]+)"', svg)]


def lines(svg, kind):
    found = re.findall(rf'<line class="{kind}" x1="([\d.]+)" y1="[\d.]+" x2="([\d.]+)"', svg)
    return [(float(first), float(last)) for first, last in found]


def test_points_lie_between_the_ends_of_their_intervals_in_order_of_size():
    svg = str(forest_svg([row(0.5, 0.2, primary="true"), row(1.0, 0.1), row(-0.5, 0.3)]))
    points = circles(svg)
    assert [kind for kind, _ in points] == ["primary", "foil", "foil"]
    assert points[2][1] < points[0][1] < points[1][1]
    ((low, high),) = lines(svg, "primary")
    assert low < points[0][1] < high
    assert points[0][1] == pytest.approx((low + high) / 2, abs=0.1)


def test_zero_is_always_in_view():
    for rows in ([row(5.0, 0.1)], [row(-5.0, 0.1)], [row(0.0, 1.0)]):
        ((first, last),) = lines(str(forest_svg(rows)), "zero")
        assert first == last
        assert LEFT <= first <= LEFT + WIDTH


def test_a_wide_interval_is_cut_at_the_edge_and_does_not_squeeze_the_others():
    rows = [row(0.5, 0.1, primary="true"), row(1.0, 0.1), row(40.0, 5000.0)]
    svg = str(forest_svg(rows))
    points = circles(svg)
    assert points[1][1] - points[0][1] > 50
    assert all(LEFT <= x <= LEFT + WIDTH for _, x in points)
    assert lines(svg, "foil")[-1] == (LEFT, LEFT + WIDTH)
    assert (svg.count("◂"), svg.count("▸")) == (1, 1)
    assert "▸" not in str(forest_svg([row(0.5, 0.2), row(0.6, 0.2)]))


@pytest.mark.parametrize("rows", [[], [row(float("nan"), 1.0)], [row(1.0, float("inf"))]])
def test_nothing_to_draw(rows):
    assert str(forest_svg(rows)) == ""


def test_rows_without_finite_intervals_are_left_out():
    svg = str(forest_svg([row(0.5, 0.1), row(float("inf"), 1.0)]))
    assert len(circles(svg)) == 1
    assert "Forest plot of 1 estimates" in svg


def test_labels_are_escaped_and_numbers_written_out():
    svg = str(forest_svg([row(0.5, 0.2, method="<b>LIML</b>")]))
    assert "&lt;b&gt;LIML&lt;/b&gt; · learned · env" in svg
    assert "<b>" not in svg
    assert "(0.3" in svg
    assert 'role="img"' in svg


def test_one_estimate_of_zero_without_error_can_be_drawn():
    assert len(circles(str(forest_svg([row(0.0, 0.0)])))) == 1


def test_ratios_do_not_stand_on_the_axis_of_differences():
    rows = [row(0.5, 0.2, primary="true") | {"scale": "difference"}, row(3.0, 1.0) | {"scale": "log odds ratio"}]
    assert len(circles(str(forest_svg(rows)))) == 1


def test_an_estimate_without_interval_is_not_drawn():
    assert len(circles(str(forest_svg([row(0.5, 0.2, primary="true"), row(1.0, float("nan"))])))) == 1


def test_twins_that_differ_in_their_errors_have_different_labels():
    twin = row(0.5, 0.1) | {"se_type": "HC1, given the instruments"}
    svg = str(forest_svg([row(0.5, 0.2, primary="true") | {"se_type": "HC1, counting the learning"}, twin]))
    assert svg.count("LIML (given) ·") == 1
    assert svg.count("LIML ·") == 1

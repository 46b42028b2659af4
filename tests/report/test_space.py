"""Environments before and after learning, and what instruments are made of."""

import pytest

from latentmr.report.composition import MOST, composition_map, strongest
from latentmr.report.drawing import ACCENT, MARKS
from latentmr.report.flow_chart import flow_chart
from latentmr.report.space import learned_space


def panel(count, axes=2):
    return {
        "names": ["first", "second"][:axes],
        "edges": [-3.0, 0.0, 3.0],
        "counts": [[25, 0], [0, 30]] if axes == 2 else [[25], [30]],
        "environments": [
            {
                "name": f"site{i}",
                "mean": [i / 10, 0.0][:axes],
                "covariance": [[4.0, 0.0], [0.0, 1.0]] if axes == 2 else [[4.0]],
            }
            for i in range(count)
        ],
    }


def test_ellipses_have_two_standard_deviations_and_bins_without_people_are_blank():
    drawn = learned_space({"before": panel(3), "after": panel(3)})
    axes = drawn.figure.axes[0]
    shapes = [type(patch).__name__ for patch in axes.patches]
    assert (shapes.count("Rectangle"), shapes.count("Ellipse")) == (2, 3)
    ellipse = next(patch for patch in axes.patches if type(patch).__name__ == "Ellipse")
    assert (ellipse.width, ellipse.height, ellipse.angle) == (8.0, 4.0, pytest.approx(0.0))
    assert "Means of 3 environments lie up to 0.2 standard deviations apart" in drawn.alt


def test_one_instrument_is_drawn_along_a_line():
    drawn = learned_space({"before": panel(2), "after": panel(2, axes=1)})
    bars = [line for line in drawn.figure.axes[1].lines if len(line.get_xdata()) == 2]
    assert [tuple(bar.get_xdata()) for bar in bars] == [(-4.0, 4.0), (-3.9, 4.1)]


def test_many_environments_share_a_colour_and_have_no_legend():
    drawn = learned_space({"before": panel(30), "after": panel(30)})
    assert {line.get_color() for line in drawn.figure.axes[0].lines} == {ACCENT}
    assert drawn.figure.legends == []
    assert "The 30 environments are drawn alike" in drawn.caption
    few = learned_space({"before": panel(len(MARKS)), "after": panel(len(MARKS))})
    assert [text.get_text() for text in few.figure.legends[0].get_texts()] == [f"site{i}" for i in range(len(MARKS))]


def test_nothing_is_drawn_without_environments():
    assert learned_space({}) is None
    assert learned_space({"before": panel(0), "after": panel(0)}) is None


def variants(count):
    return [{"variant": f"rs{i}", "z1": i / 1000, "z2": -i / 2000} for i in range(count)]


@pytest.mark.parametrize("count", [1, 5, 500])
def test_variants_that_matter_most_are_shown(count):
    drawn = composition_map(variants(count))
    names = [text.get_text() for text in drawn.figure.axes[0].get_yticklabels()]
    assert names == [f"rs{i}" for i in range(max(0, count - MOST), count)]
    assert (f"{count - MOST} variants with smaller sensitivities" in drawn.caption) is (count > MOST)
    assert [row["variant"] for row in strongest(variants(count))] == names


def test_instruments_of_zeros_can_be_drawn():
    assert composition_map([{"variant": "rs1", "z1": 0.0}]).alt == "Instruments change: z1 most with rs1 (0)"
    assert composition_map([]) is None


def step(reason, removed, remaining, unit="samples", stage="filter"):
    return {"unit": unit, "stage": stage, "reason": reason, "removed": removed, "remaining": remaining}


def test_flow_shows_counts_and_words_in_their_place():
    rows = [
        step("read", 0, 1000, stage="read"),
        step("nothing", 0, 1000),
        step("missing", "<20", "hidden"),
        step("no exposure", 100, 890, stage="estimation"),
        step("rare", 3, 47, unit="variants"),
    ]
    drawn = flow_chart(rows)
    people, kinds = drawn.figure.axes
    assert [text.get_text() for text in people.texts] == [
        "1,000 remain",
        "hidden remain, <20 removed",
        "890 remain, 100 removed",
    ]
    assert [bar.get_width() for bar in people.patches] == [1000, 1000, 890]
    assert [text.get_text() for text in kinds.texts] == ["47 remain, 3 removed"]
    assert flow_chart([]) is None

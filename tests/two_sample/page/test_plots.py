"""Scatter, funnel, radial and forest plots: what is drawn where, from one variant to 10,000."""

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from matplotlib.colors import to_hex

from latentmr import report as pages
from latentmr.report.drawing import ACCENT, SOFT, WARN
from latentmr.two_sample.page import TWO_SAMPLE
from latentmr.two_sample.page.forests import (
    CONFOUNDING,
    TOP,
    methods_forest,
    single_variants_forest,
    without_variant_forest,
)
from latentmr.two_sample.page.funnel import funnel_plot
from latentmr.two_sample.page.radial import radial_plot
from latentmr.two_sample.page.ratios import COMPACT, ratios_plot
from latentmr.two_sample.page.scatter import scatter_plot
from latentmr.two_sample.page.variants import MOST_EXPOSURES, by_exposure

drawings_of = partial(pages.drawings_of, kind=TWO_SAMPLE)

PLOTS = ["estimates", "scatter", "single", "without", "funnel", "radial", "flow"]


def labels(drawing):
    return [text.get_text() for text in drawing.figure.axes[0].get_yticklabels()]


def marks(drawing, marker="o"):
    lines = [line for line in drawing.figure.axes[0].lines if line.get_marker() == marker]
    return np.concatenate([line.get_xydata() for line in lines]) if lines else np.empty((0, 2))


@pytest.fixture
def golden(effects):
    return effects()


@pytest.fixture
def variants(report_of_golden_effects):
    return by_exposure(report_of_golden_effects.tables["associations"])[0]


@pytest.mark.parametrize("p", [1, 2, 10, 500, 10_000])
def test_every_plot_is_drawn_small_and_within_its_frame(two_sample_report, effects, p):
    frame = effects(p)
    if p >= 10:  # one far off in the outcome, one of great strength, one of nearly none
        frame.loc[0, "by"], frame.loc[1, "bx"], frame.loc[2, "bx"] = 2.0, 0.9, 1e-9
    drawn = drawings_of(two_sample_report({"x": frame}))
    assert list(drawn) == [name for name in PLOTS if p > 1 or name != "without"]
    for name, drawing in drawn.items():
        text = str(drawing.svg())
        assert len(text) < 300_000, name
        assert "nan" not in text.lower().replace("nance", ""), name
        assert drawing.alt
        assert drawing.caption.endswith(".")
    if p >= 10:
        axes = drawn["scatter"].figure.axes[0]
        assert axes.get_ylim()[1] < 1
        assert axes.get_xlim()[1] < 0.5
        assert "rs0" in drawn["scatter"].caption
        assert "rs1" in drawn["scatter"].caption


def test_points_of_the_scatter_are_the_effects_for_the_raising_allele(variants, golden):
    drawn = scatter_plot(variants, [], "sbp")
    points = np.concatenate([marks(drawn), marks(drawn, "s")])
    sign = np.sign(golden["bx"].to_numpy())
    want = np.column_stack([sign * golden["bx"], sign * golden["by"]])
    inside = (want <= [drawn.figure.axes[0].get_xlim()[1], drawn.figure.axes[0].get_ylim()[1]]).all(axis=1)
    found = points[np.lexsort(points.T)]
    np.testing.assert_allclose(found, want[inside][np.lexsort(want[inside].T)])


def test_lines_of_the_scatter_have_slope_and_intercept_and_different_strokes(variants):
    lines = [{"method": name, "slope": 0.3, "intercept": 0.01} for name in ("IVW", "MR-Egger", "Weighted median")]
    drawn = scatter_plot(variants, [*lines, {"method": "none", "slope": None, "intercept": 0}], "sbp")
    solid = [line for line in drawn.figure.axes[0].lines if not line.get_label().startswith("_")]
    assert [line.get_label() for line in solid] == ["IVW (0.3)", "MR-Egger (0.3)", "Weighted median (0.3)"]
    (start, low), (end, high) = solid[0].get_xydata()
    assert low == pytest.approx(0.01 + 0.3 * start)
    assert (high - low) / (end - start) == pytest.approx(0.3)
    assert len({line.get_linestyle() for line in solid}) == 3
    assert "slope 0.3, intercept 0.01" in drawn.alt


def test_outliers_are_orange_squares_with_names(variants):
    outlier = np.arange(len(variants.ids)) == 4
    for draw in (lambda v: scatter_plot(v, [], "y"), lambda v: funnel_plot(v, 0.3, 0.2), lambda v: radial_plot(v, 0.3)):
        drawn = draw(replace(variants, outlier=outlier, x=np.full_like(variants.x, 0.05)))
        (square,) = [line for line in drawn.figure.axes[0].lines if line.get_marker() == "s" and len(line.get_xdata())]
        assert to_hex(square.get_color()) == WARN
        assert variants.ids[4] in [text.get_text() for text in drawn.figure.axes[0].texts]
        assert "quares" in drawn.caption
        assert "quares" not in draw(replace(variants, outlier=outlier & False)).caption


def test_the_funnel_has_ratios_against_precision_and_a_line_for_each_method(variants):
    drawn = funnel_plot(variants, 0.3, 0.2)
    legend = [line for line in drawn.figure.axes[0].lines if not line.get_label().startswith("_")]
    assert [(line.get_label(), line.get_xdata()[0]) for line in legend] == [("IVW (0.3)", 0.3), ("MR-Egger (0.2)", 0.2)]
    inside = marks(drawn)
    pairs = np.column_stack([variants.ratio, np.sqrt(variants.weight)])
    assert len(inside) > 0.7 * len(pairs)
    assert all((np.abs(pairs - point).sum(axis=1) < 1e-9).any() for point in inside)
    assert "lie above the IVW estimate" in drawn.alt
    assert "MR-Egger" not in funnel_plot(variants, 0.3, float("nan")).alt


def test_the_radial_plot_has_the_slope_of_ivw(variants):
    drawn = radial_plot(variants, float("nan"))
    line = next(line for line in drawn.figure.axes[0].lines if line.get_label().startswith("IVW"))
    by_hand = (variants.x * variants.y / variants.sy**2).sum() / (variants.x**2 / variants.sy**2).sum()
    assert np.diff(line.get_ydata())[0] / np.diff(line.get_xdata())[0] == pytest.approx(by_hand)


def test_variants_without_ratios_have_no_funnel_and_no_radial_plot(variants):
    without = replace(variants, weight=np.zeros_like(variants.weight))
    assert funnel_plot(without, 0.3, 0.2) is None
    assert radial_plot(without, 0.3) is None


def ratios(count):
    return [{"exposure": "x", "id": f"rs{i}", "beta": i / 100, "se": 0.1 + i / 1000} for i in range(count)]


def test_of_many_single_variants_the_most_precise_are_drawn_and_the_others_pooled():
    drawn = single_variants_forest(ratios(79), 0.4)
    assert labels(drawn) == [*(f"rs{i}" for i in range(TOP)), "49 others, pooled"]
    assert f"The {TOP} most precise of 79 variants are shown. The other 49 are pooled" in drawn.caption
    weight = np.array([row["se"] ** -2 for row in ratios(79)[TOP:]])
    beta = np.array([row["beta"] for row in ratios(79)[TOP:]])
    assert marks(drawn)[-1, 0] == pytest.approx((weight * beta).sum() / weight.sum())
    assert "are not" not in single_variants_forest(ratios(TOP), 0.4).caption
    assert len(labels(single_variants_forest(ratios(79), 0.4, most=5))) == 6


def test_the_most_influential_are_those_far_off_for_their_error():
    rows = [*ratios(40), {"exposure": "x", "id": "far", "beta": 9.0, "se": 0.5}]
    assert "far" not in labels(single_variants_forest(rows, 0.2, most=3))
    assert "far" in labels(single_variants_forest(rows, 0.2, most=3, by="influence"))


def test_a_wild_ratio_is_an_arrow():
    drawn = single_variants_forest([*ratios(20), {"exposure": "x", "id": "far", "beta": 900.0, "se": 0.05}], 0.2)
    assert drawn.figure.axes[0].get_xlim()[1] < 3
    assert len(marks(drawn, ">")) == 1


def test_very_many_ratios_are_a_histogram_of_all_the_weight(two_sample_report, effects):
    rows = [*ratios(COMPACT), {"exposure": "x", "id": "far", "beta": 900.0, "se": 0.05}]
    drawn = ratios_plot(rows, 0.4)
    assert sum(bar.get_height() for bar in drawn.figure.axes[0].patches) == pytest.approx(100)
    assert "include 1 beyond the axis" in drawn.caption
    assert ratios_plot([{"exposure": "x", "id": "a", "beta": None, "se": 1.0}], 0.4) is None
    many = drawings_of(two_sample_report({"x": effects(COMPACT + 1)}))
    assert "The distribution of the effects from each of 201 variants alone" in many["single"].caption


def left_out(betas, se=0.1, overall=0.5):
    rows = [{"exposure": "x", "without": f"rs{i}", "beta": beta, "se": se} for i, beta in enumerate(betas)]
    return [*rows, {"exposure": "x", "without": "none", "beta": overall, "se": se}]


def test_without_a_variant_the_most_influential_are_drawn_and_the_range_of_the_others():
    betas = [0.5 + i / 10_000 for i in range(78)] + [0.9]
    drawn = without_variant_forest(left_out(betas), most=10)
    assert labels(drawn) == [
        *(f"without rs{i}" for i in range(69, 79)),
        "without one of 69 others",
        "all variants",
    ]
    assert "0.500 to 0.507" in [text.get_text() for text in drawn.figure.axes[0].texts]
    dashed = [line for line in drawn.figure.axes[0].lines if line.get_linestyle() == "--"]
    assert dashed[0].get_xdata()[0] == 0.5


def test_a_variant_on_which_the_answer_rests_is_orange():
    def colours(betas):
        lines = without_variant_forest(left_out(betas)).figure.axes[0].lines
        return [to_hex(line.get_color()) for line in lines if line.get_marker() == "o"]

    assert colours([0.15, 0.5, 0.7]) == [WARN, SOFT, WARN, ACCENT]
    assert colours([0.45, 0.5]) == [SOFT, SOFT, ACCENT]


def test_leave_one_out_needs_a_variant_to_leave_out():
    assert without_variant_forest(left_out([])) is None
    assert without_variant_forest([]) is None
    assert without_variant_forest(left_out([0.5])[:1]).caption


def test_the_forest_of_methods_names_methods_alone_and_says_what_none_of_them_does(report_of_golden_effects):
    drawn = methods_forest(report_of_golden_effects.tables["estimates"])
    assert labels(drawn) == ["IVW", "MR-Egger", "Contamination mixture"]
    assert CONFOUNDING in drawn.caption
    assert "Dotted lines are sets" in drawn.caption


def test_a_set_is_drawn_in_its_pieces(report_of_golden_effects):
    row = report_of_golden_effects.tables["estimates"][2]
    dotted = [line for line in methods_forest([row]).figure.axes[0].lines if line.get_linestyle() == ":"]
    assert len(dotted) == 2
    rays = row | {"beta": None, "ci_ar": "[-inf, -1] U [2, inf]"}
    drawn = methods_forest([rays])
    assert len(marks(drawn)) == 0
    assert len(marks(drawn, "<")) == len(marks(drawn, ">")) == 1
    assert drawn.alt == "Forest plot of 1 rows: Contamination mixture [-inf, -1] U [2, inf]"
    assert methods_forest([row | {"ci_ar": "empty"}]) is None
    assert methods_forest([]) is None


def test_equal_labels_are_distinguished_by_their_errors(report_of_golden_effects):
    row = report_of_golden_effects.tables["estimates"][0]
    assert labels(methods_forest([row, row | {"se_type": "fixed"}])) == ["IVW (random effects)", "IVW (fixed)"]


def test_several_exposures_have_headings_in_one_forest(two_sample_report, effects):
    drawn = drawings_of(two_sample_report({"ldl": effects(20), "hdl": effects(20, 1)}))
    assert labels(drawn["estimates"])[::4] == ["ldl", "hdl"]
    assert [name for name in drawn if name.startswith("scatter")] == ["scatter-1", "scatter-2"]
    assert drawn["funnel-2"].caption.startswith("hdl (effects not adjusted for the other exposures). ")


def test_multivariable_points_are_given_the_other_exposures(two_sample_report, effects):
    report = two_sample_report({"ldl": effects(20), "hdl": effects(20, 1)})
    rows = [row | {"method": f"multivariable {row['method']}"} for row in report.tables["estimates"]]
    drawn = drawings_of(replace(report, tables=report.tables | {"estimates": rows}))
    for stem in ("scatter", "funnel", "radial"):
        assert "minus those through the other exposures" in drawn[f"{stem}-1"].caption
    assert "not adjusted" in drawn["single-1"].caption
    no_lines = replace(report, tables=report.tables | {"estimates": rows}, figures={})
    assert "not adjusted" in drawings_of(no_lines)["scatter-1"].caption


def test_of_many_exposures_some_are_drawn_and_the_others_named(two_sample_report, effects):
    drawn = drawings_of(two_sample_report({f"trait{i}": effects(8, i) for i in range(12)}))
    assert labels(drawn["estimates"]) == [f"trait{i}: IVW" for i in range(12)]
    for stem in ("methods", "scatter", "single", "without", "funnel", "radial"):
        assert sum(name.startswith(stem) for name in drawn) == MOST_EXPOSURES
        named = ", ".join(f"trait{i}" for i in range(MOST_EXPOSURES, 12))
        assert drawn[f"{stem}-{MOST_EXPOSURES}"].caption.endswith(
            f"Exposures without a plot, which are in the tables: {named}."
        )
    assert CONFOUNDING not in drawn["methods-1"].caption


def test_the_same_report_makes_the_same_drawings(report_of_golden_effects):
    first, second = (
        {name: str(drawing.svg()) for name, drawing in drawings_of(report_of_golden_effects).items()} for _ in range(2)
    )
    assert first == second


def test_colours_are_those_of_the_page(report_of_golden_effects):
    for drawing in drawings_of(report_of_golden_effects).values():
        assert re.search(r"var\(--(soft|accent|warn|ink)\)", str(drawing.svg()))
        assert WARN not in str(drawing.svg())

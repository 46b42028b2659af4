"""Frames, points in them, and names beside points."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from latentmr.report.drawing import SOFT, WARN, canvas
from latentmr.two_sample.page.frame import ARROWS, BINNED, beyond_words, draw_points, robust_range, tempered
from latentmr.two_sample.page.labels import FEW, NAMED, name_points, to_name
from latentmr.two_sample.page.variants import by_exposure, given_the_others, slope_of


def test_a_far_value_does_not_stretch_the_range_but_a_near_one_is_kept():
    near = np.linspace(0, 1, 50)
    assert robust_range([*near, 1000.0]) == robust_range(near)
    low, high = robust_range([*near, 1.8])
    assert low < 0 < 1.8 < high
    assert robust_range([*near, 1000.0], cover=[5.0])[1] > 5


@pytest.mark.parametrize("values", [[], [np.nan], [2.0], [2.0, 2.0], [0.0], [np.inf, 1.0]])
def test_a_range_has_a_length_whatever_the_values(values):
    low, high = robust_range(values)
    assert np.isfinite(low)
    assert low < high


def test_the_range_does_not_depend_on_order_and_moves_with_the_values():
    rng = np.random.default_rng(0)
    values = rng.standard_cauchy(200)
    low, high = robust_range(values)
    np.testing.assert_allclose(robust_range(rng.permutation(values)), (low, high))
    np.testing.assert_allclose(robust_range(10 * values + 3), (10 * low + 3, 10 * high + 3))
    np.testing.assert_allclose(robust_range(-values), (-high, -low))


def test_values_without_weight_do_not_count():
    assert robust_range([0.0, 1.0, 50.0], weights=[1, 1, 0]) == robust_range([0.0, 1.0])


def test_no_weight_is_above_the_upper_quarter():
    assert tempered(np.array([1.0, 2.0, 3.0, 4.0, 100.0])).tolist() == [1, 2, 3, 4, 4]


def test_points_beyond_are_arrows_the_farthest_first():
    x, y = np.array([0.5, 3.0, 0.5, -9.0]), np.array([0.5, 0.5, 5.0, 0.0])
    marked = np.array([False, False, True, False])
    with canvas(3) as (_, axes):
        assert draw_points(axes, x, y, marked, (0, 1), (0, 1)) == [3, 2, 1]
    arrows = {line.get_marker(): (to_hex(line.get_color()), *line.get_xydata()[0]) for line in axes.lines[-3:]}
    assert arrows == {"<": (SOFT, 0, 0), "^": (WARN, 0.5, 1), ">": (SOFT, 1, 0.5)}
    assert axes.get_xlim() == (0, 1)


def test_many_points_are_bins_of_a_colour_of_the_page():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, BINNED + 1))
    with canvas(3) as (_, axes):
        beyond = draw_points(axes, x, y, x > 10, (-1, 1), (-9, 9))
    assert len(beyond) == (np.abs(x) > 1).sum() > ARROWS
    assert sum(line.get_marker() in "<>" for line in axes.lines) == ARROWS
    assert {to_hex(colour) for colour in axes.collections[0].get_facecolor()} == {SOFT}


def test_it_is_said_what_lies_beyond():
    ids = tuple(f"rs{i}" for i in range(100))
    assert beyond_words(ids, []) == ""
    assert beyond_words(ids, [7]) == " An arrow at the edge marks a point beyond the axes: rs7."
    assert beyond_words(ids, list(range(7))).endswith(
        "Arrows at the edge mark points beyond the axes: rs0, rs1, rs2, rs3, rs4 and 2 more."
    )
    assert f"(the {ARROWS} farthest)" in beyond_words(ids, list(range(ARROWS + 1)))


def row(**changes):
    base = {"exposure": "x", "id": "rs1", "beta_exposure": 0.1, "se_exposure": 0.01, "beta_outcome": 0.2}
    return base | {"se_outcome": 0.05, "weight": 4.0, "q": 1.0, "outlier": False} | changes


def test_variants_are_turned_to_raise_the_exposure():
    (one,) = by_exposure([row(beta_exposure=-0.1), row()])
    assert one.x.tolist() == [0.1, 0.1]
    assert one.y.tolist() == [-0.2, 0.2]
    np.testing.assert_allclose(one.ratio, [-2, 2])


def test_weights_that_are_absent_are_those_of_first_order_and_incomplete_rows_are_left_out():
    (one,) = by_exposure(
        [row(weight=None, q=None, outlier=None), row(id="b", se_outcome=None), row(id="c", beta_exposure=None)]
    )
    assert one.ids == ("rs1",)
    np.testing.assert_allclose(one.weight, 4.0)
    assert not one.outlier.any()
    assert by_exposure([row(se_outcome=0.0)]) == []


def test_a_variant_without_an_effect_on_the_exposure_has_no_ratio():
    (one,) = by_exposure([row(), row(id="none", beta_exposure=0.0, weight=0.0)])
    assert one.with_ratios.ids == ("rs1",)
    assert np.isnan(one.ratio[1])


def test_exposures_keep_their_order():
    assert [each.exposure for each in by_exposure([row(exposure="b"), row(exposure="a"), row(exposure="b")])] == [
        "b",
        "a",
    ]


def test_what_other_exposures_explain_is_taken_from_the_outcome_whatever_the_allele():
    rng = np.random.default_rng(0)
    bx, slopes = rng.normal(size=(5, 3)), {"a": 0.5, "b": -1.0, "c": 2.0}
    by = bx @ list(slopes.values())
    rows = [
        row(exposure=name, id=f"rs{i}", beta_exposure=bx[i, j], beta_outcome=by[i])
        for j, name in enumerate(slopes)
        for i in range(5 if name == "a" else 4)
    ]
    for each in given_the_others(by_exposure(rows), slopes):
        assert each.ids == ("rs0", "rs1", "rs2", "rs3")
        np.testing.assert_allclose(each.y, slopes[each.exposure] * each.x)


def test_slopes_are_found_by_the_words_of_their_method():
    lines = [{"exposure": "x", "method": "MR-Egger", "slope": 1.0}, {"exposure": "y", "method": "IVW", "slope": 2.0}]
    assert slope_of(lines, "x", "egger") == 1.0
    assert np.isnan(slope_of(lines, "x", "ivw"))


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_outliers_are_named_and_all_where_there_are_few():
    few = by_exposure([row(id=f"rs{i}", q=float(i), outlier=i == 3) for i in range(FEW)])[0]
    assert to_name(few)[0] == 3
    assert len(to_name(few)) == FEW
    many = by_exposure([row(id=f"rs{i}", q=float(i), outlier=i in (3, 8)) for i in range(FEW + 1)])[0]
    assert to_name(many) == [8, 3]


def test_names_do_not_lie_on_each_other():
    several = by_exposure([row(id=f"a_long_name_{i}", outlier=True) for i in range(50)])[0]
    with canvas(3) as (_, axes):
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        name_points(axes, np.full(50, 0.5), np.full(50, 0.5), several)
        apart = len(texts(axes))
        name_points(axes, np.linspace(0.1, 0.9, 50), np.linspace(0.1, 0.9, 50), several)
    assert 1 <= apart <= 6
    assert apart < len(texts(axes)) <= apart + NAMED
    assert all(len(text) <= 18 for text in texts(axes))

"""Natural cubic splines of instruments."""

import numpy as np
import pytest

from latentmr import tsls
from latentmr.iv import natural_spline, spline_knots


@pytest.fixture
def Z():
    return np.random.default_rng(2).normal(size=(300, 2)) * [1.0, 50.0]


def test_knots_are_quantiles(Z):
    knots = spline_knots(Z)
    assert knots.shape == (5, 2)
    assert knots[2] == pytest.approx(np.median(Z, axis=0))
    assert (np.diff(knots, axis=0) > 0).all()


def test_columns_are_linear_beyond_the_outer_knots(Z):
    knots = spline_knots(Z)
    for start, step in ((knots[-1], 0.2), (knots[0], -0.2)):
        line = natural_spline(start + step * np.arange(1, 5)[:, None] * [1.0, 50.0], knots)
        assert np.diff(line, n=2, axis=0) == pytest.approx(0, abs=1e-8)
    assert natural_spline(knots[:1] - 10, knots) == pytest.approx(0, abs=1e-12)


def test_columns_are_smooth_at_the_knots(Z):
    knots = spline_knots(Z)
    step = 1e-4 * (knots[-1] - knots[0])
    for knot in knots:
        around = natural_spline(knot + step * np.arange(-2, 3)[:, None], knots)
        slopes = np.diff(around, axis=0)
        # first and second derivatives are continuous: second differences stay of the order of the step squared
        assert np.abs(np.diff(slopes, axis=0)).max() < 1e-6 * np.abs(knots).max()


def test_columns_and_line_span_four_dimensions_and_are_not_constant(Z):
    one = Z[:, :1]
    basis = np.column_stack([np.ones(300), one, natural_spline(one, spline_knots(one))])
    assert np.linalg.matrix_rank(basis) == 5


def test_units_of_a_coordinate_do_not_change_the_span(Z):
    x = np.sin(Z[:, 0]) + 0.1 * np.random.default_rng(0).normal(size=300)
    rows = [
        tsls(np.column_stack([V, natural_spline(V, spline_knots(V))]), x, x + Z[:, 1])
        for V in (Z[:, :1], -250 * Z[:, :1] + 9)
    ]
    assert rows[0].k == 4
    assert rows[0].f_statistic == pytest.approx(rows[1].f_statistic, rel=1e-6)


def test_a_coordinate_with_coinciding_knots_enters_linearly(Z):
    both = np.column_stack([Z[:, 0], np.repeat([0.0, 1.0], 150), np.ones(300)])
    columns = natural_spline(both, spline_knots(both))
    assert np.isfinite(columns).all()
    # columns come knot by knot, coordinate by coordinate within
    assert np.array_equal(columns[:, [1, 2, 4, 5, 7, 8]], np.zeros((300, 6)))
    assert np.abs(columns[:, [0, 3, 6]]).max() > 0


def test_splines_find_strength_that_a_line_misses():
    rng = np.random.default_rng(3)
    Z, u = rng.normal(size=(1000, 1)), rng.normal(size=1000)
    x = Z[:, 0] ** 2 + u
    line = tsls(Z, x, 0.5 * x + u + rng.normal(size=1000))
    curve = tsls(np.column_stack([Z, natural_spline(Z, spline_knots(Z))]), x, 0.5 * x + u + rng.normal(size=1000))
    assert line.effective_f < 10 < 100 < curve.effective_f
    assert curve.beta == pytest.approx(0.5, abs=0.15)

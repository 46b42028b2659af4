"""Slopes of the spline terms are their derivatives."""

import numpy as np
import pytest

from latentmr.iv import natural_spline, spline_knots, spline_slopes

#: Coordinates in three units.
Z = np.random.default_rng(0).normal(size=(400, 3)) * [1.0, 1e3, 1e-3] + [0.0, 5e3, 1.0]
KNOTS = spline_knots(Z)
SPAN = np.tile(KNOTS[-1] - KNOTS[0], 3)


def test_slopes_are_numerical_derivatives():
    step = 1e-5 * Z.std(axis=0)
    up, down = natural_spline(Z + step, KNOTS), natural_spline(Z - step, KNOTS)
    numerical = SPAN * (up - down) / np.tile(2 * step, 3)
    assert SPAN * spline_slopes(Z, KNOTS) == pytest.approx(numerical, rel=1e-6, abs=1e-6)
    assert np.abs(numerical).max(axis=0).min() > 0.3


def test_slopes_are_per_unit_of_the_coordinate():
    shifted = 7 * spline_slopes(7 * Z + 2, spline_knots(7 * Z + 2))
    assert SPAN * shifted == pytest.approx(SPAN * spline_slopes(Z, KNOTS), rel=1e-6, abs=1e-9)


def test_slopes_are_zero_before_the_first_knot_and_constant_after_the_last():
    below, above = KNOTS[0] - [[1.0], [2.0]] * Z.std(axis=0), KNOTS[-1] + [[1.0], [2.0]] * Z.std(axis=0)
    assert not spline_slopes(below, KNOTS).any()
    first, second = SPAN * spline_slopes(above, KNOTS)
    assert first == pytest.approx(second, rel=1e-7)
    assert (first > 0.1).all()


def test_a_coordinate_that_enters_linearly_has_no_slopes():
    counts = np.column_stack([np.repeat([0.0, 1.0, 2.0], [90, 9, 1]), np.arange(100.0)])
    slopes = spline_slopes(counts, spline_knots(counts)).reshape(100, 3, 2)
    assert not slopes[:, :, 0].any()
    assert slopes[:, :, 1].any(axis=0).all()

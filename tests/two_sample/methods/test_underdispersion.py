"""Ratios that agree better than their errors allow never make a standard error smaller."""

from typing import Any

import numpy as np
import pytest

from latentmr.two_sample import methods as s
from latentmr.two_sample.methods import multivariable as mv

#: Ratios of 0.1 that agree far better than their errors.
BX = np.array([0.11, 0.23, 0.17, 0.31])
BY = 0.1 * BX + 1e-6 * np.array([1.0, -2.0, 1.0, 0.5])
SX, SY = np.full(4, 0.01), np.full(4, 0.007)
ROWS = (BX, BY, SX, SY)
FIXED = float(1 / np.sqrt((BX**2 / SY**2).sum()))


def test_ivw_methods_are_not_below_fixed_effects() -> None:
    found = s.rucker(*ROWS)
    modified = 1 / np.sqrt((BX**2 / (SY**2 + (0.1 * SX) ** 2)).sum())
    assert [found.effects[letter].se for letter in "AB"] == pytest.approx([FIXED, FIXED])
    assert s.radial_ivw(*ROWS, draws=20).se == pytest.approx(modified, rel=1e-4)
    assert s.presso(*ROWS, draws=20).se == pytest.approx(FIXED)
    assert s.presso(*ROWS, draws=20).details.raw_se == pytest.approx(FIXED)
    iterative = s.radial_ivw(*ROWS, draws=0).details.iterative_se
    assert iterative == pytest.approx(modified, rel=1e-4)


def test_egger_methods_are_not_below_fixed_effects() -> None:
    egger = s.egger(*ROWS)
    assert egger.details.dispersion < 0.01
    found = s.rucker(*ROWS)
    assert [found.effects[letter].se for letter in "CD"] == pytest.approx([egger.se] * 2)
    assert [found.intercepts[letter].se for letter in "CD"] == pytest.approx([egger.details.intercept_se] * 2)
    assert s.radial_egger(*ROWS, weights="first").se > FIXED
    grip = s.grip(*ROWS)
    assert grip.se > FIXED
    assert grip.details.adjusted_se > 100 * grip.details.adjusted_dispersed_se


@pytest.mark.parametrize(
    "method",
    [s.radial_egger, s.grip, lambda *rows: s.radial_ivw(*rows, draws=0), lambda *rows: s.presso(*rows, draws=9)],
)
def test_the_error_of_the_residuals_stays_in_the_details(method: Any) -> None:
    found = method(*ROWS)
    assert found.details.dispersed_se < 0.01 * found.se
    if not hasattr(found.details, "raw"):
        assert found.details.dispersed_se == pytest.approx(found.details.dispersion * found.se)
    bx, by, sx, sy = ROWS
    wide = method(bx, by + 0.05 * np.array([1.0, -1.0, 1.0, -1.0]), sx, sy)
    assert wide.details.dispersed_se == wide.se


def test_several_exposures() -> None:
    rng = np.random.default_rng(0)
    X = 0.1 * rng.normal(size=(6, 2))
    rows = X, X @ [0.1, 0.2], np.full((6, 2), 0.01), np.full(6, 0.01)
    fixed = mv.ivw(*rows, model="fixed")
    for method in (mv.multiple, mv.ivw):
        assert [each.se for each in method(*rows)] == pytest.approx([each.se for each in fixed])


def test_a_perfect_fit_has_the_errors_of_the_associations() -> None:
    rows = BX, 0.1 * BX, SX, SY
    found = s.rucker(*rows)
    assert found.model == "A"
    assert found.chosen.se == pytest.approx(FIXED)
    assert found.cooks_distance.tolist() == [0.0] * 4
    assert s.grip(*rows).se > 0

"""What must not change an estimate, and what must change it in proportion."""

import numpy as np
import pytest


def same(first, second, rel=1e-8):
    """Estimate, error, strength and set."""
    names = ("beta", "se", "f_statistic", "effective_f")
    values = [[getattr(e, name) for name in names if getattr(e, name) is not None] for e in (first, second)]
    assert values[0] == pytest.approx(values[1], rel=rel)
    assert (first.n, first.k) == (second.n, second.k)
    if first.ci_ar is not None:
        ends = [[end for interval in e.ci_ar.intervals for end in interval] for e in (first, second)]
        assert ends[0] == pytest.approx(ends[1], rel=rel)


def test_units_and_origin_of_instruments(sample, estimate, method, se_type):
    changed = sample.Z * [1e-6, 1e6, -3.0, 1.0, 100.0] + [5.0, 1e6, 0.0, -2.0, 1e3]
    same(estimate(method, sample, se_type), estimate(method, sample.but(Z=changed), se_type), rel=1e-6)


def test_order_of_instruments(sample, estimate, method, se_type):
    same(
        estimate(method, sample, se_type),
        estimate(method, sample.but(Z=sample.Z[:, [3, 0, 4, 1, 2]]), se_type),
    )


def test_invertible_mixing_of_instruments(sample, estimate, method, se_type):
    mixing = np.random.default_rng(0).normal(size=(5, 5))
    same(estimate(method, sample, se_type), estimate(method, sample.but(Z=sample.Z @ mixing), se_type))


def test_order_of_people(sample, estimate, method, se_type):
    order = np.random.default_rng(0).permutation(len(sample.y))
    shuffled = type(sample)(*(getattr(sample, name)[order] for name in ("Z", "x", "y", "C", "cluster")))
    same(estimate(method, sample, se_type), estimate(method, shuffled, se_type))


def test_mixing_and_shifting_of_covariates(sample, estimate, method, se_type):
    mixed = sample.C @ np.array([[1.0, 2.0], [-1.0, 3.0]]) + 7
    same(estimate(method, sample, se_type), estimate(method, sample.but(C=mixed), se_type))


def test_adding_covariates_to_instruments(sample, estimate, method, se_type):
    moved = sample.Z + sample.C @ np.ones((2, 5)) * 3
    same(estimate(method, sample, se_type), estimate(method, sample.but(Z=moved), se_type))


@pytest.mark.parametrize(("by_x", "by_y"), [(1000.0, 1.0), (1.0, -2.0), (0.01, 50.0)])
def test_units_of_exposure_and_outcome(sample, estimate, method, se_type, by_x, by_y):
    base = estimate(method, sample, se_type)
    scaled = estimate(method, sample.but(x=by_x * sample.x + 3, y=by_y * sample.y - 8), se_type)
    ratio = by_y / by_x
    assert scaled.beta == pytest.approx(ratio * base.beta, rel=1e-8)
    assert scaled.se == pytest.approx(abs(ratio) * base.se, rel=1e-8)
    assert scaled.p_value == pytest.approx(base.p_value, rel=1e-6)
    if method != "OLS":
        assert scaled.effective_f == pytest.approx(base.effective_f, rel=1e-8)
        ((low, high),) = scaled.ci_ar.intervals
        ((low_base, high_base),) = base.ci_ar.intervals
        assert sorted((low, high)) == pytest.approx(sorted((ratio * low_base, ratio * high_base)), rel=1e-7)


def test_adding_exposure_to_outcome_adds_to_the_effect(sample, estimate, method, se_type):
    base = estimate(method, sample, se_type)
    moved = estimate(method, sample.but(y=sample.y + 2 * sample.x), se_type)
    assert moved.beta == pytest.approx(base.beta + 2, rel=1e-9)
    assert moved.se == pytest.approx(base.se, rel=1e-8)

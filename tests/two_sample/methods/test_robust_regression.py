"""Theorems on MM-estimation."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from latentmr.two_sample.methods.robust_regression import BREAKDOWN, ROBUST, mm_regression


def draw(p: int, q: int, seed: int = 0, outliers: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X, weights = rng.normal(size=(p, q)), rng.uniform(0.5, 2, p)
    wrong = np.where(np.arange(p) < outliers * p, 20.0, 0.0)
    return X, X @ np.ones(q) + rng.normal(size=p) / np.sqrt(weights) + wrong, weights


def scale_of(residuals: np.ndarray, q: int) -> float:
    """By bisection: where the mean of rho is a half."""
    low, high = 1e-6, 1e6
    for _ in range(70):
        middle = np.sqrt(low * high)
        t = np.minimum((residuals / middle / ROBUST) ** 2, 1)
        low, high = (middle, high) if (1 - (1 - t) ** 3).sum() > BREAKDOWN * (len(residuals) - q) else (low, middle)
    return float(low)


@pytest.mark.parametrize("seed", range(3))
def test_the_scale_is_the_smallest_that_there_is(seed: int) -> None:
    X, y, weights = draw(12, 1, seed, outliers=0.3)
    root = np.sqrt(weights)
    _, _, scale = mm_regression(X, y, weights)
    tried = [scale_of(root * (y - X[:, 0] * b), 1) for b in np.linspace(-30, 30, 601)]
    near = np.linspace(-30, 30, 601)[int(np.argmin(tried))]
    best = minimize_scalar(lambda b: scale_of(root * (y - X[:, 0] * b), 1), bracket=(near - 0.1, near, near + 0.1))
    assert scale == pytest.approx(best.fun, rel=1e-6)
    assert scale <= min(tried) * (1 + 1e-9)


@pytest.mark.parametrize("q", [1, 2, 4])
def test_it_moves_with_the_data(q: int) -> None:
    X, y, weights = draw(60, q, outliers=0.1)
    coefficients, covariance, scale = mm_regression(X, y, weights)
    order, sign = np.random.default_rng(1).permutation(60), np.random.default_rng(2).choice([-1.0, 1.0], 60)
    for again in (
        mm_regression(X[order], y[order], weights[order]),
        mm_regression(sign[:, None] * X, sign * y, weights),
    ):
        np.testing.assert_allclose(again[0], coefficients, rtol=1e-8)
        np.testing.assert_allclose(again[1], covariance, rtol=1e-7, atol=1e-12)
    moved = mm_regression(10 * X, 3 * y + 30 * X @ np.ones(q), weights)
    np.testing.assert_allclose(moved[0], 0.3 * coefficients + 3, rtol=1e-8)
    assert moved[2] == pytest.approx(3 * scale, rel=1e-9)


def test_outliers_do_not_matter_and_errors_are_right() -> None:
    runs = [mm_regression(*draw(50, 1, seed, outliers=0.2)) for seed in range(100)]
    estimates, errors = np.array([run[0][0] for run in runs]), np.sqrt([run[1][0, 0] for run in runs])
    assert estimates.mean() == pytest.approx(1, abs=0.05)
    assert errors.mean() == pytest.approx(estimates.std(), rel=0.2)
    assert abs(np.mean(np.abs(estimates - 1) < 1.96 * errors) - 0.95) < 0.07


def test_errors_of_few_rows_are_positive() -> None:
    for seed in range(40):
        coefficients, covariance, scale = mm_regression(*draw(3 + seed % 3, 1 + seed % 2, seed))
        assert np.isfinite(coefficients).all()
        assert (np.diag(covariance) > 0).all()
        assert scale > 0


def test_many_rows() -> None:
    coefficients, covariance, scale = mm_regression(*draw(10_000, 3, outliers=0.1))
    np.testing.assert_allclose(coefficients, 1, atol=4 * np.sqrt(covariance[0, 0]))
    assert scale == pytest.approx(1, rel=0.2)


def test_what_it_needs() -> None:
    one = np.ones(3)
    with pytest.raises(ValueError, match="bx must hold at least 4 variants for MM-estimation. Got 3; take another"):
        mm_regression(np.eye(3), one, one)
    with pytest.raises(
        ValueError, match="bx must vary for MM-estimation. Got effects on the exposure that are all equal"
    ):
        mm_regression(np.ones((3, 2)), one, one)
    with pytest.raises(ValueError, match="by must leave residuals for more than half of the variants"):
        mm_regression(np.ones((5, 1)), np.array([1.0, 1, 1, 1, 7]), np.ones(5))
    with pytest.raises(
        ValueError, match="bx must differ from zero for more variants than there are coefficients in MM"
    ):
        mm_regression(np.array([[0.0], [0], [0], [1]]), np.array([1.0, 2, 3, 4]), np.ones(4))

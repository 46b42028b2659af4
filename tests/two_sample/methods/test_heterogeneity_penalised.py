"""Averages over subsets of variants that may be valid."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from latentmr.two_sample.methods import heterogeneity_penalised


def drawn(p: int = 9, seed: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    bx, s = rng.normal(0, 0.1, p), np.full(p, 0.01)
    by = 0.5 * bx + 0.01 * rng.normal(size=p)
    by[: p // 4] += 0.1
    return bx, by, s, s


def by_subsets(arrays: tuple[np.ndarray, ...], effects: np.ndarray, prior: float) -> np.ndarray:
    """The likelihood by its definition: every subset of two variants or more."""
    bx, by, _, sy = arrays
    ratio, error, p = by / bx, sy / np.abs(bx), len(bx)
    density = np.exp(-(((effects[:, None] - ratio) / error) ** 2) / 2) / error
    total = np.zeros(len(effects))
    for size in range(2, p + 1):
        for subset in combinations(range(p), size):
            total += prior**size * (1 - prior) ** (p - size) * density[:, subset].prod(axis=1)
    return np.log(total)


@pytest.mark.parametrize("prior", [0.2, 0.5, 0.9])
def test_it_is_the_average_over_all_subsets(prior: float) -> None:
    arrays = drawn()
    effects = np.linspace(0.0, 1.0, 2001)
    values = by_subsets(arrays, effects, prior)
    found = heterogeneity_penalised(*arrays, prior=prior)
    best = effects[np.argmax(values)]
    assert found.beta == pytest.approx(best, abs=5e-4)
    inside = values > values.max() - stats.chi2.isf(0.05, 1) / 2
    assert found.ci is not None
    told = np.array([effect in found.ci for effect in effects])
    assert (told != inside).sum() <= 2 * len(found.ci.intervals)
    assert by_subsets(arrays, np.array([found.beta]), prior)[0] >= values.max() - 1e-9
    gap = 2 * (values.max() - by_subsets(arrays, np.zeros(1), prior)[0])
    assert found.p_value == pytest.approx(stats.chi2.sf(gap, 1), rel=1e-2)


def test_order_and_signs_do_not_matter_and_two_agreeing_variants_are_ivw() -> None:
    bx, by, sx, sy = drawn()
    found = heterogeneity_penalised(bx, by, sx, sy)
    order, sign = np.random.default_rng(1).permutation(9), np.where(np.arange(9) % 2, -1, 1)
    again = heterogeneity_penalised((sign * bx)[order], (sign * by)[order], sx[order], sy[order])
    assert (again.beta, again.ci_low) == pytest.approx((found.beta, found.ci_low), rel=1e-6)
    two = heterogeneity_penalised([0.1, 0.2], [0.05, 0.1], [0.01] * 2, [0.02] * 2)
    assert two.beta == pytest.approx(0.5, rel=1e-6)
    assert two.se == pytest.approx(0.02 / np.hypot(0.1, 0.2), rel=1e-3)


def test_two_groups_of_one_size_are_two_pieces() -> None:
    bx, s = np.full(8, 0.1), np.full(8, 0.002)
    by = np.where(np.arange(8) < 4, 0.05, 0.08)
    found = heterogeneity_penalised(bx, by, s, s)
    assert found.ci is not None
    assert len(found.ci.intervals) == 2
    assert {0.5 in found.ci, 0.8 in found.ci, 0.65 in found.ci} == {True, False}


def test_many_variants() -> None:
    found = heterogeneity_penalised(*drawn(2000, seed=3))
    assert abs(found.beta - 0.5) < 4 * found.se
    assert found.k == 2000


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="prior must be a probability between 0 and 1. Got 1"):
        heterogeneity_penalised(*drawn(), prior=1)
    with pytest.raises(ValueError, match="bx must hold at least 2 variants for this method. Got 1"):
        heterogeneity_penalised([0.1], [0.1], [0.1], [0.1])
    with pytest.raises(ValueError, match="bx must not be zero for ratios"):
        heterogeneity_penalised([0.1, 0.0], [0.1, 0.1], [0.1, 0.1], [0.1, 0.1])

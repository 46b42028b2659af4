"""Theorems on mode-based MR."""

from typing import Any

import numpy as np
import pytest

from latentmr.two_sample.methods import ivw
from latentmr.two_sample.methods.mode import _bandwidths, _modes, mode


def draw(p: int, seed: int = 0, *, invalid: float = 0.0) -> list[np.ndarray]:
    """Effects of variants of which a share has pleiotropic effects, each its own."""
    rng = np.random.default_rng(seed)
    sx, sy = rng.uniform(0.004, 0.008, p), rng.uniform(0.01, 0.02, p)
    gamma = rng.uniform(0.05, 0.2, p)
    pleiotropy = np.where(np.arange(p) < invalid * p, rng.uniform(0.05, 0.3, p), 0.0)
    return [gamma + sx * rng.normal(size=p), pleiotropy + 0.4 * gamma + sy * rng.normal(size=p), sx, sy]


@pytest.mark.parametrize("weights", ["first", "second"])
@pytest.mark.parametrize("weighting", ["simple", "weighted"])
def test_the_counted_allele_the_order_and_units_do_not_matter(weighting: str, weights: str) -> None:
    bx, by, sx, sy = draw(21)
    options: dict[str, Any] = {"weighting": weighting, "weights": weights}
    found = mode(bx, by, sx, sy, **options)
    rng = np.random.default_rng(1)
    sign, order = rng.choice([-1, 1], 21), rng.permutation(21)
    assert mode(sign * bx, sign * by, sx, sy, **options).beta == pytest.approx(found.beta, rel=1e-9)
    assert mode(bx[order], by[order], sx[order], sy[order], **options).beta == pytest.approx(found.beta, rel=1e-9)
    for scaled, factor in (
        (mode(100 * bx, by, 100 * sx, sy, **options), 0.01),
        (mode(bx, 100 * by, sx, 100 * sy, **options), 100),
    ):
        assert scaled.beta == pytest.approx(factor * found.beta, rel=1e-9)
        assert scaled.se == pytest.approx(factor * found.se, rel=1e-6)


def test_the_density_is_that_of_the_kernel() -> None:
    rng = np.random.default_rng(3)
    ratios, mass = rng.normal(size=(30, 40)), rng.dirichlet(np.ones(40))
    bandwidths = _bandwidths(ratios, 0.7)
    for row, width, found in zip(ratios, bandwidths, _modes(ratios, mass, bandwidths), strict=True):
        points = np.linspace(row.min() - 3 * width, row.max() + 3 * width, 20_001)
        density = mass @ np.exp(-0.5 * ((points - row[:, None]) / width) ** 2)
        here = mass @ np.exp(-0.5 * ((found - row) / width) ** 2)
        assert here == pytest.approx(density.max(), rel=2e-3)


def test_the_largest_group_wins() -> None:
    cases = [draw(60, seed, invalid=0.6) for seed in range(60)]
    bias = np.mean([mode(*case, phi=0.5, draws=2).beta for case in cases]) - 0.4
    assert abs(bias) < abs(np.mean([ivw(*case).beta for case in cases]) - 0.4) / 5
    covered = [run.ci_low < 0.4 < run.ci_high for run in [mode(*draw(40, seed), draws=200) for seed in range(150)]]
    assert np.mean(covered) > 0.92


def test_the_same_seed_gives_the_same_error() -> None:
    arrays = draw(15)
    first, again, other = (mode(*arrays, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.beta == other.beta
    assert first.se != other.se
    assert first.se == pytest.approx(other.se, rel=0.2)


def test_the_t_distribution_is_wider() -> None:
    normal, t = (mode(*draw(8), distribution=distribution) for distribution in ("normal", "t"))
    assert t.p_value > normal.p_value
    assert t.ci_high - t.ci_low > normal.ci_high - normal.ci_low


def test_many_few_and_equal_variants() -> None:
    assert abs(mode(*draw(10_000), draws=500).beta - 0.4) < 0.05
    assert mode(*draw(3)).k == 3
    alike = mode(np.full(5, 0.1), np.full(5, 0.05), np.full(5, 0.01), np.full(5, 0.02))
    assert alike.beta == pytest.approx(0.5)
    assert alike.se > 0
    nothing = mode(np.full(5, 0.1), np.zeros(5), np.full(5, 0.01), np.full(5, 0.02))
    assert nothing.beta == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weighting": "heavy"}, "weighting must be simple or weighted. Got 'heavy'"),
        ({"weights": "third"}, "weights must be first or second. Got 'third'"),
        ({"distribution": "f"}, "distribution must be normal or t. Got 'f'"),
        ({"phi": 0}, "phi must be above 0 and finite. Got 0; 1 is usual"),
        ({"draws": 1}, "draws must be at least 2. Got 1"),
        ({"bx": [0, 1, 2]}, "bx must not be zero for ratios"),
        (
            {"bx": [1, 2], "by": [1, 2], "sx": [1, 1], "sy": [1, 1]},
            "bx must hold at least 3 variants for this method. G",
        ),
        ({"bx": [1], "by": [1], "sx": [1], "sy": [1]}, "bx must hold at least 3 variants for this method. Got 1; take"),
    ],
)
def test_input_that_cannot_be(options: dict[str, Any], message: str) -> None:
    arrays = {"bx": [1, 2, 3], "by": [1, 2, 3], "sx": [1, 1, 1], "sy": [1, 1, 1]}
    with pytest.raises(ValueError, match=message):
        mode(**arrays | options)

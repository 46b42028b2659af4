"""Theorems on MR-GRIP, the bootstrap of MR-Egger, and Rucker's framework."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from latentmr.two_sample.methods import egger, ivw
from latentmr.two_sample.methods.egger_bootstrap import egger_bootstrap
from latentmr.two_sample.methods.grip import grip
from latentmr.two_sample.methods.rucker import rucker

BETA = 0.4


def draw(p: int, seed: int = 0, *, mean: float = 0.0, error: float = 1.0) -> list[np.ndarray]:
    """Effects of p variants whose pleiotropic effects have a mean."""
    rng = np.random.default_rng(seed)
    sx, sy = error * rng.uniform(0.005, 0.01, p), error * rng.uniform(0.01, 0.02, p)
    gamma = rng.uniform(0.05, 0.2, p)
    return [gamma + sx * rng.normal(size=p), mean + BETA * gamma + sy * rng.normal(size=p), sx, sy]


def chosen(*arrays: Any, **options: Any) -> Any:
    return rucker(*arrays, **options).chosen


METHODS: dict[str, Callable[..., Any]] = {"grip": grip, "rucker": chosen}


@pytest.mark.parametrize("name", METHODS)
def test_the_counted_allele_the_order_and_units_do_not_matter(name: str) -> None:
    method, (bx, by, sx, sy) = METHODS[name], draw(20, mean=0.05)
    found = method(bx, by, sx, sy)
    rng = np.random.default_rng(1)
    sign, order = rng.choice([-1, 1], 20), rng.permutation(20)
    for again, factor in (
        (method(sign * bx, sign * by, sx, sy), 1),
        (method(bx[order], by[order], sx[order], sy[order]), 1),
        (method(10 * bx, by, 10 * sx, sy), 0.1),
        (method(bx, 10 * by, sx, 10 * sy), 10),
    ):
        np.testing.assert_allclose([again.beta, again.se], [factor * found.beta, factor * found.se], rtol=1e-9)
        assert again.p_value == pytest.approx(found.p_value, rel=1e-8)


@pytest.mark.parametrize("method", [grip, rucker, egger_bootstrap])
def test_few_and_many_variants(method: Callable[..., Any]) -> None:
    for p in (1, 2):
        with pytest.raises(
            ValueError, match=f"bx must hold at least 3 variants for this method. Got {p}; take another"
        ):
            method(*draw(p))
    for p in (3, 10_000):
        found = method(*draw(p))
        found = found if method is not rucker else found.chosen
        assert found.k == p
        assert np.isfinite([found.beta, found.se, found.p_value]).all()
    assert abs(found.beta - BETA) < 0.1


def test_grip_without_an_intercept_in_the_data_is_near_ivw() -> None:
    arrays = draw(2000)
    assert grip(*arrays).beta == pytest.approx(ivw(*arrays).beta, abs=0.02)


def test_the_corrected_grip_effect_is_not_biased_towards_zero() -> None:
    rng = np.random.default_rng(0)
    p = 400_000
    gamma, sx, sy = rng.normal(0, 0.05, p), np.full(p, 0.03), np.full(p, 0.01)
    found = grip(gamma + sx * rng.normal(size=p), BETA * gamma + sy * rng.normal(size=p), sx, sy)
    assert found.beta < 0.75 * BETA
    assert found.details.adjusted_beta == pytest.approx(BETA, abs=4 * found.details.adjusted_se)
    assert found.details.adjusted_se < 0.02
    truth = 2 * 0.05**4 / (2 * (0.05**2 + 0.03**2) ** 2)
    assert found.details.reliability == pytest.approx(truth, rel=0.05)


def test_the_error_of_the_corrected_grip_effect_is_its_spread() -> None:
    bx, _, sx, _ = draw(60)
    sy = np.full(60, 0.015)
    rng = np.random.default_rng(5)
    runs = [grip(bx, BETA * bx + sy * rng.normal(size=60), sx, sy).details.numbers() for _ in range(600)]
    spread = np.std([run["adjusted_beta"] for run in runs])
    assert np.mean([run["adjusted_se"] for run in runs]) == pytest.approx(spread, rel=0.1)


def test_the_bootstrap_without_error_finds_a_line() -> None:
    bx, by, sx, sy = draw(30, mean=0.05, error=1e-6)
    found = egger_bootstrap(bx, by, sx, sy, draws=50)
    plain = egger(bx, by, sx, sy)
    assert found.beta == pytest.approx(plain.beta, rel=1e-4)
    assert found.details.intercept == pytest.approx(0.05, rel=1e-3)
    # the regression that TwoSampleMR takes does not, where errors differ
    scaled = egger_bootstrap(bx, by, sx, sy, draws=50, regression="scaled")
    assert abs(scaled.beta - BETA) > 0.05
    alike = np.full(30, 1e-6)
    assert egger_bootstrap(bx, by, sx, alike, draws=50, regression="scaled").beta == pytest.approx(plain.beta, rel=1e-4)


def test_the_bootstrap_is_the_same_twice_and_by_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = draw(15)
    first, again, other = (egger_bootstrap(*arrays, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.beta != other.beta
    assert first.se == pytest.approx(other.se, rel=0.15)
    # the function has its module's name
    monkeypatch.setattr(sys.modules["latentmr.two_sample.methods.egger_bootstrap"], "AT_ONCE", 1500)
    assert egger_bootstrap(*arrays, seed=1).se == pytest.approx(first.se, rel=0.15)


@pytest.mark.parametrize(
    ("letter", "mean", "wide"), [("A", 0.0, 0.0), ("B", 0.0, 0.05), ("C", 0.1, 0.0), ("D", 0.1, 0.05)]
)
def test_rucker_chooses_what_made_the_data(letter: str, mean: float, wide: float) -> None:
    rng = np.random.default_rng(4)
    bx, by, sx, sy = draw(100, 11, mean=mean)
    found = rucker(bx, by + wide * rng.normal(size=100), sx, sy, threshold=0.01)
    assert found.model == letter
    assert found.chosen is found.effects[letter]
    assert found.effects["A"].se <= found.effects["B"].se
    assert found.effects["C"].se <= found.effects["D"].se
    assert found.q_statistic["difference"] == pytest.approx(found.q_statistic["ivw"] - found.q_statistic["egger"])


def test_cooks_distance_is_the_move_of_the_line_without_the_variant() -> None:
    bx, by, sx, sy = draw(15, 3)
    by[4] += 0.2
    found = rucker(bx, by, sx, sy)
    q = 1 if found.model in "AB" else 2
    X = np.column_stack([bx, np.ones(15)])[:, :q] / sy[:, None]
    z = by / sy
    full = np.linalg.lstsq(X, z, rcond=None)[0]
    variance = ((z - X @ full) ** 2).sum() / (15 - q)
    for i in range(15):
        kept = np.arange(15) != i
        without = np.linalg.lstsq(X[kept], z[kept], rcond=None)[0]
        move = ((X @ (full - without)) ** 2).sum() / (q * variance)
        assert found.cooks_distance[i] == pytest.approx(move, rel=1e-8)


ALIKE = {"bx": [0.1, 0.1, -0.1], "by": [1, 2, 3], "sx": [1, 1, 1], "sy": [1, 1, 1]}
RIGHT = ALIKE | {"bx": [1, 2, 4]}


@pytest.mark.parametrize(
    ("method", "arrays", "message"),
    [
        (grip, ALIKE, "bx must vary for this method. Got effects on the exposure that are all equal"),
        (grip, RIGHT | {"bx": [0, 1, 2]}, "bx must not be zero for weights of MR-GRIP. Got a zero; leave the variant"),
        (grip, RIGHT | {"sx": [0, 1, 1]}, "sx must be positive. Got 0; drop these variants"),
        (rucker, ALIKE, "bx must vary for this method"),
        (rucker, RIGHT | {"distribution": "f"}, "distribution must be normal or t. Got 'f'"),
        (rucker, RIGHT | {"threshold": 0}, "threshold must be a level between 0 and 1. Got 0; 0.05 is usual"),
        (egger_bootstrap, RIGHT | {"regression": "f"}, "regression must be weighted or scaled. Got 'f'"),
        (egger_bootstrap, RIGHT | {"draws": 1}, "draws must be at least 2. Got 1; 1000 is usual"),
    ],
)
def test_input_that_cannot_be(method: Callable[..., Any], arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        method(**arrays)

"""Theorems on maximum likelihood."""

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from latentmr.two_sample.methods import ivw
from latentmr.two_sample.methods.maximum_likelihood import maximum_likelihood


def draw(p: int, seed: int = 0, *, psi: float = 0.0, error: float = 1.0) -> list[np.ndarray]:
    """Effects of valid variants, with correlated errors."""
    rng = np.random.default_rng(seed)
    sx, sy = error * rng.uniform(0.005, 0.02, p), rng.uniform(0.01, 0.02, p)
    gamma = rng.normal(0, 0.08, p)
    u, e = rng.normal(size=(2, p))
    return [gamma + sx * u, 0.4 * gamma + sy * (psi * u + np.sqrt(1 - psi**2) * e), sx, sy]


@pytest.mark.parametrize("psi", [0.0, 0.5, -0.9])
def test_it_is_the_maximum_of_the_likelihood_of_all_effects(psi: float) -> None:
    bx, by, sx, sy = draw(10, 1, psi=psi)
    found = maximum_likelihood(bx, by, sx, sy, psi=psi, model="fixed")

    def loss(values: np.ndarray) -> float:
        u, w = (bx - values[1:]) / sx, (by - values[0] * values[1:]) / sy
        return float((u**2 + w**2 - 2 * psi * u * w).sum() / (1 - psi**2) / 2)

    full = minimize(loss, np.r_[0.3, bx], method="BFGS", options={"gtol": 1e-9})
    assert found.beta == pytest.approx(full.x[0], rel=1e-5)
    assert found.details.q_statistic == pytest.approx(2 * full.fun, rel=1e-9)
    step = 1e-4 * np.eye(11)
    hessian = np.array(
        [
            [
                (loss(full.x + a + b) - loss(full.x + a - b) - loss(full.x - a + b) + loss(full.x - a - b)) / 4e-8
                for b in step
            ]
            for a in step
        ]
    )
    assert found.se == pytest.approx(np.sqrt(np.linalg.inv(hessian)[0, 0]), rel=1e-3)


@pytest.mark.parametrize("seed", range(30))
def test_no_effect_is_more_likely_however_weak_the_variants(seed: int) -> None:
    bx, by, sx, sy = draw(4, seed, error=8.0)
    try:
        found = maximum_likelihood(bx, by, sx, sy)
    except ValueError as error:
        assert "unbounded" in str(error)  # noqa: PT017
        return
    tried = np.tan(np.linspace(-1.5707, 1.5707, 20_001))[:, None]
    # of separate samples: the squared distance of each variant from the line, in its standard errors
    lowest = ((by - tried * bx) ** 2 / (sy**2 + (tried * sx) ** 2)).sum(axis=1).min()
    assert found.details.q_statistic <= lowest * (1 + 1e-9)


def test_the_counted_allele_the_order_and_units_do_not_matter() -> None:
    bx, by, sx, sy = draw(20, psi=0.3)
    found = maximum_likelihood(bx, by, sx, sy, psi=0.3)
    rng = np.random.default_rng(1)
    sign, order = rng.choice([-1, 1], 20), rng.permutation(20)
    for again, factor in (
        (maximum_likelihood(sign * bx, sign * by, sx, sy, psi=0.3), 1),
        (maximum_likelihood(bx[order], by[order], sx[order], sy[order], psi=0.3), 1),
        (maximum_likelihood(100 * bx, by, 100 * sx, sy, psi=0.3), 0.01),
        (maximum_likelihood(bx, 100 * by, sx, 100 * sy, psi=0.3), 100),
        (maximum_likelihood(bx, -by, sx, sy, psi=-0.3), -1),
    ):
        assert again.beta == pytest.approx(factor * found.beta, rel=1e-8)
        assert again.se == pytest.approx(abs(factor) * found.se, rel=1e-6)


def test_exposure_and_outcome_change_places() -> None:
    bx, by, sx, sy = draw(20, psi=0.3)
    there, back = maximum_likelihood(bx, by, sx, sy, psi=0.3), maximum_likelihood(by, bx, sy, sx, psi=0.3)
    assert there.beta == pytest.approx(1 / back.beta, rel=1e-8)


def test_without_errors_of_the_exposure_it_is_ivw() -> None:
    bx, by, _, sy = draw(20)
    found = maximum_likelihood(bx, by, np.full(20, 1e-8), sy)
    expected = ivw(bx, by, np.full(20, 1e-8), sy)
    assert (found.beta, found.se) == (pytest.approx(expected.beta, rel=1e-6), pytest.approx(expected.se, rel=1e-6))


def test_it_is_not_biased_towards_zero_and_covers() -> None:
    cases = [draw(60, seed, error=3.0) for seed in range(200)]
    runs = [maximum_likelihood(*case) for case in cases]
    assert np.mean([run.beta for run in runs]) == pytest.approx(0.4, abs=0.01)
    assert np.mean([ivw(*case).beta for case in cases]) < 0.38
    assert abs(np.mean([run.ci_low < 0.4 < run.ci_high for run in runs]) - 0.95) < 0.05
    assert abs(np.mean([run.details.q_p_value < 0.05 for run in runs]) - 0.05) < 0.05


def test_few_and_many_variants() -> None:
    one = maximum_likelihood([0.2], [0.1], [0.01], [0.02])
    assert one.beta == pytest.approx(0.5)
    assert one.se == pytest.approx(np.hypot(0.02, 0.5 * 0.01) / 0.2)
    for p in (2, 3, 10_000):
        found = maximum_likelihood(*draw(p))
        assert np.isfinite([found.beta, found.se, found.p_value, *found.details.numbers().values()]).all()
    assert found.beta == pytest.approx(0.4, abs=0.01)
    alike = maximum_likelihood([0.1] * 4, [0.05, 0.04, 0.06, 0.05], [0.01] * 4, [0.02] * 4)
    assert alike.beta == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "free"}, "model must be fixed or random. Got 'free'"),
        ({"psi": -1}, "psi must be a correlation between -1 and 1. Got -1; 0 is that of separate samples"),
        (
            {"bx": [0, 0, 0]},
            "bx must differ from zero for maximum likelihood. Got a likelihood whose maximum is at infinity",
        ),
        ({"sy": [0, 1, 1]}, "sy must be positive. Got 0; drop these variants"),
    ],
)
def test_input_that_cannot_be(change: dict[str, Any], message: str) -> None:
    arrays: dict[str, Any] = {"bx": [0.1, 0.2, 0.3], "by": [1, 2, 3], "sx": [1, 1, 1], "sy": [1, 1, 1]}
    with pytest.raises(ValueError, match=message):
        maximum_likelihood(**arrays | change)

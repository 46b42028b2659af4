"""Effects with exact weights: minima of Q, wherever they are, and never a number that is none."""

import numpy as np
import pytest
from scipy import optimize

from latentmr.two_sample.methods import radial_ivw
from latentmr.two_sample.methods.associations import Associations
from latentmr.two_sample.methods.exact_weights import _bracketed, _near, exact_fixed, exact_random
from latentmr.two_sample.methods.least_angle import Lines
from latentmr.two_sample.methods.radial import _not_converged


def table(seed: int, p: int = 6, weak: float = 1.0) -> Associations:
    rng = np.random.default_rng(seed)
    sx, sy = rng.uniform(0.01, 0.03, p), rng.uniform(0.01, 0.05, p)
    bx = weak * rng.uniform(0.02, 0.15, p) + sx * rng.normal(size=p)
    return Associations(bx, 0.3 * bx + 3 * sy * rng.normal(size=p), sx, sy, None)


def q(data: Associations, beta: float, dispersion: float = 1.0) -> float:
    return float(((data.by - beta * data.bx) ** 2 / (dispersion * data.sy**2 + (beta * data.sx) ** 2)).sum())


def lowest(data: Associations, dispersion: float) -> float:
    """Return the least Q by brute force over a fine grid of angles."""
    unit = float(np.median(data.sy / data.sx))
    betas = unit * np.tan(np.linspace(-np.pi / 2, np.pi / 2, 20_001)[1:-1])
    return min(q(data, beta, dispersion) for beta in betas)


@pytest.mark.parametrize("seed", range(8))
def test_the_dispersion_brings_the_least_q_to_its_degrees_of_freedom(seed: int) -> None:
    data = table(seed)
    fixed, random = exact_fixed(data)[0], exact_random(data)
    assert q(data, fixed) <= lowest(data, 1.0) * (1 + 1e-12)
    dispersion = optimize.brentq(lambda each: q(data, random, each) - 5, 1e-9, 1e6) if q(data, fixed) > 5 else 1.0
    assert q(data, random, dispersion) <= lowest(data, dispersion) * (1 + 1e-9)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_units_and_order_do_not_matter(scale: float) -> None:
    data = table(3)
    order = np.random.default_rng(0).permutation(6)
    other = radial_ivw(*(each[order] for each in (scale * data.bx, data.by, scale * data.sx, data.sy)), draws=400)
    found = radial_ivw(data.bx, data.by, data.sx, data.sy, draws=400)
    for name in ("iterative", "iterative_se", "exact_fixed", "exact_fixed_se", "exact_random"):
        assert scale * getattr(other.details, name) == pytest.approx(getattr(found.details, name), rel=1e-8)
    # the drawn samples depend on the order
    assert scale * other.details.exact_random_se == pytest.approx(found.details.exact_random_se, rel=0.3)


def test_steps_that_run_off_are_replaced_by_bracketed_ones() -> None:
    ran_off, agree = 0, []
    for seed in range(60):
        data = table(seed, p=5 + seed % 4, weak=0.6)
        counts = np.random.default_rng(seed).multinomial(len(data.bx), np.full(len(data.bx), 1 / len(data.bx)), size=40)
        betas, arrived = _near(data, counts.astype(float), exact_random(data))
        bracketed = _bracketed(data, counts.astype(float))
        ran_off += int((~arrived).sum())
        assert np.isfinite(bracketed).all()
        most = 1e3 * np.median(data.sy / data.sx)
        assert np.mean(np.abs(bracketed) < most) > 0.99
        agree.append(np.abs(betas - bracketed)[arrived] <= 1e-4 * np.abs(bracketed)[arrived])
    assert ran_off > 0
    assert np.concatenate(agree).mean() > 0.99


def test_a_minimum_at_infinity_is_no_number() -> None:
    se = np.full(3, 0.01)
    data = Associations(np.zeros(3), np.array([0.1, 0.2, 0.3]), se, se, None)
    assert np.isnan(exact_fixed(data)[0])
    assert np.isnan(exact_random(data))
    assert not Lines(data.bx, data.by, se, se).lowest(np.ones((1, 3)), np.ones(1)).settled[0]


def test_the_reason_is_told() -> None:
    assert _not_converged(0.1, 0.1, 0.1, 0.2) is None
    assert "iterative weights did not converge" in str(_not_converged(np.nan, 0.1, 0.1, 0.2))
    assert "because the variants are too weak" in str(_not_converged(0.1, np.nan, None, None))
    assert "of a bootstrap sample" in str(_not_converged(0.1, 0.1, 0.1, np.nan))


def test_a_correlation_of_errors_tilts_the_variance() -> None:
    data = table(1)
    lines = Lines(data.bx, data.by, data.sx, data.sy, psi=0.4)
    beta = float(lines.lowest(np.ones((1, 6)), np.ones(1)).beta[0])

    def tilted(b: float) -> float:
        variance = data.sy**2 + (b * data.sx) ** 2 - 2 * 0.4 * b * data.sx * data.sy
        return float(((data.by - b * data.bx) ** 2 / variance).sum())

    near = optimize.minimize_scalar(tilted, bracket=(0.9 * beta, beta, 1.1 * beta), tol=1e-12)
    assert beta == pytest.approx(near.x, rel=1e-6)

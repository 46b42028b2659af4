"""The nonlinear mixing functions, and the scenarios that use them."""

import numpy as np
import pytest
from scipy.optimize import brentq

from latentmr.simulate import diffeomorphic, linear, piecewise, polynomial
from latentmr.simulate.mixing import mix_diffeomorphically, mix_piecewise, mix_polynomially, smooth_leaky


def orthogonal(rng, p):
    return np.linalg.qr(rng.normal(size=(p, p)))[0]


@pytest.mark.parametrize("scenario", [polynomial, diffeomorphic, piecewise])
def test_the_latents_are_those_of_the_linear_scenario(scenario):
    found, base = (draw(n_per_env=300, n_env=3, d_z=2, d_v=4, seed=5) for draw in (scenario, linear))
    assert np.array_equal(found.truth.Z, base.truth.Z)
    assert np.array_equal(found.truth.V, base.truth.V)
    assert found.dataset.G.shape == (900, 6)
    assert found.dataset.kind == "continuous"
    assert not np.allclose(found.dataset.G, base.dataset.G)
    assert found.dataset.G.mean(axis=0) == pytest.approx(0, abs=1e-6)
    assert found.dataset.G.std(axis=0) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("scenario", [polynomial, diffeomorphic, piecewise])
def test_same_seed_same_data(scenario):
    one, again, other = (scenario(n_per_env=50, seed=seed).dataset.G for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.allclose(one, other)


def test_polynomial_mixing_is_the_formula():
    latents = np.random.default_rng(0).normal(size=(20, 3))
    rng = np.random.default_rng(1)
    H, second = latents @ orthogonal(rng, 3), orthogonal(rng, 3)
    bent = [[h[j] + 0.15 * h[2 - j] ** 2 + 0.05 * h[j] ** 3 for j in range(3)] for h in H]
    assert mix_polynomially(latents, np.random.default_rng(1)) == pytest.approx(np.array(bent) @ second)


def test_diffeomorphic_mixing_can_be_undone():
    latents = np.random.default_rng(0).normal(size=(10, 3))
    G = mix_diffeomorphically(latents, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    rotations = [orthogonal(rng, 3) for _ in range(3)]
    for rotation in rotations[::-1]:
        G = np.vectorize(lambda g: brentq(lambda h: smooth_leaky(np.array(h)) - g, -50, 50))(G) @ rotation.T
    assert np.allclose(G, latents, atol=1e-8)


def test_slope_of_the_smooth_leaky_function():
    h = np.linspace(-20, 20, 4001)
    slope = np.diff(smooth_leaky(h)) / np.diff(h)
    assert slope[0] == pytest.approx(0.3)
    assert slope[-1] == pytest.approx(1)
    assert (np.diff(slope) > -1e-12).all()


def test_piecewise_mixing_is_linear_between_kinks():
    latents = np.random.default_rng(0).normal(size=(10, 3))
    rng = np.random.default_rng(1)
    G = latents
    for _ in range(3):
        H = G @ orthogonal(rng, 3)
        G = np.maximum(H, 0) + 0.3 * np.minimum(H, 0)
    assert mix_piecewise(latents, np.random.default_rng(1)) == pytest.approx(G)
    assert mix_piecewise(7 * latents, np.random.default_rng(1)) == pytest.approx(7 * G)

"""Recovery of the exogenous latents and leak of the confounded ones."""

import numpy as np
import pytest

from latentmr.benchmark import leak, recovery


@pytest.fixture(scope="module")
def latents():
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (8000, 2)), rng.normal(size=(8000, 3))


def test_the_latents_themselves_are_recovered_and_nothing_leaks(latents) -> None:
    Z, V = latents
    assert recovery(Z, Z @ [[2.0, 1.0], [0.5, -1.0]], nonlinear=False) > 0.999
    assert leak(V, Z, Z) < 0.01


def test_a_curve_is_seen_by_the_nonlinear_measure_alone(latents) -> None:
    Z, _ = latents
    # x -> x^2 of a symmetric law has no linear part
    assert recovery(Z**2, Z, nonlinear=False) < 0.01
    assert recovery(Z**2, Z) > 0.95


def test_confounded_instruments_leak(latents) -> None:
    Z, V = latents
    assert leak(V, V, Z, nonlinear=False) > 0.99
    assert 0.2 < leak(V, np.hstack([Z, V[:, :1]]), Z, nonlinear=False) < 0.4
    assert recovery(Z, V) < 0.01


def test_a_latent_that_is_the_same_in_everyone_does_not_count(latents) -> None:
    Z, V = latents
    still = np.column_stack([V, np.zeros(len(V))])
    assert recovery(still, V, nonlinear=False) == recovery(V, V, nonlinear=False)
    assert recovery(np.zeros((len(V), 2)), Z) == 0
    assert recovery(V, np.ones((len(V), 1))) < 0.01

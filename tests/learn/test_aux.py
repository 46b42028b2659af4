"""Auxiliary features observe the confounded part: instruments are free of them, and they are never instruments."""

import re

import numpy as np
import pytest

from latentmr.data import Dataset
from latentmr.learn import LinearLearner


@pytest.fixture(scope="module")
def scenario():
    """``G`` is linear in Z and A; the law of A differs between environments."""
    rng = np.random.default_rng(7)
    env = np.repeat(np.arange(4), 2000)
    Z = rng.uniform(-1.7, 1.7, size=(8000, 3))
    A = rng.normal(size=(8000, 2)) * [1.0, 2.0] + rng.normal(size=(4, 2))[env]
    G = Z @ rng.normal(size=(3, 3)) + A @ rng.normal(size=(2, 3)) + 4
    return Z, A, Dataset.from_arrays(G, env, A=A)


@pytest.fixture(scope="module")
def model(scenario):
    return LinearLearner().fit(scenario[2])


def test_instruments_are_all_of_z_and_free_of_the_features(scenario, model, r_squared):
    Z, A, data = scenario
    found = model.encode(data.G, A)
    assert model.k == 3
    assert r_squared(Z, found) > 0.999
    # not correlated in the sample of learning, by least squares
    correlation = np.corrcoef(np.column_stack([found, A]).T)[:3, 3:]
    assert np.abs(correlation).max() < 1e-6


def test_without_them_no_three_directions_are_stationary(scenario):
    _, A, data = scenario
    blind = Dataset.from_arrays(data.G, data.env)
    assert LinearLearner().fit(blind).k < 3
    three = LinearLearner(k=3).fit(blind)
    assert np.abs(np.corrcoef(np.column_stack([three.encode(data.G), A]).T)[:3, 3:]).max() > 0.3


def test_the_features_are_the_last_residual_latents(scenario, model):
    _, A, data = scenario
    residual = model.residual(data.G, A)
    assert residual.shape == (8000, 2)
    assert residual == pytest.approx(A - A.mean(axis=0), abs=1e-9)


def test_maps_of_genotypes_and_features_are_the_encoder(scenario, model):
    _, A, data = scenario
    centred = np.column_stack([data.G - model.encoder.center, A - model.encoder.aux_center])
    assert centred @ model.encoder.z_map() == pytest.approx(model.encode(data.G, A), abs=1e-9)
    assert centred @ model.encoder.v_map() == pytest.approx(model.residual(data.G, A), abs=1e-9)


def test_factor_form_is_free_of_them_too():
    rng = np.random.default_rng(0)
    env = np.repeat(np.arange(3), 1000)
    A = rng.normal(size=(3000, 1)) + env[:, None] * 0.5
    G = rng.normal(size=(3000, 8)) + A @ rng.normal(size=(1, 8))
    data = Dataset.from_arrays(G, env, A=A)
    free = LinearLearner(form="factor").fit(data)
    assert free.history.n_factors == 0
    assert LinearLearner(form="factor").fit(Dataset.from_arrays(G, env)).history.n_factors > 0
    Z = free.encode(data.G, A)
    assert Z.shape == (3000, 8)
    assert np.abs(np.corrcoef(np.column_stack([Z, A]).T)[:8, 8]).max() < 1e-6


def test_names_travel_with_the_model_and_encoding_asks_for_them(scenario, model):
    _, A, data = scenario
    assert model.aux_names == ("a1", "a2")
    message = re.escape("A must have the model's 2 auxiliary features (a1, a2). Got 0; give them in this order.")
    with pytest.raises(ValueError, match=message):
        model.encode(data.G)
    with pytest.raises(ValueError, match=re.escape("(a1, a2). Got 1; give them in this order.")):
        model.residual(data.G, A[:, :1])


def test_blocks_carry_the_features(scenario, model):
    _, A, data = scenario
    found = np.vstack([block for _, block in model.encode_blocks(data)])
    assert found == pytest.approx(model.encode(data.G, A), abs=1e-9)

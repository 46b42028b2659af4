"""An encoder that is a network: what it computes, its coordinates, and learning again from their moments."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.special import ndtr

from latentmr.data import Dataset
from latentmr.learn import LinearLearner
from latentmr.learn.encoders.outputs_encoder import BLOCK
from latentmr.learn.linear.moments import environment_moments
from latentmr.learn.linear.relearning import Relearning
from latentmr.simulate import linear


@pytest.fixture(scope="module")
def data():
    return linear(n_per_env=300, seed=1).dataset


@pytest.fixture(scope="module")
def data_with_aux(data):
    A = np.random.default_rng(0).normal(size=(data.n, 2)) * [1.0, 3.0] + data.G[:, :1] + 5.0
    return Dataset.from_arrays(data.G, data.env, A=A)


@pytest.fixture(scope="module", params=["plain", "aux"])
def case(request, data, data_with_aux, hand_made):
    chosen = data if request.param == "plain" else data_with_aux
    return chosen, hand_made(chosen, k=3)


def by_hand(encoder, g, a):
    """Outputs of one person, unit by unit."""
    aux = [(a[j] - encoder.aux_center[j]) for j in range(len(a))]
    freed = [
        g[i] - encoder.center[i] - sum(aux[j] * encoder.aux_weights[j, i] for j in range(len(a))) for i in range(len(g))
    ]
    d = encoder.skip.shape[1]
    inputs = [sum(freed[i] * encoder.input_weights[i, j] for i in range(len(g))) for j in range(d)]
    inputs += [aux[j] / encoder.aux_scale[j] for j in range(len(a))]
    h = inputs
    for layer, (W, b) in enumerate(zip(encoder.weights, encoder.biases, strict=True)):
        h = [sum(h[i] * W[i, j] for i in range(len(h))) + b[j] for j in range(len(b))]
        if layer < len(encoder.weights) - 1:
            h = [value / (1 + math.exp(-value)) for value in h]
    out = [h[j] + sum(inputs[i] * encoder.skip[i, j] for i in range(len(inputs))) for j in range(d)]
    z = [(1 + math.erf(value / math.sqrt(2))) / 2 for value in out[: encoder.k]]
    v = [(value - m) / s for value, m, s in zip(out[encoder.k :], encoder.v_center, encoder.v_scale, strict=True)]
    return z, [*v, *aux]


def test_outputs_are_those_of_the_formula(case):
    data, model = case
    for i in (0, 417, 1199):
        z, v = by_hand(model.encoder, data.G[i].astype(float), data.A[i])
        assert model.encode(data.G[[i]], data.A[[i]])[0] == pytest.approx(z, rel=1e-10)
        assert model.residual(data.G[[i]], data.A[[i]])[0] == pytest.approx(v, rel=1e-9, abs=1e-12)


def test_instruments_lie_in_the_unit_cube_and_latents_are_standardised(case):
    data, model = case
    Z, V = model.encode(data.G, data.A), model.residual(data.G, data.A)
    d = model.encoder.n_outputs
    assert Z.shape == (data.n, 3)
    assert V.shape == (data.n, d - 3 + data.A.shape[1])
    assert 0 < Z.min() < 0.1 < 0.9 < Z.max() < 1
    assert V[:, : d - 3].mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert V[:, : d - 3].std(axis=0) == pytest.approx(1, rel=1e-9)


def test_an_identity_network_has_the_linear_instruments(data, hand_made):
    model, plain = hand_made(data, size=0.0), LinearLearner(seed=0).fit(data)
    assert model.k == plain.k == 3
    assert model.encode(data.G) == pytest.approx(ndtr(plain.encode(data.G)), abs=1e-12)
    V = plain.residual(data.G)
    assert model.residual(data.G) == pytest.approx((V - V.mean(axis=0)) / V.std(axis=0), abs=1e-9)


def test_a_network_that_is_no_identity_has_others(data, hand_made):
    assert np.abs(hand_made(data).encode(data.G) - hand_made(data, size=0.0).encode(data.G)).max() > 0.05


def test_blocks_give_what_the_whole_matrix_gives(case):
    data, model = case
    rows, blocks = zip(*model.encode_blocks(data), strict=True)
    assert np.array_equal(np.concatenate(rows), np.arange(data.n))
    assert np.vstack(blocks) == pytest.approx(model.encode(data.G, data.A), abs=1e-12)


def test_many_people_are_encoded_as_few_are(case):
    data, model = case
    chosen = np.random.default_rng(0).integers(0, data.n, BLOCK + 1000)
    few, many = model.encode(data.G, data.A), model.encode(data.G[chosen], data.A[chosen])
    assert many == pytest.approx(few[chosen], abs=1e-12)
    many = model.residual(data.G[chosen], data.A[chosen])
    assert many == pytest.approx(model.residual(data.G, data.A)[chosen], abs=1e-12)


def test_no_people(data, hand_made):
    model = hand_made(data, k=2)
    assert model.encode(data.G[:0]).shape == (0, 2)
    assert model.residual(data.G[:0]).shape == (0, 4)


@pytest.mark.parametrize("kind", ["linear", "network"])
def test_instruments_and_latents_are_maps_of_centred_coordinates(case, kind):
    data, network = case
    model = network if kind == "network" else LinearLearner(k=3).fit(data)
    encoder, G = model.encoder, data.G.astype(float)
    assert encoder.name == kind
    coordinates = encoder.coordinates(G, data.A)
    c = encoder.n_outputs or data.p
    assert coordinates.shape == (data.n, c + data.A.shape[1])
    assert encoder.coordinate_center.shape == (c + data.A.shape[1],)
    centred, middle = coordinates - encoder.coordinate_center, 0.5 if kind == "network" else 0.0
    assert centred @ encoder.z_map() + middle == pytest.approx(encoder.encode(G, data.A), abs=1e-9)
    assert centred @ encoder.v_map() == pytest.approx(encoder.residual(G, data.A), abs=1e-9)
    assert np.array_equal(encoder.instruments(coordinates), encoder.encode(G, data.A))
    assert np.abs(centred.mean(axis=0)).max() < 0.15


def test_moments_of_coordinates_are_those_of_what_is_encoded(case, moments_of):
    data, model = case
    found = environment_moments(data, model.encoder.coordinates)
    want = moments_of(model.encoder.coordinates(data.G.astype(float), data.A), data.env)
    assert np.array_equal(found.n, want.n)
    assert found.mean == pytest.approx(want.mean, abs=1e-12)
    assert found.covariance == pytest.approx(want.covariance, abs=1e-11)


def test_moments_of_a_linear_encoder_s_coordinates_are_those_of_the_genotypes(case):
    data, _ = case
    found, want = environment_moments(data, LinearLearner(k=3).fit(data).encoder.coordinates), environment_moments(data)
    assert all(np.array_equal(getattr(found, name), getattr(want, name)) for name in ("n", "mean", "covariance"))


def test_the_space_of_an_identity_network_is_found_again(data, hand_made):
    model = hand_made(data, size=0.0)
    again = Relearning(model, environment_moments(data, model.encoder.coordinates))
    assert again.base.shape == (6, 3)
    assert subspace_angles(again.base, model.encoder.z_map()).max() < 0.05


def test_learning_again_looks_for_all_exogenous_directions_of_a_network(case):
    data, model = case
    moments = environment_moments(data, model.encoder.coordinates)
    again = Relearning(model, moments)
    assert again.base.shape == (6 + data.A.shape[1], 3)
    more = replace(model, history=replace(model.history, k_stationary=5))
    assert Relearning(more, moments).base.shape[1] == 5
    # what is found is free of the auxiliary features
    S = moments.pooled
    assert np.abs(S[6:] @ again.base).max(initial=0.0) < 1e-8

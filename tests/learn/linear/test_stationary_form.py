"""On linear mixing the stationary form is exact: all of Z, nothing of V."""

import numpy as np
import pytest

from latentmr.data import Dataset
from latentmr.learn import LinearLearner
from latentmr.simulate import linear


def test_instruments_are_all_of_z_and_nothing_of_v(continuous, continuous_model, r_squared):
    Z = continuous_model.encode(continuous.dataset.G)
    truth = continuous.truth
    assert (continuous_model.form, continuous_model.k) == ("stationary", 3)
    assert r_squared(truth.Z, Z) > 0.999
    assert r_squared(truth.V, Z) - r_squared(truth.V, truth.Z) < 0.002


def test_the_same_holds_for_people_of_new_environments(continuous_model, continuous, r_squared):
    # the mixing is what was learned: new V, same mixing
    rng = np.random.default_rng(5)
    data, truth = continuous.dataset, continuous.truth
    latents = np.column_stack([truth.Z, truth.V, np.ones(data.n)])
    mixing = np.linalg.lstsq(latents, data.G.astype(float), rcond=None)[0]
    V = rng.normal(size=(4000, 3)) @ np.diag([1.0, 0.5, 1.5]) + [3.0, -2.0, 1.0]
    G = np.column_stack([truth.Z[:4000], V, np.ones(4000)]) @ mixing
    Z = continuous_model.encode(G)
    assert r_squared(truth.Z[:4000], Z) > 0.998
    assert r_squared(V, Z) - r_squared(V, truth.Z[:4000]) < 0.002


def test_residual_latents_are_v(continuous, continuous_model, r_squared):
    V = continuous_model.residual(continuous.dataset.G)
    assert V.shape == (16_000, 3)
    assert r_squared(continuous.truth.V, V) > 0.999
    assert r_squared(continuous.truth.Z, V) < 0.02


@pytest.mark.parametrize("d_z", [1, 2, 4])
def test_number_of_instruments_is_found(d_z):
    found = LinearLearner().fit(linear(n_per_env=3000, d_z=d_z, d_v=2, seed=4).dataset)
    assert found.k == d_z
    assert found.history.k_available == d_z + 2


def test_instruments_have_unit_variance_and_no_correlation_within_environments(continuous, continuous_model):
    Z, env = continuous_model.encode(continuous.dataset.G), continuous.dataset.env
    within = np.mean([np.cov(Z[env == e].T, bias=True) for e in range(4)], axis=0)
    assert np.allclose(within, np.eye(3), atol=1e-5)
    assert pytest.approx(0, abs=1e-5) == Z.mean(axis=0)


def test_eigenvalues_rise_and_jump_after_the_last_stationary_direction(continuous_model):
    values = np.array(continuous_model.history.eigenvalues)
    assert (np.diff(values) >= 0).all()
    assert values[3] > 20 * values[2]


def refit(G, env, **options):
    data = Dataset.from_arrays(G, env)
    return LinearLearner(form="stationary", **options).fit(data).encode(data.G)


@pytest.mark.parametrize(
    "change",
    ["units", "order", "mixing", "origin"],
)
def test_span_of_the_instruments_follows_a_linear_change_of_g(continuous, continuous_model, same_span, change):
    G = continuous.dataset.G.astype(float)
    rng = np.random.default_rng(3)
    changed = {
        "units": G * [1e-3, 10.0, -1.0, 1.0, 500.0, 0.1],
        "order": G[:, [5, 2, 0, 1, 4, 3]],
        "mixing": G @ (np.eye(6) + 0.4 * rng.normal(size=(6, 6))),
        "origin": G + np.arange(6),
    }[change]
    Z = refit(changed, continuous.dataset.env)
    assert same_span(Z, continuous_model.encode(continuous.dataset.G)) < 1e-4


def test_order_of_people_and_names_of_environments_do_not_matter(continuous, continuous_model, same_span):
    data = continuous.dataset
    order = np.random.default_rng(0).permutation(data.n)
    Z = refit(data.G[order], np.array(["d", "a", "c", "b"])[data.env[order]], k=3)
    assert same_span(Z, continuous_model.encode(data.G[order])) < 1e-5


def test_fewer_instruments_are_the_most_stationary_ones(continuous, continuous_model, same_span):
    two = LinearLearner(k=2).fit(continuous.dataset)
    assert np.array_equal(two.encoder.z_weights, continuous_model.encoder.z_weights[:, :2])
    # what is not an instrument is residual
    assert two.encoder.v_weights.shape == (6, 4)


def test_copies_and_constants_among_the_columns_add_no_direction(continuous, continuous_model, same_span):
    data = continuous.dataset
    G = np.column_stack([data.G, data.G[:, 0] - data.G[:, 1], np.full(data.n, 3.0)])
    found = LinearLearner().fit(Dataset.from_arrays(G, data.env))
    assert found.history.k_available == 6
    assert same_span(found.encode(G), continuous_model.encode(data.G)) < 1e-4

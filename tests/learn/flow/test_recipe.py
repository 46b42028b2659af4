"""Independent components among coordinates that a rotation has mixed."""

import numpy as np
import pytest

from latentmr.learn.flow.recipe import independent_rotation


@pytest.fixture(scope="module")
def mixed():
    rng = np.random.default_rng(0)
    latents = rng.uniform(-np.sqrt(3), np.sqrt(3), size=(8000, 3))
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return latents, (latents @ rotation).astype(np.float32)


def test_a_rotation_of_uniform_coordinates_is_undone(mixed):
    latents, coordinates = mixed
    found = coordinates @ independent_rotation(coordinates, 0)
    shared = np.abs(np.corrcoef(np.column_stack([latents, found]).T)[:3, 3:])
    assert np.sort(shared.max(axis=0)) == pytest.approx(1, abs=0.01)
    assert sorted(shared.argmax(axis=0)) == [0, 1, 2]


def test_it_is_a_rotation_where_coordinates_are_white(mixed):
    R = independent_rotation(mixed[1], 0)
    assert pytest.approx(np.eye(3), abs=0.05) == R.T @ R


def test_what_is_white_stays_white(mixed):
    centred = mixed[1] - mixed[1].mean(axis=0, dtype=np.float64)
    root = np.linalg.cholesky(np.linalg.inv(np.cov(centred.T, bias=True)))
    white = (centred @ root).astype(np.float32)
    R = independent_rotation(white, 0)
    assert pytest.approx(np.eye(3), abs=1e-6) == R.T @ R
    assert np.cov((white @ R).T, bias=True) == pytest.approx(np.eye(3), abs=1e-5)


def test_it_is_a_rotation_though_coordinates_are_correlated(mixed):
    rng = np.random.default_rng(1)
    coordinates = (mixed[1] @ (np.eye(3) + 0.4 * rng.normal(size=(3, 3)))).astype(np.float32)
    spread = coordinates.astype(float).std(axis=0)
    R = spread[:, None] * independent_rotation(coordinates, 0) / spread.mean()
    assert pytest.approx(np.eye(3), abs=1e-6) == R.T @ R


def test_one_column_and_a_column_that_does_not_vary_stay(mixed):
    assert np.array_equal(independent_rotation(mixed[1][:, :1], 0), np.eye(1))
    flat = mixed[1].copy()
    flat[:, 1] = 2.0
    assert np.array_equal(independent_rotation(flat, 0), np.eye(3))


def test_same_seed_same_bits(mixed):
    assert np.array_equal(independent_rotation(mixed[1], 3), independent_rotation(mixed[1], 3))

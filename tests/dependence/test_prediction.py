"""How well one thing tells another, on people left out: against laws of which the answer is known."""

import numpy as np
import pytest
from scipy.stats import norm

from latentmr.dependence.permutation import coordinates_of, features_of
from latentmr.dependence.prediction import area_under_curve, explained_shares


def rng_of(seed=0):
    return np.random.default_rng(seed)


def area(X, env, units=None, seed=0):
    units = np.arange(len(env)) if units is None else units
    return area_under_curve(np.asarray(X, dtype=np.float32), np.asarray(env), units, rng_of(seed))


def shares(X, Y, env, units=None):
    units = np.arange(len(env)) if units is None else units
    return explained_shares(np.asarray(X, dtype=np.float32), Y, np.asarray(env), units, rng_of())


# telling environments apart


@pytest.mark.parametrize("sizes", [(60, 60), (30, 40, 50), (50, 400)])
def test_what_is_alike_cannot_be_told(sizes):
    env = np.repeat(np.arange(len(sizes)), sizes)
    found = [area(rng_of(seed).normal(size=(len(env), 3)), env, seed=seed) for seed in range(300)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.01)


def test_environments_apart_are_always_told():
    env = np.repeat([0, 1, 2], 50)
    X = np.eye(3)[env] * 10 + rng_of().normal(size=(150, 3))
    assert area(X, env) > 0.99


@pytest.mark.parametrize("shift", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("sizes", [(3000, 3000), (6000, 1000)])
def test_of_normals_a_shift_apart_the_area_is_known(shift, sizes):
    env = np.repeat([0, 1], sizes)
    X = rng_of().normal(size=(len(env), 1)) + shift * env[:, None]
    assert area(X, env) == pytest.approx(norm.cdf(shift / np.sqrt(2)), abs=0.02)


def test_of_three_environments_one_apart_the_area_is_known():
    """It is always told; each other wins against it and ties with the third: 1, 3/4 and 3/4."""
    env = np.repeat([0, 1, 2], 600)
    X = np.where(env == 0, 50.0, 0.0)[:, None] + rng_of().normal(size=(1800, 1))
    assert area(X, env) == pytest.approx((1 + 0.75 + 0.75) / 3, abs=0.01)


def test_variances_are_told_by_features_and_not_by_coordinates():
    env = np.repeat([0, 1], 1000)
    X = rng_of().normal(size=(2000, 1)) * np.where(env, 3.0, 1.0)[:, None]
    assert area(coordinates_of(X), env) < 0.55
    # the best rule is |x| above a bound, and |N(0, 9)| beats |N(0, 1)| with probability 2 arctan(3) / pi
    assert area(features_of(X, rng_of()), env) == pytest.approx(2 * np.arctan(3) / np.pi, abs=0.03)


def test_units_of_features_do_not_matter():
    env = np.repeat([0, 1], 200)
    X = rng_of().normal(size=(400, 3)) + 0.5 * env[:, None]
    assert area(1000 * X, env) == pytest.approx(area(X, env), abs=1e-3)
    assert area(X + 5, env) == pytest.approx(area(X, env), abs=1e-3)


def test_people_of_a_unit_are_predicted_together():
    """Each unit has a mark of its own, which tells its environment to those who saw another of the unit."""
    units = np.repeat(np.arange(40), 5)
    env = np.repeat([0, 1], 100)
    X = rng_of().normal(size=(40, 40))[units]
    assert area(X, env) > 0.95
    assert np.mean([area(rng_of(seed).normal(size=(40, 40))[units], env, units, seed) for seed in range(60)]) < 0.55


def test_same_seed_same_area():
    env = np.repeat([0, 1], 30)
    X = rng_of().normal(size=(60, 2))
    assert area(X, env) == area(X, env)
    assert area(X, env) != area(X, env, seed=1)


@pytest.mark.parametrize(
    ("X", "env", "units"),
    [
        (rng_of().normal(size=(30, 2)), np.zeros(30, dtype=int), None),
        (np.zeros((60, 2)), np.repeat([0, 1], 30), None),
        (np.zeros((60, 0)), np.repeat([0, 1], 30), None),
    ],
    ids=["one environment", "features that do not vary", "no features"],
)
def test_where_nothing_can_be_told_the_area_is_a_half(X, env, units):
    assert area(X, env, units) == 0.5


def test_where_nobody_is_left_to_learn_from_the_area_is_a_half():
    half = np.repeat([0, 1], 20)
    X = rng_of().normal(size=(40, 2))
    for seed in range(10):  # both units fall into one part for some
        assert area(X, half, half, seed) == 0.5


# explaining variance


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_the_share_of_a_linear_target_is_that_of_the_population(share):
    rng = rng_of()
    env = np.repeat([0, 1, 2], 1000)
    X = rng.normal(size=(3000, 3))
    b = np.array([0.6, 0.8, 0.0])
    y = np.sqrt(share) * X @ b + np.sqrt(1 - share) * rng.normal(size=3000)
    assert shares(X, y[:, None], env) == pytest.approx([share], abs=0.03)


def test_each_target_has_its_share():
    rng = rng_of()
    env = np.repeat([0, 1], 500)
    X = rng.normal(size=(1000, 2))
    noise, constant, level = rng.normal(size=1000), np.full(1000, 3.0), 5.0 * env
    found = shares(X, np.column_stack([X[:, 0], noise, constant, level, X[:, 1] + 100]), env)
    assert found.shape == (5,)
    assert found[[0, 4]] == pytest.approx(1, abs=1e-3)
    assert found[1] < 0.01
    assert found[[2, 3]].tolist() == [0.0, 0.0]


def test_noise_has_no_share():
    rng = rng_of()
    env = np.repeat([0, 1], 300)
    found = [shares(rng.normal(size=(600, 20)), rng.normal(size=(600, 3)), env).max() for _ in range(20)]
    assert np.median(found) == 0.0
    assert max(found) < 0.01


def test_means_of_environments_do_not_count():
    rng = rng_of()
    env = np.repeat([0, 1, 2], 300)
    level = np.array([0.0, 5.0, -3.0])[env][:, None]
    X, y = rng.normal(size=(900, 1)) + level, rng.normal(size=(900, 1)) + level
    assert np.corrcoef(X[:, 0], y[:, 0])[0, 1] ** 2 > 0.8
    assert shares(X, y, env)[0] < 0.01
    y = y + 2 * X
    base = shares(X, y, env)
    assert base == pytest.approx([0.8], abs=0.03)
    assert shares(X - level, y + 7 * level, env) == pytest.approx(base, abs=1e-4)


def test_a_square_is_explained_by_features_and_not_by_coordinates():
    rng = rng_of()
    env = np.repeat([0, 1], 1000)
    z = rng.uniform(-1, 1, (2000, 1))
    assert shares(coordinates_of(z), z**2, env)[0] < 0.01
    assert shares(features_of(z, rng), z**2, env)[0] > 0.99


def test_people_of_a_unit_are_explained_together():
    rng = rng_of()
    units = np.repeat(np.arange(40), 5)
    env = np.repeat([0, 1], 100)
    X, y = rng.normal(size=(40, 40))[units], rng.normal(size=(40, 1))[units]
    assert shares(X, y, env)[0] > 0.9
    assert shares(X, y, env, units)[0] < 0.3


@pytest.mark.parametrize("units", [None, np.zeros(2, dtype=int)])
def test_two_people_explain_nothing(units):
    assert shares([[1.0], [2.0]], np.array([[1.0], [2.0]]), np.zeros(2, dtype=int), units)[0] == 0.0

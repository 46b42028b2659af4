"""Permutation tests by features: sizes, powers, statistics computed by hand, and what leaves them as they are."""

import numpy as np
import pytest

from latentmr.dependence.permutation import (
    COUNT,
    DISPENSABLE,
    Permuted,
    coordinates_of,
    dependence,
    differences,
    features_of,
    hsic_test,
    mmd_test,
)

ENV = np.repeat([0, 1, 2], 20)
ALONE = np.arange(60)


def rng_of(seed=0):
    return np.random.default_rng(seed)


def gram(F):
    return F.astype(float) @ F.T.astype(float)


def families(rng, d):
    """Values that the four people of a unit nearly share, of 60 people."""
    return np.repeat(rng.normal(size=(15, d)), 4, axis=0) + 0.3 * rng.normal(size=(60, d))


FAMILY = np.repeat(np.arange(15), 4)


# p-values


def test_the_p_value_counts_the_data_among_the_permutations():
    assert Permuted(3.0, np.array([1.0, 2.0, 3.0, 4.0])).p_value == 3 / 5
    assert Permuted(5.0, np.array([1.0, 2.0, 3.0, 4.0])).p_value == 1 / 5
    assert Permuted(0.0, np.zeros(4)).p_value == 1.0
    assert Permuted(3.0, np.zeros(0)).p_value == 1.0


def test_sums_in_another_order_count_as_equal():
    assert Permuted(3.0, np.array([3 * (1 - 1e-7), 2.9])).p_value == 2 / 3


def test_excess_is_over_the_mean_of_the_permutations():
    assert Permuted(3.0, np.array([1.0, 2.0])).excess == 1.5


def test_the_smallest_p_value_is_one_over_the_permutations_and_the_data():
    X = np.repeat([[0.0], [5.0], [10.0]], 20, axis=0) + rng_of().normal(size=(60, 1))
    overall, pairs = differences(coordinates_of(X), ENV, ALONE, 49, rng_of())
    assert overall.p_value == 1 / 50
    assert [pair.p_value for *_, pair in pairs] == [1 / 50] * 3
    found, _ = dependence(coordinates_of(X), coordinates_of(X), ENV, ALONE, 49, rng_of())
    assert found.p_value == 1 / 50


# features


def test_features_are_the_same_after_a_shift_and_other_units():
    X = rng_of().normal(size=(80, 3))
    base = features_of(X, rng_of(1))
    other = features_of(X * [8.0, 0.01, 300.0] - [5.0, 2.0, -70.0], rng_of(1))
    assert other.shape == base.shape
    assert gram(other) == pytest.approx(gram(base), abs=1e-4)


def test_constant_columns_say_nothing():
    X = rng_of().normal(size=(80, 2))
    more = np.column_stack([np.full(80, 1e6), X, np.zeros(80), np.full(80, 0.1)])
    assert gram(features_of(more, rng_of(1))) == pytest.approx(gram(features_of(X, rng_of(1))), abs=1e-4)
    assert coordinates_of(more) == pytest.approx(coordinates_of(X))


@pytest.mark.parametrize("X", [np.ones((30, 2)), np.zeros((30, 0)), np.zeros((0, 2))])
def test_without_anything_that_varies_there_are_no_features(X):
    assert features_of(X, rng_of()).shape == (len(X), 0)
    assert coordinates_of(X).shape == (len(X), 0)


@pytest.mark.parametrize("d", [1, 3, 10, 60])
def test_features_are_few_and_centred(d):
    F = features_of(rng_of().normal(size=(150, d)) + 3, rng_of(1))
    assert len(F) == 150
    assert 1 <= F.shape[1] <= 40
    assert F.mean(axis=0) == pytest.approx(0, abs=1e-5)


def test_half_of_the_features_variance_is_that_of_the_coordinates():
    X = rng_of().normal(size=(500, 1))
    F = features_of(X, rng_of(1))
    assert F.shape[1] < 40
    assert 2 * (1 - DISPENSABLE) <= F.var(axis=0).sum() <= 2 + 1e-4
    both = gram(F)
    left = both - gram(coordinates_of(X))
    assert np.trace(left) / 500 == pytest.approx(1, abs=2 * DISPENSABLE)
    assert np.linalg.eigvalsh(left).min() > -500 * 2 * DISPENSABLE


def test_features_of_one_coordinate_approach_the_gaussian_kernels():
    X = rng_of().normal(size=(200, 1))
    x = coordinates_of(X).astype(float)
    K = np.mean([np.exp(-((x - x.T) ** 2) / (2 * width**2)) for width in (0.5, 1.0)], axis=0)
    center = np.eye(200) - 1 / 200
    K = center @ K @ center
    K *= 200 / np.trace(K)
    waves = np.mean([gram(features_of(X, rng_of(seed))) for seed in range(10)], axis=0) - x @ x.T
    assert np.abs(waves - K).max() < 5 / np.sqrt(10 * COUNT)
    assert np.corrcoef(waves.ravel(), K.ravel())[0, 1] > 0.99


def test_rows_in_another_order_have_their_features_in_that_order():
    X, order = rng_of().normal(size=(80, 5)), rng_of(2).permutation(80)
    base = gram(features_of(X, rng_of(1)))
    assert gram(features_of(X[order], rng_of(1))) == pytest.approx(base[np.ix_(order, order)], abs=1e-4)


def test_coordinates_have_unit_variance():
    F = coordinates_of(rng_of().normal(size=(80, 3)) * [1, 20, 300] + 5)
    assert F.dtype == np.float32
    assert F.mean(axis=0) == pytest.approx(0, abs=1e-6)
    assert F.std(axis=0) == pytest.approx(1, abs=1e-6)


# equal laws


def uneven():
    """Features of 50 people in three environments of different sizes, in units of 1 to 3, in no order."""
    rng = rng_of(3)
    sizes = rng.integers(1, 4, 25)
    home = np.sort(rng.integers(0, 3, 25))
    units = np.repeat(np.arange(25), sizes)
    env = home[units]
    F = rng.normal(size=(len(units), 4)) + 0.3 * env[:, None]
    order = rng.permutation(len(units))
    return (F - F.mean(axis=0)).astype(np.float32)[order], env[order], units[order]


def test_differences_by_hand():
    F, env, units = uneven()
    overall, pairs = differences(F, env, units, 9, rng_of())
    F = F.astype(float)
    n = [(env == e).sum() for e in range(3)]
    means = [F[env == e].mean(axis=0) for e in range(3)]
    between = [n[e] * ((means[e] - F.mean(axis=0)) ** 2).sum() for e in range(3)]
    assert overall.statistic == pytest.approx(sum(between))
    assert [(a, b) for a, b, _ in pairs] == [(0, 1), (0, 2), (1, 2)]
    for a, b, pair in pairs:
        assert pair.statistic == pytest.approx(((means[a] - means[b]) ** 2).sum() / (1 / n[a] + 1 / n[b]))
    assert len(overall.draws) == len(pairs[0][2].draws) == 9


def test_of_two_environments_the_pair_is_all():
    F, env = coordinates_of(rng_of().normal(size=(60, 2))), np.repeat([0, 1], [20, 40])
    overall, [(_, _, pair)] = differences(F, env, ALONE, 20, rng_of())
    assert pair.statistic == pytest.approx(overall.statistic, rel=1e-5)
    assert pair.draws == pytest.approx(overall.draws, rel=1e-4)
    assert pair.p_value == overall.p_value


def test_the_mean_of_the_permutations_is_known():
    """A random group's mean has the covariance of the people over its size, less the finite population's share."""
    X = rng_of().normal(size=(60, 2)) @ [[1.0, 0.5], [0.0, 2.0]]
    F = (X - X.mean(axis=0)).astype(np.float32)
    variance = float((F**2).sum()) / 59
    overall, pairs = differences(F, np.repeat([0, 1, 2], [10, 20, 30]), ALONE, 2000, rng_of())
    assert overall.draws.mean() == pytest.approx(2 * variance, rel=0.06)
    for *_, pair in pairs:
        assert pair.draws.mean() == pytest.approx(variance, rel=0.08)


def test_whole_units_are_permuted():
    """Of two units there are two arrangements, and they are mirror images."""
    F = coordinates_of(rng_of().normal(size=(60, 2)))
    half = np.repeat([0, 1], 30)
    overall, _ = differences(F, half, half, 20, rng_of())
    assert overall.draws == pytest.approx(overall.statistic, rel=1e-4)
    assert overall.p_value == 1.0


def test_people_in_another_order_are_the_same_people():
    F, env, units = uneven()
    order, other_names = rng_of(5).permutation(len(env)), rng_of(6).permutation(25)
    base, pairs = differences(F, env, units, 5, rng_of())
    found, found_pairs = differences(F[order], env[order], other_names[units][order], 5, rng_of())
    assert found.statistic == pytest.approx(base.statistic, rel=1e-5)
    assert [pair.statistic for *_, pair in found_pairs] == pytest.approx([p.statistic for *_, p in pairs], rel=1e-5)
    other = coordinates_of(rng_of(7).normal(size=(len(env), 2)))
    base, _ = dependence(F, other, env, units, 5, rng_of())
    found, _ = dependence(F[order], other[order], env[order], other_names[units][order], 5, rng_of())
    assert found.statistic == pytest.approx(base.statistic, rel=1e-5)


def test_same_seed_same_numbers():
    F, env, units = uneven()
    for test in (
        lambda rng: differences(F, env, units, 9, rng)[0],
        lambda rng: dependence(F, F, env, units, 9, rng)[0],
    ):
        one, again, other = (test(rng_of(seed)).draws for seed in (1, 1, 2))
        assert np.array_equal(one, again)
        assert not np.allclose(one, other)
    X = rng_of().normal(size=(40, 2))
    assert np.array_equal(features_of(X, rng_of(1)), features_of(X, rng_of(1)))
    assert gram(features_of(X, rng_of(1))) != pytest.approx(gram(features_of(X, rng_of(2))), abs=1e-3)


def rejected(test, repeats=300):
    return np.mean([test(rng_of(seed)).p_value <= 0.05 for seed in range(repeats)])


def test_size_of_differences():
    size = rejected(lambda rng: differences(coordinates_of(rng.normal(size=(60, 2))), ENV, ALONE, 39, rng)[0])
    assert 0.02 < size < 0.09


def test_size_of_differences_of_families():
    def test(units):
        return lambda rng: differences(coordinates_of(families(rng, 2)), ENV, units, 39, rng)[0]

    assert 0.02 < rejected(test(FAMILY)) < 0.09
    assert rejected(test(ALONE), 100) > 0.2


@pytest.mark.slow  # size in repeated draws
def test_size_of_differences_by_features():
    size = rejected(lambda rng: differences(features_of(rng.gamma(1, size=(60, 2)), rng), ENV, ALONE, 39, rng)[0], 150)
    assert 0.01 < size < 0.1


LAWS = {
    "mean": lambda rng, e: rng.normal(0.5 * e, 1, (200, 2)),
    "variance": lambda rng, e: rng.normal(0, 1 + e, (200, 2)),
    "shape": lambda rng, e: rng.normal(size=(200, 2)) if e else rng.choice([-1.0, 1.0], (200, 2)),
    "correlation": lambda rng, e: rng.normal(size=(200, 2)) @ np.linalg.cholesky([[1, 0.9 * e], [0.9 * e, 1]]).T,
}


@pytest.mark.parametrize("what", LAWS)
def test_differences_of_laws_are_found(what):
    half = np.repeat([0, 1], 200)

    def p_values(features):
        out = []
        for seed in range(8):
            rng = rng_of(seed)
            X = np.vstack([LAWS[what](rng, e) for e in (0, 1)])
            out.append(differences(features(X, rng), half, np.arange(400), 99, rng)[0].p_value)
        return out

    assert max(p_values(features_of)) <= 0.05
    # coordinates alone see means
    assert (np.mean(p_values(lambda X, rng: coordinates_of(X))) < 0.05) == (what == "mean")


def test_the_environment_that_differs_is_told():
    X = rng_of().normal(size=(60, 2)) + np.where(ENV == 2, 2.0, 0.0)[:, None]
    _, pairs = differences(features_of(X, rng_of()), ENV, ALONE, 99, rng_of())
    assert [pair.p_value < 0.05 for *_, pair in pairs] == [False, True, True]


# independence


def cross(one, other, env):
    total = 0.0
    for e in np.unique(env):
        a, b = one[env == e].astype(float), other[env == e].astype(float)
        a, b = a - a.mean(axis=0), b - b.mean(axis=0)
        total += sum((a[:, i] @ b[:, j]) ** 2 for i in range(a.shape[1]) for j in range(b.shape[1])) / len(a)
    return total


def test_dependence_by_hand():
    F, env, units = uneven()
    other = coordinates_of(rng_of(1).normal(size=(len(env), 2)) + F[:, :2])
    found, share = dependence(F, other, env, units, 30, rng_of())
    assert found.statistic == pytest.approx(cross(F, other, env), rel=1e-5)
    bound = np.sqrt(cross(F, F, env) * cross(other, other, env))
    assert share == pytest.approx((found.statistic - found.draws.mean()) / bound, rel=1e-5)


def test_the_data_are_left_as_they_are():
    F, env, units = uneven()
    before = F.copy()
    dependence(F, F, env, units, 3, rng_of())
    assert np.array_equal(F, before)


def test_the_mean_of_the_permutations_of_dependence_is_known():
    one, other = (coordinates_of(rng_of(seed).normal(size=(60, 2))) for seed in (1, 2))
    found, _ = dependence(one, other, ENV, ALONE, 3000, rng_of())

    def size(F, e):
        part = F[20 * e : 20 * (e + 1)]
        return float(((part - part.mean(axis=0)) ** 2).sum())

    expected = sum(size(one, e) * size(other, e) / 19 / 20 for e in range(3))
    assert found.draws.mean() == pytest.approx(expected, rel=0.05)


def test_what_is_alike_has_the_largest_share():
    F = features_of(rng_of().normal(size=(300, 2)), rng_of(1))
    env = np.repeat([0, 1, 2], 100)
    found, share = dependence(F, F, env, np.arange(300), 50, rng_of())
    assert share == pytest.approx(1 - found.draws.mean() / found.statistic, rel=1e-5)
    assert 0.9 < share < 1
    _, scaled = dependence(F, 7 * F, env, np.arange(300), 50, rng_of())
    assert scaled == pytest.approx(share, rel=1e-4)
    _, less = dependence(F, features_of(rng_of(2).normal(size=(300, 2)), rng_of(1)), env, np.arange(300), 50, rng_of())
    assert abs(less) < 0.02


def test_one_that_does_not_vary_within_environments_depends_on_nothing():
    levels = np.repeat([[1.0], [2.0], [4.0]], 20, axis=0).astype(np.float32)
    found, share = dependence(levels, coordinates_of(rng_of().normal(size=(60, 2))), ENV, ALONE, 9, rng_of())
    assert (found.statistic, share, found.p_value) == (0.0, 0.0, 1.0)


def test_what_environments_share_is_no_dependence():
    level = 3.0 * ENV[:, None]
    one, other = (coordinates_of(rng_of(seed).normal(size=(60, 1)) + level) for seed in (1, 2))
    assert np.corrcoef(one[:, 0], other[:, 0])[0, 1] > 0.8
    assert dependence(one, other, ENV, ALONE, 99, rng_of())[0].p_value > 0.1


def test_size_of_dependence():
    def test(rng):
        one, other = (coordinates_of(rng.normal(size=(60, 2)) + ENV[:, None]) for _ in range(2))
        return dependence(one, other, ENV, ALONE, 39, rng)[0]

    assert 0.02 < rejected(test) < 0.09


def test_size_of_dependence_in_families():
    def test(units):
        def draw(rng):
            one, other = coordinates_of(families(rng, 2)), coordinates_of(families(rng, 2))
            return dependence(one, other, ENV, units, 39, rng)[0]

        return draw

    assert 0.02 < rejected(test(FAMILY)) < 0.09
    assert rejected(test(ALONE), 100) > 0.2


def test_dependence_is_found_where_variables_are_uncorrelated():
    env = np.repeat([0, 1], 150)
    for seed in range(6):
        rng = rng_of(seed)
        z = rng.normal(size=(300, 1))
        v = z**2 + rng.normal(size=(300, 1))
        found, share = dependence(features_of(z, rng), features_of(v, rng), env, np.arange(300), 99, rng)
        assert found.p_value == 1 / 100
        assert 0.02 < share < 1
    symmetric = np.abs(z), np.where(rng.random((300, 1)) < 0.5, z, -z)
    found, _ = dependence(*map(coordinates_of, symmetric), env, np.arange(300), 99, rng)
    assert found.p_value > 0.05
    found, _ = dependence(*(features_of(part, rng) for part in symmetric), env, np.arange(300), 99, rng)
    assert found.p_value == 1 / 100


def test_correlation_of_one_pair_of_coordinates_is_found():
    rng, env = rng_of(), np.repeat([0, 1], 200)
    Z, V = rng.normal(size=(400, 3)), rng.normal(size=(400, 6))
    V[:, 4] += 0.5 * Z[:, 1]
    for features in (coordinates_of, lambda X: features_of(X, rng)):
        assert dependence(features(Z), features(V), env, np.arange(400), 99, rng)[0].p_value == 1 / 100


# the tests as a user calls them


def test_they_are_the_tests_of_codes_and_features():
    X, names = rng_of().normal(size=(60, 2)), np.array(["b", "a", "c"])[ENV]
    seed, codes = rng_of(5), np.array([1, 0, 2])[ENV]
    overall, _ = differences(features_of(X, seed), codes, ALONE, 49, seed)
    assert mmd_test(X, names, draws=49, seed=5).statistic == overall.statistic
    assert np.array_equal(mmd_test(X.tolist(), names, draws=49, seed=5).draws, overall.draws)
    seed = rng_of(5)
    one, other = features_of(X, seed), features_of(X[:, :1], seed)
    found, _ = dependence(one, other, np.zeros(60, dtype=int), ALONE, 49, seed)
    assert np.array_equal(hsic_test(X, X[:, 0], draws=49, seed=5).draws, found.draws)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mmd_test(np.zeros((5, 2)), np.zeros(5)), "env must have at least two environments. Got one"),
        (
            lambda: mmd_test(np.zeros((5, 2)), [0, 1]),
            "X and env must be of the same individuals. Got 5 of X, 2 of env;",
        ),
        (
            lambda: hsic_test(np.zeros(5), np.zeros(4)),
            "X and Y and env must be of the same individuals. Got 5 of X, 4 of Y",
        ),
        (lambda: hsic_test([0, np.nan], [0, 1]), "X must hold finite numbers."),
        (
            lambda: hsic_test([0, 1], np.zeros((2, 2, 2))),
            r"Y must be of dimension \(n,\) or \(n, d\), with at least one individual.",
        ),
    ],
)
def test_what_they_refuse(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_a_test_prints_its_result_alone():
    x = np.random.default_rng(1).normal(size=100)
    assert repr(hsic_test(x, x)).endswith("p_value=0.001, 999 permutations)")
    assert repr(hsic_test(x, x, draws=19)).startswith("Permuted(statistic=")

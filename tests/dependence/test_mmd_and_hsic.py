"""Kernel measures against closed forms, against each other, and against permutations."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from latentmr.dependence import hsic, mmd

SCALES = (0.5, 1.0, 2.0)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(n, d, seed):
    return torch.randn(n, d, generator=generator(seed), dtype=torch.float64)


def as_double(features):
    return replace(features, frequencies=features.frequencies.double(), phases=features.phases.double())


def gaussian_mmd(shift, spread, b):
    """Closed form for N(0, 1) against N(shift, spread^2) in one dimension and a Gaussian kernel."""

    def mean_kernel(distance, variance):
        return b / math.sqrt(b**2 + variance) * math.exp(-(distance**2) / (2 * (b**2 + variance)))

    return mean_kernel(0, 2) + mean_kernel(0, 2 * spread**2) - 2 * mean_kernel(shift, 1 + spread**2)


@pytest.mark.parametrize(("shift", "spread"), [(0.0, 1.0), (0.7, 1.0), (0.0, 2.0), (0.5, 0.5)])
def test_mmd_of_gaussians_is_the_closed_form(shift, spread, quadratic):
    X, Y = normal(3000, 1, 1), shift + spread * normal(3000, 1, 2)
    truth = np.mean([gaussian_mmd(shift, spread, b) for b in SCALES])
    assert float(quadratic.mmd_exact(X, Y, SCALES)) == pytest.approx(truth, abs=0.012)


def test_biased_mmd_is_the_squared_distance_of_means_plus_nothing(quadratic):
    X, Y = normal(40, 2, 1), normal(60, 2, 2) + 0.3
    biased = float(quadratic.mmd_exact(X, Y, SCALES, unbiased=False))
    within = [float(quadratic.gaussian_gram(part, part, SCALES).mean()) for part in (X, Y)]
    assert biased == pytest.approx(sum(within) - 2 * float(quadratic.gaussian_gram(X, Y, SCALES).mean()), rel=1e-12)
    assert biased >= 0


@pytest.mark.parametrize("unbiased", [True, False])
def test_features_give_the_mmd_of_their_own_kernel(unbiased):
    X, Y = normal(30, 2, 1), normal(50, 2, 2) + 0.4
    features = as_double(mmd.random_features(2, 16, SCALES, generator()))
    A, B = features(X), features(Y)
    fast = float(mmd.mmd_features(torch.cat([A, B]), (30, 50), unbiased=unbiased))

    def mean(gram):
        n = len(gram)
        return float((gram.sum() - gram.trace()) / (n * (n - 1)) if unbiased else gram.mean())

    assert fast == pytest.approx(mean(A @ A.T) + mean(B @ B.T) - 2 * float((A @ B.T).mean()), abs=1e-12)


def test_mmd_of_several_environments_is_the_mean_over_pairs():
    parts = [normal(20 + 5 * e, 2, e) + 0.2 * e for e in range(4)]
    features = as_double(mmd.random_features(2, 16, SCALES, generator()))
    pairs = [
        float(mmd.mmd_features(features(torch.cat([parts[e], parts[f]])), (len(parts[e]), len(parts[f]))))
        for e in range(4)
        for f in range(e)
    ]
    together = mmd.mmd_features(features(torch.cat(parts)), [len(part) for part in parts])
    assert float(together) == pytest.approx(np.mean(pairs), abs=1e-12)


def test_one_environment_has_no_discrepancy():
    assert float(mmd.mmd_features(normal(10, 4, 0), (10,))) == 0


def test_random_features_approach_the_exact_kernel(quadratic):
    X, Y = normal(300, 2, 1), normal(300, 2, 2) + 0.5
    features = as_double(mmd.random_features(2, 20_000, SCALES, generator(3)))
    exact = float(quadratic.mmd_exact(X, Y, SCALES))
    assert float(mmd.mmd_features(features(torch.cat([X, Y])), (300, 300))) == pytest.approx(exact, abs=0.004)
    K, L = quadratic.gaussian_gram(X, X, SCALES), quadratic.gaussian_gram(X**2, X**2, SCALES)
    other = as_double(mmd.random_features(2, 5_000, SCALES, generator(4)))
    some = as_double(mmd.random_features(2, 5_000, SCALES, generator(5)))
    fast = hsic.hsic_features(some(X), other(X**2), (300,))
    assert float(fast) == pytest.approx(float(quadratic.hsic_exact(K, L)), rel=0.05)


@pytest.mark.parametrize("unbiased", [True, False])
@pytest.mark.parametrize("sizes", [(60,), (20, 20, 20), (10, 20, 30)])
def test_features_give_the_hsic_of_the_pair_with_environment(unbiased, sizes, quadratic):
    Z, V = normal(60, 2, 1), normal(60, 3, 2)
    first = as_double(mmd.random_features(2, 8, SCALES, generator(1)))(Z)
    second = as_double(mmd.random_features(3, 8, SCALES, generator(2)))(V)
    env = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    same = (env[:, None] == env[None, :]).double()
    exact = quadratic.hsic_exact(first @ first.T, second @ second.T * same, unbiased=unbiased)
    fast = hsic.hsic_features(first, second, sizes, unbiased=unbiased)
    assert float(fast) == pytest.approx(float(exact), abs=1e-13)
    whole = hsic.hsic_features(first, quadratic.paired_features(second, sizes), (60,), unbiased=unbiased)
    assert float(whole) == pytest.approx(float(exact), abs=1e-13)


def test_hsic_of_linear_kernels_is_the_squared_covariance(quadratic):
    X, Y = normal(50, 1, 1), normal(50, 1, 2)
    biased = float(quadratic.hsic_exact(X @ X.T, Y @ Y.T, unbiased=False))
    covariance = float(((X - X.mean()) * (Y - Y.mean())).mean())
    assert biased == pytest.approx(covariance**2, rel=1e-10)


def test_hsic_of_gaussians_is_the_closed_form(quadratic):
    """Correlated bivariate normal, Gaussian kernels: each expectation is a determinant."""
    rho, b, n = 0.6, 1.0, 2500
    X = normal(n, 2, 1)
    X = torch.stack([X[:, 0], rho * X[:, 0] + math.sqrt(1 - rho**2) * X[:, 1]], 1)
    K, L = (quadratic.gaussian_gram(X[:, [j]], X[:, [j]], [b]) for j in range(2))
    S = np.array([[1, rho], [rho, 1]])
    joint = 1 / math.sqrt(np.linalg.det(np.eye(2) + 2 * S))
    alone = 1 / math.sqrt(3)
    # E[k(x, x') l(y, y'')]: differences share one person
    D = np.array([[2, rho], [rho, 2]])
    shared = 1 / math.sqrt(np.linalg.det(np.eye(2) + D))
    truth = joint + alone**2 - 2 * shared
    assert float(quadratic.hsic_exact(K, L)) == pytest.approx(truth, abs=0.003)


def test_unbiased_statistics_average_to_zero_under_the_null():
    of_mmd, of_hsic, of_cube = [], [], []
    for seed in range(200):
        X, Y, U = normal(20, 2, 3 * seed), normal(20, 2, 3 * seed + 1), torch.rand(20, 2, generator=generator(seed))
        features = mmd.random_features(2, 32, SCALES, generator(seed + 1000))
        both = features(torch.cat([X, Y]).float())
        of_mmd.append(float(mmd.mmd_features(both, (20, 20))))
        of_hsic.append(float(hsic.hsic_features(both[:20], both[20:], (10, 10))))
        of_cube.append(float(mmd.cube_distance_features(features(U), mmd.mean_on_cube(features))))
    for values in (of_mmd, of_hsic, of_cube):
        assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(200)


def test_dependence_stands_out_of_the_permutations():
    Z, V = normal(200, 2, 1), normal(200, 2, 2)
    V = V + Z**2
    sizes = (100, 100)
    first = as_double(mmd.random_features(2, 64, SCALES, generator(1)))(Z)
    second = as_double(mmd.random_features(2, 64, SCALES, generator(2)))(V)
    seen = float(hsic.hsic_features(first, second, sizes))
    null = []
    for seed in range(99):
        order = torch.randperm(200, generator=generator(seed))
        null.append(float(hsic.hsic_features(first[order], second, sizes)))
    assert seen > max(null)
    assert abs(np.mean(null)) < np.std(null)


def test_difference_of_laws_stands_out_of_the_permutations():
    X = torch.cat([normal(150, 2, 1), 1.5 * normal(150, 2, 2)])
    features = as_double(mmd.random_features(2, 64, SCALES, generator(1)))(X)
    seen = float(mmd.mmd_features(features, (150, 150)))
    null = [
        float(mmd.mmd_features(features[torch.randperm(300, generator=generator(seed))], (150, 150)))
        for seed in range(99)
    ]
    assert seen > max(null)
    assert abs(np.mean(null)) < np.std(null)


@pytest.mark.parametrize("unbiased", [True, False])
def test_distance_to_the_cube(unbiased, quadratic):
    U = torch.rand(1500, 2, generator=generator(1), dtype=torch.float64)
    bands = (0.25, 0.5)
    exact = float(quadratic.cube_distance_exact(U, bands, unbiased=unbiased))
    assert abs(exact) < 0.002
    narrow = 0.5 + 0.4 * (U - 0.5)
    far = float(quadratic.cube_distance_exact(narrow, bands, unbiased=unbiased))
    # the same against a sample of the uniform law
    other = torch.rand(1500, 2, generator=generator(2), dtype=torch.float64)
    assert far == pytest.approx(float(quadratic.mmd_exact(narrow, other, bands, unbiased=unbiased)), abs=0.01)
    features = as_double(mmd.random_features(2, 5_000, bands, generator(3)))
    fast = mmd.cube_distance_features(features(narrow), mmd.mean_on_cube(features), unbiased=unbiased)
    assert float(fast) == pytest.approx(far, abs=0.01)


def test_mean_features_of_the_cube():
    features = as_double(mmd.random_features(2, 10, SCALES, generator()))
    grid = (torch.arange(400, dtype=torch.float64) + 0.5) / 400
    points = torch.cartesian_prod(grid, grid)
    assert torch.allclose(features(points).mean(0), mmd.mean_on_cube(features), atol=1e-4)


def test_features_of_many_coordinates_look_at_three():
    frequencies = mmd.random_features(10, 500, SCALES, generator()).frequencies
    assert torch.equal((frequencies != 0).sum(0), torch.full((500,), 3))
    assert bool(((frequencies != 0).sum(1) > 100).all())


def test_nearest_neighbour_entropy(quadratic):
    cube = torch.rand(2000, 2, generator=generator(1), dtype=torch.float64)
    assert float(quadratic.kozachenko_leonenko(cube)) == pytest.approx(0, abs=0.1)
    gaussian = normal(2000, 2, 2)
    truth = math.log(2 * math.pi * math.e)
    assert float(quadratic.kozachenko_leonenko(gaussian)) == pytest.approx(truth, abs=0.1)
    assert float(quadratic.kozachenko_leonenko(3 * gaussian)) == pytest.approx(
        float(quadratic.kozachenko_leonenko(gaussian)) + 2 * math.log(3), abs=1e-9
    )


def test_entropy_estimators_agree_on_the_order(quadratic):
    U = torch.rand(500, 2, generator=generator(1), dtype=torch.float64)
    shapes = [U, U**1.5, U**3, 0.5 + 0.2 * (U - 0.5)]
    distance = [float(quadratic.cube_distance_exact(shape, (0.25, 0.5))) for shape in shapes]
    entropy = [float(quadratic.kozachenko_leonenko(shape)) for shape in shapes]
    assert np.argsort(distance).tolist() == np.argsort(entropy)[::-1].tolist() == [0, 1, 2, 3]


def test_median_bandwidth(quadratic):
    assert quadratic.median_bandwidth(torch.tensor([[0.0], [1.0], [3.0]])) == 2.0
    assert quadratic.median_bandwidth(normal(5000, 3, 1)) == pytest.approx(2.18, abs=0.1)
    assert mmd.scales(2.0) == (0.5, 1.0, 2.0)


def test_everything_is_differentiable(quadratic):
    Z = torch.rand(30, 2, generator=generator(), dtype=torch.float64, requires_grad=True)
    features = as_double(mmd.random_features(2, 8, SCALES, generator()))
    F = features(Z)
    total = (
        mmd.mmd_features(F, (15, 15))
        + hsic.hsic_features(F, F, (15, 15))
        + mmd.cube_distance_features(F, mmd.mean_on_cube(features))
        + quadratic.kozachenko_leonenko(Z)
    )
    total.backward()
    assert bool(torch.isfinite(Z.grad).all())
    assert float(Z.grad.abs().sum()) > 0

import numpy as np
import pytest

from latentmr import ols, tsls
from latentmr.simulate import linear


@pytest.fixture(scope="module")
def scenario():
    return linear(n_per_env=4000, seed=2)


def test_shapes(scenario):
    data, truth = scenario.dataset, scenario.truth
    assert (data.n, data.p, data.n_env, data.kind) == (16_000, 6, 4, "continuous")
    assert (truth.Z.shape, truth.V.shape, truth.beta) == ((16_000, 3), (16_000, 3), 1.0)
    assert np.array_equal(np.bincount(data.env), [4000] * 4)


@pytest.mark.parametrize(("d_z", "d_v", "n_env"), [(1, 2, 3), (4, 1, 2)])
def test_any_dimensions(d_z, d_v, n_env):
    found = linear(n_per_env=60, n_env=n_env, d_z=d_z, d_v=d_v, seed=1)
    assert found.dataset.G.shape == (60 * n_env, d_z + d_v)
    assert (found.truth.Z.shape[1], found.truth.V.shape[1]) == (d_z, d_v)


def test_variances_are_one(scenario):
    assert scenario.truth.V.std(axis=0) == pytest.approx(1, abs=1e-9)
    assert scenario.truth.V.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert scenario.dataset.G.std(axis=0) == pytest.approx(1, abs=1e-5)
    assert scenario.truth.Z.std(axis=0) == pytest.approx(1, abs=0.02)


def test_genotypes_are_an_invertible_linear_map_of_the_latents(scenario):
    latents = np.column_stack([scenario.truth.Z, scenario.truth.V, np.ones(16_000)])
    mixing, _, rank, _ = np.linalg.lstsq(latents, scenario.dataset.G.astype(float), rcond=None)
    assert rank == 7
    assert latents @ mixing == pytest.approx(scenario.dataset.G, abs=1e-5)
    assert np.linalg.cond(mixing[:6]) < 10


def test_law_of_z_is_one_and_that_of_v_changes(scenario):
    env, truth = scenario.dataset.env, scenario.truth
    Z, V = ([values[env == e] for e in range(4)] for values in (truth.Z, truth.V))
    assert np.ptp([z.mean(axis=0) for z in Z], axis=0).max() < 0.1
    assert np.ptp([z.std(axis=0) for z in Z], axis=0).max() < 0.05
    assert np.ptp([v.mean(axis=0) for v in V], axis=0).min() > 0.3
    assert np.ptp([v.std(axis=0) for v in V], axis=0).max() > 0.2


def test_z_is_independent_of_v_and_bounded(scenario):
    truth = scenario.truth
    assert np.abs(np.corrcoef(truth.Z.T, truth.V.T)[:3, 3:]).max() < 0.05
    assert np.abs(truth.Z).max() <= np.sqrt(3)


@pytest.mark.parametrize("beta", [0.0, 1.0, -2.0])
def test_2sls_on_the_true_z_is_right_and_on_g_wrong(beta):
    right, wrong, naive = [], [], []
    for seed in range(12):
        found = linear(n_per_env=1000, beta=beta, seed=seed)
        x, y = found.dataset.X[:, 0], found.dataset.y
        row = tsls(found.truth.Z, x, y, se="homoskedastic")
        right.append((row.beta - beta) / row.se)
        wrong.append(tsls(found.dataset.G, x, y, se="homoskedastic").beta - beta)
        naive.append(ols(x, y).beta - beta)
    # twelve standard normals
    assert abs(np.mean(right)) < 1.0
    assert 0.5 < np.std(right) < 1.6
    assert np.mean(wrong) > 0.2
    assert np.mean(naive) > 0.2


def test_same_seed_same_data_and_another_seed_another():
    first, again, other = linear(n_per_env=50, seed=3), linear(n_per_env=50, seed=3), linear(n_per_env=50, seed=4)
    for name in ("G", "X", "y"):
        assert np.array_equal(getattr(first.dataset, name), getattr(again.dataset, name))
        assert not np.array_equal(getattr(first.dataset, name), getattr(other.dataset, name))

"""The linear step after training: scores lose what they share with residual latents, and little else."""

import numpy as np
import pytest
import torch

from latentmr.learn.training.batches import make_batches
from latentmr.learn.training.refinement import LEAST_AGREEMENT, refine

K, D, N, ENVIRONMENTS = 2, 4, 4000, 4


class Fixed:
    """A network that is a matrix."""

    k = K

    def __init__(self, matrix, shift=0.0):
        self.matrix = torch.tensor(matrix, dtype=torch.float32)
        self.shift = shift

    def outputs(self, inputs):
        return inputs @ self.matrix + self.shift


@pytest.fixture(scope="module")
def latents():
    """Two exogenous coordinates, two whose mean and spread change between environments, and a feature beside them."""
    rng = np.random.default_rng(2)
    env = np.repeat(np.arange(ENVIRONMENTS), N)
    z = rng.uniform(-1.7, 1.7, size=(len(env), K))
    v = rng.normal(size=(len(env), 2)) * (0.5 + 0.4 * env[:, None]) + rng.normal(size=(ENVIRONMENTS, 2))[env]
    aux = rng.normal(size=(len(env), 1))
    return np.column_stack([z, v, aux]), env


def batches_of(values, env):
    return make_batches(torch.tensor(values, dtype=torch.float32), env, 64, 0.1, 0)


@pytest.fixture(scope="module")
def batches(latents):
    values, env = latents
    return batches_of(values[:, :D], env)


def leak(size=0.15):
    """Outputs are the latents, where each score has a little of the residual latents."""
    matrix = np.eye(D)
    matrix[2:, :K] = [[size, -size], [0.0, size]]
    return matrix


def scores(network, batches, found):
    out, aux = network.outputs(batches.inputs).numpy().astype(float), batches.inputs[:, D:].numpy().astype(float)
    return out @ found.outputs + aux @ found.aux + found.shift


def within(batches, first, second):
    """Largest correlation of a column and another within an environment."""
    ends = np.cumsum(batches.sizes)[:-1]
    pairs = zip(np.split(first, ends), np.split(second, ends), strict=True)
    return max(np.abs(np.corrcoef(a.T, b.T)[: a.shape[1], a.shape[1] :]).max() for a, b in pairs)


def test_scores_lose_what_they_share_with_the_residual_latents(batches):
    network = Fixed(leak())
    found = refine(network, batches, D, 0)
    before, after = network.outputs(batches.inputs).numpy()[:, :K], scores(network, batches, found)
    V, Z = batches.inputs[:, 2:D].numpy(), batches.inputs[:, :K].numpy()
    assert found.taken
    assert found.k_stationary == K
    assert within(batches, before, V) > 0.2
    assert within(batches, after, V) < 0.06  # sampling error in an environment is 0.02
    assert np.corrcoef(after.T, Z.T)[:K, K:].diagonal() == pytest.approx(1, abs=2e-3)


def test_means_of_scores_are_kept(batches):
    network = Fixed(leak(), shift=0.7)
    found = refine(network, batches, D, 0)
    before = network.outputs(batches.inputs).numpy()[:, :K].astype(float)
    assert scores(network, batches, found).mean(axis=0) == pytest.approx(before.mean(axis=0), abs=1e-5)


def test_agreement_is_the_smallest_squared_correlation_before_and_after(batches):
    network = Fixed(leak())
    found = refine(network, batches, D, 0)
    before, after = network.outputs(batches.inputs).numpy()[:, :K], scores(network, batches, found)
    squared = np.corrcoef(before.T, after.T)[:K, K:].diagonal() ** 2
    assert found.agreement == pytest.approx(squared.min(), abs=1e-4)
    assert found.agreement > LEAST_AGREEMENT


def test_a_second_time_changes_nothing(batches):
    network = Fixed(leak())
    found = refine(network, batches, D, 0)
    again = refine(Fixed(leak() @ np.hstack([found.outputs, np.eye(D)[:, K:]])), batches, D, 0)
    assert again.agreement == pytest.approx(1, abs=1e-5)
    assert again.outputs == pytest.approx(np.eye(D)[:, :K], abs=1e-4)


def test_how_the_residual_latents_are_expressed_does_not_matter(batches):
    mixed = leak()
    mixed[:, K:] = mixed[:, K:] @ [[2.0, 1.0], [-0.3, 5.0]]
    first, second = Fixed(leak()), Fixed(mixed)
    one, other = (scores(network, batches, refine(network, batches, D, 0)) for network in (first, second))
    assert other == pytest.approx(one, abs=1e-3)


def test_scores_of_unmixed_latents_stay_as_they_are(batches):
    found = refine(Fixed(np.eye(D)), batches, D, 0)
    assert found.taken
    assert found.agreement > 0.998
    assert np.diag(found.outputs) == pytest.approx(1, abs=5e-3)


def test_scores_that_are_mostly_confounded_are_not_moved(batches):
    network = Fixed(np.eye(D)[:, [2, 0, 1, 3]])  # the first score is a residual latent
    found = refine(network, batches, D, 0)
    assert not found.taken
    assert found.agreement < 0.1
    before = network.outputs(batches.inputs).numpy()[:, :K]
    assert np.array_equal(scores(network, batches, found), before)
    assert not found.aux.any()


def test_exogenous_directions_among_the_residual_latents_are_counted_and_used(batches):
    class One(Fixed):
        k = 1

    # of two exogenous directions one is a score, mixed a little with the other: that is no fault
    matrix = np.eye(D)
    matrix[1, 0] = 0.3
    found = refine(One(matrix), batches, D, 0)
    assert found.k_stationary == 2
    assert found.outputs[:, 0] == pytest.approx([1, 0, 0, 0], abs=0.02)
    assert found.agreement > 0.998


def test_scores_are_freed_of_auxiliary_features(latents):
    values, env = latents
    batches = batches_of(values, env)
    matrix = np.vstack([leak(0.05), [[0.4, -0.2, 0.0, 0.0]]])
    found = refine(Fixed(matrix), batches, D, 0)
    after, aux = scores(Fixed(matrix), batches, found), batches.inputs[:, D:].numpy()
    assert found.taken
    assert found.aux.shape == (1, K)
    assert np.abs(np.corrcoef(after.T, aux.T)[:K, K:]).max() < 0.01
    assert np.corrcoef(after.T, batches.inputs[:, :K].numpy().T)[:K, K:].diagonal() == pytest.approx(1, abs=2e-3)


def test_all_outputs_may_be_scores(batches):
    class All(Fixed):
        k = D

    found = refine(All(leak()), batches, D, 0)
    assert found.outputs == pytest.approx(np.eye(D), abs=1e-6)
    assert found.agreement == pytest.approx(1)

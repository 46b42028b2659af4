"""Refine scores after training by minibatches with a last, linear step on all individuals at once."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from latentmr.learn.linear.moments import EnvironmentMoments, free_of_aux
from latentmr.learn.linear.stationary import choose_k, order_by_stationarity, stationarity_p_values
from latentmr.learn.training.batches import Batches
from latentmr.typing import Array

__all__ = ["Refinement", "refine"]


#: Level of the test that counts exogenous directions among the outputs.
ALPHA = 0.01
#: Number of individuals whose products calibrate that test.
SAMPLE = 500
#: Maximum number of individuals whose outputs are in memory at once.
BLOCK = 8192
#: Smallest squared correlation of a score before and after; below it the step is not a correction and is not taken.
LEAST_AGREEMENT = 0.9


class HasOutputs(Protocol):
    """A network with raw outputs: scores of the instruments, then residual latents."""

    k: int

    def outputs(self, inputs: Tensor) -> Tensor:
        """Evaluate."""
        ...


@dataclass(frozen=True)
class Refinement:
    """Scores as a linear map of all raw outputs and auxiliary features.

    Parameters
    ----------
    outputs : np.ndarray of dimension (d, k)
        Weights of the raw outputs.
    aux : np.ndarray of dimension (a, k)
        Weights of the standardised auxiliary features.
    shift : np.ndarray of dimension (k,)
        Constant added to the scores.
    agreement : float
        Smallest squared correlation of a score before and after the step.
    taken : bool
        Whether the step was small enough to be a correction; otherwise scores are unchanged.
    k_stationary : int
        Number of exogenous directions among the outputs, at least k.
    """

    outputs: Array
    aux: Array
    shift: Array
    agreement: float
    taken: bool
    k_stationary: int


def refine(network: HasOutputs, batches: Batches, d: int, seed: int) -> Refinement:
    """Find the exogenous directions among a network's outputs in closed form, and move its scores into them.

    Training by minibatches leaves each score slightly correlated with the residual latents. The stationary subspace of
    the outputs (Hara et al., 2012) comes from the moments of all individuals in training. It has no such correlation to
    first and second order. Each score is projected onto it.

    Parameters
    ----------
    network : HasOutputs
    batches : Batches
    d : int
        Number of outputs.
    seed : int
        Seed that selects the individuals who calibrate the count of exogenous directions.

    Returns
    -------
    Refinement
    """
    k = network.k
    moments = _moments(network, batches, d)
    aux_weights, freed = free_of_aux(moments, d)
    ordered = order_by_stationarity(freed)
    counted, _ = choose_k(
        stationarity_p_values(
            freed.mapped(ordered.weights), _sample(network, batches, moments, aux_weights, seed) @ ordered.weights
        ),
        ALPHA,
    )
    size = max(k, counted)
    space = ordered.weights[:, :size]
    S = freed.pooled
    gram = space.T @ S @ space
    moved = space @ np.linalg.solve(gram, space.T @ S[:, :k])
    # a collapsed score has no variance, hence no agreement
    before, after = np.maximum(np.diag(S)[:k], np.finfo(float).tiny), np.einsum("ij,ij->j", moved, S @ moved)
    agreement = float((after / before).min())  # after a projection, the variance is what the two share
    mean = moments.pooled_mean
    aux = -aux_weights @ moved
    shift = mean[:k] - mean[:d] @ moved - mean[d:] @ aux
    taken = agreement >= LEAST_AGREEMENT
    if not taken:
        moved, aux, shift = np.eye(d)[:, :k], np.zeros_like(aux), np.zeros(k)
    return Refinement(moved, aux, shift, agreement, taken, size)


def _moments(network: HasOutputs, batches: Batches, d: int) -> EnvironmentMoments:
    """Compute moments of outputs and auxiliary features of the individuals in training, in double precision."""
    means, covariances = [], []
    for part in batches.inputs.split(list(batches.sizes)):
        origin = _coordinates(network, part[:1], d)[0]
        total, cross = np.zeros(len(origin)), np.zeros((len(origin), len(origin)))
        for block in part.split(BLOCK):
            values = _coordinates(network, block, d) - origin
            total += values.sum(axis=0)
            cross += values.T @ values
        mean = total / len(part)
        means.append(mean + origin)
        covariances.append(cross / len(part) - np.outer(mean, mean))
    return EnvironmentMoments(np.array(batches.sizes, dtype=float), np.array(means), np.array(covariances))


def _sample(network: HasOutputs, batches: Batches, moments: EnvironmentMoments, aux_weights: Array, seed: int) -> Array:
    """Return outputs of some individuals, adjusted for auxiliary features and centred at their environment's mean."""
    d = aux_weights.shape[1]
    n = len(batches.inputs)
    rows = np.sort(np.random.default_rng([seed, 4]).choice(n, min(n, SAMPLE), replace=False))
    position = np.searchsorted(np.cumsum(batches.sizes), rows, side="right")
    picked = batches.inputs[torch.as_tensor(rows, device=batches.inputs.device)]
    centred = _coordinates(network, picked, d) - moments.mean[position]
    return np.asarray(centred[:, :d] - centred[:, d:] @ aux_weights)


def _coordinates(network: HasOutputs, inputs: Tensor, d: int) -> Array:
    with torch.no_grad():
        both = torch.cat([network.outputs(inputs), inputs[:, d:]], 1)
    return np.asarray(both.cpu().numpy(), dtype=np.float64)

"""Make the training of each restart of the flow, the same one in every process."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from latentmr.learn.flow.network import Flow, negative_log_likelihood
from latentmr.learn.flow.settings import FlowSettings
from latentmr.learn.training.batches import Batches
from latentmr.learn.training.descent import LearningSample
from latentmr.learn.training.train import Plan, Training
from latentmr.typing import Array

__all__ = ["FlowRecipe", "flow_recipe", "independent_rotation"]


#: Condition number of the coordinates above which single precision cannot recover the columns.
MOST_CONDITION = 1e4
#: Approximate number of individuals whose coordinates determine the initial linear maps.
LOOKED_AT_TO_START = 20_000
#: Approximate maximum number of values for this step, which keeps memory small relative to the genotypes.
VALUES_LOOKED_AT = 1_000_000
#: Maximum number of individuals from which independent components are found.
INDIVIDUALS_FOR_COMPONENTS = 20_000
#: Maximum number of sweeps of the fixed-point iteration.
SWEEPS = 200


@dataclass(frozen=True)
class FlowRecipe:
    """Makes the training of any restart; every process makes the same one.

    Parameters
    ----------
    axes : np.ndarray of dimension (d, d)
        Linear map from the coordinates of the linear solution to the coordinates that are bent first.
    rotation : np.ndarray of dimension (d, d)
        Initial rotation of the outputs, in the coordinates of the linear solution.
    a, k, environments, layers, bends, components : int
        Sizes of the network.
    plan : Plan
        Training plan; the number of the restart is mixed into its seed.
    """

    axes: Array
    rotation: Array
    a: int
    k: int
    environments: int
    layers: int
    bends: int
    components: int
    plan: Plan

    def __call__(self, index: int, batches: Batches) -> Training[Flow]:
        """Make the training of one restart; number 0 begins at the linear solution."""
        plan = self.plan.of_start(index)
        d = len(self.axes)
        rotation = self.rotation
        if index:
            rotation = np.linalg.qr(np.random.default_rng(plan.seed).normal(size=(d, d)))[0]
        maps = np.tile(np.eye(d), (self.layers, 1, 1))
        if self.layers == 1:
            maps[0] = rotation
        else:
            maps[0], maps[1] = self.axes, np.linalg.solve(self.axes, rotation)
        start = torch.tensor(maps, dtype=torch.float32)
        network = Flow(start, self.a, self.k, self.environments, self.bends, self.components)
        network = network.to(batches.inputs.device)
        network.start_distributions(batches.held_out)
        return Training(network, negative_log_likelihood, negative_log_likelihood, batches, plan)


def flow_recipe(settings: FlowSettings, sample: LearningSample) -> FlowRecipe:
    """Make the recipe of all restarts from the coordinates of the linear solution."""
    start, batches = sample.start, sample.batches
    d, a = start.weights.shape[1], len(sample.aux_scale)
    plan = Plan(settings.steps, settings.learning_rate, settings.seed)
    most = min(LOOKED_AT_TO_START, VALUES_LOOKED_AT // d)
    some = batches.inputs[:: max(1, len(batches.inputs) // max(1, most))]
    coordinates = some[:, :d].cpu().numpy()
    rotation = np.eye(d)
    with threadpool_limits(1):  # more threads change the last digits
        rotation[: start.k, : start.k] = independent_rotation(coordinates[:, : start.k], settings.seed)
        axes = _original_axes(start.weights / sample.scale, coordinates)
    sizes = (settings.layers, settings.bends, settings.components)
    return FlowRecipe(axes, rotation, a, start.k, len(batches.sizes), *sizes, plan)


def _original_axes(weights: Array, coordinates: NDArray[np.float32]) -> Array:
    """Return the map from the linear solution's coordinates to the columns of G, of unit variance, or the identity.

    A distortion of a single column, such as its scale of measurement, can then be undone by the first layer alone.
    """
    d = weights.shape[1]
    if weights.shape[0] != d or np.linalg.cond(weights) > MOST_CONDITION:
        return np.eye(d)
    back = np.linalg.inv(weights)
    spread = np.sqrt(np.diag(back.T @ np.cov(coordinates.T, dtype=np.float64).reshape(d, d) @ back))
    return np.asarray(back / spread)


def independent_rotation(coordinates: NDArray[np.float32], seed: int) -> Array:
    """Find a rotation to independent components (FastICA with the cubic contrast; Hyvarinen and Oja, 2000).

    Parameters
    ----------
    coordinates : np.ndarray of dimension (n, k)
        Coordinates to rotate.
    seed : int
        Seed that selects individuals and the first rotation.

    Returns
    -------
    np.ndarray of dimension (k, k)
        The rotation. It is the identity if components cannot be found: fewer than two coordinates, or none that varies.
    """
    from sklearn.decomposition import FastICA  # noqa: PLC0415  slow to load
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    n, k = coordinates.shape
    if k < 2:
        return np.eye(k)
    rng = np.random.default_rng([seed, 5])
    chosen = coordinates[np.sort(rng.choice(n, min(n, INDIVIDUALS_FOR_COMPONENTS), replace=False))].astype(np.float64)
    spread = chosen.std(axis=0)
    if not (spread > 0).all():
        return np.eye(k)
    ica = FastICA(fun="cube", whiten="unit-variance", max_iter=SWEEPS, random_state=int(rng.integers(2**31)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # any rotation is a valid starting point
        ica.fit(chosen)
    found = ica.components_ * spread  # rows, in units of the coordinates' standard deviations
    left, _, right = np.linalg.svd(found)
    return (left @ right).T / spread[:, None] * spread.mean()

"""What makes the training of each start of the flow, the same one in any process."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from latentmr.learn.flow.independent import independent_rotation
from latentmr.learn.flow.likelihood import negative_log_likelihood
from latentmr.learn.flow.network import Flow
from latentmr.learn.training.batches import Batches
from latentmr.learn.training.descent import People
from latentmr.learn.training.train import Plan, Training
from latentmr.typing import Array

if TYPE_CHECKING:
    from latentmr.learn.flow.learner import FlowLearner

__all__ = ["FlowRecipe", "flow_recipe"]


#: Condition of the coordinates beyond which single precision cannot go back to the columns.
MOST_CONDITION = 1e4
#: People, about, whose coordinates decide where linear maps start.
LOOKED_AT_TO_START = 20_000
#: Values, about, that this may take: memory stays small beside that of the genotypes.
VALUES_LOOKED_AT = 1_000_000


@dataclass(frozen=True)
class FlowRecipe:
    """Makes the training of any start, the same one in any process.

    Parameters
    ----------
    axes : np.ndarray of dimension (d, d)
        From the coordinates of the linear start to those that are bent first.
    rotation : np.ndarray of dimension (d, d)
        Of the coordinates of the linear start: where the outputs begin.
    a, k, environments, layers, bends, components : int
        Of the network.
    plan : Plan
        Whose seed the number of the start is mixed into.
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
        """Make the training of one start; 0 begins at the linear solution."""
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
        network.start_laws(batches.held_out)
        return Training(network, negative_log_likelihood, negative_log_likelihood, batches, plan)


def flow_recipe(learner: "FlowLearner", people: People) -> FlowRecipe:
    """What makes the training of each start, from the coordinates of the linear one."""
    start, batches = people.start, people.batches
    d, a = start.weights.shape[1], len(people.aux_scale)
    plan = Plan(learner.steps, learner.learning_rate, learner.seed)
    most = min(LOOKED_AT_TO_START, VALUES_LOOKED_AT // d)
    some = batches.inputs[:: max(1, len(batches.inputs) // max(1, most))]
    coordinates = some[:, :d].cpu().numpy()
    rotation = np.eye(d)
    with threadpool_limits(1):  # more threads change the last digits
        rotation[: start.k, : start.k] = independent_rotation(coordinates[:, : start.k], learner.seed)
        axes = _original_axes(start.weights / people.scale, coordinates)
    sizes = (learner.layers, learner.bends, learner.components)
    return FlowRecipe(axes, rotation, a, start.k, len(batches.sizes), *sizes, plan)


def _original_axes(weights: Array, coordinates: NDArray[np.float32]) -> Array:
    """From the linear start's coordinates to the columns of G, of unit variance; else to the coordinates themselves.

    What bends a column of its own, such as the scale that it was measured on, is then undone by the first layer alone.
    """
    d = weights.shape[1]
    if weights.shape[0] != d or np.linalg.cond(weights) > MOST_CONDITION:
        return np.eye(d)
    back = np.linalg.inv(weights)
    spread = np.sqrt(np.diag(back.T @ np.cov(coordinates.T, dtype=np.float64).reshape(d, d) @ back))
    return np.asarray(back / spread)

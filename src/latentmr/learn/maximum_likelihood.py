"""How the flow learns: linear start, short trainings, one long one, and an encoder without torch at the end."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from latentmr.data import Dataset
from latentmr.learn.batches import Batch, Batches
from latentmr.learn.descent import People, array_of, history_of, people_in_learning, spread_of_residuals, train
from latentmr.learn.flow_encoder import CouplingArrays, FlowEncoder
from latentmr.learn.flow_network import LEAST_SCALE, MOST_LOG_SCALE, Coupling, Flow
from latentmr.learn.learner import Watch
from latentmr.learn.refinement import Refinement, refine
from latentmr.learn.representation import Representation
from latentmr.learn.train import Plan, Training, one_thread

if TYPE_CHECKING:
    from latentmr.learn.flow import FlowLearner

__all__ = ["FlowRecipe", "learn_flow", "negative_log_likelihood"]

#: People whose values are counted.
LOOKED_AT = 2000
#: A continuous column that takes no more values among them is discrete.
FEW_VALUES = 10


def negative_log_likelihood(network: Flow, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
    """The objective: nats per person."""
    del generator  # nothing is drawn
    total = -network.log_likelihood(batch)
    return {"nats": total, "total": total}


@dataclass(frozen=True)
class FlowRecipe:
    """Makes the training of any start, the same one in any process.

    Parameters
    ----------
    d, a, k, environments, layers, width, depth, components : int
        Of the network.
    plan : Plan
        Whose seed the number of the start is mixed into.
    """

    d: int
    a: int
    k: int
    environments: int
    layers: int
    width: int
    depth: int
    components: int
    plan: Plan

    def __call__(self, index: int, batches: Batches) -> Training[Flow]:
        """Make the training of one start; 0 begins at the linear solution."""
        seed = int(np.random.SeedSequence([self.plan.seed, index]).generate_state(1)[0])
        rotation = None
        if index:
            drawn = np.random.default_rng(seed).normal(size=(self.d, self.d))
            rotation = torch.tensor(np.linalg.qr(drawn)[0], dtype=torch.float32)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = Flow(
                self.d,
                self.a,
                self.k,
                self.environments,
                self.layers,
                self.width,
                self.depth,
                self.components,
                rotation,
                seed,
            )
        network = network.to(batches.inputs.device)
        network.start_laws(batches.held_out)
        plan = replace(self.plan, seed=seed)
        return Training(network, negative_log_likelihood, negative_log_likelihood, batches, plan)


def learn_flow(learner: "FlowLearner", dataset: Dataset, watch: Watch | None) -> Representation:
    """Do what :meth:`latentmr.learn.FlowLearner.fit` says."""
    _refuse_discrete(dataset)
    people = people_in_learning(learner, dataset)
    start, batches = people.start, people.batches
    d, a = start.weights.shape[1], dataset.A.shape[1]
    plan = Plan(learner.steps, learner.learning_rate, learner.seed)
    sizes = (learner.layers, learner.width, learner.depth, learner.components)
    recipe = FlowRecipe(d, a, start.k, len(batches.sizes), *sizes, plan)
    with one_thread():
        training, table = train(learner, recipe, batches, watch)
        network = training.best()
        last = refine(network, batches, d, learner.seed)
        encoder = _encoder(network, people, last)
    return replace(
        start.representation,
        encoder=encoder,
        learner={"name": "flow"} | learner.settings,
        history=history_of("flow", start, last, training, table),
    )


def _refuse_discrete(dataset: Dataset) -> None:
    """Stop where a column repeats few values: its density, and so the likelihood, has no bound."""
    if dataset.kind != "continuous":
        raise ValueError(
            f"G must be continuous for the flow. Got {dataset.kind}; take --learner linear, whose factor form is made"
            " for them."
        )
    rows = np.flatnonzero(dataset.in_learning)[:: max(1, int(dataset.in_learning.sum()) // LOOKED_AT)]
    for name, column in zip(dataset.variants["id"], dataset.G[rows].T, strict=True):
        values = len(np.unique(column))
        if 1 < values <= FEW_VALUES < len(rows) // 2:
            raise ValueError(
                f"G must have continuous columns for the flow. Got {name}, which takes {values} values; leave it out,"
                " or take --learner autoencoder or linear."
            )


def _encoder(network: Flow, people: People, last: Refinement) -> FlowEncoder:
    """The trained flow as arrays, its scores refined, its residual latents standardised over people in training."""
    mean, spread = spread_of_residuals(network.outputs, people.batches, network.k)
    linear = people.start.representation.encoder
    return FlowEncoder(
        center=linear.center,
        aux_center=linear.aux_center,
        aux_weights=people.start.aux_weights,
        input_weights=people.start.weights / people.scale,
        aux_scale=people.aux_scale,
        v_center=mean,
        v_scale=spread,
        k=network.k,
        rotation=array_of(network.rotation),
        couplings=tuple(_coupling(module) for module in network.couplings if isinstance(module, Coupling)),
        most_log_scale=np.array([MOST_LOG_SCALE]),
        score_weights=np.vstack([last.outputs, last.aux]),
        score_shift=last.shift,
        centers=array_of(network.centers),
        widths=LEAST_SCALE + np.exp(array_of(network.log_scales)),
        shares=array_of(torch.softmax(network.logits, 1)),
    )


def _coupling(module: Coupling) -> CouplingArrays:
    linear = [layer for layer in module.net if isinstance(layer, nn.Linear)]
    return CouplingArrays(
        array_of(module.given),
        array_of(module.moved),
        tuple(array_of(layer.weight).T for layer in linear),
        tuple(array_of(layer.bias) for layer in linear),
    )

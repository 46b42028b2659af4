"""How the autoencoder learns: linear start, short trainings, one long one, and an encoder without torch at the end."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.learn.autoencoder.losses import PARTS, Objective
from latentmr.learn.autoencoder.network import Autoencoder
from latentmr.learn.autoencoder.settings import AutoencoderSettings
from latentmr.learn.encoders.network_encoder import NetworkEncoder
from latentmr.learn.flow.number_of_instruments import discrete_column, with_chosen_number
from latentmr.learn.learner import Watch
from latentmr.learn.representation import Representation
from latentmr.learn.training.batches import Batches
from latentmr.learn.training.descent import People, array_of, begin, history_of, people_in_learning, spread_of_residuals
from latentmr.learn.training.refinement import Refinement, refine
from latentmr.learn.training.train import Criterion, Plan, Training, one_thread
from latentmr.results.history import History

__all__ = ["Recipe", "learn_autoencoder"]


#: Random features of the objective in training.
FEATURES = 64
#: Random features of the objective on held-out people: more than in training, for less noise.
JUDGE_FEATURES = 128


@dataclass(frozen=True)
class Recipe:
    """Makes the training of any start, the same one in any process.

    Parameters
    ----------
    d, a, k, width, depth : int
        Of the network.
    criterion : callable
        Of training.
    judge : Objective
        On held-out people.
    plan : Plan
        Whose seed the number of the start is mixed into.
    """

    d: int
    a: int
    k: int
    width: int
    depth: int
    criterion: Criterion
    judge: Objective
    plan: Plan

    def __call__(self, index: int, batches: Batches) -> Training[Autoencoder]:
        """Make the training of one start; 0 begins at the linear solution."""
        plan = self.plan.of_start(index)
        rotation = None
        if index:
            drawn = np.random.default_rng(plan.seed).normal(size=(self.d, self.d))
            rotation = torch.tensor(np.linalg.qr(drawn)[0], dtype=torch.float32)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            network = Autoencoder(self.d, self.a, self.k, self.width, self.depth, rotation)
        return Training(
            network.to(batches.inputs.device),
            self.criterion,
            self.judge,
            batches,
            plan,
        )


def learn_autoencoder(
    settings: AutoencoderSettings, dataset: Dataset, watch: Watch | None, criterion: Criterion | None = None
) -> Representation:
    """Do what :meth:`latentmr.learn.AutoencoderLearner.fit` says, by another criterion where one is given."""
    people, chosen = _with_number(settings, dataset, people_in_learning(settings, dataset), watch)
    start, batches = people.start, people.batches
    plan = Plan(settings.steps, settings.learning_rate, settings.seed)
    d, a = start.weights.shape[1], dataset.A.shape[1]
    reconstruction, invariance, independence, entropy = (settings.all_weights[name] for name in PARTS)
    judge = Objective((reconstruction, invariance, independence, entropy), JUDGE_FEATURES)
    recipe = Recipe(
        d, a, start.k, settings.width, settings.depth, criterion or replace(judge, features=FEATURES), judge, plan
    )
    with one_thread():
        begun = begin(settings, recipe, batches, watch)
        begun.training.run(watch=watch, save_every=settings.checkpoint_every, save=begun.save)
        network = begun.training.best()
        last = refine(network, batches, d, settings.seed)
        encoder = _encoder(network, people, last)
    return replace(
        start.representation,
        encoder=encoder,
        learner={"name": "autoencoder"} | settings.settings,
        history=replace(history_of("autoencoder", start, last, begun), rule=chosen.rule, k_curve=chosen.k_curve),
    )


def _with_number(
    settings: AutoencoderSettings, dataset: Dataset, people: People, watch: Watch | None
) -> tuple[People, History]:
    """Choose the number of instruments by short flows; by the linear learner's rule where there is no density."""
    if dataset.kind == "continuous" and discrete_column(dataset) is None:
        return with_chosen_number(settings, people, watch)
    if not people.start.found:
        raise ArgumentError(
            "k",
            (
                "be given where no linear combination of G has the same law in all environments: mixing is then"
                " nonlinear, or nothing is exogenous"
            ),
            "auto",
            f"give `k`, at most the number of exogenous dimensions (fewer are still valid), of {dataset.p} columns",
        )
    return people, History()


def _encoder(network: Autoencoder, people: People, last: Refinement) -> NetworkEncoder:
    """The trained network as arrays: its scores refined, its residual latents standardised over people in training."""
    d, k = network.d, network.k
    mean, spread = spread_of_residuals(network.outputs, people.batches, k)
    layers = [layer for layer in network.encoder if isinstance(layer, torch.nn.Linear)]
    weights, biases = [array_of(layer.weight).T for layer in layers], [array_of(layer.bias) for layer in layers]
    combine = np.hstack([last.outputs, np.eye(d)[:, k:]])
    skip = array_of(network.encoder_skip) @ combine
    skip[d:, :k] += last.aux
    weights[-1] = weights[-1] @ combine
    biases[-1] = biases[-1] @ combine + np.concatenate([last.shift, np.zeros(d - k)])
    linear = people.start.representation.encoder
    return NetworkEncoder(
        center=linear.center,
        aux_center=linear.aux_center,
        aux_weights=people.start.aux_weights,
        input_weights=people.start.weights / people.scale,
        aux_scale=people.aux_scale,
        skip=skip,
        weights=tuple(weights),
        biases=tuple(biases),
        v_center=mean,
        v_scale=spread,
        k=k,
    )

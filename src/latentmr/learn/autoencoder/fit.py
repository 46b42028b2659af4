"""Fit the autoencoder: linear solution, random restarts, one long training, and an encoder that needs no torch."""

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
from latentmr.learn.training.descent import (
    LearningSample,
    array_of,
    begin,
    history_of,
    people_in_learning,
    spread_of_residuals,
)
from latentmr.learn.training.refinement import Refinement, refine
from latentmr.learn.training.train import Criterion, Plan, Training, one_thread
from latentmr.results.history import History

__all__ = ["Recipe", "learn_autoencoder"]


#: Number of random features of the objective in training.
FEATURES = 64
#: Number of random features of the objective on held-out individuals: more than in training, to reduce noise.
JUDGE_FEATURES = 128


@dataclass(frozen=True)
class Recipe:
    """Makes the training of any restart; every process makes the same one.

    Parameters
    ----------
    d, a, k, width, depth : int
        Sizes of the network.
    criterion : callable
        Objective of training.
    judge : Objective
        Objective on held-out individuals.
    plan : Plan
        Training plan; the number of the restart is mixed into its seed.
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
        """Make the training of one restart; number 0 begins at the linear solution."""
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
    """Fit as :meth:`latentmr.learn.AutoencoderLearner.fit` documents; ``criterion`` replaces the usual objective."""
    sample, chosen = _with_number(settings, dataset, people_in_learning(settings, dataset), watch)
    start, batches = sample.start, sample.batches
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
        encoder = _encoder(network, sample, last)
    return replace(
        start.representation,
        encoder=encoder,
        learner={"name": "autoencoder"} | settings.settings,
        history=replace(history_of("autoencoder", start, last, begun), rule=chosen.rule, k_curve=chosen.k_curve),
    )


def _with_number(
    settings: AutoencoderSettings, dataset: Dataset, sample: LearningSample, watch: Watch | None
) -> tuple[LearningSample, History]:
    """Choose the number of instruments by short flows, or by the linear learner's rule if the data have no density."""
    if dataset.kind == "continuous" and discrete_column(dataset) is None:
        return with_chosen_number(settings, sample, watch)
    if not sample.start.found:
        raise ArgumentError(
            "k",
            (
                "be given if no linear combination of G has the same distribution in all environments: mixing is then"
                " nonlinear, or nothing is exogenous"
            ),
            "auto",
            f"give `k`, at most the number of exogenous dimensions (fewer are still valid), of {dataset.p} columns",
        )
    return sample, History()


def _encoder(network: Autoencoder, sample: LearningSample, last: Refinement) -> NetworkEncoder:
    """Return the trained network as arrays, with refined scores and standardised residual latents.

    The residual latents are standardised over the individuals in training.
    """
    d, k = network.d, network.k
    mean, spread = spread_of_residuals(network.outputs, sample.batches, k)
    layers = [layer for layer in network.encoder if isinstance(layer, torch.nn.Linear)]
    weights, biases = [array_of(layer.weight).T for layer in layers], [array_of(layer.bias) for layer in layers]
    combine = np.hstack([last.outputs, np.eye(d)[:, k:]])
    skip = array_of(network.encoder_skip) @ combine
    skip[d:, :k] += last.aux
    weights[-1] = weights[-1] @ combine
    biases[-1] = biases[-1] @ combine + np.concatenate([last.shift, np.zeros(d - k)])
    linear = sample.start.representation.encoder
    return NetworkEncoder(
        center=linear.center,
        aux_center=linear.aux_center,
        aux_weights=sample.start.aux_weights,
        input_weights=sample.start.weights / sample.scale,
        aux_scale=sample.aux_scale,
        skip=skip,
        weights=tuple(weights),
        biases=tuple(biases),
        v_center=mean,
        v_scale=spread,
        k=k,
    )

"""Fit the flow: linear solution, random restarts, one long training, and an encoder that needs no torch."""

from dataclasses import replace

import numpy as np
import torch

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.learn.encoders.flow_encoder import FlowEncoder
from latentmr.learn.flow.network import LEAST_SCALE, Flow
from latentmr.learn.flow.number_of_instruments import discrete_column, with_chosen_number
from latentmr.learn.flow.recipe import flow_recipe
from latentmr.learn.flow.settings import FlowSettings
from latentmr.learn.learner import Watch
from latentmr.learn.representation import Representation
from latentmr.learn.training.descent import (
    LearningSample,
    array_of,
    begin,
    history_of,
    people_in_learning,
    spread_of_residuals,
)
from latentmr.learn.training.refinement import Refinement, refine
from latentmr.learn.training.train import one_thread

__all__ = ["learn_flow"]

#: Number of rounds in which restarts compete; the better half enters the next round.
ROUNDS = 2


def learn_flow(settings: FlowSettings, dataset: Dataset, watch: Watch | None) -> Representation:
    """Fit as :meth:`latentmr.learn.FlowLearner.fit` documents, outside the factor form."""
    _refuse_discrete(dataset)
    sample, chosen = with_chosen_number(settings, people_in_learning(settings, dataset), watch)
    batches = sample.batches
    recipe = flow_recipe(settings, sample)
    with one_thread():
        begun = begin(settings, recipe, batches, watch, ROUNDS)
        begun.training.run(watch=watch, save_every=settings.checkpoint_every, save=begun.save)
        network = begun.training.best()
        last = refine(network, batches, network.d, settings.seed)
        encoder = _encoder(network, sample, last)
    return replace(
        sample.start.representation,
        encoder=encoder,
        learner={"name": "flow"} | settings.settings,
        history=replace(history_of("flow", sample.start, last, begun), rule=chosen.rule, k_curve=chosen.k_curve),
    )


def _refuse_discrete(dataset: Dataset) -> None:
    """Raise an error if a column takes few values: its density, and so the likelihood, has no bound."""
    if dataset.kind != "continuous":
        raise ArgumentError(
            "form",
            f"be factor or auto for the flow on {dataset.kind}, whose density on other coordinates has no bound",
            "stationary",
            "leave `form` out",
        )
    found = discrete_column(dataset)
    if found is not None:
        name, values = found
        raise ArgumentError(
            "G",
            "have continuous columns for the flow",
            f"{name}, which takes {values} values",
            "leave it out, or use `form` factor, or `learner` autoencoder or linear",
        )


def _encoder(network: Flow, sample: LearningSample, last: Refinement) -> FlowEncoder:
    """Return the trained flow as arrays, with refined scores and standardised residual latents.

    The residual latents are standardised over the individuals in training.
    """
    mean, spread = spread_of_residuals(network.outputs, sample.batches, network.k)
    linear = sample.start.representation.encoder
    low, high, knots, softness = (array_of(part) for part in network.layers.functions())
    return FlowEncoder(
        center=linear.center,
        aux_center=linear.aux_center,
        aux_weights=sample.start.aux_weights,
        input_weights=sample.start.weights / sample.scale,
        aux_scale=sample.aux_scale,
        v_center=mean,
        v_scale=spread,
        k=network.k,
        maps=array_of(network.layers.maps),
        aux_maps=array_of(network.layers.aux_maps),
        low=low,
        high=high,
        knots=knots,
        softness=softness,
        score_weights=np.vstack([last.outputs, last.aux]),
        score_shift=last.shift,
        centers=array_of(network.centers),
        widths=LEAST_SCALE + np.exp(array_of(network.log_scales)),
        shares=array_of(torch.softmax(network.logits, 1)),
    )

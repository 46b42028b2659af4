"""Fit a flow on the factor form, which removes effects of the factors on the mean and scale of linear instruments."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from latentmr.data import Dataset
from latentmr.learn.encoders.encoder import LinearEncoder
from latentmr.learn.encoders.factor_flow_encoder import FactorFlowEncoder
from latentmr.learn.flow.network import negative_log_likelihood
from latentmr.learn.flow.settings import FlowSettings
from latentmr.learn.learner import Watch
from latentmr.learn.representation import Representation
from latentmr.learn.training.batches import Batch, Batches
from latentmr.learn.training.descent import array_of, begin, people_in_learning
from latentmr.learn.training.layers import perceptron
from latentmr.learn.training.train import Plan, Training, one_thread
from latentmr.results.history import FlowGain

__all__ = ["FactorFlow", "learn_factor_flow"]

#: Bound of the logarithm of a scale.
MOST_LOG_SCALE = 1.0
#: Number of hidden units of the perceptron; few suffice because its effect is small.
WIDTH = 32
#: Largest learning rate as a share of the flow's: a perceptron needs smaller steps.
SHARE_OF_RATE = 0.15
#: Number of standard errors by which the held-out likelihood must rise; otherwise the instruments stay linear.
LEAST_GAIN = 2.0


class FactorFlow(nn.Module):
    """``T(w, v) = ((w - shift(v)) exp(-scale(v)), v)`` with normal instruments, conditional on ``v`` and aux.

    The distribution of ``v``, whatever it is in each environment, is a factor of the likelihood. It shares no parameter
    with the distribution of the instruments, so it need not be learned. One perceptron from the few ``v`` to all
    instruments suffices for any number of variants.

    Parameters
    ----------
    k, r, a : int
        Number of instruments, of residual latents, and of auxiliary features.
    between : int
        Number of input coordinates after the instruments that are also exogenous and are left out.
    """

    def __init__(self, k: int, r: int, a: int, between: int) -> None:
        super().__init__()
        self.k, self.skip = k, k + between
        self.net = perceptron(r + a, 2 * k, WIDTH, 1)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return instruments, then residual latents and auxiliary features."""
        return torch.cat([self._standardised(inputs)[0], inputs[:, self.skip :]], 1)

    def log_likelihood(self, batch: Batch) -> Tensor:
        """Return the mean over individuals."""
        return self.log_likelihoods(batch.inputs).mean()

    def log_likelihoods(self, inputs: Tensor) -> Tensor:
        """Return the log-likelihood of each individual's instruments given ``v`` and aux, less a constant ``[n]``."""
        z, scale = self._standardised(inputs)
        return -(z**2 / 2 + scale).sum(1)

    def _standardised(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        raw, shift = self.net(inputs[:, self.skip :]).chunk(2, 1)
        scale = MOST_LOG_SCALE * torch.tanh(raw / MOST_LOG_SCALE)
        return (inputs[:, : self.k] - shift) * torch.exp(-scale), scale


@dataclass(frozen=True)
class FactorFlowRecipe:
    """Makes the training; every restart begins at the linear solution."""

    k: int
    r: int
    a: int
    between: int
    plan: Plan

    def __call__(self, index: int, batches: Batches) -> Training[FactorFlow]:
        """Make the training; the number of the restart changes only the seed."""
        plan = self.plan.of_start(index)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(plan.seed)
            network = FactorFlow(self.k, self.r, self.a, self.between).to(batches.inputs.device)
        return Training(network, negative_log_likelihood, negative_log_likelihood, batches, plan)


def learn_factor_flow(settings: FlowSettings, dataset: Dataset, watch: Watch | None) -> Representation:
    """Train the flow on the factor form's coordinates; return the linear representation if that gains nothing."""
    sample = people_in_learning(settings, dataset)
    start, batches = sample.start, sample.batches
    linear = start.representation.encoder
    if not isinstance(linear, LinearEncoder):
        raise TypeError(f"the linear learner must return a linear encoder. Got {type(linear).__name__}.")
    k, d, a = start.k, start.weights.shape[1], len(sample.aux_scale)
    r = linear.v_weights.shape[1]
    found = replace(start.representation.history, k_available=d - r)
    kept = replace(
        start.representation,
        encoder=replace(linear, z_weights=linear.z_weights[:, :k]),
        learner={"name": "flow"} | settings.settings,
    )
    if r + a == 0:
        return replace(kept, history=replace(found, flow=FlowGain(taken=False, reason="there are no factors")))
    plan = Plan(settings.steps, SHARE_OF_RATE * settings.learning_rate, settings.seed)
    recipe = FactorFlowRecipe(k, r, a, d - r - k, plan)
    with one_thread():
        before = recipe(0, batches).network.log_likelihoods(batches.held_out.inputs).detach()
        begun = begin(settings, recipe, batches, watch, starts=1)
        begun.training.run(watch=watch, save_every=settings.checkpoint_every, save=begun.save)
        network = begun.training.best()
        gain = array_of(network.log_likelihoods(batches.held_out.inputs) - before)
    error = float(gain.std() / np.sqrt(len(gain)))
    taken = float(gain.mean()) > LEAST_GAIN * error
    gained = FlowGain(taken=taken, gain=float(gain.mean()), gain_se=error)
    history = replace(found, training=begun.log(), stopped=begun.training.stopped, flow=gained)
    if not taken:
        return replace(kept, history=history)
    scaled = start.weights / sample.scale
    nets = [layer for layer in network.net if isinstance(layer, nn.Linear)]
    encoder = FactorFlowEncoder(
        center=linear.center,
        aux_center=linear.aux_center,
        aux_weights=linear.aux_weights,
        z_weights=scaled[:, :k],
        v_weights=scaled[:, d - r :],
        aux_scale=sample.aux_scale,
        weights=tuple(array_of(layer.weight).T for layer in nets),
        biases=tuple(array_of(layer.bias) for layer in nets),
        most_log_scale=np.array([MOST_LOG_SCALE]),
    )
    return replace(kept, encoder=encoder, history=history)

"""How the autoencoder learns: linear start, short trainings, one long one, and an encoder without torch at the end."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentmr.data import Dataset
from latentmr.learn.batches import Batches, make_batches
from latentmr.learn.checkpoint import Checkpoint, run_digest
from latentmr.learn.learner import Watch
from latentmr.learn.linear_start import LinearStart, linear_start, standardised_inputs
from latentmr.learn.losses import PARTS, Objective
from latentmr.learn.moments import usable_environments
from latentmr.learn.network import Autoencoder
from latentmr.learn.network_encoder import NetworkEncoder
from latentmr.learn.refinement import Refinement, refine
from latentmr.learn.representation import Representation
from latentmr.learn.starts import best_start, try_starts
from latentmr.learn.train import Criterion, Plan, Training, one_thread

if TYPE_CHECKING:
    from latentmr.learn.autoencoder import AutoencoderLearner

__all__ = ["Recipe", "learn_autoencoder", "pick_device"]

Array = NDArray[np.float64]

#: Share of people, within environments, that training never sees and starts are judged on.
HELD_OUT = 0.1
#: Share of the steps after which starts are compared.
SHORT = 0.1
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
        seed = int(np.random.SeedSequence([self.plan.seed, index]).generate_state(1)[0])
        rotation = None
        if index:
            drawn = np.random.default_rng(seed).normal(size=(self.d, self.d))
            rotation = torch.tensor(np.linalg.qr(drawn)[0], dtype=torch.float32)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = Autoencoder(self.d, self.a, self.k, self.width, self.depth, rotation)
        return Training(
            network.to(batches.inputs.device),
            self.criterion,
            self.judge,
            batches,
            replace(self.plan, seed=seed),
        )


def learn_autoencoder(
    learner: "AutoencoderLearner", dataset: Dataset, watch: Watch | None, criterion: Criterion | None = None
) -> Representation:
    """Do what :meth:`latentmr.learn.AutoencoderLearner.fit` says, by another criterion where one is given."""
    device = pick_device(learner.device)
    start = linear_start(dataset, learner.k, learner.form, learner.n_factors, learner.seed)
    batches, scale, aux_scale = _batches(learner, dataset, start, device)
    plan = Plan(learner.steps, learner.learning_rate, learner.seed)
    d, a = start.weights.shape[1], dataset.A.shape[1]
    reconstruction, invariance, independence, entropy = (learner.weights[name] for name in PARTS)
    judge = Objective((reconstruction, invariance, independence, entropy), JUDGE_FEATURES)
    recipe = Recipe(
        d, a, start.k, learner.width, learner.depth, criterion or replace(judge, features=FEATURES), judge, plan
    )
    with one_thread():
        training, table = _train(learner, recipe, batches, watch)
        network = training.best()
        last = refine(network, batches, d, learner.seed)
        encoder = _encoder(network, batches, start, scale, aux_scale, last)
    return replace(
        start.representation,
        encoder=encoder,
        learner={"name": "autoencoder"} | learner.settings,
        history=_history(start, last, training, {"starts": table, "device": device.type}),
    )


def pick_device(name: str) -> torch.device:
    """The device to train on.

    Raises
    ------
    ValueError
        ``cuda`` where there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device must be available. Got cuda, and torch finds none here; take cpu or auto.")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def _batches(
    learner: "AutoencoderLearner", dataset: Dataset, start: LinearStart, device: torch.device
) -> tuple[Batches, Array, Array]:
    """People in learning, split and on the device; scales of their coordinates and auxiliary features."""
    inputs, scale, aux_scale = standardised_inputs(dataset, start)
    codes = np.searchsorted(usable_environments(dataset), dataset.env[dataset.in_learning])
    people = torch.from_numpy(inputs).to(device)
    return make_batches(people, codes, learner.batch_size, HELD_OUT, learner.seed), scale, aux_scale


def _train(
    learner: "AutoencoderLearner", recipe: Recipe, batches: Batches, watch: Watch | None
) -> tuple[Training[Autoencoder], list[dict[str, Any]]]:
    """Go on from the checkpoint, or try the starts; then train to the end."""
    checkpoint = None
    if learner.checkpoint is not None:
        checkpoint = Checkpoint(learner.checkpoint, run_digest(batches, learner.settings))
    if learner.resume and checkpoint is not None:
        tensors, state, facts = checkpoint.load()
    else:
        short = max(recipe.plan.check_every, round(SHORT * recipe.plan.steps))
        starts = []
        if learner.starts > 1 and short < recipe.plan.steps:
            starts = try_starts(recipe, learner.starts, short, batches, learner.jobs, watch)
        best = best_start(starts) if starts else None
        tensors, state = (best.tensors, best.facts) if best is not None else ({}, {})
        facts = {"start": best.index if best is not None else 0, "table": [start.row() for start in starts]}
    training = recipe(facts["start"], batches)
    if tensors:
        training.restore(tensors, state)

    def save(running: Training[Autoencoder]) -> None:
        if checkpoint is not None:
            checkpoint.save(running, facts)

    training.run(watch=watch, save_every=learner.checkpoint_every, save=save if checkpoint is not None else None)
    return training, facts["table"]


def _encoder(
    network: Autoencoder, batches: Batches, start: LinearStart, scale: Array, aux_scale: Array, last: Refinement
) -> NetworkEncoder:
    """The trained network as arrays: its scores refined, its residual latents standardised over people in training."""
    d, k = network.d, network.k
    total, squares, people = 0.0, 0.0, len(batches.inputs)
    with torch.no_grad():
        for block in batches.inputs.split(8192):
            v = _array(network.outputs(block)[:, k:])
            total, squares = total + v.sum(axis=0), squares + (v**2).sum(axis=0)
    mean = np.asarray(total) / people
    spread = np.sqrt(np.maximum(np.asarray(squares) / people - mean**2, 1e-12))
    layers = [layer for layer in network.encoder if isinstance(layer, torch.nn.Linear)]
    weights, biases = [_array(layer.weight).T for layer in layers], [_array(layer.bias) for layer in layers]
    combine = np.hstack([last.outputs, np.eye(d)[:, k:]])
    skip = _array(network.encoder_skip) @ combine
    skip[d:, :k] += last.aux
    weights[-1] = weights[-1] @ combine
    biases[-1] = biases[-1] @ combine + np.concatenate([last.shift, np.zeros(d - k)])
    linear = start.representation.encoder
    return NetworkEncoder(
        center=linear.center,
        aux_center=linear.aux_center,
        aux_weights=start.aux_weights,
        input_weights=start.weights / scale,
        aux_scale=aux_scale,
        skip=skip,
        weights=tuple(weights),
        biases=tuple(biases),
        v_center=mean,
        v_scale=spread,
        k=k,
    )


def _array(tensor: Tensor) -> Array:
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float64)


def _history(
    start: LinearStart, last: Refinement, training: Training[Autoencoder], more: dict[str, Any]
) -> dict[str, Any]:
    """What was found on the way, for the saved model."""
    linear = start.representation
    names = ("n_learning", "people", "variability", "environments", "n_factors", "linkage")
    found = {name: linear.history[name] for name in names if name in linear.history} | {
        "form": "autoencoder",
        "linear_form": linear.form,
        "k_stationary": last.k_stationary,
        "k_available": start.weights.shape[1],
        "refined": last.taken,
        "agreement_of_refinement": last.agreement,
        "training": {
            "log": training.log,
            "best_step": training.best_step,
            "steps": training.step,
            "held_out": sum(training.batches.held_out.sizes),
            **more,
        },
    }
    return found | ({"stopped": training.stopped} if training.stopped else {})

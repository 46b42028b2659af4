"""What gradient learners share beside the loop: device, data, checkpoint, starts, and the winner's training."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from latentmr.data import Dataset
from latentmr.learn.learner import Watch
from latentmr.learn.linear.moments import usable_environments
from latentmr.learn.training.agreement import agreement_of_starts
from latentmr.learn.training.batches import Batches, make_batches
from latentmr.learn.training.checkpoint import Checkpoint, run_digest
from latentmr.learn.training.gradient_learner import GradientLearner
from latentmr.learn.training.linear_start import LinearStart, linear_start, standardised_inputs
from latentmr.learn.training.refinement import Refinement
from latentmr.learn.training.starts import best_start, try_starts
from latentmr.learn.training.train import CHECK_EVERY, Training
from latentmr.typing import Array

__all__ = [
    "People",
    "array_of",
    "history_of",
    "people_in_learning",
    "pick_device",
    "spread_of_residuals",
    "train",
    "training_history",
]


#: Share of people, within environments, that training never sees and starts are judged on.
HELD_OUT = 0.1
#: Share of the steps after which starts are compared.
SHORT = 0.1

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class People:
    """People in learning, in the coordinates of the linear start.

    Parameters
    ----------
    start : LinearStart
    batches : Batches
    scale : np.ndarray of dimension (d,)
        What coordinates were divided by.
    aux_scale : np.ndarray of dimension (a,)
        What auxiliary features were divided by.
    """

    start: LinearStart
    batches: Batches
    scale: Array
    aux_scale: Array


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


def people_in_learning(learner: GradientLearner, dataset: Dataset) -> People:
    """Fit the linear learner and bring its coordinates of the people in learning to the device."""
    device = pick_device(learner.device)
    start = linear_start(dataset, learner.k, learner.form, learner.n_factors, learner.seed)
    inputs, scale, aux_scale = standardised_inputs(dataset, start)
    codes = np.searchsorted(usable_environments(dataset), dataset.env[dataset.in_learning])
    tensor = torch.from_numpy(inputs).to(device)
    return People(start, make_batches(tensor, codes, learner.batch_size, HELD_OUT, learner.seed), scale, aux_scale)


def train(
    learner: GradientLearner,
    recipe: Callable[[int, Batches], Training[Network]],
    batches: Batches,
    watch: Watch | None,
    rounds: int = 1,
    starts: int | None = None,
) -> tuple[Training[Network], dict[str, Any]]:
    """Go on from the checkpoint, or try the starts; then train to the end.

    Parameters
    ----------
    learner : GradientLearner
    recipe : callable
        Makes the training of a start, given its number and the people; 0 begins at the linear solution.
    batches : Batches
    watch : callable or None
    rounds : int
        After each of which the better half of the starts is trained on.
    starts : int, optional
        In place of the learner's.

    Returns
    -------
    Training
        Of the best start, done.
    dict
        ``starts``, the table of them, and ``doubt`` where they give reason for it.
    """
    checkpoint = None
    if learner.checkpoint is not None:
        checkpoint = Checkpoint(learner.checkpoint, run_digest(batches, learner.settings))
    if learner.resume and checkpoint is not None:
        tensors, state, facts = checkpoint.load()
    else:
        short = max(CHECK_EVERY, round(SHORT * learner.steps))
        tried, count = [], learner.starts if starts is None else starts
        if count > 1 and short < learner.steps:
            tried = try_starts(recipe, count, short, batches, learner.jobs, watch, rounds)
        facts = {"start": 0, "starts": [], "doubt": ""}
        tensors, state = {}, {}
        if tried:
            best = best_start(tried)
            tensors, state = best.tensors, best.facts
            shared, reason = agreement_of_starts(recipe, tried, best.index, batches)
            rows = [start.row() | {"agreement": shared.get(start.index)} for start in tried]
            facts = {"start": best.index, "starts": rows, "doubt": reason}
    training = recipe(facts["start"], batches)
    if tensors:
        training.restore(tensors, state)

    def save(running: Training[Network]) -> None:
        if checkpoint is not None:
            checkpoint.save(running, facts)

    training.run(watch=watch, save_every=learner.checkpoint_every, save=save if checkpoint is not None else None)
    return training, {name: facts[name] for name in ("starts", "doubt") if name == "starts" or facts[name]}


def spread_of_residuals(outputs: Callable[[Tensor], Tensor], batches: Batches, k: int) -> tuple[Array, Array]:
    """Means and standard deviations of the outputs after the first ``k``, over people in training."""
    total, squares, people = 0.0, 0.0, len(batches.inputs)
    with torch.no_grad():
        for block in batches.inputs.split(8192):
            v = array_of(outputs(block)[:, k:])
            total, squares = total + v.sum(axis=0), squares + (v**2).sum(axis=0)
    mean = np.asarray(total) / people
    return mean, np.sqrt(np.maximum(np.asarray(squares) / people - mean**2, 1e-12))


def array_of(tensor: Tensor) -> Array:
    """A tensor in double precision, wherever it is."""
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float64)


def history_of(
    form: str, start: LinearStart, last: Refinement, training: Training[Any], starts: dict[str, Any]
) -> dict[str, Any]:
    """What was found on the way, for the saved model."""
    linear = start.representation
    names = ("n_learning", "people", "variability", "environments", "n_factors", "linkage")
    return (
        {name: linear.history[name] for name in names if name in linear.history}
        | {
            "form": form,
            "linear_form": linear.form,
            "k_stationary": last.k_stationary,
            "k_available": start.weights.shape[1],
            "refined": last.taken,
            "agreement_of_refinement": last.agreement,
        }
        | training_history(training, starts)
    )


def training_history(training: Training[Any], starts: dict[str, Any]) -> dict[str, Any]:
    """How training went, for the saved model."""
    found = {
        "training": {
            **starts,
            "log": training.log,
            "best_step": training.best_step,
            "steps": training.step,
            "held_out": sum(training.batches.held_out.sizes),
            "device": training.batches.inputs.device.type,
        },
    }
    return found | ({"stopped": training.stopped} if training.stopped else {})

"""Share the steps of gradient learners around the training loop: device, data, checkpoint, restarts, winner."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.learn.learner import Watch
from latentmr.learn.linear.moments import usable_environments
from latentmr.learn.training.agreement import agreement_of_starts
from latentmr.learn.training.batches import Batches, make_batches
from latentmr.learn.training.checkpoint import Checkpoint, run_digest
from latentmr.learn.training.linear_start import LinearStart, linear_start, standardised_inputs
from latentmr.learn.training.refinement import Refinement
from latentmr.learn.training.settings import NetworkSettings
from latentmr.learn.training.starts import best_start, try_starts
from latentmr.learn.training.train import CHECK_EVERY, Training
from latentmr.results.history import History, StartTried, TrainingLog
from latentmr.typing import Array

__all__ = [
    "Begun",
    "LearningSample",
    "array_of",
    "begin",
    "history_of",
    "people_in_learning",
    "pick_device",
    "spread_of_residuals",
]


#: Share of individuals, within environments, held out from training to compare restarts.
HELD_OUT = 0.1
#: Share of the training steps after which restarts are compared.
SHORT = 0.1

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class LearningSample:
    """The individuals in learning, in the coordinates of the linear solution.

    Parameters
    ----------
    start : LinearStart
    batches : Batches
    scale : np.ndarray of dimension (d,)
        Divisors of the coordinates.
    aux_scale : np.ndarray of dimension (a,)
        Divisors of the auxiliary features.
    """

    start: LinearStart
    batches: Batches
    scale: Array
    aux_scale: Array


def pick_device(name: str) -> torch.device:
    """Return the device to train on.

    Raises
    ------
    ValueError
        If ``cuda`` is requested and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ArgumentError("device", "be available", "cuda, and torch finds none here", "use cpu or auto")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def people_in_learning(settings: NetworkSettings, dataset: Dataset) -> LearningSample:
    """Fit the linear learner and move its coordinates of the individuals in learning to the device."""
    device = pick_device(settings.device)
    start = linear_start(dataset, settings, settings.seed)
    inputs, scale, aux_scale = standardised_inputs(dataset, start)
    codes = np.searchsorted(usable_environments(dataset), dataset.env[dataset.in_learning])
    tensor = torch.from_numpy(inputs).to(device)
    batches = make_batches(tensor, codes, settings.batch_size, HELD_OUT, settings.seed)
    return LearningSample(start, batches, scale, aux_scale)


@dataclass(frozen=True)
class Begun(Generic[Network]):
    """The restart to be trained to the end, and how it was chosen.

    Parameters
    ----------
    training : Training
    starts : tuple of StartTried
        The restarts that competed.
    doubt : str
        Reason to doubt the choice, if the restarts give one.
    save : callable or None
        Function that writes the checkpoint of a training.
    """

    training: Training[Network]
    starts: tuple[StartTried, ...]
    doubt: str
    save: Callable[[Training[Network]], None] | None

    def log(self) -> TrainingLog:
        """Return the course of training, for the saved model."""
        return TrainingLog(
            starts=self.starts,
            doubt=self.doubt,
            log=tuple(self.training.log),
            best_step=self.training.best_step,
            steps=self.training.step,
            held_out=sum(self.training.batches.held_out.sizes),
            device=self.training.batches.inputs.device.type,
        )


def begin(
    settings: NetworkSettings,
    recipe: Callable[[int, Batches], Training[Network]],
    batches: Batches,
    watch: Watch | None,
    rounds: int = 1,
    starts: int | None = None,
) -> Begun[Network]:
    """Resume from the checkpoint, or try random restarts and take the best.

    Parameters
    ----------
    settings : NetworkSettings
    recipe : callable
        Function that makes the training of a restart from its number and the data; number 0 begins at the linear
        solution.
    batches : Batches
    watch : callable or None
    rounds : int
        Number of rounds; after each, the better half of the restarts is trained further.
    starts : int, optional
        Number of restarts, in place of the learner's.

    Returns
    -------
    Begun
        The restart to be trained to the end.
    """
    checkpoint = None
    if settings.checkpoint_path is not None:
        checkpoint = Checkpoint(settings.checkpoint_path, run_digest(batches, settings.settings))
    if settings.resume and checkpoint is not None:
        tensors, state, facts = checkpoint.load()
    else:
        short = max(CHECK_EVERY, round(SHORT * settings.steps))
        tried, count = [], settings.starts if starts is None else starts
        if count > 1 and short < settings.steps:
            tried = try_starts(recipe, count, short, batches, settings.processes, watch, rounds)
        facts = {"start": 0, "starts": [], "doubt": ""}
        tensors, state = {}, {}
        if tried:
            best = best_start(tried)
            tensors, state = best.tensors, best.facts
            shared, reason = agreement_of_starts(recipe, tried, best.index, batches)
            rows = [start.row(shared.get(start.index)).to_dict() for start in tried]
            facts = {"start": best.index, "starts": rows, "doubt": reason}
    training = recipe(facts["start"], batches)
    if tensors:
        training.restore(tensors, state)
    save = None if checkpoint is None else partial(checkpoint.save, facts=facts)
    return Begun(training, tuple(StartTried.from_dict(row) for row in facts["starts"]), facts["doubt"], save)


def spread_of_residuals(outputs: Callable[[Tensor], Tensor], batches: Batches, k: int) -> tuple[Array, Array]:
    """Return means and standard deviations of the outputs after the first ``k``, over individuals in training."""
    total, squares, n = 0.0, 0.0, len(batches.inputs)
    with torch.no_grad():
        for block in batches.inputs.split(8192):
            v = array_of(outputs(block)[:, k:])
            total, squares = total + v.sum(axis=0), squares + (v**2).sum(axis=0)
    mean = np.asarray(total) / n
    return mean, np.sqrt(np.maximum(np.asarray(squares) / n - mean**2, 1e-12))


def array_of(tensor: Tensor) -> Array:
    """Return a tensor from any device as an array in double precision."""
    return np.asarray(tensor.detach().cpu().numpy(), dtype=np.float64)


def history_of(form: str, start: LinearStart, last: Refinement, begun: Begun[Network]) -> History:
    """Return the results of learning, for the saved model."""
    linear = start.representation.history
    return History(
        form=form,
        n_learning=linear.n_learning,
        people=linear.people,
        variability=linear.variability,
        environments=linear.environments,
        n_factors=linear.n_factors,
        linkage=linear.linkage,
        linear_form=linear.form,
        k_stationary=last.k_stationary,
        k_available=start.weights.shape[1],
        refined=last.taken,
        agreement_of_refinement=last.agreement,
        training=begun.log(),
        stopped=begun.training.stopped,
    )

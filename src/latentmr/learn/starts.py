"""Several short trainings, side by side; the best by the held-out objective is trained on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed

from latentmr.learn.batches import Batch, Batches
from latentmr.learn.learner import Progress, Watch
from latentmr.learn.train import Training, one_thread

__all__ = ["Start", "best_start", "try_starts"]

#: People that a short training draws from, at most: they travel to its process.
MOST_PEOPLE = 25_000

#: Seconds of work under which other processes are not worth their start.
WORTH_PROCESSES = 15.0

#: Makes the training of a start, given its number and the people.
Recipe = Callable[[int, Batches], Training[Any]]


@dataclass(frozen=True)
class Start:
    """One short training.

    Parameters
    ----------
    index : int
        0 is the linear learner's solution.
    objective : float or None
        Best on held-out people; None where it failed.
    reason : str
        Why it failed.
    tensors, facts : dict
        State to go on from.
    """

    index: int
    objective: float | None
    reason: str
    tensors: dict[str, torch.Tensor]
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        """``linear solution``, or that a random one."""
        return "linear solution" if self.index == 0 else f"random rotation {self.index}"

    def row(self) -> dict[str, Any]:
        """What is kept of it."""
        return {"start": self.name, "objective": self.objective, "failed": self.reason}


def try_starts(recipe: Recipe, count: int, steps: int, batches: Batches, jobs: int, watch: Watch | None) -> list[Start]:
    """Train every start for a few steps.

    Parameters
    ----------
    recipe : callable
    count : int
        Starts.
    steps : int
        Of each.
    batches : Batches
    jobs : int
        Processes, each with one thread, where there is enough to do; on an accelerator, one start after the other.
    watch : callable or None
        Told when one is done.

    Returns
    -------
    list of Start
        By index, whatever the number of processes.
    """
    part = batches.first(MOST_PEOPLE)
    done: list[Start] = []
    for start in _results(recipe, count, steps, part, jobs):
        done.append(start)
        if watch is not None:
            losses = {} if start.objective is None else {"total": start.objective}
            watch(Progress("trying starts", len(done), count, losses))
    return sorted(done, key=lambda start: start.index)


def best_start(starts: list[Start]) -> Start:
    """The one with the smallest objective on held-out people.

    Raises
    ------
    FloatingPointError
        Where all failed.
    """
    alive = [start for start in starts if start.objective is not None]
    if not alive:
        raise FloatingPointError(starts[0].reason)
    return min(alive, key=lambda start: (start.objective, start.index))


def _results(recipe: Recipe, count: int, steps: int, batches: Batches, jobs: int) -> Iterator[Start]:
    began = perf_counter()
    yield _one(recipe, 0, steps, batches)
    ahead = (perf_counter() - began) * (count - 1)
    if jobs == 1 or batches.inputs.device.type != "cpu" or ahead < WORTH_PROCESSES:
        yield from (_one(recipe, index, steps, batches) for index in range(1, count))
        return
    # arrays, which joblib shares through memory maps, in place of tensors
    arrays = batches.inputs.numpy(), batches.held_out.inputs.numpy()
    sizes = batches.sizes, batches.held_out.sizes
    calls = (delayed(_elsewhere)(recipe, index, steps, arrays, sizes, batches.size) for index in range(1, count))
    for start in Parallel(n_jobs=min(jobs, count - 1), backend="loky", return_as="generator_unordered")(calls):
        yield Start(start.index, start.objective, start.reason, _tensors(start.tensors), start.facts)


def _one(recipe: Recipe, index: int, steps: int, batches: Batches) -> Start:
    with one_thread():
        training = recipe(index, batches)
        try:
            training.run(until=steps)
        except FloatingPointError as error:
            return Start(index, None, str(error), {}, {})
        if training.stopped.startswith("interrupted"):
            raise KeyboardInterrupt  # there is nothing to go on from yet
        tensors, facts = training.state()
    return Start(index, training.best_value, "", tensors, facts)


def _elsewhere(
    recipe: Recipe,
    index: int,
    steps: int,
    arrays: tuple[np.ndarray, np.ndarray],
    sizes: tuple[tuple[int, ...], tuple[int, ...]],
    size: int,
) -> Start:
    """In another process, where memory maps are read-only: torch wants them copied."""
    people, held = (torch.from_numpy(np.array(array)) for array in arrays)
    start = _one(
        recipe, index, steps, Batches(people, sizes[0], Batch(held, sizes[1], tuple(range(len(sizes[1])))), size)
    )
    return Start(index, start.objective, start.reason, _arrays(start.tensors), start.facts)


def _arrays(tensors: dict[str, Any]) -> dict[str, Any]:
    return {name: tensor.numpy() for name, tensor in tensors.items()}


def _tensors(arrays: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}

"""Several short trainings, side by side; the best by the held-out objective are trained on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
import torch
from joblib import Parallel, delayed

from latentmr.learn.learner import Progress, Watch
from latentmr.learn.training.batches import Batch, Batches
from latentmr.learn.training.train import Training, one_thread
from latentmr.results.history import StartTried

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

    def row(self, agreement: float | None = None) -> StartTried:
        """What is kept of it, beside its agreement with the winner."""
        return StartTried(
            start=self.name,
            steps=self.facts.get("step", 0),
            objective=self.objective,
            failed=self.reason,
            agreement=agreement,
        )


def try_starts(
    recipe: Recipe, count: int, steps: int, batches: Batches, jobs: int, watch: Watch | None, rounds: int = 1
) -> list[Start]:
    """Train every start for a few steps; then, round after round, the better half of them for as many more.

    Parameters
    ----------
    recipe : callable
    count : int
        Starts.
    steps : int
        Of each, in a round.
    batches : Batches
    jobs : int
        Processes, each with one thread, where there is enough to do; on an accelerator, one start after the other.
    watch : callable or None
        Told when one is done.
    rounds : int
        At most; no further one where a single start is left.

    Returns
    -------
    list of Start
        By index, whatever the number of processes; one that was left behind as it was then.
    """
    part = batches.first(MOST_PEOPLE)
    found: dict[int, Start] = {}
    left: list[Start] = [Start(index, None, "", {}, {}) for index in range(count)]
    done, total = 0, sum(max(1, count >> turn) for turn in range(rounds) if turn == 0 or count >> turn > 1)
    for turn in range(rounds):
        if turn:
            alive = [start for start in left if start.objective is not None]
            left = sorted(alive, key=_rank)[: len(left) // 2]
            if len(left) < 2:
                if watch is not None and done < total:  # so many failed that there is nothing to halve
                    watch(Progress("trying starts", total, total, {}))
                break
        for start in _results(recipe, left, (turn + 1) * steps, part, jobs):
            found[start.index] = start
            done += 1
            if watch is not None:
                losses = {} if start.objective is None else {"total": start.objective}
                watch(Progress("trying starts", done, total, losses))
        left = [found[start.index] for start in left]
    return [found[index] for index in sorted(found)]


def best_start(starts: list[Start]) -> Start:
    """The one with the smallest objective on held-out people, of those that were trained longest.

    Raises
    ------
    FloatingPointError
        Where all failed.
    """
    alive = [start for start in starts if start.objective is not None]
    if not alive:
        raise FloatingPointError(starts[0].reason)
    longest = max(start.facts.get("step", 0) for start in alive)
    return min((start for start in alive if start.facts.get("step", 0) == longest), key=_rank)


def _rank(start: Start) -> tuple[float, int]:
    return (float("inf") if start.objective is None else start.objective, start.index)


def _results(recipe: Recipe, begun: list[Start], until: int, batches: Batches, jobs: int) -> Iterator[Start]:
    began = perf_counter()
    yield _one(recipe, begun[0], until, batches)
    others = begun[1:]
    ahead = (perf_counter() - began) * len(others)
    if jobs == 1 or batches.inputs.device.type != "cpu" or ahead < WORTH_PROCESSES:
        yield from (_one(recipe, start, until, batches) for start in others)
        return
    # arrays, which joblib shares through memory maps, in place of tensors
    arrays = batches.inputs.numpy(), batches.held_out.inputs.numpy()
    sizes = batches.sizes, batches.held_out.sizes
    calls = (delayed(_elsewhere)(recipe, _with_arrays(start), until, arrays, sizes, batches.size) for start in others)
    for start in Parallel(n_jobs=min(jobs, len(others)), backend="loky", return_as="generator_unordered")(calls):
        yield _with_tensors(start)


def _one(recipe: Recipe, begun: Start, until: int, batches: Batches) -> Start:
    with one_thread():
        training = recipe(begun.index, batches)
        if begun.tensors:
            training.restore(begun.tensors, begun.facts)
        try:
            training.run(until=until)
        except FloatingPointError as error:
            return Start(begun.index, None, str(error), {}, {})
        if training.stopped.startswith("interrupted"):
            raise KeyboardInterrupt  # there is nothing to go on from yet
        tensors, facts = training.state()
    return Start(begun.index, training.best_value, "", tensors, facts)


def _elsewhere(
    recipe: Recipe,
    begun: Start,
    until: int,
    arrays: tuple[np.ndarray, np.ndarray],
    sizes: tuple[tuple[int, ...], tuple[int, ...]],
    size: int,
) -> Start:
    """In another process, where memory maps are read-only: torch wants them copied."""
    people, held = (torch.from_numpy(np.array(array)) for array in arrays)
    batches = Batches(people, sizes[0], Batch(held, sizes[1], tuple(range(len(sizes[1])))), size)
    return _with_arrays(_one(recipe, _with_tensors(begun), until, batches))


def _with_arrays(start: Start) -> Start:
    arrays: dict[str, Any] = {name: tensor.numpy() for name, tensor in start.tensors.items()}
    return replace(start, tensors=arrays)


def _with_tensors(start: Start) -> Start:
    return replace(start, tensors={name: torch.from_numpy(np.array(array)) for name, array in start.tensors.items()})

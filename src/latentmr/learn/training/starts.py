"""Run several random restarts side by side; the best by the held-out objective are trained further."""

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

#: Maximum number of individuals for a short training, because their data are copied to its process.
MOST_INDIVIDUALS = 25_000

#: Seconds of work below which starting other processes is not worthwhile.
WORTH_PROCESSES = 15.0

#: Function that makes the training of a restart from its number and the data.
Recipe = Callable[[int, Batches], Training[Any]]


@dataclass(frozen=True)
class Start:
    """One random restart: a short training.

    Parameters
    ----------
    index : int
        Number of the restart; 0 is the linear learner's solution.
    objective : float or None
        Best objective on held-out individuals; None if the restart failed.
    reason : str
        Reason of a failure.
    tensors, facts : dict
        State from which training can resume.
    """

    index: int
    objective: float | None
    reason: str
    tensors: dict[str, torch.Tensor]
    facts: dict[str, Any]

    @property
    def name(self) -> str:
        """``linear solution``, or ``random rotation`` with the number of the restart."""
        return "linear solution" if self.index == 0 else f"random rotation {self.index}"

    def row(self, agreement: float | None = None) -> StartTried:
        """Return what is recorded of the restart, apart from its agreement with the winner."""
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
    """Train every restart for a few steps; then, in each round, train the better half of them as long again.

    Parameters
    ----------
    recipe : callable
        Function that makes the training of a restart.
    count : int
        Number of restarts.
    steps : int
        Number of steps of each restart in a round.
    batches : Batches
    jobs : int
        Number of processes, each with one thread, if there is enough work. On an accelerator, restarts run one after
        the other.
    watch : callable or None
        Function that is called when a restart is done.
    rounds : int
        Maximum number of rounds; no further round begins if a single restart is left.

    Returns
    -------
    list of Start
        Restarts by number, whatever the number of processes. A restart that was dropped stays as it was then.
    """
    part = batches.first(MOST_INDIVIDUALS)
    found: dict[int, Start] = {}
    left: list[Start] = [Start(index, None, "", {}, {}) for index in range(count)]
    done, total = 0, sum(max(1, count >> turn) for turn in range(rounds) if turn == 0 or count >> turn > 1)
    for turn in range(rounds):
        if turn:
            alive = [start for start in left if start.objective is not None]
            left = sorted(alive, key=_rank)[: len(left) // 2]
            if len(left) < 2:
                if watch is not None and done < total:  # too few restarts succeeded for a further round
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
    """Return the restart with the smallest held-out objective among those that were trained longest.

    Raises
    ------
    FloatingPointError
        If all restarts failed.
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
    # use arrays in place of tensors, because joblib shares arrays through memory maps
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
            raise KeyboardInterrupt  # there is no state to resume from yet
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
    """Run in another process, whose memory maps are read-only: torch needs copies."""
    trained_on, held = (torch.from_numpy(np.array(array)) for array in arrays)
    batches = Batches(trained_on, sizes[0], Batch(held, sizes[1], tuple(range(len(sizes[1])))), size)
    return _with_arrays(_one(recipe, _with_tensors(begun), until, batches))


def _with_arrays(start: Start) -> Start:
    arrays: dict[str, Any] = {name: tensor.numpy() for name, tensor in start.tensors.items()}
    return replace(start, tensors=arrays)


def _with_tensors(start: Start) -> Start:
    return replace(start, tensors={name: torch.from_numpy(np.array(array)) for name, array in start.tensors.items()})

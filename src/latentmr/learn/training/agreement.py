"""Compare the instruments of random restarts, and warn if losing restarts agree with each other but not the winner."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from latentmr.learn.training.batches import Batches
from latentmr.learn.training.starts import Start
from latentmr.learn.training.train import Training
from latentmr.linalg import agreement
from latentmr.typing import Array

__all__ = ["agreement_of_starts", "doubt"]


#: Two restarts whose instruments share at least this much variance found the same instruments.
SAME = 0.9
#: Two restarts whose instruments share less than this found different instruments.
DIFFERENT = 0.7


def agreement_of_starts(
    recipe: Callable[[int, Batches], Training[Any]], starts: list[Start], winner: int, batches: Batches
) -> tuple[dict[int, float], str]:
    """Compare the instruments that random restarts have found so far, on held-out individuals.

    Parameters
    ----------
    recipe : callable
        Recipe that made the restarts.
    starts : list of Start
        The restarts.
    winner : int
        Number of the restart that is trained to the end.
    batches : Batches

    Returns
    -------
    dict
        Agreement with the winner of each restart that did not fail, by number.
    str
        Reason for doubt, or an empty string.
    """
    found: dict[int, Array] = {}
    for start in starts:
        if start.objective is not None:
            training = recipe(start.index, batches)
            training.restore(start.tensors, start.facts)
            found[start.index] = _scores(training.best(), batches.held_out.inputs)
    shared = {i: agreement(found[winner], scores) for i, scores in found.items()}
    pairs = {(i, j): agreement(found[i], found[j]) for i, j in combinations(found, 2) if winner not in (i, j)}
    return shared, doubt(shared, pairs)


def doubt(shared: dict[int, float], pairs: dict[tuple[int, int], float]) -> str:
    """Report whether losing restarts agree with each other, but not with the winner.

    Parameters
    ----------
    shared : dict
        Agreement of each restart with the winner.
    pairs : dict
        Agreement of each pair of losing restarts.

    Returns
    -------
    str
        Empty if there is no such pair.
    """
    for (i, j), value in pairs.items():
        if value >= SAME and max(shared[i], shared[j]) < DIFFERENT:
            return (
                f"restarts {i} and {j} lost to the winner but found the same instruments as each other (agreement"
                f" {value:.2f}),"
                f" and not the winner's ({shared[i]:.2f}, {shared[j]:.2f}). The winner may be a poor optimum; run"
                " again with more restarts or another seed"
            )
    return ""


def _scores(network: Any, inputs: Tensor) -> Array:
    with torch.no_grad():
        return np.asarray(network.outputs(inputs)[:, : network.k].cpu().numpy(), dtype=np.float64)

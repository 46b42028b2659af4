"""Do starts find the same instruments? Where those that lost agree with each other and not with the winner, beware."""

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


#: Two starts whose instruments share this much of their variance found the same.
SAME = 0.9
#: With less they found different ones.
DIFFERENT = 0.7


def agreement_of_starts(
    recipe: Callable[[int, Batches], Training[Any]], starts: list[Start], winner: int, batches: Batches
) -> tuple[dict[int, float], str]:
    """Compare what starts found so far, on held-out people.

    Parameters
    ----------
    recipe : callable
        That made them.
    starts : list of Start
    winner : int
        Number of the one that is trained on.
    batches : Batches

    Returns
    -------
    dict
        Agreement of each start that did not fail with the winner, by number.
    str
        A reason for doubt, or nothing.
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
    """Say so where starts that lost agree with each other, but not with the winner.

    Parameters
    ----------
    shared : dict
        Agreement of each start with the winner.
    pairs : dict
        Of those that lost with each other.

    Returns
    -------
    str
        Nothing where there is no such pair.
    """
    for (i, j), value in pairs.items():
        if value >= SAME and max(shared[i], shared[j]) < DIFFERENT:
            return (
                f"starts {i} and {j} lost by their likelihood but found the same instruments (agreement {value:.2f}),"
                f" and not the winner's ({shared[i]:.2f}, {shared[j]:.2f}): the winner may be a poor optimum; run"
                " again with more starts or another seed"
            )
    return ""


def _scores(network: Any, inputs: Tensor) -> Array:
    with torch.no_grad():
        return np.asarray(network.outputs(inputs)[:, : network.k].cpu().numpy(), dtype=np.float64)

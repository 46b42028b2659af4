"""The diagnosis fold: people whom learning never sees, so that what it made can be judged on them."""

from dataclasses import replace
from numbers import Real

import numpy as np

from latentmr.analysis.clusters import whole_units
from latentmr.data import Dataset, FlowStep
from latentmr.typing import Codes

__all__ = ["SHARE", "refuse_share", "set_aside"]


#: Share of the people in learning, within environments, that is set aside by default.
SHARE = 0.2


def set_aside(dataset: Dataset, share: float = SHARE, seed: int = 0) -> tuple[Dataset, Codes]:
    """Take a share of the people in learning out of it, within environments and by whole clusters.

    Parameters
    ----------
    dataset : Dataset
    share : float
        From 0 to 0.5; 0 sets nobody aside.
    seed : int
        Same data, share and seed, same people.

    Returns
    -------
    Dataset
        With fewer people in learning; estimation keeps all.
    np.ndarray of int
        Rows of those set aside.

    Raises
    ------
    ValueError
        Where the share is none.
    """
    refuse_share(share)
    rng = np.random.default_rng([seed, 5])
    rows = np.flatnonzero(dataset.in_learning)
    units, env = whole_units(dataset, rows), dataset.env[rows]
    aside = np.zeros(len(rows), dtype=bool)
    for e in np.unique(env) if share else []:
        here = env == e
        members, sizes = np.unique(units[here], return_counts=True)
        order = rng.permutation(len(members))
        # whole units, in random order, until the share is reached
        taken = members[order][np.cumsum(sizes[order]) <= share * here.sum()]
        aside |= here & np.isin(units, taken)
    if not aside.any():
        return dataset, rows[aside]
    in_learning = dataset.in_learning.copy()
    in_learning[rows[aside]] = False
    step = FlowStep("samples", "learning", "set aside for diagnosis", int(aside.sum()), int(in_learning.sum()))
    flow = replace(dataset.flow, steps=(*dataset.flow.steps, step))
    return replace(dataset, in_learning=in_learning, flow=flow), rows[aside]


def refuse_share(share: float) -> None:
    """Refuse a share that is none, or leaves too few to learn from."""
    if isinstance(share, bool) or not isinstance(share, Real) or not 0 <= share <= 0.5:
        raise ValueError(f"diagnosis must be a share of people from 0 to 0.5. Got {share!r}.")

"""Who judges the learned instruments: people set aside whom learning never sees, or others than those learned from."""

from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from latentmr.analysis.clusters import whole_units
from latentmr.data import Dataset, FlowStep
from latentmr.diagnose import HeldOut
from latentmr.errors import ArgumentError
from latentmr.learn import Learner, Representation
from latentmr.learn.learner import Watch
from latentmr.learn.linear.relearning import people_digest
from latentmr.results.history import SetAside
from latentmr.typing import Codes

__all__ = ["Fold", "MOST", "SHARE", "fold_of", "held_out", "learn_apart", "refuse_share", "set_aside"]

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
        raise ArgumentError("diagnosis", "be a share of people from 0 to 0.5", f"{share!r}")


#: People who are looked at, at most: effect sizes do not gain from more, and permutations take time.
MOST = 4000


@dataclass(frozen=True)
class Fold:
    """Rows to judge the instruments on.

    Parameters
    ----------
    rows : np.ndarray of int
    unseen : bool
        Whether learning never saw them.
    note : str
        How they come to be these, for the report; nothing where there is nothing to say.
    """

    rows: NDArray[np.int64]
    unseen: bool
    note: str = ""


def learn_apart(
    learner: Learner, dataset: Dataset, share: float, seed: int, watch: Watch | None = None
) -> Representation:
    """Learn instruments without the people set aside for diagnosis.

    Parameters
    ----------
    learner : Learner
    dataset : Dataset
    share : float
        Of the people in learning, within environments.
    seed : int
    watch : callable, optional

    Returns
    -------
    Representation
        Whose history says how they can be found again.
    """
    reduced, rows = set_aside(dataset, share, seed)
    learned = learner.fit(reduced, watch)
    found = SetAside(share=share, seed=seed, people=len(rows))
    return replace(learned, history=replace(learned.history, diagnosis=found))


def fold_of(representation: Representation, dataset: Dataset) -> tuple[Dataset, Fold]:
    """Find the people whom a learned representation has not seen, in data that may be those it was learned from.

    Parameters
    ----------
    representation : Representation
        Whose history says what share was set aside, by which seed.
    dataset : Dataset

    Returns
    -------
    Dataset
        With the people set aside out of learning, where they are those of the representation.
    Fold
    """
    history = representation.history
    aside = history.diagnosis or SetAside(share=0.0, seed=0, people=0)
    reduced, rows = set_aside(dataset, aside.share, aside.seed)
    if history.people == people_digest(reduced):
        if len(rows):
            return reduced, Fold(rows, True)
        note = "nobody was set aside for diagnosis: the instruments are judged on people whom learning saw, too kindly"
        return dataset, Fold(np.flatnonzero(dataset.in_learning), False, note)
    note = "the instruments were learned from other people: they are judged on all of these"
    return dataset, Fold(np.flatnonzero(dataset.in_learning), True, note)


def held_out(representation: Representation, dataset: Dataset, fold: Fold, seed: int) -> HeldOut:
    """Encode the people of a fold; of many, a random part.

    Parameters
    ----------
    representation : Representation
    dataset : Dataset
    fold : Fold
    seed : int
        Draws the part.

    Returns
    -------
    HeldOut
        Without environments of which fewer than two people are left, or people without covariates.
    """
    rows = fold.rows
    # rows outside estimation may lack covariates
    rows = rows[np.isfinite(dataset.C[rows]).all(axis=1)]
    units = whole_units(dataset, rows)
    if len(rows) > MOST:
        rng = np.random.default_rng([seed, 9])
        order = rng.permutation(int(units.max()) + 1)
        sizes = np.bincount(units)
        chosen = np.zeros(len(order), dtype=bool)
        chosen[order[np.cumsum(sizes[order]) <= MOST]] = True
        rows = rows[chosen[units]]
    counts = np.bincount(dataset.env[rows], minlength=dataset.n_env)
    rows = rows[counts[dataset.env[rows]] >= 2]
    encoder, a = representation.encoder, dataset.A.shape[1]
    Z, V = [np.zeros((0, representation.k))], [np.zeros((0, encoder.v_map().shape[1]))]
    for chosen_rows, G in dataset.blocks(rows):
        Z.append(encoder.encode(G, dataset.A[chosen_rows]))
        V.append(encoder.residual(G, dataset.A[chosen_rows]))
    present, env = np.unique(dataset.env[rows], return_inverse=True)
    residual = np.vstack(V)
    return HeldOut(
        Z=np.vstack(Z),
        V=residual[:, : residual.shape[1] - a],
        C=dataset.C[rows],
        A=dataset.A[rows],
        env=env.astype(np.int64),
        names=tuple(dataset.env_names[e] for e in present),
        units=whole_units(dataset, rows),
        unseen=fold.unseen,
    )

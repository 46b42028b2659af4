"""The diagnosis sample, in which the learned instruments are tested: held-out individuals, or those of other data."""

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

__all__ = [
    "MOST",
    "SHARE",
    "DiagnosisSample",
    "diagnosis_sample_of",
    "held_out",
    "learn_apart",
    "refuse_share",
    "set_aside",
]

#: Default share of the individuals in learning, within environments, that is set aside.
SHARE = 0.2


def set_aside(dataset: Dataset, share: float = SHARE, seed: int = 0) -> tuple[Dataset, Codes]:
    """Set a share of the individuals in learning aside, within environments and by whole clusters.

    Parameters
    ----------
    dataset : Dataset
    share : float
        Share from 0 to 0.5. With 0 no individuals are set aside.
    seed : int
        Random seed. The same data, share and seed give the same individuals.

    Returns
    -------
    Dataset
        Data set with fewer individuals in learning. Estimation keeps all of them.
    np.ndarray of int
        Rows of the individuals that were set aside.

    Raises
    ------
    ValueError
        If the share is not a number from 0 to 0.5.
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
        # whole units are set aside in random order until the share is reached
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
    """Raise an error if the share is not a number, or leaves too few individuals for learning."""
    if isinstance(share, bool) or not isinstance(share, Real) or not 0 <= share <= 0.5:
        raise ArgumentError(
            "diagnosis", "be a share of individuals from 0 to 0.5", f"{share!r}", f"the default is {SHARE:g}"
        )


#: Maximum number of individuals in tests: more would not improve effect sizes, and permutations take time.
MOST = 4000


@dataclass(frozen=True)
class DiagnosisSample:
    """Rows in which the instruments are tested.

    Parameters
    ----------
    rows : np.ndarray of int
    unseen : bool
        Whether these individuals were held out of learning.
    note : str
        How the sample was obtained, for the report. It is empty if there is nothing to report.
    """

    rows: NDArray[np.int64]
    unseen: bool
    note: str = ""


def learn_apart(
    learner: Learner, dataset: Dataset, share: float, seed: int, watch: Watch | None = None
) -> Representation:
    """Learn instruments without the individuals that are set aside for diagnosis.

    Parameters
    ----------
    learner : Learner
    dataset : Dataset
    share : float
        Share of the individuals in learning, within environments.
    seed : int
    watch : callable, optional

    Returns
    -------
    Representation
        Representation whose history states how the same individuals can be found again.
    """
    reduced, rows = set_aside(dataset, share, seed)
    learned = learner.fit(reduced, watch)
    found = SetAside(share=share, seed=seed, people=len(rows))
    return replace(learned, history=replace(learned.history, diagnosis=found))


def diagnosis_sample_of(representation: Representation, dataset: Dataset) -> tuple[Dataset, DiagnosisSample]:
    """Find the individuals that were held out when a representation was learned.

    The data may be those that the representation was learned from, or others.

    Parameters
    ----------
    representation : Representation
        Representation whose history states the share that was set aside, and the seed.
    dataset : Dataset

    Returns
    -------
    Dataset
        Data set without these individuals in learning, if they are those of the representation.
    DiagnosisSample
    """
    history = representation.history
    aside = history.diagnosis or SetAside(share=0.0, seed=0, people=0)
    reduced, rows = set_aside(dataset, aside.share, aside.seed)
    if history.people == people_digest(reduced):
        if len(rows):
            return reduced, DiagnosisSample(rows, True)
        note = (
            "no individuals were set aside for diagnosis: the tests of the instruments are evaluated in-sample, hence"
            " optimistic"
        )
        return dataset, DiagnosisSample(np.flatnonzero(dataset.in_learning), False, note)
    note = "the instruments were learned from other individuals: they are tested in all individuals of these data"
    return dataset, DiagnosisSample(np.flatnonzero(dataset.in_learning), True, note)


def held_out(representation: Representation, dataset: Dataset, sample: DiagnosisSample, seed: int) -> HeldOut:
    """Encode the individuals of a diagnosis sample, or a random part of them if they are many.

    Parameters
    ----------
    representation : Representation
    dataset : Dataset
    sample : DiagnosisSample
    seed : int
        Random seed of the part.

    Returns
    -------
    HeldOut
        Sample without individuals whose covariates are missing, and without environments with fewer than two
        individuals.
    """
    rows = sample.rows
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
        unseen=sample.unseen,
    )

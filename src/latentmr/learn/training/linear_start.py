"""Where gradient learners begin: the linear learner's solution, and genotypes in its coordinates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.learn.encoders.encoder import LinearEncoder
from latentmr.learn.linear.learner import LinearLearner, NoStationaryDirectionError, form_for
from latentmr.learn.representation import Representation
from latentmr.typing import Array

__all__ = ["LinearStart", "linear_start", "standardised_inputs"]


@dataclass(frozen=True)
class LinearStart:
    """The linear learner's solution.

    Parameters
    ----------
    representation : Representation
    weights : np.ndarray of dimension (p, d)
        All its coordinates: instruments, other exogenous directions, residual latents; ``d`` is the rank of ``G``.
    aux_weights : np.ndarray of dimension (a, p)
        Regression of the genotypes on the auxiliary features.
    k : int
        Number of instruments to learn.
    found : bool
        Whether some linear combination is stationary, where k was left to find.
    """

    representation: Representation
    weights: Array
    aux_weights: Array
    k: int
    found: bool = True


def linear_start(dataset: Dataset, k: int | None, form: str, n_factors: int | None, seed: int) -> LinearStart:
    """Fit the linear learner.

    Parameters
    ----------
    dataset : Dataset
    k : int or None
        None: as many instruments as the linear learner finds; 1 where it finds none.
    form : str
    n_factors : int or None
    seed : int

    Returns
    -------
    LinearStart

    Raises
    ------
    ValueError
        As of :class:`~latentmr.learn.LinearLearner`.
    """
    factor = form_for(form, dataset) == "factor"
    # the factor form keeps all its directions here, that none is lost to the network when k is small
    settings = {"form": form, "n_factors": "auto" if n_factors is None else n_factors, "seed": seed}
    any_stationary = True
    try:
        found = LinearLearner(k="auto" if factor or k is None else k, **settings).fit(dataset)  # type: ignore[arg-type]
    except NoStationaryDirectionError:
        any_stationary = False
        found = LinearLearner(k=1, **settings).fit(dataset)  # type: ignore[arg-type]
    if k is not None and k > found.k:
        raise ValueError(
            f"k must be at most the number of variants less factors, {found.k}. Got {k}; give a smaller --k."
        )
    encoder = found.encoder
    if not isinstance(encoder, LinearEncoder):
        raise TypeError(f"the linear learner must return a linear encoder. Got {type(encoder).__name__}.")
    weights = np.hstack([encoder.z_weights, encoder.v_weights])
    return LinearStart(found, weights, encoder.aux_weights, k or found.k, any_stationary)


def standardised_inputs(dataset: Dataset, start: LinearStart) -> tuple[NDArray[np.float32], Array, Array]:
    """Genotypes of the people in learning in the start's coordinates, beside auxiliary features.

    Parameters
    ----------
    dataset : Dataset
    start : LinearStart

    Returns
    -------
    np.ndarray of dimension (n, d + a)
        Of unit variance over all people.
    np.ndarray of dimension (d,)
        Standard deviations that coordinates were divided by.
    np.ndarray of dimension (a,)
        Those of the auxiliary features.
    """
    encoder = start.representation.encoder
    rows = np.flatnonzero(dataset.in_learning)
    d, a = start.weights.shape[1], dataset.A.shape[1]
    out = np.empty((len(rows), d + a), dtype=np.float32)
    squares = np.zeros(d + a)
    done = 0
    for chosen, block in dataset.blocks(rows):
        aux = dataset.A[chosen] - encoder.aux_center
        values = np.hstack([(block - encoder.center - aux @ start.aux_weights) @ start.weights, aux])
        squares += (values**2).sum(axis=0)
        out[done : done + len(values)] = values
        done += len(values)
    scale = np.sqrt(squares / len(rows))
    scale[scale == 0] = 1.0
    out /= scale.astype(np.float32)
    return out, scale[:d], scale[d:]

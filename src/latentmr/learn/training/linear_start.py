"""Initialise gradient learners: the linear learner's solution, and genotypes in its coordinates."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.learn.encoders.encoder import LinearEncoder
from latentmr.learn.linear.learner import LinearLearner, NoStationaryDirectionError, form_for
from latentmr.learn.representation import Representation
from latentmr.learn.settings import LearnerSettings
from latentmr.typing import Array

__all__ = ["LinearStart", "linear_start", "standardised_inputs"]


@dataclass(frozen=True)
class LinearStart:
    """The linear learner's solution.

    Parameters
    ----------
    representation : Representation
    weights : np.ndarray of dimension (p, d)
        Weights of all its coordinates: instruments, other exogenous directions, residual latents. The rank of ``G`` is
        ``d``.
    aux_weights : np.ndarray of dimension (a, p)
        Regression coefficients of the genotypes on the auxiliary features.
    k : int
        Number of instruments to learn.
    found : bool
        Whether a linear combination is stationary, if k was left open.
    """

    representation: Representation
    weights: Array
    aux_weights: Array
    k: int
    found: bool = True


def linear_start(dataset: Dataset, settings: LearnerSettings, seed: int) -> LinearStart:
    """Fit the linear learner.

    Parameters
    ----------
    dataset : Dataset
    settings : LearnerSettings
        Hyperparameters. If the number of instruments is left open, it is the linear learner's, or 1 if that finds none.
    seed : int

    Returns
    -------
    LinearStart

    Raises
    ------
    ValueError
        As for :class:`~latentmr.learn.LinearLearner`.
    """
    k, factor = settings.number, form_for(settings.form, dataset) == "factor"
    # the factor form keeps all its directions here, so that the network loses none if k is small
    linear = LinearLearner(
        k="auto" if factor or k is None else k, form=settings.form, n_factors=settings.n_factors, seed=seed
    )
    any_stationary = True
    try:
        found = linear.fit(dataset)
    except NoStationaryDirectionError:
        any_stationary = False
        found = replace(linear, k=1).fit(dataset)
    if k is not None and k > found.k:
        raise ArgumentError(
            "k", f"be at most the number of variants less factors, {found.k}", f"{k}", "give a smaller `k`"
        )
    encoder = found.encoder
    if not isinstance(encoder, LinearEncoder):
        raise TypeError(f"the linear learner must return a linear encoder. Got {type(encoder).__name__}.")
    weights = np.hstack([encoder.z_weights, encoder.v_weights])
    return LinearStart(found, weights, encoder.aux_weights, k or found.k, any_stationary)


def standardised_inputs(dataset: Dataset, start: LinearStart) -> tuple[NDArray[np.float32], Array, Array]:
    """Return genotypes of the individuals in learning, in the linear solution's coordinates, with auxiliary features.

    Parameters
    ----------
    dataset : Dataset
    start : LinearStart

    Returns
    -------
    np.ndarray of dimension (n, d + a)
        Inputs of unit variance over all individuals.
    np.ndarray of dimension (d,)
        Standard deviations by which the coordinates were divided.
    np.ndarray of dimension (a,)
        Standard deviations by which the auxiliary features were divided.
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

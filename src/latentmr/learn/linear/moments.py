"""Compute what the closed-form learners need from the genotypes: mean and covariance in each environment."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.linalg import partial_out, symmetric_root
from latentmr.results.history import Shift
from latentmr.typing import Array

__all__ = [
    "Coordinates",
    "EnvironmentMoments",
    "environment_moments",
    "free_of_aux",
    "mean_person",
    "mean_shift",
    "usable_environments",
]


#: Function from genotypes ``[n, p]`` and auxiliary features ``[n, a]`` to variables ``[n, c + a]``.
Coordinates = Callable[[Array, Array], Array]


@dataclass(frozen=True)
class EnvironmentMoments:
    """Means and covariances of ``p`` variables in ``E`` environments.

    Parameters
    ----------
    n : np.ndarray of dimension (E,)
        Number of individuals in each environment.
    mean : np.ndarray of dimension (E, p)
        Means.
    covariance : np.ndarray of dimension (E, p, p)
        Covariances in maximum-likelihood form (divided by n).
    """

    n: Array
    mean: Array
    covariance: Array

    @property
    def weight(self) -> Array:
        """Share of individuals in each environment."""
        return self.n / self.n.sum()

    @property
    def pooled_mean(self) -> Array:
        """Mean over all individuals."""
        return self.weight @ self.mean

    @property
    def within(self) -> Array:
        """Average covariance within environments."""
        return np.einsum("e,eij->ij", self.weight, self.covariance)

    @property
    def pooled(self) -> Array:
        """Covariance over all individuals: within plus between environments."""
        between = self.mean - self.pooled_mean
        return self.within + (between.T * self.weight) @ between

    def take(self, p: int) -> "EnvironmentMoments":
        """Return the moments of the first ``p`` variables."""
        return EnvironmentMoments(self.n, self.mean[:, :p], self.covariance[:, :p, :p])

    def mapped(self, W: Array) -> "EnvironmentMoments":
        """Return the moments of ``g @ W``."""
        return EnvironmentMoments(self.n, self.mean @ W, W.T @ self.covariance @ W)


def usable_environments(dataset: Dataset) -> NDArray[np.int64]:
    """Return the codes of the environments with enough individuals in learning.

    Raises
    ------
    ValueError
        If there are fewer than two: the method learns from differences between environments.
    """
    counts = np.bincount(dataset.env[dataset.in_learning], minlength=dataset.n_env)
    usable = np.flatnonzero(counts)
    if len(usable) < 2:
        shown = ", ".join(f"{name} ({count})" for name, count in zip(dataset.env_names, counts, strict=True) if count)
        raise ArgumentError(
            "env",
            (
                "have at least two environments with 30 or more individuals: exogenous directions are recognised by a"
                " distribution that is the same in all"
            ),
            f"{len(usable)}{(f': {shown}' if shown else '')}",
            "name another `env` column",
        )
    return usable


def _genotypes(G: Array, A: Array) -> Array:
    return np.hstack([G, A])


def mean_person(dataset: Dataset, coordinates: Coordinates) -> Array:
    """Return the variables of an individual with mean genotypes: an origin that avoids cancellation in squares."""
    return coordinates(dataset.fill.mean(axis=0)[None], dataset.A.mean(axis=0)[None])[0]


def environment_moments(dataset: Dataset, coordinates: Coordinates = _genotypes) -> EnvironmentMoments:
    """Compute moments of genotypes, or of functions of them, in each usable environment in one pass over the blocks.

    Parameters
    ----------
    dataset : Dataset
        Data set; only the rows marked for learning are used.
    coordinates : callable, optional
        Function that returns the variables, for example :meth:`Encoder.coordinates`. The default is the genotypes and
        auxiliary features.

    Returns
    -------
    EnvironmentMoments
        Moments of the ``p`` variants (or ``c`` coordinates) followed by the ``a`` auxiliary features.
    """
    usable = usable_environments(dataset)
    position = np.full(dataset.n_env, -1)
    position[usable] = np.arange(len(usable))
    origin = mean_person(dataset, coordinates)
    size = len(origin)
    n, total, cross = (
        np.zeros(len(usable)),
        np.zeros((len(usable), size)),
        np.zeros((len(usable), size, size)),
    )
    for rows, block in dataset.blocks(np.flatnonzero(dataset.in_learning)):
        codes = position[dataset.env[rows]]
        values = coordinates(block, dataset.A[rows]) - origin
        for e in np.unique(codes):
            part = values[codes == e]
            n[e] += len(part)
            total[e] += part.sum(axis=0)
            cross[e] += part.T @ part
    mean = total / n[:, None]
    covariance = cross / n[:, None, None] - mean[:, :, None] * mean[:, None, :]
    return EnvironmentMoments(n, mean + origin, covariance)


def free_of_aux(moments: EnvironmentMoments, p: int) -> tuple[Array, EnvironmentMoments]:
    """Regress the first ``p`` variables on the others, the auxiliary features.

    Returns
    -------
    np.ndarray of dimension (a, p)
        Coefficients.
    EnvironmentMoments
        Moments of the residuals of the ``p`` variables.
    """
    total = moments.mean.shape[1]
    _, coefficients = partial_out(moments.pooled, slice(p, total))
    aux_weights = coefficients[:, :p]
    return aux_weights, moments.mapped(np.vstack([np.eye(p), -aux_weights]))


def mean_shift(moments: EnvironmentMoments) -> Shift:
    """Measure how far apart the mean genotypes of the environments are.

    Returns
    -------
    Shift
        Effect averaged over the principal directions of the means, in coordinates white within environments (Pillai's
        trace over their number).
    """
    within = moments.within
    root = symmetric_root(within, np.diag(within))
    shift = (moments.mean - moments.pooled_mean) @ root
    between = np.maximum(np.linalg.eigvalsh((shift.T * moments.weight) @ shift), 0.0)
    return Shift(
        statistic=float(moments.n @ (shift**2).sum(axis=1)),
        df=(len(moments.n) - 1) * root.shape[1],
        effect=float(np.mean(between / (1 + between))),
    )

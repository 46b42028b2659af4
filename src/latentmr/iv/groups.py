"""Sums over clusters: the middle part ("meat") of a sandwich covariance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from latentmr.typing import Array

__all__ = ["Grouping", "add_within", "groupings", "positive"]


@dataclass(frozen=True)
class Grouping:
    """One term of a clustered covariance.

    Parameters
    ----------
    sign : int
        1, or -1 for the intersection of two clusterings.
    codes : np.ndarray of dimension (n,)
        Cluster of each row, 0, 1, ...
    count : int
        Number of clusters.
    """

    sign: int
    codes: NDArray[np.int64]
    count: int


def groupings(cluster: NDArray[np.int64]) -> list[Grouping]:
    """Return the terms of the one-way or two-way clustered covariance.

    The two-way covariance is the covariance clustered by the first label, plus that clustered by the second, minus that
    clustered by their intersection (Cameron, Gelbach and Miller, 2011).

    Parameters
    ----------
    cluster : np.ndarray of dimension (n, 1) or (n, 2)
        Cluster codes from 0.

    Returns
    -------
    list of Grouping
    """
    single = [Grouping(1, codes, int(codes.max()) + 1) for codes in cluster.T]
    if len(single) == 1:
        return single
    both = np.unique(cluster, axis=0, return_inverse=True)[1].ravel()
    return [*single, Grouping(-1, both, int(both.max()) + 1)]


def add_within(sums: Array, values: Array, labels: NDArray[np.int64]) -> None:
    """Add rows of ``values`` to the sums of their clusters, in place.

    Parameters
    ----------
    sums : np.ndarray of dimension (g, d)
        Sums of the clusters.
    values : np.ndarray of dimension (b, d)
        Rows to add.
    labels : np.ndarray of dimension (b,)
        Cluster of each row.
    """
    present, position = np.unique(labels, return_inverse=True)
    shape = (len(present), len(labels))
    sums[present] += csr_array((np.ones(len(labels)), (position, np.arange(len(labels)))), shape=shape) @ values


def positive(V: Array) -> Array:
    """Return the nearest positive semidefinite matrix: a two-way clustered covariance may have negative eigenvalues."""
    values, vectors = np.linalg.eigh((V + V.T) / 2)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)

"""Clusters that stay whole. Of two clusterings, the one with fewer clusters is used."""

import numpy as np

from latentmr.data import Dataset
from latentmr.typing import Codes

__all__ = ["coarsest_clusters", "whole_units"]


def coarsest_clusters(dataset: Dataset) -> Codes | None:
    """Return the clusters of all individuals in the clustering with the fewest clusters, or None without clusters."""
    if not dataset.cluster.shape[1]:
        return None
    return np.asarray(dataset.cluster[:, int(np.argmin(dataset.cluster.max(axis=0)))])


def whole_units(dataset: Dataset, rows: Codes) -> Codes:
    """Return a code from 0 for each row: its cluster within its environment, or without clusters the individual."""
    cluster = coarsest_clusters(dataset)
    if cluster is None:
        return np.arange(len(rows))
    pair = cluster[rows] * dataset.n_env + dataset.env[rows]
    return np.asarray(np.unique(pair, return_inverse=True)[1], dtype=np.int64)

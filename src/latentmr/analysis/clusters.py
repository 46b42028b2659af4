"""Who belongs together: of two clusterings, the one with fewer clusters counts wherever people are moved whole."""

import numpy as np

from latentmr.data import Dataset
from latentmr.typing import Codes

__all__ = ["coarsest_clusters", "whole_units"]


def coarsest_clusters(dataset: Dataset) -> Codes | None:
    """Code of everyone's cluster, of the clustering with the fewest; None without clusters."""
    if not dataset.cluster.shape[1]:
        return None
    return np.asarray(dataset.cluster[:, int(np.argmin(dataset.cluster.max(axis=0)))])


def whole_units(dataset: Dataset, rows: Codes) -> Codes:
    """Code, from 0 without gaps, of the cluster of each row within its environment; of the person without clusters."""
    cluster = coarsest_clusters(dataset)
    if cluster is None:
        return np.arange(len(rows))
    pair = cluster[rows] * dataset.n_env + dataset.env[rows]
    return np.asarray(np.unique(pair, return_inverse=True)[1], dtype=np.int64)

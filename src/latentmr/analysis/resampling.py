"""Units of resampling within environments: individuals or groups of them, with whole clusters."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.analysis.clusters import coarsest_clusters
from latentmr.data import Dataset
from latentmr.typing import Array

__all__ = ["SMALLEST_NUMBER", "ResamplingUnits", "resampling_units"]


#: Minimum number of units in an environment: fewer units do not estimate the sampling error.
SMALLEST_NUMBER = 10


@dataclass(frozen=True)
class ResamplingUnits:
    """Groups of individuals that are resampled together.

    Parameters
    ----------
    of : np.ndarray of dimension (n,)
        Unit of each row of the data; -1 for unused rows.
    env : np.ndarray of dimension (J,)
        Environment of each unit.
    source : np.ndarray of dimension (J,)
        Units of the same source are resampled together: they are the parts of a cluster in several environments.
    """

    of: NDArray[np.int64]
    env: NDArray[np.int64]
    source: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Return the number of units."""
        return len(self.env)

    def weights(self, rng: np.random.Generator, replicates: int) -> Array:
        """Return random weights ``[replicates, J]`` with mean one in every environment.

        They are the weights of the Bayesian bootstrap (Rubin, 1981). The Dirichlet parameter is such that the spread of
        a mean is that of its sampling error. Unlike counts, the weights are never zero, so that no rare variant
        disappears from a replicate.
        """
        per_environment = np.bincount(self.env)
        fewest = int(per_environment[per_environment > 0].min())
        sizes = per_environment[self.env].astype(float)
        first = np.unique(self.source, return_index=True)[1]
        shape = np.maximum((sizes[first] - 2) / sizes[first], 1 / max(fewest, 2))
        drawn = rng.gamma(shape, size=(replicates, len(first)))[:, self.source]
        total = np.zeros((replicates, len(per_environment)))
        for j in range(replicates):
            total[j] = np.bincount(self.env, drawn[j], minlength=len(per_environment))
        return np.asarray(drawn / total[:, self.env] * sizes)


def resampling_units(dataset: Dataset, most: int, rng: np.random.Generator) -> ResamplingUnits:
    """Assign individuals, or whole clusters, to units within environments.

    Parameters
    ----------
    dataset : Dataset
        Data set. If there are two clusterings, that with the fewest clusters stays whole.
    most : int
        Maximum number of units, which memory limits; each environment has at least ``SMALLEST_NUMBER``. If there are
        fewer individuals, each individual is a unit.
    rng : numpy.random.Generator

    Returns
    -------
    ResamplingUnits
    """
    used = dataset.in_learning | dataset.in_estimation
    cluster = coarsest_clusters(dataset)
    single = np.arange(dataset.n) if cluster is None else np.unique(cluster, return_inverse=True)[1]
    together = int(single.max()) + 1
    share = max(1, -(-int(used.sum()) // max(most, 1)))
    spanning = _spans(single, dataset.env, used)
    if spanning:
        # clusters in several environments are assigned once, and their parts are resampled together
        buckets = min(together, max(SMALLEST_NUMBER, most // max(1, dataset.n_env)))
        bucket = rng.permutation(together)[single] % buckets
    else:
        bucket = _assigned(single, dataset.env, used, share, rng)
    pair = np.where(used, dataset.env * (int(bucket.max()) + 1) + bucket, -1)
    names, of = np.unique(pair[used], return_inverse=True)
    width = int(bucket.max()) + 1
    out = np.full(dataset.n, -1)
    out[used] = of
    source = np.unique(names % width if spanning else names, return_inverse=True)[1]
    return ResamplingUnits(out, names // width, source)


def _spans(single: NDArray[np.int64], env: NDArray[np.int64], used: NDArray[np.bool_]) -> bool:
    """Return whether a cluster has individuals in two environments."""
    low = np.full(int(single.max()) + 1, np.iinfo(np.int64).max)
    high = np.full(len(low), -1)
    np.minimum.at(low, single[used], env[used])
    np.maximum.at(high, single[used], env[used])
    return bool((high > low).any())


def _assigned(
    single: NDArray[np.int64],
    env: NDArray[np.int64],
    used: NDArray[np.bool_],
    share: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Return the unit, numbered within its environment, to which each cluster or individual is assigned."""
    home = np.zeros(int(single.max()) + 1, dtype=np.int64)
    home[single] = env
    sizes = np.bincount(single[used], minlength=len(home))
    unit = np.zeros(len(home), dtype=np.int64)
    for e in np.unique(env[used]):
        members = np.flatnonzero((home == e) & (sizes > 0))
        buckets = min(len(members), max(SMALLEST_NUMBER, int(sizes[members].sum()) // share))
        unit[members] = rng.permutation(len(members)) % buckets
    return unit[single]

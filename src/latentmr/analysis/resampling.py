"""Units of resampling: people, or groups of them, within environments, with clusters kept whole."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.analysis.clusters import coarsest_clusters
from latentmr.data import Dataset
from latentmr.typing import Array

__all__ = ["SMALLEST_NUMBER", "ResamplingUnits", "resampling_units"]


#: Fewest units in an environment: fewer say too little of the sampling error.
SMALLEST_NUMBER = 10


@dataclass(frozen=True)
class ResamplingUnits:
    """Who is drawn together.

    Parameters
    ----------
    of : np.ndarray of dimension (n,)
        Unit of each row of the data; -1 for rows that nothing uses.
    env : np.ndarray of dimension (J,)
        Environment of each unit.
    source : np.ndarray of dimension (J,)
        Units of one source, the parts of a cluster that lives in several environments, are drawn together.
    """

    of: NDArray[np.int64]
    env: NDArray[np.int64]
    source: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.env)

    def weights(self, rng: np.random.Generator, draws: int) -> Array:
        """Random weights ``[draws, J]``, of mean one in every environment.

        Those of the Bayesian bootstrap (Rubin, 1981), with the Dirichlet parameter for which the spread of a mean is
        that of its sampling error: unlike counts they are never zero, so that no rare variant disappears from a draw.
        """
        per_environment = np.bincount(self.env)
        fewest = int(per_environment[per_environment > 0].min())
        sizes = per_environment[self.env].astype(float)
        first = np.unique(self.source, return_index=True)[1]
        shape = np.maximum((sizes[first] - 2) / sizes[first], 1 / max(fewest, 2))
        drawn = rng.gamma(shape, size=(draws, len(first)))[:, self.source]
        total = np.zeros((draws, len(per_environment)))
        for j in range(draws):
            total[j] = np.bincount(self.env, drawn[j], minlength=len(per_environment))
        return np.asarray(drawn / total[:, self.env] * sizes)


def resampling_units(dataset: Dataset, most: int, rng: np.random.Generator) -> ResamplingUnits:
    """Deal people, or whole clusters, into units within environments.

    Parameters
    ----------
    dataset : Dataset
        The clustering with the fewest clusters is kept whole, where there are two.
    most : int
        Units, which memory bounds, but for ``SMALLEST_NUMBER`` in each environment; people are units of their own where
        they are fewer.
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
        # clusters that cross environments: dealt once, and each environment's part drawn with the others
        buckets = min(together, max(SMALLEST_NUMBER, most // max(1, dataset.n_env)))
        bucket = rng.permutation(together)[single] % buckets
    else:
        bucket = _dealt(single, dataset.env, used, share, rng)
    pair = np.where(used, dataset.env * (int(bucket.max()) + 1) + bucket, -1)
    names, of = np.unique(pair[used], return_inverse=True)
    width = int(bucket.max()) + 1
    out = np.full(dataset.n, -1)
    out[used] = of
    source = np.unique(names % width if spanning else names, return_inverse=True)[1]
    return ResamplingUnits(out, names // width, source)


def _spans(single: NDArray[np.int64], env: NDArray[np.int64], used: NDArray[np.bool_]) -> bool:
    """Whether a cluster has people in two environments."""
    low = np.full(int(single.max()) + 1, np.iinfo(np.int64).max)
    high = np.full(len(low), -1)
    np.minimum.at(low, single[used], env[used])
    np.maximum.at(high, single[used], env[used])
    return bool((high > low).any())


def _dealt(
    single: NDArray[np.int64],
    env: NDArray[np.int64],
    used: NDArray[np.bool_],
    share: int,
    rng: np.random.Generator,
) -> NDArray[np.int64]:
    """Number, within its environment, of the unit that each cluster (or person) goes to."""
    home = np.zeros(int(single.max()) + 1, dtype=np.int64)
    home[single] = env
    people = np.bincount(single[used], minlength=len(home))
    unit = np.zeros(len(home), dtype=np.int64)
    for e in np.unique(env[used]):
        members = np.flatnonzero((home == e) & (people > 0))
        buckets = min(len(members), max(SMALLEST_NUMBER, int(people[members].sum()) // share))
        unit[members] = rng.permutation(len(members)) % buckets
    return unit[single]

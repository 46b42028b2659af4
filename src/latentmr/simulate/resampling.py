"""Resample genomes in blocks that are copied from real individuals."""

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.typing import Array, Codes, Integers

__all__ = ["Donors", "calls_of", "drawn_where_missing"]


class Donors:
    """The real individuals from whom simulated ones copy the blocks of their genomes.

    Instruments and other variants of one block have the same donors.

    Parameters
    ----------
    source : Dataset
        Genotypes of real individuals; its environments are their populations.
    ancestry : np.ndarray of dimension (n, K)
        Share of each population in the ancestry of each simulated individual. The population of a block is drawn by
        these shares.
    """

    def __init__(self, source: Dataset, ancestry: Array) -> None:
        self._source = source
        self._groups = [np.flatnonzero(source.env == k) for k in range(source.n_env)]
        self._shares = np.cumsum(ancestry, axis=1)
        self._pure = ancestry.argmax(axis=1) if (ancestry.max(axis=1) == 1).all() else None
        self._known: dict[int, tuple[Codes, Integers]] = {}

    def __repr__(self) -> str:
        n, K = self._shares.shape
        return f"Donors: {self._source.n:,} individuals of {K} populations for {n:,} simulated ones"

    def instruments(self, columns: Integers, block: Codes, rng: np.random.Generator) -> NDArray[np.int8]:
        """Draw the donors of blocks that hold instruments, and copy these.

        Parameters
        ----------
        columns : np.ndarray of int of dimension (p,)
            Variants, by position in the source.
        block : np.ndarray of int of dimension (p,)
            Block of each variant.
        rng : np.random.Generator

        Returns
        -------
        np.ndarray of dimension (n, p)
            Allele counts; missing calls are drawn from the frequencies of the population.
        """
        calls, frequency = calls_of(self._source, columns)
        n = len(self._shares)
        G = np.empty((n, len(columns)), dtype=np.int8)
        for b in np.unique(block).tolist():
            self._known[b] = self._populations(rng), np.empty(n, dtype=np.int64)
        for k, group in enumerate(self._groups):
            for b, (population, donors) in self._known.items():
                rows, places = np.flatnonzero(population == k), np.flatnonzero(block == b)
                donors[rows] = rng.choice(group, len(rows))
                copied = calls[np.ix_(donors[rows], places)]
                drawn = rng.binomial(2, frequency[k, places], copied.shape)
                G[np.ix_(rows, places)] = np.where(copied < 0, drawn, copied)
        return G

    def others(self, columns: Integers, block: Codes, rng: np.random.Generator) -> NDArray[np.int8]:
        """Copy other variants, in blocks with instruments from the donors of these.

        Parameters and result are those of :meth:`instruments`, which is called first.
        """
        calls, frequency = calls_of(self._source, columns)
        # one variant after the other, as all uses of them read them
        G = np.empty((len(self._shares), len(columns)), dtype=np.int8, order="F")
        for b in np.unique(block).tolist():
            population, donors = self._known.get(b) or self._drawn(rng)
            places = np.flatnonzero(block == b)
            copied = calls[np.ix_(donors, places)]
            G[:, places] = drawn_where_missing(copied, population, frequency[:, places], rng)
        return G

    def _populations(self, rng: np.random.Generator) -> Codes:
        if self._pure is not None:
            return self._pure
        position = rng.random((len(self._shares), 1)) * self._shares[:, -1:]
        return np.asarray((self._shares <= position).sum(axis=1), dtype=np.int64)

    def _drawn(self, rng: np.random.Generator) -> tuple[Codes, Integers]:
        population = self._populations(rng)
        donors = np.empty(len(population), dtype=np.int64)
        for k, group in enumerate(self._groups):
            rows = np.flatnonzero(population == k)
            donors[rows] = rng.choice(group, len(rows))
        return population, donors


def calls_of(source: Dataset, columns: Integers) -> tuple[NDArray[np.int8], Array]:
    """Return the calls ``[n, p]`` of some variants, and their frequencies ``[K, p]`` in the populations."""
    # the fill table holds mean counts
    return np.ascontiguousarray(source.G[:, columns]), np.clip(source.fill[:, columns] / 2, 0, 1)


def drawn_where_missing(
    calls: NDArray[np.int8], population: Codes, frequency: Array, rng: np.random.Generator
) -> NDArray[np.int8]:
    """Draw missing calls from the frequencies of the population, in place.

    Parameters
    ----------
    calls : np.ndarray of dimension (n, p)
        Allele counts, negative if missing.
    population : np.ndarray of int of dimension (n,)
        Population of each row.
    frequency : np.ndarray of dimension (K, p)
        Frequencies in the populations.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of dimension (n, p)
        The same array.
    """
    rows, places = np.nonzero(calls < 0)
    calls[rows, places] = rng.binomial(2, frequency[population[rows], places])
    return calls

"""Genotypes held in memory, for many passes over them."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.source import Described, Progress, Remarks, Source
from latentmr.data.genotypes.streaming import stream

__all__ = ["Held", "hold"]

#: Maximum bytes that are held.
MOST = 256 << 20


class Held(Described):
    """Genotypes in memory, with the interface of a source.

    Parameters
    ----------
    G : np.ndarray of int8 of dimension (n, p)
        Hard calls, -127 if missing.
    variants : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele`` of the p variants.
    samples : pandas.Index
        Sample ids.
    path, argument : str
        Origin, for messages.
    """

    def __init__(
        self,
        G: NDArray[np.int8],
        variants: pd.DataFrame,
        samples: pd.Index,
        path: str = "memory",
        argument: str = "genotypes",
    ) -> None:
        self.G, self.variants, self.samples, self.path, self.argument = G, variants, samples, path, argument
        self.total, self.example, self.remarks = G.shape[1], str(variants["id"].iloc[0]), Remarks()

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Return genotypes of chosen individuals and variants; see :class:`~latentmr.data.genotypes.source.Source`."""
        # slices, which are not copied, where the positions are a range
        first, second = _range(rows), _range(columns)
        whole = isinstance(first, slice) or isinstance(second, slice)
        block = self.G[first, second] if whole else self.G[np.ix_(rows, columns)]
        if progress is not None:
            progress(len(columns), len(columns))
        return block, "counts"


def hold(
    source: Source, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
) -> tuple[Source, NDArray[np.int64], NDArray[np.int64]]:
    """Read genotypes into memory if they are hard calls of at most 256 MiB.

    Parameters
    ----------
    source : Source
        Genotypes.
    rows, columns : np.ndarray of int
        Individuals and variants, by position in the source.
    progress : callable, optional
        Called with the number of variants read and the number to read.

    Returns
    -------
    Source
        The genotypes in memory, or the given source.
    np.ndarray of int
        Individuals, by position in it.
    np.ndarray of int
        Variants, by position in it.
    """
    size = len(rows) * len(columns)
    if not 0 < size <= MOST or isinstance(source, Held):
        return source, rows, columns
    G = np.empty((len(rows), len(columns)), dtype=np.int8)
    for part, block in stream(source, rows, columns, progress=progress):
        if block.dtype != np.int8:
            return source, rows, columns
        G[:, part] = block
    variants = source.variants.iloc[columns].reset_index(drop=True)
    inside = Held(G, variants, pd.Index(rows), path=source.path)
    places: list[NDArray[np.int64]] = [np.arange(size, dtype=np.int64) for size in G.shape]
    return inside, places[0], places[1]


def _range(places: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    if len(places) and places[-1] - places[0] == len(places) - 1 and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places

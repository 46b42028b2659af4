"""Genotypes read from storage in blocks of variants, for whole genomes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.source import Source

__all__ = ["stream"]

#: Maximum bytes of a block of genotypes, as hard calls.
BYTES = 64 << 20


def stream(
    source: Source,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    *,
    size: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Read genotypes in successive blocks of variants.

    Parameters
    ----------
    source : Source
        Genotypes.
    rows, columns : np.ndarray of int
        Individuals and variants, by position in the source.
    size : int, optional
        Number of variants in a block; by default as many as fit into 64 MiB as hard calls.
    progress : callable, optional
        Called after each block with the number of variants read and the number to read.

    Yields
    ------
    slice
        Position of the block in ``columns``.
    np.ndarray of dimension (len(rows), variants of the block)
        Hard calls (int8, -127 missing) or float32 (NaN missing).
    """
    size = size or max(1, BYTES // max(len(rows), 1))
    for start in range(0, len(columns), size):
        part = slice(start, min(start + size, len(columns)))
        block, _ = source.read(rows, columns[part])
        yield part, block
        if progress is not None:
            progress(part.stop, len(columns))

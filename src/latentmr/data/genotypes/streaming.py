"""Genotypes from storage in blocks of variants, for work on whole genomes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.source import Source

__all__ = ["stream"]

#: Bytes that a block of genotypes takes, at most, as hard calls.
BYTES = 64 << 20


def stream(
    source: Source,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    *,
    size: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Read genotypes a block of variants after the other.

    Parameters
    ----------
    source : Source
        Genotypes.
    rows, columns : np.ndarray of int
        People and variants, by place in the source.
    size : int, optional
        Variants in a block; by default as many as 64 MiB of hard calls hold.
    progress : callable, optional
        Told the number of variants that were read, and of all, after each block.

    Yields
    ------
    slice
        Place of the block in ``columns``.
    np.ndarray of dimension (len(rows), variants of the block)
        int8 hard calls (-127 missing) or float32 (NaN missing).
    """
    size = size or max(1, BYTES // max(len(rows), 1))
    for start in range(0, len(columns), size):
        part = slice(start, min(start + size, len(columns)))
        block, _ = source.read(rows, columns[part])
        yield part, block
        if progress is not None:
            progress(part.stop, len(columns))

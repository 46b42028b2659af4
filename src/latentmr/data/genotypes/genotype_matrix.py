"""Genotypes that are read one variant at a time, gathered into a matrix of the smallest type that holds them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.genotypes import BLOCK, MISSING_CALL
from latentmr.data.genotypes.source import Progress
from latentmr.errors import ArgumentError

__all__ = ["Gathering", "as_floats", "in_parts"]

#: Variants that are written together, so that each row of the matrix is touched once for all of them.
WAITING = 16
#: Individuals that are processed at once.
PART = 1 << 16
#: Bytes of hard calls that are read at once.
AT_ONCE = 256 << 20
#: Largest distance of a dosage from a whole number that counts as rounding error.
EXACT = 1e-5


class Gathering:
    """A matrix that is filled variant by variant: int8 if all values are 0, 1, 2 or missing, and float32 otherwise.

    Parameters
    ----------
    n, p : int
        Numbers of individuals and variants.

    Examples
    --------
    >>> gathering = Gathering(3, 2)
    >>> gathering.add(1, np.array([0, 2, np.nan], dtype=np.float32))
    >>> gathering.add(0, np.array([0, 1, 1], dtype=np.int8))
    >>> G, kind = gathering.result()
    >>> kind, G[:, 1].tolist()
    ('counts', [0, 2, -127])
    """

    def __init__(self, n: int, p: int) -> None:
        self._G: NDArray[Any] = np.empty((n, p), dtype=np.int8)
        self._waiting: NDArray[Any] = np.empty((min(WAITING, p), n), dtype=np.int8)
        self._columns: list[int] = []

    def add(self, column: int, values: NDArray[Any]) -> None:
        """Add one variant: int8 hard calls (-127 missing) or floats (NaN missing).

        Raises
        ------
        ValueError
            If a float lies outside 0 to 2.
        """
        if values.dtype != np.int8:
            values = self._calls(values)
        if values.dtype == np.int8 and self._G.dtype != np.int8:
            values = as_floats(values)
        self._waiting[len(self._columns)] = values
        self._columns.append(column)
        if len(self._columns) == len(self._waiting):
            self._write()

    def result(self) -> tuple[NDArray[Any], str]:
        """Return the matrix and its kind: ``counts`` or ``dosages``."""
        self._write()
        return self._G, "counts" if self._G.dtype == np.int8 else "dosages"

    def _calls(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return hard calls if all variants so far allow it; otherwise the values, and convert the earlier variants."""
        calls, whole = np.empty(len(values), dtype=np.int8), self._G.dtype == np.int8
        # in parts that stay in the processor's cache
        for start in range(0, len(values), PART):
            part = values[start : start + PART]
            low, high = np.fmin.reduce(part), np.fmax.reduce(part)
            if low < -EXACT or high > 2 + EXACT:
                raise ArgumentError(
                    "genotypes", "lie between 0 and 2", f"{low if low < 0 else high:g}", "check the field"
                )
            if not whole:
                continue
            near = np.rint(part)
            # a comparison with NaN is false: a missing value is no fraction
            whole = not (np.abs(part - near) > EXACT).any()
            near[np.isnan(near)] = MISSING_CALL
            calls[start : start + PART] = near
        if whole:
            return calls
        if self._G.dtype == np.int8:
            self._write()
            self._G, self._waiting = as_floats(self._G), np.empty(self._waiting.shape, dtype=np.float32)
        return values

    def _write(self) -> None:
        columns, block = self._columns, self._waiting[: len(self._columns)]
        for start in range(0, len(self._G) if columns else 0, BLOCK):
            self._G[start : start + BLOCK, columns] = block[:, start : start + BLOCK].T
        self._columns = []


def as_floats(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return a float32 copy of hard calls, with NaN for missing calls."""
    out = np.empty(values.shape, dtype=np.float32)
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        out[start : start + BLOCK] = np.where(block == MISSING_CALL, np.float32(np.nan), block)
    return out


def in_parts(
    read: Callable[[slice], NDArray[np.int8]], n: int, p: int, progress: Progress | None = None
) -> NDArray[np.int8]:
    """Read hard calls of n individuals and p variants in parts, to report progress.

    Parameters
    ----------
    read : callable
        Function that reads the variants of a slice into a matrix of dimension (n, variants of the slice).
    n, p : int
        Numbers of individuals and variants.
    progress : callable, optional
        Called with the number of variants read and the number to read.

    Returns
    -------
    np.ndarray of int8 of dimension (n, p)
    """
    size = max(1, AT_ONCE // max(n, 1))
    G = read(slice(0, p)) if p <= size else np.empty((n, p), dtype=np.int8)
    for start in range(0, p if p > size else 0, size):
        part = slice(start, min(start + size, p))
        G[:, part] = read(part)
        if progress is not None:
            progress(part.stop, p)
    if progress is not None:
        progress(p, p)
    return G

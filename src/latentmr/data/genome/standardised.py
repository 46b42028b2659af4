"""Products with genotypes that are standardised by allele frequency and read in blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.genotypes import is_missing
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.genotypes.streaming import BYTES, stream
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Standardised", "frequencies_of", "mean_of", "moments_of"]

Blocks = Iterator[tuple[slice, NDArray[Any]]]

#: Rows and variants that are held as floats at once.
ROWS, COLUMNS = 4096, 512


@dataclass(frozen=True, repr=False)
class Standardised:
    """Matrix X of standardised genotypes, n x p, that is never wholly in memory.

    Parameters
    ----------
    source : Source
        Genotypes.
    rows, columns : np.ndarray of int
        Individuals and variants, by position in the source.
    frequencies : np.ndarray of dimension (p,)
        Frequencies of the counted alleles, strictly between 0 and 1.
    progress : callable, optional
        Called in each pass with the number of variants read and the number to read.
    single : bool
        Whether products with vectors are computed in single precision, which takes half the time and memory.
    """

    source: Source
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    frequencies: Array
    progress: Progress | None
    single: bool = False

    @property
    def deviations(self) -> Array:
        """Return the standard deviations of the genotypes implied by the frequencies."""
        return np.sqrt(2 * self.frequencies * (1 - self.frequencies))

    def relationship(self) -> Array:
        """Compute the whole matrix XX'."""
        out = np.zeros((len(self.rows), len(self.rows)))
        for part, block in blocks(self.source, self.rows, self.columns, self.progress):
            X = _filled(block, 2 * self.frequencies[part])
            X -= 2 * self.frequencies[part]
            X /= self.deviations[part]
            out += X @ X.T
        return out

    @property
    def kind(self) -> type[np.floating[Any]]:
        """Return the type of products with vectors."""
        return np.float32 if self.single else np.float64

    def relate(self, Q: Array) -> Array:
        """Compute XX'Q in one pass."""
        Q = Q.astype(self.kind, copy=False)
        out, total = np.zeros_like(Q), Q.sum(axis=0, dtype=np.float64)
        for part, block in blocks(self.source, self.rows, self.columns, self.progress):
            self._add(out, part, block, self._transposed(part, block, Q, total))
        return out

    def times(self, weights: Array) -> Array:
        """Compute X times weights ``[p k]``."""
        out = np.zeros((len(self.rows), weights.shape[1]), dtype=self.kind)
        for part, block in blocks(self.source, self.rows, self.columns, self.progress):
            self._add(out, part, block, weights[part])
        return out

    def transposed_times(self, Q: Array) -> Array:
        """Compute X'Q ``[p k]``."""
        Q = Q.astype(self.kind, copy=False)
        out, total = np.empty((len(self.columns), Q.shape[1])), Q.sum(axis=0, dtype=np.float64)
        for part, block in blocks(self.source, self.rows, self.columns, self.progress):
            out[part] = self._transposed(part, block, Q, total)
        return out

    def there_and_back(self, Q: Array, first: int) -> tuple[Array, Array]:
        """Compute W = X'Q ``[p k]``, and X times the first columns of W, in one pass."""
        Q = Q.astype(self.kind, copy=False)
        out, total = np.empty((len(self.columns), Q.shape[1])), Q.sum(axis=0, dtype=np.float64)
        back = np.zeros((len(self.rows), first), dtype=self.kind)
        for part, block in blocks(self.source, self.rows, self.columns, self.progress):
            out[part] = self._transposed(part, block, Q, total)
            self._add(back, part, block, out[part, :first])
        return out, back

    def gram(self) -> Array:
        """Compute the whole matrix X'X, with products in single precision."""
        p = len(self.columns)
        out = np.empty((p, p))
        for start in range(0, p, COLUMNS):
            first = slice(start, min(start + COLUMNS, p))
            G, _ = self.source.read(self.rows, self.columns[first])
            for part, block in blocks(self.source, self.rows, self.columns[start:], self.progress):
                second = slice(start + part.start, start + part.stop)
                out[first, second] = self._products(first, G, second, block)
                out[second, first] = out[first, second].T
        return out

    def part(self, chosen: NDArray[np.int64]) -> Array:
        """Return the columns of X at chosen places ``[n b]``, in single precision."""
        G, _ = self.source.read(self.rows, self.columns[chosen])
        X = _filled(G, 2 * self.frequencies[chosen], np.float32)
        X -= (2 * self.frequencies[chosen]).astype(np.float32)
        X /= self.deviations[chosen].astype(np.float32)
        return X

    def _products(self, first: slice, left: NDArray[Any], second: slice, right: NDArray[Any]) -> Array:
        sums = np.zeros((left.shape[1], right.shape[1]))
        means = [2 * self.frequencies[each] for each in (first, second)]
        for start in range(0, len(left), ROWS):
            pair = [
                _filled(G[start : start + ROWS], mean, np.float32) - mean.astype(np.float32)
                for G, mean in zip((left, right), means, strict=True)
            ]
            sums += pair[0].T @ pair[1]
        return np.asarray(sums / np.outer(self.deviations[first], self.deviations[second]))

    # X is (G - means) / deviations: only the small matrices that multiply G are scaled, not G itself
    def _transposed(self, part: slice, block: NDArray[Any], Q: Array, total: Array) -> Array:
        means = 2 * self.frequencies[part]
        out = -np.outer(means, total)
        for start in range(0, len(block), ROWS):
            out += _filled(block[start : start + ROWS], means, self.kind).T @ Q[start : start + ROWS]
        return np.asarray(out / self.deviations[part][:, None])

    def _add(self, out: Array, part: slice, block: NDArray[Any], weights: Array) -> None:
        means, scaled = 2 * self.frequencies[part], weights / self.deviations[part][:, None]
        offset = (means @ scaled).astype(self.kind)
        scaled = scaled.astype(self.kind, copy=False)
        for start in range(0, len(block), ROWS):
            out[start : start + ROWS] += _filled(block[start : start + ROWS], means, self.kind) @ scaled - offset


def frequencies_of(
    source: Source, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None
) -> Array:
    """Compute the frequencies of the counted alleles; NaN without a call."""
    return moments_of(source, rows, columns, progress)[0]


def moments_of(
    source: Source,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    progress: Progress | None,
    copied: NDArray[np.int64] | None = None,
) -> tuple[Array, Array, NDArray[np.int8] | None]:
    """Compute the frequencies of the counted alleles, and the sums of squares of the calls about their means.

    The hard calls of the individuals at the places ``copied`` of ``rows`` are returned as well; None if there are none.
    """
    frequencies, squares = np.empty(len(columns)), np.empty(len(columns))
    copy = None if copied is None else np.empty((len(copied), len(columns)), dtype=np.int8)
    for part, block in blocks(source, rows, columns, progress):
        if block.dtype != np.int8 and ((block < 0) | (block > 2)).any():
            raise ArgumentError(
                f"{source.path}",
                "hold genotypes between 0 and 2, to be standardised by allele frequency",
                "values outside this range",
                "choose other columns",
            )
        called, total, square = _sums(block)
        means = np.where(called > 0, total / np.maximum(called, 1), np.nan)
        frequencies[part] = means / 2
        squares[part] = square - called * means**2
        if copy is not None and block.dtype == np.int8:
            copy[:, part] = block[copied]
        else:
            copy = None
    return frequencies, squares, copy


def _sums(block: NDArray[Any]) -> tuple[Array, Array, Array]:
    """Return the number of calls of each variant, their sum and their sum of squares."""
    called, total, square = (np.zeros(block.shape[1]) for _ in range(3))
    for start in range(0, len(block), ROWS):
        chunk = block[start : start + ROWS]
        # sums of so few whole numbers are exact in single precision
        values = _filled(chunk, np.zeros(block.shape[1]), np.float32 if block.dtype == np.int8 else np.float64)
        called += len(chunk) if _complete(chunk) else (~is_missing(chunk)).sum(axis=0)
        total += values.sum(axis=0)
        square += np.einsum("ij,ij->j", values, values)
    return called, total, square


def mean_of(block: NDArray[Any]) -> Array:
    """Compute the mean of the calls of each variant; NaN without a call."""
    missing = is_missing(block)
    called = len(block) - missing.sum(axis=0)
    total = np.where(missing, 0, block).sum(axis=0, dtype=np.float64)
    return np.asarray(np.where(called > 0, total / np.maximum(called, 1), np.nan))


def blocks(source: Source, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None) -> Blocks:
    """Iterate over genotypes in blocks of variants."""
    return stream(source, rows, columns, size=min(COLUMNS, max(1, BYTES // max(len(rows), 1))), progress=progress)


def _filled(block: NDArray[Any], means: Array, dtype: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
    out = block.astype(dtype)
    if not _complete(block):
        missing = is_missing(block)
        out[missing] = np.broadcast_to(means, block.shape)[missing]
    return out


def _complete(block: NDArray[Any]) -> bool:
    """Return whether there is no missing call, without a mask."""
    lowest = block.min(initial=0)
    return bool(lowest >= 0) if block.dtype == np.int8 else not np.isnan(lowest)

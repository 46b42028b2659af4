"""Clumping: associated variants with the smallest p values that are not in linkage disequilibrium."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genome.ld import linkage_r2, locate, reach
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["REASONS", "Clumps", "clump"]


#: Bytes of hard calls in a block, and in all blocks held in memory.
BLOCK, HELD = 4 << 20, 256 << 20
#: Reasons for the fate of a variant.
REASONS = (
    "index variant",
    "in linkage disequilibrium with an index variant",
    "p value not small enough for an index variant, and none reaches it",
    "p value too large",
    "no p value",
)


@dataclass(frozen=True, repr=False)
class Clumps(Brief):
    """Index variants, and the clump of each other variant.

    Parameters
    ----------
    index : np.ndarray of int of dimension (m,)
        Index variants by position in the source, the smallest p value first.
    columns : np.ndarray of int of dimension (p,)
        Candidate variants, by position in the source.
    index_of : np.ndarray of int of dimension (p,)
        Position of each variant's index variant: its own for an index variant, -1 if it is in no clump.
    r2 : np.ndarray of dimension (p,)
        Squared correlation with the index variant: 1 for itself, NaN if the variant is in no clump.
    reason : np.ndarray of str of dimension (p,)
        One of ``REASONS`` for each variant.
    """

    index: NDArray[np.int64]
    columns: NDArray[np.int64]
    index_of: NDArray[np.int64]
    r2: Array
    reason: NDArray[np.object_]

    def members(self, index: int) -> NDArray[np.int64]:
        """Return the positions of the other variants in an index variant's clump, in the order of ``columns``."""
        inside = (self.index_of == index) & (self.columns != index)
        return self.columns[inside]


def clump(
    source: Source,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    p_values: Array,
    *,
    p1: float = 5e-8,
    p2: float | None = None,
    r2: float = 0.001,
    kb: float = 10_000.0,
    progress: Progress | None = None,
) -> Clumps:
    """Choose index variants by p value, and remove variants in linkage disequilibrium with them.

    The variant with the smallest p value becomes an index variant. Variants on its chromosome that are less than ``kb``
    away and have an r2 with it above the threshold join its clump. The next index variant is chosen among those that
    remain. Index variants and members are those of ``plink1.9 --clump``, also at the thresholds. A distance of exactly
    ``kb`` and an r2 of exactly ``r2`` are outside, and among equal p values the first variant in the file goes first.
    There is one difference: a variant with a p value of exactly ``p2`` is a member here, while PLINK drops it without
    listing it.

    Only variants with p values up to ``p2`` are read, at most 256 MiB at a time. For r2 see
    :func:`~latentmr.data.genome.ld.linkage_r2`; a variant that does not vary is in linkage disequilibrium with none.
    PLINK ignores individuals with a parent in the data: leave them out of ``rows``. Sex chromosomes are used as the
    file codes them.

    Parameters
    ----------
    source : Source
        Genotypes of the reference individuals.
    rows : np.ndarray of int of dimension (n,)
        Reference individuals, by position in the source.
    columns : np.ndarray of int of dimension (p,)
        Variants, by position in the source, each once.
    p_values : np.ndarray of dimension (p,)
        P values of the variants' associations; NaN if unknown.
    p1 : float
        Maximum p value of an index variant.
    p2 : float, optional
        Maximum p value of a member; by default ``p1``.
    r2 : float
        Linkage disequilibrium above which a variant joins an index variant, at least 0 and less than 1.
    kb : float
        Window on each side, in thousands of base pairs.
    progress : callable, optional
        Called with the number of variants with p values up to ``p2`` that are settled, and their total number.

    Returns
    -------
    Clumps

    Raises
    ------
    ValueError
        If a threshold is out of range, lengths differ, or a variant is repeated or has no position.

    References
    ----------
    Purcell et al. (2007) Am J Hum Genet 81:559. Chang et al. (2015) GigaScience 4:7. The defaults of ``r2`` and ``kb``
    are those of Hemani et al. (2018) eLife 7:e34408.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> G = np.array([[0, 0, 2], [1, 1, 0], [2, 2, 1], [1, 2, 1], [0, 0, 0], [2, 1, 1]], dtype=np.int8)
    >>> table = pd.DataFrame({"id": ["a", "b", "c"], "chrom": "1", "pos": ["100", "200", "300"]})
    >>> source = SimpleNamespace(variants=table, read=lambda rows, columns: (G[np.ix_(rows, columns)], "counts"))
    >>> found = clump(source, np.arange(6), np.arange(3), np.array([1e-9, 1e-12, 1e-10]), r2=0.3)
    >>> found.index, found.index_of, found.r2.round(2)
    (array([1, 2]), array([1, 1, 2]), array([0.43, 1.  , 1.  ]))
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    p2 = p1 if p2 is None else p2
    _check(rows, columns, p_values, p1, p2, r2, kb)
    known = np.isfinite(p_values)
    candidates = np.flatnonzero(known & (p_values <= p2))
    chromosomes, positions = locate(source.variants, columns[candidates])
    index_of, correlation = np.full(len(columns), -1, dtype=np.int64), np.full(len(columns), np.nan)
    done = 0
    for chromosome in range(int(chromosomes.max(initial=-1)) + 1):
        here = np.flatnonzero(chromosomes == chromosome)
        here = here[np.lexsort((columns[candidates[here]], positions[here]))]
        places = candidates[here]
        genotypes = _Held(source, rows, columns[places])
        search = _Search(genotypes, positions[here], p_values[places], columns[places], r2, reach(kb))
        for settled in search.run(p1):
            if progress is not None:
                progress(done + settled, len(candidates))
        joined = search.index >= 0
        index_of[places[joined]] = columns[places[search.index[joined]]]
        correlation[places] = search.correlation
        done += len(here)
    if progress is not None:
        progress(done, len(candidates))
    is_index = index_of == columns
    order = np.lexsort((columns[is_index], p_values[is_index]))
    codes = np.select([is_index, index_of >= 0, known & (p_values <= p2), known], [0, 1, 2, 3], 4)
    reason = np.array(REASONS, dtype=object)[codes]
    return Clumps(columns[is_index][order], columns, index_of, correlation, reason)


@dataclass(repr=False)
class _Held:
    """Genotypes of variants along a chromosome; the blocks used last are held in memory."""

    source: Source
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    blocks: OrderedDict[int, NDArray[Any]] = field(default_factory=OrderedDict)

    @property
    def size(self) -> int:
        """Return the number of variants in a block."""
        return max(1, BLOCK // len(self.rows))

    def parts(self, places: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
        """Iterate over genotypes at ascending positions, block by block."""
        starts = np.flatnonzero(np.diff(places // self.size, prepend=-1))
        for part in np.split(places, starts[1:]):
            number = int(part[0]) // self.size
            yield part, self._block(number)[:, part - number * self.size]

    def _block(self, number: int) -> NDArray[Any]:
        if number not in self.blocks:
            start = number * self.size
            block, _ = self.source.read(self.rows, self.columns[start : start + self.size])
            # variants are taken from a block one by one: each is contiguous in memory
            self.blocks[number] = np.asfortranarray(block)
        self.blocks.move_to_end(number)
        while len(self.blocks) > 1 and sum(block.nbytes for block in self.blocks.values()) > HELD:
            self.blocks.popitem(last=False)
        return self.blocks[number]


@dataclass(repr=False)
class _Search:
    """Clumps of one chromosome, with variants in order of position."""

    genotypes: _Held
    positions: NDArray[np.int64]
    p_values: Array
    columns: NDArray[np.int64]
    threshold: float
    radius: int

    def __post_init__(self) -> None:
        self.index = np.full(len(self.positions), -1, dtype=np.int64)
        self.correlation = np.full(len(self.positions), np.nan)
        self.settled = 0

    def run(self, p1: float) -> Iterator[int]:
        """Fill ``index`` and ``correlation``; yield the number of settled variants after each clump."""
        for i in np.lexsort((self.columns, self.p_values)):
            if self.p_values[i] > p1:
                return
            if self.index[i] < 0:
                self._grow(int(i))
                yield self.settled

    def _grow(self, i: int) -> None:
        self.index[i], self.correlation[i] = i, 1.0
        self.settled += 1
        first, last = self.positions[i] - self.radius, self.positions[i] + self.radius
        low, high = np.searchsorted(self.positions, [first, last + 1])
        near = low + np.flatnonzero(self.index[low:high] < 0)
        if not len(near):
            return
        _, own = next(self.genotypes.parts(np.array([i])))
        for part, block in self.genotypes.parts(near):
            r2 = linkage_r2(own, block)[0]
            joins = r2 > self.threshold
            self.index[part[joins]], self.correlation[part[joins]] = i, r2[joins]
            self.settled += int(joins.sum())


def _check(
    rows: NDArray[np.int64], columns: NDArray[np.int64], p_values: Array, p1: float, p2: float, r2: float, kb: float
) -> None:
    if len(p_values) != len(columns):
        raise ArgumentError(
            "p_values",
            "have one value for each of columns",
            f"{len(p_values)} for {len(columns)}",
            "give NaN for a variant without one",
        )
    if len(np.unique(columns)) != len(columns):
        raise ArgumentError(
            "columns", "name each variant once", f"{len(columns) - len(np.unique(columns))} twice", "drop them"
        )
    if len(rows) < 2:
        raise ArgumentError("rows", "name at least two reference individuals", f"{len(rows)}", "name more")
    wrong = (p_values < 0) | (p_values > 1)
    if wrong.any():
        raise ArgumentError(
            "p_values",
            "lie between 0 and 1",
            f"{int(wrong.sum())} outside, for instance {p_values[wrong][0]:g}",
            "give p values, not their logarithms",
        )
    if not 0 < p1 <= p2 <= 1:
        raise ArgumentError("p1", "be above 0, and p2 from p1 to 1", f"p1 = {p1:g} and p2 = {p2:g}", "change them")
    if not 0 <= r2 < 1:
        raise ArgumentError("r2", "be at least 0 and less than 1", f"{r2:g}", "TwoSampleMR takes 0.001")
    if not 0 < kb < np.inf:
        raise ArgumentError("kb", "be more than 0 and finite", f"{kb:g}", "TwoSampleMR takes 10000")

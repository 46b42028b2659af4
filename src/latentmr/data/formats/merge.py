"""Genotype sets of different people, put together by the variants that all hold."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.formats.gathering import as_floats
from latentmr.data.formats.strands import (
    OTHER,
    PALINDROME,
    SAME_STRAND_FLIPPED,
    SWAPPED,
    SWAPPED_STRAND_FLIPPED,
    compare_alleles,
)
from latentmr.data.genotypes import is_missing
from latentmr.data.listing import chromosome_label
from latentmr.data.source import Progress, Remarks, Source
from latentmr.data.streaming import stream

__all__ = ["MergedSource"]

#: Frequencies of a palindromic variant that cannot tell its strand.
AMBIGUOUS = (0.42, 0.58)
Places = NDArray[np.int64]


class MergedSource:
    """People of several sets, with the variants that all sets hold under one id, counted by the first set's alleles.

    Alleles named in the other order, or on the other strand, are turned. Of palindromic variants (A/T, C/G) the strand
    is told by allele frequency, where it lies outside 0.42 to 0.58 in every set; else they are left out. Variants with
    other alleles or on other chromosomes are left out, and all that is left out is counted.

    Parameters
    ----------
    sources : sequence of Source
        Sets of different people.

    Raises
    ------
    ValueError
        Where somebody is in two sets, or no variant is in all.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        first = sources[0]
        self._sources = list(sources)
        self.path, self.argument = " + ".join(each.path for each in sources), first.argument
        self.total, self.example = first.total, first.example
        self.samples = first.samples.append([each.samples for each in sources[1:]])
        twice = self.samples[self.samples.duplicated()]
        if len(twice):
            raise ValueError(
                f"genotype sets must be of different people. Got {len(twice)} ids in two of {self.path}, for instance"
                f" {twice[0]!r}; leave them out of one, or rename them."
            )
        self._left_out: dict[str, int] = {}
        self._notes, self._warnings = [*first.remarks.notes], [*first.remarks.warnings]
        ids = pd.Index(first.variants["id"])
        keep = ~ids.duplicated(keep=False)
        self._leave_out(int((~keep).sum()), "an id that the first set has twice")
        places, turned = [np.flatnonzero(keep)], [np.zeros(int(keep.sum()), dtype=bool)]
        for each in sources[1:]:
            found, turn, kept = self._match(first, places[0], each)
            places, turned = [old[kept] for old in places], [old[kept] for old in turned]
            places.append(found)
            turned.append(turn)
        self._places, self._turned = places, turned
        self.variants = first.variants.iloc[places[0]].reset_index(drop=True)
        reasons = tuple((reason, count) for reason, count in self._left_out.items() if count)
        self.remarks = Remarks(reasons, tuple(self._notes), tuple(self._warnings))
        self._starts = np.cumsum([0, *(len(each.samples) for each in sources)])

    def _leave_out(self, count: int, reason: str) -> None:
        self._left_out[reason] = self._left_out.get(reason, 0) + count

    def _match(self, first: Source, mine: Places, other: Source) -> tuple[Places, NDArray[np.bool_], NDArray[np.bool_]]:
        """Places of variants in another set, which are turned there, and which of the first set's are kept."""
        self._notes += other.remarks.notes
        self._warnings += other.remarks.warnings
        ids = pd.Index(other.variants["id"])
        once = np.flatnonzero(~ids.duplicated(keep=False))
        found = np.append(once, -1)[ids[once].get_indexer(first.variants["id"].iloc[mine])]
        if not (found >= 0).any():
            raise ValueError(
                f"genotype sets must share variants by id. Got none that is in {first.path} (for instance"
                f" {first.example!r}) and in {other.path} ({other.example!r}); rename them, for instance to"
                " chrom:pos:ref:alt."
            )
        kept = found >= 0
        self._leave_out(int((~kept).sum()), f"not in {other.path}, or there twice")
        a, b = first.variants.iloc[mine[kept]], other.variants.iloc[found[kept]]
        moved = a["chrom"].map(chromosome_label).to_numpy() != b["chrom"].map(chromosome_label).to_numpy()
        self._leave_out(int(moved.sum()), f"on another chromosome in {other.path}")
        shifted = ~moved & (a["pos"].to_numpy() != b["pos"].to_numpy())
        if shifted.any():
            j = int(np.argmax(shifted))
            name, here, there = a["id"].iloc[j], a["pos"].iloc[j], b["pos"].iloc[j]
            self._warnings.append(
                f"{int(shifted.sum())} of {len(shifted)} variants have another position in {other.path}, for instance"
                f" {name} at {there}, not {here}: the sets seem to be of different builds; they were matched by id, and"
                f" positions are those of {first.path}."
            )
        code = compare_alleles(a, b)
        turn = np.isin(code, (SWAPPED, SWAPPED_STRAND_FLIPPED))
        strands = int((np.isin(code, (SAME_STRAND_FLIPPED, SWAPPED_STRAND_FLIPPED)) & ~moved).sum())
        if strands:
            self._notes.append(f"{strands} variants of {other.path} were turned to the strand of {first.path}.")
        good = ~moved & (code != OTHER)
        self._leave_out(int((~moved & (code == OTHER)).sum()), f"other alleles in {other.path}")
        doubtful = np.flatnonzero(good & (code == PALINDROME))
        if len(doubtful):
            told, reverse = _tell_strand(first, mine[kept][doubtful], other, found[kept][doubtful])
            good[doubtful], turn[doubtful] = told, reverse
            reason = f"palindromic (A/T, C/G), of a frequency that does not tell the strand in {other.path}"
            self._leave_out(int((~told).sum()), reason)
        kept[kept] = good
        return found[kept], turn[good], kept

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """See :meth:`Source.read <latentmr.data.source.Source.read>`."""
        which = np.searchsorted(self._starts, rows, side="right") - 1
        G: NDArray[Any] = np.empty((len(rows), len(columns)), dtype=np.int8)
        for i in np.unique(which):
            mine = np.flatnonzero(which == i)
            block, kind = self._sources[i].read(rows[mine] - self._starts[i], self._places[i][columns], progress)
            if kind == "continuous":
                path = self._sources[i].path
                raise ValueError(f"genotypes must lie between 0 and 2 to be merged. Got others in {path}.")
            for j in np.flatnonzero(self._turned[i][columns]):
                known = ~is_missing(block[:, j])
                block[known, j] = 2 - block[known, j]
            if block.dtype != np.int8 and G.dtype == np.int8:
                G = as_floats(G)
            G[mine] = block if block.dtype == G.dtype else as_floats(block)
        return G, "counts" if G.dtype == np.int8 else "dosages"


def _tell_strand(
    first: Source, mine: Places, other: Source, theirs: Places
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which palindromic variants have frequencies that tell the strand, and which of these count the other base."""
    p, q = _frequencies(first, mine), _frequencies(other, theirs)
    clear = [(each < AMBIGUOUS[0]) | (each > AMBIGUOUS[1]) for each in (p, q)]
    return clear[0] & clear[1], (p < 0.5) != (q < 0.5)


def _frequencies(source: Source, columns: Places) -> NDArray[np.float64]:
    """Of the counted alleles."""
    out = np.empty(len(columns))
    for part, block in stream(source, np.arange(len(source.samples)), columns):
        known = ~is_missing(block)
        out[part] = np.where(known, block, 0).sum(axis=0, dtype=np.float64) / 2 / np.maximum(known.sum(axis=0), 1)
    return out

"""Merge of genotype sets of different individuals, by the variants that are in all of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.chromosomes import chromosome_key
from latentmr.data.genotypes.genotype_matrix import as_floats
from latentmr.data.genotypes.genotypes import is_missing
from latentmr.data.genotypes.source import Described, Progress, Remarks, Source, together
from latentmr.data.genotypes.strands import (
    OTHER,
    PALINDROME,
    SAME_STRAND_FLIPPED,
    SWAPPED,
    SWAPPED_STRAND_FLIPPED,
    UNKNOWN,
    compare_alleles,
    count_unknown,
    name_unknown,
    on_other_strand,
    same_letters,
)
from latentmr.data.genotypes.streaming import stream
from latentmr.errors import ArgumentError
from latentmr.typing import Array, Integers, Mask

__all__ = ["MergedSource"]

#: Frequencies at which the strand of a palindromic variant is ambiguous.
AMBIGUOUS = (0.42, 0.58)
#: Share of variants whose position may differ between sets (dbSNP corrects some); more means another build.
FEW = 0.01
#: Names of an unknown chromosome or position.
NOWHERE = ("NA", ".", "0", "")


class MergedSource(Described):
    """Individuals of several sets, with the variants that all sets hold under one id and the first set's alleles.

    Alleles named in the other order, or on the other strand, are aligned: g becomes 2 - g if the other allele was
    counted. Variants with other alleles or on another chromosome are left out. Positions are not used: sets of
    different builds are merged by id, with a warning. All that is left out is counted: variants of the first set =
    those kept + those left out.

    The letters of palindromic variants (A/T, C/G) do not determine the strand. The frequency of the counted allele
    does, as in ``TwoSampleMR::harmonise_data(action = 2)``: on the same strand it is on the same side of one half.
    These variants are left out if the frequency lies within 0.42 to 0.58 in a set, or is unknown. Frequencies also
    differ by ancestry. If a set's other variants show that it is on one strand as a whole, its letters do determine the
    strand, and palindromic variants are left out if letters and frequency contradict each other. Otherwise only the
    frequency is used, with a warning.

    Parameters
    ----------
    sources : sequence of Source
        Sets of n_1, n_2, ... different individuals: hard calls, dosages, or both, which are read as dosages.

    Attributes
    ----------
    left_out : tuple of (str, int)
        Reasons why variants of the first set are left out, and how many; also in ``remarks``.
    notes, warnings : tuple of str
        Notes on aligned variants, and warnings that the user should check; also in ``remarks``.

    Raises
    ------
    ValueError
        If there is no set, an individual is in two sets, or no variant is in all sets.

    References
    ----------
    Deelen et al. (2014) BMC Res Notes 7:901 (alignment of strands). Hemani et al. (2018) eLife 7:e34408 and Hartwig et
    al. (2016) Int J Epidemiol 45:1717 (palindromic variants).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> def cohort(name, effect_allele, other_allele, genotypes):
    ...     row = {"id": "rs1", "chrom": "1", "pos": "5", "effect_allele": effect_allele, "other_allele": other_allele}
    ...     G = np.array(genotypes, dtype=np.int8)[:, None]
    ...     ids = pd.Index([f"{name}{i}" for i in range(len(G))])
    ...     return SimpleNamespace(path=name, argument="bfile", samples=ids, variants=pd.DataFrame([row]), total=1,
    ...                            example="rs1", remarks=Remarks(),
    ...                            read=lambda rows, columns, progress=None: (G[np.ix_(rows, columns)], "counts"))
    >>> both = MergedSource([cohort("a", "A", "G", [0, 1]), cohort("b", "C", "T", [0, -127, 2])])
    >>> both.read(np.array([1, 2, 3, 4]), np.array([0]))[0].ravel().tolist()
    [1, 2, -127, 0]
    >>> both.notes
    ('1 variants of b were flipped to the strand of a.',)
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        if not sources:
            raise ArgumentError("sources", "hold at least one genotype set", "none", "give at least one")
        _refuse_same_individuals(sources)
        first = sources[0]
        self._sources = tuple(sources)
        self.path, self.argument = " + ".join(each.path for each in sources), first.argument
        self.total, self.example = first.total, first.example
        self.samples = first.samples.append([each.samples for each in sources[1:]])
        matching = _Matching(first)
        for other in sources[1:]:
            matching.add(other)
        self.variants, self._places, self._swapped = matching.variants, matching.places, matching.swapped
        self.left_out = tuple((reason, count) for reason, count in matching.left_out if count)
        self.notes, self.warnings = tuple(matching.notes), tuple(matching.warnings)
        self.remarks = Remarks(self.left_out, self.notes, self.warnings)
        self._starts = np.cumsum([0, *(len(each.samples) for each in sources)])

    def after_reading(self) -> Remarks:
        """Return the remarks of all files on the genotypes that were read so far."""
        return together(self._sources)

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does."""
        which = np.searchsorted(self._starts, rows, side="right") - 1
        G: NDArray[Any] = np.empty((len(rows), len(columns)), dtype=np.int8)
        sets = np.unique(which)
        for done, i in enumerate(sets):
            mine = np.flatnonzero(which == i)
            block, kind = self._sources[i].read(rows[mine] - self._starts[i], self._places[i][columns])
            if kind == "continuous":
                raise ArgumentError(
                    "genotypes",
                    "lie between 0 and 2 to be merged",
                    f"others in {self._sources[i].path}",
                    "give hard calls or dosages, or leave this set out",
                )
            if block.dtype != np.int8 and G.dtype == np.int8:
                G = as_floats(G)
            G[mine] = block if block.dtype == G.dtype else as_floats(block)
            for j in np.flatnonzero(self._swapped[i][columns]):
                values = G[mine, j]
                G[mine, j] = np.where(is_missing(values), values, 2 - values)
            if progress is not None:
                progress(len(columns) * (done + 1) // len(sets), len(columns))
        return G, "counts" if G.dtype == np.int8 else "dosages"


class _Matching:
    """Variants that are in every set so far: their position in each set, and whether alleles are swapped there."""

    def __init__(self, first: Source) -> None:
        self._first, self._paths = first, first.path
        ids = pd.Index(first.variants["id"])
        once = ~ids.duplicated(keep=False)
        self.places, self.swapped = [np.flatnonzero(once)], [np.zeros(int(once.sum()), dtype=bool)]
        self.variants = first.variants[once].reset_index(drop=True)
        self.left_out = [*first.remarks.left_out, ("an id that occurs twice in the first set", int((~once).sum()))]
        self.notes, self.warnings = [*first.remarks.notes], [*first.remarks.warnings]
        self._frequency = np.full(len(ids), np.nan)
        self._read = np.zeros(len(ids), dtype=bool)

    def add(self, other: Source) -> None:
        """Match one more set."""
        self.notes += other.remarks.notes
        self.warnings += other.remarks.warnings
        ids = pd.Index(other.variants["id"])
        once = np.flatnonzero(~ids.duplicated(keep=False))
        found = np.append(once, -1)[ids[once].get_indexer(pd.Index(self.variants["id"]))]
        here = found >= 0
        if not here.any():
            raise _nothing_shared(self._first, self.variants, self._paths, other)
        self._keep(here, f"not in {other.path}, or twice in it")
        self.places.append(found[here])
        self.swapped.append(np.zeros(int(here.sum()), dtype=bool))
        steps = len(self.left_out)
        self._by_place(other)
        self._by_alleles(other)
        if not len(self.variants):
            reasons = "; ".join(f"{count}: {reason}" for reason, count in self.left_out[steps:] if count)
            raise ArgumentError(
                "genotype sets",
                "share variants with the same alleles and chromosome",
                f"none of {int(here.sum())} ids in {self._paths} and in {other.path} ({reasons})",
                "check that their ids name the same variants",
            )
        self._paths += f" + {other.path}"

    def _keep(self, kept: Mask, reason: str) -> None:
        self.left_out.append((reason, int((~kept).sum())))
        self.variants = self.variants[kept].reset_index(drop=True)
        self.places, self.swapped = [each[kept] for each in self.places], [each[kept] for each in self.swapped]

    def _by_place(self, other: Source) -> None:
        """Leave out variants on another chromosome; report another build."""
        a, b = self.variants, other.variants.iloc[self.places[-1]].reset_index(drop=True)
        (chrom, pos), (other_chrom, other_pos) = _whereabouts(a), _whereabouts(b)
        comparable = (chrom != "") & (other_chrom != "")
        moved = np.asarray(comparable & (chrom != other_chrom), dtype=bool)
        placed = np.asarray(comparable & ~moved & (pos != "") & (other_pos != ""), dtype=bool)
        shifted = np.asarray(placed & (pos != other_pos), dtype=bool)
        if moved.sum() > FEW * comparable.sum():
            j = int(np.argmax(moved))
            self.warnings.append(
                f"{int(moved.sum())} of {int(comparable.sum())} variants are on another chromosome in {other.path}, for"
                f" instance {a['id'][j]} on {b['chrom'][j]}, not {a['chrom'][j]}: they are left out; check that the ids"
                " name the same variants."
            )
        if shifted.any():
            j = int(np.argmax(shifted))
            what = (
                f"{int(shifted.sum())} of {int(placed.sum())} variants have another position in {other.path}, for"
                f" instance {a['id'][j]} at {b['pos'][j]}, not {a['pos'][j]}"
            )
            which = f"they were matched by id, and positions are those of {self._first.path}."
            if shifted.sum() > FEW * placed.sum():
                self.warnings.append(f"{what}: the sets seem to be of different builds; {which}")
            else:
                self.notes.append(f"{what}: {which}")
        self._keep(~moved, f"on another chromosome in {other.path}")

    def _by_alleles(self, other: Source) -> None:
        """Leave out variants with other alleles or an ambiguous strand; find the variants with swapped alleles."""
        theirs = other.variants.iloc[self.places[-1]].reset_index(drop=True)
        relation = compare_alleles(self.variants, theirs)
        lacking = count_unknown(self.variants) == 2, count_unknown(theirs) == 2
        # in both: only the id identifies the variant
        blind = lacking[0] & lacking[1]
        swapped = np.isin(relation, (SWAPPED, SWAPPED_STRAND_FLIPPED))
        clear, agree = np.ones((2, len(relation)), dtype=bool)
        if len(own := np.flatnonzero(relation == PALINDROME)):
            p, q = self._frequencies(self.places[0][own]), _frequencies(other, self.places[-1][own])
            clear[own], swapped[own] = _decisive(p) & _decisive(q), (p < 0.5) != (q < 0.5)
            there = on_other_strand(relation)
            if there is not None:
                agree[own] = swapped[own] == (same_letters(self.variants, theirs)[own] == there)
            if n_kept := int((clear & agree)[own].sum()):
                what = f"{n_kept} palindromic variants (A/T, C/G) of {other.path} were aligned to the strand of"
                what = f"{what} {self._first.path} by allele frequency"
                if there is None:
                    self.warnings.append(f"{what} only, which errs if the sets differ in ancestry.")
                else:
                    self.notes.append(f"{what}, in agreement with their letters.")
        if n_flipped := int(np.isin(relation, (SAME_STRAND_FLIPPED, SWAPPED_STRAND_FLIPPED)).sum()):
            self.notes.append(f"{n_flipped} variants of {other.path} were flipped to the strand of {self._first.path}.")
        if blind.any():
            self.warnings.append(
                f"{int(blind.sum())} variants of {other.path} were matched by id only: their alleles are unknown."
            )
        self.variants = name_unknown(self.variants, theirs, relation)
        self.swapped[-1] = swapped
        reasons = {
            f"other alleles in {other.path}": relation == OTHER,
            f"alleles unknown in {other.path}": (relation == UNKNOWN) & lacking[1] & ~blind,
            f"alleles known only in {other.path}": (relation == UNKNOWN) & lacking[0] & ~blind,
            f"palindromic (A/T, C/G), with a frequency that leaves the strand ambiguous in {other.path}": ~clear,
            f"palindromic (A/T, C/G), with letters and a frequency that contradict each other in {other.path}": ~agree,
        }
        left = np.ones(len(relation), dtype=bool)
        for reason, bad in reasons.items():
            # counted under the first reason that applies
            self._keep(~bad[left], reason)
            left &= ~bad

    def _frequencies(self, columns: Integers) -> Array:
        """Return frequencies in the first set, which is read once for all other sets."""
        new = columns[~self._read[columns]]
        self._frequency[new], self._read[new] = _frequencies(self._first, new), True
        return self._frequency[columns]


def _frequencies(source: Source, columns: Integers) -> Array:
    """Return the frequencies of the counted alleles; NaN without a call."""
    out = np.full(len(columns), np.nan)
    for part, block in stream(source, np.arange(len(source.samples)), columns):
        known = ~is_missing(block)
        sums, calls = np.where(known, block, 0).sum(axis=0, dtype=np.float64), known.sum(axis=0)
        out[part] = np.where(calls > 0, sums / 2 / np.maximum(calls, 1), np.nan)
    return out


def _decisive(frequency: Array) -> Mask:
    return (frequency < AMBIGUOUS[0]) | (frequency > AMBIGUOUS[1])


def _whereabouts(variants: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return chromosomes and positions, empty if unknown: PLINK writes 0, or a negative position."""
    labels = {name: chromosome_key(name) for name in variants["chrom"].unique()}
    chrom = variants["chrom"].map(labels)
    pos = variants["pos"].str.lstrip("0")
    return chrom.mask(chrom.isin(NOWHERE), ""), pos.mask(pos.isin(NOWHERE) | pos.str.startswith("-"), "")


def _refuse_same_individuals(sources: Sequence[Source]) -> None:
    # an individual twice in one file is refused by the checks of that file
    ids = [each.samples.unique() for each in sources]
    pooled = ids[0].append(ids[1:])
    twice = pooled[pooled.duplicated()].unique()
    if len(twice):
        one, two = [each.path for each, own in zip(sources, ids, strict=True) if twice[0] in own][:2]
        raise ArgumentError(
            "genotype sets",
            "be of different individuals",
            (
                f"{len(twice)} ids in two of {' + '.join(each.path for each in sources)}, for instance {twice[0]!r}"
                f" in {one} and in {two}"
            ),
            "remove them from one set, or rename them",
        )


def _nothing_shared(first: Source, variants: pd.DataFrame, paths: str, other: Source) -> ArgumentError:
    """Say why no id is in both sets, as far as the tables show."""
    rename = "rename them, for instance to chrom:pos:ref:alt"
    common = other.variants["id"][other.variants["id"].isin(first.variants["id"])]
    if len(common):
        return ArgumentError(
            "genotype sets",
            "hold each variant once",
            f"only ids that are twice in {paths} or {other.path}, or were left out before, for instance"
            f" {common.iloc[0]!r}",
            rename,
        )
    listed = any(len(each.variants) < each.total for each in (first, other))
    came = (
        f"none{' of the listed' * listed} that is in {paths} (for instance {first.example!r}) and in {other.path}"
        f" ({other.example!r})"
    )
    a, b = (pd.MultiIndex.from_arrays(_whereabouts(each)) for each in (variants, other.variants))
    known = (a.get_level_values(0) != "") & (a.get_level_values(1) != "")
    if n_places := int(a[known].isin(b).sum()):
        came += f", although {n_places} are at the same chromosome and position in both"
        rename = "rename them to chrom:pos:ref:alt in all sets, for instance with PLINK 2 (set-all-var-ids '@:#:$r:$a')"
    return ArgumentError("genotype sets", "share variants by id", came, rename)

"""Linkage disequilibrium of harmonised variants in reference genotypes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genome.clump import clump
from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.genotypes import is_missing
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Progress, Source
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Settled", "clump_by_reference", "reference_correlation", "reference_frequency"]

#: Maximum number of individuals in whom frequencies are estimated.
MOST_INDIVIDUALS = 5_000


@dataclass(frozen=True)
class Settled:
    """Result of clumping for each variant.

    Parameters
    ----------
    reasons : list of str
        Reason for dropping each variant; empty for variants that are kept.
    notes : list of str
        Notes on the reference genotypes.
    """

    reasons: list[str]
    notes: list[str]


def clump_by_reference(
    reference: GenotypeFiles,
    variants: pd.DataFrame,
    p_values: Array,
    z: Array,
    *,
    r2: float | None,
    kb: float,
    progress: Progress | None = None,
) -> Settled:
    """Drop variants that are not in the reference, have other alleles there, or are correlated with a stronger one.

    Parameters
    ----------
    reference : GenotypeFiles
        Genotypes of reference individuals with the ancestry of the GWAS.
    variants : pandas.DataFrame
        ``id, effect_allele, other_allele``; positions are those of the reference.
    p_values, z : np.ndarray of dimension (p,)
        P values and z scores. Variants are ranked by p value, and by the absolute z score if p values are equal or too
        small to be distinguished from 0.
    r2 : float or None
        Maximum squared correlation; None keeps correlated variants.
    kb : float
        Distance in thousand base pairs beyond which variants are taken to be independent.
    progress : callable, optional
        Called with the number of variants that have been clumped.

    Returns
    -------
    Settled

    Raises
    ------
    ValueError
        If the reference has none of the variants.
    """
    source, places = _find(reference, variants)
    reasons = np.full(len(variants), "", dtype=object)
    reasons[places < 0] = "not in the reference genotypes"
    same, crossed = _alleles(source, variants, places)
    reasons[(places >= 0) & ~same & ~crossed] = "alleles differ from the reference genotypes"
    there = np.flatnonzero(reasons == "")
    n = len(source.samples)
    notes = [f"linkage disequilibrium was estimated in {n:,} reference individuals of {source.path}"]
    if r2 is not None and len(there):
        rank = np.argsort(np.lexsort((-np.abs(z[there]), p_values[there])), kind="stable")
        found = clump(
            source, np.arange(n), places[there], (1.0 + rank) / len(there), p1=1.0, r2=r2, kb=kb, progress=progress
        )
        by_place = dict(zip(places[there], variants["id"].to_numpy()[there], strict=True))
        for row, place, index, strength in zip(there, found.columns, found.index_of, found.r2, strict=True):
            if index >= 0 and index != place:
                reasons[row] = f"in linkage disequilibrium with {by_place[index]} (r2 {strength:.3f})"
    return Settled(list(reasons), notes)


def reference_correlation(reference: GenotypeFiles, variants: pd.DataFrame) -> Array:
    """Return correlations of effect-allele counts in the reference, with missing calls set to the mean.

    Parameters
    ----------
    reference : GenotypeFiles
    variants : pandas.DataFrame
        As in :func:`clump_by_reference`; all of them must be in the reference.

    Returns
    -------
    np.ndarray of dimension (p, p)

    Raises
    ------
    ValueError
        If a variant does not vary among the reference individuals.
    """
    source, places = _find(reference, variants)
    G, _ = source.read(np.arange(len(source.samples)), places)
    known = ~is_missing(G)
    counts = np.where(known, G, 0).astype(np.float64)
    mean = counts.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, counts - mean, 0.0)
    norm = np.sqrt((centred**2).sum(axis=0))
    if (norm == 0).any():
        name = variants["id"].to_numpy()[norm == 0][0]
        raise ArgumentError(
            "variants",
            "vary among the reference individuals",
            f"{name!r}, which is constant",
            "leave it out, or clump the variants instead of `correlated`",
        )
    same, _ = _alleles(source, variants, places)
    unit = centred / norm * np.where(same, 1.0, -1.0)
    matrix = unit.T @ unit
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(matrix)


def reference_frequency(reference: GenotypeFiles, variants: pd.DataFrame) -> Array:
    """Return the frequencies of the effect alleles in the reference, in at most 5,000 individuals.

    Parameters
    ----------
    reference : GenotypeFiles
    variants : pandas.DataFrame
        As in :func:`clump_by_reference`.

    Returns
    -------
    np.ndarray of dimension (p,)
        NaN for variants that are not in the reference or have other alleles there.
    """
    if not len(variants):
        return np.empty(0)
    source, places = _find(reference, variants)
    same, crossed = _alleles(source, variants, places)
    there = np.flatnonzero(same | crossed)
    rows = np.arange(min(len(source.samples), MOST_INDIVIDUALS))
    out = np.full(len(variants), np.nan)
    # columns are read in the order of the file
    order = there[np.argsort(places[there])]
    G, _ = source.read(rows, places[order])
    known = ~is_missing(G)
    with np.errstate(invalid="ignore"):
        frequency = np.where(known, G, 0).sum(axis=0, dtype=np.float64) / (2 * known.sum(axis=0))
    out[order] = np.where(same[order], frequency, 1 - frequency)
    return out


def _find(reference: GenotypeFiles, variants: pd.DataFrame) -> tuple[Source, NDArray[np.int64]]:
    """Open the reference at these variants, and find the position of each in it (-1 if absent)."""
    ids = variants["id"].to_numpy(dtype=object)
    listed = Listed(ids)
    source = reference.open(listed)
    found = listed.find(source.variants)
    places = np.full(len(ids), -1, dtype=np.int64)
    there = np.flatnonzero(found >= 0)
    places[found[there]] = there
    if not len(there):
        raise ArgumentError(
            "reference genotypes",
            "hold the variants",
            f"none of {len(ids):,} (the tables name variants like {ids[0]!r}, the genotypes like {source.example!r})",
            "Use the same kind of id in both",
        )
    return source, places


def _alleles(
    source: Source, variants: pd.DataFrame, places: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which variants count the effect allele in the reference, and which the other one.

    An allele that is not reported matches any allele.
    """
    there = source.variants.iloc[np.maximum(places, 0)]
    theirs = [there[name].str.upper().to_numpy(dtype=object) for name in ("effect_allele", "other_allele")]
    ours = [variants[name].to_numpy(dtype=object) for name in ("effect_allele", "other_allele")]

    def fits(first: NDArray[np.object_], second: NDArray[np.object_]) -> NDArray[np.bool_]:
        return np.array(
            [(a is None or a == c) and (b is None or b == d) for a, b, c, d in zip(*ours, first, second, strict=True)],
            dtype=bool,
        )

    same = fits(*theirs) & (places >= 0)
    return same, fits(*theirs[::-1]) & (places >= 0) & ~same

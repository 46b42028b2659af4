"""Dosages of a VCF record or a store: from probabilities, within 0 to 2, and what had to be replaced or cut."""

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.source import Remarks
from latentmr.errors import ArgumentError
from latentmr.results.printing import counted

__all__ = ["SLIGHTLY", "Replaced", "dosages_of_probabilities", "within_range"]

#: How far beyond 0 to 2 a dosage may lie by rounding, and how far a sum of probabilities may be from one.
SLIGHTLY, SUM = 0.01 + 1e-6, 0.05
#: Sum of probabilities below which they are all zero: a missing call.
NONE = 1e-6


class Replaced:
    """Counts of dosages that were replaced or cut, of each variant once however often it is read.

    Examples
    --------
    >>> replaced = Replaced("c.vcf")
    >>> replaced.note("rs1", clipped=2)
    >>> replaced.note("rs1", clipped=2)
    >>> replaced.remarks().notes[0].partition(":")[2]
    ' 2 dosages of 1 variant slightly beyond 0 to 2 (at most 0.01) were set to 0 or 2.'
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._counts: dict[str, dict[tuple[str, int], int]] = {"absent": {}, "clipped": {}, "probabilities": {}}

    def note(self, variant: str, part: int = 0, **counts: int) -> None:
        """Note counts of a variant in a part of the individuals: ``absent``, ``clipped``, ``probabilities``."""
        for kind, count in counts.items():
            if count:
                self._counts[kind][variant, part] = count

    def remarks(self) -> Remarks:
        """Return what was replaced, in words."""
        absent, clipped, made = (self._counts[kind] for kind in ("absent", "clipped", "probabilities"))
        notes, warnings = [], []
        if absent:
            warnings.append(
                f"{self._path}: dosages (DS) were absent for {sum(absent.values()):,} calls of {_variants(absent)}:"
                " hard calls (GT) were read instead."
            )
        if made:
            notes.append(
                f"{self._path}: {sum(made.values()):,} dosages of {_variants(made)} are from genotype probabilities"
                " (GP)."
            )
        if clipped:
            notes.append(
                f"{self._path}: {sum(clipped.values()):,} dosages of {_variants(clipped)} slightly beyond 0 to 2 (at"
                " most 0.01) were set to 0 or 2."
            )
        return Remarks((), tuple(notes), tuple(warnings))


def _variants(counts: dict[tuple[str, int], int]) -> str:
    return counted(len({variant for variant, _ in counts}), "variant")


def within_range(values: NDArray[np.float32], path: str, variant: str) -> int:
    """Set dosages slightly beyond 0 to 2 to the bound, in place, and return how many.

    Parameters
    ----------
    values : np.ndarray of float32
        Dosages, NaN if missing.
    path, variant : str
        Path and id of the variant, for messages.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If a dosage lies beyond by more than 0.01.

    Examples
    --------
    >>> values = np.array([2.001, 1, np.nan, -0.0005], dtype=np.float32)
    >>> within_range(values, "c.vcf", "rs1"), values.tolist()
    (2, [2.0, 1.0, nan, 0.0])
    """
    with np.errstate(invalid="ignore"):
        far = int(((values < -SLIGHTLY) | (values > 2 + SLIGHTLY)).sum())
        beyond = int(((values < 0) | (values > 2)).sum())
    if far:
        raise ArgumentError(
            path,
            "have dosages between 0 and 2",
            f"{far} of {values.size} beyond by more than 0.01 at the variant {variant!r}",
            "check how the dosages were written; hard calls can be read instead with `vcf_field` GT",
        )
    if beyond:
        np.clip(values, 0, 2, out=values)
    return beyond


def dosages_of_probabilities(probabilities: NDArray[np.float32], path: str, variant: str) -> NDArray[np.float32]:
    """Return expected copies of the alternative allele: P(one) + 2 P(two).

    Parameters
    ----------
    probabilities : np.ndarray of dimension (n, 3) or (n, 2)
        Probabilities of 0, 1 and 2 copies; of 0 and 1 copy in haploid calls, whose copy counts twice. NaN or zeros if
        missing.
    path, variant : str
        Path and id of the variant, for messages.

    Returns
    -------
    np.ndarray of float32 of dimension (n,)
        NaN if missing. Probabilities that sum to one only up to rounding (0.05) are divided by their sum.

    Raises
    ------
    ValueError
        If probabilities do not sum to one.

    Examples
    --------
    >>> P = np.array([[0.1, 0.2, 0.7], [0, 0, 0], [0.5, 0.5, np.nan]], dtype=np.float32)
    >>> dosages_of_probabilities(P, "c.vcf", "rs1").round(3).tolist()
    [1.600000023841858, nan, 1.0]
    """
    P = probabilities.astype(np.float64)
    if P.shape[1] not in (2, 3):
        raise ArgumentError(
            path,
            "have three genotype probabilities (GP) of each individual",
            f"{P.shape[1]} at the variant {variant!r}",
            "split variants with more alleles, for instance with bcftools norm -m -",
        )
    if P.shape[1] == 2:
        P = np.column_stack([P, np.full(len(P), np.nan)])
    haploid = ~np.isnan(P[:, 1]) & np.isnan(P[:, 2])
    P[haploid, 2], P[haploid, 1] = P[haploid, 1], 0.0
    total = P.sum(axis=1)
    total[total < NONE] = np.nan
    with np.errstate(invalid="ignore"):
        bad = int(((np.abs(total - 1) > SUM) | (P < -SLIGHTLY).any(axis=1)).sum())
    if bad:
        raise ArgumentError(
            path,
            "have genotype probabilities (GP) that sum to one",
            f"{bad} of {len(P)} that do not, at the variant {variant!r}",
            "check whether they are on the Phred scale; `vcf_field` GT reads hard calls",
        )
    return np.asarray(np.clip((P[:, 1] + 2 * P[:, 2]) / total, 0, 2), dtype=np.float32)

"""Comparison of the alleles of one variant in two files: order, strand, and unknown alleles."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.typing import Integers, Mask

__all__ = [
    "OTHER",
    "PALINDROME",
    "SAME",
    "SAME_STRAND_FLIPPED",
    "SWAPPED",
    "SWAPPED_STRAND_FLIPPED",
    "UNKNOWN",
    "compare_alleles",
    "complement",
    "name_unknown",
    "on_other_strand",
    "same_letters",
    "count_unknown",
]

#: Same counted allele; the other one counted; these two on the other strand; A/T or C/G, whose letters do not determine
#: the strand; other alleles; both alleles of a file unknown.
SAME, SWAPPED, SAME_STRAND_FLIPPED, SWAPPED_STRAND_FLIPPED, PALINDROME, OTHER, UNKNOWN = range(7)
#: Codes of an unknown allele, in capitals: PLINK writes 0, VCF a dot, FASTA files N, tables NA.
NOT_KNOWN = ("NA", ".", "0", "", "N", "?", "-9", "NAN", "NULL", "NONE")
#: Fewest non-palindromic variants that determine the strand of a file, and share of them that may disagree.
ENOUGH, FEW = 20, 0.01
BASES = str.maketrans("ACGT", "TGCA")
Pair = tuple[pd.Series, pd.Series]


def compare_alleles(first: pd.DataFrame, second: pd.DataFrame) -> NDArray[np.int64]:
    """Compare the alleles of the same variants in two files.

    An unknown allele fits any, if the other three leave one way to read the pair: PLINK writes 0 for an allele without
    a carrier in the file. Insertions and deletions are complemented base by base, as PLINK flips them.

    Parameters
    ----------
    first, second : pandas.DataFrame
        ``effect_allele`` (counted) and ``other_allele`` of p variants, in upper or lower case. Unknown alleles are
        ``NA``, ``.``, ``0`` or empty.

    Returns
    -------
    np.ndarray of int of dimension (p,)
        ``SAME``, ``SWAPPED``, ``SAME_STRAND_FLIPPED``, ``SWAPPED_STRAND_FLIPPED``, ``PALINDROME``, ``OTHER``, or
        ``UNKNOWN`` if a file has neither allele.

    References
    ----------
    Deelen et al. (2014) BMC Res Notes 7:901 (alignment of strands).

    Examples
    --------
    >>> def pairs(*texts):
    ...     return pd.DataFrame([text.split("/") for text in texts], columns=["effect_allele", "other_allele"])
    >>> compare_alleles(pairs("A/G", "A/G", "A/G", "A/G", "A/T", "A/C", "A/C", "AT/A"),
    ...                 pairs("A/G", "G/A", "T/C", "C/T", "T/A", "G/A", "NA/NA", "T/TA"))
    array([0, 1, 2, 3, 4, 5, 6, 3])
    """
    mine, theirs = _letters(first), _letters(second)
    flipped = complement(theirs[0]), complement(theirs[1])
    same, swapped = _fit(mine, theirs), _fit(mine, theirs[::-1])
    same_flipped, swapped_flipped = _fit(mine, flipped), _fit(mine, flipped[::-1])
    # an unknown allele in each file fits any other: only the same known letter is informative
    (a, b), (c, d) = mine, theirs
    doubtful = np.asarray(((a == "") | (b == "")) & ((c == "") | (d == "")), dtype=bool)
    choices = [
        ((count_unknown(first) == 2) | (count_unknown(second) == 2), UNKNOWN),
        (doubtful & np.asarray((a == c) & (b == d), dtype=bool), SAME),
        (doubtful & np.asarray((a == d) & (b == c), dtype=bool), SWAPPED),
        (doubtful, OTHER),
        ((same & swapped_flipped) | (swapped & same_flipped), PALINDROME),
        (same, SAME),
        (swapped, SWAPPED),
        (same_flipped, SAME_STRAND_FLIPPED),
        (swapped_flipped, SWAPPED_STRAND_FLIPPED),
    ]
    out = np.select([where for where, _ in choices], [code for _, code in choices], default=OTHER)
    return np.asarray(out, dtype=np.int64)


def complement(alleles: pd.Series) -> pd.Series:
    """Return alleles on the other strand, base by base; what is not a base stays.

    Parameters
    ----------
    alleles : pandas.Series of str
        Alleles in capitals.

    Returns
    -------
    pandas.Series of str

    Examples
    --------
    >>> complement(pd.Series(["A", "GT", "<DEL>"])).tolist()
    ['T', 'CA', '<DEL>']
    """
    plain = alleles.str.fullmatch("[ACGT,]*").astype(bool)
    return alleles.where(~plain, alleles.str.translate(BASES))


def count_unknown(variants: pd.DataFrame) -> Integers:
    """Return how many of the two alleles of each variant are unknown: 0, 1 or 2.

    Parameters
    ----------
    variants : pandas.DataFrame
        ``effect_allele`` and ``other_allele`` of p variants.

    Returns
    -------
    np.ndarray of int of dimension (p,)

    Examples
    --------
    >>> count_unknown(pd.DataFrame({"effect_allele": ["NA", "0", "A"], "other_allele": [".", "G", "C"]}))
    array([2, 1, 0])
    """
    effect, other = _letters(variants)
    return np.asarray((effect == "").astype(np.int64) + (other == ""), dtype=np.int64)


def same_letters(first: pd.DataFrame, second: pd.DataFrame) -> Mask:
    """Return whether both files have the same alleles in the same order, as far as they are known.

    Parameters
    ----------
    first, second : pandas.DataFrame
        ``effect_allele`` and ``other_allele`` of p variants.

    Returns
    -------
    np.ndarray of bool of dimension (p,)

    Examples
    --------
    >>> one = pd.DataFrame({"effect_allele": ["A", "a", "A"], "other_allele": ["T", "T", "T"]})
    >>> same_letters(one, pd.DataFrame({"effect_allele": ["A", "0", "T"], "other_allele": ["T", "T", "A"]}))
    array([ True,  True, False])
    """
    return _fit(_letters(first), _letters(second))


def on_other_strand(relation: NDArray[np.int64]) -> bool | None:
    """Return whether the second file as a whole is on the other strand than the first.

    Parameters
    ----------
    relation : np.ndarray of int of dimension (p,)
        Result of :func:`compare_alleles`.

    Returns
    -------
    bool or None
        None if fewer than 20 variants determine the strand, or more than 1 % of them disagree with the rest. Then the
        letters of a palindromic variant are not informative.

    Examples
    --------
    >>> on_other_strand(np.full(30, SWAPPED)), on_other_strand(np.full(30, SAME_STRAND_FLIPPED))
    (False, True)
    >>> on_other_strand(np.repeat([SAME, SAME_STRAND_FLIPPED], 15)) is None
    True
    """
    flipped = int(np.isin(relation, (SAME_STRAND_FLIPPED, SWAPPED_STRAND_FLIPPED)).sum())
    n = flipped + int(np.isin(relation, (SAME, SWAPPED)).sum())
    if n < ENOUGH or FEW * n < flipped < (1 - FEW) * n:
        return None
    return flipped > n / 2


def name_unknown(first: pd.DataFrame, second: pd.DataFrame, relation: NDArray[np.int64]) -> pd.DataFrame:
    """Fill in unknown alleles of the first file from the second, on the strand of the first.

    Parameters
    ----------
    first, second : pandas.DataFrame
        ``effect_allele`` and ``other_allele`` of p variants; other columns stay.
    relation : np.ndarray of int of dimension (p,)
        Result of :func:`compare_alleles`.

    Returns
    -------
    pandas.DataFrame
        The first table with its known alleles, and the alleles filled in.

    Examples
    --------
    >>> one = pd.DataFrame({"effect_allele": ["0", "A"], "other_allele": ["G", "C"]})
    >>> two = pd.DataFrame({"effect_allele": ["C", "A"], "other_allele": ["T", "C"]})
    >>> name_unknown(one, two, compare_alleles(one, two))["effect_allele"].tolist()
    ['A', 'A']
    """
    a, b, c, d = _letters(first) + _letters(second)
    if not ((a == "") | (b == "")).any():
        return first
    turned = np.isin(relation, (SAME_STRAND_FLIPPED, SWAPPED_STRAND_FLIPPED))
    crossed = np.isin(relation, (SWAPPED, SWAPPED_STRAND_FLIPPED))
    c, d = c.where(~turned, complement(c)), d.where(~turned, complement(d))
    c, d = c.where(~crossed, d), d.where(~crossed, c)
    # in a palindromic pair, each allele is the other's complement, on either strand
    own = relation == PALINDROME
    c, d = c.where(~own, complement(b)), d.where(~own, complement(a))
    apart = np.isin(relation, (OTHER, UNKNOWN))
    effect, other = first["effect_allele"].reset_index(drop=True), first["other_allele"].reset_index(drop=True)
    effect = effect.mask((a == "") & (c != "") & ~apart, c)
    other = other.mask((b == "") & (d != "") & ~apart, d)
    return first.assign(effect_allele=effect.to_numpy(), other_allele=other.to_numpy())


def _letters(variants: pd.DataFrame) -> Pair:
    """Return counted and other alleles in capitals, empty if unknown."""
    effect, other = (variants[name].str.upper().reset_index(drop=True) for name in ("effect_allele", "other_allele"))
    return effect.mask(effect.isin(NOT_KNOWN), ""), other.mask(other.isin(NOT_KNOWN), "")


def _fit(mine: Pair, theirs: Pair) -> Mask:
    """Return whether both alleles agree, as far as they are known."""
    agree = [(one == two) | (one == "") | (two == "") for one, two in zip(mine, theirs, strict=True)]
    return np.asarray(agree[0] & agree[1], dtype=bool)

"""How the alleles that two files name for a variant go together."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["OTHER", "PALINDROME", "SAME", "SAME_STRAND_FLIPPED", "SWAPPED", "SWAPPED_STRAND_FLIPPED", "compare_alleles"]

#: Same counted allele; the other one counted; these on the other strand; A/T or C/G, which strand cannot be told;
#: other alleles.
SAME, SWAPPED, SAME_STRAND_FLIPPED, SWAPPED_STRAND_FLIPPED, PALINDROME, OTHER = range(6)
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def compare_alleles(first: pd.DataFrame, second: pd.DataFrame) -> NDArray[np.int64]:
    """Compare the alleles of the same variants in two files.

    Parameters
    ----------
    first, second : pandas.DataFrame
        ``effect_allele`` (counted) and ``other_allele`` of p variants, in any case.

    Returns
    -------
    np.ndarray of int of dimension (p,)
        ``SAME``, ``SWAPPED``, ``SAME_STRAND_FLIPPED``, ``SWAPPED_STRAND_FLIPPED``, ``PALINDROME`` or ``OTHER``.

    Examples
    --------
    >>> one = pd.DataFrame({"effect_allele": ["A", "A", "A", "A", "A"], "other_allele": ["G", "G", "G", "T", "C"]})
    >>> two = pd.DataFrame({"effect_allele": ["A", "G", "C", "T", "G"], "other_allele": ["G", "A", "T", "A", "A"]})
    >>> compare_alleles(one, two)
    array([0, 1, 3, 4, 5])
    """
    names = ("effect_allele", "other_allele")
    a, b, c, d = (each[name].str.upper().reset_index(drop=True) for each in (first, second) for name in names)
    flipped_c, flipped_d = c.str.translate(COMPLEMENT), d.str.translate(COMPLEMENT)
    same, swapped = (a == c) & (b == d), (a == d) & (b == c)
    palindrome = (same | swapped) & (a.str.translate(COMPLEMENT) == b)
    choices = [palindrome, same, swapped, (a == flipped_c) & (b == flipped_d), (a == flipped_d) & (b == flipped_c)]
    codes = [PALINDROME, SAME, SWAPPED, SAME_STRAND_FLIPPED, SWAPPED_STRAND_FLIPPED]
    return np.select([choice.to_numpy(dtype=bool) for choice in choices], codes, default=OTHER)

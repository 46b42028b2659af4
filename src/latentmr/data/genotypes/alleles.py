"""Match of the variants of a file with those of a saved model, by id and counted allele."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.strands import (
    PALINDROME,
    SAME,
    SAME_STRAND_FLIPPED,
    SWAPPED,
    SWAPPED_STRAND_FLIPPED,
    UNKNOWN,
    compare_alleles,
    count_unknown,
    same_letters,
)
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError

__all__ = ["match_variants"]


def match_variants(
    have: pd.DataFrame, wanted: pd.DataFrame, path: str, total: int, ledger: Ledger
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Find the wanted variants, and whether they count the other allele.

    Parameters
    ----------
    have, wanted : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele``, in upper or lower case; unknown alleles are ``NA``, ``.`` or
        ``0``. One unknown allele fits if the other is one of the model's.
    path : str
        Path of the genotypes, for messages.
    total : int
        Number of variants on disk.
    ledger : Ledger
        Receives counts and notes.

    Returns
    -------
    np.ndarray of dimension (p,)
        Column of each wanted variant.
    np.ndarray of bool of dimension (p,)
        Whether the file counts the other allele, so that the genotype g becomes 2 - g.

    Raises
    ------
    ValueError
        If a variant is absent or has other alleles.
    """
    # ids that the model does not need may repeat
    needed = np.flatnonzero(have["id"].isin(wanted["id"]))
    found = pd.Index(have["id"].iloc[needed]).get_indexer(pd.Index(wanted["id"]))
    columns = np.append(needed, -1)[found]
    absent = wanted["id"][columns < 0]
    if len(absent):
        raise ArgumentError(
            f"{path}",
            f"hold all {len(wanted)} variants of the model",
            f"none for {len(absent)}, for instance {absent.iloc[0]!r}",
            "add them, or learn a model on the variants of this file",
        )
    mine = have.iloc[columns].reset_index(drop=True)
    relation = compare_alleles(wanted, mine)
    unknown = relation == UNKNOWN
    # as the model does: the letters of a palindromic variant are believed
    palindrome, letters = relation == PALINDROME, same_letters(wanted, mine)
    swapped = (relation == SWAPPED) | (palindrome & ~letters)
    bad = ~(unknown | swapped | palindrome | (relation == SAME))
    if bad.any():
        j = int(np.argmax(bad))
        pair, model = (f"{each['effect_allele'].iloc[j]}/{each['other_allele'].iloc[j]}" for each in (mine, wanted))
        turned = np.isin(relation, (SAME_STRAND_FLIPPED, SWAPPED_STRAND_FLIPPED)).sum()
        strand = f"; {int(turned)} of them fit on the other strand" * bool(turned)
        raise ArgumentError(
            f"{path}",
            "have the alleles of the model",
            f"{int(bad.sum())} variants with others, for instance {wanted['id'].iloc[j]!r}: {pair} instead of"
            f" {model}{strand}",
            "check the strand and the build",
        )
    lacking = int(((count_unknown(mine) == 1) & ~unknown).sum())
    if lacking:
        ledger.notes.append(
            f"{lacking} variants have one unknown allele in {path} (PLINK writes 0 if no individual carries it): the"
            " other allele is the model's."
        )
    if swapped.any():
        ledger.notes.append(
            f"{int(swapped.sum())} variants count the model's other allele in {path}: their genotypes were flipped."
        )
    if unknown.any():
        ledger.warnings.append(f"{int(unknown.sum())} variants were matched by id only: their alleles are unknown.")
    ledger.step("variants", "read", "not in the model", total - len(wanted), len(wanted))
    return np.asarray(columns, dtype=np.int64), np.asarray(swapped, dtype=bool)

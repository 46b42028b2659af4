"""Choice of a source's variants: listed or needed by a model, with two alleles, on autosomes."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.alleles import match_variants
from latentmr.data.genotypes.listing import Listed, chromosome_label
from latentmr.data.genotypes.source import Source
from latentmr.data.ids import read_id_list, refuse_duplicates
from latentmr.data.ledger import Ledger
from latentmr.data.plan import Plan
from latentmr.data.selected import selected_variants
from latentmr.data.wanted import Wanted
from latentmr.errors import ArgumentError
from latentmr.typing import Mask

__all__ = ["choose_variants", "listed_variants", "not_autosomal"]

#: Chromosomes of which not all individuals have two copies.
NOT_AUTOSOMES = ("X", "Y", "XY", "MT", "M", "PAR1", "PAR2")


def listed_variants(plan: Plan, wanted: Wanted | None) -> Listed | None:
    """Return the variants that a saved model needs or that the user listed; None if all are wanted."""
    if wanted is not None:
        return Listed(wanted.variants["id"])
    if plan.selection is not None:
        return Listed(selected_variants(plan.selection))
    if plan.extract is not None:
        return Listed(read_id_list(plan.extract, "extract"))
    return None


def choose_variants(
    source: Source, plan: Plan, wanted: Wanted | None, listed: Listed | None, ledger: Ledger
) -> tuple[NDArray[np.int64], Mask]:
    """Choose variants, and count those that are left out.

    Parameters
    ----------
    source : Source
        Genotypes.
    plan : Plan
        Filters.
    wanted : Wanted, optional
        Needs of a saved model: exactly its variants are chosen, in its order.
    listed : Listed, optional
        The user's list.
    ledger : Ledger
        Receives counts and notes.

    Returns
    -------
    np.ndarray of int
        Positions in ``source.variants``.
    np.ndarray of bool
        Whether the source counts the model's other allele.

    Raises
    ------
    ValueError
        If none remains, a variant of the model is absent, or an id occurs twice.
    """
    ids = pd.Index(source.variants["id"])
    ledger.step("variants", "read", f"read from {source.path}", 0, source.total)
    ledger.notes.extend(source.remarks.notes)
    ledger.warnings.extend(source.remarks.warnings)
    if wanted is not None:
        refuse_duplicates(ids[ids.isin(wanted.variants["id"])], "variant", source.path)
        return match_variants(source.variants, wanted.variants, source.path, source.total, ledger)
    left = source.total
    for reason, count in source.remarks.left_out:
        left -= count
        ledger.step("variants", "filter", reason, count, left)
    columns = np.arange(len(ids)) if listed is None else _in_list(source, listed, left, ledger)
    several = source.variants["effect_allele"].str.contains(",", regex=False).to_numpy(dtype=bool)[columns]
    columns = _without(columns, several, "more than two alleles", ledger)
    elsewhere = not_autosomal(source.variants["chrom"].iloc[columns], plan.autosomes)
    columns = _without(columns, elsewhere, f"not on an autosome (autosomes {plan.autosomes})", ledger)
    if not len(columns):
        raise ArgumentError(
            f"{source.argument}",
            "hold variants with two alleles on autosomes",
            f"none in {source.path}",
            (
                "split variants with more alleles, for instance with bcftools norm -m -, and give the number of"
                " autosomes of other species with `autosomes`"
            ),
        )
    refuse_duplicates(ids[columns], "variant", source.path)
    return columns, np.zeros(len(columns), dtype=bool)


def _in_list(source: Source, listed: Listed, left: int, ledger: Ledger) -> NDArray[np.int64]:
    found = listed.find(source.variants)
    columns = np.flatnonzero(found >= 0)
    if not len(columns):
        raise ArgumentError(
            "extract",
            f"list variants of {source.path}",
            f"none of its {len(listed)} ids: {listed.example!r} in the list, {source.example!r} in the genotypes",
            "use the same names for variants in both",
        )
    ledger.step("variants", "filter", "not in the extract list", left - len(columns), len(columns))
    absent = len(listed) - len(np.unique(found[columns]))
    if absent > 0:
        ledger.warnings.append(f"{absent} of the {len(listed)} variants of the extract list are not in {source.path}.")
    return columns


def _without(columns: NDArray[np.int64], bad: Mask, reason: str, ledger: Ledger) -> NDArray[np.int64]:
    ledger.step("variants", "filter", reason, bad.sum(), (~bad).sum())
    return columns[~bad]


def not_autosomal(chromosomes: pd.Series, autosomes: int) -> Mask:
    """Return which variants are on chromosomes X, Y and MT, or on one numbered above the autosomes."""
    labels = {name: chromosome_label(name) for name in chromosomes.unique()}
    out = {
        name
        for name, label in labels.items()
        if label in NOT_AUTOSOMES or (label.isdecimal() and int(label) > autosomes)
    }
    return np.asarray(chromosomes.isin(out).to_numpy(dtype=bool))

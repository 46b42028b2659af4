"""Ids: lists of variants, duplicates, and the match of genotypes with tables and lists of individuals."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.cohort.id_lists import ListedIds
from latentmr.data.cohort.id_matching import differing_ids
from latentmr.data.genotypes.sample_file import are_generic
from latentmr.data.ledger import Ledger
from latentmr.data.tables import Table
from latentmr.errors import ArgumentError

__all__ = ["match_rows", "refuse_duplicates", "match_list"]

#: Share of the individuals, and of the rows of a table, below which a match of ids is doubted.
FEW = 0.5


def refuse_duplicates(ids: pd.Index, what: str, path: str | Path) -> None:
    """Refuse repeated ids."""
    repeated = ids[ids.duplicated()].unique()
    if len(repeated):
        raise ArgumentError(
            f"{path}",
            f"have each {what} id once",
            f"{len(repeated)} repeated ids, for instance {repeated[0]!r}",
            "rename or remove the duplicates"
            + (", or tell individuals apart by FID and IID together (`id_pair`)" if what == "sample" else ""),
        )


def match_rows(samples: pd.Index, table: Table, ledger: Ledger) -> NDArray[np.int64]:
    """Return the row of the table for each genotyped individual, -1 if there is none.

    Parameters
    ----------
    samples : pandas.Index
        Ids of the genotyped individuals.
    table : Table
    ledger : Ledger
        Receives a warning if some ids match and others differ in spelling only, or if most ids do not match.

    Returns
    -------
    np.ndarray of int of dimension (n,)

    Raises
    ------
    ValueError
        If no id matches; the message says how the ids differ, if that explains it.
    """
    rows = np.asarray(table.ids.get_indexer(samples), dtype=np.int64)
    found = rows >= 0
    unused = np.ones(len(table.ids), dtype=bool)
    unused[rows[found]] = False
    remedy, count = differing_ids(samples[~found], table.ids[unused], "the genotypes'", "the table's")
    if not found.any():
        if are_generic(list(samples)):
            remedy = "the ids of the genotypes are generic: give the .sample file of a BGEN file with `sample`"
        raise ArgumentError(
            f"{table.path}",
            "share sample ids with the genotypes",
            f"no id in common: {samples[0]!r} in the genotypes, {table.ids[0]!r} in the table",
            remedy or "check that both describe the same individuals, and name the id column with `id`",
        )
    if count:
        ledger.warnings.append(
            f"{table.path}: {count:,} of the {int((~found).sum()):,} genotyped individuals without a row differ from"
            f" ids of the table in spelling only: {remedy}."
        )
    elif found.mean() < FEW and found.sum() < FEW * len(table.ids):
        ledger.warnings.append(
            f"{table.path}: most ids are not shared: {int(found.sum()):,} of {len(samples):,} genotyped individuals and"
            f" of {len(table.ids):,} rows match. Check that the id column is right (id)."
        )
    return rows


def match_list(
    argument: str, listed: ListedIds, samples: pd.Index, path: str, ledger: Ledger, *, allow_unmatched: bool
) -> NDArray[np.bool_]:
    """Return which genotyped individuals are in a list, and count its ids that are not in the genotypes.

    Parameters
    ----------
    argument : str
        ``keep`` or ``remove``.
    listed : ListedIds
    samples : pandas.Index
        Ids of the genotyped individuals.
    path : str
        Path of the genotypes, for messages.
    ledger : Ledger
        Receives the counts.
    allow_unmatched : bool
        Whether a list to remove may name none of them.

    Returns
    -------
    np.ndarray of bool of dimension (n,)

    Raises
    ------
    ValueError
        If no id matches.
    """
    hit = np.asarray(samples.isin(listed.ids), dtype=bool)
    absent = listed.ids[~listed.ids.isin(samples)]
    remedy, count = differing_ids(absent, samples[~hit], "the list's", "the genotypes'")
    if not hit.any() and not (argument == "remove" and allow_unmatched):
        also = ", or allow it (`allow_unmatched`)" if argument == "remove" else ""
        raise ArgumentError(
            f"{argument}",
            f"list individuals of {path}",
            f"none of its {len(listed.ids)} ids, read from {listed.column}: {listed.ids[0]!r} in the list,"
            f" {samples[0]!r} in the genotypes",
            (remedy or "use the sample ids of the genotypes") + also,
        )
    spelling = f"; {count:,} of them differ in spelling only: {remedy}" if count else ""
    if len(absent) and (count or argument == "remove"):
        ledger.warnings.append(
            f"{len(absent):,} of the {len(listed.ids):,} ids of the {argument} list are not in {path}{spelling}."
        )
    else:
        present = len(listed.ids) - len(absent)
        ledger.notes.append(f"{present:,} of the {len(listed.ids):,} ids of the {argument} list are in {path}.")
    return hit

"""Rows of one id in a table: identical rows count once, and alleles distinguish those of a multi-allelic site."""

import numpy as np
import pandas as pd

from latentmr.data.ledger import Ledger
from latentmr.two_sample.data.matching import fitting

__all__ = ["chosen_rows", "settle_repeats"]

#: Columns that make two rows of one id the same.
SAME = ["effect_allele", "other_allele", "beta", "se"]


def settle_repeats(tables: list[pd.DataFrame], names: list[str], ledger: Ledger) -> list[pd.DataFrame]:
    """Leave one row of each id in every table, where rows are identical or their alleles say which one it is.

    Rows that remain under one id have the same alleles and different effects. They are dropped when the tables are
    harmonised.

    Parameters
    ----------
    tables : list of pandas.DataFrame
        Tables of the exposures and of the outcome; ids are those of the first table.
    names : list of str
        Paths or names of the tables, for the ledger.
    ledger : Ledger
        Receives the numbers of rows that were left out.

    Returns
    -------
    list of pandas.DataFrame
        The tables without these rows. Two rows of the first table that have one id and different alleles, both of them
        in the other tables, become two variants ``id_effect_other``.
    """
    once = [_once(table, name, ledger) for table, name in zip(tables, names, strict=True)]
    first, others = _several_alleles(once[0], once[1:], names[0], ledger)
    return [first, *(chosen_rows(first, table, name, ledger) for table, name in zip(others, names[1:], strict=True))]


def _once(table: pd.DataFrame, name: str, ledger: Ledger) -> pd.DataFrame:
    """Keep one of rows with the same id, alleles (in either order) and effect."""
    if not table["id"].duplicated().any():
        return table
    rows = np.flatnonzero(table["id"].duplicated(keep=False))
    part = table.iloc[rows].copy()
    pairs = part[["effect_allele", "other_allele"]].to_numpy(dtype=object)
    turned = np.array([isinstance(a, str) and isinstance(b, str) and a > b for a, b in pairs], dtype=bool)
    part.loc[turned, ["effect_allele", "other_allele"]] = pairs[turned][:, ::-1]
    part["beta"] = part["beta"].where(~turned, -part["beta"])
    again = rows[part.duplicated(["id", *SAME]).to_numpy()]
    if not len(again):
        return table
    left = len(table) - len(again)
    ledger.step("variants", "filter", f"identical to another row of the same variant in {name}", len(again), left)
    return table.drop(index=table.index[again]).reset_index(drop=True)


def _several_alleles(
    first: pd.DataFrame, others: list[pd.DataFrame], name: str, ledger: Ledger
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Settle rows of the first table that have one id and different alleles, by the alleles in the other tables."""
    repeated = first["id"].duplicated(keep=False).to_numpy()
    if not repeated.any():
        return first, others
    drop, ids = np.zeros(len(first), dtype=bool), first["id"].to_numpy(dtype=object).copy()
    others = [table.copy() for table in others]
    for id_ in pd.unique(first["id"][repeated]):
        rows = np.flatnonzero(first["id"] == id_)
        part = first.iloc[rows]
        if part[["effect_allele", "other_allele"]].isna().to_numpy().any() or _pairs_of(part) < len(rows):
            continue  # nothing tells these rows apart
        there = np.array([all(_has(table, id_, part.iloc[[i]]) for table in others) for i in range(len(rows))])
        if not there.any():
            drop[rows[1:]] = True
            continue
        drop[rows[~there]] = True
        if there.sum() > 1:
            for row in rows[there]:
                ids[row] = f"{id_}_{first['effect_allele'].iloc[row]}_{first['other_allele'].iloc[row]}"
                for table in others:
                    same = np.flatnonzero(table["id"] == id_)
                    mine = first.iloc[np.full(len(same), row)]
                    table.loc[table.index[same[fitting(mine, table.iloc[same], strand=False)]], "id"] = ids[row]
    if drop.any():
        reason = f"other alleles than in the other tables, beside a row of the same id in {name}"
        ledger.step("variants", "filter", reason, int(drop.sum()), int((~drop).sum()))
    return first.assign(id=ids)[~drop].reset_index(drop=True), others


def _pairs_of(rows: pd.DataFrame) -> int:
    pairs = rows[["effect_allele", "other_allele"]].itertuples(index=False)
    return len({frozenset((a, b)) for a, b in pairs})


def _has(table: pd.DataFrame, id_: str, row: pd.DataFrame) -> bool:
    """Return whether a table has this variant with the alleles of the row."""
    there = table[table["id"] == id_]
    return bool(fitting(row.iloc[np.zeros(len(there), dtype=int)], there, strand=False).any())


def chosen_rows(first: pd.DataFrame, other: pd.DataFrame, name: str, ledger: Ledger) -> pd.DataFrame:
    """Keep those rows of repeated ids that have the alleles of the first table.

    Parameters
    ----------
    first, other : pandas.DataFrame
        Canonical tables. Each id of ``first`` may be repeated in ``other``.
    name : str
        Name of the other table, for the ledger.
    ledger : Ledger

    Returns
    -------
    pandas.DataFrame
        ``other`` without rows of other alleles. If no row of an id has the alleles, its first row stays.
    """
    repeated = other["id"].duplicated(keep=False).to_numpy()
    if not repeated.any():
        return other
    place = pd.Index(first["id"]).drop_duplicates().get_indexer(other["id"])
    unique = first.drop_duplicates("id").reset_index(drop=True)
    rows = np.flatnonzero(repeated & (place >= 0))
    mine, theirs = unique.iloc[place[rows]], other.iloc[rows]
    rank = np.where(fitting(mine, theirs, strand=False), 0, np.where(fitting(mine, theirs), 1, 2))
    best = pd.Series(rank).groupby(theirs["id"].to_numpy()).transform("min").to_numpy()
    gone = rank > best
    gone |= (best == 2) & theirs["id"].duplicated().to_numpy()
    if not gone.any():
        return other
    left = len(other) - int(gone.sum())
    ledger.step("variants", "filter", f"other alleles than the exposure, beside a row of the same id in {name}",
                int(gone.sum()), left)  # fmt: skip
    return other.drop(index=other.index[rows[gone]]).reset_index(drop=True)

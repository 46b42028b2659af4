"""P values of variants of genotypes, read from a table of GWAS results."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Source
from latentmr.data.gwas_results.reading import read_summary
from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError

__all__ = ["read_gwas"]

#: Alleles of the other strand.
COMPLEMENT = {"A": "T", "T": "A", "C": "G", "G": "C"}


def read_gwas(
    table: str | Path,
    source: Source,
    columns: NDArray[np.int64],
    ledger: Ledger,
    given: dict[str, str] | None = None,
    layout: str | None = None,
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Find the p values of a source's variants in a table.

    Variants are found by id, or else by position and alleles. If an id occurs several times, the row with the alleles
    of the genotypes is taken.

    Parameters
    ----------
    table : str or Path
        Table with a row for each variant: id (or ``chrom:pos:ref:alt``), p value or its logarithm, and optionally beta
        and standard error; see :func:`~latentmr.data.gwas_results.reading.read_summary`.
    source : Source
        Genotypes.
    columns : np.ndarray of int
        Variants of the source that may be used.
    ledger : Ledger
        Receives the number of variants without a p value, and what was recognised in the table.
    given : dict, optional
        Names of the table's columns by their meaning.
    layout : str, optional
        Name of the table's layout.

    Returns
    -------
    pandas.DataFrame
        ``beta, se, p_value``; beta counts the effect allele of the genotypes, and is NaN if alleles do not match.
    np.ndarray of int
        The variants of these rows: those of ``columns`` with a p value.

    Raises
    ------
    ValueError
        If a column is absent, a p value lies outside 0 to 1, or no variant is in both.
    """
    readings: list[TableReading] = []
    counted = Ledger()
    read = read_summary(table, given, ledger=counted, layout=layout, readings=readings, p_only=True)
    for reading in readings:
        rule = f"; {reading.counted}" if reading.counted else ""
        ledger.notes.append(f"{table}: {reading.layout or 'columns by their names'}{rule}")
        ledger.notes.extend(f"{table}: {note}" for note in reading.notes)
    ledger.notes.extend(f"{step.removed:,} rows: {step.reason}" for step in counted.steps if step.removed)
    variants = source.variants.iloc[columns].reset_index(drop=True)
    rows, unclear = _rows(read, variants)
    there = rows >= 0
    if not there.any():
        raise ArgumentError(
            "gwas",
            f"name variants of {source.path}",
            f"none of its {len(read):,} ids: {read['id'].iloc[0]!r} in the table, {source.example!r} in the genotypes",
            "use the same names for variants in both",
        )
    if unclear:
        ledger.notes.append(f"{unclear:,} variants are left out: their id is in several rows, none with their alleles")
    ledger.step("variants", "filter", "without a p value in the gwas table", (~there).sum(), there.sum())
    chosen = read.iloc[rows[there]].reset_index(drop=True)
    sign = _signs(chosen, variants[there].reset_index(drop=True))
    frame = pd.DataFrame(
        {
            "beta": chosen["beta"].to_numpy(np.float64) * sign,
            "se": chosen["se"].to_numpy(np.float64),
            "p_value": chosen["p_value"].to_numpy(np.float64),
        }
    )
    return frame, columns[there]


def _rows(read: pd.DataFrame, variants: pd.DataFrame) -> tuple[NDArray[np.int64], int]:
    """Return the row of each variant, -1 if there is none; and how many have several rows without their alleles."""
    ids = read["id"].astype(str)
    repeated = ids.duplicated(keep=False).to_numpy()
    single = np.flatnonzero(~repeated)
    found = Listed(ids.to_numpy()[single]).find(variants)
    rows = np.where(found >= 0, single[found] if len(single) else -1, -1).astype(np.int64)
    unclear = 0
    if repeated.any():
        several = pd.Series(np.flatnonzero(repeated)).groupby(ids[repeated].to_numpy()).apply(list)
        for place in np.flatnonzero((rows < 0) & variants["id"].isin(several.index).to_numpy()):
            alleles = set(variants[["effect_allele", "other_allele"]].iloc[place])
            rivals = read[["effect_allele", "other_allele"]].iloc[several[variants["id"].iloc[place]]]
            same = [int(row) for row, *pair in rivals.itertuples() if alleles == set(pair)]
            rows[place] = same[0] if len(same) == 1 else -1
            unclear += len(same) != 1
    lost = np.flatnonzero(rows < 0)
    placed = read[["chrom", "pos", "effect_allele", "other_allele"]].notna().all(axis=1)
    placed &= read["pos"].isin(variants["pos"].iloc[lost].str.lstrip("0"))
    if len(lost) and placed.any():
        some = np.flatnonzero(placed.to_numpy())
        names = read.loc[placed, ["chrom", "pos", "other_allele", "effect_allele"]].astype(str).agg(":".join, axis=1)
        distinct = ~names.duplicated(keep=False).to_numpy()
        here = Listed(names.to_numpy()[distinct]).find(variants.iloc[lost].reset_index(drop=True))
        rows[lost] = np.where(here >= 0, some[distinct][here] if distinct.any() else -1, -1)
    return rows, unclear


def _signs(read: pd.DataFrame, variants: pd.DataFrame) -> NDArray[np.float64]:
    """Return 1 if the table counts the effect allele of the genotypes, -1 if the other one, otherwise NaN."""
    counted, other = read["effect_allele"].astype(str), read["other_allele"].astype(str)
    effect, second = variants["effect_allele"].str.upper(), variants["other_allele"].str.upper()
    unknown = read["other_allele"].isna()
    same = (counted == effect) & (unknown | (other == second))
    swapped = (counted == second) & (unknown | (other == effect))
    turned, turned_other = counted.map(COMPLEMENT), other.map(COMPLEMENT)
    neither = ~same & ~swapped
    same |= neither & (turned == effect) & (turned_other == second)
    swapped |= neither & (turned == second) & (turned_other == effect)
    return np.where(same.to_numpy(), 1.0, np.where(swapped.to_numpy(), -1.0, np.nan))

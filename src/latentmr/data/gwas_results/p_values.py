"""P values of variants, read from a table of GWAS results."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Source
from latentmr.data.ledger import Ledger
from latentmr.data.printing import listing
from latentmr.data.summary_columns import NAMES
from latentmr.data.tables import header, numeric, read_table
from latentmr.errors import ArgumentError

__all__ = ["read_gwas"]


def read_gwas(
    table: str | Path, source: Source, columns: NDArray[np.int64], ledger: Ledger
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Find the p values of a source's variants in a table.

    Parameters
    ----------
    table : str or Path
        Table with a row for each variant: id (or ``chrom:pos:ref:alt``), p value or its logarithm, and optionally beta
        and standard error. It is .tsv, .csv or white-space text (plain, .gz, .zst) or .parquet.
    source : Source
        Genotypes.
    columns : np.ndarray of int
        Variants of the source that may be used.
    ledger : Ledger
        Receives the number of variants without a p value.

    Returns
    -------
    pandas.DataFrame
        ``beta, se, p_value``.
    np.ndarray of int
        The variants of these rows: those of ``columns`` with a p value.

    Raises
    ------
    ValueError
        If a column is absent, a p value lies outside 0 to 1, or no variant is in both.
    """
    names = header(table)
    known = {role: _called(names, NAMES[role]) for role in ("id", "p_value", "beta", "se")}
    logarithm = _called(names, NAMES["log10_p"])
    if known["id"] is None or (known["p_value"] is None and logarithm is None):
        raise ArgumentError(
            "gwas",
            (
                "have a column with the variant's id (ID, SNP, rsid, variant_id) and one with its p value (P,"
                " p_value, pval, LOG10P)"
            ),
            f"{listing(names)} in {table}",
            "rename the columns",
        )
    wanted = [name for name in (known["p_value"] or logarithm, known["beta"], known["se"]) if name]
    read = read_table(table, wanted, id=known["id"])
    values = {name: numeric(read.columns[name], name, "gwas", str(table)) for name in wanted}
    p_value = values[known["p_value"]] if known["p_value"] else 10.0 ** -values[str(logarithm)]
    bad = (p_value < 0) | (p_value > 1)
    if bad.any():
        raise ArgumentError(
            "gwas", "have p values between 0 and 1", f"{p_value[bad][0]:g} in {table}", "check the column"
        )
    rows = Listed(read.ids).find(source.variants.iloc[columns])
    there = (rows >= 0) & np.isfinite(np.where(rows >= 0, p_value[rows], np.nan))
    if not there.any():
        raise ArgumentError(
            "gwas",
            f"name variants of {source.path}",
            f"none of its {len(read.ids):,} ids: {read.ids[0]!r} in the table, {source.example!r} in the genotypes",
            "use the same names for variants in both",
        )
    ledger.step("variants", "filter", "without a p value in the gwas table", (~there).sum(), there.sum())
    nothing = np.full(len(p_value), np.nan)
    found = {role: values[name] if (name := known[role]) else nothing for role in ("beta", "se")}
    chosen = rows[there]
    frame = pd.DataFrame({name: column[chosen] for name, column in (found | {"p_value": p_value}).items()})
    return frame, columns[there]


def _called(names: list[str], words: tuple[str, ...]) -> str | None:
    """Return the first column with one of these names, in upper or lower case."""
    return next((name for word in words for name in names if name.lower().lstrip("#") == word), None)

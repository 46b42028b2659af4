"""What was recognised in a table of GWAS results, in words for the screen and in rows for reports."""

from collections.abc import Sequence
from pathlib import Path

from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.typing import Row

__all__ = ["notes_of", "reading_rows"]


def notes_of(reading: TableReading) -> list[str]:
    """Return short notes on what was recognised in a table: layout, allele that is counted, and what was computed.

    Parameters
    ----------
    reading : TableReading

    Returns
    -------
    list of str

    Examples
    --------
    >>> notes_of(TableReading("gwas/chd.tsv", "REGENIE", {"beta": "BETA"}, "ALLELE1 is counted"))
    ['chd.tsv was read as REGENIE: ALLELE1 is counted']
    """
    name = Path(reading.path).name
    start = f"{name} was read as {reading.layout}" if reading.layout else f"{name} was read by the names of its columns"
    return [f"{start}: {reading.counted}", *(f"{name}: {note}" for note in reading.notes)]


def reading_rows(readings: Sequence[TableReading]) -> list[Row]:
    """Return a row for each table, for the report.

    Parameters
    ----------
    readings : sequence of TableReading

    Returns
    -------
    list of dict
        ``table, layout, rows, allele_counted, columns, notes``.
    """
    return [
        {
            "table": Path(reading.path).name,
            "layout": reading.layout or "not known",
            "rows": reading.n_rows,
            "allele_counted": reading.counted,
            "columns": ", ".join(f"{role}={column}" for role, column in reading.columns.items()),
            "notes": "; ".join(reading.notes),
        }
        for reading in readings
    ]

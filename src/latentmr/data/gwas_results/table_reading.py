"""What was recognised in a table of GWAS results: its layout, its columns, and which allele is counted."""

from dataclasses import dataclass, field

from latentmr.data.printing import Brief

__all__ = ["TableReading"]


@dataclass(frozen=True, repr=False)
class TableReading(Brief):
    """What was recognised in one table of GWAS results.

    Parameters
    ----------
    path : str
        Path of the table.
    layout : str
        Name of the tool or standard whose layout it is; empty if only single columns were recognised.
    columns : dict of str to str
        Column of the table by its role, for instance ``{"beta": "BETA"}``.
    counted : str
        Which allele is counted and by which rule, as a sentence without its full stop.
    certain : bool
        Whether names of columns settle which allele is counted. If not, frequencies must.
    binary : bool
        Whether effects are log odds or log hazard ratios.
    n_rows : int
        Number of rows that test a variant.
    notes : tuple of str
        Further sentences about what was read and what was computed.
    """

    path: str
    layout: str
    columns: dict[str, str]
    counted: str
    certain: bool = True
    binary: bool = False
    n_rows: int = 0
    notes: tuple[str, ...] = field(default_factory=tuple)

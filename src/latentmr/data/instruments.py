"""Instruments from a table: genotypes, scores or any continuous instruments, a column each."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.assemble import assemble
from latentmr.data.dataset import Dataset
from latentmr.data.genotypes.genotypes import store
from latentmr.data.genotypes.source import Progress, Remarks
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.genotypes.wanted import Wanted
from latentmr.data.plan import Plan
from latentmr.data.tables import header, id_column, numeric, read_table, refuse_infinite
from latentmr.data.variant_filter import listed_variants

__all__ = ["TableSource", "read_instruments"]


class TableSource:
    """A table with an id column and one column for each instrument.

    Parameters
    ----------
    path : str or Path
        .tsv, .csv (plain, .gz, .zst) or .parquet.
    variants : str or Path, optional
        Table with a row for each instrument: ``id``, and ``chrom``, ``pos``, ``effect_allele``, ``other_allele`` as
        far as known.
    id : str, optional
        Id column.

    Raises
    ------
    ValueError
        Where the table has no instrument, or ``variants`` does not describe them all.
    """

    argument = "--instruments"
    remarks = Remarks()

    def __init__(self, path: str | Path, variants: str | Path | None = None, id: str | None = None) -> None:
        self.path = str(path)
        names = header(path)
        # the phenotype tables' id column may have another name here
        self._id = id if id in names else None
        key = id_column(names, self._id, path)
        self._names = [name for name in names if name not in (key, "FID", "#FID")]
        if not self._names:
            raise ValueError(f"--instruments must have a column for each instrument. Got only {names} in {path}.")
        self.samples = read_table(path, [], id=self._id).ids
        self.variants = _describe(self._names, variants)
        self.total, self.example = len(self.variants), self._names[0]

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """See :meth:`Source.read <latentmr.data.genotypes.source.Source.read>`."""
        out = np.empty((len(rows), len(columns)), dtype=np.float32)
        names = [self._names[column] for column in columns]
        table = read_table(self.path, names, id=self._id, single=True)
        for j, name in enumerate(names):
            values = numeric(table.columns[name], name, "--instruments", self.path)[rows]
            refuse_infinite(values, name, "--instruments")
            out[:, j] = values
        return store(out)


def read_instruments(
    instruments: str | Path, *, variants: str | Path | None = None, wanted: Wanted | None = None, **plan: Any
) -> Dataset:
    """Read a table of instruments and phenotype tables into one checked data set.

    Columns of 0, 1 and 2 are hard calls, columns within 0 to 2 dosages (the frequency filter applies to both), others
    continuous. Without ``variants`` the alleles are not known: they are ``NA``, and a saved model matches by id alone.

    Parameters
    ----------
    instruments : str or Path
        Table with the sample id and a column for each instrument.
    variants : str or Path, optional
        Table that names the alleles.
    wanted : Wanted, optional
        What a saved model needs; see :func:`read_plink`.
    **plan
        Columns, lists and thresholds: the parameters of :class:`~latentmr.data.Plan`.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        Where files, columns or values are not what they must be; the message says what to do.
    """
    chosen = Plan(**plan)
    return assemble(TableSource(instruments, variants, chosen.id), chosen, wanted, listed_variants(chosen, wanted))


def _describe(names: list[str], variants: str | Path | None) -> pd.DataFrame:
    table = pd.DataFrame({"id": names} | {column: ["NA"] * len(names) for column in VARIANT_COLUMNS[1:]})
    if variants is None:
        return table
    known = [column for column in VARIANT_COLUMNS[1:] if column in header(variants)]
    described = read_table(variants, known, labels=known, id="id")
    rows = described.ids.get_indexer(pd.Index(names, dtype=object))
    if (rows < 0).any():
        absent = names[int(np.argmax(rows < 0))]
        raise ValueError(
            f"--variants must have a row for each instrument. Got none for {int((rows < 0).sum())} of {len(names)},"
            f" for instance {absent!r}."
        )
    for column in known:
        values = described.columns[column].to_pandas().astype(object)
        table[column] = values.where(values.notna(), "NA").to_numpy()[rows]
    return table

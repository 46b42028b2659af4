"""Sample ids: lists on disk, duplicates, and the match of genotypes with tables."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.paths import why_no_file
from latentmr.data.genotypes.sample_file import are_generic
from latentmr.data.tables import Table
from latentmr.errors import ArgumentError

__all__ = ["match_rows", "read_id_list", "refuse_duplicates"]


def read_id_list(path: str | Path, argument: str, *, individuals: bool) -> pd.Index:
    """Read ids from a text file with one on each line.

    Parameters
    ----------
    path : str or Path
        White-space separated text, with or without a header. Sample ids are in ``IID`` or ``FID IID``. The variant id
        is the first column, or the second of a .bim file.
    argument : str
        Name of the argument in messages.
    individuals : bool
        Whether these are sample ids.

    Returns
    -------
    pandas.Index

    Raises
    ------
    ValueError
        If there is no such file, or no id in it.
    """
    path = Path(path)
    if not path.is_file():
        raise ArgumentError(
            f"{argument}", "be a file with one id on each line", f"{path}, which {why_no_file(path)}", "check the path"
        )
    try:
        lines = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise ArgumentError(
            f"{argument}", "be text in UTF-8, one id on each line", f"{path}, which is not", "save it as UTF-8"
        ) from error
    column = 0
    if lines and ((individuals and len(lines[0]) > 1) or path.suffix == ".bim"):
        column = 1
    if lines and lines[0][0].lstrip("#") in ("FID", "IID", "ID", "SNP"):
        names = [name.lstrip("#") for name in lines[0]]
        column = names.index("IID") if "IID" in names else column
        lines = lines[1:]
    if not lines:
        raise ArgumentError(
            f"{argument}", "list at least one id", f"none in {path}", f"add ids to it, or leave `{argument}` out"
        )
    if any(len(line) <= column for line in lines):
        raise ArgumentError(
            f"{argument}",
            "have the same columns on every line",
            f"a shorter line in {path}",
            "complete this line or remove it",
        )
    return pd.Index([line[column] for line in lines], dtype=object).unique()


def refuse_duplicates(ids: pd.Index, what: str, path: str | Path) -> None:
    """Refuse repeated ids."""
    repeated = ids[ids.duplicated()].unique()
    if len(repeated):
        raise ArgumentError(
            f"{path}",
            f"have each {what} id once",
            f"{len(repeated)} repeated ids, for instance {repeated[0]!r}",
            "rename or remove the duplicates",
        )


def match_rows(samples: pd.Index, table: Table) -> NDArray[np.int64]:
    """Return the row of the table for each genotyped individual, -1 if there is none.

    Raises
    ------
    ValueError
        If no id matches; the message says whether the ids would match without a family-id prefix.
    """
    rows = np.asarray(table.ids.get_indexer(samples), dtype=np.int64)
    if (rows >= 0).any():
        return rows
    hint = "check that both describe the same individuals, and name the id column with `id`"
    for text, mine, theirs in (
        ("the genotypes'", _without_family(samples), table.ids),
        ("the table's", samples, _without_family(table.ids)),
    ):
        if mine.isin(theirs).any():
            hint = f"remove the family id (the part before '_') from {text} ids, and they match"
    if are_generic(list(samples)):
        hint = "the ids of the genotypes are generic: give the .sample file of a BGEN file with `sample`"
    raise ArgumentError(
        f"{table.path}",
        "share sample ids with the genotypes",
        f"no id in common: {samples[0]!r} in the genotypes, {table.ids[0]!r} in the table",
        hint,
    )


def _without_family(ids: pd.Index) -> pd.Index:
    return pd.Index([str(value).rsplit("_", 1)[-1] for value in ids], dtype=object)

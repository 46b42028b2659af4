"""Sample ids: lists on disk, duplicates, and matching genotypes to tables."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.paths import why_no_file
from latentmr.data.tables import Table
from latentmr.errors import ArgumentError

__all__ = ["match_rows", "read_id_list", "refuse_duplicates"]


def read_id_list(path: str | Path, argument: str, *, people: bool) -> pd.Index:
    """Ids from a text file, one a line.

    Parameters
    ----------
    path : str or Path
        White-space separated, with or without a header. People: ``IID`` or ``FID IID``. Variants: the id is the
        first column, or the second of a .bim file.
    argument : str
        The option it was given to, for messages.
    people : bool
        Whether these are sample ids.

    Returns
    -------
    pandas.Index

    Raises
    ------
    ValueError
        Where there is no such file, or no id in it.
    """
    path = Path(path)
    if not path.is_file():
        raise ArgumentError(f"{argument}", "be a file with one id a line", f"{path}, which {why_no_file(path)}")
    try:
        lines = [line.split() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise ArgumentError(f"{argument}", "be text in UTF-8, one id a line", f"{path}, which is not") from error
    column = 0
    if lines and ((people and len(lines[0]) > 1) or path.suffix == ".bim"):
        column = 1
    if lines and lines[0][0].lstrip("#") in ("FID", "IID", "ID", "SNP"):
        names = [name.lstrip("#") for name in lines[0]]
        column = names.index("IID") if "IID" in names else column
        lines = lines[1:]
    if not lines:
        raise ArgumentError(f"{argument}", "list at least one id", f"none in {path}")
    if any(len(line) <= column for line in lines):
        raise ArgumentError(f"{argument}", "have the same columns in every line", f"a shorter line in {path}")
    return pd.Index([line[column] for line in lines], dtype=object).unique()


def refuse_duplicates(ids: pd.Index, what: str, path: str | Path) -> None:
    """Stop where an id occurs twice."""
    repeated = ids[ids.duplicated()].unique()
    if len(repeated):
        raise ArgumentError(
            f"{path}",
            f"have each {what} id once",
            f"{len(repeated)} repeated ids, for instance {repeated[0]!r}",
            "rename or remove the copies",
        )


def match_rows(samples: pd.Index, table: Table) -> NDArray[np.int64]:
    """Row of the table for each genotyped person, -1 where there is none.

    Raises
    ------
    ValueError
        Where nobody matches; the message says whether the ids would match without a family-id prefix.
    """
    rows = np.asarray(table.ids.get_indexer(samples), dtype=np.int64)
    if (rows >= 0).any():
        return rows
    hint = "check that both name the same people, and name the id column with `id`"
    for text, mine, theirs in (
        ("the genotypes'", _without_family(samples), table.ids),
        ("the table's", samples, _without_family(table.ids)),
    ):
        if mine.isin(theirs).any():
            hint = f"they match once the family id (the part before '_') is stripped from {text} ids: rewrite those ids"
    raise ArgumentError(
        f"{table.path}",
        "share sample ids with the genotypes",
        f"no id in common ({samples[0]!r} in the genotypes, {table.ids[0]!r} in the table)",
        f"{hint}",
    )


def _without_family(ids: pd.Index) -> pd.Index:
    return pd.Index([str(value).rsplit("_", 1)[-1] for value in ids], dtype=object)

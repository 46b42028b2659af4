"""Rows of a table of GWAS results: those that test a variant, those left out, and those that occur twice."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from latentmr.data.printing import listing
from latentmr.errors import ArgumentError

__all__ = ["additive", "copies", "flagged", "true_texts"]

#: Texts that mean true or false.
TRUE, FALSE = ("true", "t", "1", "yes"), ("false", "f", "0", "no")


def additive(table: pa.Table, name: str, path: str) -> tuple[pa.Table, int]:
    """Keep the rows of the additive test, and return how many others there are.

    Parameters
    ----------
    table : pyarrow.Table
    name : str
        Column of the name of the test, or of the model in REGENIE htp (``ADD-WGR-LR``).
    path : str
        Path, for messages.

    Raises
    ------
    ValueError
        If no row is of the additive test.
    """
    if table[name].null_count == table.num_rows:
        return table, 0
    test = table[name].cast(pa.string())
    known = pc.unique(test)
    capitals = pc.utf8_upper(pc.fill_null(known, ""))
    chosen = pc.or_(pc.equal(capitals, "ADD"), pc.starts_with(capitals, "ADD-"))
    if pc.all(chosen).as_py():
        return table, 0
    if not pc.any(chosen).as_py():
        raise ArgumentError(
            f"column {name!r}",
            "have rows of the additive test, ADD",
            f"{listing(pc.unique(capitals).to_pylist())} in {path}",
            "give results of an additive model",
        )
    kept = table.filter(pc.is_in(test, value_set=known.filter(chosen)))
    return kept, table.num_rows - kept.num_rows


def true_texts(column: pa.ChunkedArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which values mean true, and which mean false."""
    text = pc.utf8_lower(column.cast(pa.string()))
    yes, no = (pc.fill_null(pc.is_in(text, value_set=pa.array(words)), False) for words in (TRUE, FALSE))
    return np.asarray(yes.to_numpy(), dtype=bool), np.asarray(no.to_numpy(), dtype=bool)


def flagged(table: pa.Table, found: dict[str, str]) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return rows that the table itself marks as not to be used, with the reason."""
    out = []
    if "keep" in found:
        out.append((f"{found['keep']} is FALSE", true_texts(table[found["keep"]])[1]))
    for role in ("remove", "low_confidence"):
        if role in found:
            out.append((f"{found[role]} is TRUE", true_texts(table[found[role]])[0]))
    return out


def copies(frame: pd.DataFrame, columns: list[str]) -> NDArray[np.bool_]:
    """Return rows that repeat an earlier row in all columns."""
    ids = frame["id"]
    again = ids.duplicated(keep=False).to_numpy()
    out = np.zeros(len(frame), dtype=bool)
    if again.any():
        out[again] = frame.loc[again, columns].duplicated().to_numpy()
    return out

"""Lists of individuals: an id on each line, or a family id and an id, or an id and remarks."""

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from latentmr.data.cohort.id_columns import FAMILIES, IDS, OTHER_IDS, paired, plain
from latentmr.data.genotypes.paths import why_no_file
from latentmr.errors import ArgumentError

__all__ = ["ListedIds", "read_individuals"]

#: Lines that show whether ids are separated at all.
FIRST = 100
#: Texts that are no id.
NO_IDS = ("", "NA", "N/A", "NaN", "nan", "NULL", "<NA>", "#N/A")


@dataclass(frozen=True)
class ListedIds:
    """Ids of a list.

    Parameters
    ----------
    ids : pandas.Index
        Each once.
    column : str
        The column that holds them, in words.
    """

    ids: pd.Index
    column: str


def read_individuals(path: str | Path, argument: str, samples: pd.Index, *, pairs: bool = False) -> ListedIds:
    """Read the ids of a list of individuals.

    Parameters
    ----------
    path : str or Path
        Text in UTF-8 or UTF-16, with columns separated by tabs, commas, semicolons or blanks, with or without a header.
        Without a header the id is the second of several columns (PLINK's ``FID IID``), unless only the first column
        holds sample ids.
    argument : str
        Name of the argument in messages.
    samples : pandas.Index
        Sample ids of the genotypes.
    pairs : bool
        Whether ids are family and individual ids together, in the first two columns.

    Returns
    -------
    ListedIds

    Raises
    ------
    ValueError
        If there is no such file, no id in it, or two columns could hold the ids.
    """
    rows = _rows(Path(path), argument, samples)
    header = [plain(name) for name in rows[0]] if rows else []
    named = [header.index(name) for name in (*IDS, *OTHER_IDS) if name in header]
    family = [header.index(name) for name in FAMILIES if name in header]
    if (named or family) and not (set(rows[0]) & set(samples)):
        rows = rows[1:]
    else:
        named = family = []
    if not rows:
        raise ArgumentError(
            f"{argument}", "list at least one id", f"none in {path}", f"add ids to it, or leave `{argument}` out"
        )
    column = named[0] if named else 1 if family else _column(rows, samples, argument, path) if not pairs else 1
    needed = max(column, *(family or [0])) if pairs else column
    if any(len(row) <= needed for row in rows):
        raise ArgumentError(
            f"{argument}",
            "have a family id and an individual id on every line" if pairs else "have the same columns on every line",
            f"a shorter line in {path}",
            "complete this line or remove it",
        )
    ids = pd.Index([row[column] for row in rows], dtype=object)
    if pairs:
        ids = paired([row[family[0] if family else 0] for row in rows], ids)
    ids = ids[~ids.isin(NO_IDS)].unique()
    if not len(ids):
        raise ArgumentError(f"{argument}", "list at least one id", f"none in {path}", "check the file")
    return ListedIds(ids, "its family and individual ids" if pairs else f"its column {column + 1}")


def _column(rows: Sequence[Sequence[str]], samples: pd.Index, argument: str, path: str | Path) -> int:
    """Return the column of ids in a list without a header."""
    if len(rows[0]) == 1 and all(len(row) == 1 for row in rows):
        return 0
    first, second = (
        int(pd.Index([row[j] for row in rows if len(row) > j], dtype=object).isin(samples).sum()) for j in (0, 1)
    )
    if not first or second * 2 >= len(rows):
        return 1
    if second:
        raise ArgumentError(
            f"{argument}",
            "show which of its columns holds the ids",
            f"sample ids in two columns of {path}: {first:,} in the first, {second:,} in the second",
            "add a header line with IID, or write one id on each line",
        )
    return 0


def _rows(path: Path, argument: str, samples: pd.Index) -> list[list[str]]:
    if not path.is_file():
        raise ArgumentError(
            f"{argument}", "be a file with one id on each line", f"{path}, which {why_no_file(path)}", "check the path"
        )
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArgumentError(
            f"{argument}", "be text in UTF-8, one id on each line", f"{path}, which is not", "save it as UTF-8"
        ) from error
    lines = [line for line in text.splitlines() if line.strip()]
    if any("," in line and line.strip() in samples for line in lines[:FIRST]):
        # ids may hold commas
        return [[line.strip()] for line in lines]
    separator = next((mark for mark in "\t,;" if lines and mark in lines[0]), None)
    rows = [[cell.strip(" \"'") for cell in line.strip(" ").split(separator)] for line in lines]
    return [row for row in rows if any(row)]

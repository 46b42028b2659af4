"""Tables from disk: .tsv, .csv, white-space text (plain, .gz, .zst) and .parquet, as columns keyed by sample id."""

import io
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from latentmr.data.cohort.id_columns import find_family_column, find_id_column, is_nameless, is_row_numbers, paired
from latentmr.data.genotypes.paths import why_no_file
from latentmr.data.printing import Brief, listing
from latentmr.data.ragged import refuse_ragged
from latentmr.errors import ArgumentError

__all__ = [
    "MISSING",
    "Table",
    "header",
    "id_column",
    "line_of",
    "numeric",
    "read_columns",
    "read_table",
    "refuse_infinite",
    "separation",
]

#: Texts that mean a missing value: those of R, pandas, GWAS-SSF, spreadsheets, databases and PLINK.
MISSING = (
    "", "NA", "N/A", "NaN", "nan", ".", "na", "n/a", "#NA", "#N/A", "<NA>", "NULL", "null", "None", "none",
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Table(Brief):
    """Chosen columns of a file.

    Parameters
    ----------
    path : str
        Path of the file, for messages.
    ids : pandas.Index
        Sample ids as text, each once.
    columns : dict of str to pyarrow.ChunkedArray
        Values of each column: labels as text, and numbers as numbers.
    """

    path: str
    ids: pd.Index
    columns: dict[str, pa.ChunkedArray]


def header(path: str | Path) -> list[str]:
    """Read the names of a table's columns.

    Parameters
    ----------
    path : str or Path
        A .parquet file, or text with a header line.

    Returns
    -------
    list of str
    """
    path = _existing(path)
    try:
        if _is_parquet(path):
            return list(pq.read_schema(path).names)
        line = _first_line(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise ArgumentError(
            f"{path}", "be a table that can be read", f"the error {str(error).splitlines()[0]!r}", "check the file"
        ) from error
    if not line.strip():
        raise ArgumentError(
            f"{path}", "start with a header line", "an empty line", "add the names of the columns as the first line"
        )
    separator = _separator(line)
    return [name.strip('"') for name in line.split(None if separator == " " else separator)]


def id_column(names: list[str], chosen: str | None, path: str | Path) -> str:
    """Return which column holds the sample id.

    It is ``chosen`` if given; otherwise ``IID`` or ``eid`` wherever it stands; otherwise the first column, or another
    column with the name of an id if the first has no name or is ``FID``
    (:func:`~latentmr.data.cohort.id_columns.find_id_column`).
    """
    if chosen is not None:
        if chosen not in names:
            raise ArgumentError("id", f"name a column of {path}", f"{chosen!r}", f"its columns are {listing(names)}")
        return chosen
    return find_id_column(names)


def read_table(
    path: str | Path,
    columns: Iterable[str],
    *,
    labels: Iterable[str] = (),
    id: str | None = None,
    pairs: bool = False,
    single: bool = False,
) -> Table:
    """Read chosen columns of a table.

    Parameters
    ----------
    path : str or Path
        A .tsv, .csv or white-space table with a header line (plain, .gz or .zst), or .parquet.
    columns : iterable of str
        Columns to read.
    labels : iterable of str
        Those of ``columns`` that are labels; they stay text even if they look like numbers.
    id : str, optional
        Name of the id column; see :func:`id_column` for the default.
    pairs : bool
        Whether an id is the family id (``FID``) and the id together, with a blank between them.
    single : bool
        Whether to read numbers in single precision, for tables as wide as genotypes.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If there is no such file or column, two columns have one name, or an id is missing or repeated.
    """
    path = _existing(path)
    names = header(path)
    key = id_column(names, id, path)
    wanted = list(dict.fromkeys(columns))
    family = _family_column(names, path) if pairs else key
    counts = Counter(names)
    for name in (key, family, *wanted):
        if counts[name] != 1:
            came = "none" if name not in counts else f"{counts[name]}"
            raise ArgumentError(f"{path}", f"have one column {name!r}", f"{came}", f"its columns are {listing(names)}")
    texts = {key, family, *labels} & set(names)
    table = _read(path, list(dict.fromkeys([key, family, *wanted])), texts, single)
    ids = _ids(table, key)
    if not pairs and id is None and is_nameless(key) and is_row_numbers(ids):
        raise ArgumentError(
            f"{path}",
            "name its id column",
            f"row numbers in {f'column {key!r}' if key else 'a column without a name'}, and no column IID or eid among"
            f" {listing(names)}",
            "name the id column with `id`, or give the column a name if it holds the ids",
        )
    _check_ids(ids, key, path, repeats=pairs)
    if pairs:
        ids = paired(_ids(table, family), ids)
        _check_ids(ids, f"{family} {key}", path)
    values = {name: _labels(table[name]) if name in texts else table[name] for name in wanted}
    return Table(str(path), ids, values)


def read_columns(path: str | Path, columns: list[str], labels: Iterable[str] = ()) -> pa.Table:
    """Read chosen columns of a table without sample ids, in the order of its rows.

    Parameters
    ----------
    path : str or Path
        A table like those of :func:`read_table`.
    columns : list of str
        Columns to read; each must be there once.
    labels : iterable of str
        Those that stay text even if they look like numbers.

    Returns
    -------
    pyarrow.Table
    """
    texts = set(labels)
    table = _read(_existing(path), columns, texts, False)
    return pa.table({name: _labels(table[name]) if name in texts else table[name] for name in columns})


def _labels(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as text, with null for texts that mean missing."""
    # text files have been read so already, parquet files have not
    text = column.cast(pa.string())
    return pc.if_else(pc.is_in(text, value_set=pa.array(MISSING)), pa.scalar(None, pa.string()), text)


def _read(path: Path, wanted: list[str], texts: set[str], single: bool) -> pa.Table:
    try:
        if _is_parquet(path):
            return pq.read_table(path, columns=wanted)
        separator = _separator(_first_line(path))
        if separator == " ":
            refuse_ragged(path)
            frame = pd.read_csv(
                pa.input_stream(str(path), compression="detect"), sep=r"\s+", usecols=wanted,
                dtype=dict.fromkeys(texts, str), na_values=list(MISSING), keep_default_na=False, low_memory=False,
            )  # fmt: skip
            return pa.Table.from_pandas(frame, preserve_index=False)
        types = dict.fromkeys(texts, pa.string())
        if single:
            try:
                return _read_text(path, separator, wanted, types | dict.fromkeys(set(wanted) - texts, pa.float32()))
            except pa.ArrowInvalid:
                pass  # some value is not a number: read the column as text, so that the message can name it
        try:
            return _read_text(path, separator, wanted, types)
        except pa.ArrowInvalid:
            # one thread counts the rows
            return _read_text(path, separator, wanted, types, threads=False)
    except ArgumentError:
        raise
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, ValueError) as error:
        # without the cause: its message quotes the row
        raise ArgumentError(f"{path}", "be a table that can be read", *_fault(path, error)) from None


def _fault(path: Path, error: Exception) -> tuple[str, str]:
    """Name the line, the column and the kind of fault, but no value of the row; and say what to do."""
    reason = str(error).splitlines()[0]
    if _is_parquet(path) or not isinstance(error, pa.ArrowInvalid):
        return f"the error {reason!r}", "check the file"
    row, column, counts = (
        re.search(pattern, reason)
        for pattern in (r"Row #(\d+)", r"In CSV column #(\d+)", r"Expected (\d+) columns, got (\d+)")
    )
    place = f"line {line_of(path, int(row[1]) - 1)}" if row else "a line"
    names = header(path)
    if counts:
        expected, found = int(counts[1]), int(counts[2])
        what = f"too few columns, the first missing is {names[found]!r}" if found < expected else "too many columns"
        return f"{place} with {found} columns instead of {expected} ({what})", "complete or correct this line"
    if column:
        kind, remedy = "a value of another type", "correct this value"
        if "UTF8" in reason:
            kind, remedy = "bytes that are not UTF-8", "save the file as UTF-8"
        return f"{place} with {kind} in column {names[int(column[1])]!r}", remedy
    if "straddl" in reason:
        return "a line that is too long", "check the ends of the lines"
    return "a fault that the reader of text tables does not locate", "check the file"


def line_of(path: str | Path, row: int) -> int:
    """Return the number of the line that holds a row of a text table; the header is row 0.

    Empty lines are no rows, but count as lines.
    """
    seen = -1
    with pa.input_stream(str(path), compression="detect") as stream:
        for number, line in enumerate(io.BufferedReader(stream), 1):
            seen += bool(line.strip(b"\r\n"))
            if seen == row:
                return number
    return row + 1


def _read_text(
    path: Path, separator: str, wanted: list[str], types: dict[str, pa.DataType], *, threads: bool = True
) -> pa.Table:
    return pa_csv.read_csv(
        pa.input_stream(str(path), compression="detect"),
        read_options=pa_csv.ReadOptions(use_threads=threads),
        parse_options=pa_csv.ParseOptions(delimiter=separator),
        convert_options=pa_csv.ConvertOptions(
            include_columns=wanted,
            column_types=types,
            null_values=list(MISSING),
            strings_can_be_null=True,
            timestamp_parsers=[],
        ),
    )


def numeric(column: pa.ChunkedArray, name: str, role: str, path: str) -> np.ndarray:
    """Convert a column to float64 with NaN for missing values, or say which line does not hold a number."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        texts = column.to_pandas()
        parsed = pd.to_numeric(texts, errors="coerce")
        bad = texts[parsed.isna() & texts.notna()]
        if len(bad):
            row = int(np.argmax((parsed.isna() & texts.notna()).to_numpy())) + 1
            lines = Path(path).is_file() and not _is_parquet(Path(path))
            place = f"on line {line_of(path, row)}" if lines else f"in row {row}"
            came = f"text {place}" if len(bad) == 1 else f"text in {len(bad):,} rows, the first {place}"
            raise ArgumentError(
                f"{role}",
                "be a numeric column",
                f"{name!r} of {path} with {came}",
                "write NA for missing values, or choose another column",
            )
        return parsed.to_numpy(dtype=np.float64)
    if not (
        pa.types.is_integer(column.type)
        or pa.types.is_floating(column.type)
        or pa.types.is_boolean(column.type)
        or pa.types.is_null(column.type)
        or pa.types.is_decimal(column.type)
    ):
        raise ArgumentError(
            f"{role}", "be a numeric column", f"{name!r} of {path} with type {column.type}", "choose another column"
        )
    # a safe cast refuses integers beyond 2^53 and quotes the value
    values = column.cast(pa.float64(), safe=False).to_numpy()
    return np.asarray(values, dtype=np.float64)


def refuse_infinite(values: np.ndarray, name: str, role: str) -> None:
    """Refuse a numeric column with an infinite value."""
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise ArgumentError(
            f"{role}", "be finite", f"{infinite} infinite values in {name!r}", "write NA for missing values"
        )


def _ids(table: pa.Table, name: str) -> pd.Index:
    """Return a column of ids as text, without blanks at either end."""
    return pd.Index(pc.utf8_trim_whitespace(table[name].cast(pa.string())).to_pandas().astype(object), dtype=object)


def _family_column(names: list[str], path: Path) -> str:
    found = find_family_column(names)
    if found is None:
        raise ArgumentError(
            "id_pair", f"come with family ids: a column FID in {path}", f"the columns {listing(names)}", "add FID"
        )
    return found


def _check_ids(ids: pd.Index, key: str, path: Path, *, repeats: bool = False) -> None:
    if len(ids) == 0:
        raise ArgumentError(f"{path}", "have at least one row", "a header only", "check the file")
    missing = int(np.sum(ids.isna()))
    if missing:
        raise ArgumentError(
            f"{path}",
            "have an id in every row",
            f"{missing} rows without one in column {key!r}",
            "remove these rows, or name the id column with `id`",
        )
    repeated = ids[ids.duplicated()].unique()
    if len(repeated) and not repeats:
        raise ArgumentError(
            f"{path}",
            f"have each id once in column {key!r}",
            f"{len(repeated)} repeated ids, for instance {repeated[0]!r}",
            "keep one row for each individual, name the id column with `id`, or take family ids into account"
            " (`id_pair`)",
        )


def _existing(path: str | Path) -> Path:
    path = Path(path)
    if not path.is_file():
        raise ArgumentError(f"{path}", "be a file", f"a path that {why_no_file(path)}", "check the path")
    return path


def _is_parquet(path: Path) -> bool:
    return path.suffix == ".parquet"


def _first_line(path: Path) -> str:
    with pa.input_stream(str(path), compression="detect") as stream:
        start = b""
        while b"\n" not in start:
            chunk = stream.read(1 << 16)
            if not chunk:
                break
            start += chunk
    return start.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").rstrip("\r")


def _separator(line: str) -> str:
    if "\t" in line:
        return "\t"
    return "," if "," in line else " "


def separation(path: str | Path) -> str:
    """Say what separates the columns of a table, for messages."""
    if _is_parquet(Path(path)):
        return "a parquet file"
    names = {"\t": "tabs", ",": "commas", ";": "semicolons"}
    return f"read as separated by {names.get(_separator(_first_line(Path(path))), 'blanks')}"

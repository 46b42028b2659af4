"""Tables from disk: text of any separator, plain or compressed, and .parquet, as columns keyed by sample id."""

import io
import re
import zipfile
import zlib
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
from latentmr.data.text_form import TextForm, text_form
from latentmr.data.text_streams import blanks_to_tabs, opened
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


#: Bytes that are passed over at once.
BLOCK = 4 << 20
#: Most columns of a text table: the reader of Arrow counts the values of 512 rows in 31 bits.
MOST_COLUMNS = 2**31 // 512 - 1


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
        return text_form(path).names
    except (pa.ArrowInvalid, OSError, EOFError, UnicodeError, zlib.error, zipfile.BadZipFile) as error:
        raise ArgumentError(
            f"{path}", "be a table that can be read", f"the error {str(error).splitlines()[0]!r}", "check the file"
        ) from error


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
        A text table with a header line, or .parquet. Fields are separated by tabs, commas, semicolons or white space.
        Compression (gzip, bgzip, zstd, zip, bz2, xz), encoding (UTF-8, UTF-16), decimal commas, marks between
        thousands, comments before the header and the row names of R are found from the content.
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
    values = {name: _labels(table[name], path) if name in texts else table[name] for name in wanted}
    return Table(str(path), ids, values)


def read_columns(
    path: str | Path, columns: list[str], labels: Iterable[str] = (), faulty: list[int] | None = None
) -> pa.Table:
    """Read chosen columns of a table without sample ids, in the order of its rows.

    Parameters
    ----------
    path : str or Path
        A table like those of :func:`read_table`.
    columns : list of str
        Columns to read; each must be there once.
    labels : iterable of str
        Those that stay text even if they look like numbers.
    faulty : list of int, optional
        If given, lines of more or fewer fields than the header are left out, and their numbers of fields appended.

    Returns
    -------
    pyarrow.Table
    """
    texts = set(labels)
    path = _existing(path)
    table = _read(path, columns, texts, False, faulty)
    return pa.table({name: _labels(table[name], path) if name in texts else table[name] for name in columns})


def _labels(column: pa.ChunkedArray, path: Path) -> pa.ChunkedArray:
    """Return a column as text, with null for texts that mean missing."""
    if pa.types.is_string(column.type) and not _is_parquet(path):
        return column  # the reader of text has done so
    text = column.cast(pa.string())
    return pc.if_else(pc.is_in(text, value_set=pa.array(MISSING)), pa.scalar(None, pa.string()), text)


def _read(path: Path, wanted: list[str], texts: set[str], single: bool, faulty: list[int] | None = None) -> pa.Table:
    try:
        if _is_parquet(path):
            return pq.read_table(path, columns=wanted)
        form = text_form(path)
        if len(form.columns) > MOST_COLUMNS:
            raise ArgumentError(
                f"{path}",
                f"have at most {MOST_COLUMNS:,} columns",
                f"{len(form.columns):,}",
                "leave out columns, or write individuals or variants as rows",
            )
        types = dict.fromkeys(texts, pa.string())
        if single:
            try:
                return _read_text(form, wanted, types | dict.fromkeys(set(wanted) - texts, pa.float32()))
            except pa.ArrowInvalid:
                pass  # some value is not a number: read the column as text, so that the message can name it
        try:
            return _read_text(form, wanted, types, faulty)
        except pa.ArrowInvalid:
            # one thread counts the rows
            return _read_text(form, wanted, types, threads=False)
    except ArgumentError:
        raise
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile) as error:
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
    place = f"line {line_of(path, int(row[1]))}" if row else "a line"
    names = header(path)
    if counts:
        expected, found = int(counts[1]), int(counts[2])
        what = f"too few columns, the first missing is {names[found]!r}" if found < expected else "too many columns"
        remedy = "complete or correct this line"
        if text_form(path).separator == " ":
            remedy = "write NA for missing values, and quotation marks around values with spaces"
        return f"{place} with {found} columns instead of {expected} ({what})", remedy
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

    Empty lines are no rows, but count as lines, as do comments before the header.
    """
    form = text_form(Path(path))
    seen = -1
    with opened(Path(path), form.encoding, form.bare_returns) as stream:
        for number, line in enumerate(io.BufferedReader(stream), 1):
            seen += number > form.skipped and bool(line.strip())
            if seen == row:
                return number
    return row + 1


def _read_text(
    form: TextForm,
    wanted: list[str],
    types: dict[str, pa.DataType],
    faulty: list[int] | None = None,
    *,
    threads: bool = True,
) -> pa.Table:
    def skip(row: pa_csv.InvalidRow) -> str:
        # SNPTEST ends its tables with a comment
        if not str(row.text).startswith("#"):
            faulty.append(row.actual_columns)  # type: ignore[union-attr]
        return "skip"

    with opened(Path(form.path), form.encoding, form.bare_returns) as stream:
        for start in range(0, form.offset, BLOCK):
            stream.read(min(BLOCK, form.offset - start))
        if not form.has_rows:
            return pa.table({name: pa.array([], types.get(name, pa.null())) for name in wanted})
        table = pa_csv.read_csv(
            blanks_to_tabs(stream) if form.separator == " " else stream,
            read_options=pa_csv.ReadOptions(
                use_threads=threads, column_names=form.columns, block_size=max(1 << 20, 4 * form.widest)
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter="\t" if form.separator == " " else form.separator,
                invalid_row_handler=None if faulty is None else skip,
            ),
            convert_options=pa_csv.ConvertOptions(
                include_columns=wanted,
                column_types=types,
                null_values=list(MISSING),
                strings_can_be_null=True,
                timestamp_parsers=[],
                decimal_point=form.decimal,
            ),
        )
    return _without_thousands(table, form, set(types)) if form.thousands else table


def _without_thousands(table: pa.Table, form: TextForm, texts: set[str]) -> pa.Table:
    """Read columns of numbers with marks between thousands."""
    mark = re.escape(form.thousands)
    pattern = rf"^\s*[+-]?[0-9]{{1,3}}({mark}[0-9]{{3}})*({re.escape(form.decimal)}[0-9]+)?\s*$"
    for place, name in enumerate(table.column_names):
        column = table[name]
        if name in texts or not pa.types.is_string(column.type):
            continue
        if pc.all(pc.match_substring_regex(column, pattern)).as_py():
            bare = pc.replace_substring(pc.utf8_trim_whitespace(column), form.thousands, "")
            table = table.set_column(place, name, pc.cast(pc.replace_substring(bare, form.decimal, "."), pa.float64()))
    return table


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
    if path.suffix == ".parquet":
        return True
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def separation(path: str | Path) -> str:
    """Say what separates the columns of a table, for messages."""
    if _is_parquet(Path(path)):
        return "a parquet file"
    names = {"\t": "tabs", ",": "commas", ";": "semicolons"}
    return f"read as separated by {names.get(text_form(Path(path)).separator, 'blanks')}"

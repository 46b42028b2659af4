"""The form of a text table: compression, encoding, lines before the header, separator, decimal mark, row names."""

import csv
import re
from dataclasses import dataclass, field
from io import BufferedReader
from itertools import pairwise
from pathlib import Path

from latentmr.data.printing import Brief
from latentmr.data.text_streams import Bytes, opened
from latentmr.errors import ArgumentError

__all__ = ["TextForm", "text_form"]

#: Number of rows, and of bytes, after the header that are looked at.
ROWS, BYTES = 100, 4 << 20
#: Most fields of a row in which decimal marks are looked for.
FIELDS = 5_000
#: A field of a white-space table; white space between quotation marks belongs to it.
FIELD = re.compile(r'"(?:[^"]|"")*"\S*|\S+')
QUOTED = re.compile(r'"(?:[^"]|"")*"')
#: Numbers: with a decimal comma, with a decimal point, and with marks between thousands.
COMMA, POINT = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?"), re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")
#: Beginnings of files that are no tables.
BINARY = {
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"RDX": "an R data file",
    b"RDA": "an R data file",
    b"X\n\x00\x00": "an R data file",
    b"\x89HDF": "an HDF5 file",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
    b"l\x1b": "a PLINK .bed file",
}


@dataclass(frozen=True, repr=False)
class TextForm(Brief):
    """How a text table is written.

    Parameters
    ----------
    path : str
        Path of the table.
    names : list of str
        Names of its columns; the first is empty if the header names one column fewer than the rows have (the row names
        of R).
    separator : str
        Tab, comma, semicolon, or a blank for any white space.
    decimal : str
        Decimal mark.
    thousands : str
        Mark between thousands, empty if there is none.
    skipped : int
        Number of lines before the header: comments and empty lines.
    offset : int
        Bytes before the first row, in UTF-8.
    encoding : str
        ``utf-8``, ``utf-16-le`` or ``utf-16-be``.
    bare_returns : bool
        Whether lines end in a carriage return alone.
    unnamed_last : bool
        Whether every row ends in a separator that the header lacks.
    widest : int
        Length of the longest line that was looked at.
    has_rows : bool
        Whether a row follows the header.
    """

    path: str
    names: list[str]
    separator: str
    decimal: str = "."
    thousands: str = ""
    skipped: int = 0
    offset: int = 0
    encoding: str = "utf-8"
    bare_returns: bool = False
    unnamed_last: bool = False
    widest: int = 0
    has_rows: bool = True
    #: Names given to the reader: those of the table, and one for an empty last field.
    columns: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", [*self.names, "\0"] if self.unnamed_last else self.names)


def text_form(path: Path) -> TextForm:
    """Find out how a text table is written.

    Empty lines, lines that begin with ``##``, and comments that begin with ``#`` are passed over. The separator is a
    tab if the header has one; otherwise the more frequent of comma and semicolon; otherwise white space.

    Parameters
    ----------
    path : Path
        The table; it may be compressed, whatever its suffix.

    Returns
    -------
    TextForm

    Raises
    ------
    ValueError
        If the file is not text, has no header, or the header has one column fewer than the rows without clear row
        names.
    """
    encoding, bare = _encoding(path)
    with opened(path, encoding, bare) as raw:
        stream = BufferedReader(raw, 1 << 20)
        skipped, offset, line, rows = _header_line(stream, path)
        room = BYTES - sum(map(len, rows))
        while len(rows) < ROWS and room > 0 and (row := stream.readline()):
            rows.append(row)
            room -= len(row)
    widest = max(len(line), *map(len, rows)) if rows else len(line)
    text = _decoded(line)
    separator = _separator(text)
    names = [name.strip() for name in _split(text, separator)]
    if 2 * sum(map(_is_fraction, names)) >= len(names):
        raise ArgumentError(
            f"{path}", "start with a header line", "numbers in the first line", "add the names of the columns"
        )
    sample = [_split(_decoded(row), separator) for row in rows if row.strip()]
    names, unnamed_last = _fitted(names, sample, rows, separator)
    decimal, thousands = _marks(sample, separator)
    return TextForm(
        str(path), names, separator, decimal, thousands, skipped, offset, encoding, bare, unnamed_last, widest,
        bool(sample),
    )  # fmt: skip


def _encoding(path: Path) -> tuple[str, bool]:
    """Return the encoding and whether lines end in carriage returns alone; refuse files that are not text."""
    with opened(path, "utf-8", False, raw=True) as stream:
        start: bytes = stream.read(1 << 16) or b""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if start.startswith(mark):
            return encoding, b"\n" not in start and b"\r" in start
    what = next((what for mark, what in BINARY.items() if start.startswith(mark)), "")
    zeros = start.count(b"\0")
    if zeros and not what:
        # text of Windows without a mark: every second byte is 0
        even, odd = start[::2].count(b"\0"), start[1::2].count(b"\0")
        if min(even, odd) == 0 and max(even, odd) > 0.9 * (len(start) // 2):
            return ("utf-16-be" if even else "utf-16-le"), False
    controls = sum(start.count(bytes([code])) for code in (*range(1, 9), *range(14, 32), 127))
    if what or zeros or controls > 0.01 * len(start):
        raise ArgumentError(
            f"{path}", "be a text table or a .parquet file", what or "a binary file", "save it as text with tabs"
        )
    return "utf-8", b"\r" in start and b"\n" not in start


def _header_line(stream: BufferedReader, path: Path) -> tuple[int, int, bytes, list[bytes]]:
    """Return the number of lines before the header, the bytes up to its end, the header, and the line after it."""
    skipped = offset = 0
    line = stream.readline()
    while line:
        offset += len(line)
        start, after = line.replace(b"\xef\xbb\xbf", b"", 2).lstrip(), b""
        if start and not start.startswith(b"##"):
            if not start.startswith(b"#"):
                return skipped, offset, line, []
            after = stream.readline()
            if not _is_comment(line, after):
                return skipped, offset, line, [after]
        skipped += 1
        line = after or stream.readline()
    raise ArgumentError(
        f"{path}", "start with a header line", "an empty file", "add the names of the columns as the first line"
    )


def _is_comment(line: bytes, after: bytes) -> bool:
    """Return whether a line that starts with # is a comment and not the header of the line after it."""
    text, following = _decoded(line), _decoded(after)
    separator = _separator(text)
    if separator == " " and text.lstrip("\ufeff").startswith("# "):
        return bool(after)
    fields, found = len(_split(text, separator)), len(_split(following, separator)) if following.strip() else 0
    return bool(following.strip()) and fields not in (found, found - 1)


def _fitted(names: list[str], sample: list[list[str]], rows: list[bytes], separator: str) -> tuple[list[str], bool]:
    """Return names that fit the rows, and whether every row ends in one more separator than the header."""
    counts = {len(row) for row in sample}
    if len(names) > 1 and not names[-1] and counts == {len(names) - 1}:
        return names[:-1], False
    if counts != {len(names) + 1}:
        return names, False
    if separator != " " and all(not row[-1].strip() for row in sample):
        return names, True
    first = [row[0] for row in sample]
    quoted = all(row.lstrip().startswith(b'"') for row in rows if row.strip())
    numbers = all(text.isdigit() for text in first) and all(int(a) < int(b) for a, b in pairwise(first))
    if (quoted and len(set(first)) == len(first)) or numbers or first == names[: len(first)]:
        return ["", *names], False
    return names, False


def _is_fraction(name: str) -> bool:
    return POINT.fullmatch(name) is not None


def _marks(sample: list[list[str]], separator: str) -> tuple[str, str]:
    """Return the decimal mark and the mark between thousands."""
    values = [text.strip() for row in sample for text in row[:FIELDS] if "," in text or "." in text]
    grouped = {found[1] for text in values if (found := THOUSANDS.fullmatch(text))}
    loose = [text for text in values if not THOUSANDS.fullmatch(text)]
    commas, points = any(map(COMMA.fullmatch, loose)), any(map(POINT.fullmatch, loose))
    if commas and not points:
        return ",", "." if "." in grouped else ""
    if not commas and not points and separator == ";" and grouped == {","}:
        return ",", ""
    return ".", "," if points and not commas and "," in grouped else ""


def _separator(line: str) -> str:
    bare = QUOTED.sub("", line) if '"' in line else line
    if "\t" in bare:
        return "\t"
    commas, semicolons = bare.count(","), bare.count(";")
    return " " if not commas and not semicolons else "," if commas >= semicolons else ";"


def _split(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return line.split(None if separator == " " else separator)
    if separator == " ":
        return [field.strip('"').replace('""', '"') for field in FIELD.findall(line)]
    csv.field_size_limit(max(csv.field_size_limit(), len(line)))
    return next(csv.reader([line], delimiter=separator))


def _decoded(line: Bytes) -> str:
    return bytes(line).decode("utf-8", errors="replace").lstrip("\ufeff").rstrip("\r\n")

"""Lines of white-space tables whose number of fields is not that of the header."""

import io
import re
from pathlib import Path

import pyarrow as pa

from latentmr.errors import ArgumentError

__all__ = ["refuse_ragged"]

#: A field; white space between quotation marks belongs to it.
FIELD = re.compile(rb'"(?:[^"]|"")*"\S*|\S+')


def refuse_ragged(path: Path) -> None:
    """Refuse a white-space table in which a line has more or fewer fields than the header.

    The reader of white-space tables fills short lines with missing values and cuts long ones, so that values could
    belong to another column.

    Parameters
    ----------
    path : Path
        The table; it may be compressed.

    Raises
    ------
    ValueError
        With the number of the first line that differs, and without its values.
    """
    with pa.input_stream(str(path), compression="detect") as stream:
        expected = 0  # until the header has been read
        for number, line in enumerate(io.BufferedReader(stream), 1):
            fields = len(FIELD.findall(line) if b'"' in line else line.split())
            expected = expected or fields
            if fields not in (0, expected):
                what = f"too {'few' if fields < expected else 'many'} columns"
                raise ArgumentError(
                    f"{path}",
                    "be a table that can be read",
                    f"line {number} with {fields} columns instead of {expected} ({what})",
                    "write NA for missing values, and quotation marks around values with spaces",
                )

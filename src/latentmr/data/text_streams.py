"""Streams of text tables: decompressed by content, in UTF-8, with line ends and white space made uniform."""

import bz2
import lzma
import re
import zipfile
from io import RawIOBase
from pathlib import Path
from typing import Any

import pyarrow as pa

from latentmr.data.printing import listing
from latentmr.errors import ArgumentError

__all__ = ["Bytes", "blanks_to_tabs", "opened", "packing"]

Bytes = bytes | bytearray | memoryview
#: First bytes of compressed files.
PACKINGS = {
    b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"BZh": "bz2", b"\xfd7zXZ": "xz",
    b"\x04\x22\x4d\x18": "lz4",
}  # fmt: skip
#: Bytes that are changed at once.
BLOCK = 4 << 20
QUOTED_FIELD = re.compile(rb'"(?:[^"]|"")*"\S*|\S+')


def packing(path: Path) -> str:
    """Return how a file is compressed, by its first bytes; empty if it is not."""
    with path.open("rb") as file:
        start = file.read(8)
    return next((name for mark, name in PACKINGS.items() if start.startswith(mark)), "")


def opened(path: Path, encoding: str, bare_returns: bool, *, raw: bool = False) -> Any:
    """Open a text table.

    Parameters
    ----------
    path : Path
        The file; a .zip file must hold one table.
    encoding : str
        ``utf-8``, ``utf-16-le`` or ``utf-16-be``.
    bare_returns : bool
        Whether lines end in a carriage return alone.
    raw : bool
        Whether to decompress only.

    Returns
    -------
    pyarrow.NativeFile
        Bytes in UTF-8.
    """
    stream = _unpacked(path)
    if raw:
        return stream
    if encoding != "utf-8":
        stream = pa.transcoding_input_stream(stream, encoding, "utf-8")
    if bare_returns:
        stream = pa.PythonFile(_Changed(stream, lambda block: block.replace(b"\r", b"\n")), mode="r")
    return stream


def blanks_to_tabs(stream: Any) -> Any:
    """Write one tab for the white space between fields, and nothing for that around a line."""
    return pa.PythonFile(_Changed(stream, _tabs, lines=True), mode="r")


def _unpacked(path: Path) -> Any:
    kind = packing(path)
    if kind == "zip":
        return pa.PythonFile(_member(path), mode="r")
    if kind == "xz":
        return pa.PythonFile(lzma.open(path), mode="r")
    if kind == "bz2":
        return pa.PythonFile(bz2.open(path), mode="r")
    return pa.input_stream(str(path), compression=kind or None)


def _member(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX")]
    if any(name.startswith("xl/") or name in ("[Content_Types].xml", "mimetype", "content.xml") for name in names):
        raise ArgumentError(
            f"{path}",
            "be a text table or a .parquet file",
            "a spreadsheet",
            "Save the sheet as text with tabs or commas",
        )
    if len(names) != 1:
        raise ArgumentError(
            f"{path}", "hold one table", f"{len(names)} files: {listing(names)}", "unpack the one to use"
        )
    return zipfile.ZipFile(path).open(names[0])


class _Changed(RawIOBase):
    """A stream whose blocks are changed by a function; with ``lines``, a block ends at the end of a line."""

    def __init__(self, stream: Any, change: Any, *, lines: bool = False) -> None:
        self._stream, self._change, self._lines = stream, change, lines
        self._rest, self._ready, self._done = b"", memoryview(b""), False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer and return the number of bytes."""
        while not len(self._ready) and not self._done:
            self._ready = memoryview(self._next())
        n = min(len(buffer), len(self._ready))
        buffer[:n] = self._ready[:n]
        self._ready = self._ready[n:]
        return n

    def _next(self) -> bytes:
        block = bytes(self._stream.read(BLOCK))
        if not self._lines:
            self._done = not block
            return bytes(self._change(block))
        parts = [self._rest]
        while block and b"\n" not in block:
            parts.append(block)
            block = bytes(self._stream.read(BLOCK))
        end = block.rfind(b"\n") + 1
        self._done = not block
        parts.append(block[:end])
        self._rest = block[end:]
        return bytes(self._change(b"".join(parts)))


def _tabs(block: bytes) -> bytes:
    block = block.replace(b"\r\n", b"\n")
    if b'"' in block:
        lines = block.split(b"\n")
        return b"\n".join(b"\t".join(QUOTED_FIELD.findall(line) if b'"' in line else line.split()) for line in lines)
    if b" " in block:
        block = block.replace(b" ", b"\t")
    while b"\t\t" in block:
        block = block.replace(b"\t\t", b"\t")
    block = block.replace(b"\t\n", b"\n").replace(b"\n\t", b"\n")
    return block.strip(b"\t")

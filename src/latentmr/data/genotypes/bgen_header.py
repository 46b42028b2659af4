"""The header of a BGEN file: the number of variants and samples, and the sample ids."""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from latentmr.errors import ArgumentError

__all__ = ["BgenHeader", "read_header"]

COMPRESSIONS, LAYOUTS = (0, 1, 2), (1, 2)
COPY = "copy the file again"


@dataclass(frozen=True)
class BgenHeader:
    """The header of a BGEN file.

    Parameters
    ----------
    n_variants, n_samples : int
        Numbers of variants and samples.
    samples : list of str, optional
        Sample ids, if the file holds them.
    """

    n_variants: int
    n_samples: int
    samples: list[str] | None


def read_header(path: str) -> BgenHeader:
    """Read and check a BGEN file's header and sample ids.

    Parameters
    ----------
    path : str
        Path of the file.

    Returns
    -------
    BgenHeader

    Raises
    ------
    ValueError
        If it is not a BGEN file, or its parts do not fit into it.

    References
    ----------
    Band and Marchini (2018), bioRxiv 308296; the BGEN format, version 1.3.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as stream:
        start = stream.read(20)
        if len(start) < 20:
            raise ArgumentError(
                f"{path}", "be a BGEN file", f"one of {size} bytes, less than a header", "check the file"
            )
        offset, length, variants, samples, magic = struct.unpack("<IIII4s", start)
        if magic not in (b"bgen", b"\0\0\0\0"):
            raise ArgumentError(f"{path}", "be a BGEN file (bytes 17 to 20 are 'bgen')", f"{magic!r}", "check the file")
        if length < 20 or length > offset or offset + 4 > size:
            raise ArgumentError(
                f"{path}",
                "have a header within the file",
                f"a length of {length} before {offset}",
                "copy the file again",
            )
        if not variants or not samples:
            raise ArgumentError(
                f"{path}", "hold individuals and variants", f"{samples} and {variants}", "check the export of the file"
            )
        stream.seek(length)
        flags = struct.unpack("<I", stream.read(4))[0]
        compression, layout, named = flags & 3, (flags >> 2) & 15, bool(flags >> 31)
        if compression not in COMPRESSIONS or layout not in LAYOUTS or (compression == 2 and layout == 1):
            raise ArgumentError(
                f"{path}",
                "be of BGEN layout 1 or 2, with zlib, zstd or no compression",
                f"layout {layout} and compression {compression}",
                "convert it with qctool or plink2",
            )
        ids = _sample_ids(stream, path, samples, offset + 4) if named else None
    return BgenHeader(variants, samples, ids)


def _sample_ids(stream: BinaryIO, path: str, count: int, end: int) -> list[str]:
    start = stream.tell()
    length, number = struct.unpack("<II", stream.read(8))
    if number != count or start + length > end:
        raise ArgumentError(f"{path}", f"hold {count} sample ids in {end - start} bytes", f"{number} in {length}", COPY)
    block = stream.read(length - 8)
    ids: list[str] = []
    place = 0
    for _ in range(count):
        if place + 2 > len(block):
            raise ArgumentError(f"{path}", f"hold {count} sample ids", f"{len(ids)} before their end", COPY)
        size = int.from_bytes(block[place : place + 2], "little")
        text = block[place + 2 : place + 2 + size]
        try:
            ids.append(text.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise ArgumentError(f"{path}", "have sample ids in UTF-8", f"{text!r}", "rename them") from error
        place += 2 + size
    if place != len(block):
        raise ArgumentError(f"{path}", f"hold {count} sample ids in {len(block)} bytes", f"{place}", COPY)
    return ids

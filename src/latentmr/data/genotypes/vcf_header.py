"""Checks of VCF and BCF files without the library, and variants of files that declare no chromosome."""

import gzip
import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from latentmr.errors import ArgumentError

__all__ = ["check_header", "text_descriptions"]

#: Longest header that is read, in bytes.
LONGEST = 32 << 20
#: Start and end of a compressed file in blocks (BGZF).
BLOCKS = b"\x1f\x8b\x08\x04"
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def check_header(path: str) -> None:
    """Refuse a file that is not a VCF or BCF, is truncated, or has a header without an end.

    Parameters
    ----------
    path : str
        Path of the file.

    Raises
    ------
    ValueError
        If one of these holds.
    """
    with open(path, "rb") as stream:
        start = stream.read(4)
        packed = start[:2] == BLOCKS[:2]
        if start == BLOCKS:
            stream.seek(-min(len(END), os.path.getsize(path)), os.SEEK_END)
            if stream.read() != END:
                raise ArgumentError(f"{path}", "end as bgzip files do", "another end", "copy the file again")
    try:
        with gzip.open(path) if packed else open(path, "rb") as stream:
            start = stream.read(9)
            if start[:5] == b"BCF\x02\x02" and len(start) == 9:
                length = struct.unpack("<I", start[5:])[0]
                whole = length <= LONGEST and len(stream.read(length)) == length
            elif start == b"##filefor":
                whole = _ends(stream)
            else:
                raise ArgumentError(
                    f"{path}", "be a VCF (it starts with ##fileformat) or BCF file", f"{start!r}", "check the file"
                )
    except (OSError, EOFError, zlib.error) as error:
        raise ArgumentError(
            f"{path}", "be a file that can be decompressed", f"the error {str(error)!r}", "copy the file again"
        ) from error
    if not whole:
        raise ArgumentError(
            f"{path}",
            f"have a header of at most {LONGEST >> 20} MiB, up to a line with #CHROM",
            "none",
            "check the file",
        )


def _ends(stream: BinaryIO | gzip.GzipFile) -> bool:
    """Return whether the header ends with a line of columns."""
    seen, first = 0, True
    while seen < LONGEST:
        line = stream.readline(LONGEST)
        seen += len(line)
        # the start of the first line has been read already
        if not first and not line.startswith(b"#"):
            return False
        if line.startswith(b"#CHROM\t"):
            return line.endswith(b"\n")
        first = False
    return False


def text_descriptions(path: str) -> Iterator[tuple[str, ...]]:
    """Describe the variants of a file whose header declares no chromosome: the library cannot detect damage then.

    Yields
    ------
    tuple of str
        Id, chromosome, position, alternative alleles and reference allele.

    Raises
    ------
    ValueError
        If a line is not the description of a variant.
    """
    with gzip.open(path) if path.endswith("gz") else open(path, "rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.startswith(b"#"):
                continue
            fields = line[:LONGEST].split(b"\t", 5)
            try:
                chrom, pos, name, other, effect = (field.decode("utf-8") for field in fields[:5])
                if not (chrom and other and effect and pos.isdecimal()):
                    raise ValueError("an empty field or a position that is not a number")
            except ValueError as error:
                raise ArgumentError(
                    f"{path}", "have a variant on every line", f"line {number}, with {error}", "copy the file again"
                ) from error
            yield name or ".", chrom, pos, effect, other

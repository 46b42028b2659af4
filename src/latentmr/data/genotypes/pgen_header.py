"""The header of a .pgen file: its size, the variants with dosages, and a check that the file is complete."""

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.errors import ArgumentError

__all__ = ["PgenHeader", "read_header"]

MAGIC = b"\x6c\x1b"
COPY = "copy the file again"
#: Storage modes of fixed width (hard calls only, or dosages), and of variable width.
CALLS, DOSAGES, VARIABLE = 0x02, (0x03, 0x04), 0x10
#: Variants that share an offset, and bits of a variant's type that mark dosages.
PER_BLOCK, HAS_DOSAGES = 1 << 16, 0x60


@dataclass(frozen=True)
class PgenHeader:
    """The header of a .pgen file.

    Parameters
    ----------
    n_variants, n_samples : int
        Numbers of variants and samples.
    dosages : np.ndarray of bool of dimension (n_variants,), optional
        Whether each variant has dosages; None if the file does not say it in a known way.
    """

    n_variants: int
    n_samples: int
    dosages: NDArray[np.bool_] | None


def read_header(path: str) -> PgenHeader:
    """Read the header of a .pgen file, and check the length of the file.

    Parameters
    ----------
    path : str
        Path of the file.

    Returns
    -------
    PgenHeader

    Raises
    ------
    ValueError
        If it is not a .pgen file, or only a part of one.

    References
    ----------
    The PGEN file format specification, PLINK 2.0.
    """
    size = os.path.getsize(path)
    with open(path, "rb") as stream:
        start = stream.read(12)
    if start[:3] == MAGIC + b"\x01":
        raise ArgumentError(
            f"{path}",
            "be a PLINK 2 file",
            "a PLINK 1 file with that suffix",
            "rename it to .bed, and give it as `bfile`",
        )
    if start[:2] != MAGIC or len(start) < 12:
        came = start[:4].hex(" ") or "an empty file"
        raise ArgumentError(
            f"{path}", f"be a PLINK 2 file (it starts with {MAGIC.hex(' ')})", f"{came}", "check the file"
        )
    mode, control = start[2], start[11]
    m, n = (int.from_bytes(start[i : i + 4], "little") for i in (3, 7))
    if not m or not n:
        raise ArgumentError(
            f"{path}",
            "hold individuals and variants",
            f"{n} individuals and {m} variants",
            "check the export of the file",
        )
    if mode == CALLS:
        _check_size(path, size, 12 + m * ((n + 3) // 4) + (m + 7) // 8 * (control >> 6 == 3))
        return PgenHeader(m, n, np.zeros(m, dtype=bool))
    if mode in DOSAGES:
        return PgenHeader(m, n, np.ones(m, dtype=bool))
    if mode != VARIABLE or control & 0x0F > 7:
        return PgenHeader(m, n, None)
    return PgenHeader(m, n, _types_of_variable_width(path, size, m, control))


def _types_of_variable_width(path: str, size: int, m: int, control: int) -> NDArray[np.bool_]:
    """Return which variants have dosages, after a check that the lengths of all records add up to the file."""
    whole_byte, bytes_of_length = bool(control & 4), (control & 3) + 1
    bytes_of_alleles, flags = (control >> 4) & 3, control >> 6 == 3
    blocks = -(-m // PER_BLOCK)
    per_variant = (1.0 if whole_byte else 0.5) + bytes_of_length
    if size < 12 + 8 * blocks + int(per_variant * m):
        raise ArgumentError(f"{path}", "be complete", f"{size} bytes, which end within its header", COPY)
    dosages = np.zeros(m, dtype=bool)
    with open(path, "rb") as stream:
        stream.seek(12)
        offsets = np.frombuffer(stream.read(8 * blocks), dtype="<u8").astype(np.int64)
        ends = np.append(offsets[1:], size)
        for block in range(blocks):
            count = min(PER_BLOCK, m - block * PER_BLOCK)
            types = np.frombuffer(stream.read(count if whole_byte else (count + 1) // 2), dtype=np.uint8)
            if whole_byte:  # types of half a byte have no bit for dosages
                dosages[block * PER_BLOCK :][:count] = (types & HAS_DOSAGES) != 0
            raw = np.frombuffer(stream.read(count * bytes_of_length), dtype=np.uint8)
            weights = 256 ** np.arange(bytes_of_length, dtype=np.int64)
            length = int((raw.reshape(-1, bytes_of_length) * weights).sum())
            if offsets[block] + length != ends[block]:
                raise ArgumentError(
                    f"{path}",
                    f"be complete, with {offsets[block] + length} bytes up to variant {block * PER_BLOCK + count}, as"
                    " its header says",
                    f"{ends[block]}",
                    COPY,
                )
            stream.seek(count * bytes_of_alleles + (count + 7) // 8 * flags, os.SEEK_CUR)
        if stream.tell() != offsets[0]:
            raise ArgumentError(f"{path}", f"have its first record at byte {stream.tell()}", f"byte {offsets[0]}", COPY)
    return dosages


def _check_size(path: str, size: int, expected: int) -> None:
    if size != expected:
        raise ArgumentError(f"{path}", f"have {expected} bytes", f"{size}", COPY)

"""The text files of PLINK filesets: .bim, .pvar, .fam and .psam, plain or compressed."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.printing import Brief, listing
from latentmr.errors import ArgumentError

__all__ = ["VariantTable", "contradiction", "gather_variants", "named", "open_text", "read_samples", "read_variants"]

#: Rows of a table that are processed at once, and the longest header that is read, in bytes.
ROWS, HEADER = 200_000, 64 << 20
#: Columns of a file without a header, by their number.
BIM = {6: ["chrom", "id", "_cm", "pos", "effect_allele", "other_allele"]}
BIM[5] = [name for name in BIM[6] if name != "_cm"]
PVAR = {"#CHROM": "chrom", "POS": "pos", "ID": "id", "REF": "other_allele", "ALT": "effect_allele"}


@dataclass(frozen=True, repr=False)
class VariantTable(Brief):
    """The variants of interest in a file.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele`` as text; several alternative alleles are joined by commas.
    places : np.ndarray of int
        Position of each variant in the file.
    total : int
        Number of variants in the file.
    example : str
        Id of the first variant in the file.
    alleles : np.ndarray of int of dimension (total + 1,), optional
        Number of alleles of all variants before each in the file; None if every variant has two.
    """

    frame: pd.DataFrame
    places: NDArray[np.int64]
    total: int
    example: str
    alleles: NDArray[np.uintp] | None


def gather_variants(parts: Iterator[pd.DataFrame], listed: Listed | None, path: str) -> VariantTable:
    """Keep the listed variants of a table that is read in parts; all variants without a list.

    Parameters
    ----------
    parts : iterator of pandas.DataFrame
        Columns ``id, chrom, pos, effect_allele, other_allele``, as text.
    listed : Listed, optional
        The variants to keep.
    path : str
        Path, for messages.

    Returns
    -------
    VariantTable

    Raises
    ------
    ValueError
        If the file has no variant.
    """
    frames, places, total, example, alleles = [], [], 0, "", []
    for part in parts:
        part = named(part)
        example = example or str(part["id"].iloc[0])
        alleles.append(2 + part["effect_allele"].str.count(",").to_numpy(dtype=np.uintp))
        kept = np.arange(len(part)) if listed is None else np.flatnonzero(listed.find(part) >= 0)
        frames.append(part.iloc[kept])
        places.append(total + kept)
        total += len(part)
    if not total:
        raise ArgumentError(f"{path}", "hold at least one variant", "none", "check the file")
    frame = pd.concat(frames, ignore_index=True)[VARIANT_COLUMNS].astype(str)
    counts = np.concatenate(alleles)
    offsets = np.append(np.zeros(1, dtype=np.uintp), counts.cumsum(dtype=np.uintp)) if (counts > 2).any() else None
    return VariantTable(frame, np.concatenate(places).astype(np.int64), total, example, offsets)


def named(part: pd.DataFrame) -> pd.DataFrame:
    """Name variants without an id (``.``) by position and alleles: ``chrom:pos:ref:alt``."""
    nameless = part["id"].isin([".", ""])
    if not nameless.any():
        return part
    rows = part[nameless]
    names = rows["chrom"] + ":" + rows["pos"] + ":" + rows["other_allele"] + ":" + rows["effect_allele"]
    return part.assign(id=part["id"].mask(nameless, names))


def read_variants(path: str, listed: Listed | None) -> VariantTable:
    """Read a .bim or .pvar file (plain, .gz or .zst).

    Parameters
    ----------
    path : str
        Path of the file.
    listed : Listed, optional
        The variants to keep; the others are only counted.

    Returns
    -------
    VariantTable

    Raises
    ------
    ValueError
        If a column is absent or a line is too short.
    """
    comments, line = _header(path)
    first = line.split()
    if first and first[0] == "#CHROM":
        absent = [name for name in PVAR if name not in first]
        if absent:
            raise ArgumentError(f"{path}", f"have the columns {', '.join(PVAR)}", f"no {', '.join(absent)}", "add them")
        skipped, names = comments + 1, [PVAR.get(name, f"_{name}") for name in first]
    else:
        fewest = 6 if ".bim" in path else 5
        if len(first) < fewest:
            raise ArgumentError(
                f"{path}", f"have {fewest} white-space separated columns", f"{len(first)}", "check the file"
            )
        skipped, names = comments, BIM[min(len(first), 6)]
    return gather_variants(_parts(path, skipped, names), listed, path)


def _parts(path: str, skipped: int, names: list[str]) -> Iterator[pd.DataFrame]:
    wanted = [i for i, name in enumerate(names) if name in VARIANT_COLUMNS]
    try:
        with _frames(path, skipped, wanted, ROWS) as reader:
            for part in reader:
                part.columns = [names[i] for i in wanted]
                if part.isna().any(axis=None):
                    raise ValueError("a shorter line")
                numbers = part["pos"].str.fullmatch(r"-?\d+")
                if not numbers.all():
                    raise ValueError(f"the position {part['pos'][~numbers].iloc[0]!r}, which is not a whole number")
                yield part
    except StopIteration:
        return
    except (ValueError, OSError, EOFError, pa.ArrowInvalid) as error:
        raise _unreadable(path, len(names), error) from error


def read_samples(path: str) -> pd.Index:
    """Read the sample ids of a .fam or .psam file.

    Parameters
    ----------
    path : str
        Path of the file.

    Returns
    -------
    pandas.Index

    Raises
    ------
    ValueError
        If there is no id column.
    """
    comments, line = _header(path)
    first = line.split()
    header = bool(first) and first[0].startswith("#")
    names = [name.lstrip("#") for name in first]
    if header and "IID" not in names:
        raise ArgumentError(f"{path}", "have a column IID", listing(names), "name the id column IID")
    column = names.index("IID") if header else 1
    try:
        with _frames(path, comments + header, [column], None) as reader:
            frame = pd.concat(reader, ignore_index=True)
    except (ValueError, OSError, EOFError, pa.ArrowInvalid) as error:
        raise _unreadable(path, column + 1, error) from error
    return pd.Index(frame.iloc[:, 0].to_numpy(dtype=object), dtype=object)


def contradiction(used: str, other: str, samples: pd.Index) -> tuple[str, ...]:
    """Warn of a second file of samples beside the one that was read, with other ids or another order.

    Parameters
    ----------
    used, other : str
        Paths of the file that was read, and of one that may be there.
    samples : pandas.Index
        Ids of the first.

    Returns
    -------
    tuple of str
        A warning, or nothing.
    """
    if not Path(other).is_file():
        return ()
    try:
        ids = read_samples(other)
    except ValueError:
        return ()
    if ids.equals(samples):
        return ()
    same = len(ids) == len(samples) and set(ids) == set(samples)
    what = "the same ids in another order" if same else "other ids"
    return (f"{other} lies beside {used} and has {what}: {used} was used; check that it belongs to the genotypes.",)


def _unreadable(path: str, columns: int, error: BaseException) -> ArgumentError:
    if isinstance(error, UnicodeDecodeError):
        return ArgumentError(path, "be text in UTF-8", f"bytes that are not ({error.reason})", "save it as UTF-8")
    reason = str(error).splitlines()[0]
    return ArgumentError(
        path, f"have {columns} white-space separated columns", f"the error {reason!r}", "check the lines of the file"
    )


def open_text(path: str) -> Any:
    """Open a file to read bytes, decompressed if its name ends in .gz or .zst."""
    return pa.input_stream(path, compression="detect")


def _frames(path: str, skipped: int, columns: list[int], rows: int | None) -> Any:
    return pd.read_csv(
        open_text(path), sep=r"\s+", header=None, skiprows=skipped, usecols=columns, dtype=str, na_filter=False,
        quoting=3, engine="c", chunksize=rows or ROWS,
    )  # fmt: skip


def _header(path: str) -> tuple[int, str]:
    """Return the number of lines that start with ``##``, and the first line that does not."""
    comments, rest, seen = 0, b"", 0
    try:
        with open_text(path) as stream:
            while seen < HEADER:
                chunk = stream.read(1 << 20)
                seen += len(chunk)
                lines = BytesIO(rest + chunk).readlines()
                rest = b"" if not chunk else lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
                for line in lines:
                    if not line.startswith(b"##"):
                        return comments, line.decode("utf-8")
                    comments += 1
                if not chunk:
                    return comments, ""
    except (OSError, EOFError, pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise ArgumentError(
            f"{path}", "be text that can be read", f"the error {str(error).splitlines()[0]!r}", "check the file"
        ) from error
    raise ArgumentError(
        f"{path}", "start with a header", f"more than {HEADER >> 20} MiB without an end", "check the file"
    )

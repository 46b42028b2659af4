"""BGEN files, versions 1.1 to 1.3: dosages from genotype probabilities."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.bgen_header import read_header
from latentmr.data.genotypes.genotype_matrix import Gathering
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.paths import why_no_file
from latentmr.data.genotypes.plink_text import gather_variants
from latentmr.data.genotypes.sample_file import samples_of
from latentmr.data.genotypes.source import Described, Progress
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.errors import ArgumentError
from latentmr.extras import extra

__all__ = ["BgenSource"]

#: Variants whose descriptions are processed at once.
ROWS = 100_000
QUERY = (
    "SELECT rsid, chromosome, position, allele1, allele2, number_of_alleles, file_start_position FROM Variant"
    " ORDER BY file_start_position"
)
#: Errors that the library raises for a damaged file.
DAMAGE = (ValueError, IndexError, RuntimeError, OSError, MemoryError, OverflowError, UnicodeDecodeError)


class BgenSource(Described):
    """A BGEN file; the counted allele is the second, and a genotype is its expected number of copies.

    Descriptions of variants come from its index (``.bgi``, by bgenix) if there is one, and otherwise from a pass
    through the file.

    Parameters
    ----------
    path : str or Path
        Path of the file.
    sample : str or Path, optional
        Oxford .sample file, for a file without sample ids or with generic ones; other ids must agree with it.
    listed : Listed, optional
        Variants of interest; all by default.

    Raises
    ------
    ValueError
        If the file cannot be read, or its samples have no ids.
    MissingExtraError
        If the library is not installed.
    """

    argument = "bgen"

    def __init__(self, path: str | Path, sample: str | Path | None = None, listed: Listed | None = None) -> None:
        self._library = extra("bgen", "bgen", "reading BGEN files")
        self.path = str(path)
        self._reader: Any = None
        if not Path(self.path).is_file():
            raise ArgumentError("bgen", "be a file", f"{self.path}, which {why_no_file(self.path)}", "check the path")
        header = read_header(self.path)
        self.samples, self.remarks = samples_of(self.path, header, sample)
        index = Path(self.path + ".bgi")
        parts = _from_index(index, self.path) if index.is_file() else self._walk(header.n_variants)
        table = gather_variants(parts, listed, self.path)
        self.variants, self.total, self.example, self._places = table.frame, table.total, table.example, table.places
        if self.total != header.n_variants:
            raise ArgumentError(
                f"{self.path}",
                f"hold {header.n_variants} variants, as its header says",
                f"{self.total}{(' in ' + str(index) if index.is_file() else '')}",
                "copy the file again; if it has an index, make the index again",
            )

    def _walk(self, count: int) -> Iterator[pd.DataFrame]:
        try:
            with self._library.BgenReader(self.path, delay_parsing=True) as reader:
                rows = []
                for _ in range(count):
                    variant = next(reader)
                    first, *others = variant.alleles
                    name = variant.rsid or variant.varid or "."
                    rows.append((name, variant.chrom, str(variant.pos), ",".join(others), first, variant.varid or "."))
                    if len(rows) == ROWS:
                        yield pd.DataFrame(rows, columns=[*VARIANT_COLUMNS, "second_id"], dtype=object)
                        rows = []
                if rows:
                    yield pd.DataFrame(rows, columns=[*VARIANT_COLUMNS, "second_id"], dtype=object)
        except (*DAMAGE, StopIteration) as error:
            raise _damaged(self.path, error) from error

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does."""
        all_rows = len(rows) == len(self.samples) and np.array_equal(rows, np.arange(len(rows)))
        gathering = Gathering(len(rows), len(columns))
        # in the file's order, so that a disk reads forward
        order = np.argsort(self._places[columns], kind="stable")
        try:
            reader = self._open()
            for done, j in enumerate(order, 1):
                dosage = reader[int(self._places[columns[j]])].alt_dosage
                gathering.add(int(j), dosage if all_rows else dosage[rows])
                if progress is not None:
                    progress(done, len(order))
            return gathering.result()
        except DAMAGE as error:
            raise _damaged(self.path, error) from error

    def _open(self) -> Any:
        """Open the file, once: it takes long to locate the variants of a large one."""
        if self._reader is None:
            self._reader = self._library.BgenReader(self.path, delay_parsing=True)
        return self._reader


def _from_index(index: Path, path: str) -> Iterator[pd.DataFrame]:
    """Iterate over the variants in the index, in the order of the file."""
    try:
        with closing(sqlite3.connect(f"file:{index}?mode=ro", uri=True)) as base:
            _check_index(base, index, path)
            cursor = base.execute(QUERY)
            while rows := cursor.fetchmany(ROWS):
                table = pd.DataFrame(
                    rows, columns=["id", "chrom", "pos", "other_allele", "effect_allele", "n", "start"]
                )
                numbers = table[["pos", "n", "start"]].apply(pd.to_numeric, errors="coerce")
                if numbers.isna().any(axis=None):
                    raise sqlite3.DataError("a position, number of alleles or file offset that is not a number")
                table = table.fillna(".").astype(str)
                # the index names two alleles; a comma marks that there are more
                table.loc[numbers["n"] > 2, "effect_allele"] += ","
                yield table[VARIANT_COLUMNS]
    except sqlite3.Error as error:
        raise ArgumentError(
            f"{index}",
            "be an index made by bgenix",
            f"the error {str(error).splitlines()[0]!r}",
            f"make it again with bgenix -g {path} -index -clobber",
        ) from error


def _check_index(base: sqlite3.Connection, index: Path, path: str) -> None:
    if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'Metadata'").fetchone():
        return
    size, start = base.execute("SELECT file_size, first_1000_bytes FROM Metadata").fetchone()
    with open(path, "rb") as stream:
        same = stream.read(1000) == bytes(start or b"")
    if size != Path(path).stat().st_size or not same:
        raise ArgumentError(
            f"{index}",
            f"be the index of {path}",
            "the index of another file",
            f"make it again with bgenix -g {path} -index -clobber",
        )


def _damaged(path: str, error: BaseException) -> ArgumentError:
    reason = str(error).splitlines()[0] if str(error) else "an early end"
    return ArgumentError(path, "be a BGEN file that can be read", reason, "check the file")

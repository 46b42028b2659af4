"""PLINK 1 filesets: .bed, .bim and .fam."""

from pathlib import Path
from typing import Any

import numpy as np
from bed_reader import open_bed
from numpy.typing import NDArray

from latentmr.data.genotypes.genotype_matrix import in_parts
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.paths import why_no_file
from latentmr.data.genotypes.plink_text import contradiction, read_samples, read_variants
from latentmr.data.genotypes.source import Described, Progress, Remarks
from latentmr.errors import ArgumentError

__all__ = ["PlinkSource"]

#: First bytes of a .bed file in variant-major order.
MAGIC = bytes((0x6C, 0x1B, 0x01))


class PlinkSource(Described):
    """A PLINK 1 fileset; the counted allele is allele 1 of the .bim file.

    Parameters
    ----------
    prefix : str or Path
        Path without the suffix.
    listed : Listed, optional
        Variants of interest; all by default.
    threads : int, optional
        Number of threads of the reader; by default the number of cores.

    Raises
    ------
    ValueError
        If one of the three files is absent or cannot be read.
    """

    argument = "bfile"

    def __init__(self, prefix: str | Path, listed: Listed | None = None, threads: int | None = None) -> None:
        prefix = str(prefix).removesuffix(".bed")
        self.path = prefix
        self._threads = threads
        for suffix in (".bed", ".bim", ".fam"):
            if not Path(prefix + suffix).is_file():
                raise ArgumentError(
                    "bfile",
                    "name a PLINK fileset",
                    f"{prefix}, but {prefix}{suffix} {why_no_file(prefix + suffix)}",
                    "check the path",
                )
        self.samples = read_samples(prefix + ".fam")
        self.remarks = Remarks(warnings=contradiction(prefix + ".fam", prefix + ".psam", self.samples))
        table = read_variants(prefix + ".bim", listed)
        self.variants, self.total, self.example, self._places = table.frame, table.total, table.example, table.places
        expected = 3 + self.total * ((len(self.samples) + 3) // 4)
        with open(prefix + ".bed", "rb") as stream:
            start = stream.read(3)
        if start != MAGIC:
            raise ArgumentError(
                f"{prefix}.bed",
                f"be a PLINK 1 file in variant-major order (it starts with {MAGIC.hex(' ')})",
                f"{start.hex(' ') or 'an empty file'}",
                "write it again with the make-bed command of PLINK",
            )
        size = Path(prefix + ".bed").stat().st_size
        if size != expected:
            raise ArgumentError(
                f"{prefix}.bed",
                f"hold {len(self.samples)} individuals x {self.total} variants ({expected} bytes)",
                f"{size} bytes",
                "use three files that belong together, and complete copies",
            )

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does."""
        counts = {"iid_count": len(self.samples), "sid_count": self.total}
        places = self._places[columns]
        with open_bed(self.path + ".bed", count_A1=True, skip_format_check=False, **counts) as bed:
            all_rows = len(rows) == len(self.samples) and np.array_equal(rows, np.arange(len(rows)))
            chosen = slice(None) if all_rows else rows

            def read(part: slice) -> NDArray[np.int8]:
                index = (chosen, places[part])
                # the order of the file: any other takes five times as long to write
                return np.asarray(bed.read(index=index, dtype="int8", order="F", num_threads=self._threads))

            return in_parts(read, len(rows), len(columns), progress), "counts"

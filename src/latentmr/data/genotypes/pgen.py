"""PLINK 2 filesets: .pgen, .pvar (or .pvar.zst) and .psam."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.genotype_matrix import Gathering, in_parts
from latentmr.data.genotypes.genotypes import BLOCK, MISSING_CALL
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.paths import why_no_file
from latentmr.data.genotypes.pgen_header import PgenHeader, read_header
from latentmr.data.genotypes.plink_text import contradiction, read_samples, read_variants
from latentmr.data.genotypes.source import Described, Progress, Remarks
from latentmr.errors import ArgumentError
from latentmr.extras import extra

__all__ = ["PgenSource"]

#: Pgenlib's code of a missing genotype, and variants that are read at once.
MISSING, AT_ONCE = -9, 16


class PgenSource(Described):
    """A PLINK 2 fileset; the counted allele is the alternative one.

    Dosages are read if a variant has them, and hard calls otherwise; phase is ignored.

    Parameters
    ----------
    prefix : str or Path
        Path without the suffix.
    listed : Listed, optional
        Variants of interest; all by default.

    Raises
    ------
    ValueError
        If one of the three files is absent or cannot be read.
    MissingExtraError
        If Pgenlib is not installed.
    """

    argument = "pfile"

    def __init__(self, prefix: str | Path, listed: Listed | None = None) -> None:
        self._library = extra("pgenlib", "pgen", "reading PLINK 2 files")
        prefix = str(prefix).removesuffix(".pgen")
        self.path = prefix
        variants = prefix + (".pvar" if Path(prefix + ".pvar").is_file() else ".pvar.zst")
        for name in (prefix + ".pgen", variants, prefix + ".psam"):
            if not Path(name).is_file():
                raise ArgumentError(
                    "pfile", "name a PLINK 2 fileset", f"{prefix}, but {name} {why_no_file(name)}", "check the path"
                )
        header = read_header(prefix + ".pgen")
        self.samples = read_samples(prefix + ".psam")
        self.remarks = Remarks(warnings=contradiction(prefix + ".psam", prefix + ".fam", self.samples))
        table = read_variants(variants, listed)
        self.variants, self.total, self.example, self._places = table.frame, table.total, table.example, table.places
        self._alleles = table.alleles
        self._dosages = header.dosages
        self._check(header)

    def _check(self, header: PgenHeader) -> None:
        if (header.n_variants, header.n_samples) != (self.total, len(self.samples)):
            raise ArgumentError(
                f"{self.path}.pgen",
                f"hold {len(self.samples)} individuals x {self.total} variants, as the .psam and .pvar files say",
                f"{header.n_samples} x {header.n_variants}",
                "use three files that belong together",
            )

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does."""
        rising = bool((np.diff(rows) > 0).all())
        order = np.arange(0) if rising else np.argsort(rows, kind="stable")
        places = self._places[columns]
        hard = self._dosages is not None and not self._dosages[places].any()
        try:
            with self._open(rows if rising else rows[order]) as reader:
                read = self._hard_calls if hard else self._values
                G = read(reader, places, len(rows), progress)
        except (RuntimeError, AssertionError, MemoryError, ValueError) as error:
            raise ArgumentError(
                f"{self.path}.pgen",
                "be a PLINK 2 file that can be read",
                f"the error {str(error) or 'a damaged header'!r}",
                "check the copy, for instance with the validate command of plink2",
            ) from error
        if not rising:
            G = G[np.argsort(order, kind="stable")]
        return G, "counts" if G.dtype == np.int8 else "dosages"

    def _open(self, rows: NDArray[np.int64]) -> Any:
        all_rows = len(rows) == len(self.samples)
        return self._library.PgenReader(
            f"{self.path}.pgen".encode(),
            raw_sample_ct=len(self.samples),
            variant_ct=self.total,
            sample_subset=None if all_rows else rows.astype(np.uint32),
            allele_idx_offsets=self._alleles,
        )

    def _hard_calls(self, reader: Any, places: NDArray[np.int64], n: int, progress: Progress | None) -> NDArray[Any]:
        def read(part: slice) -> NDArray[np.int8]:
            chosen = places[part].astype(np.uint32)
            G = np.empty((n, len(chosen)), dtype=np.int8)
            reader.read_list(chosen, G, sample_maj=True)
            for start in range(0, n, BLOCK):
                block = G[start : start + BLOCK]
                if block.min() < 0:
                    block[block == MISSING] = MISSING_CALL
            return G

        return in_parts(read, n, len(places), progress)

    def _values(self, reader: Any, places: NDArray[np.int64], n: int, progress: Progress | None) -> NDArray[Any]:
        """Read dosages of variants that have them, and hard calls of the others."""
        gathering = Gathering(n, len(places))
        values = np.empty((AT_ONCE, n), dtype=np.float32)
        for start in range(0, len(places), AT_ONCE):
            part = places[start : start + AT_ONCE].astype(np.uint32)
            reader.read_dosages_list(part, values)
            values[values == MISSING] = np.nan
            for j, column in enumerate(values[: len(part)], start):
                gathering.add(j, column)
            if progress is not None:
                progress(start + len(part), len(places))
        return gathering.result()[0]

"""Genotypes in one file for each chromosome, read as one source."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.genotype_matrix import as_floats
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Described, Progress, Remarks, Source, together
from latentmr.errors import ArgumentError

__all__ = ["ChromosomeSource", "open_source", "over_chromosomes"]

#: Values of ``{chr}``, in order; and those that are reported, but not read: such files often hold other individuals.
NAMES = (*map(str, range(1, 100)), *(f"0{i}" for i in range(1, 10)))
NOT_READ = ("X", "Y", "XY", "MT")
#: Suffixes of the formats.
SUFFIXES = ("", ".bed", ".pgen")


def over_chromosomes(pattern: str) -> list[str]:
    """Return the path with ``{chr}`` replaced by each name of a chromosome."""
    return [pattern.replace("{chr}", name) for name in NAMES]


def open_source(opener: Callable[..., Source], path: str, listed: Listed | None) -> Source:
    """Open genotypes: those of all chromosomes if the path contains ``{chr}``."""
    if (Path(path) / "metadata.json.gz").is_file() or path.rstrip("/").endswith(".mt"):
        raise ArgumentError(
            "genotypes",
            "be in PLINK, BGEN, VCF or VCF-Zarr files",
            f"{path}, a Hail MatrixTable",
            "export it with hl.export_plink(mt, 'cohort') or hl.export_bgen(mt, 'cohort'), then give `bfile` or `bgen`",
        )
    if "{chr}" in path:
        return ChromosomeSource(path, partial(opener, listed=listed))
    return opener(path, listed=listed)


class ChromosomeSource(Described):
    """Genotypes of the same individuals in a file for each chromosome.

    Parameters
    ----------
    pattern : str
        Path with ``{chr}`` in place of the chromosome. Every such file of chromosomes 1 to 99 is read, with or without
        a leading zero; files of X, Y, XY and MT are not.
    opener : callable
        Function that opens one of them.

    Raises
    ------
    ValueError
        If there is no such file, or files hold different individuals.
    """

    def __init__(self, pattern: str, opener: Callable[[str], Source]) -> None:
        paths = [path for path in over_chromosomes(pattern) if _exists(path)]
        if not paths:
            example = pattern.replace("{chr}", "1")
            raise ArgumentError(
                f"{pattern}", "name a file for each chromosome", f"none, for instance no {example}", "check the path"
            )
        self.path = pattern
        self._parts: list[Source] = []
        self._order: list[NDArray[np.int64] | None] = []
        for path in paths:
            part = opener(path)
            if not self._parts:
                self.argument, self.samples, self.example = part.argument, part.samples, part.example
            self._order.append(self._positions(part))
            if self._order[-1] is None:
                part.samples = self.samples  # ids are kept in memory once
            self._parts.append(part)
        self.variants = pd.concat([part.variants for part in self._parts], ignore_index=True)
        self.total = sum(part.total for part in self._parts)
        self._starts = np.cumsum([0, *(len(part.variants) for part in self._parts)])
        notes = [note for part in self._parts for note in part.remarks.notes]
        others = [path for path in (pattern.replace("{chr}", name) for name in NOT_READ) if _exists(path)]
        notes += [f"{path} was not read: it is not of an autosome." for path in others]
        warnings = [warning for part in self._parts for warning in part.remarks.warnings]
        self.remarks = Remarks((), tuple(notes), tuple(warnings))

    def _positions(self, part: Source) -> NDArray[np.int64] | None:
        """Return the position of each individual in a file; None if it has the order of the first file."""
        if part.samples.equals(self.samples):
            return None
        places = part.samples.get_indexer(self.samples) if part.samples.is_unique else np.full(1, -1)
        if len(part.samples) != len(self.samples) or (places < 0).any():
            raise ArgumentError(
                f"{part.path}",
                f"hold the individuals of {self._parts[0].path}: files of chromosomes are read as one",
                f"{len(part.samples)} individuals, not the same {len(self.samples)}",
                "write the files for the same individuals",
            )
        return np.asarray(places, dtype=np.int64)

    def after_reading(self) -> Remarks:
        """Return the remarks of all files on the genotypes that were read so far."""
        return together(self._parts)

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read as :meth:`Source.read <latentmr.data.genotypes.source.Source.read>` does."""
        which = np.searchsorted(self._starts, columns, side="right") - 1
        G: NDArray[Any] = np.empty((len(rows), len(columns)), dtype=np.int8)
        done = 0
        for i in np.unique(which):
            mine, order = np.flatnonzero(which == i), self._order[i]
            watch = progress and partial(_further, progress, done, len(columns))
            block, _ = self._parts[i].read(
                rows if order is None else order[rows], columns[mine] - self._starts[i], watch
            )
            if block.dtype != G.dtype and G.dtype == np.int8:
                G = as_floats(G)
            G[:, mine] = as_floats(block) if G.dtype != block.dtype else block
            done += len(mine)
        return G, "counts" if G.dtype == np.int8 else "dosages"


def _further(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    """Report progress in one file after the variants of others."""
    progress(before + done, total)


def _exists(path: str) -> bool:
    return any(Path(path + suffix).exists() for suffix in SUFFIXES)

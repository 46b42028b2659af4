"""Genotypes in one file for each chromosome, read as one."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.genotype_matrix import as_floats
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Progress, Remarks, Source
from latentmr.errors import ArgumentError

__all__ = ["ChromosomeSource", "open_source", "over_chromosomes"]

#: What ``{chr}`` may stand for, in order; and what is told of, but not read: often it holds other people.
NAMES = (*map(str, range(1, 100)), *(f"0{i}" for i in range(1, 10)))
NOT_READ = ("X", "Y", "XY", "MT")
#: What a format's files end with.
SUFFIXES = ("", ".bed", ".pgen")


def over_chromosomes(pattern: str) -> list[str]:
    """The path with each name of a chromosome in place of ``{chr}``."""
    return [pattern.replace("{chr}", name) for name in NAMES]


def open_source(opener: Callable[..., Source], path: str, listed: Listed | None) -> Source:
    """Open genotypes; all chromosomes' where the path has ``{chr}``."""
    if (Path(path) / "metadata.json.gz").is_file() or path.rstrip("/").endswith(".mt"):
        raise ArgumentError(
            "genotypes",
            "be in PLINK, BGEN, VCF or VCF-Zarr files",
            f"{path}, a Hail MatrixTable",
            "export it: hl.export_plink(mt, 'cohort') or hl.export_bgen(mt, 'cohort'), then give `bfile` or `bgen`",
        )
    if "{chr}" in path:
        return ChromosomeSource(path, partial(opener, listed=listed))
    return opener(path, listed=listed)


class ChromosomeSource:
    """The same people's genotypes in a file for each chromosome.

    Parameters
    ----------
    pattern : str
        Path with ``{chr}`` in place of the chromosome: every file of that name is read, of chromosomes 1 to 99,
        with or without a leading zero. Files of X, Y, XY and MT are not.
    opener : callable
        Opens one of them.

    Raises
    ------
    ValueError
        Where there is no such file, or files hold different people.
    """

    def __init__(self, pattern: str, opener: Callable[[str], Source]) -> None:
        paths = [path for path in over_chromosomes(pattern) if _exists(path)]
        if not paths:
            example = pattern.replace("{chr}", "1")
            raise ArgumentError(f"{pattern}", "name a file for each chromosome", f"none, for instance no {example}")
        self.path = pattern
        self._parts: list[Source] = []
        self._order: list[NDArray[np.int64] | None] = []
        for path in paths:
            part = opener(path)
            if not self._parts:
                self.argument, self.samples, self.example = part.argument, part.samples, part.example
            self._order.append(self._places_of_people(part))
            if self._order[-1] is None:
                part.samples = self.samples  # a biobank's ids are kept once
            self._parts.append(part)
        self.variants = pd.concat([part.variants for part in self._parts], ignore_index=True)
        self.total = sum(part.total for part in self._parts)
        self._starts = np.cumsum([0, *(len(part.variants) for part in self._parts)])
        notes = [note for part in self._parts for note in part.remarks.notes]
        others = [path for path in (pattern.replace("{chr}", name) for name in NOT_READ) if _exists(path)]
        notes += [f"{path} was not read: it is not of an autosome." for path in others]
        warnings = [warning for part in self._parts for warning in part.remarks.warnings]
        self.remarks = Remarks((), tuple(notes), tuple(warnings))

    def _places_of_people(self, part: Source) -> NDArray[np.int64] | None:
        """Where each person is in a file; None where it holds all in the first file's order."""
        if part.samples.equals(self.samples):
            return None
        places = part.samples.get_indexer(self.samples) if part.samples.is_unique else np.full(1, -1)
        if len(part.samples) != len(self.samples) or (places < 0).any():
            raise ArgumentError(
                f"{part.path}",
                f"hold the people of {self._parts[0].path}: files of chromosomes are read as one",
                f"{len(part.samples)} people, not the same {len(self.samples)}",
                "write the files for the same people",
            )
        return np.asarray(places, dtype=np.int64)

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """See :meth:`Source.read <latentmr.data.genotypes.source.Source.read>`."""
        which = np.searchsorted(self._starts, columns, side="right") - 1
        G: NDArray[Any] = np.empty((len(rows), len(columns)), dtype=np.int8)
        done = 0
        for i in np.unique(which):
            mine, order = np.flatnonzero(which == i), self._order[i]
            told = progress and partial(_further, progress, done, len(columns))
            block, _ = self._parts[i].read(
                rows if order is None else order[rows], columns[mine] - self._starts[i], told
            )
            if block.dtype != G.dtype and G.dtype == np.int8:
                G = as_floats(G)
            G[:, mine] = as_floats(block) if G.dtype != block.dtype else block
            done += len(mine)
        return G, "counts" if G.dtype == np.int8 else "dosages"


def _further(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    """Tell of variants read of one file, after those of others."""
    progress(before + done, total)


def _exists(path: str) -> bool:
    return any(Path(path + suffix).exists() for suffix in SUFFIXES)

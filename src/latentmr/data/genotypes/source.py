"""Sources of genotypes: the interface of all readers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.printing import shortened
from latentmr.results.printing import counted

__all__ = ["Described", "Progress", "Remarks", "Source", "together"]

#: Function that is called with the number of variants read and the number to read.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Remarks:
    """Remarks of a source on how it reads its files.

    Parameters
    ----------
    left_out : tuple of (str, int)
        Reasons why variants are left out, and how many.
    notes : tuple of str
        Notes.
    warnings : tuple of str
        Warnings that the user should check.
    """

    left_out: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Source(Protocol):
    """Genotypes on disk.

    Attributes
    ----------
    path : str
        Path, for messages.
    argument : str
        Name of the argument that gave it, for messages.
    samples : pandas.Index
        Sample ids, in the file's order.
    variants : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele`` of the variants of interest, in the file's order. Unknown
        alleles are ``NA``, and several alleles are joined by commas.
    total : int
        Number of variants on disk, of interest or not.
    example : str
        Id of the first variant on disk, for messages.
    remarks : Remarks
        Notes and warnings.
    """

    path: str
    argument: str
    samples: pd.Index
    variants: pd.DataFrame
    total: int
    example: str
    remarks: Remarks

    def read(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], progress: Progress | None = None
    ) -> tuple[NDArray[Any], str]:
        """Read genotypes of chosen individuals and variants, by position in ``samples`` and ``variants``.

        It returns the matrix and its kind: ``counts`` are int8 hard calls (-127 missing), ``dosages`` and
        ``continuous`` are float32 (NaN missing).
        """
        ...

    def after_reading(self) -> Remarks:
        """Return remarks on the genotypes that were read so far."""
        ...


class Described:
    """A source that prints its path and its size."""

    path: str
    samples: pd.Index
    variants: pd.DataFrame
    total: int

    def __repr__(self) -> str:
        of = f" of {self.total:,}" if len(self.variants) != self.total else ""
        size = f"{counted(len(self.samples), 'individual')}, {len(self.variants):,}{of} variants"
        return f"{type(self).__name__}: {shortened(self.path)}; {size}"

    def after_reading(self) -> Remarks:
        """Return remarks on the genotypes that were read so far: none, unless a reader has some."""
        return Remarks()


def together(sources: Iterable[Source]) -> Remarks:
    """Put the remarks after reading of several sources together."""
    found = [each.after_reading() for each in sources]
    notes, warnings = (tuple(text for each in found for text in getattr(each, name)) for name in ("notes", "warnings"))
    return Remarks((), notes, warnings)

"""Where genotypes come from: what every reader offers to the assembly of a data set."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Progress", "Remarks", "Source"]

#: Told how many variants were read, and how many there are to read.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Remarks:
    """What a source says of how it reads its files.

    Parameters
    ----------
    left_out : tuple of (str, int)
        Reasons for which variants are not offered, and how many.
    notes : tuple of str
        Statements.
    warnings : tuple of str
        What the user should look at.
    """

    left_out: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Source(Protocol):
    """Genotypes on disk.

    Attributes
    ----------
    path : str
        For messages.
    argument : str
        The option that named it, for messages.
    samples : pandas.Index
        Sample ids, in the file's order.
    variants : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele``, in the file's order, of the variants that are of interest;
        alleles ``NA`` where not known, several joined by commas.
    total : int
        Variants on disk, of interest or not.
    example : str
        Id of the first variant on disk, for messages.
    remarks : Remarks
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
        """Genotypes of chosen people and variants, by their place in ``samples`` and ``variants``, and their kind.

        ``counts`` are int8 hard calls (-127 missing); ``dosages`` and ``continuous`` are float32 (NaN missing).
        """
        ...

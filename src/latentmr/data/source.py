"""Where genotypes come from: what every reader offers to the assembly of a data set."""

from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Source"]


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
        ``id, chrom, pos, effect_allele, other_allele``, in the file's order; alleles ``NA`` where not known.
    """

    path: str
    argument: str
    samples: pd.Index
    variants: pd.DataFrame

    def read(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> tuple[NDArray[Any], str]:
        """Genotypes of chosen people and variants, and their kind: ``counts``, ``dosages`` or ``continuous``.

        Counts are int8 hard calls (-127 missing), the others float32 (NaN missing).
        """
        ...

"""What a saved model asks of new genotypes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Wanted"]


@dataclass(frozen=True)
class Wanted:
    """Variants to read exactly, and what their missing calls are filled with.

    Parameters
    ----------
    variants : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele`` in the model's order.
    env_names : tuple of str
        Environments that the model knows.
    fill : np.ndarray of dimension (E, p)
        Mean genotype in each of them.
    pooled_fill : np.ndarray of dimension (p,)
        For people of an environment that the model does not know.
    kind : str
        Kind of instruments that the model was learned on.
    """

    variants: pd.DataFrame
    env_names: tuple[str, ...]
    fill: NDArray[np.float64]
    pooled_fill: NDArray[np.float64]
    kind: str

    def fill_for(self, env_names: tuple[str, ...]) -> NDArray[np.float64]:
        """Rows of the fill table for other environments, the pooled mean for unknown ones."""
        known = dict(zip(self.env_names, self.fill, strict=True))
        return np.vstack([known.get(name, self.pooled_fill) for name in env_names])

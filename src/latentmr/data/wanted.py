"""Needs of a saved model: variants and values that replace missing calls."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genome.structure import Structure
from latentmr.data.printing import Brief

__all__ = ["Wanted"]


@dataclass(frozen=True, repr=False)
class Wanted(Brief):
    """Variants to read exactly, and values that replace their missing calls.

    Parameters
    ----------
    variants : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele`` in the model's order.
    env_names : tuple of str
        Environments that the model knows.
    fill : np.ndarray of dimension (E, p)
        Mean genotype in each of these environments.
    pooled_fill : np.ndarray of dimension (p,)
        Mean genotype for individuals in other environments.
    kind : str
        Kind of instruments that the model was learned on.
    structure : Structure, optional
        Genome-wide principal components, onto which the individuals are projected.
    """

    variants: pd.DataFrame
    env_names: tuple[str, ...]
    fill: NDArray[np.float64]
    pooled_fill: NDArray[np.float64]
    kind: str
    structure: Structure | None = None

    def fill_for(self, env_names: tuple[str, ...]) -> NDArray[np.float64]:
        """Return the rows of ``fill`` for these environments, with the pooled mean for unknown ones."""
        known = dict(zip(self.env_names, self.fill, strict=True))
        return np.vstack([known.get(name, self.pooled_fill) for name in env_names])

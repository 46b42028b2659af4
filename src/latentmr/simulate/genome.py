"""Genome-wide variants of simulated individuals, and the principal components that learners and comparators use."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.data.genome.structure import MOST, Structure, population_structure
from latentmr.data.genotypes.held import Held
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Genome", "refuse_number_of_components", "with_components"]


@dataclass(frozen=True, repr=False)
class Genome:
    """Variants of simulated individuals besides the instruments.

    Parameters
    ----------
    G : np.ndarray of int8 of dimension (n, m)
        Allele counts, never missing.
    variants : pandas.DataFrame with m rows
        ``id, chrom, pos, effect_allele, other_allele``.

    Examples
    --------
    >>> from latentmr.simulate import admixture, semisynthetic
    >>> source = admixture(n=500, p=90, seed=1).dataset
    >>> found = semisynthetic(source, n=900, n_env=3, p=20, seed=1).genome
    >>> found
    Genome: 900 individuals, 70 variants
    >>> found.components(5).shape
    (900, 5)
    """

    G: NDArray[np.int8]
    variants: pd.DataFrame
    _found: dict[tuple[int | str, bool], Structure] = field(default_factory=dict, init=False, compare=False)

    def __repr__(self) -> str:
        return f"Genome: {self.G.shape[0]:,} individuals, {self.G.shape[1]:,} variants"

    def components(self, number: int | str = "auto") -> Array:
        """Compute principal components, scaled to unit variance; they are kept for the next call.

        Parameters
        ----------
        number : int or str
            Number of components, or ``auto``: as many as ``latentmr run`` takes.

        Returns
        -------
        np.ndarray of dimension (n, k)

        Raises
        ------
        ValueError
            If the genome has fewer components.
        """
        n, m = self.G.shape
        if not isinstance(number, int):
            found = self.structure("auto")
            return found.features[:, : found.number]
        # the components that comparators usually adjust for are computed once
        usual = min(MOST, n // 2, m // 2)
        return self.structure(usual if 0 < number <= usual else number, groups=False).features[:, :number]

    def structure(self, number: int | str, *, groups: bool = True) -> Structure:
        """Return the structure with some number of components, as ``latentmr run`` finds it; it is kept as well."""
        if (number, groups) not in self._found:
            n, m = self.G.shape
            source = Held(self.G, self.variants, pd.RangeIndex(n))
            # exact for the sizes of a simulation: the seed matters only beyond
            self._found[number, groups] = population_structure(
                source, np.arange(n), np.arange(m), number, seed=0, groups=groups
            )
        return self._found[number, groups]


def with_components(dataset: Dataset, genome: Genome | None, pcs: int | str) -> Dataset:
    """Return the data set with genome-wide principal components ``PC1``, ``PC2``, ... as its auxiliary features.

    Parameters
    ----------
    dataset : Dataset
    genome : Genome, optional
        Other variants of the same individuals.
    pcs : int or str
        Number of components; ``auto`` finds it from the data, and takes none if there is no genome.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there is no genome for the components that are requested.
    """
    refuse_number_of_components(pcs)
    if pcs == 0 or (pcs == "auto" and genome is None):
        none = np.zeros((dataset.n, 0))
        return replace(dataset, A=none, aux_names=(), structure=None, A_beyond=none)
    if genome is None:
        raise ArgumentError("pcs", "be auto or 0 without genome-wide variants", f"{pcs!r}", "use a larger `genome`")
    found = genome.structure(pcs)
    if not found.number:
        return with_components(dataset, None, "auto")
    beyond = np.zeros((dataset.n, 0)) if found.beyond is None else found.beyond
    without = found.without_individuals()
    return replace(dataset, A=found.features, aux_names=found.names, structure=without, A_beyond=beyond)


def refuse_number_of_components(pcs: object) -> None:
    """Reject what is neither ``auto`` nor a whole number of components from 0 to 100.

    Raises
    ------
    ValueError
    """
    whole = isinstance(pcs, int) and not isinstance(pcs, bool) and 0 <= pcs <= MOST
    if pcs != "auto" and not whole:
        raise ArgumentError("pcs", f"be auto or a whole number from 0 to {MOST}", f"{pcs!r}", "auto is the default")

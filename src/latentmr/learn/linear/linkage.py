"""Check that variants are in linkage equilibrium: the factor form takes any correlation for confounding."""

import numpy as np
import pandas as pd

from latentmr.results.history import LinkageGroup, LinkageSummary
from latentmr.typing import Array, Mask

__all__ = ["linkage_summary"]


#: Chromosome names that mean "not known".
UNKNOWN = ("NA", "0", "nan", "")


def linkage_summary(within: Array, implied: Array, n: float, variants: pd.DataFrame) -> LinkageSummary:
    """Summarise correlations within environments of pairs on one chromosome, on two, and at unknown positions.

    Ancestry correlates pairs on one chromosome no more than pairs on two. An excess within chromosomes therefore
    indicates linkage. Correlations that remain after the factors indicate a missing factor.

    Parameters
    ----------
    within : np.ndarray of dimension (p, p)
        Average covariance within environments.
    implied : np.ndarray of dimension (p, p)
        Part of that covariance that the factors imply.
    n : float
        Number of individuals in learning.
    variants : pandas.DataFrame
        Table with ``id`` and ``chrom``.

    Returns
    -------
    LinkageSummary
    """
    unit = 1 / np.sqrt(np.diag(within))
    first, second = np.triu_indices(len(unit), 1)
    r = (within * np.outer(unit, unit))[first, second]
    left = ((within - implied) * np.outer(unit, unit))[first, second]
    chrom = variants["chrom"].astype(str).to_numpy()
    unknown = np.isin(chrom, UNKNOWN)[first] | np.isin(chrom, UNKNOWN)[second]
    same = chrom[first] == chrom[second]
    ids = variants["id"].astype(str).to_numpy()

    def describe(values: Array, mask: Mask) -> LinkageGroup | None:
        if not mask.any():
            return None
        places = np.flatnonzero(mask)
        top = places[np.argmax(np.abs(values[places]))]
        return LinkageGroup(
            pairs=len(places),
            mean_r2=float(np.mean(values[places] ** 2)),
            largest=float(values[top]),
            first=str(ids[first[top]]),
            second=str(ids[second[top]]),
        )

    return LinkageSummary(
        n=float(n),
        within=describe(r, same & ~unknown),
        across=describe(r, ~same & ~unknown),
        unknown=describe(r, unknown),
        residual=describe(left, np.ones(len(r), dtype=bool)),
    )

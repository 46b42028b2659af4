"""Thinning: variants such that no two near each other are correlated."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genome.ld import correlation_r2, locate, reach
from latentmr.data.genome.standardised import mean_of
from latentmr.data.genotypes.genotypes import is_missing
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.genotypes.streaming import BYTES, stream
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["thin"]


#: A share that equals a threshold up to rounding passes.
ROUNDING = 1e-9
#: Variants that are compared with each other at once.
COMPARED = 256


def thin(
    source: Source,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    *,
    r2: float = 0.1,
    kb: float = 1000.0,
    maf: float = 0.01,
    geno: float = 1.0,
    progress: Progress | None = None,
) -> NDArray[np.int64]:
    """Choose variants such that no two near each other are in strong linkage disequilibrium, for principal components.

    Along each chromosome a variant is kept if its squared correlation (:func:`~latentmr.data.genome.ld.correlation_r2`)
    with every kept one less than ``kb`` away is below ``r2``. The purpose is that of ``plink --indep-pairwise``, which
    searches in another order and keeps other variants. A few thousand individuals are enough. Regions of long-range
    linkage disequilibrium (the HLA, inversions) are longer than any window, and can cause components of their own.
    Remove their variants from ``columns`` first, by the list for your genome build (Price et al. 2008); this function
    does not know the build.

    Parameters
    ----------
    source : Source
        Genotypes.
    rows, columns : np.ndarray of int of dimension (n,) and (p,)
        Individuals and variants, by position in the source.
    r2 : float
        Bound that squared correlations of kept variants stay below.
    kb : float
        Window on each side, in thousands of base pairs.
    maf : float
        Minimum minor allele frequency.
    geno : float
        Maximum share of missing calls of a variant.
    progress : callable, optional
        Called with the number of variants read and the number to read.

    Returns
    -------
    np.ndarray of int
        The kept variants of ``columns``, in their order.

    Raises
    ------
    ValueError
        If a threshold is out of range or a variant has no position.

    References
    ----------
    Price et al. (2008) Am J Hum Genet 83:132. Abraham & Inouye (2014) PLoS ONE 9:e93766.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> G = np.random.default_rng(1).binomial(2, 0.3, (500, 3)).astype(np.int8)[:, [0, 0, 1, 2]]
    >>> table = pd.DataFrame({"id": list("abcd"), "chrom": "1", "pos": ["100", "200", "300", "5000000"]})
    >>> source = SimpleNamespace(variants=table, read=lambda rows, columns: (G[np.ix_(rows, columns)], "counts"))
    >>> thin(source, np.arange(500), np.arange(4))
    array([0, 2, 3])
    """
    if not 0 < r2 <= 1:
        raise ArgumentError("r2", "be more than 0 and at most 1", f"{r2:g}", "0.1 is usual")
    if not 0 < kb < np.inf:
        raise ArgumentError("kb", "be more than 0 and finite", f"{kb:g}", "1000 is usual")
    if not 0 <= maf <= 0.5:
        raise ArgumentError("maf", "lie between 0 and 0.5", f"{maf:g}", "0.01 is usual")
    if not 0 <= geno <= 1:
        raise ArgumentError("geno", "lie between 0 and 1", f"{geno:g}", "0.05 is usual")
    chromosomes, positions = locate(source.variants, columns)
    order = np.lexsort((columns, positions, chromosomes))
    # chromosomes are placed further apart than any window
    radius = reach(kb)
    along = positions + chromosomes * (int(positions.max(initial=0)) + radius + 1)
    kept = np.zeros(len(columns), dtype=bool)
    near, where = np.empty((len(rows), 0), dtype=np.int8), np.empty(0, dtype=np.int64)
    size = min(COMPARED, max(1, BYTES // max(len(rows), 1)))
    for part, block in stream(source, rows, columns[order], size=size, progress=progress):
        places = order[part]
        frequency = mean_of(block) / 2
        called = is_missing(block).mean(axis=0) <= geno + ROUNDING
        common = np.flatnonzero(called & (np.minimum(frequency, 1 - frequency) >= max(maf, 1e-12)))
        inside = where >= along[places[0]] - radius
        near, where = near[:, inside], where[inside]
        free = _apart(correlation_r2(near, block[:, common]), where, along[places[common]], radius, r2).all(axis=0)
        left = common[free]
        apart = _apart(
            correlation_r2(block[:, left], block[:, left]), along[places[left]], along[places[left]], radius, r2
        )
        chosen: list[int] = []
        for j in range(len(left)):
            if apart[chosen, j].all():
                chosen.append(j)
        kept[places[left[chosen]]] = True
        near, where = _join(near, block[:, left[chosen]]), np.append(where, along[places[left[chosen]]])
    return columns[kept]


def _apart(
    squares: Array, first: NDArray[np.int64], second: NDArray[np.int64], radius: int, r2: float
) -> NDArray[np.bool_]:
    """Return whether pairs are distant or hardly correlated; a variant that does not vary is not correlated."""
    return np.asarray(~(squares >= r2) | (np.abs(first[:, None] - second) > radius))


def _join(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
    if left.dtype != right.dtype:
        left, right = (np.where(is_missing(G), np.nan, G).astype(np.float32) for G in (left, right))
    return np.hstack([left, right])

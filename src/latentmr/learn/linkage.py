"""Is there correlation among the variants that the factors do not explain? The factor form takes it for none."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

__all__ = ["residual_linkage"]

Array = NDArray[np.float64]


def residual_linkage(residual: Array, uniqueness: Array, n: float, variants: pd.DataFrame) -> dict[str, Any]:
    """Summarise correlations left after the factors, within chromosomes and across.

    Parameters
    ----------
    residual : np.ndarray of dimension (p, p)
        Average covariance within environments less that which the factors imply.
    uniqueness : np.ndarray of dimension (p,)
        Variances that the factors do not explain.
    n : float
        People in learning.
    variants : pandas.DataFrame
        With ``id`` and ``chrom``; positions on chromosome ``NA`` or ``0`` are not known.

    Returns
    -------
    dict
        ``pairs``, the number tested; ``threshold`` of the absolute correlation, Bonferroni at 5 %; for ``within``,
        ``across`` and ``unknown`` chromosome pairs the mean squared correlation in units of its expectation without
        linkage, and the number above the threshold; ``worst``, the most correlated pair.
    """
    unit = 1 / np.sqrt(uniqueness)
    correlation = residual * np.outer(unit, unit)
    first, second = np.triu_indices(len(unit), 1)
    r = correlation[first, second]
    chrom = variants["chrom"].astype(str).to_numpy()
    unknown = np.isin(chrom, ("NA", "0", "nan", ""))
    pair_unknown = unknown[first] | unknown[second]
    same = (chrom[first] == chrom[second]) & ~pair_unknown
    groups = {"within": same, "across": ~same & ~pair_unknown, "unknown": pair_unknown}
    if not len(r):
        return {"pairs": 0}
    threshold = float(norm.isf(0.025 / len(r)) / np.sqrt(n))
    worst = int(np.argmax(np.abs(r)))
    ids = variants["id"].to_numpy()
    return {
        "pairs": len(r),
        "threshold": threshold,
        "worst": {"first": str(ids[first[worst]]), "second": str(ids[second[worst]]), "r": float(r[worst])},
    } | {
        name: {
            "pairs": int(mask.sum()),
            "mean_chi2": float(n * np.mean(r[mask] ** 2)) if mask.any() else None,
            "above_threshold": int((np.abs(r[mask]) > threshold).sum()),
            "largest": float(np.abs(r[mask]).max()) if mask.any() else None,
        }
        for name, mask in groups.items()
    }

"""Quality of imputation of dosages."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.genotypes import BLOCK, is_missing

__all__ = ["variance_ratio"]


def variance_ratio(G: NDArray[Any], env: NDArray[np.int64], n_env: int) -> NDArray[np.float64]:
    """Compute the variance of dosages divided by that of genotypes in Hardy-Weinberg equilibrium.

    The ratio is near 1 if genotypes are certain. It is MaCH's r-squared, which is close to IMPUTE's INFO. Differences
    between environments would raise it, so variances are those within environments: observed and expected sums of
    squares are added over them. With one environment it equals ``plink2 --freq cols=+machr2``.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        Dosages between 0 and 2, NaN missing, or int8 hard calls, -127 missing.
    env : np.ndarray of dimension (n,)
        Environment codes.
    n_env : int
        Number of environments.

    Returns
    -------
    np.ndarray of dimension (p,)
        Variance ratios; 0 if a variant does not vary.

    References
    ----------
    Li, Willer, Ding, Scheet & Abecasis (2010) Genet Epidemiol 34:816.

    Examples
    --------
    >>> G = np.random.default_rng(1).binomial(2, 0.3, (2000, 1)).astype(np.float32)
    >>> env = np.zeros(2000, dtype=np.int64)
    >>> variance_ratio(G, env, 1).round(1), variance_ratio(0.5 * G + 0.3, env, 1).round(1)
    (array([1.]), array([0.3]))
    """
    calls, sums, squares = (np.zeros((n_env, G.shape[1])) for _ in range(3))
    for start in range(0, len(G), BLOCK):
        block, codes = G[start : start + BLOCK], env[start : start + BLOCK]
        known = ~is_missing(block)
        values = np.where(known, block, 0).astype(np.float64)
        for e in np.unique(codes):
            mine = codes == e
            calls[e] += known[mine].sum(axis=0)
            sums[e] += values[mine].sum(axis=0)
            squares[e] += (values[mine] ** 2).sum(axis=0)
    means = sums / np.maximum(calls, 1)
    found = (squares - calls * means**2).sum(axis=0)
    expected = (calls * means * (1 - means / 2)).sum(axis=0)
    return np.asarray(np.where(expected > 0, np.maximum(found, 0) / np.where(expected > 0, expected, 1), 0.0))

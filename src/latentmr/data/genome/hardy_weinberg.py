"""Hardy-Weinberg equilibrium: exact tests, within environments."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from latentmr.data.genotypes import BLOCK

__all__ = ["genotype_counts", "hardy_weinberg", "within_environments"]

#: Probabilities this much larger than that of the data, relatively, are equal to it but for rounding.
ROUNDING = 1e-7
#: Logarithm of a probability that is nothing beside the largest.
NOTHING = -80.0


def hardy_weinberg(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Exact test of Hardy-Weinberg equilibrium.

    The null hypothesis is that alleles of a variant are drawn independently into genotypes. The p value is the
    probability, given the allele counts, of numbers of heterozygotes that are at most as probable as that of the data.
    It is that of ``plink --hardy`` (without the mid-p adjustment).

    Parameters
    ----------
    counts : np.ndarray of int of dimension (p, 3)
        People with no, one and two copies of an allele.

    Returns
    -------
    np.ndarray of dimension (p,)
        p values; 1 where there is no call, or one allele alone.

    References
    ----------
    Wigginton, Cutler & Abecasis (2005) Am J Hum Genet 76:887.

    Examples
    --------
    >>> hardy_weinberg(np.array([[57, 14, 50], [25, 50, 25], [9, 0, 0]])).round(4)
    array([0., 1., 1.])
    """
    counts = np.asarray(counts, dtype=np.int64)
    logs = gammaln(np.arange(2 * int(counts.sum(axis=1).max(initial=0)) + 2) + 1.0)
    return np.array([_exact(first, het, second, logs) for first, het, second in counts.tolist()], dtype=np.float64)


def _exact(first: int, het: int, second: int, logs: NDArray[np.float64]) -> float:
    n, rare = first + het + second, 2 * min(first, second) + het
    if rare == 0:
        return 1.0
    # the most probable number is near its expectation, and the others fall off faster than any normal tail
    expected = rare * (2 * n - rare) / (2 * n)
    reach = 40 * np.sqrt(expected) + 40
    low = max(rare % 2, int(expected - reach) // 2 * 2 + rare % 2)
    hets = np.arange(low, min(rare, int(expected + reach)) + 1, 2)
    if het < hets[0] or het > hets[-1]:
        return 0.0
    rares = (rare - hets) // 2
    log_p = hets * np.log(2.0) - logs[rares] - logs[hets] - logs[n - hets - rares]
    log_p -= log_p.max()
    p = np.exp(np.maximum(log_p, 10 * NOTHING))
    return float(min(1.0, p[p <= p[(het - low) // 2] * (1 + ROUNDING)].sum() / p.sum()))


def genotype_counts(G: NDArray[np.int8], env: NDArray[np.int64], n_env: int) -> NDArray[np.int64]:
    """People with no, one and two copies, by environment and variant.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        int8 hard calls, -127 missing.
    env : np.ndarray of dimension (n,)
        Codes of environments.
    n_env : int
        Number of environments.

    Returns
    -------
    np.ndarray of dimension (n_env, p, 3)
    """
    out = np.zeros((n_env, G.shape[1], 3), dtype=np.int64)
    for start in range(0, len(G), BLOCK):
        block, codes = G[start : start + BLOCK], env[start : start + BLOCK]
        for copies in range(3):
            these = block == copies
            for e in np.unique(codes):
                out[e, :, copies] += these[codes == e].sum(axis=0)
    return out


def within_environments(G: NDArray[Any], env: NDArray[np.int64], n_env: int) -> NDArray[np.float64]:
    """Hardy-Weinberg p value of each variant, within environments.

    Between environments frequencies differ, which alone makes heterozygotes rare (Wahlund) and is no error of
    genotyping. So each environment is tested, and the smallest p value counts times the number of environments in which
    the variant varies (Bonferroni).

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        int8 hard calls, -127 missing.
    env : np.ndarray of dimension (n,)
        Codes of environments.
    n_env : int
        Number of environments.

    Returns
    -------
    np.ndarray of dimension (p,)

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> env = np.repeat([0, 1], 500)
    >>> G = rng.binomial(2, np.where(env, 0.9, 0.1)[:, None], (1000, 1)).astype(np.int8)
    >>> within_environments(G, env, 2) > 0.05, within_environments(G, 0 * env, 1) < 1e-50
    (array([ True]), array([ True]))
    """
    counts = genotype_counts(G, env, n_env)
    p_values = np.array([hardy_weinberg(each) for each in counts]).reshape(n_env, G.shape[1])
    alleles = np.stack([2 * counts[:, :, 0] + counts[:, :, 1], 2 * counts[:, :, 2] + counts[:, :, 1]])
    tested = (alleles > 0).all(axis=0).sum(axis=0)
    return np.asarray(np.minimum(p_values.min(axis=0, initial=1.0) * np.maximum(tested, 1), 1.0))

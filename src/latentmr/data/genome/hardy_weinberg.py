"""Hardy-Weinberg equilibrium: exact tests, within environments."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from latentmr.data.genotypes.genotypes import BLOCK
from latentmr.errors import ArgumentError
from latentmr.typing import Array, Integers

__all__ = ["genotype_counts", "hardy_weinberg", "within_environments"]


#: Probabilities that exceed that of the data by less than this relative amount are equal to it up to rounding.
ROUNDING = 1e-7
#: Relative size of a term that does not change its sum.
NEGLIGIBLE = 1e-18
#: Variants that are tested together, and terms of the sum between checks of convergence.
VARIANTS, STEPS = 4096, 16


def hardy_weinberg(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute the exact test of Hardy-Weinberg equilibrium.

    The null hypothesis is that alleles of a variant are drawn independently into genotypes. The p value is the
    probability, given the allele counts, of numbers of heterozygotes that are at most as probable as that of the data.
    It is that of ``plink --hardy`` (without the mid-p adjustment).

    Parameters
    ----------
    counts : np.ndarray of int of dimension (p, 3)
        Numbers of individuals with no, one and two copies of an allele.

    Returns
    -------
    np.ndarray of dimension (p,)
        P values; 1 if there is no call or only one allele.

    References
    ----------
    Wigginton, Cutler & Abecasis (2005) Am J Hum Genet 76:887.

    Examples
    --------
    >>> hardy_weinberg(np.array([[57, 14, 50], [25, 50, 25], [9, 0, 0]])).round(4)
    array([0., 1., 1.])
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[1] != 3 or counts.dtype.kind not in "iu":
        raise ArgumentError(
            "counts",
            "be integers of dimension (p, 3)",
            f"{counts.dtype} {counts.shape}",
            "make them with genotype_counts",
        )
    if counts.min(initial=0) < 0:
        raise ArgumentError("counts", "not be negative", f"{counts.min()}", "make them with genotype_counts")
    counts = counts.astype(np.int64)
    logs = gammaln(np.arange(2 * int(counts.sum(axis=1).max(initial=0)) + 1) + 1.0)
    out = np.ones(len(counts))
    # variants with similar counts need similar numbers of steps, and are processed together
    order = np.argsort(counts[:, 1], kind="stable")
    for start in range(0, len(order), VARIANTS):
        these = order[start : start + VARIANTS]
        out[these] = _exact(counts[these, 0], counts[these, 1], counts[these, 2], logs)
    return out


def _exact(first: Integers, het: Integers, second: Integers, logs: Array) -> Array:
    """Sum two tails: from the data outwards, and on the other side from the point that is as improbable.

    With r rare homozygotes among n individuals with a rare alleles there are a - 2r heterozygotes. Their probability is
    log-concave in r: it has one maximum, and falls ever faster on either side.
    """
    n, homs = first + het + second, np.minimum(first, second)
    rare = 2 * homs + het
    constant = logs[n] + logs[rare] + logs[2 * n - rare] - logs[2 * n]

    def log_p(r: Integers) -> Array:
        hets = rare - 2 * r
        return np.asarray(constant + hets * np.log(2.0) - logs[r] - logs[hets] - logs[n - hets - r])

    up = het * (het - 1.0) / (4.0 * (homs + 1) * (n - het - homs + 1))
    down = 4.0 * homs * (n - het - homs) / ((het + 2.0) * (het + 1.0))
    own = log_p(homs)
    # the maximum lies above if one more is more probable, below if one less is; otherwise it is at the data
    outwards = np.where(up > 1 + ROUNDING, -1, np.where(down > 1 + ROUNDING, 1, 0))
    # bisection for the nearest point across the maximum that is as improbable as the data
    inner, outer = homs.copy(), np.where(outwards < 0, rare // 2 + 1, -1)
    while (far := np.abs(outer - inner) > 1).any():
        middle = np.where(far, (inner + outer) // 2, inner)
        low = log_p(middle) <= own + ROUNDING
        outer, inner = np.where(far & low, middle, outer), np.where(far & ~low, middle, inner)
    there = (outwards != 0) & (outer >= 0) & (outer <= rare // 2)
    across = np.where(there, outer, homs)
    p = np.exp(own) * _tail(n, rare, homs, outwards)
    p += np.where(there, np.exp(log_p(across)) * _tail(n, rare, across, -outwards * there), 0.0)
    return np.asarray(np.where(outwards == 0, 1.0, np.minimum(p, 1.0)))


def _tail(n: Integers, rare: Integers, r: Integers, step: Integers) -> Array:
    """Return the probability of r and all beyond in direction ``step``, divided by that of r."""
    total = np.ones(len(r))
    live = np.flatnonzero(step)
    up, r = step[live] > 0, r[live]
    # the ratio of neighbours is x (x - 1) / (4 y z) upwards and 4 y z / (x (x - 1)) downwards
    x = (rare[live] - 2 * r + np.where(up, 0, 2)).astype(np.float64)
    y = (r + up).astype(np.float64)
    z = (n[live] - rare[live] + r + up).astype(np.float64)
    move = np.where(up, 1.0, -1.0)
    term, sums = np.ones(len(live)), np.ones(len(live))
    while len(live):
        for _ in range(STEPS):
            above, below = x * (x - 1), 4 * y * z
            np.multiply(term, np.where(up, above, below), out=term)
            # past the end the numerator is zero, and so are all terms; the denominator must not be zero
            np.divide(term, np.maximum(np.where(up, below, above), 1.0), out=term)
            sums += term
            x -= 2 * move
            y += move
            z += move
        more = term > NEGLIGIBLE * sums
        total[live] = sums
        live, term, sums = live[more], term[more], sums[more]
        up, move, x, y, z = up[more], move[more], x[more], y[more], z[more]
    return total


def genotype_counts(G: NDArray[np.int8], env: NDArray[np.int64], n_env: int) -> NDArray[np.int64]:
    """Count individuals with no, one and two copies, by environment and variant.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        Hard calls (int8), -127 missing.
    env : np.ndarray of dimension (n,)
        Environment codes.
    n_env : int
        Number of environments.

    Returns
    -------
    np.ndarray of dimension (n_env, p, 3)
    """
    if G.dtype != np.int8:
        raise ArgumentError("G", "be int8 hard calls", f"{G.dtype}", "dosages have no genotype counts")
    if np.shape(env) != (len(G),) or (len(G) and not 0 <= env.min() <= env.max() < n_env):
        raise ArgumentError(
            "env",
            f"have a code from 0 to {n_env - 1} for each of {len(G)} individuals",
            "others",
            "give the codes of the data set",
        )
    out = np.zeros((n_env, G.shape[1], 3), dtype=np.int64)
    for start in range(0, len(G), BLOCK):
        block, codes = G[start : start + BLOCK], env[start : start + BLOCK]
        for copies in range(3):
            these = block == copies
            for e in np.unique(codes):
                out[e, :, copies] += these[codes == e].sum(axis=0)
    return out


def within_environments(G: NDArray[Any], env: NDArray[np.int64], n_env: int) -> NDArray[np.float64]:
    """Compute the Hardy-Weinberg p value of each variant, within environments.

    Frequencies differ between environments, which alone makes heterozygotes rare (Wahlund effect) and is not a
    genotyping error. Therefore each environment is tested separately. The smallest p value is multiplied by the number
    of environments in which the variant varies (Bonferroni).

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        Hard calls (int8), -127 missing.
    env : np.ndarray of dimension (n,)
        Environment codes.
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

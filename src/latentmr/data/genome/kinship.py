"""Relatedness: KING-robust kinship of all pairs, and a set of individuals of whom no two are related."""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.genotypes import is_missing
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError

__all__ = ["DEGREES", "Pairs", "degree", "effective_variants", "related_pairs", "smallest_reliable", "unrelated"]

#: Kinship above which a pair is related in this degree (Manichaikul et al. 2010, table 1).
DEGREES = {"duplicates or twins": 0.3535, "first degree": 0.1768, "second degree": 0.0884, "third degree": 0.0442}
#: Individuals that are compared with each other at once, and variants.
INDIVIDUALS, VARIANTS = 2048, 4096
#: Standard deviation of the kinship of two unrelated individuals, times the root of the number of common variants.
SPREAD = 1.0
#: Neighbours among which linkage disequilibrium is measured, and individuals used to measure it.
WINDOW, MEASURED = 256, 1000


@dataclass(frozen=True, repr=False)
class Pairs(Brief):
    """Pairs of related individuals.

    Parameters
    ----------
    first, second : np.ndarray of int
        Rows of the two individuals.
    kinship : np.ndarray
        Half the share of the genome that both inherited from a common ancestor.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    kinship: NDArray[np.float64]

    def counts(self) -> dict[str, int]:
        """Count the pairs of each degree, the closest first."""
        labels = degree(self.kinship)
        return {name: int((labels == name).sum()) for name in DEGREES}


def degree(kinship: NDArray[np.float64]) -> NDArray[np.object_]:
    """Name the degree of relatedness: one of :data:`DEGREES`, or ``unrelated`` up to the third degree's bound.

    Parameters
    ----------
    kinship : np.ndarray of dimension (m,)

    Returns
    -------
    np.ndarray of str of dimension (m,)

    Examples
    --------
    >>> degree(np.array([0.5, 0.25, 0.01])).tolist()
    ['duplicates or twins', 'first degree', 'unrelated']
    """
    below = sum((np.asarray(kinship) <= low).astype(np.int64) for low in DEGREES.values())
    return np.asarray(np.array([*DEGREES, "unrelated"], dtype=object)[below])


def related_pairs(G: NDArray[Any], smallest: float) -> Pairs:
    r"""Find pairs with a KING-robust kinship above a threshold.

    With counts over variants that are called in both, the estimator is :math:`\hat\phi = (N_{Aa,Aa} - 2 N_{AA,aa}) / (2
    m) + 1/2 - (N_{Aa} + N_{Aa}')/(4 m)`, and m is the smaller of the two numbers of heterozygous calls. It needs no
    allele frequency, so that individuals of one population do not appear related because of population structure. It
    equals ``plink2 --make-king-table``.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        Hard calls (int8), -127 missing, or dosages. A dosage counts as the nearest call if it is within 0.1 of it, and
        otherwise as missing.
    smallest : float
        Kinship above which pairs are reported; see :func:`smallest_reliable`.

    Returns
    -------
    Pairs

    References
    ----------
    Manichaikul et al. (2010) Bioinformatics 26:2867.

    Examples
    --------
    >>> G = np.random.default_rng(1).binomial(2, 0.3, (5, 2000)).astype(np.int8)
    >>> G[4] = G[1]
    >>> found = related_pairs(G, 0.2)
    >>> found.first, found.second, found.kinship
    (array([1]), array([4]), array([0.5]))
    """
    if not np.isfinite(smallest):
        raise ArgumentError("smallest", "be a finite kinship", f"{smallest}", "smallest_reliable computes one")
    n = len(G)
    none = np.empty(0, dtype=np.int64)
    parts = [(none, none, np.empty(0))]
    for top in range(0, n, INDIVIDUALS):
        for left in range(top, n, INDIVIDUALS):
            phi = _kinship(G[top : top + INDIVIDUALS], G[left : left + INDIVIDUALS])
            first, second = np.nonzero(phi > smallest)
            ahead = top + first < left + second
            parts.append((top + first[ahead], left + second[ahead], phi[first[ahead], second[ahead]]))
    first, second, kinship = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.lexsort((second, first))
    return Pairs(first[order], second[order], kinship[order])


def effective_variants(G: NDArray[Any]) -> float:
    """Compute the effective number of variants: independent variants with the same information on kinship.

    Kinship is a mean over variants of squared differences; those of two variants with correlation r are correlated by
    about r squared. The effective number is therefore p divided by the mean sum of a variant's squared correlations
    with its neighbours. Only neighbours in order are used: population structure correlates variants across the genome
    without making the estimator less precise. Sampling adds 1/n to a squared correlation, which is subtracted.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        Genotypes like those of :func:`related_pairs`, with variants in the order of their positions.

    Returns
    -------
    float
        A number between 1 and p.

    Examples
    --------
    >>> G = np.random.default_rng(1).binomial(2, 0.3, (500, 100)).astype(np.int8)
    >>> bool(effective_variants(G) > 95), bool(effective_variants(np.repeat(G, 5, axis=1)) < 110)
    (True, True)
    """
    rows = np.unique(np.linspace(0, max(len(G) - 1, 0), min(len(G), MEASURED)).astype(np.int64))
    p, total = 0, 0.0
    before = np.empty((len(rows), 0), dtype=np.float32)
    for start in range(0, G.shape[1], WINDOW):
        block = _standardised(G[rows, start : start + WINDOW])
        own, across = ((block.T @ other) ** 2 - 1 / len(rows) for other in (block, before))
        total += float(own.sum() + 2 * across.sum())
        p, before = p + block.shape[1], block
    return float(p**2 / max(total, p)) if p else 1.0


def smallest_reliable(p: float) -> float:
    """Return the kinship that two unrelated individuals exceed by chance with a probability under 1e-6.

    The standard deviation of their estimate is about one over the root of p, the number of common variants. This was
    found by simulation of independent variants with frequencies of 0.05 to 0.5. Variants in linkage disequilibrium are
    less informative: give :func:`effective_variants`.

    Parameters
    ----------
    p : float
        Number of independent variants.

    Returns
    -------
    float

    Examples
    --------
    >>> smallest_reliable(100) > DEGREES["duplicates or twins"], smallest_reliable(10_000) < DEGREES["second degree"]
    (True, True)
    """
    return float(4.75 * SPREAD / np.sqrt(max(p, 1)))


def unrelated(pairs: Pairs, n: int, prefer: NDArray[np.float64] | None = None) -> NDArray[np.bool_]:
    """Choose individuals of whom no two are a pair; the one with most remaining relatives is excluded first.

    Parameters
    ----------
    pairs : Pairs
        Related pairs.
    n : int
        Number of individuals.
    prefer : np.ndarray of dimension (n,), optional
        Preference for keeping an individual among those with equally many relatives; higher values are kept. Among
        equals the last is excluded.

    Returns
    -------
    np.ndarray of bool of dimension (n,)

    Examples
    --------
    >>> unrelated(Pairs(np.array([0, 0, 3]), np.array([1, 2, 4]), np.full(3, 0.25)), 5)
    array([False,  True,  True,  True, False])
    """
    if len(pairs.first) and max(pairs.first.max(), pairs.second.max()) >= n:
        last = max(pairs.first.max(), pairs.second.max())
        raise ArgumentError(
            "n",
            "exceed the rows of all pairs",
            f"{n}, and a pair with row {last}",
            "give the number of all individuals",
        )
    if prefer is not None and np.shape(prefer) != (n,):
        raise ArgumentError(
            "prefer",
            f"have a number for each of {n} individuals",
            f"shape {np.shape(prefer)}",
            "give one for each row of the genotypes",
        )
    relatives: dict[int, set[int]] = {}
    for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        relatives.setdefault(first, set()).add(second)
        relatives.setdefault(second, set()).add(first)

    def turn(person: int) -> tuple[int, float, int]:
        return -len(relatives[person]), 0.0 if prefer is None else float(prefer[person]), -person

    keep = np.ones(n, dtype=bool)
    # an individual enters again with each relative excluded; entries with a former count are out of date
    queue = [turn(person) for person in relatives]
    heapify(queue)
    while queue:
        entry = heappop(queue)
        worst = -entry[2]
        if not relatives[worst] or entry != turn(worst):
            continue
        for other in relatives[worst]:
            relatives[other].discard(worst)
            heappush(queue, turn(other))
        relatives[worst] = set()
        keep[worst] = False
    return keep


def _kinship(A: NDArray[Any], B: NDArray[Any]) -> NDArray[np.float64]:
    """Compute the kinship of each individual in A with each in B; -inf without a heterozygous call in shared variants.

    With calls of -1, 0 and 1, the estimator is 1/2 minus the sum of squared differences over 4 m. This takes one
    product of matrices if no call is missing, and three more otherwise.
    """
    shape = len(A), len(B)
    cross, known, het_a, het_b = (np.zeros(shape) for _ in range(4))
    for start in range(0, A.shape[1], VARIANTS):
        (one, called, het), (two, called_too, het_too) = (_calls(G[:, start : start + VARIANTS]) for G in (A, B))
        cross += one @ two.T
        if called.all() and called_too.all():
            known += one.shape[1]
            het_a += het.sum(axis=1)[:, None]
            het_b += het_too.sum(axis=1)
        else:
            known += called @ called_too.T
            het_a += het @ called_too.T
            het_b += called @ het_too.T
    smaller = np.minimum(het_a, het_b)
    squares = 2 * known - het_a - het_b - 2 * cross
    return np.asarray(np.where(smaller > 0, 0.5 - squares / (4 * np.maximum(smaller, 1)), -np.inf))


def _calls(G: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return calls as -1, 0 and 1 (zero if missing), whether they are known, and whether they are heterozygous."""
    slack = 0 if G.dtype == np.int8 else 0.1
    none, het, two = (np.asarray(np.abs(G - np.float32(copies)) <= slack, dtype=np.float32) for copies in range(3))
    return two - none, none + het + two, het


def _standardised(G: NDArray[Any]) -> NDArray[np.float32]:
    """Return the columns that vary, with mean zero and length one; missing calls are zero."""
    known = ~is_missing(G)
    values = np.where(known, G, 0).astype(np.float32)
    values = np.where(known, values - values.sum(axis=0) / np.maximum(known.sum(axis=0), 1), 0).astype(np.float32)
    length = np.sqrt((values**2).sum(axis=0))
    varies = length > 1e-6
    return np.asarray(values[:, varies] / length[varies])

"""Who is related to whom: KING-robust kinship of all pairs, and people of whom no two are related."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DEGREES", "Pairs", "related_pairs", "smallest_reliable", "unrelated"]

#: Kinship above which a pair is so related (Manichaikul et al. 2010, table 1).
DEGREES = {"duplicates or twins": 0.3535, "first degree": 0.1768, "second degree": 0.0884, "third degree": 0.0442}
#: People that are compared with each other at once, and variants.
PEOPLE, VARIANTS = 2048, 4096
#: Standard deviation of the kinship of two unrelated people, times the root of the number of common variants.
SPREAD = 1.0


@dataclass(frozen=True)
class Pairs:
    """Pairs of related people.

    Parameters
    ----------
    first, second : np.ndarray of int
        Rows of the two.
    kinship : np.ndarray
        Half the share of the genome that they have from a common ancestor.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    kinship: NDArray[np.float64]

    def counts(self) -> dict[str, int]:
        """Number of pairs of each degree, the closest first."""
        bounds = [np.inf, *DEGREES.values()]
        return {
            name: int(((self.kinship > low) & (self.kinship <= high)).sum())
            for (name, low), high in zip(DEGREES.items(), bounds[:-1], strict=True)
        }


def related_pairs(G: NDArray[Any], smallest: float) -> Pairs:
    r"""Pairs with a KING-robust kinship above a threshold.

    With counts of variants that both have called, :math:`\hat\phi = (N_{Aa,Aa} - 2 N_{AA,aa}) / (2 m) + 1/2 - (N_{Aa} +
    N_{Aa}')/(4 m)`, where m is the smaller of the two numbers of heterozygous calls. No allele frequency is needed, so
    that population structure does not make people of one population look related. It is that of
    ``plink2 --make-king-table``.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        int8 hard calls, -127 missing, or dosages, which count as the nearest call within 0.1 and else as missing.
    smallest : float
        Kinship above which pairs are told; see :func:`smallest_reliable`.

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
    n = len(G)
    parts = []
    for top in range(0, n, PEOPLE):
        for left in range(top, n, PEOPLE):
            phi = _kinship(G[top : top + PEOPLE], G[left : left + PEOPLE])
            first, second = np.nonzero(phi > smallest)
            ahead = top + first < left + second
            parts.append((top + first[ahead], left + second[ahead], phi[first[ahead], second[ahead]]))
    first, second, kinship = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.lexsort((second, first))
    return Pairs(first[order], second[order], kinship[order])


def smallest_reliable(p: int) -> float:
    """Kinship that two unrelated people exceed by chance with a probability under 1e-6, on p common variants.

    Their estimates spread by about one over the root of p (as simulations show for frequencies of 0.05 to 0.5).

    Parameters
    ----------
    p : int
        Number of variants.

    Returns
    -------
    float

    Examples
    --------
    >>> smallest_reliable(100) > DEGREES["duplicates or twins"], smallest_reliable(10_000) < DEGREES["second degree"]
    (True, True)
    """
    return float(4.75 * SPREAD / np.sqrt(max(p, 1)))


def unrelated(pairs: Pairs, n: int) -> NDArray[np.bool_]:
    """Choose people of whom no two are a pair: who has most relatives left goes first, of several the last.

    Parameters
    ----------
    pairs : Pairs
    n : int
        Number of people.

    Returns
    -------
    np.ndarray of bool of dimension (n,)

    Examples
    --------
    >>> unrelated(Pairs(np.array([0, 0, 3]), np.array([1, 2, 4]), np.full(3, 0.25)), 5)
    array([False,  True,  True,  True, False])
    """
    relatives: dict[int, set[int]] = {}
    for first, second in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        relatives.setdefault(first, set()).add(second)
        relatives.setdefault(second, set()).add(first)
    keep = np.ones(n, dtype=bool)
    while relatives:
        worst = max(relatives, key=lambda person: (len(relatives[person]), person))
        for other in relatives.pop(worst):
            relatives[other].discard(worst)
            if not relatives[other]:
                del relatives[other]
        keep[worst] = False
    return keep


def _kinship(A: NDArray[Any], B: NDArray[Any]) -> NDArray[np.float64]:
    """Of each person of A with each of B; -inf where they have no heterozygous call in common variants."""
    shape = len(A), len(B)
    both, opposite, het_a, het_b = (np.zeros(shape) for _ in range(4))
    for start in range(0, A.shape[1], VARIANTS):
        one, two = (_calls(G[:, start : start + VARIANTS]) for G in (A, B))
        both += one[1] @ two[1].T
        opposite += one[0] @ two[2].T + one[2] @ two[0].T
        het_a += one[1] @ (two[0] + two[1] + two[2]).T
        het_b += (one[0] + one[1] + one[2]) @ two[1].T
    smaller = np.minimum(het_a, het_b)
    safe = np.maximum(smaller, 1)
    phi = (both - 2 * opposite) / (2 * safe) + 0.5 - (het_a + het_b) / (4 * safe)
    return np.asarray(np.where(smaller > 0, phi, -np.inf))


def _calls(G: NDArray[Any]) -> list[NDArray[np.float32]]:
    """Indicators of no, one and two copies."""
    slack = 0 if G.dtype == np.int8 else 0.1
    return [np.asarray(np.abs(G - np.float32(copies)) <= slack, dtype=np.float32) for copies in range(3)]

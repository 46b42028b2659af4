"""Largest eigenvalues of the genetic relationship matrix, with loadings and the sum of squares of all eigenvalues."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import eigh

from latentmr.data.genome.krylov import Space, krylov_spaces, random_vectors
from latentmr.data.genome.standardised import Standardised
from latentmr.data.genotypes.held import MOST, Held
from latentmr.data.genotypes.source import Source
from latentmr.data.printing import Brief
from latentmr.typing import Array

__all__ = ["Spectrum", "approximate_spectrum", "subset_size", "whole_spectrum"]

#: Vectors by which the space grows from random ones, and further vectors than those of interest.
WIDTH, SPARE = 40, 10
#: Maximum numbers of multiplications: from random vectors, and from those of a subset of the individuals.
PASSES, FEW_PASSES = 12, 2
#: Maximum and minimum numbers of variants whose products with all others are computed.
SAMPLED, FEWEST = 256, 32
#: Smallest subset of individuals from which to start, and the relative change of an eigenvalue in a multiplication that
#: is small.
SUBSET, CHANGE = 4096, 1e-3


@dataclass(frozen=True, repr=False)
class Spectrum(Brief):
    """Largest eigenvalues of XX'/p, and what is known of the others.

    Parameters
    ----------
    values : np.ndarray of dimension (c,)
        Eigenvalues, largest first.
    weights : np.ndarray of dimension (p, w)
        Loadings of the first w of their eigenvectors, of any scale; w may be less than c.
    squares : float
        Sum of the squares of all eigenvalues.
    angles : np.ndarray of dimension (c,)
        Bounds, in radians, on the angles of the eigenvectors to the exact ones.
    products : np.ndarray of dimension (n, w), optional
        Standardised genotypes times the loadings, if they are known.
    """

    values: Array
    weights: Array
    squares: float
    angles: Array
    products: Array | None = None


def whole_spectrum(matrix: Standardised, c: int) -> Spectrum:
    """Compute the exact spectrum, by the smaller of the matrices XX' and X'X.

    Parameters
    ----------
    matrix : Standardised
        Standardised genotypes X.
    c : int
        Number of eigenvalues.

    Returns
    -------
    Spectrum
    """
    n, p = len(matrix.rows), len(matrix.columns)
    whole = (matrix.relationship() if n <= p else matrix.gram()) / max(p, 1)
    first = max(len(whole) - c, 0)
    values, vectors = eigh(whole, subset_by_index=[first, len(whole) - 1]) if c else (np.empty(0), whole[:, :0])
    values, vectors = np.maximum(values[::-1], 0.0), np.ascontiguousarray(vectors[:, ::-1])
    weights = matrix.transposed_times(vectors) if n <= p else vectors
    return Spectrum(values, weights, float((whole**2).sum()), np.zeros(len(values)))


def approximate_spectrum(
    matrix: Standardised,
    c: int,
    interest: Callable[[Array, float], int],
    kept: Callable[[int], int],
    sizes: Array,
    seed: int,
    subset: Held | None = None,
) -> Spectrum:
    """Compute the spectrum in a block Krylov space, with products in single precision.

    If the genotypes are in memory, the space grows from random vectors until the eigenvalues of interest change by less
    than 0.1 % in a multiplication. Otherwise it starts at the solution of a random subset of the individuals that is
    held in memory, and grows by two multiplications: each is a pass over the files.

    Parameters
    ----------
    matrix : Standardised
        Standardised genotypes X.
    c : int
        Maximum number of eigenvalues.
    interest : callable
        Function from eigenvalues and a rough sum of all squares to the number of those that matter.
    kept : callable
        Function from that number to the number of loadings to return.
    sizes : np.ndarray of dimension (p,)
        Sums of squares of the columns of X.
    seed : int
        Seed of random vectors, individuals and variants.
    subset : Held, optional
        Genotypes of random individuals at the same variants; see :func:`subset_size`.

    Returns
    -------
    Spectrum

    References
    ----------
    Musco & Musco (2015) NeurIPS 28 (block Krylov).
    """
    rng = np.random.default_rng(seed)
    matrix = replace(matrix, single=True)
    n, p = len(matrix.rows), len(matrix.columns)
    if subset is None:
        space = _grown(matrix, c, interest, rng)
        likely = _of_interest(space, c, p, interest)
    else:
        start, likely = _of_subset(matrix, subset, c, interest, rng)
        space = _continued(matrix, start, c, rng)
    values = space.values[:c] / p
    # a few more than are likely to matter: the rough sum of squares does not settle how many do
    first = min(kept(likely + SPARE), len(values))
    # one pass gives the loadings and scores, and products of some variants with all
    chosen = np.sort(rng.choice(p, min(p, _sampled(n, p), max(1, MOST // (4 * n))), replace=False))
    both, products = matrix.there_and_back(np.hstack([space.leading(first), matrix.part(chosen)]), first)
    weights, sampled = both[:, :first], both[:, first:]
    outside = 2 * float((space.residuals[:first] ** 2).sum())
    beyond = outside + _squares_beyond(weights, sampled, chosen, sizes)
    squares = float((values[:first] ** 2).sum()) + beyond / p**2
    return Spectrum(values, weights, squares, space.angles(len(values)), products)


def subset_size(source: Source, n: int, p: int) -> int:
    """Return how many of n individuals to hold in memory, to start from; 0 if the genotypes are there, or too wide."""
    some = min(MOST // max(p, 1), n)
    return 0 if isinstance(source, Held) or some < min(SUBSET, n) else some


def _grown(matrix: Standardised, c: int, interest: Callable[[Array, float], int], rng: np.random.Generator) -> Space:
    """Grow a space from random vectors until the eigenvalues of interest hardly change."""
    n, p = len(matrix.rows), len(matrix.columns)
    before = np.zeros(c)
    start = random_vectors(n, min(WIDTH, n), rng)
    for passes, space in enumerate(krylov_spaces(matrix.relate, start, c + SPARE, single=True), 1):
        values = space.values[:c]
        near = min(_of_interest(space, c, p, interest) + 1, len(values))
        moved = np.abs(values / np.maximum(before[: len(values)], 1e-300) - 1)[:near].max(initial=0.0)
        if (len(space.values) > c and moved <= CHANGE) or space.complete or passes == PASSES:
            break
        before[: len(values)] = values
    return space


def _of_subset(
    matrix: Standardised, subset: Held, c: int, interest: Callable[[Array, float], int], rng: np.random.Generator
) -> tuple[Array, int]:
    """Return the loadings ``[p, k]`` of interest in some individuals, and a few more; and how many are of interest."""
    n, p = subset.G.shape
    part = replace(matrix, source=subset, rows=np.arange(n), columns=np.arange(p), progress=None)
    space = _grown(part, c, interest, rng)
    k = _of_interest(space, c, p, interest)
    return part.transposed_times(space.leading(min(k + SPARE, len(space.values)))), k


def _continued(matrix: Standardised, weights: Array, c: int, rng: np.random.Generator) -> Space:
    """Grow a space from given loadings and some random vectors."""
    n = len(matrix.rows)
    more = rng.standard_normal((n, min(SPARE, n - weights.shape[1]))).astype(np.float32)
    start = np.linalg.qr(np.hstack([matrix.times(weights), more]))[0]
    for passes, space in enumerate(krylov_spaces(matrix.relate, start, c + SPARE, single=True), 1):
        if passes == FEW_PASSES or space.complete:
            break
    return space


def _of_interest(space: Space, c: int, p: int, interest: Callable[[Array, float], int]) -> int:
    """Return how many eigenvalues matter, by a rough sum of all squares."""
    return interest(space.values[:c] / p, _rough_squares(space, c) / p**2)


def _rough_squares(space: Space, c: int) -> float:
    """Estimate the sum of squared eigenvalues: exact for the vectors in the space, and from random ones beyond."""
    values, vectors = space.values[:c], space.vectors[:, :c]
    inside = values[:, None] * (vectors.T @ space.start)
    n, width = space.basis.shape[0], space.start.shape[1]
    return float((values**2).sum() + max(space.norm2 - (inside**2).sum(), 0.0) * n / width)


def _sampled(n: int, p: int) -> int:
    """Return how many variants to sample: products of different variants matter less if individuals outnumber them."""
    return int(np.clip(SAMPLED * (2 * p / (n + p)) ** 2, FEWEST, SAMPLED))


def _squares_beyond(weights: Array, products: Array, chosen: np.ndarray, sizes: Array) -> float:
    """Estimate the sum of squares of the Gram matrix of what the vectors do not explain.

    Its diagonal is known. Products of different variants are estimated from some variants with all others: they are a
    small part of the sum, which must be precise because it decides between structure and noise.
    """
    rest = products - weights @ weights[chosen].T
    rest[chosen, np.arange(len(chosen))] = 0.0
    diagonal = sizes - (weights**2).sum(axis=1)
    return float((diagonal**2).sum() + (rest**2).sum() * len(sizes) / len(chosen))

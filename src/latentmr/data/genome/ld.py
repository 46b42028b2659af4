"""Linkage disequilibrium: the squared correlation r2 of variants, within windows of a chromosome."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import xlogy

from latentmr.data.genotypes.chromosomes import chromosome_label
from latentmr.data.genotypes.genotypes import is_missing
from latentmr.errors import ArgumentError
from latentmr.typing import Array, Integers

__all__ = ["correlation_r2", "haplotype_r2", "linkage_r2", "locate", "reach", "reference_individuals"]


#: Individuals up to which sums of products of hard calls are exact in single precision, which is twice as fast.
EXACT = 1 << 22
#: Share of a sum of squares that may be rounding error.
ROUNDING = 1e-12
#: Excess of a haplotype's frequency over that in equilibrium that may be rounding error.
EQUILIBRIUM = 1e-15
#: Newton steps that refine the roots of a cubic.
STEPS = 2
#: Number of individuals by whom linkage disequilibrium is measured at most.
REFERENCE = 10_000


def reference_individuals(rows: Integers, rng: np.random.Generator) -> Integers:
    """Choose the individuals by whom linkage disequilibrium is measured: all, or 10,000 random ones.

    Parameters
    ----------
    rows : np.ndarray of int of dimension (n,)
        Individuals.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of int
        Their rows, in ascending order if some were drawn.
    """
    return rows if len(rows) <= REFERENCE else np.sort(rng.choice(rows, REFERENCE, replace=False))


def linkage_r2(A: NDArray[Any], B: NDArray[Any]) -> Array:
    """Compute the squared correlation r2 of every variant of one block with every variant of another.

    For two variants with hard calls (0, 1, 2) it is :func:`haplotype_r2`, as in PLINK's ``--clump``; if one has dosages
    it is :func:`correlation_r2`. The choice is made for each pair, so that it does not depend on blocks.

    Parameters
    ----------
    A, B : np.ndarray of dimension (n, a) and (n, b)
        Genotypes of the same individuals: int8 hard calls (-127 missing) or float32 dosages (NaN missing).

    Returns
    -------
    np.ndarray of dimension (a, b)
        Squared correlations; NaN if a variant does not vary among the individuals in whom both are called.

    Examples
    --------
    >>> A = np.array([[0], [1], [2], [0], [2]], dtype=np.int8)
    >>> linkage_r2(A, np.hstack([2 - A, A // 2])).round(3)
    array([[1.  , 0.25]])
    >>> linkage_r2(A, A.astype(np.float32) * 0.9)
    array([[1.]])
    """
    hard_a, hard_b = _hard(A), _hard(B)
    if hard_a.all() and hard_b.all():
        return haplotype_r2(A, B)
    out = correlation_r2(A, B)
    if hard_a.any() and hard_b.any():
        out[np.ix_(hard_a, hard_b)] = haplotype_r2(A[:, hard_a], B[:, hard_b])
    return out


def haplotype_r2(A: NDArray[Any], B: NDArray[Any]) -> Array:
    r"""Compute the squared correlation of alleles on a haplotype, with maximum-likelihood haplotype frequencies.

    With allele frequencies :math:`p` and :math:`q` and the frequency :math:`u` of the haplotype with both counted
    alleles, :math:`r^2 = (u - pq)^2 / (p(1-p)q(1-q))`. Phase is unknown only in individuals who are heterozygous at
    both variants. Given Hardy-Weinberg proportions, the likelihood is stationary if :math:`u` solves a cubic equation
    (Hill 1974; Gaunt, Rodriguez & Day 2007); the root with the largest likelihood is used. PLINK 1.9 uses this r2 in
    ``--clump`` and ``--r2 dprime``.

    Parameters
    ----------
    A, B : np.ndarray of dimension (n, a) and (n, b)
        Hard calls of the same individuals: 0, 1, 2, and -127 (int8) or NaN (floats) for missing.

    Returns
    -------
    np.ndarray of dimension (a, b)
        Squared correlations; NaN if a variant does not vary among the individuals in whom both are called.

    References
    ----------
    Hill (1974) Heredity 33:229. Gaunt, Rodriguez & Day (2007) BMC Bioinformatics 8:428. Chang et al. (2015)
    GigaScience 4:7.

    Examples
    --------
    >>> A = np.array([[0], [1], [2], [1], [0], [2]], dtype=np.int8)
    >>> B = np.array([[0], [1], [2], [0], [0], [1]], dtype=np.int8)
    >>> haplotype_r2(A, B).round(4), correlation_r2(A, B).round(4)
    (array([[0.5]]), array([[0.675]]))
    """
    pairs = _pairs(A, B)
    hets = pairs.sum((pairs.A == 1).astype(pairs.A.dtype), (pairs.B == 1).astype(pairs.B.dtype))
    a, b, chromosomes = pairs.sum_first(pairs.A), pairs.sum_second(pairs.B), 2 * pairs.n
    # haplotypes of known phase; an individual heterozygous at both variants adds one to a, b and the sum of products
    both = (pairs.sum(pairs.A, pairs.B) - hets) / 2
    only_a, only_b = a - both - hets, b - both - hets
    neither = chromosomes - both - only_a - only_b - 2 * hets
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = a / chromosomes, b / chromosomes
        u = _most_likely(p, q, both, only_a, only_b, neither, hets, chromosomes)
        excess = np.where(np.abs(u - p * q) > EQUILIBRIUM, u - p * q, 0.0)
        return np.asarray(excess**2 / (p * (1 - p) * q * (1 - q)))


def correlation_r2(A: NDArray[Any], B: NDArray[Any]) -> Array:
    """Compute the squared Pearson correlation of genotypes over the individuals in whom both variants are called.

    PLINK uses it in ``--r2`` and ``--indep-pairwise``.

    Parameters
    ----------
    A, B : np.ndarray of dimension (n, a) and (n, b)
        Genotypes of the same individuals: int8 hard calls (-127 missing) or float32 (NaN missing).

    Returns
    -------
    np.ndarray of dimension (a, b)
        Squared correlations; NaN if a variant does not vary among the individuals in whom both are called.

    Examples
    --------
    >>> A = np.array([[0], [1], [2], [-127]], dtype=np.int8)
    >>> correlation_r2(A, np.array([[0.0], [1.0], [1.0], [2.0]], dtype=np.float32))
    array([[0.75]])
    """
    pairs = _pairs(A, B)
    n, a, b = pairs.n, pairs.sum_first(pairs.A), pairs.sum_second(pairs.B)
    # for whole numbers these are exact, so that an r2 does not depend on the block in which it is computed
    covariance = n * pairs.sum(pairs.A, pairs.B) - a * b
    variances = _variances(n, a, pairs.sum_first(pairs.A**2)) * _variances(n, b, pairs.sum_second(pairs.B**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(covariance**2 / variances)


def locate(variants: pd.DataFrame, columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the chromosome of each variant, as a code, and its position in base pairs.

    Parameters
    ----------
    variants : pandas.DataFrame
        ``id, chrom, pos`` as text.
    columns : np.ndarray of int of dimension (p,)
        Rows of ``variants``.

    Returns
    -------
    np.ndarray of int of dimension (p,)
        Numbers of the chromosomes, in order of appearance.
    np.ndarray of int of dimension (p,)
        Positions.

    Raises
    ------
    ValueError
        If a position is unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"id": ["a", "b", "c"], "chrom": ["2", "chr2", "X"], "pos": ["5", "9", "1"]})
    >>> locate(table, np.arange(3))
    (array([0, 0, 1]), array([5, 9, 1]))
    """
    chosen = variants.iloc[columns]
    numbers = pd.to_numeric(chosen["pos"], errors="coerce").to_numpy(dtype=np.float64)
    bad = ~np.isfinite(numbers)
    if bad.any():
        first = chosen.iloc[int(np.argmax(bad))]
        raise ArgumentError(
            "variants",
            "have positions, which define their distances",
            f"{int(bad.sum())} without, for instance {first['id']!r} at {first['pos']!r}",
            "add them to the file",
        )
    codes, names = pd.factorize(chosen["chrom"])
    labels, _ = pd.factorize(pd.Index([chromosome_label(str(name)) for name in names]))
    return np.asarray(labels, dtype=np.int64)[codes], numbers.astype(np.int64)


def reach(kb: float) -> int:
    """Return the largest distance in base pairs that is less than ``kb`` thousands, as in PLINK's windows.

    Examples
    --------
    >>> reach(250.0)
    249999
    """
    return int(np.floor(kb * 1000 * (1 + 1e-12))) - 1


def _hard(G: NDArray[Any]) -> NDArray[np.bool_]:
    if G.dtype == np.int8:
        return np.ones(G.shape[1], dtype=bool)
    return np.asarray((np.isnan(G) | (G == 0) | (G == 1) | (G == 2)).all(axis=0))


@dataclass(frozen=True, repr=False)
class _Pairs:
    """Two blocks with missing calls at zero, and masks of known calls; None if all calls are known."""

    A: NDArray[Any]
    B: NDArray[Any]
    called: tuple[NDArray[Any], NDArray[Any]] | None

    @property
    def n(self) -> Array:
        """Return the number of individuals in whom both variants are called."""
        return np.full((1, 1), float(len(self.A))) if self.called is None else self.sum(*self.called)

    def sum(self, first: NDArray[Any], second: NDArray[Any]) -> Array:
        """Compute sums of products ``[a b]``."""
        return np.asarray(first.T @ second, dtype=np.float64)

    def sum_first(self, values: NDArray[Any]) -> Array:
        """Sum values of the first variants over individuals in whom both are called; broadcasts to ``[a b]``."""
        if self.called is None:
            return values.sum(axis=0, dtype=np.float64)[:, None]
        return self.sum(values, self.called[1])

    def sum_second(self, values: NDArray[Any]) -> Array:
        """Sum values of the second variants over individuals in whom both are called; broadcasts to ``[a b]``."""
        if self.called is None:
            return values.sum(axis=0, dtype=np.float64)[None]
        return self.sum(self.called[0], values)


def _pairs(A: NDArray[Any], B: NDArray[Any]) -> _Pairs:
    kind = np.float32 if A.dtype == B.dtype == np.int8 and len(A) < EXACT else np.float64
    gaps = is_missing(A), is_missing(B)
    if not gaps[0].any() and not gaps[1].any():
        return _Pairs(A.astype(kind), B.astype(kind), None)
    first, second = (np.where(gap, 0, G).astype(kind) for gap, G in zip(gaps, (A, B), strict=True))
    return _Pairs(first, second, ((~gaps[0]).astype(kind), (~gaps[1]).astype(kind)))


def _variances(n: Array, total: Array, squares: Array) -> Array:
    """Return variances times the square of n; NaN if they are rounding error, as of a dosage that does not vary."""
    scaled = n * squares
    return np.where(scaled - total**2 > ROUNDING * scaled, scaled - total**2, np.nan)


def _most_likely(
    p: Array, q: Array, both: Array, only_a: Array, only_b: Array, neither: Array, hets: Array, chromosomes: Array
) -> Array:
    """Return the frequency of the haplotype with both counted alleles, within the bounds given by known phase."""
    low, width = both / chromosomes, hets / chromosomes
    free = 1 - p - q
    # the odds of the two phases of a double heterozygote are u(free + u) to (p - u)(q - u):
    # (u - low)(u(free + u) + (p - u)(q - u)) = width u(free + u)
    square = (free - p - q - 2 * low - width) / 2
    linear = (p * q - low * (free - p - q) - width * free) / 2
    constant = -low * p * q / 2
    best, likelihood = low, np.full(low.shape, -np.inf)
    # a maximum at a bound can be a double root, which rounding may hide: the bounds are always tried
    for root in (low, low + width, *_roots(square, linear, constant)):
        u = np.clip(root, low, low + width)
        other_a, other_b, none = np.maximum(p - u, 0), np.maximum(q - u, 0), np.maximum(free + u, 0)
        each = xlogy(both, u) + xlogy(only_a, other_a) + xlogy(only_b, other_b) + xlogy(neither, none)
        each += xlogy(hets, u * none + other_a * other_b)
        better = each > likelihood
        best, likelihood = np.where(better, u, best), np.where(better, each, likelihood)
    return best


def _roots(square: Array, linear: Array, constant: Array) -> list[Array]:
    """Return the real roots of monic cubics; a single root is repeated three times."""
    shift = square / 3
    d = shift**2 - linear / 3
    e = shift**3 - square * linear / 6 + constant / 2
    many = e**2 < d**3
    angle = np.arccos(np.clip(e / np.sqrt(np.where(many, d, 1.0)) ** 3, -1, 1))
    size = -2 * np.sqrt(np.where(many, d, 0.0))
    big = -np.sign(e) * np.cbrt(np.abs(e) + np.sqrt(np.where(many, 0.0, e**2 - d**3)))
    single = big + np.where(big == 0, 0.0, d / np.where(big == 0, 1.0, big))
    roots = []
    for turn in (-1, 0, 1):
        root = np.where(many, size * np.cos((angle + 2 * np.pi * turn) / 3), single) - shift
        for _ in range(STEPS):
            slope = (3 * root + 2 * square) * root + linear
            step = (((root + square) * root + linear) * root + constant) / np.where(slope == 0, np.inf, slope)
            # near a double root the slope vanishes, and a long step would leave it
            root = root - np.where(np.abs(step) < 1e-6, step, 0.0)
        roots.append(root)
    return roots

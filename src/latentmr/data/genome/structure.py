"""Population structure: principal components, how many of them there are, and the ancestry groups in their space."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from latentmr.data.genome.groups import AncestryGroups, ancestry_groups
from latentmr.data.genome.krylov import Space, krylov_spaces
from latentmr.data.genome.pca import SMALL, SPARE, Components, components_along
from latentmr.data.genome.standardised import Standardised, moments_of
from latentmr.data.genotypes.held import hold
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError
from latentmr.results.printing import counted
from latentmr.typing import Array

__all__ = ["MOST", "Structure", "population_structure", "tracy_widom"]

#: Components that are computed at most, and upper 5 % quantile of the Tracy-Widom distribution.
MOST, QUANTILE = 100, 0.9793
#: Individuals, and variants, for each component that may be taken automatically.
EACH = 10
#: Variants, and multiplications, up to which the whole matrix of variants is computed for many individuals.
NARROW, WORK = 4096, 2e12
#: Vectors by which the Krylov space grows, its maximum number of multiplications, and the change of a statistic in one
#: multiplication that is small.
WIDTH, PASSES, CHANGE = 40, 30, 0.05
#: Further components that are kept, besides as many as were taken.
BEYOND = 10
#: Bytes of the variants by which the sum of squares is estimated.
HELD = 256 << 20


@dataclass(frozen=True, repr=False)
class Structure(Brief):
    """Population structure of individuals.

    Parameters
    ----------
    components : Components
        The components that were taken.
    scree : np.ndarray of dimension (c,)
        All computed eigenvalues of the genetic relationship matrix, largest first, at most 100.
    statistics : np.ndarray of dimension (c,)
        Tracy-Widom statistic of each eigenvalue, given the larger ones.
    rule : str
        Rule that determined the number of components.
    n : int
        Number of individuals that the components were computed from.
    groups : AncestryGroups, optional
        Groups of individuals in the space of the components.
    beyond : np.ndarray of dimension (n, b), optional
        Scores on the components that follow those taken, scaled to unit variance; there are none without individuals.
    """

    components: Components
    scree: Array
    statistics: Array
    rule: str
    n: int
    groups: AncestryGroups | None = None
    beyond: Array | None = None

    @property
    def number(self) -> int:
        """Return the number of components taken."""
        return len(self.components.eigenvalues)

    @property
    def component_names(self) -> tuple[str, ...]:
        """Return the names of the components."""
        return tuple(f"PC{i + 1}" for i in range(self.number))

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the features."""
        more = self.groups.number if self.groups else 0
        return (*self.component_names, *(f"group{i + 1}" for i in range(1, more)))

    @property
    def in_words(self) -> str:
        """Return what the features are, in words."""
        of = counted(len(self.components.variants), "other variant")
        groups = self.groups.number if self.groups else 1
        more = f" and {groups} ancestry groups in their space" if groups > 1 else ""
        return f"{counted(self.number, 'genome-wide principal component')} of {of}{more}"

    @property
    def features(self) -> Array:
        """Return the features of the individuals that the components were computed from."""
        return self.features_of(self.components.scores)

    def features_of(self, scores: Array) -> Array:
        """Return the features ``[n, k + g - 1]`` of any individuals.

        These are their scores, on the scale that gives unit variance in the individuals that the components were
        computed from, and their probabilities of membership in each ancestry group but the largest.
        """
        scaled = np.asarray(scores * np.sqrt(self.n))
        return scaled if self.groups is None else np.hstack([scaled, self.groups.membership(scaled)])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values without loadings and scores, for JSON."""
        lists = {name: [float(value) for value in getattr(self, name)] for name in ("scree", "statistics")}
        p = len(self.components.variants)
        groups = None if self.groups is None else self.groups.to_dict()
        return {
            "number": self.number,
            "variants": p,
            "individuals": self.n,
            "rule": self.rule,
            "groups": groups,
        } | lists

    @classmethod
    def from_dict(cls, values: dict[str, Any], components: Components) -> "Structure":
        """Return the structure that :meth:`to_dict` described, with its components."""
        scree, statistics = np.array(values["scree"]), np.array(values["statistics"])
        groups = AncestryGroups.from_dict(values["groups"]) if values.get("groups") else None
        return cls(components, scree, statistics, str(values["rule"]), int(values["individuals"]), groups)

    def without_individuals(self) -> "Structure":
        """Return the same without scores."""
        return replace(self, components=replace(self.components, scores=self.components.scores[:0]), beyond=None)


def tracy_widom(eigenvalues: Array, total: float, squares: float, rank: int) -> Array:
    r"""Compute the Tracy-Widom statistic of each eigenvalue, given that the larger ones are structure.

    With s and q the sum and the sum of squares of the m remaining eigenvalues, the effective number of markers is
    :math:`n' = (m+2)s^2 / (mq - s^2)`. The largest, as a multiple of their mean, is centred and scaled by the moments
    of the largest eigenvalue of a Wishart matrix of m + 1 individuals and :math:`n'` independent markers.

    Parameters
    ----------
    eigenvalues : np.ndarray of dimension (c,)
        Largest eigenvalues, in descending order.
    total, squares : float
        Sum and sum of squares of all eigenvalues.
    rank : int
        Number of eigenvalues that are not 0 by construction: at most n - 1 and at most p.

    Returns
    -------
    np.ndarray of dimension (c,)
        Statistics. The upper 5 % quantile under no further structure is 0.9793.

    References
    ----------
    Patterson, Price & Reich (2006) PLoS Genet 2:e190. Johnstone (2001) Ann Stat 29:295.

    Examples
    --------
    >>> X = np.random.default_rng(1).normal(size=(200, 1000))
    >>> values = np.linalg.eigvalsh(X @ X.T / 1000)[::-1]
    >>> bool(tracy_widom(values[:1], values.sum(), (values**2).sum(), 200)[0] < 0.9793)
    True
    """
    earlier = np.concatenate([[0.0], np.cumsum(eigenvalues)[:-1]])[: len(eigenvalues)]
    earlier_squares = np.concatenate([[0.0], np.cumsum(eigenvalues**2)[:-1]])[: len(eigenvalues)]
    m = np.maximum(rank - np.arange(len(eigenvalues)), 1.0)
    s, q = np.maximum(total - earlier, eigenvalues), np.maximum(squares - earlier_squares, eigenvalues**2)
    excess = m * q - s**2
    # remaining eigenvalues that are all equal look like infinitely many markers
    effective = (m + 2) * s**2 / np.maximum(excess, np.maximum(1e-12 * s**2, 1e-300))
    a, b = np.sqrt(np.maximum(effective - 1, 1e-12)), np.sqrt(m)
    centre = (a + b) ** 2 / effective
    spread = (a + b) / effective * (1 / a + 1 / b) ** (1 / 3)
    return np.asarray((eigenvalues * m / np.maximum(s, 1e-300) - centre) / spread)


def population_structure(
    source: Source,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    number: int | str = "auto",
    *,
    seed: int,
    progress: Progress | None = None,
) -> Structure:
    """Compute the principal components that describe population structure, and the ancestry groups in their space.

    The number is found by tests of Patterson, Price & Reich (2006), with their effective number of markers. Each tests
    an eigenvalue, given that the larger ones are structure. The components up to the last whose Tracy-Widom statistic
    exceeds the upper 5 % quantile are taken. (The first that does not exceed it is no place to stop: with many
    populations of similar size the first eigenvalues look alike.) Weak dependence between variants makes the rule err
    towards a few too many. At most 100 are taken, and at most one for each 10 individuals and each 10 variants.

    All is exact for up to 2,048 individuals, and for up to 4,096 variants unless there are very many individuals.
    Otherwise a block Krylov space grows until one more multiplication hardly changes the statistics of the components
    that may be taken. The smallest eigenvalues of the scree are then slightly too small, and the sum of all squared
    eigenvalues is estimated. Ancestry groups are those of :func:`~latentmr.data.genome.groups.ancestry_groups`.
    Genotypes are read once if they fit into 256 MiB, and in blocks in each pass otherwise.

    Parameters
    ----------
    source : Source
        Genotypes, counts of alleles in weak linkage disequilibrium (:func:`~latentmr.data.genome.thinning.thin`).
    rows, columns : np.ndarray of int of dimension (n,) and (p,)
        Individuals and variants, by position in the source.
    number : int or "auto"
        Number of components.
    seed : int
        Seed of the random vectors.
    progress : callable, optional
        Called in each pass with the number of variants read and the number to read in it.

    Returns
    -------
    Structure

    Raises
    ------
    ValueError
        If there are too few individuals or variants for the requested number, or values are not counts of alleles.

    References
    ----------
    Patterson, Price & Reich (2006) PLoS Genet 2:e190. Musco & Musco (2015) NeurIPS 28 (block Krylov).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> north = np.repeat([0, 1], 100)
    >>> G = rng.binomial(2, np.where(north, 0.6, 0.4)[:, None], (200, 300)).astype(np.int8)
    >>> names = ["id", "chrom", "pos", "effect_allele", "other_allele"]
    >>> table = pd.DataFrame({name: [f"{name}{j}" for j in range(300)] for name in names})
    >>> source = SimpleNamespace(
    ...     path="here", variants=table, read=lambda rows, columns: (G[np.ix_(rows, columns)], "counts")
    ... )
    >>> found = population_structure(source, np.arange(200), np.arange(300), seed=1)
    >>> found.number, found.names
    (1, ('PC1', 'group2'))
    >>> print(abs(np.corrcoef(found.features[:, 0], north)[0, 1]).round(2))
    0.98
    """
    source, rows, columns = hold(source, rows, columns, progress)
    frequencies, sums = moments_of(source, rows, columns, progress)
    varies = (frequencies > 0) & (frequencies < 1)
    matrix = Standardised(source, rows, columns[varies], frequencies[varies], progress)
    n, p = len(rows), len(matrix.columns)
    _refuse(number, n, p)
    limit = min(MOST, n // EACH, p // EACH) if number == "auto" else int(number)
    shown = max(limit, min(MOST, n - 1, p))
    sizes = sums[varies] / matrix.deviations**2
    if n <= SMALL or (p <= NARROW and n * p**2 <= WORK):
        spectrum = _whole(matrix, shown)
    else:
        spectrum = _approximate(matrix, number, limit, shown, sizes, seed)
    statistics = tracy_widom(spectrum.values, float(sizes.sum()) / max(p, 1), spectrum.squares, min(n - 1, p))
    taken = _taken(statistics, number, limit, min(n - 1, p))
    last = min(2 * taken + BEYOND, len(spectrum.values)) if taken else 0
    every = components_along(matrix, spectrum.weights[:, :last], source, spectrum.angles[:last])
    beyond = every.scores[:, taken:] * np.sqrt(n)
    found = Structure(every.leading(taken), spectrum.values, statistics, _rule(number, limit), n, beyond=beyond)
    return replace(found, groups=ancestry_groups(found.features, seed=seed) if taken else None)


@dataclass(frozen=True, repr=False)
class _Spectrum(Brief):
    """Largest eigenvalues, their loadings up to scale, and the sum of squares of all eigenvalues."""

    values: Array
    weights: Array
    squares: float
    angles: Array


def _refuse(number: int | str, n: int, p: int) -> None:
    if isinstance(number, str):
        if number != "auto":
            raise ArgumentError("number", "be auto or a whole number", f"{number!r}", "use auto")
    elif not 0 < number < n or number > p:
        raise ArgumentError(
            "number",
            "be at least 1, less than the number of individuals, and at most the number of variants that vary",
            f"{number} for {n} individuals and {p} variants",
            "choose a smaller number, or auto",
        )


def _whole(matrix: Standardised, shown: int) -> _Spectrum:
    """Return the exact spectrum, by the smaller of the matrices XX' and X'X."""
    n, p = len(matrix.rows), len(matrix.columns)
    whole = (matrix.relationship() if n <= p else matrix.gram()) / max(p, 1)
    first = max(len(whole) - shown, 0)
    values, vectors = eigh(whole, subset_by_index=[first, len(whole) - 1]) if shown else (np.empty(0), whole[:, :0])
    values, vectors = np.maximum(values[::-1], 0.0), np.ascontiguousarray(vectors[:, ::-1])
    weights = matrix.transposed_times(vectors) if n <= p else vectors
    return _Spectrum(values, weights, float((whole**2).sum()), np.zeros(len(values)))


def _approximate(matrix: Standardised, number: int | str, limit: int, shown: int, sizes: Array, seed: int) -> _Spectrum:
    """Return the spectrum in a Krylov space that grows until the components that may be taken hardly change."""
    n, p = len(matrix.rows), len(matrix.columns)
    rng = np.random.default_rng(seed)
    before = np.full(shown, -np.inf)
    for passes, space in enumerate(krylov_spaces(matrix.relate, n, WIDTH, shown + SPARE, rng), 1):
        squares = _rough_squares(space, n, shown) / p**2
        statistics = tracy_widom(space.values[:shown] / p, float(sizes.sum()) / p, squares, min(n - 1, p))
        near = min(_taken(statistics, number, limit, min(n - 1, p)) + SPARE, len(statistics))
        moved = np.abs(statistics - before[: len(statistics)])[:near].max(initial=0.0)
        if (len(space.values) > shown and moved <= CHANGE) or space.complete or passes == PASSES:
            break
        before[: len(statistics)] = statistics
    values = space.values[:shown] / p
    weights = matrix.transposed_times(space.leading(shown))
    outside = 2 * float((space.residuals[:shown] ** 2).sum())
    squares = float((values**2).sum()) + (outside + _squares_beyond(matrix, weights, sizes, rng)) / p**2
    return _Spectrum(values, weights, squares, space.angles(len(values)))


def _rough_squares(space: Space, n: int, shown: int) -> float:
    """Estimate the sum of squared eigenvalues: exact for the vectors in the space, and from random ones beyond."""
    values, vectors = space.values[:shown], space.vectors[:, :shown]
    inside = values[:, None] * (vectors.T @ space.start)
    return float((values**2).sum() + max(space.norm2 - (inside**2).sum(), 0.0) * n / space.start.shape[1])


def _squares_beyond(matrix: Standardised, weights: Array, sizes: Array, rng: np.random.Generator) -> float:
    """Estimate the sum of squares of the Gram matrix of what the vectors do not explain.

    Its diagonal is known. Products of different variants are estimated from some variants with all others: they are a
    small part of the sum, which must be precise because it decides between markers and noise.
    """
    n, p = len(matrix.rows), len(matrix.columns)
    some = np.sort(rng.choice(p, min(p, max(1, HELD // (4 * n))), replace=False))
    products = matrix.transposed_times(matrix.part(some).astype(np.float64)) - weights @ weights[some].T
    products[some, np.arange(len(some))] = 0.0
    diagonal = sizes - (weights**2).sum(axis=1)
    return float((diagonal**2).sum() + (products**2).sum() * p / len(some))


def _taken(statistics: Array, number: int | str, limit: int, rank: int) -> int:
    if number != "auto":
        return min(int(number), len(statistics))
    # the last half of few eigenvalues is too short to be tested
    passed = np.flatnonzero(statistics[: rank // 2] > QUANTILE)
    return min(int(passed[-1]) + 1, limit) if len(passed) else 0


def _rule(number: int | str, limit: int) -> str:
    if number != "auto":
        return "as requested"
    most = f"at most {limit}" if limit == MOST else f"at most {limit}, one for each {EACH} individuals and variants"
    return f"by the Tracy-Widom test at the 5 % level, {most}"

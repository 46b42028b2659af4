"""Population structure: principal components, how many of them there are, and the ancestry groups in their space."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genome.groups import AncestryGroups, ancestry_groups
from latentmr.data.genome.pca import SMALL, Components, components_along
from latentmr.data.genome.spectrum import approximate_spectrum, subset_size, whole_spectrum
from latentmr.data.genome.standardised import Standardised, moments_of
from latentmr.data.genotypes.held import Held, hold
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError
from latentmr.results.printing import counted
from latentmr.typing import Array

__all__ = ["MOST", "Structure", "population_structure", "tracy_widom"]

#: Components that are computed at most, and upper 5 % quantile of the Tracy-Widom distribution.
MOST, QUANTILE = 100, 0.9793
#: Rule of a number that the user gave.
REQUESTED = "as requested"
#: Individuals, and variants, for each component that may be taken automatically.
EACH = 10
#: Variants, and multiplications, up to which the whole matrix of variants is computed for many individuals.
NARROW, WORK = 4096, 2e12
#: Further components that are kept, besides as many as were taken.
BEYOND = 10


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
    def is_full(self) -> bool:
        """Whether the rule found as many components as it allows."""
        n, p = self.n, len(self.components.variants)
        return self.rule != REQUESTED and self.number == _most(n, p)

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
    groups: bool = True,
) -> Structure:
    """Compute the principal components that describe population structure, and the ancestry groups in their space.

    The number is found by tests of Patterson, Price & Reich (2006), with their effective number of markers. Each tests
    an eigenvalue, given that the larger ones are structure. The components up to the last whose Tracy-Widom statistic
    exceeds the upper 5 % quantile are taken. (The first that does not exceed it is no place to stop: with many
    populations of similar size the first eigenvalues look alike.) Weak dependence between variants makes the rule err
    towards a few too many. At most 100 are taken, and at most one for each 10 individuals and each 10 variants.

    All is exact for up to 2,048 individuals, and for up to 4,096 variants unless there are very many individuals.
    Otherwise eigenvalues are approximated in a block Krylov space
    (:func:`~latentmr.data.genome.spectrum.approximate_spectrum`). Then the smallest of the scree are too small, and
    components that hardly differ from noise depend on the seed. Ancestry groups are those of
    :func:`~latentmr.data.genome.groups.ancestry_groups`. Genotypes are read once if they fit into 256 MiB, and in
    blocks in each of about five passes otherwise.

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
    groups : bool
        Whether to find ancestry groups as well.

    Returns
    -------
    Structure

    Raises
    ------
    ValueError
        If there are too few individuals or variants for the requested number, or values are not counts of alleles.

    References
    ----------
    Patterson, Price & Reich (2006) PLoS Genet 2:e190.

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
    some = subset_size(source, len(rows), len(columns))
    copied = np.sort(np.random.default_rng([seed, 1]).choice(len(rows), some, replace=False)) if some else None
    frequencies, sums, calls = moments_of(source, rows, columns, progress, copied)
    varies = (frequencies > 0) & (frequencies < 1)
    matrix = Standardised(source, rows, columns[varies], frequencies[varies], progress)
    n, p = len(rows), len(matrix.columns)
    _refuse(number, n, p)
    limit = _most(n, p) if number == "auto" else int(number)
    shown = max(limit, min(MOST, n - 1, p))
    sizes, rank = sums[varies] / matrix.deviations**2, min(n - 1, p)
    total = float(sizes.sum()) / max(p, 1)

    def interest(values: Array, squares: float) -> int:
        return _taken(tracy_widom(values, total, squares, rank), number, limit, rank)

    if n <= SMALL or (p <= NARROW and n * p**2 <= WORK):
        spectrum = whole_spectrum(matrix, shown)
    else:
        subset = None
        if calls is not None:
            calls = calls if varies.all() else calls[:, varies]
            subset = Held(calls, source.variants.iloc[matrix.columns], pd.Index(rows[copied]))
        spectrum = approximate_spectrum(matrix, shown, interest, _kept, sizes, seed, subset)
    taken = min(interest(spectrum.values, spectrum.squares), spectrum.weights.shape[1])
    statistics = tracy_widom(spectrum.values, total, spectrum.squares, rank)
    last = min(_kept(taken), spectrum.weights.shape[1])
    products = None if spectrum.products is None else spectrum.products[:, :last]
    every = components_along(matrix, spectrum.weights[:, :last], source, spectrum.angles[:last], products)
    beyond = every.scores[:, taken:] * np.sqrt(n)
    found = Structure(every.leading(taken), spectrum.values, statistics, _rule(number, limit), n, beyond=beyond)
    return replace(found, groups=ancestry_groups(found.features, seed=seed) if taken and groups else None)


def _kept(taken: int) -> int:
    """Return how many components are computed if some are taken: further ones are held against the estimate."""
    return 2 * taken + BEYOND if taken else 0


def _most(n: int, p: int) -> int:
    return min(MOST, n // EACH, p // EACH)


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


def _taken(statistics: Array, number: int | str, limit: int, rank: int) -> int:
    if number != "auto":
        return min(int(number), len(statistics))
    # the last half of few eigenvalues is too short to be tested
    passed = np.flatnonzero(statistics[: rank // 2] > QUANTILE)
    return min(int(passed[-1]) + 1, limit) if len(passed) else 0


def _rule(number: int | str, limit: int) -> str:
    if number != "auto":
        return REQUESTED
    most = f"at most {limit}" if limit == MOST else f"at most {limit}, one for each {EACH} individuals and variants"
    return f"by the Tracy-Widom test at the 5 % level, {most}"

"""Genome-wide principal components: computed from storage in blocks, and projection of new individuals."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import eigh

from latentmr.data.genome.krylov import krylov
from latentmr.data.genome.standardised import Standardised, frequencies_of
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.genotypes.strands import PALINDROME, SAME, SWAPPED, compare_alleles, same_letters
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Components", "absent_variants", "components_along", "principal_components", "project"]


#: Individuals up to which the whole relationship matrix is computed, and vectors in addition to those requested.
SMALL, SPARE = 2048, 10


@dataclass(frozen=True, repr=False)
class Components(Brief):
    """Principal components of standardised genotypes.

    Parameters
    ----------
    scores : np.ndarray of dimension (n, k)
        Scores of the individuals that the components were computed from, each column of length 1. There are no rows
        after :func:`~latentmr.data.genome.loadings.load_components`.
    eigenvalues : np.ndarray of dimension (k,)
        Eigenvalues of the genetic relationship matrix.
    loadings : np.ndarray of dimension (p, k)
        Contribution of a standardised genotype to the scores, which are standardised genotypes times loadings.
    frequencies : np.ndarray of dimension (p,)
        Frequencies of the counted alleles.
    variants : pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele`` of the p variants.
    angles : np.ndarray of dimension (k,)
        Bound, in radians, on the angle of each component to the exact one, given the gaps between the computed
        eigenvalues; 0 if the whole matrix was computed.
    """

    scores: Array
    eigenvalues: Array
    loadings: Array
    frequencies: Array
    variants: pd.DataFrame
    angles: Array

    def leading(self, k: int) -> "Components":
        """Return the first k components."""
        parts = {name: getattr(self, name)[..., :k] for name in ("scores", "eigenvalues", "loadings", "angles")}
        return replace(self, **parts)


def principal_components(
    source: Source,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    k: int,
    *,
    seed: int,
    exact: bool | None = None,
    progress: Progress | None = None,
) -> Components:
    r"""Compute principal components of genotypes.

    With counts g of an allele of frequency q, genotypes are standardised to :math:`(g - 2q)/\sqrt{2q(1-q)}`. Missing
    calls are replaced by the mean, and variants that do not vary are left out. The scores are eigenvectors of the
    genetic relationship matrix :math:`XX'/p`, as in GCTA and ``plink2 --pca``. The latter divides by the number of
    variants that are called in both individuals, so that the two differ slightly if calls are missing.

    For up to 2,048 individuals the whole matrix is computed. For more, a block Krylov space grows from random vectors,
    by one multiplication with the matrix (a pass over the genotypes) at a time. It stops once the bound on the angle of
    each component to the exact one is below 1e-4, or after 60 passes. Components whose eigenvalues hardly differ from
    the next may need more passes; then ``angles`` shows it. Memory holds at most n x 512 genotypes as int8, 4096 x 512
    as floats, and a basis of 256 MiB, or of 4(k + 10) vectors if that is more.

    The sign of a component is such that its largest loading is positive. First choose variants with
    :func:`~latentmr.data.genome.thinning.thin`, and unrelated individuals.

    Parameters
    ----------
    source : Source
        Genotypes.
    rows, columns : np.ndarray of int of dimension (n,) and (p,)
        Individuals and variants, by position in the source.
    k : int
        Number of components, less than n and at most p.
    seed : int
        Seed of the random vectors.
    exact : bool, optional
        Whether to compute the whole n x n matrix; by default for up to 2,048 individuals.
    progress : callable, optional
        Called in each pass with the number of variants read and the number to read in it.

    Returns
    -------
    Components

    Raises
    ------
    ValueError
        If there are too few individuals or variants for k components, or values are not counts of alleles.

    References
    ----------
    Price et al. (2006) Nat Genet 38:904. Yang et al. (2011) Am J Hum Genet 88:76. Halko, Martinsson & Tropp (2011) SIAM
    Rev 53:217. Musco & Musco (2015) NeurIPS 28 (block Krylov). Wu & Simon (2000) SIAM J Matrix Anal Appl 22:602
    (restarts).

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> rng = np.random.default_rng(1)
    >>> north = np.repeat([0, 1], 20)
    >>> G = rng.binomial(2, np.where(north, 0.7, 0.3)[:, None], (40, 100)).astype(np.int8)
    >>> table = pd.DataFrame({name: [f"{name}{j}" for j in range(100)] for name in VARIANT_COLUMNS})
    >>> source = SimpleNamespace(
    ...     path="here", variants=table, read=lambda rows, columns: (G[np.ix_(rows, columns)], "counts")
    ... )
    >>> found = principal_components(source, np.arange(40), np.arange(100), 2, seed=1)
    >>> found.scores.shape, found.loadings.shape, found.eigenvalues.round(1)
    ((40, 2), (100, 2), array([14.2,  2. ]))
    >>> print(abs(np.corrcoef(found.scores[:, 0], north)[0, 1]).round(2))
    0.99
    """
    frequencies = frequencies_of(source, rows, columns, progress)
    varies = (frequencies > 0) & (frequencies < 1)
    matrix = Standardised(source, rows, columns[varies], frequencies[varies], progress)
    n, p = len(rows), len(matrix.columns)
    if not 0 < k < n or k > p:
        raise ArgumentError(
            "k",
            "be at least 1, less than the number of individuals, and at most the number of variants that vary",
            f"{k} for {n} individuals and {p} variants",
            "choose a smaller `k`",
        )
    angles = np.zeros(k)
    if exact if exact is not None else n <= SMALL:
        first = eigh(matrix.relationship(), subset_by_index=[n - k, n - 1])[1][:, ::-1]
    else:
        first, angles = krylov(matrix.relate, n, min(k + SPARE, n), k, np.random.default_rng(seed))
    return components_along(matrix, matrix.transposed_times(first), source, angles)


def components_along(
    matrix: Standardised, weights: Array, source: Source, angles: Array, products: Array | None = None
) -> Components:
    """Compute components from approximate loadings, by a last step in which scores and loadings meet.

    Parameters
    ----------
    matrix : Standardised
        Standardised genotypes.
    weights : np.ndarray of dimension (p, k)
        Approximate loadings, each of any scale.
    source : Source
        Genotypes, for the table of their variants.
    angles : np.ndarray of dimension (k,)
        Bounds on the angles to the exact eigenvectors.
    products : np.ndarray of dimension (n, k), optional
        Genotypes times loadings, if they are already known.

    Returns
    -------
    Components

    Raises
    ------
    ValueError
        If the genotypes have fewer components.
    """
    k = weights.shape[1]
    # scores are genotypes times loadings, to the precision of the product
    left, sizes, right = np.linalg.svd(matrix.times(weights) if products is None else products, full_matrices=False)
    if k and not sizes[-1] > 1e-10 * sizes[0]:
        raise ArgumentError(
            "k",
            "be at most the rank of the genotypes",
            f"{k}, but fewer than {k} components vary",
            "choose a smaller `k`",
        )
    loadings = weights @ (right.T / sizes)
    signs = np.sign(loadings[np.abs(loadings).argmax(axis=0), np.arange(k)])
    variants = source.variants.iloc[matrix.columns][VARIANT_COLUMNS].reset_index(drop=True)
    return Components(left * signs, sizes / len(matrix.columns), loadings * signs, matrix.frequencies, variants, angles)


def project(
    source: Source,
    rows: NDArray[np.int64],
    components: Components,
    *,
    absent: float = 0.05,
    progress: Progress | None = None,
) -> Array:
    """Compute scores of individuals on components of other individuals.

    Scores are on the scale of the reference individuals, from whom the components were computed: a reference individual
    gets exactly the original scores. Scores of new individuals are shrunk towards zero if variants outnumber the
    reference individuals, because the loadings contain their noise. The shrinkage is slight for the first components of
    thousands of individuals, and strong for later ones (Dey & Lee 2019). Therefore do not compare both kinds of scores
    in one analysis. Project both groups onto components of a third group, or compute components from all individuals.

    Variants are matched by id and alleles, and flipped if the source counts the other allele. Absent variants and
    missing calls are replaced by the mean.

    Parameters
    ----------
    source : Source
        Genotypes of the new individuals.
    rows : np.ndarray of int of dimension (m,)
        Individuals, by position in the source.
    components : Components
        Result of :func:`principal_components` or :func:`~latentmr.data.genome.loadings.load_components`.
    absent : float
        Maximum share of the components' variants that the source may lack.
    progress : callable, optional
        Called with the number of variants read and the number to read.

    Returns
    -------
    np.ndarray of dimension (m, k)
        Scores.

    Raises
    ------
    ValueError
        If the source lacks more variants, or has other alleles.

    References
    ----------
    Dey & Lee (2019) J Multivar Anal 173:145. Privé et al. (2020) Bioinformatics 36:4449.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> G = np.random.default_rng(1).binomial(2, 0.3, (40, 100)).astype(np.int8)
    >>> table = pd.DataFrame({name: [f"{name}{j}" for j in range(100)] for name in VARIANT_COLUMNS})
    >>> source = SimpleNamespace(
    ...     path="here", variants=table, read=lambda rows, columns: (G[np.ix_(rows, columns)], "counts")
    ... )
    >>> made = principal_components(source, np.arange(30), np.arange(100), 2, seed=1)
    >>> np.allclose(project(source, np.arange(30), made), made.scores)
    True
    >>> project(source, np.arange(30, 40), made).shape
    (10, 2)
    """
    places, turned = _find(source.variants, components.variants)
    lacking = places < 0
    if lacking.mean() > absent:
        first = components.variants["id"].iloc[int(np.argmax(lacking))]
        raise ArgumentError(
            f"{source.path}",
            "hold the variants of the components, with their alleles",
            f"none for {int(lacking.sum())} of {len(places)}, for instance {first!r}",
            "check ids, strand and build, or compute components from variants that both have",
        )
    frequencies = np.where(turned, 1 - components.frequencies, components.frequencies)
    loadings = np.where(turned[:, None], -components.loadings, components.loadings)
    matrix = Standardised(source, rows, places[~lacking], frequencies[~lacking], progress)
    return matrix.times(loadings[~lacking])


def absent_variants(source: Source, components: Components) -> int:
    """Count the components' variants that a source lacks, by id and alleles; :func:`project` sets them to the mean.

    Parameters
    ----------
    source : Source
        Genotypes.
    components : Components
        Components.

    Returns
    -------
    int
    """
    return int((_find(source.variants, components.variants)[0] < 0).sum())


def _find(have: pd.DataFrame, wanted: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the position of each wanted variant (-1 if absent), and whether the other allele is counted there."""
    near = np.flatnonzero(have["id"].isin(wanted["id"]))
    keys, effects = _keys(have.iloc[near])
    names, wanted_effects = _keys(wanted)
    if keys.has_duplicates:
        name = keys[keys.duplicated()][0]
        raise ArgumentError(
            "variants", "occur once", f"{name[0]!r} with alleles {name[1]}/{name[2]} twice", "remove one of them"
        )
    found = keys.get_indexer(names)
    places = np.append(near, -1)[found]
    turned = (found >= 0) & (np.append(effects, "")[found] != wanted_effects)
    # by the known allele, where PLINK writes 0 for an allele that no individual carries
    ids = pd.Index(have["id"].iloc[near])
    once = near[~ids.duplicated(keep=False)]
    left = np.flatnonzero(found < 0)
    at = np.append(once, -1)[pd.Index(have["id"].iloc[once]).get_indexer(pd.Index(wanted["id"].iloc[left]))]
    left, at = left[at >= 0], at[at >= 0]
    if len(left):
        mine, theirs = wanted.iloc[left].reset_index(drop=True), have.iloc[at].reset_index(drop=True)
        relation, letters = compare_alleles(mine, theirs), same_letters(mine, theirs)
        fits = np.isin(relation, (SAME, SWAPPED, PALINDROME))
        places[left[fits]] = at[fits]
        turned[left[fits]] = ((relation == SWAPPED) | ((relation == PALINDROME) & ~letters))[fits]
    return places, turned


def _keys(variants: pd.DataFrame) -> tuple[pd.MultiIndex, NDArray[np.object_]]:
    effects, others = (variants[name].str.upper().to_numpy(dtype=object) for name in VARIANT_COLUMNS[3:])
    ordered = np.where(effects < others, effects, others), np.where(effects < others, others, effects)
    return pd.MultiIndex.from_arrays([variants["id"], *ordered]), effects

"""Simulate a cohort of several sites with admixed individuals: ancestry confounds allele counts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.simulate.genome import Genome
from latentmr.simulate.simulated import Simulated, Truth
from latentmr.simulate.sites import individuals_per_site, site_names
from latentmr.typing import Array, Codes

__all__ = ["admixture", "confounded_phenotypes", "genetic_score", "phenotypes_by_ancestry", "with_genome"]

#: Distance between instruments, in base pairs, and their number on a chromosome.
APART, ON_ONE = 8_000_000, 5
#: First distance of an other variant from the instrument before it, distance to the next, and number in a gap.
FROM, STEP, IN_GAP = 1_500_000, 300_000, 16
#: Individuals whose other variants are drawn at once.
DRAWN = 2048


def admixture(
    n: int = 20_000,
    n_env: int = 5,
    p: int = 100,
    n_populations: int = 4,
    fst: float = 0.12,
    beta: float = 0.5,
    seed: int = 0,
) -> Simulated:
    """Simulate the scenario ``admixture``: independent variants in sites with different mixtures of populations.

    Ancestral frequencies are ``f0 ~ U(0.1, 0.9)``, and population frequencies are Balding-Nichols draws with ``fst``.
    Site ``e`` has mean ancestry ``c_e ~ Dirichlet(1)``, and an individual has ancestry ``q ~ Dirichlet(4 c_e + 0.05)``.
    Genotypes are ``Binomial(2, q f)``, in linkage equilibrium given ancestry. Phenotypes are those of
    :func:`phenotypes_by_ancestry`.

    Parameters
    ----------
    n, n_env, p, n_populations : int
        Total number of individuals, number of sites of equal size, number of variants, number of populations.
    fst : float
        Fixation index, strictly between 0 and 1.
    beta : float
        True effect.
    seed : int

    Returns
    -------
    Simulated
        ``truth.V`` holds the ancestry proportions.

    Examples
    --------
    >>> data = admixture(n=200, p=5, seed=1).dataset
    >>> data.kind, data.env_names
    ('counts', ('site1', 'site2', 'site3', 'site4', 'site5'))
    """
    rng = np.random.default_rng(seed)
    f0 = rng.uniform(0.1, 0.9, p)
    scale = (1 - fst) / fst
    frequencies = rng.beta(f0 * scale, (1 - f0) * scale, size=(n_populations, p))
    per_site = individuals_per_site(n, n_env)
    env = np.repeat(np.arange(n_env), per_site)
    centres = rng.dirichlet(np.ones(n_populations), n_env)
    ancestry = np.vstack([rng.dirichlet(4 * centre + 0.05, per_site) for centre in centres])
    G = rng.binomial(2, np.clip(ancestry @ frequencies, 0, 1)).astype(np.float32)
    x, y = phenotypes_by_ancestry(G, ancestry, beta, rng)
    labels = site_names(n_env)[env]
    return Simulated(Dataset.from_arrays(G, labels, x, y), Truth(beta, np.zeros((len(env), 0)), ancestry))


def with_genome(cohort: Simulated, m: int = 2000, fst: float = 0.12, seed: int = 0) -> Simulated:
    """Add genome-wide variants of the same ancestry to a cohort of the scenario ``admixture``.

    The instruments and the cohort's phenotypes stay as they are. All variants get positions: instruments 8 Mb apart,
    and the other variants in the gaps, at least 1.5 Mb from any instrument.

    Parameters
    ----------
    cohort : Simulated
        Cohort whose ``truth.V`` holds ancestry proportions, of at most 110 variants.
    m : int
        Number of other variants, at most 2,112.
    fst : float
        Fixation index, strictly between 0 and 1.
    seed : int

    Returns
    -------
    Simulated

    Examples
    --------
    >>> with_genome(admixture(n=200, p=5, seed=1), m=50).genome
    Genome: 200 individuals, 50 variants
    """
    rng = np.random.default_rng([seed, 1])
    ancestry = cohort.truth.V
    f0 = rng.uniform(0.1, 0.9, m)
    scale = (1 - fst) / fst
    frequencies = rng.beta(f0 * scale, (1 - f0) * scale, size=(ancestry.shape[1], m))
    G = np.empty((len(ancestry), m), dtype=np.int8)
    for start in range(0, len(G), DRAWN):
        q = ancestry[start : start + DRAWN] @ frequencies
        G[start : start + DRAWN] = sum((rng.random(q.shape) < q).astype(np.int8) for _ in range(2))
    data, one, other = cohort.dataset, np.arange(cohort.dataset.p), np.arange(m)
    instruments = _table(data.variants["id"].tolist(), 1 + one // ON_ONE, (one % ON_ONE + 1) * APART)
    gap, place = np.divmod(other // 22, IN_GAP)
    others = _table([f"g{j + 1}" for j in other], 1 + other % 22, gap * APART + FROM + STEP * place)
    return replace(cohort, dataset=replace(data, variants=instruments), genome=Genome(G, others))


def _table(ids: list[str], chromosomes: Codes, positions: Codes) -> pd.DataFrame:
    places = {"chrom": chromosomes.astype(str), "pos": positions.astype(str)}
    return pd.DataFrame({"id": ids} | places | {"effect_allele": "A", "other_allele": "G"}).astype(object)


def phenotypes_by_ancestry(
    G: NDArray[Any], ancestry: Array, beta: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Draw an exposure and an outcome that depend on allele counts and are both confounded by ancestry.

    Let ``anc`` be a random standardised combination of the ancestries. Then ``U = 0.7 anc + 0.7 N``, ``x = g + U + N /
    2`` and ``y = beta x + 1.5 U + N``. The score ``g`` is a random combination of the standardised counts; its variance
    is a tenth of the variance of ``g`` plus unit noise.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        Allele counts.
    ancestry : np.ndarray of dimension (n, d)
        Ancestry proportions.
    beta : float
        True effect.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of dimension (n,)
        Exposure.
    np.ndarray of dimension (n,)
        Outcome.
    """
    anc = ancestry @ rng.normal(size=ancestry.shape[1])
    anc = (anc - anc.mean()) / anc.std()
    g = genetic_score(G, rng)
    return confounded_phenotypes(g, anc, beta, rng)


def confounded_phenotypes(g: Array, confounder: Array, beta: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw ``U = 0.7 confounder + 0.7 N``, ``x = g + U + N / 2`` and ``y = beta x + 1.5 U + N``.

    Parameters
    ----------
    g, confounder : np.ndarray of dimension (n,)
        Genetic score of the exposure, and its confounder, which has unit variance.
    beta : float
        True effect.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of dimension (n,)
        Exposure.
    np.ndarray of dimension (n,)
        Outcome.
    """
    n = len(g)
    U = 0.7 * confounder + 0.7 * rng.normal(size=n)
    x = g + U + 0.5 * rng.normal(size=n)
    return x, beta * x + 1.5 * U + rng.normal(size=n)


def genetic_score(G: NDArray[Any], rng: np.random.Generator) -> Array:
    """Draw a score of the standardised counts, with normal weights.

    Its variance is a tenth of the variance of the score plus unit noise.

    Parameters
    ----------
    G : np.ndarray of dimension (n, p)
        Allele counts.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of dimension (n,)
    """
    sd = G.std(axis=0)
    g = ((G - G.mean(axis=0)) / np.where(sd > 0, sd, 1)) @ rng.normal(size=G.shape[1])
    return np.asarray(g * np.sqrt(0.1 / 0.9) / g.std())

"""Simulate a cohort of several sites with admixed individuals: ancestry confounds allele counts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.simulate.simulated import Simulated, Truth
from latentmr.typing import Array

__all__ = ["admixture", "confounded_phenotypes", "genetic_score", "phenotypes_by_ancestry"]


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
    per_site = n // n_env
    env = np.repeat(np.arange(n_env), per_site)
    centres = rng.dirichlet(np.ones(n_populations), n_env)
    ancestry = np.vstack([rng.dirichlet(4 * centre + 0.05, per_site) for centre in centres])
    G = rng.binomial(2, np.clip(ancestry @ frequencies, 0, 1)).astype(np.float32)
    x, y = phenotypes_by_ancestry(G, ancestry, beta, rng)
    labels = np.array([f"site{e + 1}" for e in range(n_env)])[env]
    return Simulated(Dataset.from_arrays(G, labels, x, y), Truth(beta, np.zeros((len(env), 0)), ancestry))


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

"""Simulate cross-trait assortative mating, which correlates the exposure's own score with that of a confounder."""

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.simulate.admixture import confounded_phenotypes
from latentmr.simulate.simulated import Simulated, Truth
from latentmr.simulate.sites import individuals_per_site, site_names
from latentmr.typing import Array

__all__ = ["assortative"]

Alleles = NDArray[np.int8]


def assortative(
    n: int = 20_000,
    n_env: int = 5,
    p: int = 100,
    generations: int = 6,
    strongest: float = 0.6,
    beta: float = 0.5,
    seed: int = 0,
) -> Simulated:
    """Simulate the scenario ``assortative``: generations of mates matched across two traits.

    ``p`` variants affect the exposure's trait, and ``p`` others affect a trait ``w``. All are in linkage equilibrium
    among founders, with frequencies ``U(0.1, 0.9)`` in all sites; traits are half genetic. In each generation of site
    ``e``, one trait of men correlates ``r_e ~ U(0, strongest)`` with the other trait of their wives. In half of the
    couples this is the exposure's trait with ``w``; in the rest it is ``w`` with the exposure's trait. Couples have two
    children, who form the next generation. The data set holds the last generation.

    ``G`` counts the alleles of the ``p`` variants. The score ``g`` combines them; its variance is a tenth of the
    variance of ``g`` plus unit noise. The standardised score of ``w`` is ``gw``. Then ``U = 0.7 gw + 0.7 N``, ``x = g +
    U + N / 2`` and ``y = beta x + 1.5 U + N``. The confounded direction is ``g`` itself: no learner can keep the one
    and drop the other.

    Parameters
    ----------
    n, n_env, p : int
        Total number of individuals, number of sites of equal size, number of variants.
    generations : int
        Number of generations since unrelated founders.
    strongest : float
        Largest correlation of mates, from 0, inclusive, to 1, exclusive.
    beta : float
        True effect.
    seed : int

    Returns
    -------
    Simulated
        ``truth.V`` holds ``gw``.

    Raises
    ------
    ValueError
        If ``strongest`` is outside of [0, 1), if ``generations`` is below 1, or if a site has fewer than two
        individuals.

    Examples
    --------
    >>> drawn = assortative(n=200, p=5, seed=1)
    >>> drawn.dataset.kind, drawn.dataset.G.shape, drawn.truth.V.shape
    ('counts', (200, 5), (200, 1))
    """
    if not 0 <= strongest < 1:
        raise ArgumentError(
            "strongest", "be from 0, inclusive, to 1, exclusive", f"{strongest!r}", "0.6 is the default"
        )
    if generations < 1:
        raise ArgumentError("generations", "be 1 or more", f"{generations!r}", "6 is the default")
    per_site = individuals_per_site(n, n_env)
    rng = np.random.default_rng(seed)
    frequency = rng.uniform(0.1, 0.9, 2 * p)
    effects = _effects(frequency, p, rng)
    strengths = rng.uniform(0, strongest, n_env)
    sites = []
    for strength in strengths:
        # an even number, so that every individual has a mate
        people = _founders(per_site + per_site % 2, frequency, rng)
        for _ in range(generations):
            people = _next_generation(people, effects, strength, rng)
        sites.append(people.sum(axis=1, dtype=np.int8)[:per_site])
    counts = np.vstack(sites)
    G = counts[:, :p].astype(np.float32)
    # in a very small sample, all individuals can be alike
    score, gw = ((part - part.mean()) / (part.std() or 1) for part in (counts @ effects).T)
    g = score * np.sqrt(0.1 / 0.9)
    x, y = confounded_phenotypes(g, gw, beta, rng)
    labels = np.repeat(site_names(n_env), per_site)
    return Simulated(Dataset.from_arrays(G, labels, x, y), Truth(beta, np.zeros((len(gw), 0)), gw[:, None]))


def _effects(frequency: Array, p: int, rng: np.random.Generator) -> Array:
    """Draw effects ``[2 p, 2]`` of an allele on the two traits; scores of the founders have unit variance."""
    weights = np.zeros((2 * p, 2))
    weights[:p, 0], weights[p:, 1] = rng.normal(size=(2, p))
    weights /= np.linalg.norm(weights, axis=0)
    return np.asarray(weights / np.sqrt(2 * frequency * (1 - frequency))[:, None])


def _founders(size: int, frequency: Array, rng: np.random.Generator) -> Alleles:
    """Draw alleles ``[size, 2, 2 p]`` of unrelated individuals."""
    return (rng.random((size, 2, len(frequency)), dtype=np.float32) < frequency).astype(np.int8)


def _next_generation(people: Alleles, effects: Array, strength: float, rng: np.random.Generator) -> Alleles:
    """Return the alleles of two children of each couple."""
    score = people.sum(axis=1, dtype=np.int8) @ effects
    # the noise has the founders' genetic variance: traits are half genetic
    men, women = _couples(score + rng.normal(size=score.shape), strength, rng)
    children = [_transmitted(people[parents], rng) for _ in range(2) for parents in (men, women)]
    return np.concatenate([np.stack(children[:2], axis=1), np.stack(children[2:], axis=1)])


def _couples(traits: Array, strength: float, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of men and of their wives, matched across the two traits."""
    order = rng.permutation(len(traits))
    men, women = order[: len(order) // 2], order[len(order) // 2 :]
    half = len(men) // 2
    matched_men, matched_women = np.empty_like(men), np.empty_like(women)
    for lead, couples in ((0, slice(0, half)), (1, slice(half, None))):
        his, hers = men[couples], women[couples]
        # ranks of correlated normals give exactly this correlation if the traits are normal
        first = rng.normal(size=len(his))
        second = strength * first + np.sqrt(1 - strength**2) * rng.normal(size=len(his))
        matched_men[couples] = his[np.argsort(traits[his, lead])][np.argsort(np.argsort(first))]
        matched_women[couples] = hers[np.argsort(traits[hers, 1 - lead])][np.argsort(np.argsort(second))]
    return matched_men, matched_women


def _transmitted(parents: Alleles, rng: np.random.Generator) -> Alleles:
    """Draw one of the two alleles of each parent at each variant, all independently."""
    second = rng.integers(0, 2, size=(len(parents), parents.shape[2]), dtype=bool)
    return np.where(second, parents[:, 1], parents[:, 0])

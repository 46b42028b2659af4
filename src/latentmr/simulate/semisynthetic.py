"""Simulate sites from the user's own genotypes, with simulated phenotypes."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.simulate.admixture import confounded_phenotypes, genetic_score, phenotypes_by_ancestry
from latentmr.simulate.simulated import Simulated, Truth
from latentmr.typing import Codes

__all__ = ["CONFOUNDERS", "semisynthetic"]


CONFOUNDERS = ("ancestry", "assortative")
#: Minimum distance in base pairs between chosen variants of one chromosome.
APART = 500_000
#: Largest correlation of the exposure's score with the trait on which mates are matched.
STRONGEST = 0.6


def semisynthetic(
    source: Dataset,
    n: int = 20_000,
    n_env: int = 5,
    p: int = 100,
    block_mb: float = 5.0,
    confounder: str = "ancestry",
    beta: float = 0.5,
    seed: int = 0,
) -> Simulated:
    """Simulate the scenario ``semisynthetic``: individuals resampled from real ones, in sites that mix populations.

    ``p`` variants are chosen at random, half a megabase apart within a chromosome. Site ``e`` mixes the populations by
    ``c_e ~ Dirichlet(1)``, and an individual's population is drawn by ``c_e``. Each block of the genome is copied from
    a random individual of that population. Any number of individuals thus keeps the frequencies of the populations and
    the correlation within blocks. Blocks consist of genotypes, not of haplotypes, because the files have no phase. A
    missing call is drawn from the population's frequency.

    With the ``confounder`` ``ancestry``, phenotypes are those of :func:`phenotypes_by_ancestry` with population
    indicators. With ``assortative``, another heritable trait ``w`` confounds the phenotypes. Generations of mates
    matched on ``w`` have correlated it with the exposure's own score ``g``, to a different degree in each site.
    Formally, ``w = r_e std(g) + sqrt(1 - r_e^2) N`` with ``r_e ~ U(0, 0.6)`` and ``U = 0.7 w + 0.7 N``; everything else
    is as before. No method that learns only from genotypes and environments can undo that.

    Parameters
    ----------
    source : Dataset
        Genotypes of real individuals (0/1/2 counts); its environments are their populations.
    n, n_env, p : int
        Total number of individuals, number of sites of equal size, number of variants.
    block_mb : float
        Length of a block of the genome, in megabases.
    confounder : str
        ``ancestry`` or ``assortative``.
    beta : float
        True effect.
    seed : int

    Returns
    -------
    Simulated
        ``truth.V`` holds the population indicators, or the trait ``w``.

    Raises
    ------
    ValueError
        If genotypes are not counts, if there are fewer variants than ``p``, or if the confounder is unknown.

    Examples
    --------
    >>> from latentmr.simulate import admixture
    >>> source = admixture(n=500, p=30, seed=1).dataset
    >>> drawn = semisynthetic(source, n=900, n_env=3, p=20, seed=1)
    >>> drawn.dataset.G.shape, drawn.truth.V.shape
    ((900, 20), (900, 5))
    """
    if source.kind != "counts":
        raise ArgumentError("source", "hold allele counts (0/1/2)", f"{source.kind}", "read called genotypes")
    if confounder not in CONFOUNDERS:
        raise ArgumentError(
            "confounder", f"be one of {', '.join(CONFOUNDERS)}", f"{confounder!r}", "use one of these names"
        )
    if not block_mb > 0:
        raise ArgumentError("block_mb", "be above 0", f"{block_mb!r}", "use a length in megabases, such as 5")
    rng = np.random.default_rng(seed)
    chosen, block = _variants(source, p, block_mb, rng)
    per_site = n // n_env
    env = np.repeat(np.arange(n_env), per_site)
    mixtures = rng.dirichlet(np.ones(source.n_env), n_env)
    population = np.concatenate([rng.choice(source.n_env, per_site, p=mixture) for mixture in mixtures])
    G = _resampled(source, chosen, block, population, rng)
    members = np.eye(source.n_env)[population]
    if confounder == "ancestry":
        V = members
        x, y = phenotypes_by_ancestry(G, members, beta, rng)
    else:
        g = genetic_score(G, rng)
        r = rng.uniform(0, STRONGEST, n_env)[env]
        w = r * g / g.std() + np.sqrt(1 - r**2) * rng.normal(size=len(env))
        V = w[:, None]
        x, y = confounded_phenotypes(g, w, beta, rng)
    labels = np.array([f"site{e + 1}" for e in range(n_env)])[env]
    variants = source.variants.iloc[chosen].reset_index(drop=True)
    return Simulated(Dataset.from_arrays(G, labels, x, y, variants=variants), Truth(beta, np.zeros((len(env), 0)), V))


def _variants(source: Dataset, p: int, block_mb: float, rng: np.random.Generator) -> tuple[Codes, Codes]:
    """Choose random variants that are far apart, and return also the block of the genome of each."""
    chromosome = np.unique(source.variants["chrom"].astype(str), return_inverse=True)[1]
    # variants without known positions count as far apart
    written = pd.to_numeric(source.variants["pos"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    place = np.where(np.isfinite(written), written, np.arange(source.p) * 1e9)
    chosen: list[int] = []
    for j in rng.permutation(source.p):
        if len(chosen) == p:
            break
        near = (chromosome[chosen] == chromosome[j]) & (np.abs(place[chosen] - place[j]) < APART)
        if not near.any():
            chosen.append(int(j))
    if len(chosen) < p:
        raise ArgumentError(
            "p",
            f"be at most {len(chosen)}, the number of source variants that are half a megabase apart",
            f"{p}",
            "use fewer variants",
        )
    found = np.sort(np.array(chosen, dtype=np.int64))
    pairs = np.column_stack([chromosome[found], place[found] // (block_mb * 1e6)])
    return found, np.asarray(np.unique(pairs, axis=0, return_inverse=True)[1], dtype=np.int64).ravel()


def _resampled(
    source: Dataset, chosen: Codes, block: Codes, population: Codes, rng: np.random.Generator
) -> NDArray[np.int8]:
    """Draw genotypes ``[n, p]`` of individuals who copy each block from a random individual of their population."""
    people = np.ascontiguousarray(source.G[:, chosen])
    # the fill table holds mean counts
    frequency = source.fill[:, chosen] / 2
    G = np.empty((len(population), len(chosen)), dtype=np.int8)
    donors = [np.flatnonzero(source.env == k) for k in range(source.n_env)]
    for k, group in enumerate(donors):
        rows = np.flatnonzero(population == k)
        for b in range(int(block.max()) + 1):
            columns = np.flatnonzero(block == b)
            copied = people[np.ix_(rng.choice(group, len(rows)), columns)]
            drawn = rng.binomial(2, np.clip(frequency[k, columns], 0, 1), copied.shape)
            G[np.ix_(rows, columns)] = np.where(copied < 0, drawn, copied)
    return G

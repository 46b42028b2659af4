"""Simulate a cohort of several admixed sites from a coalescent model of human history, with structure and linkage."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.extras import extra
from latentmr.simulate.admixture import phenotypes_by_ancestry
from latentmr.simulate.simulated import Simulated, Truth
from latentmr.simulate.sites import individuals_per_site, site_names
from latentmr.typing import Array

__all__ = ["coalescent"]


#: Source populations, in the order of the ancestry proportions.
SOURCES = ("AFR", "EUR", "EAS")
#: Generations since the sites' populations mixed; the census that records ancestry lies immediately before.
ADMIXED, CENSUS = 12, 12.01
#: Length of a region in base pairs, and distance between the starts of neighbouring regions on one chromosome.
LENGTH, APART = 100_000, 5_000_000
RECOMBINATION, MUTATION = 1e-8, 1.25e-8
#: Smallest minor allele frequency, over all individuals.
COMMON = 0.05
#: Smallest proportion of an ancestry in a population.
LEAST = 0.01
#: Number of admixed populations of each site, so that individuals of one site also differ in ancestry.
PARTS = 10
#: Maximum number of consecutive regions without enough common variants.
PATIENCE = 20


def coalescent(
    n: int = 4_000, n_env: int = 5, p: int = 100, per_region: int = 1, beta: float = 0.5, seed: int = 0
) -> Simulated:
    """Simulate the scenario ``coalescent``: American admixture in sites with different mixtures, by msprime.

    The history is that of Browning et al. (2018, PLoS Genetics 14(12): e1007385). African, European and East Asian
    populations mixed 12 generations ago, here into ten admixed populations for each site. A site has the mean ancestry
    ``c_e ~ Dirichlet(1)``. Each of its populations has the proportions ``0.01 + 0.97 Dirichlet(4 c_e + 0.05)``.

    Regions of 100 kb are drawn independently of each other. Each gives ``per_region`` random variants with a minor
    allele frequency of 0.05 or more, and is drawn again if it has too few. Ancestry is that of an individual's two
    lineages in the middle of each region, averaged over regions. Phenotypes are those of
    :func:`phenotypes_by_ancestry`. This scenario needs the extra ``coalescent``.

    Parameters
    ----------
    n, n_env, p : int
        Total number of individuals, number of sites of equal size, number of variants.
    per_region : int
        Number of variants in one region: with 1, variants are independent; with more, they are linked as in real
        genomes.
    beta : float
        True effect.
    seed : int

    Returns
    -------
    Simulated
        ``truth.V`` holds the proportions of African, European and East Asian ancestry. Regions lie in order on 22
        chromosomes, five megabases apart; the derived allele is counted.

    Raises
    ------
    ValueError
        If a number is below its minimum, or if regions have too few common variants.
    MissingExtraError
        If msprime is not installed.

    Examples
    --------
    >>> drawn = coalescent(n=100, n_env=2, p=4, per_region=2, seed=1)
    >>> drawn.dataset.kind, drawn.dataset.G.shape, drawn.truth.V.shape
    ('counts', (100, 4), (100, 3))
    """
    for name, value, least in (("n", n, 2 * n_env), ("n_env", n_env, 1), ("p", p, 1), ("per_region", per_region, 1)):
        if value < least:
            raise ArgumentError(f"{name}", f"be {least} or more", f"{value!r}", "use a larger number")
    msprime = extra("msprime", "coalescent", "the coalescent scenario")
    rng = np.random.default_rng(seed)
    centres = rng.dirichlet(np.ones(len(SOURCES)), n_env)
    drawn_mixtures = np.vstack([rng.dirichlet(4 * centre + 0.05, PARTS) for centre in centres])
    history = _history(msprime, LEAST + (1 - len(SOURCES) * LEAST) * drawn_mixtures)
    per_site = individuals_per_site(n, n_env)
    sizes = [per_site // PARTS + (part < per_site % PARTS) for part in range(PARTS)] * n_env
    samples = {_population(j): size for j, size in enumerate(sizes) if size}
    wanted = [min(per_region, p - start) for start in range(0, p, per_region)]
    drawn = [_region(msprime, history, samples, size, rng) for size in wanted]
    G = np.hstack([counts for counts, _, _ in drawn])
    ancestry = np.mean([local for _, local, _ in drawn], axis=0)
    variants = _placed([described for _, _, described in drawn])
    x, y = phenotypes_by_ancestry(G, ancestry, beta, rng)
    labels = np.repeat(site_names(n_env), per_site)
    return Simulated(
        Dataset.from_arrays(G, labels, x, y, variants=variants), Truth(beta, np.zeros((len(G), 0)), ancestry)
    )


def _population(j: int) -> str:
    return f"site{j // PARTS + 1}_{j % PARTS + 1}"


def _history(msprime: Any, mixtures: Array) -> Any:
    """Return the demography of Browning et al. (2018), with a population for each mixture ``[n_env PARTS, 3]``."""
    history = msprime.Demography()
    history.add_population(name="AFR", initial_size=14474)
    history.add_population(name="EUR", initial_size=34039, growth_rate=0.0038)
    history.add_population(name="EAS", initial_size=45852, growth_rate=0.0048)
    for j in range(len(mixtures)):
        history.add_population(name=_population(j), initial_size=54664, growth_rate=0.05)
    history.add_population(name="OOA", initial_size=1861)
    history.add_population(name="AMH", initial_size=14474)
    history.add_population(name="ANC", initial_size=7310)
    history.set_symmetric_migration_rate(["AFR", "EUR"], 2.5e-5)
    history.set_symmetric_migration_rate(["AFR", "EAS"], 0.78e-5)
    history.set_symmetric_migration_rate(["EUR", "EAS"], 3.11e-5)
    for j, mixture in enumerate(mixtures):
        history.add_admixture(ADMIXED, derived=_population(j), ancestral=list(SOURCES), proportions=list(mixture))
    history.add_census(CENSUS)
    history.add_population_split(920, derived=["EUR", "EAS"], ancestral="OOA")
    history.add_symmetric_migration_rate_change(920, populations=["AFR", "OOA"], rate=15e-5)
    history.add_population_split(2040, derived=["OOA", "AFR"], ancestral="AMH")
    history.add_population_split(5920, derived=["AMH"], ancestral="ANC")
    return history


def _region(
    msprime: Any, history: Any, samples: dict[str, int], size: int, rng: np.random.Generator
) -> tuple[NDArray[np.int8], Array, pd.DataFrame]:
    """Draw one region: counts ``[n, size]`` of common variants, ancestry ``[n, 3]`` in its middle, and the variants."""
    most = 0
    for _ in range(PATIENCE):
        ancestry_seed, mutation_seed = (int(value) for value in rng.integers(1, 2**31, 2))
        trees = msprime.sim_ancestry(
            samples,
            demography=history,
            sequence_length=LENGTH,
            recombination_rate=RECOMBINATION,
            random_seed=ancestry_seed,
        )
        mutated = msprime.sim_mutations(trees, rate=MUTATION, random_seed=mutation_seed)
        common = _common(mutated)
        if len(common) >= size:
            break
        most = max(most, len(common))
    else:
        raise ArgumentError(
            "per_region",
            f"be at most the number of common variants of a region, here {most} in the best of {PATIENCE}",
            f"{size}",
            "use a smaller number or more individuals",
        )
    chosen = rng.choice(common, size, replace=False)
    kept = mutated.delete_sites(np.setdiff1d(np.arange(mutated.num_sites), chosen))
    people = mutated.num_samples // 2
    # the two haplotypes of an individual are adjacent
    counts = kept.genotype_matrix().reshape(size, people, 2).sum(axis=2, dtype=np.int8).T
    described = pd.DataFrame(
        [(int(site.position) + 1, site.mutations[0].derived_state, site.ancestral_state) for site in kept.sites()],
        columns=["pos", "effect_allele", "other_allele"],
    )
    local = _local_ancestry(trees).reshape(people, 2, len(SOURCES)).mean(axis=1)
    return counts, local, described


def _common(mutated: Any) -> NDArray[np.int64]:
    """Return the biallelic sites whose rarer allele is common."""
    found = []
    for tree in mutated.trees():
        for site in tree.sites():
            if len(site.mutations) == 1:
                share = tree.num_samples(site.mutations[0].node) / mutated.num_samples
                if COMMON <= share <= 1 - COMMON:
                    found.append(site.id)
    return np.array(found, dtype=np.int64)


def _local_ancestry(trees: Any) -> Array:
    """Return indicators ``[2 n, 3]`` of the population in which each sample's ancestor lived at the census."""
    parent, time = trees.at(LENGTH / 2).parent_array, trees.nodes_time
    node = trees.samples()
    while (later := time[node] < CENSUS).any():
        node = np.where(later, parent[node], node)
    return np.eye(len(SOURCES))[trees.nodes_population[node]]


def _placed(regions: list[pd.DataFrame]) -> pd.DataFrame:
    """Place the variants of all regions in order on 22 chromosomes, so far apart that other tools see no linkage."""
    place = np.arange(len(regions))
    chromosome = 1 + place * 22 // len(regions)
    start = place - np.searchsorted(chromosome, chromosome)
    placed = [
        region.assign(chrom=str(chromosome[r]), pos=region["pos"] + APART * (1 + start[r]))
        for r, region in enumerate(regions)
    ]
    variants = pd.concat(placed, ignore_index=True)
    return variants.assign(id=[f"v{j + 1}" for j in range(len(variants))])

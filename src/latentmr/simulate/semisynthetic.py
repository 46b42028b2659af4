"""Simulate sites from the user's own genotypes, with simulated phenotypes."""

import numpy as np

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.simulate.confounders import confounded_traits, refuse_unknown_confounder
from latentmr.simulate.genome import Genome, with_components
from latentmr.simulate.resampling import Donors
from latentmr.simulate.simulated import Simulated, Truth
from latentmr.simulate.sites import individuals_per_site, site_names
from latentmr.simulate.source_variants import blocks_of, chosen_instruments, other_variants, variants_of

__all__ = ["refuse_unfit_source", "semisynthetic"]


def semisynthetic(
    source: Dataset,
    n: int = 20_000,
    n_env: int = 5,
    p: int = 100,
    genome: int = 3000,
    block_mb: float = 5.0,
    admixed: bool = False,
    confounder: str = "ancestry",
    pcs: int | str = "auto",
    beta: float = 0.5,
    seed: int = 0,
) -> Simulated:
    """Simulate the scenario ``semisynthetic``: individuals resampled from real ones, in sites that mix populations.

    ``p`` variants are chosen at random as instruments, half a megabase apart within a chromosome. ``genome`` others,
    which are at least a megabase from every instrument, serve for genome-wide principal components. Site ``e`` mixes
    the populations by ``c_e ~ Dirichlet(1)``, and an individual's population is drawn by ``c_e``. Each block of the
    genome, with instruments and other variants, is copied from a random individual of that population. Any number of
    individuals thus keeps the frequencies of the populations and the correlation within blocks. Blocks consist of
    genotypes, not of haplotypes, because the files have no phase. A missing call is drawn from the population's
    frequency.

    With ``admixed``, an individual of site ``e`` has ancestry ``q ~ Dirichlet(4 c_e + 0.05)``, and each block is copied
    from an individual of a population that is drawn by ``q``.

    :func:`~latentmr.simulate.confounders.confounded_traits` describes the confounders and the phenotypes. Instruments
    and phenotypes of a seed do not depend on ``genome``.

    Parameters
    ----------
    source : Dataset
        Genotypes of real individuals (0/1/2 counts); its environments are their populations.
    n, n_env, p : int
        Total number of individuals, number of sites of equal size, number of instruments.
    genome : int
        Number of other variants; all that are far enough from the instruments if there are fewer.
    block_mb : float
        Length of a block of the genome, in megabases.
    admixed : bool
        Whether individuals descend from several populations.
    confounder : str
        ``ancestry``, ``local``, ``site`` or ``assortative``.
    pcs : int or str
        Number of genome-wide principal components that are auxiliary features of the data set: ``auto`` finds it from
        the data, as ``latentmr run`` does, and 0 adds none.
    beta : float
        True effect.
    seed : int

    Returns
    -------
    Simulated
        ``truth.V`` holds the latents given which the genotypes are unconfounded, for instance population indicators.

    Raises
    ------
    ValueError
        If genotypes are not counts, if they come from one population, if there are fewer variants than ``p``, or if a
        value is impossible.

    Examples
    --------
    >>> from latentmr.simulate import admixture
    >>> source = admixture(n=500, p=30, seed=1).dataset
    >>> drawn = semisynthetic(source, n=900, n_env=3, p=20, seed=1)
    >>> drawn.dataset.G.shape, drawn.genome.G.shape, drawn.truth.V.shape
    ((900, 20), (900, 10), (900, 5))
    """
    refuse_unfit_source(source)
    refuse_unknown_confounder(confounder)
    if not block_mb > 0:
        raise ArgumentError("block_mb", "be above 0", f"{block_mb!r}", "use a length in megabases, such as 5")
    rng = np.random.default_rng(seed)
    # draws for other variants come from a generator of their own, so that they change nothing else
    later = np.random.default_rng([seed, 1])
    instruments = chosen_instruments(source, p, rng)
    others = other_variants(source, instruments, genome, later)
    blocks = blocks_of(source, np.concatenate([instruments, others]), block_mb)
    per_site = individuals_per_site(n, n_env)
    env = np.repeat(np.arange(n_env), per_site)
    mixtures = rng.dirichlet(np.ones(source.n_env), n_env)
    if admixed:
        ancestry = np.vstack([rng.dirichlet(4 * mixture + 0.05, per_site) for mixture in mixtures])
    else:
        population = np.concatenate([rng.choice(source.n_env, per_site, p=mixture) for mixture in mixtures])
        ancestry = np.eye(source.n_env)[population]
    donors = Donors(source, ancestry)
    G = donors.instruments(instruments, blocks[:p], rng)
    x, y, V = confounded_traits(confounder, G, ancestry, env, beta, rng)
    labels = site_names(n_env)[env]
    rest = Genome(donors.others(others, blocks[p:], later), variants_of(source, others)) if len(others) else None
    dataset = Dataset.from_arrays(G, labels, x, y, variants=variants_of(source, instruments))
    return Simulated(with_components(dataset, rest, pcs), Truth(beta, np.zeros((len(env), 0)), V), rest)


def refuse_unfit_source(source: Dataset) -> None:
    """Reject a source whose genotypes are not counts, or come from one population.

    Raises
    ------
    ValueError
    """
    if source.kind != "counts":
        raise ArgumentError("source", "hold allele counts (0/1/2)", f"{source.kind}", "read called genotypes")
    if source.n_env < 2:
        raise ArgumentError("source", "hold at least 2 populations", f"{source.n_env}", "choose another column")

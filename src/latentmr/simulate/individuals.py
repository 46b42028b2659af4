"""Simulate sites and phenotypes of the user's own individuals, whose genotypes stay as they are."""

import numpy as np

from latentmr.data import Dataset
from latentmr.simulate.confounders import confounded_traits, refuse_unknown_confounder
from latentmr.simulate.genome import Genome, with_components
from latentmr.simulate.resampling import calls_of, drawn_where_missing
from latentmr.simulate.semisynthetic import refuse_unfit_source
from latentmr.simulate.simulated import Simulated, Truth
from latentmr.simulate.sites import site_names
from latentmr.simulate.source_variants import chosen_instruments, other_variants, variants_of

__all__ = ["individuals"]


def individuals(
    source: Dataset,
    n_env: int = 5,
    p: int = 100,
    genome: int = 3000,
    confounder: str = "ancestry",
    pcs: int | str = "auto",
    beta: float = 0.5,
    seed: int = 0,
) -> Simulated:
    """Simulate the scenario ``individuals``: the real individuals themselves, each assigned to a site.

    Instruments, other variants, confounders and phenotypes are those of
    :func:`~latentmr.simulate.semisynthetic.semisynthetic`. Site ``e`` has weights ``c_e ~ Dirichlet(1)`` over the
    populations. An individual of population ``k`` is assigned to site ``e`` with a probability proportional to
    ``c_ek``, so that sites differ in size. Genotypes are not resampled: relatives, rare haplotypes and linkage are as
    they are. Missing calls are drawn from the frequencies of the population.

    Parameters
    ----------
    source : Dataset
        Genotypes of real individuals (0/1/2 counts); its environments are their populations.
    n_env, p : int
        Number of sites, number of instruments.
    genome : int
        Number of other variants; all that are far enough from the instruments if there are fewer.
    confounder : str
        ``ancestry``, ``local``, ``site`` or ``assortative``.
    pcs : int or str
        Number of genome-wide principal components that are auxiliary features of the data set, or ``auto``.
    beta : float
        True effect.
    seed : int

    Returns
    -------
    Simulated
        ``truth.V`` holds the latents given which the genotypes are unconfounded.

    Raises
    ------
    ValueError
        If genotypes are not counts, if they come from one population, if there are fewer variants than ``p``, or if a
        value is impossible.

    Examples
    --------
    >>> from latentmr.simulate import admixture
    >>> source = admixture(n=500, p=30, seed=1).dataset
    >>> drawn = individuals(source, n_env=3, p=20, seed=1)
    >>> drawn.dataset.G.shape, drawn.dataset.n_env
    ((500, 20), 3)
    """
    refuse_unfit_source(source)
    refuse_unknown_confounder(confounder)
    rng = np.random.default_rng(seed)
    later = np.random.default_rng([seed, 1])
    instruments = chosen_instruments(source, p, rng)
    others = other_variants(source, instruments, genome, later)
    weights = rng.dirichlet(np.ones(source.n_env), n_env)[:, source.env]
    shares = np.cumsum(weights, axis=0)
    env = (shares <= rng.random(source.n) * shares[-1]).sum(axis=0)
    G, rest = (
        drawn_where_missing(calls, source.env, frequency, generator)
        for (calls, frequency), generator in ((calls_of(source, instruments), rng), (calls_of(source, others), later))
    )
    x, y, V = confounded_traits(confounder, G, np.eye(source.n_env)[source.env], env, beta, rng)
    labels = site_names(n_env)[env]
    dataset = Dataset.from_arrays(G, labels, x, y, variants=variants_of(source, instruments))
    wide = Genome(rest, variants_of(source, others)) if len(others) else None
    return Simulated(with_components(dataset, wide, pcs), Truth(beta, np.zeros((source.n, 0)), V), wide)

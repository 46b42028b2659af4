"""Confounders of semi-synthetic phenotypes: functions of ancestry, and a trait on which mates are matched."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from latentmr.errors import ArgumentError
from latentmr.simulate.admixture import confounded_phenotypes, genetic_score, phenotypes_by_ancestry
from latentmr.typing import Array, Codes

__all__ = ["CONFOUNDERS", "confounded_traits", "refuse_unknown_confounder"]

CONFOUNDERS = ("ancestry", "local", "site", "assortative")
#: Largest correlation of the exposure's score with the trait on which mates are matched.
STRONGEST = 0.6
#: Number of populations for each one that a local confounder sets apart, and the steepness of its step.
ONE_IN, STEEPNESS = 7, 20.0


def refuse_unknown_confounder(confounder: str) -> None:
    """Reject a confounder that does not exist.

    Raises
    ------
    ValueError
    """
    if confounder not in CONFOUNDERS:
        raise ArgumentError(
            "confounder", f"be one of {', '.join(CONFOUNDERS)}", f"{confounder!r}", "use one of these names"
        )


def confounded_traits(
    confounder: str, G: NDArray[np.int8], ancestry: Array, env: Codes, beta: float, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Draw an exposure and an outcome, and return also the latents given which the genotypes are unconfounded.

    All confounders ``c`` have unit variance, and phenotypes are those of
    :func:`~latentmr.simulate.admixture.confounded_phenotypes`.

    - ``ancestry``: ``c`` is a random combination of the ancestries. The latents are these.
    - ``local``: ``c`` sets one population in seven apart, at least one, by a steep function of their joint share in an
      individual's ancestry, ``1 / (1 + exp(-20 (share - 1/2)))``. The leading principal components describe other,
      larger differences. The latents are the ancestries and ``c``.
    - ``site``: ``c`` is a random combination of the ancestries that is drawn again in each site. No function of
      ancestry alone describes it. The latents are the products of ancestries and site indicators.
    - ``assortative``: ``c`` is another heritable trait ``w``. Generations of mates matched on ``w`` have correlated it
      with the exposure's own score ``g``, to a different degree in each site: ``w = r_e std(g) + sqrt(1 - r_e^2) N``
      with ``r_e ~ U(0, 0.6)``. The latent is ``w``.

    Parameters
    ----------
    confounder : str
        One of :data:`CONFOUNDERS`.
    G : np.ndarray of dimension (n, p)
        Allele counts of the instruments.
    ancestry : np.ndarray of dimension (n, d)
        Ancestry proportions, or population indicators.
    env : np.ndarray of dimension (n,)
        Codes of the sites.
    beta : float
        True effect.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of dimension (n,)
        Exposure.
    np.ndarray of dimension (n,)
        Outcome.
    np.ndarray of dimension (n, d_v)
        Confounded latents.
    """
    if confounder == "ancestry":
        return *phenotypes_by_ancestry(G, ancestry, beta, rng), ancestry
    if confounder == "local":
        c = _standardised(_step(ancestry, rng))
        # if ancestries are indicators, the step is in their span
        discrete = bool(((ancestry == 0) | (ancestry == 1)).all())
        V = ancestry if discrete else np.column_stack([ancestry, c])
    elif confounder == "site":
        sites = np.eye(int(env.max()) + 1)[env]
        weights = rng.normal(size=(sites.shape[1], ancestry.shape[1]))
        c = _standardised(np.einsum("ik,ik->i", weights[env], ancestry))
        V = (sites[:, :, None] * ancestry[:, None, :]).reshape(len(env), -1)
    else:
        g = genetic_score(G, rng)
        r = rng.uniform(0, STRONGEST, int(env.max()) + 1)[env]
        w = r * g / g.std() + np.sqrt(1 - r**2) * rng.normal(size=len(env))
        return *confounded_phenotypes(g, w, beta, rng), w[:, None]
    return *confounded_phenotypes(genetic_score(G, rng), c, beta, rng), V[:, V.any(axis=0)]


def _step(ancestry: Array, rng: np.random.Generator) -> Array:
    """Return a steep function of the joint share of a few populations, drawn among those that are not rare."""
    share = ancestry.mean(axis=0)
    chance = share * (1 - share)
    number = min(max(1, ancestry.shape[1] // ONE_IN), int((chance > 0).sum()))
    few = rng.choice(ancestry.shape[1], number, replace=False, p=chance / chance.sum())
    return np.asarray(expit(STEEPNESS * (ancestry[:, few].sum(axis=1) - 0.5)))


def _standardised(values: Array) -> Array:
    return np.asarray((values - values.mean()) / values.std())

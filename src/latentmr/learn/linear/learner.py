"""The closed-form learner, in its stationary and its factor form."""

from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.learn.encoders.encoder import LinearEncoder
from latentmr.learn.learner import Learner, Watch
from latentmr.learn.linear.factor import fit_factor_form
from latentmr.learn.linear.moments import (
    EnvironmentMoments,
    environment_moments,
    free_of_aux,
    mean_shift,
    usable_environments,
)
from latentmr.learn.linear.relearning import people_digest
from latentmr.learn.linear.stationary import choose_k, order_by_stationarity, stationarity_p_values
from latentmr.learn.representation import Representation
from latentmr.learn.settings import LearnerSettings
from latentmr.results.history import History
from latentmr.typing import Array

__all__ = ["LinearLearner", "NoStationaryDirectionError", "form_for"]


#: People whose products calibrate the test of stationarity.
SAMPLE = 2000


class NoStationaryDirectionError(ValueError):
    """No linear combination of the genotypes has the same law in all environments."""


@dataclass(frozen=True, kw_only=True)
class LinearLearner(LearnerSettings, Learner):
    """Instruments that are linear in the genotypes, in closed form.

    The *stationary* form finds the directions whose mean and covariance are the same in all environments (analytic
    stationary subspace analysis; Hara et al., 2012): right for linear mixing of continuous instruments. The *factor*
    form is for variants in linkage equilibrium: independent given the confounded latents, so that whatever
    correlates them, or shifts their means together between environments, is confounded. The factors are found by
    maximum likelihood over all environments at once, and the instruments are the directions that load on none.

    Parameters
    ----------
    k : int or "auto"
        Number of instruments. Auto: in the stationary form the largest k whose directions are stationary within
        sampling error, in the factor form all ``p - n_factors`` directions.
    form : str
        ``auto``, ``stationary`` or ``factor``; auto takes the factor form for counts and dosages.
    n_factors : int or "auto"
        Factors of the factor form; auto takes the number with the smallest AIC of the multigroup model.
    alpha : float
        Level of the test of stationarity behind ``k="auto"``.
    seed : int
        Draws the people who calibrate that test; nothing else is random.

    Examples
    --------
    >>> from latentmr.simulate import admixture
    >>> data = admixture(n=2000, p=12, seed=1).dataset
    >>> model = LinearLearner().fit(data)
    >>> model.form, model.k == 12 - model.history.n_factors
    ('factor', True)
    """

    alpha: float = 0.01
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1:
            raise ArgumentError("alpha", "lie between 0 and 1", f"{self.alpha:g}")
        super().__post_init__()

    def fit(self, dataset: Dataset, watch: Watch | None = None) -> Representation:
        """Learn instruments from the rows in learning.

        Parameters
        ----------
        dataset : Dataset
            With at least two usable environments and fewer variants than people.
        watch : callable, optional
            Not called: the closed form is done before there is progress to tell.

        Returns
        -------
        Representation

        Raises
        ------
        ValueError
            Fewer than two usable environments, more variants than people, ``k`` or ``n_factors`` too large, variants
            that do not vary (factor form), or no direction that is stationary.
        """
        moments = environment_moments(dataset)
        p = dataset.p
        people = int(moments.n.sum())
        if p >= people:
            raise ArgumentError("instruments", "be fewer than people", f"{p} variants for {people} people in learning")
        form = form_for(self.form, dataset)
        if form == "stationary" and self.number_of_factors is not None:
            raise ArgumentError(
                "n_factors", "be left out with the stationary form", "both", "choose `form` factor or give `k`"
            )
        aux_weights, freed = free_of_aux(moments, p)
        if form == "factor":
            _refuse_constant(moments, freed, dataset)
            z_weights, v_weights, found = self._factor(freed, dataset)
        else:
            z_weights, v_weights, found = self._stationary(freed, dataset, aux_weights)
        pooled = moments.pooled_mean
        encoder = LinearEncoder(pooled[:p], pooled[p:], aux_weights, z_weights, v_weights)
        found = replace(
            found,
            form=form,
            n_learning=people,
            people=people_digest(dataset),
            variability=mean_shift(moments.take(p)),
            environments=tuple(dataset.env_names[e] for e in usable_environments(dataset)),
        )
        return Representation(
            encoder=encoder,
            variants=dataset.variants,
            kind=dataset.kind,
            env_names=dataset.env_names,
            fill=dataset.fill,
            aux_names=dataset.aux_names,
            learner={"name": "linear"} | self.settings,
            history=found,
        )

    def _factor(self, moments: EnvironmentMoments, dataset: Dataset) -> tuple[Array, Array, History]:
        p = moments.mean.shape[1]
        given = self.number_of_factors
        if given is not None and given > p // 2:
            raise ArgumentError(
                "n_factors", f"be at most half the variants ({p // 2})", f"{given}", "give a smaller `n_factors`"
            )
        with threadpool_limits(1):  # small matrices: more threads cost time, and change the last digits
            fit = fit_factor_form(moments, given, dataset.variants)
        ordered = order_by_stationarity(moments.mapped(fit.z_weights))
        z_weights = fit.z_weights @ ordered.weights
        k = _at_most(self.number, z_weights.shape[1], f"variants less factors ({p} - {fit.n_factors})")
        found = History(
            rule=fit.rule,
            candidates=tuple(fit.candidates),
            linkage=fit.linkage,
            n_factors=fit.n_factors,
            k_available=z_weights.shape[1],
        )
        return z_weights[:, :k], fit.v_weights, found

    def _stationary(
        self, moments: EnvironmentMoments, dataset: Dataset, aux_weights: Array
    ) -> tuple[Array, Array, History]:
        ordered = order_by_stationarity(moments)
        rank = ordered.weights.shape[1]
        mapped = moments.mapped(ordered.weights)
        p_values = stationarity_p_values(mapped, self._sample(dataset, aux_weights, ordered.weights, mapped))
        counted, found = choose_k(p_values, self.alpha)
        if self.number is None and counted == 0:
            raise NoStationaryDirectionError(
                "G must have a direction whose law is the same in all environments. Got none within sampling error;"
                " the learned instruments would not be valid. Try other environments, `aux`, or `form` factor for"
                " unlinked variants."
            )
        k = counted if self.number is None else _at_most(self.number, rank, "independent columns of G")
        eigenvalues = tuple(ordered.eigenvalues.tolist())
        found = replace(found, eigenvalues=eigenvalues, k_stationary=counted, k_available=rank)
        return ordered.weights[:, :k], ordered.weights[:, k:], found

    def _sample(self, dataset: Dataset, aux_weights: Array, weights: Array, mapped: EnvironmentMoments) -> Array:
        rows = np.flatnonzero(dataset.in_learning)
        if len(rows) > SAMPLE:
            rows = np.sort(np.random.default_rng(self.seed).choice(rows, SAMPLE, replace=False))
        _, block = next(iter(dataset.blocks(rows, size=SAMPLE)))
        coordinates = (block - dataset.A[rows] @ aux_weights) @ weights
        position = np.searchsorted(usable_environments(dataset), dataset.env[rows])
        return coordinates - mapped.mean[position]


def _refuse_constant(moments: EnvironmentMoments, freed: EnvironmentMoments, dataset: Dataset) -> None:
    p = dataset.p
    size = np.diag(moments.pooled)[:p] + moments.pooled_mean[:p] ** 2
    flat = np.flatnonzero(np.diag(freed.pooled) <= 1e-12 * size)
    if len(flat):
        given = " given the auxiliary features" if dataset.A.shape[1] else ""
        raise ArgumentError(
            "variants",
            f"vary among the people in learning{given}",
            f"{len(flat)} that do not, {dataset.variants['id'].iloc[flat[0]]} first",
            "leave them out",
        )


def form_for(form: str, dataset: Dataset) -> str:
    """``auto`` becomes ``stationary`` for continuous instruments, ``factor`` for counts and dosages."""
    if form != "auto":
        return form
    return "stationary" if dataset.kind == "continuous" else "factor"


def _at_most(k: int | None, most: int, what: str) -> int:
    if k is not None and k > most:
        raise ArgumentError("k", f"be at most the number of {what}, {most}", f"{k}", "give a smaller `k`")
    return most if k is None else k

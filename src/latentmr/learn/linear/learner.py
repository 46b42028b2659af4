"""Define the closed-form learner, in its stationary and its factor form."""

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


#: Number of individuals whose products calibrate the test of stationarity.
SAMPLE = 2000


class NoStationaryDirectionError(ArgumentError):
    """No linear combination of the genotypes has the same distribution in all environments."""


@dataclass(frozen=True, kw_only=True, repr=False)
class LinearLearner(LearnerSettings, Learner):
    """Instruments that are linear in the genotypes, in closed form.

    The *stationary* form finds the directions whose mean and covariance are the same in all environments (analytic
    stationary subspace analysis; Hara et al., 2012). It suits linear mixing of continuous instruments.

    The *factor* form is for variants in linkage equilibrium, which are independent given the confounded latents.
    Whatever correlates these variants, or shifts their means together between environments, is confounded. Maximum
    likelihood over all environments at once finds the factors. The instruments are the directions that load on no
    factor.

    Parameters
    ----------
    k : int or "auto"
        Number of instruments. With ``auto``, the stationary form uses the largest k whose directions are stationary
        within sampling error, and the factor form uses all ``p - n_factors`` directions.
    form : str
        ``auto``, ``stationary`` or ``factor``. With ``auto``, counts and dosages take the factor form.
    n_factors : int or "auto"
        Number of factors of the factor form. With ``auto``, it is the number with the smallest AIC of the multigroup
        model.
    alpha : float
        Level of the test of stationarity behind ``k="auto"``.
    seed : int
        Seed that selects the individuals who calibrate that test; nothing else is random.

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
            raise ArgumentError("alpha", "lie between 0 and 1", f"{self.alpha:g}", "0.05 is a usual level")
        super().__post_init__()

    def fit(self, dataset: Dataset, watch: Watch | None = None) -> Representation:
        """Learn instruments from the rows marked for learning.

        Parameters
        ----------
        dataset : Dataset
            Data set with at least two usable environments and fewer variants than individuals.
        watch : callable, optional
            Not called, because the closed form has no progress to report.

        Returns
        -------
        Representation

        Raises
        ------
        ValueError
            If there are fewer than two usable environments, or more variants than individuals. Also if ``k`` or
            ``n_factors`` is too large, if a variant does not vary (factor form), or if no direction is stationary.
        """
        moments = environment_moments(dataset)
        p = dataset.p
        n = int(moments.n.sum())
        if p >= n:
            raise ArgumentError(
                "instruments",
                "be fewer than individuals",
                f"{p} variants for {n} individuals in learning",
                "use fewer variants or more individuals",
            )
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
            n_learning=n,
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
            structure=dataset.structure,
        )

    def _factor(self, moments: EnvironmentMoments, dataset: Dataset) -> tuple[Array, Array, History]:
        p = moments.mean.shape[1]
        given = self.number_of_factors
        if given is not None and given > p // 2:
            raise ArgumentError(
                "n_factors", f"be at most half the variants ({p // 2})", f"{given}", "give a smaller `n_factors`"
            )
        with threadpool_limits(1):  # the matrices are small: more threads cost time and change the last digits
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
                "G",
                "have a direction whose distribution is the same in all environments",
                "none within sampling error; the learned instruments would not be valid",
                "Try other environments, `aux`, or `form` factor for variants in linkage equilibrium",
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
            f"vary among the individuals in learning{given}",
            f"{len(flat)} that do not, {dataset.variants['id'].iloc[flat[0]]} first",
            "leave them out",
        )


def form_for(form: str, dataset: Dataset) -> str:
    """Return the form that ``auto`` stands for: ``stationary`` for continuous instruments, else ``factor``."""
    if form != "auto":
        return form
    return "stationary" if dataset.kind == "continuous" else "factor"


def _at_most(k: int | None, most: int, what: str) -> int:
    if k is not None and k > most:
        raise ArgumentError("k", f"be at most the number of {what}, {most}", f"{k}", "give a smaller `k`")
    return most if k is None else k

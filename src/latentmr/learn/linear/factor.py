"""Fit the factor form: for variants in linkage equilibrium, any correlation between them is confounding."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pandas as pd

from latentmr.learn.linear.factor_analysis import factor_analysis, next_factor_statistic
from latentmr.learn.linear.linkage import linkage_summary
from latentmr.learn.linear.moments import EnvironmentMoments
from latentmr.learn.linear.multigroup import MultigroupFit, multigroup_factors
from latentmr.results.history import FactorsTried, LinkageSummary
from latentmr.typing import Array

__all__ = ["FactorFit", "fit_factor_form", "free_directions", "no_factor", "select_factors"]


# Tracy-Widom quantile (beta = 1, upper 30 %) at which the search for the number of factors starts. A generous
# start costs only a few fits, because the criterion decides.
START_QUANTILE = -0.6
#: Largest difference of the criterion at which a model with fewer factors counts as equally good.
AS_GOOD = 2.0


@dataclass(frozen=True)
class FactorFit:
    """Weights of the factor form.

    Parameters
    ----------
    z_weights : np.ndarray of dimension (p, p - r)
        Weights of directions that load on no factor, with unit variance within environments. The most stationary comes
        first.
    v_weights : np.ndarray of dimension (p, r)
        Weights of the factor scores (Bartlett).
    n_factors : int
        Number of factors.
    rule : str
        Rule that chose the number.
    candidates : list of FactorsTried
        Numbers of factors that were compared.
    linkage : LinkageSummary
        Check that the variants are in linkage equilibrium, as the form assumes.
    """

    z_weights: Array
    v_weights: Array
    n_factors: int
    rule: str
    candidates: list[FactorsTried]
    linkage: LinkageSummary


def fit_factor_form(moments: EnvironmentMoments, n_factors: int | None, variants: pd.DataFrame) -> FactorFit:
    """Fit the factor form.

    The instruments ``z`` are the part of ``Psi^-1/2 g`` orthogonal to ``Psi^-1/2 B``; ``v_hat`` is the part along it.

    Parameters
    ----------
    moments : EnvironmentMoments
        Moments of the variants.
    n_factors : int or None
        Number of factors; if None, :func:`select_factors` chooses it.
    variants : pandas.DataFrame
        Ids and chromosomes of the variants, for the check of linkage.

    Returns
    -------
    FactorFit
    """
    if n_factors is None:
        chosen, table = select_factors(moments)
    else:
        chosen = multigroup_factors(moments, n_factors) if n_factors else no_factor(moments)
        table = [_row(n_factors, chosen)]
    B, psi = chosen.loadings, chosen.uniqueness
    r = B.shape[1]
    free = free_directions(B, psi)
    weighted = B / psi[:, None]
    v_weights = np.asarray(np.linalg.solve(weighted.T @ B, weighted.T).T)
    rule = f"fewest factors with AIC within {AS_GOOD:g} of the smallest, in the multigroup model"
    linked = linkage_summary(moments.within, B @ chosen.factor_covariance @ B.T, float(moments.n.sum()), variants)
    return FactorFit(free, v_weights, r, rule if n_factors is None else "given", table, linked)


def free_directions(loadings: Array, uniqueness: Array) -> Array:
    """Return weights ``[p, p - r]`` of ``Psi^-1/2 g`` orthogonal to ``Psi^-1/2 B``: they load on no factor."""
    unit = 1 / np.sqrt(uniqueness)
    rotation = np.linalg.svd(loadings * unit[:, None], full_matrices=True)[0]
    return np.asarray(unit[:, None] * rotation[:, loadings.shape[1] :])


def select_factors(moments: EnvironmentMoments) -> tuple[MultigroupFit, list[FactorsTried]]:
    """Select the smallest number of factors whose AIC, in the multigroup model, is within 2 of the best.

    A missed factor biases the effect, whereas a superfluous one only costs an instrument. The criterion is therefore
    AIC, not BIC. Models within 2 of each other are equally good (Burnham and Anderson, 2002). The search starts from
    the number of factors in the pooled data (Tracy-Widom) and goes down and up while the criterion falls.

    Parameters
    ----------
    moments : EnvironmentMoments
        Moments of the variants.

    Returns
    -------
    MultigroupFit
        Model with that number of factors.
    list of FactorsTried
        All numbers tried.
    """
    largest = max(1, len(moments.mean[0]) // 2)
    pooled = cache(partial(factor_analysis, moments.pooled))
    fits: dict[int, MultigroupFit] = {}

    def aic(r: int) -> float:
        if r not in fits:
            fits[r] = multigroup_factors(moments, r, start=pooled(r)) if r else no_factor(moments)
        return fits[r].aic

    best = _pooled_number(moments, pooled, largest)
    for step in (-1, 1):
        while 0 <= best + step <= largest and aic(best + step) < aic(best):
            best += step
    # go one step further on both sides, because the criterion need not be unimodal
    for r in (best - 2, best - 1, best + 1, best + 2):
        if 0 <= r <= largest and aic(r) < aic(best):
            best = r
    kept = min(r for r in fits if fits[r].aic <= fits[best].aic + AS_GOOD)
    return fits[kept], [_row(r, fits[r]) for r in sorted(fits)]


def no_factor(moments: EnvironmentMoments) -> MultigroupFit:
    """Return the model without factors: equal means, and variances that are free in each environment."""
    scale = np.diag(moments.pooled)
    mean = moments.pooled_mean
    variances = np.einsum("epp->ep", moments.covariance) + (moments.mean - mean) ** 2
    E, p = variances.shape
    relative = variances / scale
    value = float(-0.5 * (moments.n[:, None] * (np.log(relative) + 1)).sum())
    return MultigroupFit(np.zeros((p, 0)), moments.weight @ variances, np.zeros((0, 0)), value, p + E * p, True)


def _pooled_number(moments: EnvironmentMoments, pooled: Callable[[int], tuple[Array, Array]], largest: int) -> int:
    """Return the number of factors in the pooled data."""
    S, n = moments.pooled, float(moments.n.sum())
    for r in range(largest + 1):
        if next_factor_statistic(S, *pooled(r), n) < START_QUANTILE:
            return r
    return largest


def _row(r: int, fit: MultigroupFit) -> FactorsTried:
    return FactorsTried(n_factors=r, aic=fit.aic, log_likelihood=fit.log_likelihood, converged=fit.converged)

"""Weak-instrument-robust confidence sets, for each exposure."""

from dataclasses import dataclass

import numpy as np

from latentmr.iv.kclass import Fit
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.weak.anderson_rubin import anderson_rubin_set
from latentmr.iv.weak.conditional_likelihood_ratio import conditional_likelihood_ratio_set
from latentmr.iv.weak.kleibergen import robust_conditional_likelihood_ratio_set
from latentmr.iv.weak.robust_anderson_rubin import robust_anderson_rubin_set
from latentmr.iv.weak.subvector import subvector_set
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import ConfidenceSet

__all__ = ["RobustSets", "robust_sets"]


@dataclass(frozen=True)
class RobustSets:
    """Anderson-Rubin and conditional likelihood-ratio sets of one exposure; a set is None if it does not apply."""

    anderson_rubin: ConfidenceSet | None
    likelihood_ratio: ConfidenceSet | None


def robust_sets(fit: Fit, reduced: ReducedForm, alpha: float) -> list[RobustSets]:
    """Compute the sets of each exposure, with the type of errors of the reduced form.

    Parameters
    ----------
    fit : Fit
        A fit with instruments.
    reduced : ReducedForm
        Its reduced form.
    alpha : float
        Significance level.

    Returns
    -------
    list of RobustSets
        With several exposures only subvector Anderson-Rubin sets. Sets are None if the covariance of the moments is
        singular, for example with fewer clusters than instruments.
    """
    if reduced.m > 1:
        try:
            return [RobustSets(subvector_set(reduced, j, alpha), None) for j in range(reduced.m)]
        except np.linalg.LinAlgError:
            return [RobustSets(None, None)] * reduced.m
    if reduced.se_type == "homoskedastic":
        return [RobustSets(anderson_rubin_set(fit, alpha), conditional_likelihood_ratio_set(fit, alpha))]
    if _explained(fit):
        return [RobustSets(None, None)]
    try:
        anderson_rubin = robust_anderson_rubin_set(reduced, alpha)
        return [RobustSets(anderson_rubin, robust_conditional_likelihood_ratio_set(reduced, alpha))]
    except np.linalg.LinAlgError:  # fewer clusters than instruments: their covariance is singular
        return [RobustSets(None, None)]


def _explained(fit: Fit) -> bool:
    """Return whether the instruments explain exposure and outcome entirely, so that the moments have no error."""
    left = fit.total - fit.within
    return bool((left.diagonal() <= RANK_TOLERANCE * fit.total.diagonal()).all())

"""Inverse-variance weighted multivariable MR, by least squares or robust regression."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.two_sample.methods.ivw import MODELS, Ivw
from latentmr.two_sample.methods.multivariable.several_associations import Dispersion, check_several, wald_of_several
from latentmr.two_sample.methods.regression import regress
from latentmr.two_sample.methods.robust_regression import mm_regression

__all__ = ["ivw", "robust_ivw"]


def ivw(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    model: str = "auto",
    distribution: str = "normal",
    correlation: ArrayLike | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate the direct effect of each exposure by regression of ``by`` on ``BX`` through the origin.

    The estimates are consistent if the variants affect the outcome through these exposures alone, or if their other
    effects are zero on average and independent of those on the exposures. Each exposure must be predicted by the
    variants given the other exposures (``conditional_f``). Errors of ``BX`` are ignored. The method does not remove
    confounding of the variants with the outcome (population stratification, assortative mating).

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors, which are checked but not used.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors.
    names : sequence of str, optional
        Names of the exposures.
    model : str
        ``auto``: fixed effects up to three variants, else multiplicative random effects that never reduce the standard
        error, as ``MendelianRandomization::mr_mvivw``. ``fixed`` and ``random``: one of both. ``dispersed``: always
        multiplied by the dispersion, as ``MVMR::ivw_mvmr`` and ``TwoSampleMR::mv_multiple``.
    distribution : str
        ``normal``, as MendelianRandomization and TwoSampleMR, or ``t`` with p - m degrees of freedom, as MVMR.
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants, for the effect alleles.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure, with details of class :class:`~latentmr.two_sample.methods.ivw.Ivw`, whose Q is
        that of the model.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Burgess & Thompson (2015) Am J Epidemiol 181:251. Sanderson et al. (2019) Int J Epidemiol 48:713.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> by = [0.05, 0.09, -0.01, 0.07, 0.14]
    >>> found = ivw(BX, by, [[0.01, 0.01]] * 5, [0.02] * 5, names=("LDL", "HDL"))
    >>> [(each.exposure, round(each.beta, 3)) for each in found]
    [('LDL', 0.511), ('HDL', -0.173)]
    """
    if model not in MODELS:
        raise ArgumentError("model", f"be one of {', '.join(MODELS)}", f"{model!r}", "auto is usual")
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    data = check_several(BX, by, SX, sy, names=names, correlation=correlation)
    fit = regress(data.BX, data.by, data.sy, data.correlation)
    if model == "fixed" or (model == "auto" and data.p <= 3):
        factor = 1.0
    else:
        factor = fit.dispersion if model == "dispersed" else max(fit.dispersion, 1.0)
    return wald_of_several(
        "multivariable IVW",
        data,
        fit.coefficients,
        factor * fit.se,
        df=fit.df if distribution == "t" else np.inf,
        alpha=alpha,
        details=Ivw(
            q_statistic=fit.q_statistic,
            q_df=fit.df,
            q_p_value=float(stats.chi2.sf(fit.q_statistic, fit.df)),
            dispersion=fit.dispersion,
        ),
    )


def robust_ivw(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    model: str = "auto",
    distribution: str = "normal",
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate inverse-variance weighted effects by MM-estimation, which down-weights outlying variants.

    The assumptions are those of :func:`ivw`, for more than half of the variants. The method does not remove confounding
    of the variants with the outcome.

    Parameters
    ----------
    BX, by, SX, sy, names, distribution, alpha
        See :func:`ivw`.
    model : str
        ``auto`` and ``random``: standard errors of the robust regression, with the scale set to 1 if it is below 1
        (``MendelianRandomization::mr_mvivw(robust=TRUE)``). ``fixed``: standard errors for a scale of 1.
    seed : int
        Seed of the random restarts of the regression. It is not used if all subsets are tried.

    Returns
    -------
    Estimates
        One estimate for each exposure, with the robust scale of the residuals in the details.

    Raises
    ------
    ValueError
        If the associations are invalid, or there are too few variants.

    References
    ----------
    Rees, Wood, Dudbridge & Burgess (2019) PLoS One 14:e0222362. Grant & Burgess (2021) Stat Med 40:5813.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05], [0.2, -0.1], [0.1, 0.1]]
    >>> by = [0.05, 0.08, -0.02, 0.07, 0.14, 0.11, 0.9]
    >>> found = robust_ivw(BX, by, [[0.01, 0.01]] * 7, [0.02] * 7)
    >>> [round(each.beta, 1) for each in found]
    [0.5, -0.2]
    """
    if model not in ("auto", "fixed", "random"):
        raise ArgumentError("model", "be one of auto, fixed, random", f"{model!r}", "auto is usual")
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    data = check_several(BX, by, SX, sy, names=names)
    coefficients, covariance, scale = mm_regression(data.BX, data.by, data.sy**-2, seed=seed)
    divisor = scale if model == "fixed" or (model == "auto" and data.p <= 3) else min(1.0, scale)
    return wald_of_several(
        "robust multivariable IVW",
        data,
        coefficients,
        np.sqrt(np.diag(covariance)) / divisor,
        df=data.p - data.m if distribution == "t" else np.inf,
        alpha=alpha,
        details=Dispersion(dispersion=scale),
    )

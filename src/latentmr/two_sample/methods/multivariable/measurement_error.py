"""Multivariable IVW that accounts for the errors of the effects on the exposures."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.two_sample.methods.ivw import Ivw
from latentmr.two_sample.methods.least_q import least_q
from latentmr.two_sample.methods.multivariable.several_associations import check_several, wald_of_several

__all__ = ["ivw_measurement_error"]


def ivw_measurement_error(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    exposure_correlation: ArrayLike | None = None,
    model: str = "auto",
    distribution: str = "normal",
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    r"""Estimate direct effects without bias towards zero from weak variants.

    The estimate maximises the likelihood with free true effects on the exposures. It minimises
    :math:`\sum_j (b_{yj} - b_{xj}'\beta)^2 / (s_{yj}^2 + \beta' V_j \beta)`exactly.
    ``MendelianRandomization::mr_mvivwme`` stops when a step gains less than 1e-4, so its third digit may differ.
    Standard errors are those of the estimating equations, multiplied by the dispersion of IVW's residuals if that is
    above 1. The method does not remove confounding of the variants with the outcome.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors, from a sample that does not overlap the exposures' samples.
    names : sequence of str, optional
        Names of the exposures.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the errors of a variant's effects on the exposures: those of the exposures if their effects come
        from one sample, and zero (the default) if they come from separate samples.
    model : str
        ``auto`` (``fixed`` up to three variants, else ``random``), ``fixed``, or ``random`` (standard errors multiplied
        by the dispersion).
    distribution : str
        ``normal`` or ``t`` with p - m degrees of freedom.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure. The details, of class :class:`~latentmr.two_sample.methods.ivw.Ivw`, hold the
        minimum of Q, and the dispersion of residuals over the errors of ``by`` alone.

    Raises
    ------
    ValueError
        If the associations are invalid, or the exposures are too weak for an estimate.

    References
    ----------
    Zhu, Burgess & Grant (2022) arXiv:2203.08668.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> found = ivw_measurement_error(BX, [0.05, 0.09, -0.01, 0.07, 0.14], [[0.03, 0.03]] * 5, [0.02] * 5)
    >>> [round(each.beta, 3) for each in found]
    [0.511, -0.174]
    """
    if model not in ("auto", "fixed", "random"):
        raise ArgumentError("model", "be one of auto, fixed, random", f"{model!r}", "auto is usual")
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    data = check_several(BX, by, SX, sy, names=names, exposure_correlation=exposure_correlation)
    fit = least_q(data.BX, data.by, data.covariances, data.sy**2)
    inverse = np.linalg.inv(fit.information)
    df = data.p - data.m
    residuals = (data.by - data.BX @ fit.beta) / data.sy
    dispersion = float(np.sqrt(residuals @ residuals / df))
    factor = 1.0 if model == "fixed" or (model == "auto" and data.p <= 3) else max(1.0, dispersion)
    return wald_of_several(
        "multivariable IVW with measurement error",
        data,
        fit.beta,
        factor * np.sqrt(np.maximum(np.diag(inverse @ fit.scores @ inverse), 0.0)),
        df=df if distribution == "t" else np.inf,
        alpha=alpha,
        details=Ivw(
            q_statistic=fit.q_statistic,
            q_df=df,
            q_p_value=float(stats.chi2.sf(fit.q_statistic, df)),
            dispersion=dispersion,
        ),
    )

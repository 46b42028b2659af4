"""Multivariable MR by the generalised method of moments, with or without overdispersion."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import brentq

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.two_sample.methods.heterogeneity import Overdispersed
from latentmr.two_sample.methods.least_q import least_q, q_terms
from latentmr.two_sample.methods.multivariable.several_associations import (
    SeveralAssociations,
    check_several,
    wald_of_several,
)
from latentmr.two_sample.methods.standardised import residual_covariance, spread_of_variants
from latentmr.typing import Array

__all__ = ["gmm", "joint_covariances", "overdispersion_at"]


def gmm(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    samples: tuple[ArrayLike, float],
    names: Sequence[str] | None = None,
    exposure_correlation: ArrayLike | None = None,
    robust: bool = True,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    r"""Estimate direct effects by continuously updated GMM (LIML) from uncorrelated variants.

    Moments :math:`b_y - B_x\beta` have the variance :math:`(1 - R_y^2) / (a_{yj}(n_y - p + 1)) + \beta' V_j \beta`, in
    which standardised traits are regressed on all variants jointly, and :math:`a_j = 1 / (n s_j^2 + b_j^2)` is the
    variance of a variant. With ``robust``, pleiotropic effects of variance :math:`\kappa / n_y` are added, with
    :math:`\kappa` at which Q equals p - m at the effects without overdispersion. The method does not remove confounding
    of the variants with the outcome.

    The definition is that of ``MendelianRandomization::mr_mvgmm``, but the estimates differ. That function gives its
    optimiser the derivative of another criterion, and so stops before the minimum. Its estimates have a larger Q than
    these, which are the exact minimum.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on standardised exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the standardised outcome, and their standard errors.
    samples : (float or array_like of dimension (m,), float)
        Sample sizes of the exposures and of the outcome, whose samples do not overlap.
    names : sequence of str, optional
        Names of the exposures.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the exposures, if their effects come from one sample. By default they are taken to be zero.
    robust : bool
        Whether to allow for overdispersion.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure. The details, of class
        :class:`~latentmr.two_sample.methods.heterogeneity.Overdispersed`, hold Q at the effects. Without ``robust``
        they hold its p value (null: all variants act through the exposures alone). With ``robust`` they hold the
        overdispersion :math:`\kappa` (if it is negative, 0 is used) and the remaining Q.

    Raises
    ------
    ValueError
        If the associations are invalid, the samples are too small, or the exposures are too weak for an estimate.

    References
    ----------
    Hansen (1982) Econometrica 50:1029. Patel et al., Robust use of phenotypic heterogeneity at drug target genes for
    mechanistic insights (preprint).

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> found = gmm(BX, [0.05, 0.09, -0.01, 0.07, 0.14], [[0.02, 0.02]] * 5, [0.02] * 5, samples=(5000, 5000))
    >>> [round(each.beta, 3) for each in found]
    [0.511, -0.174]
    """
    data = check_several(BX, by, SX, sy, names=names, exposure_correlation=exposure_correlation)
    VX = joint_covariances(data, samples[0])
    ny = np.array([float(samples[1])])
    spread = spread_of_variants(data.by, data.sy, ny[0])
    left = residual_covariance(np.array([[spread @ data.by**2]]), np.eye(1), ny, data.p, "samples")
    vy = left[0, 0] / spread
    fit, df = least_q(data.BX, data.by, VX, vy), data.p - data.m
    overdispersion, q_p_value = None, None
    if robust:
        e, v = q_terms(data.BX, data.by, VX, vy, fit.beta)
        overdispersion = float(ny[0]) * overdispersion_at(e**2, v, df)
        fit = least_q(data.BX, data.by, VX, vy + max(0.0, overdispersion) / ny[0], starts=[fit.beta])
    else:
        q_p_value = float(stats.chi2.sf(fit.q_statistic, df))
    weighted = data.BX / np.sqrt(fit.variances)[:, None]
    se = np.sqrt(np.diag(np.linalg.inv(weighted.T @ weighted)))
    details = Overdispersed(q_statistic=fit.q_statistic, q_df=df, q_p_value=q_p_value, overdispersion=overdispersion)
    return wald_of_several("multivariable GMM", data, fit.beta, se, alpha=alpha, details=details)


def joint_covariances(data: SeveralAssociations, samples: ArrayLike) -> Array:
    """Return covariances ``[p, m, m]`` of each variant's effects on standardised exposures in a joint regression.

    Parameters
    ----------
    data : SeveralAssociations
    samples : float or array_like of dimension (m,)
        Sample size of each exposure.

    Returns
    -------
    np.ndarray of dimension (p, m, m)

    Raises
    ------
    ValueError
        If samples are too small, or their number differs from that of the exposures.
    """
    sizes = np.asarray(samples, dtype=np.float64)
    if sizes.shape not in ((), (data.m,)):
        raise ArgumentError(
            "samples",
            f"be one number for the exposures, or {data.m}",
            f"shape {sizes.shape}",
            "give one sample size for each exposure",
        )
    sizes = np.broadcast_to(sizes, (data.m,))
    spread = spread_of_variants(data.BX, data.SX, sizes)
    root = np.sqrt(spread)
    explained = (root * data.BX).T @ (root * data.BX)
    left = residual_covariance(explained, data.exposure_correlation, sizes, data.p, "samples")
    return np.asarray(left / (root[:, :, None] * root[:, None, :]))


def overdispersion_at(squares: Array, variances: Array, df: int) -> float:
    """Return the number that, added to all variances, makes ``sum(squares / variances)`` equal to ``df``.

    It may be negative.

    Parameters
    ----------
    squares, variances : np.ndarray of dimension (p,)
        Squared residuals, and their variances without this number.
    df : int

    Returns
    -------
    float

    Examples
    --------
    >>> round(overdispersion_at(np.array([1.0, 3.0, 5.0]), np.array([1.0, 1.0, 1.0]), 3), 6)
    2.0
    """

    def excess(extra: float) -> float:
        return float((squares / (variances + extra)).sum()) - df

    # at the lower bound one term alone equals df; at the upper bound the sum is below df
    low = float(np.max(squares / df - variances))
    high = float(squares.sum() / df - variances.min())
    if variances.min() + low <= 0 or excess(low) <= 0 or high <= low:
        return low
    return float(brentq(excess, low, high, xtol=1e-15 * (high - low), rtol=1e-14))

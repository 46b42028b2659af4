"""Multivariable MR by minimisation of heterogeneity, with balanced pleiotropy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import brentq

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.two_sample.methods.heterogeneity import Overdispersed
from latentmr.two_sample.methods.least_q import LeastQ, least_q
from latentmr.two_sample.methods.multivariable.several_associations import (
    SeveralAssociations,
    check_several,
    wald_of_several,
)

__all__ = ["q_minimisation"]


def q_minimisation(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    exposure_correlation: ArrayLike | None = None,
    overdispersion: float | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    r"""Estimate direct effects by minimisation of the heterogeneity statistic Q.

    The estimate minimises
    :math:`Q(\beta, \tau^2) = \sum_j (b_{yj} - b_{xj}'\beta)^2 / (s_{yj}^2 + \beta' V_j \beta + \tau^2)`. The variance
    :math:`\tau^2 \ge 0` of balanced pleiotropic effects is that at which the minimum equals its degrees of freedom
    p - m. Weak variants do not bias the estimate towards zero. ``MVMR::qhet_mvmr`` 0.4.6 intends the same. It replaces
    :math:`\tau^2` by the squared distance of Q from its degrees of freedom at the end of its search. This number is
    arbitrary, and often so large that all variants have equal weights. Give it as ``overdispersion`` to reproduce that
    function's estimate. The method does not remove confounding of the variants with the outcome.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors, from a sample that does not overlap the exposures' samples.
    names : sequence of str, optional
        Names of the exposures.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the errors of a variant's effects on the exposures. By default they are taken to be zero.
    overdispersion : float, optional
        :math:`\tau^2`, if it should not be estimated.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure, with standard errors of the estimating equations. The details, of class
        :class:`~latentmr.two_sample.methods.heterogeneity.Overdispersed`, hold :math:`\tau^2` and the minimum of Q
        without overdispersion (null: all variants act through the exposures alone).

    Raises
    ------
    ValueError
        If the associations are invalid, or the exposures are too weak for an estimate.

    References
    ----------
    Sanderson, Spiller & Bowden (2021) Stat Med 40:5434.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> found = q_minimisation(BX, [0.05, 0.02, -0.01, 0.1, 0.14], [[0.01, 0.01]] * 5, [0.01] * 5)
    >>> round(found[0].beta, 2), found[0].details.overdispersion > 0
    (0.47, True)
    """
    if overdispersion is not None and not 0 <= overdispersion < np.inf:
        raise ArgumentError("overdispersion", "be a variance, 0 or more", f"{overdispersion:g}", "leave it out")
    data = check_several(BX, by, SX, sy, names=names, exposure_correlation=exposure_correlation)
    plain = _least(data, 0.0)
    df = data.p - data.m
    tau2 = _balance(data, plain, df) if overdispersion is None else float(overdispersion)
    fit = _least(data, tau2) if tau2 > 0 else plain
    inverse = np.linalg.inv(fit.information)
    return wald_of_several(
        "multivariable Q minimisation",
        data,
        fit.beta,
        np.sqrt(np.maximum(np.diag(inverse @ fit.scores @ inverse), 0.0)),
        alpha=alpha,
        details=Overdispersed(
            overdispersion=tau2,
            q_statistic=plain.q_statistic,
            q_df=df,
            q_p_value=float(stats.chi2.sf(plain.q_statistic, df)),
        ),
    )


def _least(data: SeveralAssociations, tau2: float) -> LeastQ:
    return least_q(data.BX, data.by, data.covariances, data.sy**2 + tau2)


def _balance(data: SeveralAssociations, plain: LeastQ, df: int) -> float:
    """Return the variance at which the minimum of Q equals its degrees of freedom, or 0 if Q is below them."""
    if plain.q_statistic <= df:
        return 0.0
    size = float(((data.by - data.BX @ plain.beta) ** 2).sum()) / df
    return float(brentq(lambda tau2: _least(data, tau2).q_statistic - df, 0.0, size, xtol=1e-12 * size, rtol=1e-12))

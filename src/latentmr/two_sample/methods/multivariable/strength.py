"""Strength of instruments for each exposure given the others, and heterogeneity that is not weakness."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import TestResult
from latentmr.two_sample.methods.least_q import q_terms
from latentmr.two_sample.methods.multivariable.gmm import joint_covariances
from latentmr.two_sample.methods.multivariable.several_associations import check_several
from latentmr.two_sample.methods.regression import regress
from latentmr.typing import Array

__all__ = ["conditional_f", "heterogeneity"]


def conditional_f(
    BX: ArrayLike,
    SX: ArrayLike,
    *,
    exposure_correlation: ArrayLike | None = None,
    samples: ArrayLike | None = None,
    divisor: str = "df",
) -> Array:
    r"""Two-sample conditional F of each exposure: how much of it the variants predict beyond what the others share.

    :math:`F_k = \sum_j (b_{jk} - b_{j,-k}'\delta)^2 / \sigma_{jk}^2(\delta)` over its degrees of freedom, with
    :math:`\delta` from the unweighted regression of the effects on this exposure on those on the others. Below 10 the
    effect of that exposure is poorly identified, however strong each single association is. MendelianRandomization
    means the delta at which the sum is least, which gives all exposures one and the same F, but its optimiser stops
    between that and the regression: its F lie between.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the errors of a variant's effects on the exposures: that of the exposures where they come from
        one sample. Without, none is assumed, and F is wrong where samples are shared (``gencov=0`` of MVMR).
    samples : float or array_like of dimension (m,), optional
        People: variances are then those of standardised exposures regressed on all variants at once, as
        MendelianRandomization's; by default the given errors, as MVMR's.
    divisor : str
        ``df``: p - m + 1, as the paper and MendelianRandomization; ``variants``: p, as ``MVMR::strength_mvmr``.

    Returns
    -------
    np.ndarray of dimension (m,)
        Times p - m + 1 chi-squared with p - m + 1 degrees of freedom where an exposure is not identified.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Sanderson, Spiller & Bowden (2021) Stat Med 40:5434. Sanderson & Windmeijer (2016) J Econom 190:212.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> conditional_f(BX, [[0.02, 0.02]] * 5).round(1)
    array([60.7, 31.8])
    """
    if divisor not in ("df", "variants"):
        raise ArgumentError("divisor", "be df or variants", f"{divisor!r}")
    ones = np.ones(len(np.atleast_1d(BX)))
    data = check_several(BX, ones, SX, ones, exposure_correlation=exposure_correlation)
    V = data.covariances if samples is None else joint_covariances(data, samples)
    share = data.p - data.m + 1 if divisor == "df" else data.p
    found = np.empty(data.m)
    for k in range(data.m):
        others = np.delete(np.arange(data.m), k)
        direction = np.zeros(data.m)
        direction[k] = 1.0
        if len(others):
            direction[others] = -regress(data.BX[:, others], data.BX[:, k], ones, None).coefficients
        e, v = q_terms(data.BX, np.zeros(data.p), V, np.zeros(data.p), direction)
        found[k] = (e**2 / v).sum() / share
    return found


def heterogeneity(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    exposure_correlation: ArrayLike | None = None,
    lost: int | None = None,
) -> TestResult:
    """Q for pleiotropy at the IVW effects, with the errors of the effects on the exposures counted.

    The null is that all variants act on the outcome through the exposures alone. Confounding of the variants with the
    outcome is seen only where it differs between variants.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors, from another sample.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the errors of a variant's effects on the exposures; none by default (``gencov=0`` of MVMR).
    lost : int, optional
        Degrees of freedom that the effects cost: m by default, as many as there are; ``MVMR::pleiotropy_mvmr`` takes
        m + 1.

    Returns
    -------
    TestResult
        Chi-squared with p - m degrees of freedom under the null.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Sanderson et al. (2019) Int J Epidemiol 48:713. Sanderson, Spiller & Bowden (2021) Stat Med 40:5434.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> found = heterogeneity(BX, [0.05, 0.09, -0.01, 0.07, 0.14], [[0.02, 0.02]] * 5, [0.02] * 5)
    >>> round(found.statistic, 2), round(found.p_value, 2)
    (0.11, 0.99)
    """
    data = check_several(BX, by, SX, sy, exposure_correlation=exposure_correlation)
    df = data.p - (data.m if lost is None else lost)
    if df < 1:
        raise ArgumentError("lost", f"leave degrees of freedom of the {data.p} variants", f"{lost}", "leave it out")
    beta = regress(data.BX, data.by, data.sy, None).coefficients
    e, v = q_terms(data.BX, data.by, data.covariances, data.sy**2, beta)
    statistic = float((e**2 / v).sum())
    return TestResult(
        name="multivariable heterogeneity",
        null="all variants act on the outcome through the exposures alone",
        verdict="pass",
        reason="errors of the effects on the exposures are counted",
        statistic=statistic,
        df=f"chi2({df})",
        p_value=float(stats.chi2.sf(statistic, df)),
    )

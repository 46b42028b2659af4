"""Conditional strength of instruments for each exposure, and heterogeneity that accounts for weakness."""

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
    r"""Return the two-sample conditional F of each exposure given the other exposures.

    :math:`F_k = \sum_j (b_{jk} - b_{j,-k}'\delta)^2 / \sigma_{jk}^2(\delta)` over its degrees of freedom, with
    :math:`\delta` from the unweighted regression of the effects on this exposure on those on the others. If F is below
    10, the effect of that exposure is poorly identified, however strong each single association is.
    MendelianRandomization defines :math:`\delta` by the minimum of the sum, which gives all exposures the same F. Its
    optimiser stops between the regression and that minimum, so its F lie between both.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the errors of a variant's effects on the exposures: those of the exposures if their effects come
        from one sample. By default they are taken to be zero, and F is wrong for overlapping samples (``gencov=0`` of
        MVMR).
    samples : float or array_like of dimension (m,), optional
        Sample sizes. Variances are then those of standardised exposures regressed on all variants jointly, as in
        MendelianRandomization. By default the given errors are used, as in MVMR.
    divisor : str
        ``df``: p - m + 1, as in the paper and MendelianRandomization. ``variants``: p, as in ``MVMR::strength_mvmr``.

    Returns
    -------
    np.ndarray of dimension (m,)
        Conditional F. Multiplied by p - m + 1 it is chi-squared with p - m + 1 degrees of freedom if an exposure is not
        identified.

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
        raise ArgumentError("divisor", "be df or variants", f"{divisor!r}", "df is usual")
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
    """Test for pleiotropy by Q at the IVW effects, including the errors of the effects on the exposures.

    The null is that all variants act on the outcome through the exposures alone. The test detects confounding of the
    variants with the outcome only if it differs between variants.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors, from a separate sample.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the errors of a variant's effects on the exposures. By default they are taken to be zero
        (``gencov=0`` of MVMR).
    lost : int, optional
        Degrees of freedom that the effects use: m by default. ``MVMR::pleiotropy_mvmr`` uses m + 1.

    Returns
    -------
    TestResult
        Test whose statistic is chi-squared with p - m degrees of freedom under the null.

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
        raise ArgumentError("lost", f"be below the number of variants, {data.p}", f"{lost}", "leave it out")
    beta = regress(data.BX, data.by, data.sy, None).coefficients
    e, v = q_terms(data.BX, data.by, data.covariances, data.sy**2, beta)
    statistic = float((e**2 / v).sum())
    return TestResult(
        name="multivariable heterogeneity",
        null="all variants act on the outcome through the exposures alone",
        verdict="pass",
        reason="Q accounts for the errors of the effects on the exposures",
        statistic=statistic,
        df=f"chi2({df})",
        p_value=float(stats.chi2.sf(statistic, df)),
    )

"""Tests of endogeneity of the exposure (OLS against 2SLS), with the model's type of robust errors."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem, problem
from latentmr.iv.specification.array_calls import on_arrays
from latentmr.iv.specification.augmented_regression import augmented, checked, gained, homoskedastic, scores_of
from latentmr.iv.specification.stage import wald
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import TestResult
from latentmr.typing import Array, ArrayLike

__all__ = ["durbin", "endogeneity_score", "endogeneity_wald", "wu_hausman"]


NULL = "the exposures are exogenous: OLS is not confounded"


def _wu_hausman(posed: Problem | Fit, *, alpha: float = 0.05) -> TestResult:
    stage, reason = checked(posed, alpha)
    if reason:
        return TestResult("wu_hausman", NULL, "not applicable", reason)
    gain, alone = gained(stage)
    m, rest = stage.m, stage.n - stage.fit.n_regressors - stage.m
    left = alone - gain
    statistic = gain / m / (left / rest) if left > RANK_TOLERANCE * alone else float("inf")
    p_value = float(f_distribution.sf(statistic, m, rest))
    return _result("wu_hausman", statistic, f"F({m}, {rest})", p_value, gain / alone, alpha)


@on_arrays(_wu_hausman)
def wu_hausman(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test endogeneity by the F of the first-stage residuals in the outcome regression (Wu, 1973; Hausman, 1978).

    The null is that the exposures are exogenous. The statistic compares the residual sums of squares of ``y`` on ``X``
    and ``C`` without and with the first-stage residuals. It is F(m, n - r - m) with ``r`` regressors under
    homoskedastic errors.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        The verdict is ``warn`` if the null is rejected, which means that OLS is confounded. The effect size is the
        share of the residual sum of squares of OLS. The test is ``not applicable`` with fewer instruments than
        exposures, or if the instruments contain an exposure or are not associated with one.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z, u, v = rng.normal(size=(3, 500))
    >>> wu_hausman(z, z + u, v).verdict, wu_hausman(z, z + u, u + v).verdict
    ('pass', 'warn')
    """
    return _wu_hausman(problem(Z, x, y, C, se=se, cluster=cluster), alpha=alpha)


def _durbin(posed: Problem | Fit, *, alpha: float = 0.05) -> TestResult:
    stage, reason = checked(posed, alpha)
    if reason:
        return TestResult("durbin", NULL, "not applicable", reason)
    gain, alone = gained(stage)
    return _chi_squared("durbin", stage.n * gain / alone, stage.m, gain / alone, alpha)


@on_arrays(_durbin)
def durbin(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test endogeneity by Durbin's (1954) chi-squared form of :func:`wu_hausman`.

    The null is that the exposures are exogenous. The statistic is ``n`` times the share of the residual sum of squares
    of OLS that the first-stage residuals explain. It is chi2(m) in large samples under homoskedastic errors.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        As for :func:`wu_hausman`.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z, u, v = rng.normal(size=(3, 500))
    >>> durbin(z, z + u, u + v).df
    'chi2(1)'
    """
    return _durbin(problem(Z, x, y, C, se=se, cluster=cluster), alpha=alpha)


def _endogeneity_score(posed: Problem, *, alpha: float = 0.05) -> TestResult:
    name = "endogeneity_score"
    stage, reason = checked(posed, alpha)
    if reason:
        return TestResult(name, NULL, "not applicable", reason)
    fit, m = stage.fit, stage.m
    gain, alone = gained(stage)
    if homoskedastic(posed):
        return _chi_squared(name, stage.n * gain / alone, m, gain / alone, alpha)
    X = fit.given[:, :m]
    error = fit.given[:, m] - X @ np.linalg.solve(stage.total, fit.total[:m, m])
    r = fit.first_residual - X @ np.linalg.solve(stage.total, stage.total - stage.within)
    total, meat = scores_of(posed, r, error)
    return _robust(name, total, meat, gain / alone, alpha)


@on_arrays(_endogeneity_score)
def endogeneity_score(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test endogeneity by a score test with the model's type of robust errors (Wooldridge, 1995).

    The null is that the exposures are exogenous. With ``e`` the OLS residual and ``r`` the first-stage residuals given
    ``X`` and ``C``, the statistic is ``(r'e)' V^-1 r'e``, ``V = sum_i r_i r_i' e_i^2``. If the model has clusters,
    ``V`` sums within these. There is no small-sample factor. The statistic is chi2(m) in large samples. Under
    homoskedastic errors it is :func:`durbin`.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        As for :func:`wu_hausman`; also ``not applicable`` if ``V`` has no inverse.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z, u, v = rng.normal(size=(3, 500))
    >>> endogeneity_score(z, z + u, u + v).verdict
    'warn'
    """
    return _endogeneity_score(problem(Z, x, y, C, se=se, cluster=cluster), alpha=alpha)


def _endogeneity_wald(posed: Problem, *, alpha: float = 0.05) -> TestResult:
    name = "endogeneity_wald"
    stage, reason = checked(posed, alpha)
    if reason:
        return TestResult(name, NULL, "not applicable", reason)
    fit, m, n = stage.fit, stage.m, stage.n
    gain, alone = gained(stage)
    rest = n - fit.n_regressors - m
    inner, outer = augmented(stage)
    coefficients = np.asarray(np.linalg.solve(inner, outer), dtype=np.float64)
    inverse = np.linalg.inv(inner)
    if homoskedastic(posed):
        covariance = np.asarray((alone - gain) / rest * inverse)
    else:
        R = np.column_stack([fit.given[:, :m], fit.first_residual])
        _, meat = scores_of(posed, R, fit.given[:, m] - R @ coefficients)
        factor = n / rest if posed.se_type == "HC1" else 1.0
        if stage.clusters is not None:
            factor = (n - 1) / rest * stage.clusters / (stage.clusters - 1)
        covariance = np.asarray(factor * inverse @ meat @ inverse)
    return _robust(name, coefficients[m:], covariance[m:, m:], gain / alone, alpha)


@on_arrays(_endogeneity_wald)
def endogeneity_wald(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test endogeneity by an augmented regression with robust errors (Hausman, 1978; Wooldridge, 1995).

    The null is that the exposures are exogenous: the coefficients of the first-stage residuals, next to ``X`` and ``C``
    in the outcome regression, are zero. The statistic is the Wald test of those coefficients under HC0, HC1 or
    clustered errors, with the small-sample factor of HC1 and clusters. It is chi2(m) in large samples. Under
    homoskedastic errors it is ``m`` times the F of :func:`wu_hausman`. The estimation of the residuals does not matter
    under the null.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        As for :func:`wu_hausman`; also ``not applicable`` if the covariance has no inverse.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z, u, v = rng.normal(size=(3, 500))
    >>> endogeneity_wald(z, z + u, v).verdict, endogeneity_wald(z, z + u, u + v).verdict
    ('pass', 'warn')
    """
    return _endogeneity_wald(problem(Z, x, y, C, se=se, cluster=cluster), alpha=alpha)


def _robust(name: str, estimate: Array, covariance: Array, share: float, alpha: float) -> TestResult:
    statistic = wald(estimate, covariance)
    if statistic is None or np.isinf(statistic):
        reason = "the covariance of the test statistic has no inverse: there are too few clusters or individuals"
        return TestResult(name, NULL, "not applicable", reason)
    return _chi_squared(name, statistic, len(estimate), share, alpha)


def _chi_squared(name: str, statistic: float, m: int, share: float, alpha: float) -> TestResult:
    return _result(name, statistic, f"chi2({m})", float(chi2.sf(statistic, m)), share, alpha)


def _result(name: str, statistic: float, df: str, p_value: float, share: float, alpha: float) -> TestResult:
    rejected = p_value < alpha
    reason = (
        "OLS and the instruments disagree: the exposure is confounded, or an instrument is invalid"
        if rejected
        else "no evidence that OLS is confounded, within the power of these instruments"
    )
    return TestResult(name, NULL, "warn" if rejected else "pass", reason, statistic, df, p_value, share)

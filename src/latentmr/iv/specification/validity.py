"""Tests of overidentifying restrictions at 2SLS and at LIML: whether the instruments agree."""

from __future__ import annotations

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem, problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.array_calls import on_arrays
from latentmr.iv.specification.overidentification import NULL, just_identified, overidentification_result
from latentmr.iv.specification.stage import FirstStage, first_stage, wald
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import TestResult
from latentmr.typing import Array, ArrayLike

__all__ = ["anderson_rubin_lr", "basmann", "robust_overidentification", "sargan"]


def _sargan(posed: Problem | Fit, *, estimator: str = "2SLS", alpha: float = 0.05) -> TestResult:
    stage = _stage(posed, estimator, alpha)
    refusal = just_identified("sargan", stage.fit.k, stage.m)
    if refusal is not None:
        return refusal
    inside, all_ = _parts(stage, estimator)
    return overidentification_result("sargan", stage.n * inside / all_, stage.fit.k - stage.m, alpha)


@on_arrays(_sargan)
def sargan(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    estimator: str = "2SLS",
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test the overidentifying restrictions by Sargan's (1958) statistic.

    The null is that all instruments are exogenous and share one linear effect. Then ``n e' P e / e' e``, with ``e`` the
    residual given the covariates, is chi2(k - m) in large samples under homoskedastic errors.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    estimator : str
        Estimator whose residual is used: ``2SLS`` or ``LIML``.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures. The effect size is the statistic over its degrees of
        freedom.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if the estimator is unknown or ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> sargan(Z, x, u).verdict, sargan(Z, x, u + Z[:, 0]).verdict
    ('pass', 'warn')
    """
    return _sargan(problem(Z, x, y, C, se=se, cluster=cluster), estimator=estimator, alpha=alpha)


def _basmann(posed: Problem | Fit, *, estimator: str = "2SLS", form: str = "chi2", alpha: float = 0.05) -> TestResult:
    if form not in ("chi2", "F"):
        raise ArgumentError("form", "be chi2 or F", f"{form!r}", "choose one of these")
    stage = _stage(posed, estimator, alpha)
    refusal = just_identified("basmann", stage.fit.k, stage.m)
    if refusal is not None:
        return refusal
    inside, all_ = _parts(stage, estimator)
    df = stage.fit.df
    statistic = df * inside / (all_ - inside) if all_ - inside > RANK_TOLERANCE * all_ else float("inf")
    return overidentification_result("basmann", statistic, stage.fit.k - stage.m, alpha, df if form == "F" else None)


@on_arrays(_basmann)
def basmann(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    estimator: str = "2SLS",
    form: str = "chi2",
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test the overidentifying restrictions by Basmann's (1960) statistic.

    The null is that all instruments are exogenous and share one linear effect. Then ``(n - k - c - 1) e' P e / e' M
    e``, with ``e`` the residual given the covariates, is chi2(k - m) in large samples under homoskedastic errors. The F
    form divides it by ``k - m`` and refers it to F(k - m, n - k - c - 1). At LIML it is the minimum of the
    Anderson-Rubin statistic.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    estimator : str
        Estimator whose residual is used: ``2SLS`` or ``LIML``.
    form : str
        ``chi2`` or ``F``.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures. The effect size is the statistic over its degrees of
        freedom.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if estimator or form is unknown or ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> basmann(Z, Z.sum(axis=1) + u, u, form="F").df
    'F(2, 496)'
    """
    return _basmann(problem(Z, x, y, C, se=se, cluster=cluster), estimator=estimator, form=form, alpha=alpha)


def _anderson_rubin_lr(posed: Problem | Fit, *, alpha: float = 0.05) -> TestResult:
    stage = _stage(posed, "LIML", alpha)
    refusal = just_identified("anderson_rubin_lr", stage.fit.k, stage.m)
    if refusal is not None:
        return refusal
    statistic = stage.n * float(np.log(stage.fit.kappa_liml))
    return overidentification_result("anderson_rubin_lr", statistic, stage.fit.k - stage.m, alpha)


@on_arrays(_anderson_rubin_lr)
def anderson_rubin_lr(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test the overidentifying restrictions by a likelihood ratio (Anderson and Rubin, 1950).

    The null is that all instruments are exogenous and share one linear effect. Then ``n log kappa``, with ``kappa``
    LIML's root, is chi2(k - m) in large samples under homoskedastic errors.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures. The effect size is the statistic over its degrees of
        freedom.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z, u = rng.normal(size=500), rng.normal(size=500)
    >>> anderson_rubin_lr(z, z + u, u).verdict
    'not applicable'
    """
    return _anderson_rubin_lr(problem(Z, x, y, C, se=se, cluster=cluster), alpha=alpha)


def _robust_overidentification(
    posed: Problem | Fit, reduced: ReducedForm | None = None, *, alpha: float = 0.05
) -> TestResult:
    probability("alpha", alpha)
    name = "robust_overidentification"
    stage = first_stage(posed, reduced)
    refusal = just_identified(name, stage.fit.k, stage.m)
    if refusal is not None or stage.reduced is None:
        return refusal or TestResult(name, NULL, "not applicable", "there are no instruments")
    fit, m = stage.fit, stage.m
    b = _structural(stage, "2SLS")
    # directions orthogonal to the fitted exposures, in the orthonormal coordinates of the instruments
    q = np.linalg.svd(fit.cross[:, :m], full_matrices=True)[0][:, m:]
    statistic = wald(q.T @ fit.cross @ b, q.T @ stage.reduced.covariance(b) @ q)
    if statistic is None or np.isinf(statistic):
        reason = "the covariance of the moments has no inverse: there are too few clusters or individuals"
        return TestResult(name, NULL, "not applicable", reason)
    return overidentification_result(name, statistic, fit.k - m, alpha)


@on_arrays(_robust_overidentification)
def robust_overidentification(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test the overidentifying restrictions by a score test with robust errors (Wooldridge, 1995).

    The null is that all instruments are exogenous and share one linear effect. With ``e`` the 2SLS residual and ``q``
    the part of the instruments that is orthogonal to the fitted exposures, the statistic is ``(q'e)' V^-1 q'e``, ``V =
    sum_i q_i q_i' e_i^2``. If the model has clusters, ``V`` sums within these. The statistic is chi2(k - m) in large
    samples. Under homoskedastic errors it is :func:`basmann`. ``V`` has the small-sample factor of the model's type of
    errors. HC0 has none, as in Wooldridge (1995).

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    alpha : float
        Level below which the p-value gives a warning.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures, or if ``V`` has no inverse. The effect size is the
        statistic over its degrees of freedom.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> [robust_overidentification(Z, x, y).verdict for y in (u, u + Z[:, 0])]
    ['pass', 'warn']
    """
    return _robust_overidentification(problem(Z, x, y, C, se=se, cluster=cluster), alpha=alpha)


def _stage(posed: Problem | Fit, estimator: str, alpha: float) -> FirstStage:
    probability("alpha", alpha)
    if estimator not in ("2SLS", "LIML"):
        raise ArgumentError("estimator", "be 2SLS or LIML", f"{estimator!r}", "choose one of these")
    return first_stage(posed.fit if isinstance(posed, Problem) else posed)


def _structural(stage: FirstStage, estimator: str) -> Array:
    """Return ``(-beta, 1)`` by either estimator, whatever the method of the fit."""
    fit, m = stage.fit, stage.m
    moment = fit.within
    if estimator == "LIML":
        moment = fit.total - fit.kappa_liml * (fit.total - fit.within)
    return np.append(-np.linalg.lstsq(moment[:m, :m], moment[:m, m], rcond=None)[0], 1.0)


def _parts(stage: FirstStage, estimator: str) -> tuple[float, float]:
    return stage.fit.squares(_structural(stage, estimator))

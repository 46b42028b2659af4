"""Is the exposure endogenous at all? Tests of OLS against 2SLS, robust as the model's errors are."""

import numpy as np
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr.iv.checks import probability
from latentmr.iv.groups import add_within, groupings, positive
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem
from latentmr.iv.specification.first_stage import FirstStage, first_stage, wald
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import TestResult
from latentmr.typing import Array

__all__ = ["durbin", "endogeneity_score", "endogeneity_wald", "wu_hausman"]


NULL = "the exposures are exogenous: OLS has no confounding"


def wu_hausman(posed: Problem | Fit, *, alpha: float = 0.05) -> TestResult:
    """F test of the first-stage residuals in the outcome's regression (Wu, 1973; Hausman, 1978).

    The null is that the exposures are exogenous. The statistic compares the residual sums of squares of ``y`` on ``X``
    and ``C`` without and with the first-stage residuals; F(m, n - r - m) with ``r`` regressors, under homoskedastic
    errors.

    Parameters
    ----------
    posed : Problem or Fit
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``warn`` where the null is rejected: OLS is then confounded. The effect size is the share of the residual sum of
        squares of OLS. ``not applicable`` with fewer instruments than exposures, or where they contain an exposure or
        do not move one.

    Raises
    ------
    ValueError
        ``alpha`` outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> z, u, v = rng.normal(size=(3, 500))
    >>> wu_hausman(problem(z, z + u, v)).verdict, wu_hausman(problem(z, z + u, u + v)).verdict
    ('pass', 'warn')
    """
    stage, reason = _checked(posed, alpha)
    if reason:
        return TestResult("wu_hausman", NULL, "not applicable", reason)
    gain, alone = _gain(stage)
    m, rest = stage.m, stage.n - stage.fit.n_regressors - stage.m
    left = alone - gain
    statistic = gain / m / (left / rest) if left > RANK_TOLERANCE * alone else float("inf")
    p_value = float(f_distribution.sf(statistic, m, rest))
    return _result("wu_hausman", statistic, f"F({m}, {rest})", p_value, gain / alone, alpha)


def durbin(posed: Problem | Fit, *, alpha: float = 0.05) -> TestResult:
    """Durbin's (1954) chi-squared form of :func:`wu_hausman`.

    The null is that the exposures are exogenous. ``n`` times the share of the residual sum of squares of OLS that the
    first-stage residuals take up; chi2(m) in large samples under homoskedastic errors.

    Parameters
    ----------
    posed : Problem or Fit
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        As of :func:`wu_hausman`.

    Raises
    ------
    ValueError
        ``alpha`` outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> z, u, v = rng.normal(size=(3, 500))
    >>> durbin(problem(z, z + u, u + v)).df
    'chi2(1)'
    """
    stage, reason = _checked(posed, alpha)
    if reason:
        return TestResult("durbin", NULL, "not applicable", reason)
    gain, alone = _gain(stage)
    return _chi_squared("durbin", stage.n * gain / alone, stage.m, gain / alone, alpha)


def endogeneity_score(posed: Problem, *, alpha: float = 0.05) -> TestResult:
    """Score test of endogeneity, robust as the model's errors are (Wooldridge, 1995).

    The null is that the exposures are exogenous. With ``e`` the OLS residual and ``r`` the first-stage residuals given
    ``X`` and ``C``, the statistic is ``(r'e)' V^-1 r'e``, ``V = sum_i r_i r_i' e_i^2`` with sums within clusters where
    the model has them, without a small-sample factor; chi2(m) in large samples. Under homoskedastic errors it is
    :func:`durbin`.

    Parameters
    ----------
    posed : Problem
        It takes one pass over the rows.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        As of :func:`wu_hausman`; also ``not applicable`` where ``V`` has no inverse.

    Raises
    ------
    ValueError
        ``alpha`` outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> z, u, v = rng.normal(size=(3, 500))
    >>> endogeneity_score(problem(z, z + u, u + v)).verdict
    'warn'
    """
    name = "endogeneity_score"
    stage, reason = _checked(posed, alpha)
    if reason:
        return TestResult(name, NULL, "not applicable", reason)
    fit, m = stage.fit, stage.m
    gain, alone = _gain(stage)
    if _homoskedastic(posed):
        return _chi_squared(name, stage.n * gain / alone, m, gain / alone, alpha)
    X = fit.given[:, :m]
    error = fit.given[:, m] - X @ np.linalg.solve(stage.total, fit.total[:m, m])
    r = fit.first_residual - X @ np.linalg.solve(stage.total, stage.total - stage.within)
    total, meat = _scores(posed, r, error)
    return _robust(name, total, meat, gain / alone, alpha)


def endogeneity_wald(posed: Problem, *, alpha: float = 0.05) -> TestResult:
    """Regression test of endogeneity, robust as the model's errors are (Hausman, 1978; Wooldridge, 1995).

    The null is that the exposures are exogenous: the first-stage residuals have no coefficient beside ``X`` and ``C``
    in the outcome's regression. The statistic is the Wald test of those coefficients under HC0, HC1 or clustered
    errors, with the factor that HC1 and clusters have; chi2(m) in large samples. Under homoskedastic errors it is ``m``
    times the F of :func:`wu_hausman`. That the residuals are estimated does not matter under the null.

    Parameters
    ----------
    posed : Problem
        It takes one pass over the rows.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        As of :func:`wu_hausman`; also ``not applicable`` where the covariance has no inverse.

    Raises
    ------
    ValueError
        ``alpha`` outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> z, u, v = rng.normal(size=(3, 500))
    >>> endogeneity_wald(problem(z, z + u, v)).verdict, endogeneity_wald(problem(z, z + u, u + v)).verdict
    ('pass', 'warn')
    """
    name = "endogeneity_wald"
    stage, reason = _checked(posed, alpha)
    if reason:
        return TestResult(name, NULL, "not applicable", reason)
    fit, m, n = stage.fit, stage.m, stage.n
    gain, alone = _gain(stage)
    rest = n - fit.n_regressors - m
    inner, outer = _augmented(stage)
    coefficients = np.asarray(np.linalg.solve(inner, outer), dtype=np.float64)
    inverse = np.linalg.inv(inner)
    if _homoskedastic(posed):
        covariance = np.asarray((alone - gain) / rest * inverse)
    else:
        R = np.column_stack([fit.given[:, :m], fit.first_residual])
        _, meat = _scores(posed, R, fit.given[:, m] - R @ coefficients)
        factor = n / rest if posed.se_type == "HC1" else 1.0
        if stage.clusters is not None:
            factor = (n - 1) / rest * stage.clusters / (stage.clusters - 1)
        covariance = np.asarray(factor * inverse @ meat @ inverse)
    return _robust(name, coefficients[m:], covariance[m:, m:], gain / alone, alpha)


def _checked(posed: Problem | Fit, alpha: float) -> tuple[FirstStage, str]:
    """The first stage, and why there is nothing to test, if so."""
    probability("alpha", alpha)
    # the reduced form is not needed: its pass over the rows is spared
    stage = first_stage(posed.fit if isinstance(posed, Problem) else posed)
    if isinstance(posed, Problem) and posed.cluster is not None:
        stage = FirstStage(stage.fit, stage.reduced, stage.exposures, int(posed.cluster.max(axis=0).min()) + 1)
    k, m, rows = stage.fit.k, stage.m, stage.n - stage.fit.n_regressors - stage.m
    if k < m:
        return stage, f"{k} instruments for {m} exposures: the effects are not identified"
    if rows < 1:
        return stage, f"{stage.n} people are too few for {stage.fit.n_regressors + m} regressors"
    unit = 1 / np.sqrt(np.diag(stage.total))
    scale = np.outer(unit, unit)
    if np.linalg.eigvalsh((stage.total - stage.within) * scale)[0] <= RANK_TOLERANCE:
        return stage, "the instruments contain an exposure, which is then exogenous"
    if np.linalg.eigvalsh(stage.within * scale)[0] <= 1e-14:
        return stage, "the instruments do not move some combination of the exposures"
    return stage, ""


def _homoskedastic(posed: Problem) -> bool:
    return posed.se_type in ("homoskedastic", "bekker")


def _augmented(stage: FirstStage) -> tuple[Array, Array]:
    """Cross products of ``(X, first-stage residuals)`` given the covariates, among themselves and with ``y``."""
    m = stage.m
    left = stage.total - stage.within
    inner = np.block([[stage.total, left], [left, left]])
    outer = np.concatenate([stage.fit.total[:m, m], (stage.fit.total - stage.fit.within)[:m, m]])
    return inner, outer


def _gain(stage: FirstStage) -> tuple[float, float]:
    """What the first-stage residuals take off the residual sum of squares of OLS, and that sum."""
    m = stage.m
    total = stage.fit.total
    by_exposures = float(total[:m, m] @ np.linalg.solve(stage.total, total[:m, m]))
    inner, outer = _augmented(stage)
    return max(0.0, float(outer @ np.linalg.solve(inner, outer)) - by_exposures), float(total[m, m]) - by_exposures


def _scores(posed: Problem, regressors: Array, error: Array) -> tuple[Array, Array]:
    """Sum over rows of regressors times errors, and the sum of its squares over rows or clusters."""
    moments = posed.moments
    terms = [] if posed.cluster is None else groupings(posed.cluster)
    width = regressors.shape[1]
    total, meat = np.zeros(width), np.zeros((width, width))
    sums = [np.zeros((term.count, width)) for term in terms]
    start = 0
    for block in posed.blocks():
        centred = block - moments.mean
        score = (centred @ regressors) * (centred @ error)[:, None]
        total += score.sum(axis=0)
        meat += score.T @ score if not terms else 0.0
        for term, held in zip(terms, sums, strict=True):
            add_within(held, score, term.codes[start : start + len(block)])
        start += len(block)
    for term, held in zip(terms, sums, strict=True):
        meat += term.sign * held.T @ held
    return total, positive(meat) if len(terms) > 1 else meat


def _robust(name: str, estimate: Array, covariance: Array, share: float, alpha: float) -> TestResult:
    statistic = wald(estimate, covariance)
    if statistic is None or np.isinf(statistic):
        reason = "the covariance of the test has no inverse: too few clusters or people"
        return TestResult(name, NULL, "not applicable", reason)
    return _chi_squared(name, statistic, len(estimate), share, alpha)


def _chi_squared(name: str, statistic: float, m: int, share: float, alpha: float) -> TestResult:
    return _result(name, statistic, f"chi2({m})", float(chi2.sf(statistic, m)), share, alpha)


def _result(name: str, statistic: float, df: str, p_value: float, share: float, alpha: float) -> TestResult:
    rejected = p_value < alpha
    reason = (
        "OLS and the instruments disagree: the exposure is confounded, or an instrument is invalid"
        if rejected
        else "no sign that OLS is confounded, as far as these instruments can tell"
    )
    return TestResult(name, NULL, "warn" if rejected else "pass", reason, statistic, df, p_value, share)

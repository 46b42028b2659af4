"""Do the exposures need instruments at all? Tests that they are exogenous, and a robust test of the instruments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr.diagnose.sargan import METHODS, NULL, cannot_test, instruments_agree, unsolvable
from latentmr.estimate.checks import probability
from latentmr.estimate.covariance import SE_TYPES
from latentmr.estimate.groups import add_within, groupings, positive
from latentmr.estimate.problem import Problem
from latentmr.linalg import RANK_TOLERANCE, symmetric_root
from latentmr.results import TestResult

__all__ = ["durbin", "wooldridge_overidentification", "wooldridge_regression", "wooldridge_score", "wu_hausman"]

Array = NDArray[np.float64]

EXOGENOUS = "the exposures are exogenous"


def wu_hausman(problem: Problem, *, alpha: float = 0.05) -> TestResult:
    """Wu-Hausman test of exogeneity (Wu, 1973; Hausman, 1978).

    The null is that the exposures are exogenous, so that OLS and instrumental variables estimate one effect. With
    ``RSS`` the residual sum of squares of the outcome on exposures and exogenous regressors, and ``RSS_v`` that with
    the ``p`` first-stage residuals as further regressors, ``((RSS - RSS_v) / p) / (RSS_v / (n - r - p))`` is
    F(p, n - r - p) with ``r`` regressors, under homoskedastic errors. It presumes valid and strong instruments.

    Parameters
    ----------
    problem : Problem
        By any method: the statistic does not depend on it.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` without enough instruments, or where these explain the exposures entirely or not at all. An
        exposure that is its own instrument is not tested. The effect size is the share of the OLS residuals' variance
        that the first-stage residuals explain.

    References
    ----------
    Wu, D.-M. (1973). Alternative tests of independence between stochastic regressors and disturbances. Econometrica 41,
    733-750. Hausman, J. A. (1978). Specification tests in econometrics. Econometrica 46, 1251-1271.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x, noise = Z.sum(axis=1) + u, rng.normal(size=500)
    >>> found = wu_hausman(problem(Z, x, 0.5 * x + u + noise))
    >>> found.verdict, found.df, wu_hausman(problem(Z, x, 0.5 * x + noise)).verdict
    ('warn', 'F(1, 497)', 'pass')
    """
    found = _augmented(problem, alpha)
    if isinstance(found, str):
        return _not_applicable("wu_hausman", found)
    p, rest = len(found.moment), found.df
    statistic = found.gain / p / ((found.rss - found.gain) / rest)
    p_value = float(f_distribution.sf(statistic, p, rest))
    return _judged("wu_hausman", statistic, f"F({p}, {rest})", p_value, found.gain / found.rss, alpha)


def durbin(problem: Problem, *, alpha: float = 0.05) -> TestResult:
    """Durbin's test of exogeneity (Durbin, 1954).

    The null is that the exposures are exogenous. With sums of squares as in :func:`wu_hausman`,
    ``n (RSS - RSS_v) / RSS``, the score test of the first-stage residuals, is chi2(p) asymptotically, under
    homoskedastic errors.

    Parameters
    ----------
    problem : Problem
        By any method: the statistic does not depend on it.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        As :func:`wu_hausman`.

    References
    ----------
    Durbin, J. (1954). Errors in variables. Review of the International Statistical Institute 22, 23-32.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> found = durbin(problem(Z, x, 0.5 * x + u + rng.normal(size=500)))
    >>> found.verdict, found.df
    ('warn', 'chi2(1)')
    """
    found = _augmented(problem, alpha)
    if isinstance(found, str):
        return _not_applicable("durbin", found)
    share = found.gain / found.rss
    return _judged_chi2("durbin", problem.moments.n * share, len(found.moment), share, alpha)


def wooldridge_score(problem: Problem, *, alpha: float = 0.05) -> TestResult:
    """Wooldridge's robust score test of exogeneity (Wooldridge, 1995).

    The null is that the exposures are exogenous. With ``e`` the residuals of OLS and ``r`` the ``p`` first-stage
    residuals given exposures and exogenous regressors, ``(sum_i e_i r_i)' [sum_i e_i^2 r_i r_i']^-1 (sum_i e_i r_i)``,
    which is ``n`` less the residual sum of squares of 1 on ``e r``, is chi2(p) asymptotically, under heteroskedastic
    errors. Where the problem has clusters, ``e_i r_i`` are summed within each first. No small-sample factor.

    Parameters
    ----------
    problem : Problem
        By any method: the statistic does not depend on it.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` as :func:`wu_hausman`, and with too few clusters. The effect size is the statistic over its
        degrees of freedom.

    Raises
    ------
    ValueError
        Where the problem's ``se`` is unknown, or clustered without labels.

    References
    ----------
    Wooldridge, J. M. (1995). Score diagnostics for linear models estimated by two stage least squares. In Advances in
    Econometrics and Quantitative Economics, 66-87. Blackwell.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> wooldridge_score(problem(Z, x, 0.5 * x + u + rng.normal(size=500))).verdict
    'warn'
    """
    _check_se(problem)
    found = _augmented(problem, alpha)
    if isinstance(found, str):
        return _not_applicable("wooldridge_score", found)
    meat = _meat(problem, found.instrument, found.residual)
    return _robust("wooldridge_score", found.moment, meat, alpha)


def wooldridge_regression(problem: Problem, *, alpha: float = 0.05) -> TestResult:
    """Wald test that first-stage residuals have no effect in the outcome regression (Wooldridge, 2010).

    The null is that the exposures are exogenous. With ``d`` the ``p`` coefficients of the first-stage residuals, as
    further regressors of the outcome, and ``V`` their covariance with errors as the problem's ``se`` says,
    ``d' V^-1 d`` is chi2(p) asymptotically. Small-sample factors are those of standard errors, with ``r + p``
    regressors: ``n / (n - r - p)`` for homoskedastic and HC1, none for HC0, and that of clusters.

    Parameters
    ----------
    problem : Problem
        By any method: the statistic does not depend on it.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` as :func:`wu_hausman`, and with too few clusters. The effect size is the statistic over its
        degrees of freedom.

    Raises
    ------
    ValueError
        Where the problem's ``se`` is unknown or bekker, or clustered without labels.

    References
    ----------
    Wooldridge, J. M. (2010). Econometric Analysis of Cross Section and Panel Data, 2nd ed., section 6.3.1. MIT Press.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x, family = Z.sum(axis=1) + u, np.arange(500) // 5
    >>> y = 0.5 * x + u + rng.normal(size=500)
    >>> wooldridge_regression(problem(Z, x, y)).verdict, wooldridge_regression(problem(Z, x, y, cluster=family)).verdict
    ('warn', 'warn')
    """
    _check_se(problem)
    if problem.se_type == "bekker":
        raise ValueError("se must not be bekker for the outcome regression. Got 'bekker'; take HC1 or homoskedastic.")
    found = _augmented(problem, alpha)
    if isinstance(found, str):
        return _not_applicable("wooldridge_regression", found)
    n = problem.moments.n
    if problem.se_type == "homoskedastic":
        meat = (found.rss - found.gain) / found.df * found.gram
    else:
        meat = _meat(problem, found.instrument, found.augmented_residual)
        if problem.cluster is not None:
            count = int(problem.cluster.max(axis=0).min()) + 1
            meat = (n - 1) / found.df * count / (count - 1) * meat
        elif problem.se_type == "HC1":
            meat = n / found.df * meat
    return _robust("wooldridge_regression", found.moment, meat, alpha)


def wooldridge_overidentification(problem: Problem, *, alpha: float = 0.05) -> TestResult:
    """Wooldridge's robust score test of overidentifying restrictions (Wooldridge, 1995).

    The null is that all instruments are exogenous and share one linear effect. With ``e`` the structural residuals and
    ``q`` the ``k - m`` directions of the instruments given the exposures' projections and the exogenous regressors,
    ``(sum_i e_i q_i)' [sum_i e_i^2 q_i q_i']^-1 (sum_i e_i q_i)``, which is ``n`` less the residual sum of squares of 1
    on ``e q``, is chi2(k - m) asymptotically, under heteroskedastic errors. Where the problem has clusters, ``e_i q_i``
    are summed within each first. No small-sample factor. Which ``k - m`` instruments are taken does not matter.

    Parameters
    ----------
    problem : Problem
        Its method, 2SLS, LIML or Fuller, gives the residuals.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures, or too few clusters. The effect size is the statistic
        over its degrees of freedom.

    Raises
    ------
    ValueError
        With OLS or a k-class of given kappa; where the problem's ``se`` is unknown, or clustered without labels.

    References
    ----------
    Wooldridge, J. M. (1995). Score diagnostics for linear models estimated by two stage least squares. In Advances in
    Econometrics and Quantitative Economics, 66-87. Blackwell.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> valid, invalid = (problem(Z, x, 0.5 * x + u + a * Z[:, 0], method="2SLS") for a in (0, 1))
    >>> wooldridge_overidentification(valid).verdict, wooldridge_overidentification(invalid).verdict
    ('pass', 'warn')
    """
    name = "wooldridge_overidentification"
    probability("alpha", alpha)
    _check_se(problem)
    if problem.model.method not in METHODS:
        raise ValueError(
            f"problem must be solved by one of {', '.join(METHODS)}. Got {problem.model.method}; take"
            ' problem.by("LIML").'
        )
    if reason := cannot_test(problem):
        return TestResult(name, NULL, "not applicable", reason)
    fit = problem.fit
    m = len(fit.beta)
    free = np.linalg.qr(fit.cross[:, :m], mode="complete")[0][:, m:]
    moment = free.T @ fit.cross @ np.append(-fit.beta, 1.0)
    statistic = _quadratic(moment, _meat(problem, fit.orthonormal @ free, fit.residual))
    if statistic is None:
        return TestResult(name, NULL, "not applicable", _few(len(moment)))
    return instruments_agree(name, statistic, fit, alpha)


@dataclass(frozen=True)
class _Augmented:
    """The outcome regression with the first-stage residuals as further regressors.

    Parameters
    ----------
    instrument : np.ndarray of dimension (q, p)
        Map from the centred design to the first-stage residuals given exposures and exogenous regressors.
    residual, augmented_residual : np.ndarray of dimension (q,)
        Maps to the residuals without and with them.
    moment : np.ndarray of dimension (p,)
        Products of ``instrument`` with the outcome.
    gram : np.ndarray of dimension (p, p)
        Cross products of ``instrument``.
    rss, gain : float
        Residual sum of squares without the first-stage residuals, and by how much they lower it.
    df : int
        Rows less regressors, with them.
    """

    instrument: Array
    residual: Array
    augmented_residual: Array
    moment: Array
    gram: Array
    rss: float
    gain: float
    df: int


def _augmented(problem: Problem, alpha: float) -> _Augmented | str:
    """The augmented regression, or why there is none."""
    probability("alpha", alpha)
    if reason := unsolvable(problem):
        return reason
    fit, m = problem.fit, len(problem.fit.beta)
    if fit.k < m:
        return f"{fit.k} instruments for {m} exposures: instruments do not identify the effects"
    error = fit.total - fit.within
    root = symmetric_root(error[:m, :m], np.diag(fit.total)[:m])
    p = root.shape[1]
    if not p:
        return "the instruments explain the exposures entirely: there are no first-stage residuals to test"
    df = problem.moments.n - fit.n_regressors - p
    if df < 1:
        return f"{problem.moments.n} people are too few for {fit.n_regressors} regressors and {p} first-stage residuals"
    XX, Xy = fit.total[:m, :m], fit.total[:m, m]
    on_exposures = np.linalg.solve(XX, np.column_stack([error[:m, :m] @ root, Xy]))
    ols, shared = on_exposures[:, -1], on_exposures[:, :-1]
    gram = np.eye(p) - root.T @ error[:m, :m] @ shared
    gram = (gram + gram.T) / 2
    if np.linalg.eigvalsh(gram)[0] < RANK_TOLERANCE:
        return "the instruments do not move the exposures: first-stage residuals repeat them"
    moment = root.T @ error[:m, m] - shared.T @ Xy
    coefficients = np.linalg.solve(gram, moment)
    rss, gain = float(fit.total[m, m] - Xy @ ols), float(moment @ coefficients)
    if rss - gain <= RANK_TOLERANCE * fit.total[m, m]:
        return "exposures and first-stage residuals explain the outcome entirely: no residual is left to test"
    instrument = fit.first_residual @ root - fit.given[:, :m] @ shared
    residual = fit.given @ np.append(-ols, 1.0)
    return _Augmented(instrument, residual, residual - instrument @ coefficients, moment, gram, rss, gain, df)


def _check_se(problem: Problem) -> None:
    if problem.se_type not in SE_TYPES:
        raise ValueError(f"se must be one of {', '.join(SE_TYPES)}. Got {problem.se_type!r}.")
    if problem.se_type == "cluster" and problem.cluster is None:
        raise ValueError("cluster must name at least two clusters. Got none.")


def _meat(problem: Problem, instrument: Array, residual: Array) -> Array:
    """Sum over rows, or clusters of them, of the squares of instrument times residual."""
    maps, mean = np.column_stack([instrument, residual]), problem.moments.mean
    meat = np.zeros((instrument.shape[1], instrument.shape[1]))
    if problem.cluster is None:
        for block in problem.blocks():
            values = (block - mean) @ maps
            scores = values[:, :-1] * values[:, -1:]
            meat += scores.T @ scores
        return meat
    terms = groupings(problem.cluster)
    for term in terms:
        sums = np.zeros((term.count, instrument.shape[1]))
        start = 0
        for block in problem.blocks():
            values = (block - mean) @ maps
            add_within(sums, values[:, :-1] * values[:, -1:], term.codes[start : start + len(block)])
            start += len(block)
        meat += term.sign * sums.T @ sums
    return positive(meat) if len(terms) > 1 else meat


def _quadratic(moment: Array, meat: Array) -> float | None:
    """``g' V^-1 g``; None where ``V`` is singular."""
    root = symmetric_root(meat, np.diag(meat))
    if root.shape[1] < len(moment):
        return None
    half = root.T @ moment
    return float(half @ half)


def _robust(name: str, moment: Array, meat: Array, alpha: float) -> TestResult:
    statistic = _quadratic(moment, meat)
    if statistic is None:
        return _not_applicable(name, _few(len(moment)))
    return _judged_chi2(name, statistic, len(moment), statistic / len(moment), alpha)


def _few(p: int) -> str:
    return f"the covariance of {p} moments is singular: too few people or clusters carry it"


def _judged_chi2(name: str, statistic: float, p: int, effect: float, alpha: float) -> TestResult:
    return _judged(name, statistic, f"chi2({p})", float(chi2.sf(statistic, p)), effect, alpha)


def _judged(name: str, statistic: float, law: str, p_value: float, effect: float, alpha: float) -> TestResult:
    rejected = p_value < alpha
    return TestResult(
        name=name,
        null=EXOGENOUS,
        verdict="warn" if rejected else "pass",
        reason=(
            "the exposures are confounded with the outcome: OLS is biased, if the instruments are valid"
            if rejected
            else "no sign that OLS is biased; with weak instruments there may be none to see"
        ),
        statistic=statistic,
        df=law,
        p_value=p_value,
        effect=effect,
    )


def _not_applicable(name: str, reason: str) -> TestResult:
    return TestResult(name, EXOGENOUS, "not applicable", reason)

"""Do the instruments agree on one effect? Sargan's, Basmann's, the J and the likelihood-ratio test, from moments."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr.estimate.checks import probability
from latentmr.estimate.kclass import Fit
from latentmr.estimate.problem import Problem
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results import TestResult

__all__ = [
    "basmann",
    "cannot_test",
    "instruments_agree",
    "j_statistic",
    "overidentification_lr",
    "sargan",
    "unsolvable",
]

NULL = "all instruments are exogenous and share one effect"

#: Methods whose residuals these tests may take.
METHODS = ("2SLS", "LIML", "Fuller")

FORMS = ("chi2", "F")


def sargan(problem: Problem, *, alpha: float = 0.05) -> TestResult:
    """Sargan's test of overidentifying restrictions (Sargan, 1958).

    The null is that all instruments are exogenous and share one linear effect: ``n R2`` of the structural residuals on
    instruments and exogenous regressors, ``n e'P e / e'e``, is then chi2(k - m) asymptotically, under homoskedastic
    errors. Robust and clustered errors: :func:`~latentmr.diagnose.endogeneity.wooldridge_overidentification`, or
    Hansen's J.

    Parameters
    ----------
    problem : Problem
        Its method, 2SLS, LIML or Fuller, gives the residuals.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures. The effect size is the statistic over its degrees of
        freedom.

    Raises
    ------
    ValueError
        With OLS or a k-class of given kappa.

    References
    ----------
    Sargan, J. D. (1958). The estimation of economic relationships using instrumental variables. Econometrica 26,
    393-415.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> valid, invalid = (problem(Z, x, 0.5 * x + u + a * Z[:, 0], method="2SLS") for a in (0, 1))
    >>> sargan(valid).verdict, sargan(invalid).verdict
    ('pass', 'warn')
    """
    found = _residuals("sargan", problem, alpha)
    if isinstance(found, TestResult):
        return found
    statistic = problem.moments.n * found.inside / (found.inside + found.outside)
    return instruments_agree("sargan", statistic, problem.fit, alpha)


def basmann(problem: Problem, form: str = "chi2", *, alpha: float = 0.05) -> TestResult:
    """Basmann's test of overidentifying restrictions (Basmann, 1960).

    The null is that all instruments are exogenous and share one linear effect: with ``P`` the projection on instruments
    and exogenous regressors and ``M = I - P``, ``(n - k - c - 1) e'P e / e'M e`` is then chi2(k - m) asymptotically,
    under homoskedastic errors. Form ``F`` divides by ``k - m`` and refers to F(k - m, n - k - c - 1). Some packages
    report form F at LIML whatever the estimator.

    Parameters
    ----------
    problem : Problem
        Its method, 2SLS, LIML or Fuller, gives the residuals.
    form : str
        ``chi2`` or ``F``.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures. The effect size is the statistic over its degrees of
        freedom.

    Raises
    ------
    ValueError
        Another form; OLS, or a k-class of given kappa.

    References
    ----------
    Basmann, R. L. (1960). On finite sample distributions of generalized classical linear identifiability test
    statistics. Journal of the American Statistical Association 55, 650-659.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> basmann(problem(Z, x, 0.5 * x + u, method="2SLS"), form="F").df
    'F(2, 496)'
    """
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(FORMS)}. Got {form!r}.")
    return _ratio("basmann", problem, alpha, form)


def j_statistic(problem: Problem, *, alpha: float = 0.05) -> TestResult:
    """J test of overidentifying restrictions: the Anderson-Rubin statistic at the estimate, free of ``beta``.

    The null is that all instruments are exogenous and share one linear effect: ``J = (n - k - c - 1) e'P e / e'M e`` is
    then chi2(k - m) asymptotically, under homoskedastic errors. At LIML it is its least value,
    ``(n - k - c - 1)(kappa - 1)``, the statistic of :func:`~latentmr.diagnose.overidentification`; at 2SLS it is
    :func:`basmann`'s. With weak instruments only the one at LIML keeps, asymptotically, a size of at most ``alpha``
    (Guggenberger, Kleibergen, Mavroeidis and Chen, 2012).

    Parameters
    ----------
    problem : Problem
        Its method, 2SLS, LIML or Fuller, gives the residuals.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures. The effect size is the statistic over its degrees of
        freedom.

    Raises
    ------
    ValueError
        With OLS or a k-class of given kappa.

    References
    ----------
    Guggenberger, P., Kleibergen, F., Mavroeidis, S. and Chen, L. (2012). On the asymptotic sizes of subset
    Anderson-Rubin and Lagrange multiplier tests in linear instrumental variables regression. Econometrica 80,
    2649-2666.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> posed = problem(Z, x, 0.5 * x + u)
    >>> j_statistic(posed).statistic < j_statistic(posed.by("2SLS")).statistic
    True
    """
    return _ratio("j_statistic", problem, alpha, "chi2")


def overidentification_lr(problem: Problem, *, alpha: float = 0.05) -> TestResult:
    """Likelihood-ratio test of overidentifying restrictions (Anderson and Rubin, 1950).

    The null is that all instruments are exogenous and share one linear effect: ``n log(kappa)``, with LIML's ``kappa``
    whatever the problem's method, is then chi2(k - m) asymptotically, under homoskedastic errors. It is never less than
    Sargan's at LIML, ``n (1 - 1 / kappa)``.

    Parameters
    ----------
    problem : Problem
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        ``not applicable`` with as many instruments as exposures. The effect size is the statistic over its degrees of
        freedom.

    Raises
    ------
    ValueError
        With OLS or a k-class of given kappa.

    References
    ----------
    Anderson, T. W. and Rubin, H. (1950). The asymptotic properties of estimates of the parameters of a single equation
    in a complete system of stochastic equations. Annals of Mathematical Statistics 21, 570-582.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.estimate.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> posed = problem(Z, x, 0.5 * x + u)
    >>> overidentification_lr(posed).statistic > sargan(posed).statistic
    True
    """
    name = "overidentification_lr"
    found = _residuals(name, problem, alpha)
    if isinstance(found, TestResult):
        return found
    if problem.fit.kappa_liml * RANK_TOLERANCE >= 1:
        return TestResult(name, NULL, "not applicable", "the instruments explain exposures or outcome entirely")
    return instruments_agree(name, problem.moments.n * float(np.log(problem.fit.kappa_liml)), problem.fit, alpha)


def unsolvable(problem: Problem) -> str:
    """Why a problem has no solution that could be tested; empty where it has one."""
    try:
        _ = problem.fit
    except np.linalg.LinAlgError:
        return "no unique effects: exposures and outcome, or what instruments explain of them, are linearly dependent"
    except ValueError as error:
        return str(error)
    return ""


def cannot_test(problem: Problem) -> str:
    """Why the residuals of a problem say nothing of overidentification; empty where they do."""
    if reason := unsolvable(problem):
        return reason
    fit = problem.fit
    m = len(fit.beta)
    if fit.k <= m:
        return f"{fit.k} instruments for {m} exposures: nothing is left to test"
    b = np.append(-fit.beta, 1.0)
    if b @ fit.total @ b <= RANK_TOLERANCE * (b**2 @ np.diag(fit.total)):
        return "the outcome is an exact linear function of the exposures: no residual is left to test"
    return ""


def instruments_agree(name: str, statistic: float, fit: Fit, alpha: float, form: str = "chi2") -> TestResult:
    """Refer a statistic of overidentification to chi2(k - m), or over ``k - m`` to F, and say what it means.

    Parameters
    ----------
    name : str
    statistic : float
        Of form chi2.
    fit : Fit
    alpha : float
        Level of the verdict.
    form : str
        ``chi2`` or ``F``.

    Returns
    -------
    TestResult
    """
    extra = fit.k - len(fit.beta)
    statistic = max(0.0, float(statistic))
    effect = statistic / extra
    p_value = float(chi2.sf(statistic, extra) if form == "chi2" else f_distribution.sf(effect, extra, fit.df))
    rejected = p_value < alpha
    return TestResult(
        name=name,
        null=NULL,
        verdict="warn" if rejected else "pass",
        reason=(
            "instruments disagree: some are invalid, or the effect is not one number"
            if rejected
            else "no sign that instruments disagree"
        ),
        statistic=statistic if form == "chi2" else effect,
        df=f"chi2({extra})" if form == "chi2" else f"F({extra}, {fit.df})",
        p_value=p_value,
        effect=effect,
    )


@dataclass(frozen=True)
class _Residuals:
    """Sum of squares of the structural residuals, in the span of the instruments and outside it."""

    inside: float
    outside: float


def _residuals(name: str, problem: Problem, alpha: float) -> _Residuals | TestResult:
    probability("alpha", alpha)
    if problem.model.method not in METHODS:
        raise ValueError(
            f"problem must be solved by one of {', '.join(METHODS)}. Got {problem.model.method}; take"
            ' problem.by("LIML").'
        )
    if reason := cannot_test(problem):
        return TestResult(name, NULL, "not applicable", reason)
    b = np.append(-problem.fit.beta, 1.0)
    inside = float(b @ problem.fit.within @ b)
    return _Residuals(inside, float(b @ problem.fit.total @ b) - inside)


def _ratio(name: str, problem: Problem, alpha: float, form: str) -> TestResult:
    found = _residuals(name, problem, alpha)
    if isinstance(found, TestResult):
        return found
    if found.outside <= RANK_TOLERANCE * found.inside:
        return TestResult(name, NULL, "not applicable", "the instruments explain the residuals entirely")
    return instruments_agree(name, problem.fit.df * found.inside / found.outside, problem.fit, alpha, form)

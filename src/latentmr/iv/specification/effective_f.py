"""Effective F with its critical values: is the bias of 2SLS a small share of the worst case?"""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, ncx2

from latentmr.iv.checks import probability
from latentmr.iv.covariance import spreads
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.first_stage import first_stage
from latentmr.results.objects import TestResult
from latentmr.typing import Array

__all__ = ["TOLERANCES", "effective_f", "effective_f_critical_value", "effective_f_table", "worst_bias"]


#: Shares of the worst-case bias for which critical values are tabulated in the paper.
TOLERANCES = (0.05, 0.1, 0.2, 0.3)


def effective_f_critical_value(
    W: Array, tau: float = 0.1, *, bound: float = 1.0, alpha: float = 0.05
) -> tuple[float, float]:
    """Critical value of the effective F, and its effective degrees of freedom.

    With ``x = bound / tau``, ``K = tr(W)^2 (1 + 2 x) / (tr(W W) + 2 x tr(W) max eig(W))``. The critical value is the
    upper ``alpha`` quantile of the noncentral ``chi2(K, x K) / K``: Patnaik's approximation of the effective F where
    the Nagar bias is ``tau`` of the worst case (Montiel Olea and Pflueger, 2013).

    Parameters
    ----------
    W : np.ndarray of dimension (k, k)
        Covariance of the first-stage coefficients of orthonormal instruments, up to a factor.
    tau : float
        Bias that is put up with, as a share of the worst case.
    bound : float
        Greatest bias of the estimator over effects and directions: 1 is the simplified, conservative one of 2SLS,
        :func:`worst_bias` the generalised one.
    alpha : float
        Level.

    Returns
    -------
    (float, float)
        Critical value and ``K``.

    Raises
    ------
    ValueError
        ``tau`` or ``alpha`` outside (0, 1).

    Examples
    --------
    >>> [round(effective_f_critical_value(np.eye(1), tau)[0], 2) for tau in (0.05, 0.1, 0.2, 0.3)]
    [37.42, 23.11, 15.06, 12.05]
    """
    probability("tau", tau)
    probability("alpha", alpha)
    degrees, noncentral = _reference(W, bound / tau)
    quantile = ncx2.isf(alpha, degrees, noncentral) if noncentral > 0 else chi2.isf(alpha, degrees)
    return float(quantile / degrees), degrees


def _reference(W: Array, x: float) -> tuple[float, float]:
    trace, largest = float(np.trace(W)), float(np.linalg.eigvalsh(W)[-1])
    degrees = trace**2 * (1 + 2 * x) / (float((W * W).sum()) + 2 * x * trace * largest)
    return degrees, x * degrees


def worst_bias(W: Array) -> float:
    """Greatest Nagar bias of 2SLS over effects and first-stage directions, as a share of the benchmark.

    ``max |tr S12 - 2 c' S12 c| / sqrt(tr S1 tr S2)`` over unit ``c`` and effects ``beta``, with ``S12`` and ``S1`` the
    covariances of ``(reduced form - beta first stage, first stage)``; at most 1 (Montiel Olea and Pflueger, 2013).
    Under homoskedastic errors it is ``|k - 2| / k``.

    Parameters
    ----------
    W : np.ndarray of dimension (2, 2, k, k)
        ``W[0, 0]`` is the covariance of the coefficients of the exposure on orthonormal instruments, ``W[1, 1]`` that
        of the outcome's, ``W[0, 1]`` that between them.

    Returns
    -------
    float

    Examples
    --------
    >>> round(worst_bias(np.array([[1.0, 0.5], [0.5, 1.0]])[:, :, None, None] * np.eye(3)), 6)
    0.333333
    """
    scale = np.sqrt(np.trace(W[1, 1]) / np.trace(W[0, 0]))
    S2 = W[0, 0]
    cross, S1 = (W[0, 1] + W[0, 1].T) / 2 / scale, W[1, 1] / scale**2

    def share(angle: float) -> float:
        c, s = np.cos(angle), np.sin(angle)
        S12 = c * cross - s * S2
        size = float(c * c * np.trace(S1) - 2 * c * s * np.trace(cross) + s * s * np.trace(S2))
        benchmark = np.sqrt(max(size, 0.0) * float(np.trace(S2)))
        # an effect at which the error vanishes has no bias either
        if benchmark <= 1e-9 * float(np.trace(S2)):
            return 0.0
        ends = np.linalg.eigvalsh(S12)[[0, -1]]
        return float(np.abs(np.trace(S12) - 2 * ends).max() / benchmark)

    grid = np.linspace(-np.pi / 2, np.pi / 2, 181)
    values = [share(angle) for angle in grid]
    best, step = grid[int(np.argmax(values))], grid[1] - grid[0]
    polished = minimize_scalar(lambda angle: -share(angle), bounds=(best - step, best + step), method="bounded")
    return min(1.0, max(max(values), -float(polished.fun)))


def effective_f(
    posed: Problem | Fit,
    reduced: ReducedForm | None = None,
    *,
    tau: float = 0.1,
    generalised: bool = False,
    alpha: float = 0.05,
) -> TestResult:
    """Effective F against its critical value (Montiel Olea and Pflueger, 2013).

    The null is that the Nagar bias of 2SLS may exceed ``tau`` of the worst case. The statistic is ``x' P x / tr(W)``,
    with ``W`` the covariance of the first-stage coefficients on orthonormal instruments given the covariates, under
    errors as the model has them. It is the robust F with one instrument and F under homoskedastic errors.

    Parameters
    ----------
    posed : Problem or Fit
    reduced : ReducedForm, optional
        Of the fit.
    tau : float
        Bias that is put up with, as a share of the worst case.
    generalised : bool
        Whether the critical value has the worst bias of the data's covariances, or the simplified, conservative one.
        Needs arrays.
    alpha : float
        Level of the verdict.

    Returns
    -------
    TestResult
        The effect size is the critical value. ``not applicable`` without instruments or with several exposures.

    Raises
    ------
    ValueError
        ``tau`` or ``alpha`` outside (0, 1); ``generalised`` without arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> z, u = rng.normal(size=(500, 1)), rng.normal(size=500)
    >>> effective_f(problem(z, z[:, 0] + u, u)).verdict, effective_f(problem(z, 0.1 * z[:, 0] + u, u)).verdict
    ('pass', 'warn')
    """
    probability("tau", tau)
    probability("alpha", alpha)
    null = f"the bias of 2SLS may exceed {100 * tau:g} % of the worst case"
    stage = first_stage(posed, reduced)
    if stage.m > 1:
        reason = "several exposures: effective F is that of one; take conditional_f or kleibergen_paap"
        return TestResult("effective_f", null, "not applicable", reason)
    if stage.reduced is None:
        return TestResult("effective_f", null, "not applicable", "there are no instruments")
    bound = _generalised_bound(posed) if generalised else 1.0
    if stage.explained(0):
        reason = "the instruments contain the exposure"
        return TestResult("effective_f", null, "pass", reason, float("inf"), "", 0.0)
    W = stage.reduced.first[0, 0]
    statistic = float(stage.within[0, 0] / np.trace(W))
    critical, degrees = effective_f_critical_value(W, tau, bound=bound, alpha=alpha)
    noncentral = bound / tau * degrees
    tail = (
        ncx2.sf(statistic * degrees, degrees, noncentral) if noncentral > 0 else chi2.sf(statistic * degrees, degrees)
    )
    weak = statistic < critical
    return TestResult(
        name="effective_f",
        null=null,
        verdict="warn" if weak else "pass",
        reason=f"effective F {statistic:.1f} is {'under' if weak else 'over'} the critical value {critical:.1f}",
        statistic=statistic,
        df=f"chi2({degrees:.4g}, {noncentral:.4g}) / {degrees:.4g}",
        p_value=float(tail),
        effect=critical,
    )


def effective_f_table(
    posed: Problem | Fit, reduced: ReducedForm | None = None, *, alpha: float = 0.05
) -> list[dict[str, Any]]:
    """Critical values of the effective F for all tolerances of the paper.

    Parameters
    ----------
    posed : Problem or Fit
    reduced : ReducedForm, optional
        Of the fit.
    alpha : float
        Level.

    Returns
    -------
    list of dict
        ``tau``, ``effective_f``, ``simplified`` and, on arrays, ``generalised`` critical values (None otherwise).
        Empty where effective F does not apply.

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv.problem import problem
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 4)), rng.normal(size=500)
    >>> row = effective_f_table(problem(Z, Z.sum(axis=1) + u, u + Z[:, 0], se="homoskedastic"))[1]
    >>> row["tau"], round(row["simplified"], 2), round(row["generalised"], 2)
    (0.1, 16.72, 10.23)
    """
    probability("alpha", alpha)
    stage = first_stage(posed, reduced)
    if stage.m > 1 or stage.reduced is None or stage.explained(0):
        return []
    W = stage.reduced.first[0, 0]
    bound = None if isinstance(posed, Fit) else _generalised_bound(posed)
    return [
        {
            "tau": tau,
            "effective_f": float(stage.within[0, 0] / np.trace(W)),
            "simplified": effective_f_critical_value(W, tau, alpha=alpha)[0],
            "generalised": None if bound is None else effective_f_critical_value(W, tau, bound=bound, alpha=alpha)[0],
        }
        for tau in TOLERANCES
    ]


def _generalised_bound(posed: Problem | Fit) -> float:
    if isinstance(posed, Fit):
        raise ValueError("generalised needs the rows of the data. Got a Fit; give a Problem, or take the simplified.")
    fit = posed.fit
    if posed.se_type in ("homoskedastic", "bekker"):
        return worst_bias((fit.total - fit.within)[:, :, None, None] * np.eye(fit.k))
    # the outcome has a first stage too, whose residuals the covariance is made of: it plays a second exposure here
    outcome = fit.given[:, 1] - fit.orthonormal @ fit.cross[:, 1]
    q = len(outcome)
    both = replace(
        fit,
        beta=np.zeros(2),
        bread=np.eye(2),
        residual=np.zeros(q),
        score=np.zeros((q, 2)),
        first_residual=np.column_stack([fit.first_residual, outcome]),
        given=fit.given[:, [0, 1, 1]],
    )
    reduced = spreads([both], posed.moments, posed.blocks, posed.se_type, posed.cluster)[0].reduced
    return worst_bias(reduced.first) if reduced is not None else 1.0

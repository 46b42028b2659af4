"""Efficient GMM (two-step, iterated and continuously updated) and Hansen's test."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.iv.cue import continuously_updated
from latentmr.iv.moment_rows import Rows, estimates_of, refuse_irrelevant, weigh
from latentmr.iv.problem import Problem, problem
from latentmr.iv.specification.overidentification import just_identified, overidentification_result
from latentmr.results.estimates import Estimates
from latentmr.results.objects import TestResult
from latentmr.typing import Array, ArrayLike

__all__ = ["gmm", "hansen_j"]


WEIGHTS = {"two-step": "GMM", "iterated": "iterated GMM", "cue": "CUE GMM"}
SE_TYPES = ("homoskedastic", "HC0", "HC1", "cluster")
MOST_STEPS = 500


@dataclass(frozen=True)
class _Solution:
    beta: Array
    covariance: Array
    statistic: float


def gmm(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    weight: str = "two-step",
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate effects by efficient GMM (Hansen, 1982; Hansen, Heaton and Yaron, 1996).

    The moments ``g`` are the products of the residual ``e = y - x beta - C gamma`` with all instruments, ``C`` and the
    intercept, as in linearmodels. Their covariance is ``V = sum_i v_i v_i' e_i^2`` (not centred); with clusters, it is
    computed from sums within clusters.

    The two-step estimate minimises ``g' V^-1 g`` with ``V`` at the 2SLS estimate. The iterated estimate repeats this
    step until it converges. The continuously updated estimate is the global minimiser of ``g' V^-1 g`` with ``V`` at
    the same effects. Its candidates come from all directions of ``(beta, 1)`` with ``C`` partialled out, and the best
    are refined jointly with ``gamma``. Under homoskedastic errors these estimates are 2SLS and LIML.

    Partialling out ``C`` first does not change the two-step effects and J. The iterated and continuously updated
    effects, and all robust standard errors, differ in the second order, because ``gamma`` is weighted too.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments; collinear ones are reduced to an independent set.
    x : array of dimension (n,) or (n, m)
        Exposures; columns of a data frame keep their names.
    y : array of dimension (n,)
        Outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors; an intercept is always added.
    weight : str
        ``two-step``, ``iterated`` or ``cue``.
    se : str, optional
        What weights and standard errors allow for: ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``; the default is
        HC1, or ``cluster`` if ``cluster`` is given. HC0 and HC1 have the same weights. Only the standard errors have
        the small-sample factor of :func:`~latentmr.iv.tsls`: none for HC0, ``n / (n - r)`` for homoskedastic and HC1.
    cluster : array of dimension (n,), optional
        Cluster labels in one column.
    alpha : float
        Significance level.

    Returns
    -------
    Estimates
        One estimate for each exposure. With one exposure its attributes can be read directly.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or is not finite, if the model is not identified, if the weight cannot be
        inverted (more moments than clusters), or if the iteration does not converge.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> y = 0.5 * x + u * np.exp(0.3 * Z[:, 0])
    >>> [abs(gmm(Z, x, y, weight=weight).beta - 0.5) < 0.1 for weight in ("two-step", "iterated", "cue")]
    [True, True, True]
    """
    probability("alpha", alpha)
    posed = _posed(Z, x, y, C, weight, se, cluster)
    solution = _solve(posed, weight)
    return estimates_of(posed, WEIGHTS[weight], solution.beta, solution.covariance, posed.se_type, alpha)


def hansen_j(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    weight: str = "two-step",
    se: str | None = None,
    cluster: ArrayLike | None = None,
    centred: bool = False,
    alpha: float = 0.05,
) -> TestResult:
    """Test the overidentifying restrictions by Hansen's (1982) J.

    The null is that all instruments are exogenous and share one linear effect. The statistic is the minimum ``J = g'
    V^-1 g`` of :func:`gmm`, asymptotically chi2(k - m) under the type of errors in ``se``. Under homoskedastic errors
    it is Sargan's ``n g' g / e'e``. It has no small-sample factor.

    Parameters
    ----------
    Z, x, y, C, weight, se, cluster :
        As in :func:`gmm`.
    centred : bool
        Whether to centre the moments in ``V``. The statistic is then ``J / (1 - J / n)`` at the iterated and
        continuously updated effects, which centring does not change. It is not offered for two steps, whose effects
        would change.
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
        As for :func:`gmm`, or if ``centred`` is combined with two steps, clusters or homoskedastic errors.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=500)
    >>> x = Z.sum(axis=1) + u
    >>> hansen_j(Z, x, 0.5 * x + u).verdict, hansen_j(Z, x, 0.5 * x + u + Z[:, 0]).verdict
    ('pass', 'warn')
    """
    probability("alpha", alpha)
    posed = _posed(Z, x, y, C, weight, se, cluster)
    if centred and (weight == "two-step" or not posed.se_type.startswith("HC")):
        raise ArgumentError(
            "centred",
            "be combined with `weight` iterated or cue, and `se` HC0 or HC1",
            f"{weight} and {posed.se_type}",
            "leave `centred` out, or change `weight` and `se`",
        )
    k, m = posed.fit.k, len(posed.fit.beta)
    refusal = just_identified("hansen_j", k, m)
    if refusal is not None:
        return refusal
    statistic = _solve(posed, weight).statistic
    statistic = statistic / (1 - statistic / posed.moments.n) if centred else statistic
    return overidentification_result("hansen_j", statistic, k - m, alpha)


def _posed(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None,
    weight: str,
    se: str | None,
    cluster: ArrayLike | None,
) -> Problem:
    if weight not in WEIGHTS:
        raise ArgumentError("weight", f"be one of {', '.join(WEIGHTS)}", f"{weight!r}", "choose one of these")
    if se is not None and se not in SE_TYPES:
        raise ArgumentError("se", f"be one of {', '.join(SE_TYPES)}", f"{se!r}", "choose one of these")
    # method LIML refuses an outcome without error, which gives no weight here either
    posed = problem(Z, x, y, C, method="LIML", se=se, cluster=cluster)
    refuse_irrelevant(posed)
    if posed.se_type == "cluster":
        ways = 0 if posed.cluster is None else posed.cluster.shape[1]
        if ways != 1:
            raise ArgumentError(
                "cluster",
                "have one label for each row, because a two-way covariance may have no inverse for the weights",
                f"{ways} labels for each row",
                "give one column of labels",
            )
    return posed


def _solve(posed: Problem, weight: str) -> _Solution:
    fit, n = posed.fit, posed.moments.n
    m = len(fit.beta)
    first = np.asarray(np.linalg.solve(fit.within[:m, :m], fit.within[:m, m]))
    if posed.se_type == "homoskedastic":
        beta, bread = (fit.beta, fit.bread) if weight == "cue" else (first, fit.within[:m, :m])
        eta = np.append(-beta, 1.0)
        inside, error = fit.squares(eta)
        statistic = n * inside / error
        return _Solution(beta, np.asarray(error / (n - fit.n_regressors) * np.linalg.inv(bread)), statistic)
    rows = Rows(posed)
    eta, gamma = np.append(-first, 1.0), np.zeros(rows.width - fit.k)
    S = rows.meat(eta, gamma)
    if weight == "cue" and fit.k > m:
        statistic, eta, gamma = continuously_updated(rows)
        S = rows.meat(eta, gamma)
        # the coefficients of C change the weight too, so the statistic is that of all moments
        return replace(_stepped(rows, S, S, eta), statistic=statistic)
    for _ in range(MOST_STEPS):
        before, old = eta, S
        eta, gamma = _step(rows, old)
        S = rows.meat(eta, gamma)
        solution = _stepped(rows, old, S, eta)
        moved = np.abs(eta - before)[:m] / np.sqrt(np.diag(solution.covariance))
        if weight != "iterated" or moved.max() < 1e-9:
            return solution
    raise ArgumentError(
        "weight",
        "converge",
        f"no convergence of iterated in {MOST_STEPS} steps: the instruments are weak or disagree",
        "use two-step or cue",
    )


def _step(rows: Rows, S: Array) -> tuple[Array, Array]:
    """Return the effects and the coefficients of ``C`` that minimise ``g' S^-1 g``."""
    fit = rows.posed.fit
    m, k = len(fit.beta), fit.k
    weighted = weigh(S[:k, :k], fit.cross)
    eta = np.append(-np.linalg.solve(fit.cross[:, :m].T @ weighted[:, :m], fit.cross[:, :m].T @ weighted[:, m]), 1.0)
    return eta, S[k:, :k] @ weighted @ eta


def _stepped(rows: Rows, old: Array, new: Array, eta: Array) -> _Solution:
    """Return the solution with weight ``old`` and covariance ``new`` of the moments at the effects."""
    posed, fit = rows.posed, rows.posed.fit
    m, k, n = len(fit.beta), fit.k, posed.moments.n
    weighted = weigh(old[:k, :k], fit.cross)
    inverse = np.asarray(np.linalg.inv(fit.cross[:, :m].T @ weighted[:, :m]))
    covariance = inverse @ weighted[:, :m].T @ new[:k, :k] @ weighted[:, :m] @ inverse
    factor = 1.0 if posed.se_type == "HC0" else n / (n - fit.n_regressors)
    if posed.cluster is not None:
        factor *= (n - 1) / n * rows.count / (rows.count - 1)
    return _Solution(-eta[:m], np.asarray(factor * covariance), float(eta @ fit.cross.T @ weighted @ eta))

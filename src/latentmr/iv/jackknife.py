"""Jackknife instrumental variables: JIVE1, UJIVE, and the jackknife forms of LIML and Fuller's estimator."""

from __future__ import annotations

import numpy as np
from scipy.linalg import block_diag, eigh

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.iv.groups import add_within, groupings, positive
from latentmr.iv.moment_rows import Rows, estimates_of, refuse_irrelevant
from latentmr.iv.problem import Problem, problem
from latentmr.results.estimates import Estimates
from latentmr.typing import Array, ArrayLike

__all__ = ["hful", "hlim", "jive"]


FORMS = {"jive1": "JIVE1", "ujive": "UJIVE"}
LEVERAGE_TOLERANCE = 1e-8
SE_TYPES = ("homoskedastic", "HC0", "HC1", "cluster")


def jive(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    form: str = "jive1",
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate effects by jackknife IV: each row's exposure is predicted by a first stage that leaves this row out.

    Let ``h`` be the leverages of ``(Z, C, 1)`` and ``h_C`` those of ``(C, 1)``, and let ``r`` and ``x_C`` be the
    residuals of the exposure given each of these. JIVE1's instrument is the prediction ``x - r / (1 - h)`` of the full
    first stage, next to ``C`` and the intercept (Angrist, Imbens and Krueger, 1999). UJIVE's instrument is this
    prediction minus the prediction from ``C`` alone, ``x_C / (1 - h_C) - r / (1 - h)`` (Kolesar, 2013). It removes
    JIVE1's bias from many covariates.

    The estimate is ``beta = (a' X)^-1 a' y`` with ``a`` the instrument and ``X``, ``y`` given ``C``. UJIVE as published
    uses ``y`` itself, and changes if a constant or a multiple of ``C`` is added to the outcome. Given ``C`` it does not
    change, and the rows' own errors still cancel if they are homoskedastic.

    The standard errors come from the sandwich with ``a``. They omit the variance that the products of many weak
    instruments add, which :func:`hlim` allows for.

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
    form : str
        ``jive1`` or ``ujive``.
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``; the default is HC1, or ``cluster`` if ``cluster`` is given.
        Predictions leave out one row, not its whole cluster.
    cluster : array of dimension (n,) or (n, 2), optional
        Cluster labels in one column, or in two columns for two-way clustering.
    alpha : float
        Significance level.

    Returns
    -------
    Estimates
        One estimate for each exposure. With one exposure its attributes can be read directly.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or is not finite, if the model is not identified, or if a row has leverage
        one.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> [abs(jive(Z, x, 0.5 * x + u, form=form).beta - 0.5) < 0.1 for form in ("jive1", "ujive")]
    [True, True]
    """
    probability("alpha", alpha)
    if form not in FORMS:
        raise ArgumentError("form", f"be one of {', '.join(FORMS)}", f"{form!r}", "choose one of these")
    if se is not None and se not in SE_TYPES:
        raise ArgumentError("se", f"be one of {', '.join(SE_TYPES)}", f"{se!r}", "choose one of these")
    if se == "cluster" and cluster is None:
        raise ArgumentError("cluster", "be given if `se` is cluster", "none", "give a cluster label for each row")
    # these effects are not used: kappa 0 can be solved before the strength of the instruments is checked
    posed = problem(Z, x, y, C, method="k-class", constant=0.0, se=se, cluster=cluster)
    refuse_irrelevant(posed)
    beta, covariance = _jive(posed, form)
    return estimates_of(posed, FORMS[form], beta, covariance, posed.se_type, alpha)


def hlim(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate effects by jackknife LIML, HLIM (Hausman, Newey, Woutersen, Chao and Swanson, 2012).

    HLIM uses only products of different rows. With ``P`` the projection on ``(Z, C, 1)``, ``D`` its diagonal and ``u``
    the structural residual, it minimises ``u' (P - D) u / u'u``. The minimum is the smallest eigenvalue of ``(W'W)^-1
    W' (P - D) W``, ``W = (y, x, C, 1)``. LIML uses ``P`` itself and is inconsistent with many instruments under
    heteroskedastic errors; HLIM is consistent.

    The variance estimate of the same paper is robust to heteroskedasticity and to many or many weak instruments. With
    ``e`` the residual, ``H = X' (P - D - alpha I) X``, ``v = X - e e'X / e'e`` and ``p = P v``, it is
    ``H^-1 [sum_i (p_i p_i' - P_ii v_i p_i' - P_ii p_i v_i') e_i^2 + sum_ij P_ij^2 v_i e_i e_j v_j'] H^-1``. It can be
    negative with irrelevant instruments; the standard error is then NaN.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments; collinear ones are reduced to an independent set.
    x : array of dimension (n,) or (n, m)
        Exposures; columns of a data frame keep their names.
    y : array of dimension (n,)
        Outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors, which are instruments for themselves. An intercept is always added.
    se : str, optional
        ``HC0``, which is the only type.
    cluster : None
        Not allowed, because the theory is for independent rows.
    alpha : float
        Significance level.

    Returns
    -------
    Estimates
        One estimate for each exposure. With one exposure its attributes can be read directly.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or is not finite, if the model is not identified, or if clusters are given.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> row = hlim(Z, x, 0.5 * x + u)
    >>> abs(row.beta - 0.5) < 0.1, row.se_type
    (True, 'HC0, many instruments')
    """
    return _hlim("HLIM", 0.0, Z, x, y, C, se, cluster, alpha)


def hful(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    constant: float = 1.0,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate effects by Fuller's modification of :func:`hlim` (HFUL), which has finite moments.

    The eigenvalue ``a`` becomes ``(a - (1 - a) constant / n) / (1 - (1 - a) constant / n)`` (Hausman, Newey, Woutersen,
    Chao and Swanson, 2012). Other parameters and the result are those of :func:`hlim`, which is the case ``constant``
    0.

    Raises
    ------
    ValueError
        As for :func:`hlim`, or if ``constant`` is negative, not finite, or at least ``n``.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> hful(Z, x, 0.5 * x + u).method
    'HFUL'
    """
    return _hlim("HFUL", constant, Z, x, y, C, se, cluster, alpha)


def _jive(posed: Problem, form: str) -> tuple[Array, Array]:
    fit, rows, n = posed.fit, Rows(posed), posed.moments.n
    k, m = fit.k, len(fit.beta)
    h, h_given = np.zeros(n), np.zeros(n)
    given, left = np.zeros((n, m + 1)), np.zeros((n, m))
    for here, V, W in rows:
        h[here], h_given[here] = (V**2).sum(axis=1), (V[:, k:] ** 2).sum(axis=1)
        given[here], left[here] = W, W[:, :m] - V[:, :k] @ fit.cross[:, :m]
    alone = np.flatnonzero(1 - h < LEVERAGE_TOLERANCE)
    if len(alone):
        raise ArgumentError(
            "Z and C",
            "have no column that a single row determines: the row's prediction without itself is then undefined",
            f"{len(alone)} rows with leverage one, the first at position {alone[0]} (counted from 0)",
            "drop these rows, or the rare columns",
        )
    own = given[:, :m] if form == "jive1" else given[:, :m] / (1 - h_given)[:, None]
    instrument = own - left / (1 - h)[:, None]
    onto = sum(V[:, k:].T @ instrument[here] for here, V, _ in rows)
    for here, V, _ in rows:
        instrument[here] -= V[:, k:] @ onto
    inverse = np.linalg.inv(instrument.T @ given[:, :m])
    beta = inverse @ instrument.T @ given[:, m]
    error = given @ np.append(-beta, 1.0)
    return beta, np.asarray(inverse @ _meat(posed, instrument, error) @ inverse.T)


def _meat(posed: Problem, instrument: Array, error: Array) -> Array:
    """Return the covariance of ``instrument' error``, with the small-sample factor of the k-class."""
    n, r = posed.moments.n, posed.fit.n_regressors
    if posed.se_type == "homoskedastic":
        return np.asarray(error @ error / (n - r) * instrument.T @ instrument)
    score = instrument * error[:, None]
    if posed.cluster is None:
        return np.asarray((n / (n - r) if posed.se_type == "HC1" else 1.0) * score.T @ score)
    total, terms = np.zeros((score.shape[1],) * 2), groupings(posed.cluster)
    for term in terms:
        sums = np.zeros((term.count, score.shape[1]))
        add_within(sums, score, term.codes)
        total += term.sign * sums.T @ sums
    count = min(term.count for term in terms if term.sign > 0)
    return (n - 1) / (n - r) * count / (count - 1) * (positive(total) if len(terms) > 1 else total)


def _hlim(
    method: str,
    constant: float,
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None,
    se: str | None,
    cluster: ArrayLike | None,
    alpha: float,
) -> Estimates:
    probability("alpha", alpha)
    if cluster is not None or se == "cluster":
        raise ArgumentError(
            "cluster",
            f"be left out for {method}, which drops the products of a row with itself but not with the other rows of"
            " its cluster, and whose theory is for independent rows",
            "clusters",
            "use jive or liml, which have clustered errors",
        )
    if se not in (None, "HC0"):
        raise ArgumentError("se", f"be HC0 for {method}, which has no other type", f"{se!r}", "leave `se` out")
    posed = problem(Z, x, y, C, method="LIML", se="HC0")
    refuse_irrelevant(posed)
    n = posed.moments.n
    if not 0 <= constant < n:
        raise ArgumentError(
            "constant", f"lie between 0 and the number of rows ({n})", f"{constant:g}", "the usual value is 1"
        )
    beta, covariance = _jackknifed_liml(Rows(posed), constant)
    return estimates_of(posed, method, beta, covariance, "HC0, many instruments", alpha)


def _jackknifed_liml(rows: Rows, constant: float) -> tuple[Array, Array]:
    fit, n = rows.posed.fit, rows.posed.moments.n
    k, m, r = fit.k, len(fit.beta), rows.width - fit.k
    # columns (X, y, C, 1), with X and y given C, and C orthonormal: the eigenvalue and the effects do not change
    total = block_diag(fit.total, np.eye(r))
    basis = block_diag(fit.cross, np.eye(r))
    own = np.zeros_like(total)
    for _, V, W in rows:
        columns = np.hstack([W, V[:, k:]])
        own += columns.T @ (columns * (V**2).sum(axis=1)[:, None])
    others = basis.T @ basis - own
    root = float(eigh(others, total, eigvals_only=True)[0])
    shrink = (1 - root) * constant / n
    moment = others - (root - shrink) / (1 - shrink) * total
    regressors = np.delete(np.arange(len(total)), m)
    inverse = np.linalg.inv(moment[np.ix_(regressors, regressors)])
    delta = inverse @ moment[regressors, m]

    structural = np.insert(-delta, m, 1.0)
    share = (total @ structural)[regressors] / (structural @ total @ structural)
    # only the rows of H^-1 for the effects: products for m exposures, not for each covariate
    free = (np.eye(len(total))[:, regressors] - np.outer(structural, share)) @ inverse[:, :m]
    predicted = basis @ free
    meat, products = np.zeros((m, m)), np.zeros((m, rows.width, rows.width))
    for _, V, W in rows:
        columns = np.hstack([W, V[:, k:]])
        error, v, p = columns @ structural, columns @ free, V @ predicted
        half = p * ((V**2).sum(axis=1) * error**2)[:, None]
        meat += (p * error[:, None] ** 2).T @ p - v.T @ half - half.T @ v
        for j in range(m):
            products[j] += V.T @ (V * (v[:, j] * error)[:, None])
    return delta[:m], meat + np.einsum("jab,lab->jl", products, products)

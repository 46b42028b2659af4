"""Multiplicative structural mean models: the causal risk ratio of an exposure, by GMM."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.stats import chi2

from latentmr.iv.binary.glm import independent_basis, sandwich_meat
from latentmr.iv.binary.two_stage import BinaryEstimate, outcome_and_exposure
from latentmr.iv.checks import cluster_codes, matrix, probability
from latentmr.results.objects import TestResult
from latentmr.typing import Array

__all__ = ["multiplicative_structural_mean_model"]


METHODS = ("gmm", "gmmalt", "tsls", "tslsalt")
FIRST_STEPS = ("invariant", "identity")
SE_TYPES = ("HC0", "cluster", "homoskedastic")
# Two estimators of one risk ratio from the same moments differ by less than this many standard errors.
FAR = 5.0


def multiplicative_structural_mean_model(
    Z: Any,
    x: Any,
    y: Any,
    C: Any = None,
    *,
    method: str = "gmmalt",
    first_step: str = "invariant",
    se: str | None = None,
    cluster: Any = None,
    alpha: float = 0.05,
) -> BinaryEstimate:
    """Multiplicative structural mean model (Hernan and Robins, 2006): causal risk ratio per unit of the exposure.

    The risk without exposure, ``y exp(-psi x)`` in expectation, does not depend on the instruments. ``exp(psi)`` is
    the risk ratio of those exposed, among all where the effect is the same at every level of the instruments; unlike
    an odds ratio it is collapsible. Moments, with ``W`` an intercept, instruments and covariates:

    - ``gmm``: ``W (y exp(-psi x - C'g) - a)``. As ``psi x`` grows without bound these vanish too, so far from zero
      a continuous exposure may lead there, which is refused; ``gmmalt`` does not.
    - ``gmmalt``: ``W (y exp(-a - psi x - C'g) - 1)``. Indifferent to where ``x`` has its zero.
    - ``tsls`` and ``tslsalt``, for a 0/1 exposure: the same moments are linear, ``y (1 - x) = a + C'g - exp(-psi) x y``
      and ``x y = exp(psi) (a + C'g - y (1 - x))``, solved by 2SLS (Clarke, Palmer and Windmeijer, 2015). Here ``C``
      shifts the risk without exposure, above its logarithm.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments; collinear ones are reduced to an independent set.
    x, y : array of dimension (n,)
        One exposure; outcome, 0 or 1.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors, their own instruments.
    method : str
        ``gmm``, ``gmmalt``, ``tsls`` or ``tslsalt``.
    first_step : str
        Weights of the first of GMM's two steps: ``invariant``, the inverse of ``W'W``, or ``identity`` as in R's gmm,
        with which the units of ``Z`` matter a little.
    se : str, optional
        ``HC0`` or ``cluster``, by default as ``cluster`` is given; ``homoskedastic`` for the 2SLS methods only.
    cluster : array of dimension (n,) or (n, 2), optional
        Labels of clusters.
    alpha : float
        Significance level.

    Returns
    -------
    BinaryEstimate
        ``coefficients`` have the baseline risk, for ``gmmalt`` its logarithm ``intercept``. ``hansen_j`` is the least
        two-step criterion with centred moments in the weight, None with one instrument.

    Raises
    ------
    ValueError
        Wrong shapes or values, no instrument left, a 2SLS method without 0/1 exposure, or no solution.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(5000, 2)), rng.normal(size=5000)
    >>> x = rng.normal(size=5000) + Z.sum(axis=1) + u
    >>> y = rng.uniform(size=5000) < np.exp(-2.5 + 0.2 * x + 0.1 * u)
    >>> found = multiplicative_structural_mean_model(Z, x, y)
    >>> abs(found.beta - 0.2) < 3 * found.se, found.hansen_j.df
    (True, 'chi2(1)')
    """
    probability("alpha", alpha)
    for name, value, allowed in (("method", method, METHODS), ("first_step", first_step, FIRST_STEPS)):
        if value not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}. Got {value!r}.")
    names = [str(name) for name in C.columns] if hasattr(C, "columns") else None
    x, y = outcome_and_exposure(x, y)
    n = len(y)
    Z, C = matrix("Z", Z, n), matrix("C", C, n)
    se = se or ("HC0" if cluster is None else "cluster")
    _check_errors(se, method, cluster)
    codes = None if cluster is None else cluster_codes(cluster, n)
    c = C.shape[1]
    columns, ones = np.hstack([C, Z]), np.ones(n)
    basis = independent_basis(columns, c, ones)
    k = basis.map.shape[1] - basis.rank_given
    if k < 1:
        raise ValueError(
            "Z must have an instrument for the one exposure that C and the intercept do not already span. Got"
            f" {Z.shape[1]} columns and none independent of those; give other instruments."
        )
    if n <= basis.map.shape[1] + 3:
        raise ValueError(
            f"Z and C must have fewer columns than rows. Got {columns.shape[1]} and {n}; drop instruments."
        )
    W = np.hstack([ones[:, None], (columns - basis.mean) @ basis.map * np.sqrt(n)])
    linear = method.startswith("tsls")
    if linear:
        if not np.isin(x, (0, 1)).all():
            raise ValueError(f"x must be 0 or 1 for method {method}. Got other values; take gmm or gmmalt.")
        theta, covariance, statistic = _linear(method == "tslsalt", W, x, y, C, se, codes)
    else:
        first = np.hstack([ones[:, None], columns]) if first_step == "identity" else W
        theta, covariance, statistic = _two_step(method == "gmmalt", first, W, np.column_stack([C, x]), y, codes)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    labels = ["intercept" if method == "gmmalt" else "baseline risk", *(names or [f"C{j + 1}" for j in range(c)]), "x"]
    return BinaryEstimate(
        method="MSMM",
        link=method,
        measure="log risk ratio",
        beta=float(theta[-1]),
        se=float(errors[-1]),
        alpha=alpha,
        n=n,
        k=k,
        conditional=False,
        coefficients=dict(zip(labels, theta.tolist(), strict=True)),
        standard_errors=dict(zip(labels, errors.tolist(), strict=True)),
        hansen_j=_hansen(statistic, k - 1, alpha) if k > 1 else None,
    )


def _check_errors(se: str, method: str, cluster: Any) -> None:
    if se not in SE_TYPES:
        raise ValueError(f"se must be one of {', '.join(SE_TYPES)}. Got {se!r}.")
    if (se == "cluster") != (cluster is not None):
        raise ValueError(f"se must be cluster where, and only where, cluster is given. Got {se!r}; leave se out.")
    if se == "homoskedastic" and not method.startswith("tsls"):
        raise ValueError(f"se must be HC0 or cluster for method {method}, efficient GMM. Got {se!r}; leave se out.")


def _two_step(
    alternative: bool, first: Array, W: Array, columns: Array, y: Array, codes: NDArray[np.int64] | None
) -> tuple[Array, Array, float]:
    """Coefficients of intercept or baseline risk and of the columns, their covariance, and the criterion."""
    n = len(y)
    cases = y > 0
    shift = columns.mean(axis=0) if alternative else np.zeros(columns.shape[1])
    T = independent_basis(columns, columns.shape[1] - 1, np.ones(n)).map * np.sqrt(n)
    R = (columns[cases] - shift) @ T
    moments = _Moments(alternative, R, n)

    start = np.zeros(R.shape[1] + 1)
    start[0] = np.log(y.mean())
    if not alternative:
        # the other moments have no solution at infinity, and theirs is near the one wanted
        near, spread, _ = _two_step(True, W, W, columns, y, codes)
        start = np.append(np.exp(near[0]), np.linalg.lstsq(T, near[1:], rcond=None)[0])
    theta = moments.solve(first[cases], first.mean(axis=0), np.eye(first.shape[1]), start)
    inside, mean = W[cases], W.mean(axis=0)
    weight = moments.covariance(theta, W, cases, codes)
    theta = moments.solve(inside, mean, weight, theta)
    value, jacobian = moments.mean(theta, inside, mean), moments.jacobian(theta, inside, mean)
    statistic = n * float(value @ np.linalg.solve(weight, value))
    final = moments.covariance(theta, W, cases, codes)
    information = jacobian.T @ np.linalg.solve(final, jacobian)
    size = np.sqrt(np.diag(information))
    if not (size > 0).all() or np.linalg.cond(information / np.outer(size, size)) > 1e12:
        raise ValueError(
            "Z must identify the risk ratio. Got moments that hardly change with it; take other instruments."
        )
    inner = np.linalg.inv(information) / n
    L = np.zeros((len(shift) + 1, len(theta)))
    L[0, 0], L[1:, 1:] = 1.0, T
    L[0, 1:] = -shift @ T
    theta, covariance = L @ theta, L @ inner @ L.T
    if not alternative and abs(theta[-1] - near[-1]) > FAR * np.sqrt(spread[-1, -1]):
        raise ValueError(
            f"the moments of gmm must have a solution near those of gmmalt. Got log risk ratios {theta[-1]:.3g} and"
            f" {near[-1]:.3g}: they vanish far from zero; take method='gmmalt', or centre x and C."
        )
    return theta, covariance, statistic


class _Moments:
    """Moments ``w (y exp(-R'p) - a)`` or ``w (y exp(-a - R'p) - 1)``; only cases have the first term.

    Parameters
    ----------
    alternative : bool
        The second form.
    R : np.ndarray of dimension (cases, r)
    n : int
        People.
    """

    def __init__(self, alternative: bool, R: Array, n: int) -> None:
        self.alternative, self.R, self.n = alternative, R, n

    def _risk(self, theta: Array) -> Array:
        return np.asarray(np.exp(-self.R @ theta[1:] - (theta[0] if self.alternative else 0.0)))

    def mean(self, theta: Array, inside: Array, mean: Array) -> Array:
        return np.asarray(self._risk(theta) @ inside / self.n - (1.0 if self.alternative else theta[0]) * mean)

    def jacobian(self, theta: Array, inside: Array, mean: Array) -> Array:
        risk = self._risk(theta)
        slopes = -inside.T @ (self.R * risk[:, None]) / self.n
        return np.column_stack([-(risk @ inside) / self.n if self.alternative else -mean, slopes])

    def covariance(self, theta: Array, W: Array, cases: NDArray[np.bool_], codes: NDArray[np.int64] | None) -> Array:
        residual = np.full(self.n, -1.0 if self.alternative else -theta[0])
        residual[cases] += self._risk(theta)
        return _centred_covariance(W * residual[:, None], codes)

    def solve(self, inside: Array, mean: Array, covariance: Array, start: Array) -> Array:
        L = np.linalg.cholesky(covariance)
        with np.errstate(over="ignore", invalid="ignore"):
            found = least_squares(
                lambda theta: np.linalg.solve(L, self.mean(theta, inside, mean)),
                start,
                jac=lambda theta: np.linalg.solve(L, self.jacobian(theta, inside, mean)),
                x_scale="jac",
                xtol=1e-13,
                ftol=1e-15,
                gtol=1e-14,
                max_nfev=300,
            )
        if found.status == 0 or np.abs(found.x[1:]).max() > 30 or not (self.alternative or found.x[0] > 0):
            raise ValueError(
                "the moments must have a solution. Got none in reach: instruments are weak or the risk ratio is"
                " without bound; take method='gmmalt', or two_stage_predictor_substitution(link='log')."
            )
        return np.asarray(found.x)


def _centred_covariance(moments: Array, codes: NDArray[np.int64] | None) -> Array:
    moments -= moments.mean(axis=0)
    covariance = sandwich_meat(moments, codes) / len(moments)
    scale = np.sqrt(np.diag(covariance))
    if not (scale > 0).all() or np.linalg.cond(covariance / np.outer(scale, scale)) > 1e12:
        raise ValueError(
            "Z and C must have fewer columns than there are clusters, and no rare values. Got moments whose covariance"
            " is singular; drop instruments, or clusters."
        )
    return covariance


def _linear(
    alternative: bool, W: Array, x: Array, y: Array, C: Array, se: str, codes: NDArray[np.int64] | None
) -> tuple[Array, Array, float]:
    """2SLS of the linear moments; the log risk ratio by the delta method."""
    n = len(y)
    left, right = (x * y, y * (1 - x)) if alternative else (y * (1 - x), x * y)
    regressors = np.column_stack([np.ones(n), C, right])
    inside = independent_basis(regressors[:, 1:], C.shape[1], np.ones(n))
    T = np.zeros((regressors.shape[1], inside.map.shape[1] + 1))
    T[0, 0], T[1:, 1:] = 1.0, inside.map * np.sqrt(n)
    if inside.map.shape[1] == inside.rank_given:
        raise ValueError("x and y must vary together. Got none exposed among cases, or all; take gmmalt.")
    R = regressors @ T
    G, target = W.T @ R / n, W.T @ left / n
    bread = G.T @ G
    if np.linalg.cond(bread) > 1e12:
        raise ValueError(
            "Z must identify the risk ratio. Got moments that hardly change with it; take other instruments."
        )
    inverse = np.linalg.inv(bread)
    b = inverse @ (G.T @ target)
    residual = left - R @ b
    S = _centred_covariance(W * residual[:, None], codes)
    if se == "homoskedastic":
        covariance = inverse * float(residual @ residual) / (n - R.shape[1]) / n
    else:
        covariance = inverse @ G.T @ S @ G @ inverse / n
    efficient = np.linalg.solve(G.T @ np.linalg.solve(S, G), G.T @ np.linalg.solve(S, target))
    rest = target - G @ efficient
    statistic = n * float(rest @ np.linalg.solve(S, rest))

    gamma, covariance = T @ b, T @ covariance @ T.T
    slope = -float(gamma[-1])
    if slope <= 0:
        raise ValueError(
            f"the causal risk ratio must be positive. Got {slope if alternative else 1 / slope:.3g}: instruments are"
            " weak or invalid; take method='gmmalt'."
        )
    psi = np.log(slope) if alternative else -np.log(slope)
    delta = np.eye(len(gamma))
    delta[-1, -1] = 1 / gamma[-1] if alternative else -1 / gamma[-1]
    theta = np.append(gamma[:-1], psi)
    if alternative:
        theta[:-1] /= slope
        delta[:-1, :-1] /= slope
        delta[:-1, -1] = theta[:-1] / slope
    return theta, delta @ covariance @ delta.T, statistic


def _hansen(statistic: float, df: int, alpha: float) -> TestResult:
    p_value = float(chi2.sf(statistic, df))
    rejected = p_value < alpha
    return TestResult(
        name="hansen_j",
        null="the risk without exposure does not depend on the instruments",
        verdict="warn" if rejected else "pass",
        reason=(
            "instruments disagree: some are invalid, or the risk ratio is not one number"
            if rejected
            else "no sign that instruments disagree"
        ),
        statistic=statistic,
        df=f"chi2({df})",
        p_value=p_value,
        effect=statistic / df,
    )

"""Multiplicative structural mean models: the causal risk ratio of an exposure, by GMM."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from latentmr.arrays import rows_matched
from latentmr.errors import ArgumentError
from latentmr.iv.binary.estimate import BinaryEstimate, OutcomeEquation
from latentmr.iv.binary.glm import independent_basis
from latentmr.iv.binary.multiplicative_moments import centred_covariance, two_step
from latentmr.iv.binary.sampling import outcome_and_exposure
from latentmr.iv.checks import cluster_codes, column_names, matrix, probability
from latentmr.results.objects import TestResult
from latentmr.typing import Array, ArrayLike, Codes

__all__ = ["multiplicative_structural_mean_model"]


METHODS = ("gmm", "gmmalt", "tsls", "tslsalt")
FIRST_STEPS = ("invariant", "identity")
SE_TYPES = ("HC0", "cluster", "homoskedastic")


def multiplicative_structural_mean_model(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    method: str = "gmmalt",
    first_step: str = "invariant",
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> BinaryEstimate:
    """Estimate the causal risk ratio by a multiplicative structural mean model, MSMM (Hernan and Robins, 2006).

    The model assumes that the risk without exposure, the expectation of ``y exp(-psi x)``, does not depend on the
    instruments. ``exp(psi)`` is the risk ratio per unit of exposure among the exposed. It is the risk ratio among all
    individuals if the effect is the same at every level of the instruments. Unlike an odds ratio it is collapsible.
    The moments, with ``W`` an intercept, instruments and covariates, are:

    - ``gmm``: ``W (y exp(-psi x - C'g) - a)``. These moments also vanish as ``psi x`` grows without bound. If the
      values of a continuous exposure lie far from zero, the solution may be this one, which raises an error.
      ``gmmalt`` does not have this problem.
    - ``gmmalt``: ``W (y exp(-a - psi x - C'g) - 1)``. These moments do not depend on the origin of ``x``.
    - ``tsls`` and ``tslsalt``, for a 0/1 exposure: the same moments are linear, ``y (1 - x) = a + C'g - exp(-psi) x y``
      and ``x y = exp(psi) (a + C'g - y (1 - x))``, and are solved by 2SLS (Clarke, Palmer and Windmeijer, 2015). Here
      ``C`` shifts the risk without exposure; with the GMM methods it shifts the logarithm of that risk.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments. Collinear instruments are reduced to an independent set.
    x, y : array of dimension (n,)
        One exposure, and the outcome, which is 0 or 1.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors, which are their own instruments.
    method : str
        ``gmm``, ``gmmalt``, ``tsls`` or ``tslsalt``.
    first_step : str
        Weights of the first GMM step: ``invariant``, the inverse of ``W'W``, or ``identity`` as in R's gmm, with which
        the units of ``Z`` matter slightly.
    se : str, optional
        ``HC0`` or ``cluster``; the default is ``cluster`` if ``cluster`` is given and HC0 otherwise. ``homoskedastic``
        is possible only for the 2SLS methods.
    cluster : array of dimension (n,) or (n, 2), optional
        Cluster labels in one column, or in two columns for two-way clustering.
    alpha : float
        Significance level.

    Returns
    -------
    BinaryEstimate
        ``coefficients`` contains ``baseline risk``, or for ``gmmalt`` its logarithm ``intercept``. ``hansen_j`` is the
        minimum two-step criterion with centred moments in the weight; it is None with one instrument.

    Raises
    ------
    ValueError
        If shapes or values are wrong, if no instrument remains, if a 2SLS method has no 0/1 exposure, or if there is no
        solution.

    Examples
    --------
    >>> import numpy as np
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
            raise ArgumentError(f"{name}", f"be one of {', '.join(allowed)}", f"{value!r}", "choose one of these")
    Z, x, y, C, cluster = rows_matched({"Z": Z, "x": x, "y": y, "C": C, "cluster": cluster}).values()
    exposure, outcome = outcome_and_exposure(x, y)
    n = len(outcome)
    candidates, regressors = matrix("Z", Z, n), matrix("C", C, n)
    se = se or ("HC0" if cluster is None else "cluster")
    _check_errors(se, method, cluster)
    codes = None if cluster is None else cluster_codes(cluster, n)
    c = regressors.shape[1]
    columns, ones = np.hstack([regressors, candidates]), np.ones(n)
    basis = independent_basis(columns, c, ones)
    k = basis.map.shape[1] - basis.rank_given
    if k < 1:
        raise ArgumentError(
            "Z",
            "have an instrument that is linearly independent of C and the intercept",
            f"{candidates.shape[1]} columns, none of which is",
            "give other instruments",
        )
    if n <= basis.map.shape[1] + 3:
        raise ArgumentError(
            "Z and C",
            "have fewer columns than rows",
            f"{columns.shape[1]} columns and {n} rows",
            "use fewer instruments",
        )
    W = np.hstack([ones[:, None], (columns - basis.mean) @ basis.map * np.sqrt(n)])
    linear = method.startswith("tsls")
    if linear:
        if not np.isin(exposure, (0, 1)).all():
            raise ArgumentError("x", f"be 0 or 1 for method {method}", "other values", "set `method` to gmm or gmmalt")
        theta, covariance, statistic = _linear(method == "tslsalt", W, exposure, outcome, regressors, se, codes)
    else:
        first = np.hstack([ones[:, None], columns]) if first_step == "identity" else W
        theta, covariance, statistic = two_step(
            method == "gmmalt", first, W, np.column_stack([regressors, exposure]), outcome, codes
        )
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    named = column_names(C)
    labels = ["intercept" if method == "gmmalt" else "baseline risk", *(named or [f"C{j + 1}" for j in range(c)]), "x"]
    return BinaryEstimate(
        method="MSMM",
        instruments="Z",
        adjustment="covar" if c else "none",
        basis="linear",
        exposure=(column_names(x) or ["x"])[0],
        beta=float(theta[-1]),
        se=float(errors[-1]),
        se_type=se,
        alpha=alpha,
        n=n,
        k=k,
        scale="log risk ratio",
        details=OutcomeEquation(
            link=method,
            measure="log risk ratio",
            conditional=False,
            coefficients=dict(zip(labels, theta.tolist(), strict=True)),
            standard_errors=dict(zip(labels, errors.tolist(), strict=True)),
            hansen_j=_hansen(statistic, k - 1, alpha) if k > 1 else None,
        ),
    )


def _check_errors(se: str, method: str, cluster: ArrayLike | None) -> None:
    if se not in SE_TYPES:
        raise ArgumentError("se", f"be one of {', '.join(SE_TYPES)}", f"{se!r}", "choose one of these")
    if (se == "cluster") != (cluster is not None):
        raise ArgumentError("se", "be cluster if, and only if, `cluster` is given", f"{se!r}", "leave `se` out")
    if se == "homoskedastic" and not method.startswith("tsls"):
        raise ArgumentError(
            "se", f"be HC0 or cluster for method {method}, which is efficient GMM", f"{se!r}", "leave `se` out"
        )


def _linear(
    alternative: bool, W: Array, x: Array, y: Array, C: Array, se: str, codes: Codes | None
) -> tuple[Array, Array, float]:
    """Solve the linear moments by 2SLS, and return the log risk ratio with its delta-method covariance."""
    n = len(y)
    left, right = (x * y, y * (1 - x)) if alternative else (y * (1 - x), x * y)
    regressors = np.column_stack([np.ones(n), C, right])
    inside = independent_basis(regressors[:, 1:], C.shape[1], np.ones(n))
    T = np.zeros((regressors.shape[1], inside.map.shape[1] + 1))
    T[0, 0], T[1:, 1:] = 1.0, inside.map * np.sqrt(n)
    if inside.map.shape[1] == inside.rank_given:
        raise ArgumentError("x", "vary among cases", "only exposed or only unexposed cases", "set `method` to gmmalt")
    R = regressors @ T
    G, target = W.T @ R / n, W.T @ left / n
    bread = G.T @ G
    if np.linalg.cond(bread) > 1e12:
        raise ArgumentError(
            "Z", "identify the risk ratio", "moments that hardly depend on it", "give other instruments"
        )
    inverse = np.linalg.inv(bread)
    b = inverse @ (G.T @ target)
    residual = left - R @ b
    S = centred_covariance(W * residual[:, None], codes)
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
        raise ArgumentError(
            "the causal risk ratio",
            "be positive",
            f"{(slope if alternative else 1 / slope):.3g}: the instruments are weak or invalid",
            "set `method` to 'gmmalt'",
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
            "the instruments disagree: some are invalid, or the risk ratio is not constant"
            if rejected
            else "no evidence that the instruments disagree"
        ),
        statistic=statistic,
        df=f"chi2({df})",
        p_value=p_value,
        effect=statistic / df,
    )

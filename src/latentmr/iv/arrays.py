"""Instrumental-variable estimators on plain arrays: OLS, two-stage least squares, LIML, Fuller, k-class."""

from __future__ import annotations

from latentmr.iv.checks import probability
from latentmr.iv.fit import estimate_models
from latentmr.iv.problem import problem
from latentmr.results.estimates import Estimates
from latentmr.typing import ArrayLike

__all__ = ["fuller", "kclass", "liml", "ols", "tsls"]


def ols(
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimates:
    """Regress ``y`` on ``x`` and ``C`` by ordinary least squares, without instruments, for comparison.

    Parameters
    ----------
    x : array of dimension (n,) or (n, m)
        Exposures. The column names of a data frame are kept.
    y : array of dimension (n,)
        Outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors. An intercept is always added.
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``; the default is HC1, or ``cluster`` if ``cluster`` is given.
    cluster : array of dimension (n,) or (n, 2), optional
        Cluster labels, numbers or text, in one column, or in two columns for two-way clustering.
    alpha : float
        Significance level.

    Returns
    -------
    Estimates
        One estimate for each exposure. With one exposure its attributes can be read directly.

    Raises
    ------
    ValueError
        If an argument has the wrong shape, is not finite, or the regressors explain the exposure.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(10.0)
    >>> round(ols(x, 2 * x + np.tile([0.0, 1.0], 5)).beta, 3)
    2.03
    """
    return _estimate("OLS", None, x, y, C, se, cluster, alpha)


def tsls(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate effects by two-stage least squares, which is biased towards OLS if instruments are many or weak.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments. Collinear instruments are reduced to an independent set.
    x : array of dimension (n,) or (n, m)
        Exposures. The column names of a data frame are kept.
    y : array of dimension (n,)
        Outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors. An intercept is always added.
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1``, ``cluster`` or ``bekker`` (homoskedastic, allows for many instruments);
        the default is HC1, or ``cluster`` if ``cluster`` is given. The sets allow for the same.
    cluster : array of dimension (n,) or (n, 2), optional
        Cluster labels, numbers or text, in one column, or in two columns for two-way clustering.
    alpha : float
        Significance level.

    Returns
    -------
    Estimates
        One estimate for each exposure. With one exposure its attributes can be read directly: ``tsls(Z, x, y).beta``.
        Each estimate has first-stage F, effective F, Anderson-Rubin and conditional likelihood-ratio sets. If the
        instruments contain the exposure, F is infinite and the estimate is that of OLS.

    Raises
    ------
    ValueError
        If an argument has the wrong shape, is not finite or not numeric, pandas arguments have indexes with different
        labels, or the model is not identified.

    Notes
    -----
    Rows of pandas arguments with the same labels in another order are matched by index. Other rows are matched by
    position.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> abs(tsls(Z, x, 0.5 * x + u).beta - 0.5) < 0.1
    True
    """
    return _estimate("2SLS", Z, x, y, C, se, cluster, alpha)


def liml(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate effects by limited-information maximum likelihood, LIML (Anderson and Rubin, 1949).

    LIML is nearly unbiased with many instruments. Parameters and result are those of :func:`tsls`. With as many
    instruments as exposures the two estimates are the same.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> print(liml(Z, x, 0.5 * x + u).ci_ar)
    [0.4236, 0.5665]
    """
    return _estimate("LIML", Z, x, y, C, se, cluster, alpha)


def fuller(
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
    """Estimate effects by Fuller's (1977) modification of LIML, which has finite moments.

    It is nearly unbiased with ``constant`` 1. With ``constant`` 4 the mean squared error is smaller in small samples.
    Other parameters and the result are those of :func:`tsls`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> fuller(Z, x, 0.5 * x + u).method
    'Fuller'
    """
    return _estimate("Fuller", Z, x, y, C, se, cluster, alpha, constant)


def kclass(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    kappa: float,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate effects by the k-class estimator with a given ``kappa``: 0 is OLS, 1 is 2SLS.

    Other parameters and the result are those of :func:`tsls`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> kclass(Z, x, 0.5 * x + u, kappa=1.0).beta == tsls(Z, x, 0.5 * x + u).beta
    True
    """
    return _estimate("k-class", Z, x, y, C, se, cluster, alpha, float(kappa))


def _estimate(
    method: str,
    Z: ArrayLike | None,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None,
    se: str | None,
    cluster: ArrayLike | None,
    alpha: float,
    constant: float = 1.0,
) -> Estimates:
    posed = problem(Z, x, y, C, method=method, constant=constant, se=se, cluster=cluster)
    level = probability("alpha", alpha)
    spread, n = [posed.spread], posed.moments.n
    return Estimates(estimate_models([posed.model], [posed.fit], spread, n, se_type=posed.se_type, alpha=level))

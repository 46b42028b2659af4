"""The estimators on plain arrays."""

from typing import Any

import numpy as np
import pandas as pd

from latentmr.estimate.fit import estimate_models
from latentmr.estimate.kclass import solve
from latentmr.estimate.model import Model, columns
from latentmr.estimate.moments import gather
from latentmr.results import Estimate

__all__ = ["fuller", "liml", "ols", "tsls"]


def ols(x: Any, y: Any, C: Any = None, *, se: str | None = None, cluster: Any = None, alpha: float = 0.05) -> Estimate:
    """Ordinary least squares of ``y`` on ``x`` and ``C``: the estimate without instruments, for comparison.

    Parameters
    ----------
    x, y : array of dimension (n,)
        Exposure and outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors; an intercept is always added.
    se : str, optional
        ``homoskedastic``, ``HC1`` or ``cluster``; by default HC1, clustered where ``cluster`` is given.
    cluster : array of dimension (n,), optional
        Labels of clusters.
    alpha : float
        Significance level.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        Where an argument has the wrong shape, is not finite, or the regressors explain the exposure.

    Examples
    --------
    >>> x = np.arange(10.0)
    >>> round(ols(x, 2 * x + np.tile([0.0, 1.0], 5)).beta, 3)
    2.03
    """
    return _single("OLS", None, x, y, C, se, cluster, alpha)


def tsls(
    Z: Any, x: Any, y: Any, C: Any = None, *, se: str | None = None, cluster: Any = None, alpha: float = 0.05
) -> Estimate:
    """Two-stage least squares. Biased towards OLS when instruments are many or weak.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments; collinear ones are reduced to an independent set.
    x, y : array of dimension (n,)
        Exposure and outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors; an intercept is always added.
    se : str, optional
        ``homoskedastic``, ``HC1`` or ``cluster``; by default HC1, clustered where ``cluster`` is given.
    cluster : array of dimension (n,), optional
        Labels of clusters.
    alpha : float
        Significance level.

    Returns
    -------
    Estimate
        With first-stage F, effective F and the Anderson-Rubin set.

    Raises
    ------
    ValueError
        Where an argument has the wrong shape, is not finite, or the model is not identified.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> abs(tsls(Z, x, 0.5 * x + u).beta - 0.5) < 0.1
    True
    """
    return _single("2SLS", Z, x, y, C, se, cluster, alpha)


def liml(
    Z: Any, x: Any, y: Any, C: Any = None, *, se: str | None = None, cluster: Any = None, alpha: float = 0.05
) -> Estimate:
    """Limited-information maximum likelihood (Anderson and Rubin, 1949): nearly unbiased with many instruments.

    Parameters and result are those of :func:`tsls`; with as many instruments as exposures the two are the same.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> print(liml(Z, x, 0.5 * x + u).ci_ar)
    [0.4208, 0.5605]
    """
    return _single("LIML", Z, x, y, C, se, cluster, alpha)


def fuller(
    Z: Any, x: Any, y: Any, C: Any = None, *, se: str | None = None, cluster: Any = None, alpha: float = 0.05
) -> Estimate:
    """Fuller's modification of LIML with constant 1 (Fuller, 1977): has moments, nearly unbiased.

    Parameters and result are those of :func:`tsls`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> fuller(Z, x, 0.5 * x + u).method
    'Fuller'
    """
    return _single("Fuller", Z, x, y, C, se, cluster, alpha)


def _single(method: str, Z: Any, x: Any, y: Any, C: Any, se: str | None, cluster: Any, alpha: float) -> Estimate:
    y = _column("y", y, None)
    n = len(y)
    x = _column("x", x, n)
    Z, C = _matrix("Z", Z, n), _matrix("C", C, n)
    se = se or ("HC1" if cluster is None else "cluster")
    codes = None
    if cluster is not None:
        if se != "cluster":
            raise ValueError(f"se must be cluster where cluster is given. Got {se!r}; leave one of them out.")
        labels = np.asarray(cluster)
        labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
        if labels.shape != (n,):
            raise ValueError(f"cluster must have a label for each of the {n} rows of y. Got shape {labels.shape}.")
        missing = int(pd.isna(labels).sum())
        if missing:
            raise ValueError(
                f"cluster must be known for everyone. Got {missing} missing labels; drop those rows first."
            )
        _, codes = np.unique(labels, return_inverse=True)
    design = np.column_stack([C, Z, x, y])
    c, k, q = C.shape[1], Z.shape[1], design.shape[1]
    model = Model(
        method=method,
        Z=columns(q, slice(c, c + k)),
        X=columns(q, slice(q - 2, q - 1)),
        y=columns(q, q - 1),
        C=columns(q, slice(0, c)),
        exposures=("x",),
        instruments="Z" if k else "none",
        adjustment="covar" if c else "none",
    )

    def blocks() -> list[np.ndarray]:
        return [design]

    moments = gather(blocks)
    fits = [solve(model, moments)]
    return estimate_models([model], fits, moments, blocks, se_type=se, cluster=codes, alpha=alpha)[0]


def _column(name: str, value: Any, n: int | None) -> np.ndarray:
    out = np.asarray(value, dtype=float)
    if out.ndim == 2 and out.shape[1] == 1:
        out = out[:, 0]
    if out.ndim != 1 or (n is not None and len(out) != n):
        want = "a vector" if n is None else f"a vector with the {n} rows of y"
        raise ValueError(f"{name} must be {want}. Got shape {np.shape(value)}.")
    return _finite(name, out)


def _matrix(name: str, value: Any, n: int) -> np.ndarray:
    if value is None:
        return np.zeros((n, 0))
    out = np.asarray(value, dtype=float)
    out = out[:, None] if out.ndim == 1 else out
    if out.ndim != 2 or len(out) != n:
        raise ValueError(f"{name} must be a matrix with the {n} rows of y. Got shape {np.shape(value)}.")
    return _finite(name, out)


def _finite(name: str, value: np.ndarray) -> np.ndarray:
    bad = int((~np.isfinite(value)).sum())
    if bad:
        raise ValueError(f"{name} must be finite. Got {bad} missing or infinite values; drop those rows first.")
    return value

"""Fit a factor model to one covariance matrix by maximum likelihood, and test for one more factor."""

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize

from latentmr.typing import Array

__all__ = ["factor_analysis", "next_factor_statistic"]


SMALLEST_UNIQUENESS = 0.005


def factor_analysis(S: Array, r: int) -> tuple[Array, Array]:
    """Estimate loadings and uniquenesses of ``r`` factors by maximum likelihood (Lawley and Maxwell, 1971).

    The loadings are profiled out of the likelihood by an eigenvalue problem. The log uniquenesses then maximise it.

    Parameters
    ----------
    S : np.ndarray of dimension (p, p)
        Covariance matrix.
    r : int
        Number of factors, 0 to p - 1.

    Returns
    -------
    np.ndarray of dimension (p, r)
        Loadings on uncorrelated factors of unit variance.
    np.ndarray of dimension (p,)
        Uniquenesses.
    """
    p = len(S)
    scale = np.sqrt(np.diag(S))
    R = S / np.outer(scale, scale)
    if r == 0:
        return np.zeros((p, 0)), scale**2

    log_det = np.linalg.slogdet(R + 1e-12 * np.eye(p))[1]

    def eigen(log_psi: Array) -> tuple[Array, Array, Array]:
        unit = np.exp(-0.5 * log_psi)
        values, vectors = eigh(R * np.outer(unit, unit), subset_by_index=(p - r, p - 1))
        loadings = vectors * np.sqrt(np.maximum(values - 1, 0)) / unit[:, None]
        return values, loadings, np.exp(log_psi)

    def profile(log_psi: Array) -> tuple[float, Array]:
        # the sum of w - log w - 1 over the p - r smallest eigenvalues, from trace, determinant and the r largest
        values, loadings, psi = eigen(log_psi)
        gradient = np.einsum("ij,ij->i", loadings, loadings) / psi + 1 - 1 / psi
        top = (values - np.log(values) - 1).sum()
        return float((1 / psi).sum() - (log_det - log_psi.sum()) - p - top), gradient

    # squared multiple correlations; the ridge is for data with fewer individuals than variables
    start = (1 - 0.5 * r / p) / np.diag(np.linalg.inv(R + 1e-6 * np.eye(p)))
    bounds = [(float(np.log(SMALLEST_UNIQUENESS)), 0.0)] * p
    found = minimize(
        profile,
        np.log(np.clip(start, 0.01, 1.0)),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 300, "ftol": 1e-11, "gtol": 1e-6},
    )
    _, loadings, psi = eigen(found.x)
    return loadings * scale[:, None], psi * scale**2


def next_factor_statistic(S: Array, loadings: Array, uniqueness: Array, n: float) -> float:
    """Return the largest eigenvalue beyond the fitted factors, standardised for the Tracy-Widom distribution.

    Let ``w`` be the ``r + 1``-th eigenvalue of ``Psi^-1/2 S Psi^-1/2`` and ``q = p - r``. The statistic is ``(w - c) /
    s``, with ``c = (sqrt(n - 1) + sqrt(q))^2 / n`` and ``s = (sqrt(n - 1) + sqrt(q)) (1 / sqrt(n - 1) + 1 /
    sqrt(q))^(1/3) / n`` (Johnstone, 2001; Patterson, Price and Reich, 2006, apply it to genotypes).

    Parameters
    ----------
    S : np.ndarray of dimension (p, p)
        Covariance matrix.
    loadings, uniqueness : np.ndarray of dimension (p, r) and (p,)
        Loadings and uniquenesses of the fitted factors.
    n : float
        Number of individuals.

    Returns
    -------
    float
        Statistic that approximately follows the Tracy-Widom distribution (beta = 1) if there is no further factor.
    """
    p, r = loadings.shape
    unit = 1 / np.sqrt(uniqueness)
    w = np.linalg.eigvalsh(S * np.outer(unit, unit))[p - r - 1]
    a, b = np.sqrt(n - 1), np.sqrt(p - r)
    centre = (a + b) ** 2 / n
    spread = (a + b) / n * (1 / a + 1 / b) ** (1 / 3)
    return float((w - centre) / spread)

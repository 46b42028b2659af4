"""Regression of effects on effects, with known standard errors that may be correlated."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array

__all__ = ["KnownErrors", "penalised_errors", "regress"]

#: Factor of the p values that reduce the weights of outlying variants, and minimum relative weight.
PENALTY, LEFT = 100.0, 1e-15


@dataclass(frozen=True, repr=False)
class KnownErrors(ShortRepr):
    """Result of generalised least squares with a known covariance of the errors.

    Parameters
    ----------
    coefficients, se : np.ndarray of dimension (q,)
        Estimates, and their standard errors if the covariance is correct (fixed effects).
    q_statistic : float
        Weighted sum of squared residuals: chi-squared with ``df`` degrees of freedom if the model holds.
    df : int
    """

    coefficients: Array
    se: Array
    q_statistic: float
    df: int

    @property
    def dispersion(self) -> float:
        """Standard error of the standardised residuals: 1 if the model holds."""
        return float(np.sqrt(self.q_statistic / self.df)) if self.df > 0 else np.nan

    @property
    def factor(self) -> float:
        """Factor of standard errors: the dispersion, or 1 if that is below 1 or there are no degrees of freedom."""
        return max(self.dispersion, 1.0) if self.df > 0 else 1.0

    @property
    def dispersed(self) -> float:
        """Dispersion as a factor that may be below 1, as in several R packages; 1 without degrees of freedom."""
        return self.dispersion if self.df > 0 else 1.0


def regress(design: Array, y: Array, se: Array, correlation: Array | None) -> KnownErrors:
    """Regress effects on a design, with standard errors ``se`` and optional correlations.

    Parameters
    ----------
    design : np.ndarray of dimension (p, q)
    y, se : np.ndarray of dimension (p,)
    correlation : np.ndarray of dimension (p, p), optional

    Returns
    -------
    KnownErrors

    Raises
    ------
    ValueError
        If the design does not have full rank.
    """
    X, z = design / se[:, None], y / se
    # unit columns, so that units of exposures and outcome do not matter
    unit = np.linalg.norm(X, axis=0)
    X = X / np.where(unit > 0, unit, 1.0)
    if correlation is not None:
        root = np.linalg.cholesky(correlation)
        X, z = np.linalg.solve(root, X), np.linalg.solve(root, z)
    Q, R = np.linalg.qr(X)
    if (unit == 0).any() or np.abs(np.diag(R)).min() <= 1e-10 * np.abs(R).max():
        raise ArgumentError(
            "bx",
            "vary for this method",
            "effects on the exposure that are all equal or all zero",
            "take other variants",
        )
    inverse = np.linalg.inv(R)
    coefficients = inverse @ (Q.T @ z)
    residuals = z - X @ coefficients
    se_fixed = np.sqrt((inverse**2).sum(axis=1))
    return KnownErrors(coefficients / unit, se_fixed / unit, float(residuals @ residuals), len(y) - design.shape[1])


def penalised_errors(errors: Array, residuals: Array) -> Array:
    """Return standard errors that are larger for outlying variants.

    A variant whose squared standardised residual has a chi-squared p value below 1/100 has its weight multiplied by a
    hundred times that p value (Burgess et al., 2016, Statistics in Medicine 35:1880).

    Parameters
    ----------
    errors, residuals : np.ndarray of dimension (p,)
        Standard errors, and residuals from a fit that is robust to outliers.

    Returns
    -------
    np.ndarray of dimension (p,)
    """
    kept = np.minimum(1.0, PENALTY * stats.chi2.sf((residuals / errors) ** 2, 1))
    return np.asarray(errors / np.sqrt(np.maximum(kept, LEFT)))

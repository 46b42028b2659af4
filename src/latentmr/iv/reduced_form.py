"""The instruments' products with exposures and outcome, and their covariance: all that weak-instrument tests need."""

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.kclass import Fit
from latentmr.typing import Array

__all__ = ["ReducedForm", "homoskedastic_reduced_form"]


@dataclass(frozen=True)
class ReducedForm:
    """Cross products of orthonormal instruments with ``W = (X, y)`` given the regressors, and their covariance.

    For the structural error ``e(beta) = y - X beta`` the moments are ``cross @ (-beta, 1)`` and their covariance is
    :meth:`covariance`, a quadratic in ``beta``.

    Parameters
    ----------
    cross : np.ndarray of dimension (k, m + 1)
        ``Z' W`` with ``Z' Z = I``.
    moment : np.ndarray of dimension (m + 1, m + 1, k, k)
        ``moment[j, l]`` is the covariance of columns ``j`` and ``l`` of ``cross``. Robust ones impose the null: they
        are made of products of ``W`` itself, not of its first-stage residuals.
    first_noise : np.ndarray of dimension (m,)
        Traces of the covariances of the first-stage coefficients on the orthonormal instruments, from first-stage
        residuals.
    df : int
        ``n - k - c - 1``.
    se_type : str
        What the covariances allow for: ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``.
    first_covariance : np.ndarray of dimension (m, m, k, k) or None
        Those covariances whole, where they were asked for.
    """

    cross: Array
    moment: Array
    first_noise: Array
    df: int
    se_type: str
    first_covariance: Array | None = None

    @property
    def k(self) -> int:
        """Instruments."""
        return int(self.cross.shape[0])

    @property
    def m(self) -> int:
        """Exposures."""
        return int(self.cross.shape[1]) - 1

    @property
    def first(self) -> Array:
        """Covariances ``[m, m, k, k]`` of the first-stage coefficients on the orthonormal instruments."""
        if self.first_covariance is None:
            raise ArgumentError(
                "reduced", "hold the covariance of the first stage", "its traces alone", "use problem()"
            )
        return self.first_covariance

    def covariance(self, b: Array, other: Array | None = None) -> Array:
        """Covariance ``[k, k]`` of ``cross @ b`` (with ``cross @ other`` where given)."""
        right = b if other is None else other
        weights = np.multiply.outer(b, right).ravel()
        flat = self.moment.reshape(len(weights), -1)
        return np.asarray((weights @ flat).reshape(self.k, self.k))


def homoskedastic_reduced_form(fit: Fit) -> ReducedForm:
    """The reduced form under homoskedastic errors: ``Omega`` times the identity.

    Parameters
    ----------
    fit : Fit
        With instruments.

    Returns
    -------
    ReducedForm
    """
    omega = (fit.total - fit.within) / fit.df
    moment = omega[:, :, None, None] * np.eye(fit.k)
    m = len(fit.beta)
    noise = fit.k * np.diag(omega)[:m]
    return ReducedForm(fit.cross, moment, noise, fit.df, "homoskedastic", moment[:m, :m])

"""Products of the instruments with exposures and outcome, and their covariance: the input of weak-instrument tests."""

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.kclass import Fit
from latentmr.results.printing import ShortRepr, counted
from latentmr.typing import Array

__all__ = ["ReducedForm", "homoskedastic_reduced_form"]


@dataclass(frozen=True, repr=False)
class ReducedForm(ShortRepr):
    """Cross products of orthonormal instruments with ``W = (X, y)`` given the regressors, and their covariance.

    For the structural error ``e(beta) = y - X beta`` the moments are ``cross @ (-beta, 1)``. Their covariance is given
    by :meth:`covariance`, a quadratic function of ``beta``.

    Parameters
    ----------
    cross : np.ndarray of dimension (k, m + 1)
        ``Z' W`` with ``Z' Z = I``.
    moment : np.ndarray of dimension (m + 1, m + 1, k, k)
        ``moment[j, l]`` is the covariance of columns ``j`` and ``l`` of ``cross``. Robust covariances impose the null:
        they are computed from ``W`` itself, not from its first-stage residuals.
    first_noise : np.ndarray of dimension (m,)
        Traces of the covariances of the first-stage coefficients on the orthonormal instruments, from first-stage
        residuals.
    df : int
        ``n - k - c - 1``.
    se_type : str
        Type of the covariances: ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``.
    first_covariance : np.ndarray of dimension (m, m, k, k) or None
        The whole covariances of the first-stage coefficients, if they were computed.
    """

    cross: Array
    moment: Array
    first_noise: Array
    df: int
    se_type: str
    first_covariance: Array | None = None

    def __repr__(self) -> str:
        sizes = f"{counted(self.k, 'instrument')}, {counted(self.m, 'exposure')}"
        return f"ReducedForm: {sizes}; {self.se_type} covariance, {self.df:,} degrees of freedom"

    @property
    def k(self) -> int:
        """Number of instruments."""
        return int(self.cross.shape[0])

    @property
    def m(self) -> int:
        """Number of exposures."""
        return int(self.cross.shape[1]) - 1

    @property
    def first(self) -> Array:
        """Covariances ``[m, m, k, k]`` of the first-stage coefficients on the orthonormal instruments."""
        if self.first_covariance is None:
            raise ArgumentError("reduced", "hold the covariance of the first stage", "only its traces", "use problem()")
        return self.first_covariance

    def covariance(self, b: Array, other: Array | None = None) -> Array:
        """Return the covariance ``[k, k]`` of ``cross @ b`` (with ``cross @ other`` if ``other`` is given)."""
        right = b if other is None else other
        weights = np.multiply.outer(b, right).ravel()
        flat = self.moment.reshape(len(weights), -1)
        return np.asarray((weights @ flat).reshape(self.k, self.k))


def homoskedastic_reduced_form(fit: Fit) -> ReducedForm:
    """Return the reduced form under homoskedastic errors, whose covariance is ``Omega`` times the identity.

    Parameters
    ----------
    fit : Fit
        A fit with instruments.

    Returns
    -------
    ReducedForm
    """
    omega = (fit.total - fit.within) / fit.df
    moment = omega[:, :, None, None] * np.eye(fit.k)
    m = len(fit.beta)
    noise = fit.k * np.diag(omega)[:m]
    return ReducedForm(fit.cross, moment, noise, fit.df, "homoskedastic", moment[:m, :m])

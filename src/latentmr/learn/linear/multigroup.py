"""Fit a factor model to several environments at once by maximum likelihood.

In environment ``e``, ``g ~ N(mu + B m_e, B S_e B' + Psi_e)`` with ``Psi_e`` diagonal. Variants are uncorrelated given
the factors, whose distribution is free in each environment. Environments that differ reveal the factors twice: in the
shift of their means and in the change of their covariances. The common loadings ``B`` are therefore estimated better
than from pooled data.
"""

from copy import copy
from dataclasses import dataclass

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from latentmr.learn.linear.factor_analysis import factor_analysis
from latentmr.learn.linear.moments import EnvironmentMoments
from latentmr.typing import Array

__all__ = ["MultigroupFit", "WarmFactors", "multigroup_factors"]


# Prior weight, in individuals, that keeps the variances of small environments near the pooled ones.
PRIOR_INDIVIDUALS = 10.0
# Smallest share of a variable's variance that the factors leave unexplained.
SMALLEST_UNIQUENESS = 0.02
# Bounds of the logarithms of uniquenesses in one environment.
LOG_UNIQUENESS = float(np.log(SMALLEST_UNIQUENESS) - 1.0), 3.0


@dataclass(frozen=True)
class MultigroupFit:
    """Loadings and uniquenesses of a multigroup factor model.

    Parameters
    ----------
    loadings : np.ndarray of dimension (p, r)
        Loadings common to all environments, in the units of the data.
    uniqueness : np.ndarray of dimension (p,)
        Variance that the factors do not explain, averaged over individuals.
    factor_covariance : np.ndarray of dimension (r, r)
        Average covariance of the factors within environments.
    log_likelihood : float
        Log-likelihood at the maximum, without the constant.
    n_parameters : int
        Number of free parameters, for information criteria.
    converged : bool
        Whether the optimiser reports a maximum.
    """

    loadings: Array
    uniqueness: Array
    factor_covariance: Array
    log_likelihood: float
    n_parameters: int
    converged: bool

    @property
    def aic(self) -> float:
        """Akaike's information criterion."""
        return 2 * self.n_parameters - 2 * self.log_likelihood


def multigroup_factors(
    moments: EnvironmentMoments, r: int, *, start: tuple[Array, Array] | None = None, max_iterations: int = 400
) -> MultigroupFit:
    """Fit ``r`` factors by penalised maximum likelihood (L-BFGS from the pooled solution).

    Parameters
    ----------
    moments : EnvironmentMoments
        Moments of ``p`` variables in ``E`` environments.
    r : int
        Number of factors, from 1 to ``p - 1``.
    start : (np.ndarray, np.ndarray), optional
        Loadings and uniquenesses of the pooled data, if they are already known.
    max_iterations : int
        Maximum number of iterations of the optimiser.

    Returns
    -------
    MultigroupFit
    """
    scale = np.sqrt(np.diag(moments.pooled))
    unit = moments.mapped(np.diag(1 / scale))
    if start is None:
        start = factor_analysis(moments.pooled, r)
    problem = _Problem(unit, r, start[0] / scale[:, None], start[1] / scale**2)
    result = problem.minimised(problem.start(), 1e-10, 1e-6, max_iterations)
    B, _, _, roots, log_psi = problem.unpack(result.x)
    E, p = unit.mean.shape
    n_parameters = p * r + p + E * (r + r * (r + 1) // 2 + p) - r * r - r
    return MultigroupFit(
        loadings=B * scale[:, None],
        uniqueness=(moments.weight @ np.exp(log_psi)) * scale**2,
        factor_covariance=np.einsum("e,eij,ekj->ik", moments.weight, roots, roots),
        log_likelihood=problem.log_likelihood(result.x),
        n_parameters=n_parameters,
        converged=bool(result.success),
    )


class WarmFactors:
    """The factor model of one data set, refitted to resampled moments from its own solution.

    Parameters
    ----------
    moments : EnvironmentMoments
        Moments of the data.
    r : int
        Number of factors, at least one.
    """

    def __init__(self, moments: EnvironmentMoments, r: int) -> None:
        self._scale = np.sqrt(np.diag(moments.pooled))
        self._r = r
        unit = moments.mapped(np.diag(1 / self._scale))
        loadings, uniqueness = factor_analysis(unit.pooled, r)
        self._problem = _Problem(unit, r, loadings, uniqueness)
        self._theta = self._problem.minimised(self._problem.start(), 1e-12, 1e-7, 3000).x

    def refit(self, moments: EnvironmentMoments) -> tuple[Array, Array]:
        """Return loadings ``[p, r]`` and uniquenesses ``[p]`` for resampled moments.

        The tolerance leaves an error of a few percent of a resampling deviation, far below the spread of these
        deviations.
        """
        unit = moments.mapped(np.diag(1 / self._scale))
        problem = self._problem.with_moments(unit)
        B, _, _, _, log_psi = problem.unpack(problem.minimised(self._theta, 1e-7, 1e-4, 400).x)
        return B * self._scale[:, None], (moments.weight @ np.exp(log_psi)) * self._scale**2


class _Problem:
    """Objective and gradient; the parameters are B, mu, m_e, the lower triangles of S_e, and log Psi_e."""

    def __init__(self, moments: EnvironmentMoments, r: int, loadings: Array, uniqueness: Array) -> None:
        self.moments, self.r = moments, r
        E, p = moments.mean.shape
        self.E, self.p = E, p
        self.lower = np.tril_indices(r)
        self.sizes = np.cumsum([p * r, p, E * r, E * len(self.lower[0]), E * p])
        self.loadings, self.pooled_psi = loadings, uniqueness
        variances = self._variances = np.einsum("epp->ep", moments.covariance)
        # a variant's unexplained variance changes between environments with its total variance
        relative = np.clip(variances / np.diag(moments.within), 0.2, 5.0)
        self.prior_psi = np.maximum(uniqueness * relative, SMALLEST_UNIQUENESS)

    def with_moments(self, moments: EnvironmentMoments) -> "_Problem":
        """Return the same problem, with the same prior, for other moments."""
        other = copy(self)
        other.moments = moments
        other._variances = np.einsum("epp->ep", moments.covariance)
        return other

    def minimised(self, theta: Array, ftol: float, gtol: float, max_iterations: int) -> OptimizeResult:
        """Minimise from ``theta`` by L-BFGS, within the bounds of the uniquenesses.

        Bounds matter only if a variable's uniqueness is near one. They are left out first, because the optimiser takes
        long to handle those of many variables.
        """
        options = {"maxiter": max_iterations, "maxfun": 2 * max_iterations, "maxcor": 20, "ftol": ftol, "gtol": gtol}
        low, high = LOG_UNIQUENESS
        for bounds in (None, self.bounds()):
            with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                found = minimize(self.objective, theta, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
            log_psi = found.x[self.sizes[3] :]
            if np.isfinite(found.fun) and low < log_psi.min() and log_psi.max() < high:
                break
        return found

    def start(self) -> Array:
        P = 1 / self.pooled_psi
        K = (self.loadings.T * P) @ self.loadings
        score = np.linalg.solve(K, self.loadings.T * P)
        mu = self.moments.pooled_mean
        m = (self.moments.mean - mu) @ score.T
        S = np.einsum("ip,epq,jq->eij", score, self.moments.covariance, score, optimize=True) - np.linalg.inv(K)
        values, vectors = np.linalg.eigh(S)
        S = np.einsum("eij,ej,ekj->eik", vectors, np.maximum(values, 0.05), vectors)
        roots = np.linalg.cholesky(S)
        parts = [self.loadings, mu, m, roots[:, *self.lower], np.log(self.prior_psi)]
        return np.concatenate([part.ravel() for part in parts])

    def bounds(self) -> list[tuple[float | None, float | None]]:
        free = [(None, None)] * int(self.sizes[3])
        return free + [LOG_UNIQUENESS] * (self.E * self.p)

    def unpack(self, theta: Array) -> tuple[Array, Array, Array, Array, Array]:
        B, mu, m, flat, log_psi = np.split(theta, self.sizes[:-1])
        roots = np.zeros((self.E, self.r, self.r))
        roots[:, *self.lower] = flat.reshape(self.E, -1)
        return (
            B.reshape(self.p, self.r),
            mu,
            m.reshape(self.E, self.r),
            roots,
            log_psi.reshape(self.E, self.p),
        )

    def objective(self, theta: Array) -> tuple[float, Array]:
        """Return the penalised negative log-likelihood per individual, and its gradient."""
        B, mu, m, roots, log_psi = self.unpack(theta)
        psi, diagonal_roots = np.exp(log_psi), np.einsum("eii->ei", roots)
        n = self.moments.n
        term, QL, diagonal, Sd = self._environments(B, mu, m, roots, log_psi)
        # an inverse-gamma prior on Psi_e and a Wishart prior on S_e, each worth a few individuals
        ratio = self.prior_psi / psi
        value = float(n @ term)
        value += 0.5 * PRIOR_INDIVIDUALS * float((ratio + log_psi).sum() + (roots**2).sum())
        value -= PRIOR_INDIVIDUALS * float(np.log(np.abs(diagonal_roots)).sum())
        weighted = n[:, None, None] * QL
        dB = (weighted @ roots.transpose(0, 2, 1)).sum(axis=0) - (n[:, None] * Sd).T @ m
        droots = np.tril(B.T @ weighted) + PRIOR_INDIVIDUALS * (roots - np.eye(self.r) / diagonal_roots[:, :, None])
        dlog = 0.5 * n[:, None] * diagonal * psi + 0.5 * PRIOR_INDIVIDUALS * (1 - ratio)
        dm = -n[:, None] * (Sd @ B)
        dmu = -(n @ Sd)
        flat = [dB.ravel(), dmu, dm.ravel(), droots[:, *self.lower].ravel(), dlog.ravel()]
        total = float(n.sum())
        return value / total, np.concatenate(flat) / total

    def log_likelihood(self, theta: Array) -> float:
        """Return the log-likelihood without penalty and constant."""
        return -float(self.moments.n @ self._environments(*self.unpack(theta))[0])

    def _environments(
        self, B: Array, mu: Array, m: Array, roots: Array, log_psi: Array
    ) -> tuple[Array, Array, Array, Array]:
        """Return half the deviance of each environment per individual, and the terms of its gradient.

        Let ``R = S_e + d d'`` and ``Q = inv(Sigma) - inv(Sigma) R inv(Sigma)``. The terms are ``[E]``, ``Q L`` ``[E, p,
        r]``, ``diag(Q)`` and ``inv(Sigma) d`` ``[E, p]``. The only product of order ``p^2`` is ``S_e P L``. The rest
        follows from ``inv(Sigma) = P - P L V L' P``, ``V = inv(I + L' P L)``.
        """
        P = np.exp(-log_psi)
        L = B @ roots  # loadings on factors of unit variance
        d = self.moments.mean - mu - m @ B.T
        PL = P[:, :, None] * L
        V = np.linalg.inv(np.eye(self.r) + L.transpose(0, 2, 1) @ PL)
        PLV = PL @ V
        R_PL = self.moments.covariance @ PL + d[:, :, None] * (d[:, None, :] @ PL)
        middle = PL.transpose(0, 2, 1) @ R_PL
        R_diagonal = self._variances + d**2
        log_determinant = log_psi.sum(axis=1) - np.linalg.slogdet(V)[1]
        trace = (V * middle).sum(axis=(1, 2))
        term = 0.5 * (log_determinant + (P * R_diagonal).sum(axis=1) - trace)
        folded = PLV @ middle
        QL = PLV - P[:, :, None] * (R_PL @ V) + folded @ V
        diagonal = P - P**2 * R_diagonal + (PLV * (2 * P[:, :, None] * R_PL - PL - folded)).sum(axis=2)
        Pd = P * d
        Sd = Pd - (PLV @ (L.transpose(0, 2, 1) @ Pd[:, :, None]))[:, :, 0]
        return term, QL, diagonal, Sd

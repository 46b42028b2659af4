"""Maximum-likelihood factor analysis of several environments at once.

In environment ``e``, ``g ~ N(mu + B m_e, B S_e B' + Psi_e)`` with ``Psi_e`` diagonal: variants are uncorrelated
given the factors, whose law is free in each environment. Environments that differ show the factors twice, in the
shift of their means and in the change of their covariances, so the common loadings ``B`` are found better than from
pooled data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from latentmr.learn.moments import EnvironmentMoments
from latentmr.learn.principal import factor_analysis

__all__ = ["MultigroupFit", "multigroup_factors"]

Array = NDArray[np.float64]

# Prior weight, in people, that keeps the variances of small environments near the pooled ones.
PRIOR_PEOPLE = 10.0
# Smallest share of a variable's variance that is its own.
SMALLEST_UNIQUENESS = 0.02


@dataclass(frozen=True)
class MultigroupFit:
    """Loadings and uniquenesses of a multigroup factor model.

    Parameters
    ----------
    loadings : np.ndarray of dimension (p, r)
        Common to all environments, in the units of the data.
    uniqueness : np.ndarray of dimension (p,)
        Average over people of the variance that the factors do not explain.
    factor_covariance : np.ndarray of dimension (r, r)
        Average covariance of the factors within environments.
    log_likelihood : float
        At the maximum, without the constant.
    n_parameters : int
        Free parameters, for information criteria.
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
        """Akaike's criterion."""
        return 2 * self.n_parameters - 2 * self.log_likelihood


def multigroup_factors(
    moments: EnvironmentMoments, r: int, *, start: tuple[Array, Array] | None = None, max_iterations: int = 400
) -> MultigroupFit:
    """Fit ``r`` factors by penalised maximum likelihood (L-BFGS from the pooled solution).

    Parameters
    ----------
    moments : EnvironmentMoments
        Of ``p`` variables in ``E`` environments.
    r : int
        Factors, from 1 to ``p - 1``.
    start : (np.ndarray, np.ndarray), optional
        Loadings and uniquenesses of the pooled data, where they are known already.
    max_iterations : int
        Of the optimiser.

    Returns
    -------
    MultigroupFit
    """
    scale = np.sqrt(np.diag(moments.pooled))
    unit = moments.mapped(np.diag(1 / scale))
    if start is None:
        start = factor_analysis(moments.pooled, r)
    problem = _Problem(unit, r, start[0] / scale[:, None], start[1] / scale**2)
    result = minimize(
        problem.objective,
        problem.start(),
        jac=True,
        method="L-BFGS-B",
        bounds=problem.bounds(),
        options={
            "maxiter": max_iterations,
            "maxfun": 2 * max_iterations,
            "maxcor": 20,
            "ftol": 1e-10,
            "gtol": 1e-6,
        },
    )
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


class _Problem:
    """Objective and gradient; parameters are B, mu, m_e, lower triangles of S_e, log Psi_e."""

    def __init__(self, moments: EnvironmentMoments, r: int, loadings: Array, uniqueness: Array) -> None:
        self.moments, self.r = moments, r
        E, p = moments.mean.shape
        self.E, self.p = E, p
        self.lower = np.tril_indices(r)
        self.sizes = np.cumsum([p * r, p, E * r, E * len(self.lower[0]), E * p])
        self.loadings, self.pooled_psi = loadings, uniqueness
        variances = np.einsum("epp->ep", moments.covariance)
        # a variant's own variance moves between environments with its total variance
        relative = np.clip(variances / np.diag(moments.within), 0.2, 5.0)
        self.prior_psi = np.maximum(uniqueness * relative, SMALLEST_UNIQUENESS)

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
        return free + [(float(np.log(SMALLEST_UNIQUENESS) - 1.0), 3.0)] * (self.E * self.p)

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
        """Penalised negative log-likelihood per person, and its gradient."""
        B, mu, m, roots, log_psi = self.unpack(theta)
        dB, dmu, dm = np.zeros_like(B), np.zeros_like(mu), np.zeros_like(m)
        droots, dlog = np.zeros_like(roots), np.zeros_like(log_psi)
        value = 0.0
        for e in range(self.E):
            n, root = self.moments.n[e], roots[e]
            term, QL, diagonal, Sd = self._environment(e, B, mu, m[e], root, log_psi[e])
            value += n * term
            dB += n * QL @ root.T - n * np.outer(Sd, m[e])
            droots[e] = n * np.tril(B.T @ QL)
            dlog[e] = 0.5 * n * diagonal * np.exp(log_psi[e])
            dm[e] = -n * B.T @ Sd
            dmu -= n * Sd
            # an inverse-gamma prior on Psi_e and a Wishart one on S_e, each worth a few people
            ratio = self.prior_psi[e] / np.exp(log_psi[e])
            value += 0.5 * PRIOR_PEOPLE * float((ratio + log_psi[e]).sum() + (root**2).sum())
            value -= PRIOR_PEOPLE * float(np.log(np.abs(np.diag(root))).sum())
            dlog[e] += 0.5 * PRIOR_PEOPLE * (1 - ratio)
            droots[e] += PRIOR_PEOPLE * (root - np.diag(1 / np.diag(root)))
        total = float(self.moments.n.sum())
        flat = [dB.ravel(), dmu, dm.ravel(), droots[:, *self.lower].ravel(), dlog.ravel()]
        return value / total, np.concatenate(flat) / total

    def log_likelihood(self, theta: Array) -> float:
        """Log-likelihood without penalty and constant."""
        B, mu, m, roots, log_psi = self.unpack(theta)
        terms = [self._environment(e, B, mu, m[e], roots[e], log_psi[e])[0] for e in range(self.E)]
        return -float(self.moments.n @ np.array(terms))

    def _environment(
        self, e: int, B: Array, mu: Array, m: Array, root: Array, log_psi: Array
    ) -> tuple[float, Array, Array, Array]:
        """Half the deviance of one environment per person, and what its gradient is made of.

        With ``R = S_e + d d'`` and ``Q = inv(Sigma) - inv(Sigma) R inv(Sigma)``: the term, ``Q L``, ``diag(Q)`` and
        ``inv(Sigma) d``. The only product of order ``p^2`` is ``S_e P L``; the rest follows from ``inv(Sigma) = P -
        P L V L' P``, ``V = inv(I + L' P L)``.
        """
        P = np.exp(-log_psi)
        L = B @ root  # loadings on factors of unit variance
        d = self.moments.mean[e] - mu - B @ m
        S = self.moments.covariance[e]
        PL = P[:, None] * L
        V = np.linalg.inv(np.eye(self.r) + L.T @ PL)
        PLV = PL @ V
        R_PL = S @ PL + np.outer(d, d @ PL)
        middle = PL.T @ R_PL
        R_diagonal = np.diag(S) + d**2
        log_determinant = float(log_psi.sum()) - float(np.linalg.slogdet(V)[1])
        term = 0.5 * (log_determinant + float(P @ R_diagonal) - float(np.trace(V @ middle)))
        QL = PLV - P[:, None] * (R_PL @ V) + PLV @ (middle @ V)
        diagonal = (
            P
            - np.einsum("ij,ij->i", PLV, PL)
            - P**2 * R_diagonal
            + 2 * P * np.einsum("ij,ij->i", R_PL, PLV)
            - np.einsum("ij,ij->i", PLV @ middle, PLV)
        )
        Sd = P * d - PLV @ (L.T @ (P * d))
        return term, QL, diagonal, Sd

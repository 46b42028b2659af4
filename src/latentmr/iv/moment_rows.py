"""Rows of a problem, block by block, for estimators that weigh moments: instruments, regressors and residuals."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.groups import add_within
from latentmr.iv.problem import Problem
from latentmr.linalg import RANK_TOLERANCE, symmetric_root
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Estimate
from latentmr.typing import Array

__all__ = ["Rows", "estimates_of", "refuse_irrelevant", "weigh"]


@dataclass(frozen=True)
class Rows:
    """The rows of a problem, block by block: instruments, regressors, and ``(X, y)`` given the regressors.

    Parameters
    ----------
    posed : Problem
        A problem with instruments.
    """

    posed: Problem

    @cached_property
    def regressors(self) -> Array:
        """Map of dimension (q, r) from the centred design to orthonormal ``C``, without the intercept."""
        C = self.posed.model.C
        S = C.T @ self.posed.moments.S @ C
        return np.asarray(C @ symmetric_root(S, np.diag(S)))

    @property
    def count(self) -> int:
        """Number of rows, or of clusters if the problem has them."""
        return self.posed.moments.n if self.posed.cluster is None else int(self.posed.cluster.max()) + 1

    @property
    def width(self) -> int:
        """Number of orthonormal instruments and regressors, with the intercept."""
        return self.posed.fit.k + self.regressors.shape[1] + 1

    def __iter__(self) -> Iterator[tuple[slice, Array, Array]]:
        """Yield for each block its rows, its orthonormal ``(Z, C, 1)``, and its ``(X, y)`` given ``C``."""
        n, mean, fit = self.posed.moments.n, self.posed.moments.mean, self.posed.fit
        maps = np.hstack([fit.orthonormal, self.regressors, fit.given])
        edge, start = self.width - 1, 0
        for block in self.posed.blocks():
            here = slice(start, start + len(block))
            start += len(block)
            value = (block - mean) @ maps
            yield here, np.insert(value[:, :edge], edge, 1 / np.sqrt(n), axis=1), value[:, edge:]

    def within(self, values: Array) -> Array:
        """Sum rows within clusters; without clusters, return the rows."""
        if self.posed.cluster is None:
            return values
        codes = self.posed.cluster[:, 0]
        sums = np.zeros((self.count, values.shape[1]))
        add_within(sums, values, codes)
        return sums

    def residual(self, V: Array, W: Array, eta: Array, gamma: Array) -> Array:
        """Return ``W eta + C gamma`` on a block, with orthonormal ``C``."""
        return np.asarray(W @ eta + V[:, self.posed.fit.k :] @ gamma)

    def meat(self, eta: Array, gamma: Array) -> Array:
        """Return the covariance of all moments at the residual ``W eta + C gamma``."""
        total = np.zeros((self.width, self.width))
        cluster = self.posed.cluster
        sums = np.zeros((0 if cluster is None else self.count, self.width))
        for here, V, W in self:
            moments = V * self.residual(V, W, eta, gamma)[:, None]
            if cluster is None:
                total += moments.T @ moments
            else:
                add_within(sums, moments, cluster[here, 0])
        return total + sums.T @ sums

    def objective(self, eta: Array, gamma: Array) -> tuple[float, Array]:
        """Return the continuously updated ``g' V^-1 g`` and its gradient with respect to ``(eta, gamma)``.

        The scale of ``(eta, gamma)`` does not matter.
        """
        g = np.append(self.posed.fit.cross @ eta, gamma)
        weights = np.linalg.solve(self.meat(eta, gamma), g)
        share, error = np.zeros(self.posed.moments.n), np.zeros(self.posed.moments.n)
        for here, V, W in self:
            share[here], error[here] = V @ weights, self.residual(V, W, eta, gamma)
        # with clusters, the factor of a row is that of its cluster
        factor = 1 - self.within((share * error)[:, None])[:, 0]
        share = share * (factor if self.posed.cluster is None else factor[self.posed.cluster[:, 0]])
        gradient = np.zeros(len(eta) + len(gamma))
        for here, V, W in self:
            gradient += share[here] @ np.hstack([W, V[:, self.posed.fit.k :]])
        return float(g @ weights), 2 * gradient


def refuse_irrelevant(posed: Problem) -> None:
    """Raise an error if the instruments explain nothing of an exposure, or of a combination of exposures."""
    fit, m = posed.fit, len(posed.fit.beta)
    rank = symmetric_root(fit.within[:m, :m], np.diag(fit.total)[:m]).shape[1]
    if rank < m:
        raise ArgumentError(
            "Z",
            f"explain {m} independent parts of {' and '.join(posed.model.exposures)} given the covariates",
            f"{rank}",
            "give other instruments",
        )


def estimates_of(posed: Problem, method: str, beta: Array, covariance: Array, se_type: str, alpha: float) -> Estimates:
    """Return one estimate for each exposure. The standard error is NaN if the variance is negative."""
    return Estimates(
        Estimate(
            method=method,
            instruments=posed.model.instruments,
            adjustment=posed.model.adjustment,
            basis=posed.model.basis,
            exposure=name,
            beta=float(beta[j]),
            se=float(np.sqrt(covariance[j, j])) if covariance[j, j] >= 0 else float("nan"),
            se_type=se_type,
            alpha=alpha,
            n=posed.moments.n,
            k=posed.fit.k,
        )
        for j, name in enumerate(posed.model.exposures)
    )


def weigh(S: Array, cross: Array) -> Array:
    """Return ``S^-1 cross``, or raise an error if the covariance ``S`` of the moments has no inverse."""
    values, vectors = np.linalg.eigh(S)
    if values[0] <= RANK_TOLERANCE * values[-1]:
        rank = int((values > RANK_TOLERANCE * values[-1]).sum())
        raise ArgumentError(
            "Z",
            "give moments whose covariance has an inverse, for the weights",
            f"rank {rank} for {len(S)} moments",
            "use more rows or clusters, or fewer instruments",
        )
    return np.asarray((vectors / values) @ (vectors.T @ cross))

"""Moments of multiplicative structural mean models, and their two-step GMM estimate."""

import numpy as np
from scipy.optimize import least_squares

from latentmr.errors import ArgumentError
from latentmr.iv.binary.glm import independent_basis, sandwich_meat
from latentmr.typing import Array, Codes, Mask

__all__ = ["MultiplicativeMoments", "centred_covariance", "two_step"]


# Maximum difference, in standard errors, of two estimates of one risk ratio from the same moments.
FAR = 5.0


def two_step(
    alternative: bool, first: Array, W: Array, columns: Array, y: Array, codes: Codes | None
) -> tuple[Array, Array, float]:
    """Return coefficients (intercept or baseline risk, then columns), their covariance, and the GMM criterion."""
    n = len(y)
    cases = y > 0
    shift = columns.mean(axis=0) if alternative else np.zeros(columns.shape[1])
    T = independent_basis(columns, columns.shape[1] - 1, np.ones(n)).map * np.sqrt(n)
    R = (columns[cases] - shift) @ T
    moments = MultiplicativeMoments(alternative, R, n)

    start = np.zeros(R.shape[1] + 1)
    start[0] = np.log(y.mean())
    if not alternative:
        # the alternative moments have no solution at infinity, and their solution is close to the one sought
        near, spread, _ = two_step(True, W, W, columns, y, codes)
        start = np.append(np.exp(near[0]), np.linalg.lstsq(T, near[1:], rcond=None)[0])
    theta = moments.solve(first[cases], first.mean(axis=0), np.eye(first.shape[1]), start)
    inside, mean = W[cases], W.mean(axis=0)
    weight = moments.covariance(theta, W, cases, codes)
    theta = moments.solve(inside, mean, weight, theta)
    value, jacobian = moments.mean(theta, inside, mean), moments.jacobian(theta, inside, mean)
    statistic = n * float(value @ np.linalg.solve(weight, value))
    final = moments.covariance(theta, W, cases, codes)
    information = jacobian.T @ np.linalg.solve(final, jacobian)
    size = np.sqrt(np.diag(information))
    if not (size > 0).all() or np.linalg.cond(information / np.outer(size, size)) > 1e12:
        raise ArgumentError(
            "Z", "identify the risk ratio", "moments that hardly depend on it", "give other instruments"
        )
    inner = np.linalg.inv(information) / n
    L = np.zeros((len(shift) + 1, len(theta)))
    L[0, 0], L[1:, 1:] = 1.0, T
    L[0, 1:] = -shift @ T
    theta, covariance = L @ theta, L @ inner @ L.T
    if not alternative and abs(theta[-1] - near[-1]) > FAR * np.sqrt(spread[-1, -1]):
        raise ArgumentError(
            "the moments of gmm",
            "have a solution near those of gmmalt",
            f"log risk ratios {theta[-1]:.3g} and {near[-1]:.3g}, because the moments of gmm also vanish far from zero",
            "set `method` to 'gmmalt', or centre x and C",
        )
    return theta, covariance, statistic


class MultiplicativeMoments:
    """Moments ``w (y exp(-R'p) - a)`` or ``w (y exp(-a - R'p) - 1)``. Only cases have the first term.

    Parameters
    ----------
    alternative : bool
        Whether to use the second form.
    R : np.ndarray of dimension (cases, r)
        Regressors of the cases.
    n : int
        Number of individuals.
    """

    def __init__(self, alternative: bool, R: Array, n: int) -> None:
        self.alternative, self.R, self.n = alternative, R, n

    def _risk(self, theta: Array) -> Array:
        return np.asarray(np.exp(-self.R @ theta[1:] - (theta[0] if self.alternative else 0.0)))

    def mean(self, theta: Array, inside: Array, mean: Array) -> Array:
        """Return the mean moments, from the instruments of cases and the mean instruments of all."""
        return np.asarray(self._risk(theta) @ inside / self.n - (1.0 if self.alternative else theta[0]) * mean)

    def jacobian(self, theta: Array, inside: Array, mean: Array) -> Array:
        """Return the derivative of the mean moments with respect to the coefficients."""
        risk = self._risk(theta)
        slopes = -inside.T @ (self.R * risk[:, None]) / self.n
        return np.column_stack([-(risk @ inside) / self.n if self.alternative else -mean, slopes])

    def covariance(self, theta: Array, W: Array, cases: Mask, codes: Codes | None) -> Array:
        """Return the covariance of the moments of an individual."""
        residual = np.full(self.n, -1.0 if self.alternative else -theta[0])
        residual[cases] += self._risk(theta)
        return centred_covariance(W * residual[:, None], codes)

    def solve(self, inside: Array, mean: Array, covariance: Array, start: Array) -> Array:
        """Return the coefficients that minimise the moments, weighted by the inverse of a covariance."""
        L = np.linalg.cholesky(covariance)
        with np.errstate(over="ignore", invalid="ignore"):
            found = least_squares(
                lambda theta: np.linalg.solve(L, self.mean(theta, inside, mean)),
                start,
                jac=lambda theta: np.linalg.solve(L, self.jacobian(theta, inside, mean)),
                x_scale="jac",
                xtol=1e-13,
                ftol=1e-15,
                gtol=1e-14,
                max_nfev=300,
            )
        if found.status == 0 or np.abs(found.x[1:]).max() > 30 or not (self.alternative or found.x[0] > 0):
            raise ArgumentError(
                "the moments",
                "have a solution",
                "no solution in range: the instruments are weak or the risk ratio is unbounded",
                "set `method` to 'gmmalt', or use two_stage_predictor_substitution(link='log')",
            )
        return np.asarray(found.x)


def centred_covariance(moments: Array, codes: Codes | None) -> Array:
    """Return the covariance of moments about their means, which are subtracted in place.

    A singular covariance raises an error.
    """
    moments -= moments.mean(axis=0)
    covariance = sandwich_meat(moments, codes) / len(moments)
    scale = np.sqrt(np.diag(covariance))
    if not (scale > 0).all() or np.linalg.cond(covariance / np.outer(scale, scale)) > 1e12:
        raise ArgumentError(
            "Z and C",
            "have fewer columns than there are clusters, and no rare values",
            "moments whose covariance is singular",
            "use fewer instruments, or leave `cluster` out",
        )
    return covariance

"""Global minimum of the continuously updated GMM objective, for strong or weak instruments."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from latentmr.errors import ArgumentError
from latentmr.iv.moment_rows import Rows, weigh
from latentmr.typing import Array

__all__ = ["continuously_updated"]


ANGLES = 256
DIRECTIONS = 400
DESCENTS = 12
POLISHED = 3


def continuously_updated(rows: Rows) -> tuple[float, Array, Array]:
    """Find the global minimum of the continuously updated objective over effects and coefficients of ``C``.

    With ``C`` partialled out, the objective is a smooth function of only the direction of ``(-beta, 1)``, infinite
    effects included. With one exposure, every local minimum on a circle of directions is a candidate. With several
    exposures, the candidates are the best of many directions and the directions of LIML. The best candidates are
    refined jointly with the coefficients of ``C``.

    Parameters
    ----------
    rows : Rows
        Rows of a model with more instruments than exposures.

    Returns
    -------
    float
        The minimum.
    np.ndarray of dimension (m + 1,)
        ``(-beta, 1)``.
    np.ndarray of dimension (r,)
        Coefficients of orthonormal ``C`` and the intercept: the residual is ``W (-beta, 1) + C gamma``.

    Raises
    ------
    ValueError
        If there are as many moments as rows or clusters, or if the covariance has no inverse.
    """
    fit, m, count = rows.posed.fit, len(rows.posed.fit.beta), rows.count
    if count <= rows.width:
        raise ArgumentError(
            "cluster",
            (
                f"have more clusters (without clusters, y more rows) than the {rows.width} moments of weight cue,"
                " whose objective is constant otherwise"
            ),
            f"{count}",
            "use fewer instruments or covariates, or `weight` two-step",
        )
    moment = rows.posed.reduced.moment
    # s are unit vectors such that the residual W to_eta s has unit length; infinite effects are ordinary points
    to_eta = np.linalg.inv(np.linalg.cholesky(fit.total)).T

    def given(s: Array) -> tuple[float, Array]:
        """Return the objective with ``C`` partialled out, and its gradient."""
        eta = to_eta @ s
        g = fit.cross @ eta
        weights = np.linalg.solve(rows.posed.reduced.covariance(eta), g)
        curved = np.einsum("a,jlab,b->jl", weights, moment, weights, optimize=True)
        return float(g @ weights), 2 * to_eta.T @ (fit.cross.T @ weights - curved @ eta)

    starts = _starts(given, fit.within, to_eta)
    found = [minimize(given, s, jac=True, method="BFGS", options={"gtol": 1e-6}) for s in starts]
    found.sort(key=lambda result: result.fun)
    refined = [_refined(rows, to_eta @ result.x / np.linalg.norm(result.x)) for result in found[:POLISHED]]
    statistic, eta, gamma = min(refined, key=lambda result: result[0])
    return statistic, eta / eta[m], gamma / eta[m]


def _starts(given: Callable[[Array], tuple[float, Array]], within: Array, to_eta: Array) -> list[Array]:
    """Return starting directions: local minima on a circle (one exposure), or the best of many (several exposures)."""
    axes = np.linalg.eigh(to_eta.T @ within @ to_eta)[1].T
    if len(axes) == 2:
        angles = np.arange(ANGLES) * np.pi / ANGLES
        circle = np.column_stack([np.cos(angles), np.sin(angles)])
        value = np.array([given(s)[0] for s in circle])
        low = (value <= np.roll(value, 1)) & (value <= np.roll(value, -1))
        return [*circle[low], axes[0]]
    many = np.random.default_rng(0).normal(size=(DIRECTIONS, len(axes)))
    many /= np.linalg.norm(many, axis=1, keepdims=True)
    return [*many[np.argsort([given(s)[0] for s in many])[:DESCENTS]], *axes]


def _refined(rows: Rows, eta: Array) -> tuple[float, Array, Array]:
    """Find a joint local minimum in effects and coefficients of ``C``, from effects with ``C`` partialled out."""
    k, width, fit = rows.posed.fit.k, rows.width, rows.posed.fit
    u = len(eta)
    S = rows.meat(eta, np.zeros(width - k))
    weigh(S, np.eye(width))
    start = np.append(eta, S[k:, :k] @ np.linalg.solve(S[:k, :k], fit.cross @ eta))
    slope = np.zeros((width, u + width - k))
    slope[:k, :u], slope[k:, u:] = fit.cross, np.eye(width - k)
    # steps are in units of standard errors; the objective is constant along the ray of the start, so any curvature does
    scale = np.append(np.sqrt(np.diag(fit.total)), np.ones(width - k))
    curvature = slope.T @ np.linalg.solve(S, slope) / np.outer(scale, scale)
    ray = start * scale / np.linalg.norm(start * scale)
    step = np.linalg.inv(np.linalg.cholesky(curvature + np.trace(curvature) * np.outer(ray, ray))).T / scale[:, None]

    def joint(t: Array) -> tuple[float, Array]:
        point = start + step @ t
        value, gradient = rows.objective(point[:u], point[u:])
        return value, step.T @ gradient

    result = minimize(joint, np.zeros(len(start)), jac=True, method="BFGS", options={"gtol": 1e-8})
    point = start + step @ result.x
    return float(result.fun), point[:u], point[u:]

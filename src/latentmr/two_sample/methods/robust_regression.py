"""Regression that is robust to outlying variants: MM-estimation."""

from itertools import combinations
from math import comb

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["mm_regression"]

#: Bisquare constants: half of the rows may be outliers (S-step, with ``BREAKDOWN``), 95 % efficiency (M-step).
ROBUST, EFFICIENT = 1.54764, 4.685061
BREAKDOWN = 0.5
#: Number of random restarts of the S-step, and number of the best that are iterated to convergence.
STARTS, FOLLOWED = 500, 10
#: Maximum number of standardised residuals in memory.
AT_ONCE = 4_000_000
TOLERANCE, MOST_STEPS = 1e-12, 2000


def mm_regression(design: Array, y: Array, weights: Array, *, seed: int = 0) -> tuple[Array, Array, float]:
    r"""Regress ``y`` on a design by MM-estimation with Tukey's bisquare, as ``robustbase::lmrob``.

    The S-step finds the coefficients with the smallest scale :math:`s` of residuals,
    :math:`\sum_i \rho(r_i / s) / (p - q) = 1/2`, from restarts that fit as many rows as there are coefficients (all
    subsets if they are few). The M-step keeps that scale and gains efficiency. Standard errors are those of the joint
    estimating equations of coefficients and scale; residuals need not be symmetric.

    Parameters
    ----------
    design : np.ndarray of dimension (p, q)
    y, weights : np.ndarray of dimension (p,)
        Effects on the outcome, and weights: the inverse variances of ``y``.
    seed : int
        Seed of the random restarts. It is not used if all subsets are tried.

    Returns
    -------
    coefficients : np.ndarray of dimension (q,)
    covariance : np.ndarray of dimension (q, q)
        Covariance of the coefficients; ``lmrob``'s ``.vcov.avar1``.
    scale : float
        Scale of the weighted residuals. It is near 1 if the weights are the inverse variances and most rows have no
        pleiotropy.

    Raises
    ------
    ValueError
        If there are too few rows, columns are collinear, or half of the rows fit without a residual.

    References
    ----------
    Yohai (1987) Ann Stat 15:642. Salibian-Barrera & Yohai (2006) J Comput Graph Stat 15:414. Croux, Dhaene & Hoorelbeke
    (2003) Robust standard errors for robust estimators, KU Leuven DPS 03.16.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    >>> y = np.array([0.5, 1.1, 1.4, 2.0, 9.0])
    >>> coefficients, covariance, scale = mm_regression(x[:, None], y, np.ones(5))
    >>> round(float(coefficients[0]), 2)
    0.5
    """
    p, q = design.shape
    if p <= q:
        raise ArgumentError("bx", f"hold at least {q + 1} variants for MM-estimation", f"{p}", "take another method")
    root = np.sqrt(weights)
    X, z = design * root[:, None], y * root
    # unit columns, so that the scale of an exposure does not matter
    unit = np.linalg.norm(X, axis=0)
    if (unit == 0).any() or np.linalg.svd(X / unit, compute_uv=False)[-1] < 1e-10:
        raise ArgumentError(
            "bx",
            "vary for MM-estimation",
            "effects on the exposure that are all equal or all zero",
            "take other variants",
        )
    X = X / unit
    first, scale = _s_estimate(X, z, np.random.default_rng(seed))
    final = _m_estimate(X, z, first, scale)
    covariance = _covariance(X, (z - X @ first) / scale, (z - X @ final) / scale, scale)
    if not (np.diag(covariance) > 0).all():
        raise ArgumentError(
            "bx",
            "differ from zero for more variants than there are coefficients in MM-estimation",
            "a coefficient that depends on one variant",
            "take another method",
        )
    return final / unit, covariance / np.outer(unit, unit), scale


def _rho(t: Array) -> Array:
    """Return the bisquare of the S-step, between 0 and 1."""
    return np.asarray(1 - (1 - np.minimum((t / ROBUST) ** 2, 1.0)) ** 3)


def _bisquare_weights(t: Array, c: float) -> Array:
    """Return psi(t) / t."""
    return np.asarray((1 - np.minimum((t / c) ** 2, 1.0)) ** 2)


def _scales(residuals: Array, start: Array, df: int) -> Array:
    """Return the scale of each row of residuals at which the mean of rho is ``BREAKDOWN``."""
    scales = start.copy()
    for _ in range(MOST_STEPS):
        before = scales
        scales = scales * np.sqrt(_rho(residuals / scales[:, None]).sum(axis=1) / (df * BREAKDOWN))
        if (np.abs(scales - before) <= TOLERANCE * before).all():
            break
    return scales


def _s_estimate(X: Array, z: Array, rng: np.random.Generator) -> tuple[Array, float]:
    """Return the coefficients with the smallest scale."""
    p, q = X.shape
    starts, scales = [], []
    candidates = _starts(X, z, rng)
    size = max(1, AT_ONCE // p)
    for at in range(0, len(candidates), size):
        coefficients = candidates[at : at + size]
        residuals = z - coefficients @ X.T
        if ((np.abs(residuals) > 1e-10 * np.abs(z).max()).sum(axis=1) <= (p - q) * BREAKDOWN).any():
            raise ArgumentError(
                "by",
                "leave residuals for more than half of the variants, which give the scale",
                "a perfect fit on `bx`",
                "take another method",
            )
        typical = np.quantile(np.abs(residuals), 0.5 + 0.5 * q / p, axis=1) / 0.6745
        coefficients = _step(X, z, residuals / typical[:, None])
        starts.append(coefficients)
        # a few steps suffice to rank the restarts
        scales.append(_rough_scales(z - coefficients @ X.T, typical, p - q))
    ranked, rough = np.concatenate(starts), np.concatenate(scales)
    best = np.argsort(rough, kind="stable")[:FOLLOWED]
    coefficients, scale = ranked[best], rough[best]
    for _ in range(MOST_STEPS):
        before, residuals = coefficients, z - coefficients @ X.T
        scale = scale * np.sqrt(_rho(residuals / scale[:, None]).sum(axis=1) / ((p - q) * BREAKDOWN))
        coefficients = _step(X, z, residuals / scale[:, None])
        if (np.abs(coefficients - before).max(axis=1) <= TOLERANCE * np.abs(coefficients).max(axis=1)).all():
            break
    scale = _scales(z - coefficients @ X.T, scale, p - q)
    winner = int(np.argmin(scale))
    return coefficients[winner], float(scale[winner])


def _rough_scales(residuals: Array, scales: Array, df: int) -> Array:
    for _ in range(5):
        scales = scales * np.sqrt(_rho(residuals / scales[:, None]).sum(axis=1) / (df * BREAKDOWN))
    return scales


def _step(X: Array, z: Array, standardised: Array) -> Array:
    """Take one step of reweighted least squares for each row."""
    weights = _bisquare_weights(standardised, ROBUST)
    gram = np.einsum("kp,pi,pj->kij", weights, X, X, optimize=True)
    # a restart may give zero weight to all rows in which an exposure varies
    return np.asarray((np.linalg.pinv(gram, hermitian=True) @ ((weights * z) @ X)[..., None])[..., 0])


def _starts(X: Array, z: Array, rng: np.random.Generator) -> Array:
    """Return exact fits to q rows each: all subsets, or a sample invariant to row order and allele coding."""
    p, q = X.shape
    order = np.lexsort((*np.abs(X).T, np.abs(z)))
    if comb(p, q) <= STARTS:
        rows = np.array(list(combinations(range(p), q)))
    else:
        rows = np.argsort(rng.random((STARTS, p)), axis=1)[:, :q] if p <= 1000 else rng.integers(0, p, (STARTS, q))
    rows = order[rows]
    matrices = X[rows]
    values = np.linalg.svd(matrices, compute_uv=False)
    full = values[:, -1] > 1e-8 * np.linalg.norm(X, axis=1).max()
    least = np.linalg.lstsq(X, z, rcond=None)[0][None]
    return np.concatenate([least, np.linalg.solve(matrices[full], z[rows[full]][..., None])[..., 0]])


def _m_estimate(X: Array, z: Array, start: Array, scale: float) -> Array:
    """Return the minimum of the efficient bisquare near the S-estimate."""
    coefficients = start
    for _ in range(MOST_STEPS):
        before = coefficients
        weights = _bisquare_weights((z - X @ coefficients) / scale, EFFICIENT)
        coefficients = np.linalg.pinv((X * weights[:, None]).T @ X, hermitian=True) @ (X.T @ (weights * z))
        if np.abs(coefficients - before).max() <= TOLERANCE * np.abs(coefficients).max():
            break
    return np.asarray(coefficients)


def _covariance(X: Array, first: Array, final: Array, scale: float) -> Array:
    """Return the sandwich covariance of coefficients and scale, at standardised residuals of both steps."""
    p = len(final)
    inside = np.minimum((final / EFFICIENT) ** 2, 1.0)
    psi, slope = final * (1 - inside) ** 2, (1 - inside) * (1 - 5 * inside)
    chi = _rho(first)
    chi_slope = 6 / ROBUST**2 * first * _bisquare_weights(first, ROBUST)
    bread = scale * np.linalg.pinv((X * slope[:, None]).T @ X)
    # derivative of the coefficients with respect to the scale
    answer = bread @ (X.T @ (slope * final)) / np.mean(chi_slope * first)
    influence = (X * psi[:, None]) @ bread
    mixed = np.outer(answer, chi @ influence) / p
    covariance = influence.T @ influence - mixed - mixed.T
    covariance = covariance + np.mean(chi**2 - BREAKDOWN**2) * np.outer(answer, answer) / p
    if np.linalg.eigvalsh(covariance)[0] > 0:
        return np.asarray(covariance)
    # with few rows: rho centred at its mean, below 1/2 for the degrees of freedom, keeps it positive
    influence = influence - np.outer(chi - chi.mean(), answer) / p
    return np.asarray(influence.T @ influence)

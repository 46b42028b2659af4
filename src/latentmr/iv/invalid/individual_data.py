"""Checked individual data and reduced-form coefficients, for methods that select individual instruments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from latentmr.arrays import rows_matched
from latentmr.errors import ArgumentError
from latentmr.iv.checks import column, matrix
from latentmr.iv.moments import gather
from latentmr.linalg import RANK_TOLERANCE, partial_out, symmetric_root
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array, ArrayLike

__all__ = ["IndividualData", "ReducedCoefficients", "checked_data", "inverse", "reduced_coefficients"]


# Maximum number of elements of a block: 16 MiB of doubles, whatever the number of individuals.
_BLOCK = 2**21

# Relative spread below which a column counts as constant: rounding of its mean leaves about 1e-16.
_CONSTANT = 1e-12


@dataclass(frozen=True, repr=False)
class IndividualData(ShortRepr):
    """Checked individual data, and the cross products of ``[Z, x, y]`` given the covariates and the intercept.

    Parameters
    ----------
    C, Z : np.ndarray of dimension (n, c) and (n, k)
        Covariates and instruments.
    x, y : np.ndarray of dimension (n,)
        Exposure and outcome.
    mean : np.ndarray of dimension (c + k + 2,)
        Means of ``[C, Z, x, y]``.
    slopes : np.ndarray of dimension (c, k + 2)
        Coefficients of ``[Z, x, y]`` on the covariates.
    within : np.ndarray of dimension (c, c)
        Cross products of the covariates.
    S : np.ndarray of dimension (k + 2, k + 2)
        Cross products of the residuals of ``[Z, x, y]``.
    """

    C: Array
    Z: Array
    x: Array
    y: Array
    mean: Array
    slopes: Array
    within: Array
    S: Array

    @property
    def n(self) -> int:
        """Number of individuals."""
        return len(self.y)

    @property
    def k(self) -> int:
        """Number of candidate instruments."""
        return int(self.Z.shape[1])

    @property
    def df(self) -> int:
        """Residual degrees of freedom of the reduced form, which count collinear covariates too."""
        return self.n - self.k - int(self.C.shape[1]) - 1

    def blocks(self) -> Iterator[tuple[slice, Array, Array]]:
        """Yield for each block its rows, the centred covariates, and the residuals of ``[Z, x, y]`` given them."""
        c = self.C.shape[1]
        step = max(1, _BLOCK // len(self.mean))
        for start in range(0, self.n, step):
            rows = slice(start, min(start + step, self.n))
            block = _stack(self.C, self.Z, self.x, self.y, rows) - self.mean
            yield rows, block[:, :c], block[:, c:] - block[:, :c] @ self.slopes


@dataclass(frozen=True, repr=False)
class ReducedCoefficients(ShortRepr):
    """Coefficients of exposure and outcome on all instruments, and their covariances.

    Parameters
    ----------
    exposure, outcome : np.ndarray of dimension (k,)
        Coefficients given the covariates.
    cov_exposure, cov_outcome, cov_both : np.ndarray of dimension (k, k)
        Covariances of these coefficients, and between the two (symmetrised).
    bread : np.ndarray of dimension (k, k)
        Inverse cross products of the instruments given the covariates.
    """

    exposure: Array
    outcome: Array
    cov_exposure: Array
    cov_outcome: Array
    cov_both: Array
    bread: Array

    @property
    def t(self) -> Array:
        """First-stage t of each instrument."""
        return self.exposure / np.sqrt(np.diag(self.cov_exposure))

    def covariance(self, beta: float) -> Array:
        """Return the covariance ``[k, k]`` of ``outcome - beta exposure``."""
        return self.cov_outcome + beta**2 * self.cov_exposure - 2 * beta * self.cov_both


def checked_data(method: str, Z: ArrayLike, x: ArrayLike, y: ArrayLike, C: ArrayLike | None) -> IndividualData:
    """Check individual data for a method that selects individual instruments, and reduce it to cross products.

    Parameters
    ----------
    method : str
        Name of the method, for error messages.
    Z : array of dimension (n, k)
        At least two instruments, linearly independent given ``C``.
    x, y : array of dimension (n,)
        Exposure and outcome.
    C : array of dimension (n,) or (n, c), or None
        Exogenous regressors, which may be collinear. An intercept is always added.

    Returns
    -------
    IndividualData

    Raises
    ------
    ValueError
        If shapes are wrong, values are missing, instruments or individuals are too few, there are several exposures, a
        column is constant, instruments are collinear, or the first stage or the outcome is exact.
    """
    Z, x, y, C = rows_matched({"Z": Z, "x": x, "y": y, "C": C}).values()
    outcome = column("y", y)
    n = len(outcome)
    if np.ndim(x) == 2 and np.shape(x)[1] != 1:
        raise ArgumentError(
            "x",
            f"be one exposure, because {method} is defined for one",
            f"shape {np.shape(x)}",
            "run it for each exposure",
        )
    exposure = column("x", x, n)
    instruments, regressors = matrix("Z", Z, n), matrix("C", C, n)
    k, c = instruments.shape[1], regressors.shape[1]
    if k < 2:
        raise ArgumentError(
            "Z",
            f"have at least 2 columns, because {method} compares instruments with each other",
            f"{k}",
            "use tsls or liml",
        )
    if n <= k + c + 2:
        raise ArgumentError(
            "n",
            "exceed the number of instruments and regressors",
            f"{n} individuals for {k} instruments and {c + 2} regressors",
            "give more individuals, or fewer instruments",
        )
    step = max(1, _BLOCK // (c + k + 2))
    slices = [slice(start, start + step) for start in range(0, n, step)]
    moments = gather(lambda: (_stack(regressors, instruments, exposure, outcome, rows) for rows in slices))
    _refuse_degenerate(method, moments.S, moments.mean, n, c, k)
    S, slopes = partial_out(moments.S, slice(0, c))
    return IndividualData(
        regressors,
        instruments,
        exposure,
        outcome,
        moments.mean,
        slopes[:, c:],
        moments.S[:c, :c],
        S[c:, c:],
    )


def reduced_coefficients(data: IndividualData, robust: bool) -> ReducedCoefficients:
    """Regress exposure and outcome on all instruments by least squares.

    Parameters
    ----------
    data : IndividualData
        Checked data.
    robust : bool
        Whether to compute heteroskedasticity-robust covariances without small-sample factor (HC0), which needs one more
        pass over the data. They are far too small for an instrument that only a few individuals carry. Otherwise
        covariances are homoskedastic with ``n - k - c - 1`` degrees of freedom.

    Returns
    -------
    ReducedCoefficients
    """
    k, S = data.k, data.S
    bread = inverse(S[:k, :k])
    coef = bread @ S[:k, k:]
    omega = (S[k:, k:] - coef.T @ S[:k, k:]) / data.df
    if not robust:
        return ReducedCoefficients(
            coef[:, 0], coef[:, 1], omega[0, 0] * bread, omega[1, 1] * bread, omega[0, 1] * bread, bread
        )
    meat = np.zeros((3, k, k))
    for _, _, block in data.blocks():
        Z = block[:, :k]
        error = block[:, k:] - Z @ coef
        for i, weight in enumerate((error[:, 0] ** 2, error[:, 1] ** 2, error[:, 0] * error[:, 1])):
            meat[i] += (Z * weight[:, None]).T @ Z
    exposure, outcome, both = bread @ meat @ bread
    return ReducedCoefficients(coef[:, 0], coef[:, 1], exposure, outcome, both, bread)


def inverse(S: Array) -> Array:
    """Return the inverse of a positive definite matrix, or an inverse on the range of a singular one."""
    root = symmetric_root(S, np.diag(S))
    return root @ root.T


def _stack(C: Array, Z: Array, x: Array, y: Array, rows: slice) -> Array:
    return np.column_stack([C[rows], Z[rows], x[rows], y[rows]])


def _refuse_degenerate(method: str, S: Array, mean: Array, n: int, c: int, k: int) -> None:
    """Raise an error if a column of ``[C, Z, x, y]`` is explained by the columns before it."""
    variance = np.diag(S)
    constant = variance <= n * (_CONSTANT * mean) ** 2
    unit = np.where(constant, 0.0, 1 / np.sqrt(np.where(constant, 1.0, variance)))
    left = S * np.outer(unit, unit)
    given_covariates = 0.0
    for j in range(len(S)):
        if j == c:
            given_covariates = left[-2, -2]
            if given_covariates <= RANK_TOLERANCE:
                raise ArgumentError(
                    "x",
                    "vary given the covariates",
                    "an exposure that is constant, or that C explains",
                    "leave the column that explains it out of C",
                )
        if left[j, j] > RANK_TOLERANCE:
            root = left[:, j] / np.sqrt(left[j, j])
            left = left - np.outer(root, root)
            if j == len(S) - 3 and given_covariates - left[-2, -2] <= _CONSTANT * given_covariates:
                raise ArgumentError(
                    "Z", "be related to x given the covariates", "a covariance of zero", "give other instruments"
                )
        elif c <= j < c + k:
            raise ArgumentError(
                "Z",
                f"have linearly independent columns given C, because {method} selects individual instruments",
                f"column {j - c} (counted from 0), which is constant or explained by C and the columns before it",
                "drop this column",
            )
        elif j == c + k:
            raise ArgumentError(
                "Z", "not explain x entirely", "a first stage without error", "check that Z and C do not contain x"
            )
        elif j == c + k + 1:
            raise ArgumentError(
                "y",
                "not be constant or an exact linear function of x, Z and C",
                "an outcome without error",
                "check the columns",
            )

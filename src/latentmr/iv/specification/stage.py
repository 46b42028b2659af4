"""The first stage of a solved model, which all its tests use, and its F."""

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem
from latentmr.iv.reduced_form import ReducedForm, homoskedastic_reduced_form
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.printing import ShortRepr, counted
from latentmr.typing import Array

__all__ = ["WEAK_F", "FirstStage", "explained", "f_statistic", "first_stage", "unidentified", "wald"]


#: Effective F below which Wald intervals are unreliable (Staiger and Stock, 1997; Andrews, Stock and Sun, 2019).
WEAK_F = 10.0


@dataclass(frozen=True, repr=False)
class FirstStage(ShortRepr):
    """The input of tests of the first stage, from arrays or from moments.

    Parameters
    ----------
    fit : Fit
        The solved model.
    reduced : ReducedForm or None
        Its reduced form; None without instruments.
    exposures : tuple of str
        Names of the exposures.
    clusters : int or None
        Number of clusters, the smaller one with two-way clusters; None if it is not known.
    """

    fit: Fit
    reduced: ReducedForm | None
    exposures: tuple[str, ...]
    clusters: int | None = None

    def __repr__(self) -> str:
        errors = "" if self.reduced is None else f"; {self.reduced.se_type} errors"
        rows, instruments = counted(self.n, "observation"), counted(self.fit.k, "instrument")
        return f"FirstStage: {instruments} for {counted(self.m, 'exposure')}, {rows}{errors}"

    @property
    def m(self) -> int:
        """Number of exposures."""
        return len(self.fit.beta)

    @property
    def n(self) -> int:
        """Number of individuals."""
        return self.fit.df + self.fit.k + self.fit.n_regressors - self.m

    @property
    def total(self) -> Array:
        """Cross products of the exposures given the covariates."""
        return self.fit.total[: self.m, : self.m]

    @property
    def within(self) -> Array:
        """Part of :attr:`total` in the span of the instruments."""
        return self.fit.within[: self.m, : self.m]

    def names(self, test: str) -> list[str]:
        """Return the name of the test, with the name of the exposure if there are several."""
        return [test] if self.m == 1 else [f"{test} ({name})" for name in self.exposures]


def first_stage(posed: Problem | Fit, reduced: ReducedForm | None = None) -> FirstStage:
    """Prepare arrays, or a solved model with its reduced form, for tests of the first stage.

    Parameters
    ----------
    posed : Problem or Fit
        The solved model. A fit without reduced form has homoskedastic errors.
    reduced : ReducedForm, optional
        Reduced form of the fit. Leave it out with a problem, which has its own.

    Returns
    -------
    FirstStage

    Raises
    ------
    ValueError
        If a reduced form is given together with a problem.
    """
    if isinstance(posed, Fit):
        if reduced is None and posed.k:
            reduced = homoskedastic_reduced_form(posed)
        names = tuple(f"x{j + 1}" for j in range(len(posed.beta)))
        return FirstStage(posed, reduced, names)
    if reduced is not None:
        raise ArgumentError(
            "reduced", "be combined with a Fit", "a Problem, which has its own reduced form", "leave `reduced` out"
        )
    clusters = None if posed.cluster is None else int(posed.cluster.max(axis=0).min()) + 1
    own = posed.reduced if posed.fit.k else None
    return FirstStage(posed.fit, own, posed.model.exposures, clusters)


def unidentified(k: int, m: int) -> str:
    """Return the reason why a test does not apply with fewer instruments than exposures."""
    return f"the effects of {counted(m, 'exposure')} are not identified by {counted(k, 'instrument')}"


def explained(fit: Fit, j: int = 0) -> bool:
    """Return whether the instruments contain the exposure, up to rounding errors."""
    return bool(fit.total[j, j] - fit.within[j, j] <= RANK_TOLERANCE * fit.total[j, j])


def f_statistic(fit: Fit, j: int = 0, covariance: Array | None = None) -> float | None:
    """Return the F of the instruments in the first stage of one exposure.

    Parameters
    ----------
    fit : Fit
        A fit with instruments.
    j : int
        Position of the exposure.
    covariance : np.ndarray of dimension (k, k), optional
        Covariance of the coefficients on the orthonormal instruments. The default is that of homoskedastic errors.

    Returns
    -------
    float or None
        ``pi' V^-1 pi / k``: infinite if the instruments contain the exposure, None if ``V`` has no inverse.
    """
    if explained(fit, j):
        return float("inf")
    if covariance is None:
        return float((fit.within[j, j] / fit.k) / ((fit.total[j, j] - fit.within[j, j]) / fit.df))
    found = wald(fit.cross[:, j], covariance)
    return None if found is None else found / fit.k


def wald(estimate: Array, covariance: Array) -> float | None:
    """Return ``b' V^-1 b``: infinite if ``V`` is zero, None if ``V`` has no inverse."""
    if not covariance.any():
        return float("inf")
    unit = 1 / np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(covariance * np.outer(unit, unit))
    if values[0] <= RANK_TOLERANCE:
        return None
    return float(((vectors.T @ (estimate * unit)) ** 2 / values).sum())

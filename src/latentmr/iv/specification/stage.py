"""The first stage of a solved model: what all its tests start from, and its F."""

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem
from latentmr.iv.reduced_form import ReducedForm, homoskedastic_reduced_form
from latentmr.linalg import RANK_TOLERANCE
from latentmr.typing import Array

__all__ = ["WEAK_F", "FirstStage", "explained", "f_statistic", "first_stage", "wald"]


#: Effective F under which Wald intervals are not to be trusted (Staiger and Stock, 1997; Andrews, Stock and Sun, 2019).
WEAK_F = 10.0


@dataclass(frozen=True)
class FirstStage:
    """What tests of the first stage need, whether from arrays or from moments.

    Parameters
    ----------
    fit : Fit
    reduced : ReducedForm or None
        None without instruments.
    exposures : tuple of str
        Their names.
    clusters : int or None
        The smaller number of clusters, where that is known.
    """

    fit: Fit
    reduced: ReducedForm | None
    exposures: tuple[str, ...]
    clusters: int | None = None

    @property
    def m(self) -> int:
        """Exposures."""
        return len(self.fit.beta)

    @property
    def n(self) -> int:
        """People."""
        return self.fit.df + self.fit.k + self.fit.n_regressors - self.m

    @property
    def total(self) -> Array:
        """Cross products of the exposures given the covariates."""
        return self.fit.total[: self.m, : self.m]

    @property
    def within(self) -> Array:
        """Their part in the span of the instruments."""
        return self.fit.within[: self.m, : self.m]

    def names(self, test: str) -> list[str]:
        """The test's name, with that of the exposure where there are several."""
        return [test] if self.m == 1 else [f"{test} ({name})" for name in self.exposures]


def first_stage(posed: Problem | Fit, reduced: ReducedForm | None = None) -> FirstStage:
    """Take arrays, or a solved model with its reduced form, to tests of the first stage.

    Parameters
    ----------
    posed : Problem or Fit
        A fit alone has homoskedastic errors.
    reduced : ReducedForm, optional
        Of the fit; leave it out with a problem, which has its own.

    Returns
    -------
    FirstStage

    Raises
    ------
    ValueError
        A reduced form beside a problem.
    """
    if isinstance(posed, Fit):
        if reduced is None and posed.k:
            reduced = homoskedastic_reduced_form(posed)
        names = tuple(f"x{j + 1}" for j in range(len(posed.beta)))
        return FirstStage(posed, reduced, names)
    if reduced is not None:
        raise ArgumentError("reduced", "go with a Fit", "it with a Problem, which has its own", "leave it out")
    clusters = None if posed.cluster is None else int(posed.cluster.max(axis=0).min()) + 1
    own = posed.reduced if posed.fit.k else None
    return FirstStage(posed.fit, own, posed.model.exposures, clusters)


def explained(fit: Fit, j: int = 0) -> bool:
    """Whether the instruments contain the exposure, but for rounding."""
    return bool(fit.total[j, j] - fit.within[j, j] <= RANK_TOLERANCE * fit.total[j, j])


def f_statistic(fit: Fit, j: int = 0, covariance: Array | None = None) -> float | None:
    """F of the instruments in the first stage of one exposure.

    Parameters
    ----------
    fit : Fit
        With instruments.
    j : int
        Which exposure.
    covariance : np.ndarray of dimension (k, k), optional
        Of the coefficients on the orthonormal instruments; that of homoskedastic errors by default.

    Returns
    -------
    float or None
        ``pi' V^-1 pi / k``: infinite where the instruments contain the exposure, None where ``V`` has no inverse.
    """
    if explained(fit, j):
        return float("inf")
    if covariance is None:
        return float((fit.within[j, j] / fit.k) / ((fit.total[j, j] - fit.within[j, j]) / fit.df))
    found = wald(fit.cross[:, j], covariance)
    return None if found is None else found / fit.k


def wald(estimate: Array, covariance: Array) -> float | None:
    """``b' V^-1 b``; infinite where ``V`` is zero, None where it has no inverse."""
    if not covariance.any():
        return float("inf")
    unit = 1 / np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    values, vectors = np.linalg.eigh(covariance * np.outer(unit, unit))
    if values[0] <= RANK_TOLERANCE:
        return None
    return float(((vectors.T @ (estimate * unit)) ** 2 / values).sum())

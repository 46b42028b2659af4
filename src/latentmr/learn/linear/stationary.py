"""Fit the stationary form: directions whose mean and covariance are the same in all environments."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from latentmr.learn.linear.moments import EnvironmentMoments
from latentmr.linalg import symmetric_root
from latentmr.results.history import History
from latentmr.typing import Array

__all__ = ["StationaryFit", "choose_k", "order_by_stationarity", "stationarity_p_values"]


@dataclass(frozen=True)
class StationaryFit:
    """Directions ordered by stationarity.

    Parameters
    ----------
    weights : np.ndarray of dimension (p, d)
        Weights of the directions, the most stationary first, with unit variance within environments. The rank of the
        covariance is ``d``.
    eigenvalues : np.ndarray of dimension (d,)
        Distance of each direction from stationarity: 0 for equal means and variances.
    """

    weights: Array
    eigenvalues: Array


def order_by_stationarity(moments: EnvironmentMoments) -> StationaryFit:
    """Order directions by analytic stationary subspace analysis (Hara et al., 2012).

    The directions are the eigenvectors of ``mean_e[mu_e mu_e' + 2 (S_e - I)^2]`` in coordinates white within
    environments. Environments are weighted by their numbers of individuals.

    Parameters
    ----------
    moments : EnvironmentMoments

    Returns
    -------
    StationaryFit
    """
    within = moments.within
    white = symmetric_root(within, np.diag(moments.pooled))
    mapped = moments.mapped(white)
    shift = mapped.mean - mapped.pooled_mean
    change = mapped.covariance - np.eye(white.shape[1])
    M = (shift.T * moments.weight) @ shift + 2 * np.einsum("e,eij,ejk->ik", moments.weight, change, change)
    values, vectors = np.linalg.eigh(M)
    return StationaryFit(white @ _fix_signs(vectors), values)


def stationarity_p_values(moments: EnvironmentMoments, sample: Array) -> Array:
    """Test for each k that the first k coordinates have one mean and covariance in all environments.

    The statistic ``sum_e n_e (|mu_e|^2 + 2 |S_e - S|^2)`` is a weighted sum of chi2 under the null hypothesis. A scaled
    chi2 matches the mean and variance of its distribution. Both are estimated from the products of a sample of
    individuals, so that no normality is assumed. The directions were chosen to make the statistic small, so the test is
    conservative.

    Parameters
    ----------
    moments : EnvironmentMoments
        Moments of the coordinates, white within environments.
    sample : np.ndarray of dimension (m, d)
        Coordinates of some individuals, centred at their environment's mean.

    Returns
    -------
    np.ndarray of dimension (d,)
        p-value for k = 1 to d.
    """
    m, d = sample.shape
    groups = len(moments.n)
    shift = moments.mean - moments.pooled_mean
    change = moments.covariance - moments.within
    out = np.empty(d)
    gram, kernel = np.zeros((m, m)), np.empty((m, m))  # these are large: avoid copies
    for k in range(1, d + 1):
        np.outer(sample[:, k - 1], sample[:, k - 1], out=kernel)
        gram += kernel
        # products of the features (z, sqrt(2) vec zz') of pairs of individuals, centred
        np.multiply(gram, gram, out=kernel)
        kernel *= 2
        kernel += gram
        columns, rows, everything = kernel.mean(axis=0), kernel.mean(axis=1), kernel.mean()
        kernel -= columns
        kernel -= rows[:, None]
        kernel += everything
        trace = np.trace(kernel) / m
        squares = (np.vdot(kernel, kernel) - np.sum(np.diag(kernel) ** 2)) / (m * (m - 1))
        statistic = float(moments.n @ ((shift[:, :k] ** 2).sum(axis=1) + 2 * (change[:, :k, :k] ** 2).sum(axis=(1, 2))))
        scale = squares / trace
        out[k - 1] = chi2.sf(statistic / scale, (groups - 1) * trace**2 / squares)
    return out


def choose_k(p_values: Array, alpha: float) -> tuple[int, History]:
    """Choose the largest k whose directions are stationary within sampling error.

    Returns
    -------
    int
        The number chosen, 0 if no direction is stationary.
    History
        The rule and its p-values.
    """
    accepted = np.flatnonzero(p_values >= alpha)
    k = int(accepted[-1]) + 1 if len(accepted) else 0
    rule = f"largest k whose first k directions pass the test of equal means and covariances at level {alpha:g}"
    return k, History(rule=rule, p_values=tuple(p_values.tolist()))


def _fix_signs(vectors: Array) -> Array:
    largest = np.argmax(np.abs(vectors), axis=0)
    signs = np.sign(vectors[largest, np.arange(vectors.shape[1])])
    return vectors * np.where(signs == 0, 1.0, signs)

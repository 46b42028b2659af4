"""Standard errors and effective F: one further pass over the design for all models together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from latentmr.estimate.kclass import Fit
from latentmr.estimate.moments import Blocks, Moments

__all__ = ["SE_TYPES", "Spread", "spreads"]

Array = NDArray[np.float64]

SE_TYPES = ("homoskedastic", "HC1", "cluster")


@dataclass(frozen=True)
class Spread:
    """What one pass over the rows adds to a fit.

    Parameters
    ----------
    covariance : np.ndarray of dimension (m, m)
        Of the effects.
    first_stage_noise : np.ndarray of dimension (m,)
        Trace of the covariance of the orthonormalised instruments' products with the first-stage residual, the
        denominator of the effective F.
    """

    covariance: Array
    first_stage_noise: Array


def spreads(
    fits: list[Fit], moments: Moments, blocks: Blocks, se_type: str, cluster: NDArray[np.int64] | None = None
) -> list[Spread]:
    """Covariances of all fits in one pass.

    The sandwich is ``B^-1 (sum_i u_i^2 a_i a_i') B^-1`` with ``a`` the instrumented exposures of the estimating
    equation, times ``n / (n - r)`` with ``r`` regressors (HC1); with clusters the scores are summed within each first,
    and the factor is ``(n - 1) / (n - r) * g / (g - 1)``. The homoskedastic form is ``u'u / (n - r) B^-1``.

    Parameters
    ----------
    fits : list of Fit
        On one design.
    moments : Moments
        Of that design.
    blocks : Blocks
        That design.
    se_type : str
        One of ``homoskedastic``, ``HC1``, ``cluster``.
    cluster : np.ndarray of dimension (n,), optional
        Codes 0, 1, ... of each row's cluster; needed for ``cluster``.

    Returns
    -------
    list of Spread
        In the order of the fits.
    """
    if se_type not in SE_TYPES:
        raise ValueError(f"se must be one of {', '.join(SE_TYPES)}. Got {se_type!r}.")
    if se_type == "homoskedastic":
        return [_homoskedastic(fit, moments) for fit in fits]
    if se_type == "cluster" and (cluster is None or cluster.max() < 1):
        raise ValueError("cluster must name at least two clusters. Got " + ("none." if cluster is None else "one."))
    groups = int(cluster.max()) + 1 if cluster is not None and se_type == "cluster" else 0
    # rows of equal instruments and adjustment share their first stage: it is computed once
    owner = _first_stage_owners(fits)
    owners = sorted({place for place in owner if place is not None})
    shared = [fits[place] for place in owners]
    scores = [np.zeros((groups, len(f.beta))) if groups else np.zeros((len(f.beta),) * 2) for f in fits]
    # summed within clusters before squaring, or squared at once
    noise = [np.zeros((groups, f.k, len(f.beta))) if groups else np.zeros(len(f.beta)) for f in shared]
    # one product with all narrow maps of all fits: blocks are read through once, not once for each map
    m = len(fits[0].beta)
    narrow = np.column_stack([part for fit in fits for part in (fit.score, fit.residual, fit.first_residual)])
    start = 0
    for block in blocks():
        centred = block - moments.mean
        values = np.split(centred @ narrow, len(fits), axis=1)
        labels = cluster[start : start + len(block)] if groups and cluster is not None else None
        start += len(block)
        for value, score in zip(values, scores, strict=True):
            moment = value[:, :m] * value[:, [m]]
            if labels is None:
                score += moment.T @ moment
            else:
                _add_within(score, moment, labels)
        for place, fit, sums in zip(owners, shared, noise, strict=True):
            _add_first_stage(sums, centred @ fit.orthonormal, values[place][:, m + 1 :], labels)
    out = []
    for fit, score, first in zip(fits, scores, owner, strict=True):
        meat = score.T @ score if groups else score
        inverse = np.linalg.inv(fit.bread)
        sums = noise[owners.index(first)] if first is not None else np.zeros(len(fit.beta))
        trace = np.einsum("gkm,gkm->m", sums, sums) if sums.ndim == 3 else sums
        factor = _small_sample(moments.n, fit.n_regressors, groups)
        first_factor = _small_sample(moments.n, moments.n - fit.df, groups)
        covariance: Array = factor * inverse @ meat @ inverse.T
        out.append(Spread(covariance, first_factor * np.asarray(trace)))
    return out


def _homoskedastic(fit: Fit, moments: Moments) -> Spread:
    error = float(fit.residual @ moments.S @ fit.residual) / (moments.n - fit.n_regressors)
    first = np.einsum("qm,qr,rm->m", fit.first_residual, moments.S, fit.first_residual) / fit.df
    return Spread(np.asarray(error * np.linalg.inv(fit.bread)), first * fit.k)


def _small_sample(n: int, r: int, groups: int) -> float:
    return (n - 1) / (n - r) * groups / (groups - 1) if groups else n / (n - r)


def _first_stage_owners(fits: list[Fit]) -> list[int | None]:
    """For each fit the first one with the same instruments given the same regressors; None without instruments."""
    owner: list[int | None] = []
    for i, fit in enumerate(fits):
        same = (j for j in range(i) if np.array_equal(fits[j].orthonormal, fit.orthonormal))
        owner.append(next(same, i) if fit.k else None)
    return owner


def _add_within(sums: Array, values: Array, labels: NDArray[np.int64]) -> None:
    """Add rows to the sums of their clusters."""
    present, position = np.unique(labels, return_inverse=True)
    shape = (len(present), len(labels))
    sums[present] += csr_array((np.ones(len(labels)), (position, np.arange(len(labels)))), shape=shape) @ values


def _add_first_stage(sums: Array, basis: Array, errors: Array, labels: NDArray[np.int64] | None) -> None:
    if labels is None:
        sums += np.einsum("nk,nk->n", basis, basis) @ errors**2
        return
    for j in range(errors.shape[1]):
        _add_within(sums[:, :, j], basis * errors[:, [j]], labels)

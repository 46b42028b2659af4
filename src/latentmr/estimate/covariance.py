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
    shared, owner = _distinct_first_stages(fits)
    scores = [np.zeros((groups, len(f.beta))) if groups else np.zeros((len(f.beta),) * 2) for f in fits]
    # summed within clusters before squaring, or squared at once
    noise = [np.zeros((groups, f.k, len(f.beta))) if groups else np.zeros(len(f.beta)) for f in shared]
    start = 0
    for block in blocks():
        centred = block - moments.mean
        labels = cluster[start : start + len(block)] if groups and cluster is not None else None
        start += len(block)
        for fit, score in zip(fits, scores, strict=True):
            moment = (centred @ fit.score) * (centred @ fit.residual)[:, None]
            score += moment.T @ moment if labels is None else _sum_within(moment, labels, groups)
        for fit, sums in zip(shared, noise, strict=True):
            _add_first_stage(sums, centred @ fit.orthonormal, centred @ fit.first_residual, labels)
    out = []
    for fit, score, first in zip(fits, scores, owner, strict=True):
        meat = score.T @ score if groups else score
        inverse = np.linalg.inv(fit.bread)
        sums = noise[first] if first is not None else np.zeros(len(fit.beta))
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


def _distinct_first_stages(fits: list[Fit]) -> tuple[list[Fit], list[int | None]]:
    shared: list[Fit] = []
    owner: list[int | None] = []
    for fit in fits:
        if fit.k == 0:
            owner.append(None)
            continue
        same = [i for i, other in enumerate(shared) if np.array_equal(other.orthonormal, fit.orthonormal)]
        if not same:
            shared.append(fit)
        owner.append(same[0] if same else len(shared) - 1)
    return shared, owner


def _sum_within(values: Array, labels: NDArray[np.int64], groups: int) -> Array:
    rows = np.arange(len(labels))
    return csr_array((np.ones(len(labels)), (labels, rows)), shape=(groups, len(labels))) @ values


def _add_first_stage(sums: Array, basis: Array, errors: Array, labels: NDArray[np.int64] | None) -> None:
    if labels is None:
        sums += np.einsum("nk,nk->n", basis, basis) @ errors**2
        return
    for j in range(errors.shape[1]):
        sums[:, :, j] += _sum_within(basis * errors[:, [j]], labels, len(sums))

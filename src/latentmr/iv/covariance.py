"""Covariances of effects and moments for all models, from one further pass over the design."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.errors import ArgumentError
from latentmr.iv.groups import Grouping, add_within, groupings, positive
from latentmr.iv.kclass import Fit
from latentmr.iv.meat import meats
from latentmr.iv.moments import Blocks, Moments
from latentmr.iv.reduced_form import ReducedForm, homoskedastic_reduced_form
from latentmr.results.printing import ShortRepr, counted
from latentmr.typing import Array

__all__ = ["SE_TYPES", "Spread", "spreads"]


SE_TYPES = ("homoskedastic", "HC0", "HC1", "cluster", "bekker")


@dataclass(frozen=True, repr=False)
class Spread(ShortRepr):
    """Covariances of the effects and of the moments of one fit.

    Parameters
    ----------
    covariance : np.ndarray of dimension (m, m)
        Covariance of the effects.
    reduced : ReducedForm or None
        The moments and their covariance; None without instruments.
    condition : str
        How learned instruments enter the covariances: ``accounting for estimation of the encoder`` or ``treating the
        instruments as fixed``.
    """

    covariance: Array
    reduced: ReducedForm | None
    condition: str = "treating the instruments as fixed"

    def __repr__(self) -> str:
        moments = "" if self.reduced is None else f" and of the moments of {counted(self.reduced.k, 'instrument')}"
        return f"Spread: covariances of {counted(len(self.covariance), 'effect')}{moments}; {self.condition}"


def spreads(
    fits: list[Fit],
    moments: Moments,
    blocks: Blocks,
    se_type: str,
    cluster: NDArray[np.int64] | None = None,
    *,
    first_stage: bool = True,
) -> list[Spread]:
    """Compute the covariances of all fits in one pass over the rows.

    The sandwich (HC0) is ``B^-1 (sum_i u_i^2 a_i a_i') B^-1``, with ``a`` the instrumented exposures of the estimating
    equation. HC1 multiplies it by ``n / (n - r)`` with ``r`` regressors. With clusters, scores are first summed within
    each cluster, and the factor is ``(n - 1) / (n - r) * g / (g - 1)``. With two-way clusters ``g`` is the smaller
    number of clusters (Cameron, Gelbach and Miller, 2011). The homoskedastic form is ``u'u / (n - r) B^-1``. Bekker
    errors are homoskedastic and allow for many instruments (Bekker, 1994; Hansen, Hausman and Newey, 2008, for normal
    errors).

    Parameters
    ----------
    fits : list of Fit
        Fits on one design.
    moments : Moments
        Moments of that design.
    blocks : Blocks
        Rows of that design.
    se_type : str
        One of ``homoskedastic``, ``HC0``, ``HC1``, ``cluster``, ``bekker``.
    cluster : np.ndarray of dimension (n,), (n, 1) or (n, 2), optional
        Codes 0, 1, ... of each row's cluster, which ``se_type`` ``cluster`` needs.
    first_stage : bool
        Whether to compute the whole covariance of the first stage, or only its traces, which takes less time.

    Returns
    -------
    list of Spread
        One for each fit, in the same order.
    """
    if se_type not in SE_TYPES:
        raise ArgumentError("se", f"be one of {', '.join(SE_TYPES)}", f"{se_type!r}", "choose one of these")
    if se_type == "homoskedastic":
        return [Spread(_homoskedastic(fit, moments), _reduced(fit)) for fit in fits]
    if se_type == "bekker":
        return [Spread(_bekker(fit, moments), _reduced(fit)) for fit in fits]
    grouping = None
    if se_type == "cluster":
        codes = np.zeros((moments.n, 0), dtype=np.int64) if cluster is None else cluster.reshape(moments.n, -1)
        if not codes.shape[1] or (codes.max(axis=0) < 1).any():
            raise ArgumentError(
                "cluster",
                "have at least two clusters",
                "none" if cluster is None else "one",
                "give a cluster label for each row, or another `se`",
            )
        grouping = groupings(codes)
    # fits with the same instruments and adjustment share their moments, which are gathered once
    owner = _owners(fits)
    owners = sorted({place for place in owner if place is not None})
    scores, products = _gather(fits, [fits[place] for place in owners], moments, blocks, grouping, first_stage)
    reduced = {
        place: _reduced_form(fits[place], *product, moments.n, se_type, grouping)
        for place, product in zip(owners, products, strict=True)
    }
    out = []
    for fit, meat, place in zip(fits, scores, owner, strict=True):
        inverse = np.linalg.inv(fit.bread)
        covariance = _small_sample(moments.n, fit.n_regressors, se_type, grouping) * inverse @ meat @ inverse.T
        covariance = positive(covariance) if grouping is not None and len(grouping) > 1 else covariance
        out.append(Spread(covariance, None if place is None else reduced[place]))
    return out


def _reduced(fit: Fit) -> ReducedForm | None:
    return homoskedastic_reduced_form(fit) if fit.k else None


def _homoskedastic(fit: Fit, moments: Moments) -> Array:
    error = float(fit.residual @ moments.S @ fit.residual) / (moments.n - fit.n_regressors)
    return np.asarray(error * np.linalg.inv(fit.bread))


def _bekker(fit: Fit, moments: Moments) -> Array:
    if not fit.k:
        raise ArgumentError("se", "not be bekker for OLS, which has no instruments", "'bekker'", "use homoskedastic")
    b = np.append(-fit.beta, 1.0)
    m = len(fit.beta)
    error = float(b @ fit.total @ b)
    share = float(b @ fit.within @ b) / error
    # remove the structural error from the exposures: under many-instrument asymptotics the two remain correlated
    free = np.eye(m + 1)[:, :m] - np.outer(b, (fit.total @ b)[:m]) / error
    inside, all_ = free.T @ fit.within @ free, free.T @ fit.total @ free
    middle = (1 - share) ** 2 * inside + share**2 * (all_ - inside)
    inverse = np.linalg.inv((1 - share) * fit.bread)
    return np.asarray(error / (moments.n - fit.n_regressors) * inverse @ middle @ inverse.T)


def _small_sample(n: int, r: int, se_type: str, grouping: list[Grouping] | None) -> float:
    if grouping is not None:
        count = min(g.count for g in grouping if g.sign > 0)
        return (n - 1) / (n - r) * count / (count - 1)
    return n / (n - r) if se_type == "HC1" else 1.0


def _owners(fits: list[Fit]) -> list[int | None]:
    """Return for each fit the first one with equal instruments and regressors, or None without instruments."""
    owner: list[int | None] = []
    for i, fit in enumerate(fits):
        same = (
            j
            for j in range(i)
            if np.array_equal(fits[j].orthonormal, fit.orthonormal) and np.array_equal(fits[j].given, fit.given)
        )
        owner.append(next(same, i) if fit.k else None)
    return owner


def _gather(
    fits: list[Fit],
    shared: list[Fit],
    moments: Moments,
    blocks: Blocks,
    grouping: list[Grouping] | None,
    first_stage: bool,
) -> tuple[list[Array], list[tuple[Array, Array | None]]]:
    """Sum the squares of the scores, and of the instruments' products with (first-stage residuals, exposures, outcome).

    If ``first_stage`` is False, the sums for the first-stage residuals stay zero and only their traces are returned.
    """
    if grouping is None:
        return meats(fits, shared, moments, blocks, first_stage=first_stage)
    m = len(fits[0].beta)
    narrow = np.column_stack([part for fit in fits for part in (fit.score, fit.residual)])
    columns = [np.hstack([fit.first_residual, fit.given]) for fit in shared]
    scores = [np.zeros((m, m)) for _ in fits]
    products: list[tuple[Array, Array | None]] = []
    # there are as many sums as clusters: one set of instruments at a time keeps memory bounded
    for number in range(max(1, len(shared))):
        narrow_now = narrow if number == 0 else narrow[:, :0]
        wide = shared[number] if shared else None
        total: Array | float = 0.0
        meat: Array | float = 0.0
        for term in grouping:
            sums = _sums_within(narrow_now, wide, columns[number] if shared else None, moments, blocks, term, m)
            total = total + term.sign * _meat(sums[1], (wide.k, 2 * m + 1)) if wide is not None else total
            meat = meat + term.sign * np.einsum("gfi,gfj->fij", sums[0], sums[0])
        if number == 0:
            scores = list(np.asarray(meat))
        if wide is not None:
            products.append((np.asarray(total), None))
    return scores, products


def _sums_within(
    narrow: Array, wide: Fit | None, maps: Array | None, moments: Moments, blocks: Blocks, term: Grouping, m: int
) -> tuple[Array, Array]:
    count = narrow.shape[1] // (m + 1)
    scores = np.zeros((term.count, count * m))
    width = wide.k * (2 * m + 1) if wide is not None else 0
    sums = np.zeros((term.count, width))
    start = 0
    for block in blocks():
        if not len(block):
            continue
        centred = block - moments.mean
        labels = term.codes[start : start + len(block)]
        start += len(block)
        if count:
            value = (centred @ narrow).reshape(len(block), count, m + 1)
            add_within(scores, (value[:, :, :m] * value[:, :, m:]).reshape(len(block), -1), labels)
        if wide is not None and maps is not None:
            basis, variables = centred @ wide.orthonormal, centred @ maps
            add_within(sums, (basis[:, :, None] * variables[:, None, :]).reshape(len(block), -1), labels)
    return scores.reshape(term.count, count, m), sums


def _meat(sums: Array, shape: tuple[int, int]) -> Array:
    k, u = shape
    return np.asarray((sums.T @ sums).reshape(k, u, k, u).transpose(1, 3, 0, 2))


def _reduced_form(
    fit: Fit, product: Array, traces: Array | None, n: int, se_type: str, grouping: list[Grouping] | None
) -> ReducedForm:
    m = len(fit.beta)
    if grouping is not None and len(grouping) > 1:
        product = _positive_blocks(product)
    factor = _small_sample(n, n - fit.df, se_type, grouping)
    moment = _small_sample(n, fit.n_regressors - m, se_type, grouping) * product[m:, m:]
    if traces is not None:
        return ReducedForm(fit.cross, moment, factor * traces, fit.df, se_type)
    first = factor * product[:m, :m]
    return ReducedForm(fit.cross, moment, np.einsum("jjaa->j", first), fit.df, se_type, first)


def _positive_blocks(product: Array) -> Array:
    u, _, k, _ = product.shape
    flat = positive(product.transpose(0, 2, 1, 3).reshape(u * k, u * k))
    return flat.reshape(u, k, u, k).transpose(0, 2, 1, 3)

"""Multivariable MR by constrained maximum likelihood, with the set of invalid variants chosen by BIC."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Details
from latentmr.two_sample.methods.least_q import LeastQ, least_q, q_terms
from latentmr.two_sample.methods.multivariable.several_associations import (
    SeveralAssociations,
    check_several,
    wald_of_several,
)
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["SeveralCml", "cml"]

#: Maximum number of rounds of selecting invalid variants and fitting the others.
MOST_ROUNDS = 100
#: Number of values of K in a first grid, which is refined around the best one.
AT_ONCE = 30


@dataclass(frozen=True, kw_only=True, repr=False)
class SeveralCml(Details):
    """Details of multivariable constrained maximum likelihood.

    Parameters
    ----------
    n_invalid : int
        Number of invalid variants K at the minimum of BIC.
    bic : float
    valid : np.ndarray of bool of dimension (p,)
    """

    n_invalid: int
    bic: float
    valid: Mask


def cml(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    people: float,
    names: Sequence[str] | None = None,
    exposure_correlation: ArrayLike | None = None,
    most_invalid: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate direct effects by constrained maximum likelihood (MVMR-cML-BIC).

    K invalid variants have free pleiotropic effects on the outcome. The likelihood is maximised alternately over the
    set of these variants and over the effects. K minimises BIC, ``-2 log L + K log(people)``. The estimates are
    consistent if the valid variants are a plurality. Pleiotropic effects of the other variants may have any
    correlations. Standard errors do not account for the selection of variants. The method does not remove confounding
    of the variants with the outcome.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors, from a sample that does not overlap the exposures' samples.
    people : float
        Sample size of the smallest study.
    names : sequence of str, optional
        Names of the exposures.
    exposure_correlation : array_like of dimension (m, m), optional
        Correlations of the errors of a variant's effects on the exposures. By default they are taken to be zero, as
        with ``rho_mat`` of ``MendelianRandomization::mr_mvcML``.
    most_invalid : int, optional
        Maximum K: by default half of the variants, and at most p - m - 1. All values are tried up to 30; for larger
        maxima a grid is refined around the best value.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure, with standard errors from the observed information, and details of class
        :class:`SeveralCml`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the exposures are too weak for an estimate.

    References
    ----------
    Lin, Xue & Pan (2023) Am J Hum Genet 110:592.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05], [0.2, -0.1], [0.1, 0.1]]
    >>> by = [0.05, 0.08, -0.02, 0.07, 0.14, 0.11, 0.9]
    >>> found = cml(BX, by, [[0.01, 0.01]] * 7, [0.02] * 7, people=10_000)
    >>> [round(each.beta, 1) for each in found], found[0].details.valid.tolist()
    ([0.5, -0.2], [True, True, True, True, True, True, False])
    """
    if not (np.isfinite(people) and people > 1):
        raise ArgumentError(
            "people", "be the sample size of the smallest study", f"{people:g}", "give a number above 1"
        )
    data = check_several(BX, by, SX, sy, names=names, exposure_correlation=exposure_correlation)
    bound = data.p - data.m - 1
    if most_invalid is not None and not 0 <= most_invalid <= bound:
        raise ArgumentError("most_invalid", f"lie between 0 and {bound} (p - m - 1)", f"{most_invalid}", "leave it out")
    most = min(bound, -(-data.p // 2)) if most_invalid is None else most_invalid
    VX, penalty = data.covariances, np.log(people)
    known: dict[int, tuple[float, LeastQ, Mask]] = {}
    low, high = 0, most
    while True:
        step = max(1, -(-(high - low) // AT_ONCE))
        for k in [*range(low, high, step), high]:
            if k not in known:
                before = known[max(known)][1].beta if known else np.zeros(data.m)
                fit, valid = _best(data, VX, k, before)
                known[k] = (fit.q_statistic + penalty * k, fit, valid)
        best = min(known, key=lambda k: (known[k][0], k))
        if step == 1:
            break
        low, high = max(low, best - step), min(high, best + step)
    bic, fit, valid = known[best]
    return wald_of_several(
        "multivariable cML-BIC",
        data,
        fit.beta,
        np.sqrt(np.diag(np.linalg.inv(fit.information))),
        alpha=alpha,
        details=SeveralCml(n_invalid=best, bic=float(bic), valid=valid),
    )


def _best(data: SeveralAssociations, VX: Array, k: int, before: Array) -> tuple[LeastQ, Mask]:
    """Return the better fit from two starting values: no effects, and those with fewer invalid variants."""
    starts = [np.zeros(data.m)] + ([before] if before.any() else [])
    return min((_alternate(data, VX, k, start) for start in starts), key=lambda found: found[0].q_statistic)


def _alternate(data: SeveralAssociations, VX: Array, k: int, start: Array) -> tuple[LeastQ, Mask]:
    beta, valid = start, np.zeros(data.p, dtype=bool)
    for _ in range(MOST_ROUNDS):
        e, v = q_terms(data.BX, data.by, VX, data.sy**2, beta)
        now = np.ones(data.p, dtype=bool)
        now[np.argsort(-(e**2) / v, kind="stable")[:k]] = False
        if (now == valid).all():
            break
        valid = now
        near = beta if beta.any() else None
        fit = least_q(data.BX[valid], data.by[valid], VX[valid], data.sy[valid] ** 2, near=near)
        beta = fit.beta
    return fit, valid

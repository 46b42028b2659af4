"""Multivariable MR by median regression."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.two_sample.methods.associations import order_for_draws
from latentmr.two_sample.methods.least_absolute import least_absolute, least_absolute_near
from latentmr.two_sample.methods.median import Median
from latentmr.two_sample.methods.multivariable.several_associations import (
    SeveralAssociations,
    check_several,
    wald_of_several,
)
from latentmr.typing import Array

__all__ = ["median"]

#: Number of drawn effects in a block; each block has its own seed.
AT_ONCE = 400_000


def median(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    draws: int = 1000,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate direct effects by median regression of ``by`` on ``BX`` with weights ``1 / sy^2``.

    The estimates are consistent if variants with more than half of the weight affect the outcome through the exposures
    alone. The standard error is that of a parametric bootstrap, in which effects are drawn around their estimates and
    weights are fixed, as in ``MendelianRandomization::mr_mvmedian``. The method does not remove confounding of the
    variants with the outcome if most of them are confounded.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors.
    names : sequence of str, optional
        Names of the exposures.
    draws : int
        Number of bootstrap replicates.
    seed : int
        Random seed.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure, with details of class :class:`~latentmr.two_sample.methods.median.Median`.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Grant & Burgess (2021) Stat Med 40:5813. Koenker (2005) Quantile Regression.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05], [0.2, -0.1], [0.1, 0.1]]
    >>> by = [0.05, 0.08, -0.02, 0.07, 0.14, 0.11, 0.9]
    >>> [round(each.beta, 1) for each in median(BX, by, [[0.01, 0.01]] * 7, [0.02] * 7)]
    [0.5, -0.2]
    """
    if draws < 2:
        raise ArgumentError("draws", "be at least 2", f"{draws}", "1000 is usual")
    data = check_several(BX, by, SX, sy, names=names)
    order, sign = order_for_draws(data.BX, data.by, data.SX, data.sy)
    data = replace(
        data, BX=(sign[:, None] * data.BX)[order], by=(sign * data.by)[order], SX=data.SX[order], sy=data.sy[order]
    )
    weights = data.sy**-2
    beta = least_absolute(data.BX[None] * weights[:, None], data.by[None] * weights)[0]
    size = max(1, AT_ONCE // (data.p * data.m))
    starts = range(0, draws, size)
    children = np.random.SeedSequence(seed).spawn(len(starts))
    parts = [
        _drawn(data, weights, min(size, draws - start), np.random.default_rng(child))
        for start, child in zip(starts, children, strict=True)
    ]
    se = np.concatenate(parts).std(axis=0, ddof=1)
    return wald_of_several("multivariable median", data, beta, se, alpha=alpha, details=Median(draws=draws))


def _drawn(data: SeveralAssociations, weights: Array, size: int, rng: np.random.Generator) -> Array:
    BX = rng.normal(data.BX, data.SX, (size, data.p, data.m))
    by = rng.normal(data.by, data.sy, (size, data.p))
    BX *= weights[:, None]
    by *= weights
    # drawn effects have another centre than the estimate, because BX contains its error twice
    pilot = least_absolute(BX[:1], by[:1])[0]
    return least_absolute_near(BX, by, pilot)

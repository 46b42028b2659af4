"""Debiased inverse-variance weighted two-sample MR."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import check_associations
from latentmr.two_sample.methods.wald_interval import wald_estimate

__all__ = ["Debiased", "divw"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Debiased(Details):
    """Details of debiased and penalised IVW.

    Parameters
    ----------
    tau2 : float
        Variance of pleiotropic effects.
    strength : float
        Mean F minus one, times the square root of p; ``condition`` in the R function.
    """

    tau2: float
    strength: float


def divw(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    overdispersion: bool = True,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the inverse-variance weighted effect, with a denominator corrected for the error of ``bx``.

    The estimate :math:`\sum b_x b_y s_y^{-2} / \sum (b_x^2 - s_x^2) s_y^{-2}` is consistent for many weak variants, for
    which IVW is biased towards zero, provided ``strength`` is large (its authors recommend at least 20). Pleiotropic
    effects may be present if they are zero on average and independent of the effects on the exposure. The method does
    not remove confounding of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    overdispersion : bool
        Whether the standard error accounts for balanced pleiotropic effects of variance ``tau2``, as
        ``MendelianRandomization::mr_divw`` does by default. ``tau2`` is never negative.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with a normal p value and details of class :class:`Debiased`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the variants are weaker than their errors.

    References
    ----------
    Ye, Shao & Kang (2021) Annals of Statistics 49:2079.

    Examples
    --------
    >>> found = divw([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3, overdispersion=False)
    >>> round(found.beta, 3), round(found.details.strength, 1)
    (0.494, 806.6)
    """
    data = check_associations(bx, by, sx, sy)
    weights = 1 / data.sy**2
    signal = float(((data.bx**2 - data.sx**2) * weights).sum())
    if signal <= 0:
        raise ArgumentError("bx", "be stronger than its errors", "variants that are not", "take stronger ones, or raps")
    beta = float((data.by * data.bx * weights).sum()) / signal
    tau2 = 0.0
    if overdispersion:
        excess = (data.by - beta * data.bx) ** 2 - data.sy**2 - beta**2 * data.sx**2
        tau2 = max(0.0, float((excess * weights).sum() / weights.sum()))
    noise, F = data.sx**2 * weights, (data.bx / data.sx) ** 2
    variance = float((noise * F * (1 + tau2 * weights) + beta**2 * noise**2 * (F + 1)).sum())
    strength = float((F.mean() - 1) * np.sqrt(len(F)))
    details = Debiased(tau2=tau2, strength=strength)
    return wald_estimate("dIVW", beta, np.sqrt(variance) / signal, len(F), alpha=alpha, details=details)

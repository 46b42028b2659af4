"""Penalised inverse-variance weighted two-sample MR."""

import numpy as np
from numpy.typing import ArrayLike

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods.associations import check_associations
from latentmr.two_sample.methods.divw import Debiased
from latentmr.two_sample.methods.wald_interval import wald_estimate

__all__ = ["pivw"]


def pivw(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    penalty: float = 1.0,
    overdispersion: bool = True,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the debiased IVW effect with a penalty that keeps it finite if all variants are weak.

    The denominator :math:`\mu = \sum (b_x^2 - s_x^2) s_y^{-2}` is replaced by
    :math:`\mu / 2 + \mathrm{sign}(\mu) \sqrt{\mu^2 / 4 + \lambda v}` with its variance v, and the numerator is adjusted
    by their covariance. Without a penalty it is :func:`divw`. Pleiotropic effects may be present if they are zero on
    average and independent of the effects on the exposure. The method does not remove confounding of the variants with
    the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    penalty : float
        :math:`\lambda`, 1 as in ``MendelianRandomization::mr_pivw``.
    overdispersion : bool
        Whether the standard error accounts for balanced pleiotropic effects of variance ``tau2``, which is never
        negative.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with a normal Wald interval and p value (``Boot.Fieller = FALSE`` of the R function), and details of
        class :class:`~latentmr.two_sample.methods.divw.Debiased`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the penalty is negative.

    References
    ----------
    Xu, Wang, Fung & Liu (2023) Biometrics 79:3458.

    Examples
    --------
    >>> found = pivw([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3)
    >>> round(found.beta, 3), found.details.tau2
    (0.493, 0.0)
    """
    if penalty < 0:
        raise ArgumentError("penalty", "not be negative", f"{penalty:g}", "1 is usual, 0 is divw")
    data = check_associations(bx, by, sx, sy)
    weights, signal = 1 / data.sy**2, data.bx**2 - data.sx**2
    numerator, denominator = float((data.by * data.bx * weights).sum()), float((signal * weights).sum())
    variance = max(0.0, float((weights**2 * (4 * signal * data.sx**2 + 2 * data.sx**4)).sum()))
    covariance = float((2 * weights**2 * data.by * data.bx * data.sx**2).sum())
    root = np.sqrt(denominator**2 / 4 + penalty * variance)
    penalised = denominator / 2 + (root if denominator >= 0 else -root)
    if penalised == 0 or variance == 0:
        raise ArgumentError("bx", "be stronger than its errors", "variants that are not", "take stronger ones, or raps")
    beta = (numerator + covariance / variance * (penalised - denominator)) / penalised
    tau2 = 0.0
    if overdispersion:
        excess = (data.by - beta * data.bx) ** 2 - data.sy**2 - beta**2 * data.sx**2
        tau2 = max(0.0, float((excess * weights).sum() / weights.sum()))
    parts = data.bx**2 * weights * (1 + tau2 * weights) + (beta * data.sx * weights) ** 2 * (data.bx**2 + data.sx**2)
    strength = float((np.mean((data.bx / data.sx) ** 2) - 1) * np.sqrt(len(data.bx)))
    se = np.sqrt(parts.sum()) / abs(penalised)
    return wald_estimate("pIVW", beta, se, len(data.bx), alpha=alpha, details=Debiased(tau2=tau2, strength=strength))

"""MR-RAPS: two-sample MR by a robust adjusted profile score."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.raps_loss import Loss, loss_of
from latentmr.two_sample.methods.raps_score import next_fall, pleiotropic_variance, profile_maximum, slopes_at
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["Raps", "raps", "sandwich"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Raps(Details):
    """Details of MR-RAPS.

    Parameters
    ----------
    tau2, tau2_se : float or None
        Variance of pleiotropic effects, and its standard error; None without overdispersion.
    naive_se : float or None
        Standard error from the information alone; None with overdispersion.
    residual : np.ndarray of dimension (p,)
        Standardised residuals; normal if the model holds.
    """

    tau2: float | None = None
    tau2_se: float | None = None
    naive_se: float | None = None
    residual: Array


def raps(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    loss: str = "huber",
    overdispersion: bool = True,
    tuning: float | None = None,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the effect by the robust adjusted profile score (MR-RAPS).

    The standardised residuals :math:`t_j = (b_{yj} - \beta b_{xj}) / \sqrt{s_{yj}^2 + \tau^2 + \beta^2 s_{xj}^2}` have
    the smallest loss at the estimate. The variance :math:`\tau^2` of pleiotropic effects solves
    :math:`\sum s_{xj}^2 (t_j \psi(t_j) - \delta) / v_j = 0` with the variances :math:`v_j`, or is 0 if that sum is
    negative at 0. Without overdispersion and with the loss ``l2`` it is maximum likelihood. The method is suited to
    many weak variants. Pleiotropic effects may be present if they are normal with mean zero, except for outliers, and
    independent of the effects on the exposure. The method does not remove confounding of the variants with the outcome.

    Without overdispersion the estimate is the global maximum on the whole line. With overdispersion the equations may
    have several roots, and the root nearest to the starting value is used. The starting value is that of
    ``mr.raps::mr.raps.mle``: the effect without overdispersion for ``l2``, and that of ``l2`` with overdispersion for
    the other losses. For these losses version 0.4.2 of the R function does not reach a root (its values make neither
    sum zero); this implementation solves both equations.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    loss : str
        ``huber``, ``tukey`` or ``l2``.
    overdispersion : bool
        Whether to estimate a variance of pleiotropic effects.
    tuning : float, optional
        Constant of the loss; 1.345 (Huber) and 4.685 (Tukey) by default.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with a normal p value and details of class :class:`Raps`.

    Raises
    ------
    ValueError
        If the associations are invalid, or variants are too weak for a maximum, a root or a standard error.

    References
    ----------
    Zhao, Wang, Hemani, Bowden & Small (2020) Annals of Statistics 48:1742.

    Examples
    --------
    >>> found = raps([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3, overdispersion=False)
    >>> round(found.beta, 3)
    0.493
    """
    kind = loss_of(loss, tuning)
    data = check_associations(bx, by, sx, sy)
    name = f"MR-RAPS ({loss}{', overdispersed' if overdispersion else ''})"
    squares = loss_of("l2")
    beta, tau2 = profile_maximum(data, squares if overdispersion else kind), 0.0
    if overdispersion:
        for each in dict.fromkeys([squares, kind]):
            beta = _next_root(data, each, beta)
        tau2 = float(pleiotropic_variance(data, kind, np.array([beta]), data.sx**2)[0])
    se, tau2_se, naive = sandwich(data, kind, beta, tau2, overdispersion)
    residual = (data.by - beta * data.bx) / np.sqrt(data.sy**2 + tau2 + (beta * data.sx) ** 2)
    details = (
        Raps(tau2=tau2, tau2_se=tau2_se, residual=residual)
        if overdispersion
        else Raps(naive_se=naive, residual=residual)
    )
    return wald_estimate(name, beta, se, len(data.bx), alpha=alpha, details=details)


def _next_root(data: Associations, loss: Loss, start: float) -> float:
    """Return the root of the score nearest to the start, with the pleiotropic variance at each effect."""
    weights = data.sx**2

    def score(betas: Array) -> Array:
        return slopes_at(data, loss, betas, pleiotropic_variance(data, loss, betas, weights))

    tau2 = float(pleiotropic_variance(data, loss, np.array([start]), weights)[0])
    signal = (data.bx**2 + data.sx**2) / (data.sy**2 + tau2 + (start * data.sx) ** 2)
    return next_fall(score, start, float(signal.sum() ** -0.5))


def sandwich(
    data: Associations, loss: Loss, beta: float, tau2: float, overdispersion: bool
) -> tuple[float, float, float]:
    """Return standard errors of the effect and of the pleiotropic variance, and the naive error of the effect.

    Parameters
    ----------
    data : Associations
    loss : Loss
    beta, tau2 : float
        Roots of the score.
    overdispersion : bool
        Whether ``tau2`` was estimated.

    Returns
    -------
    float, float, float
        Standard errors from the expected information, with squared effects corrected for their errors.

    Raises
    ------
    ValueError
        If the variants are weaker than their errors.
    """
    s2, own = data.sx**2, data.sy**2 + tau2
    v2 = (own + beta**2 * s2) ** 2
    signal = float((((data.bx**2 - s2) * own + (data.by**2 - own) * s2) / v2).sum())
    noise = loss.c1 * (signal + float((s2 * own / v2).sum()))
    if signal <= 0:
        raise ArgumentError(
            "bx", "be stronger than its errors", "variants without a standard error", "take stronger ones"
        )
    information = loss.delta * signal
    naive = float(information**-0.5)
    if not overdispersion:
        return float(np.sqrt(noise)) / information, 0.0, naive
    cross = loss.delta * beta * float((s2 / v2).sum())
    of_tau2 = loss.c2 * float((s2**2 / v2).sum()) / ((loss.delta + loss.c3) / 2 * float((s2 / v2).sum())) ** 2
    return float(np.sqrt(noise + cross**2 * of_tau2)) / information, float(np.sqrt(of_tau2)), naive

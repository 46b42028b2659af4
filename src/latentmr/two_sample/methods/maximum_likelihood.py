"""Two-sample MR by maximum likelihood."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.heterogeneity import Heterogeneity
from latentmr.two_sample.methods.least_angle import Lines
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["MaximumLikelihood", "maximum_likelihood"]


@dataclass(frozen=True, kw_only=True, repr=False)
class MaximumLikelihood(Heterogeneity):
    """Details of maximum likelihood.

    Parameters
    ----------
    q_statistic, q_df, q_p_value
        Minimum of Q (null: one effect; chi-squared).
    dispersion : float
        Square root of Q over its degrees of freedom; 1 with one variant.
    """

    dispersion: float


def maximum_likelihood(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    model: str = "random",
    psi: float = 0.0,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the effect by maximum likelihood for normal associations with a common ratio.

    The true effects on the exposure have a closed form given the effect :math:`\beta`. The remaining criterion,

    .. math:: Q(\beta) = \sum_i (b_{yi} - \beta b_{xi})^2 / (s_{yi}^2 + \beta^2 s_{xi}^2 - 2 \beta \psi s_{xi} s_{yi}),

    is minimised over the whole line to numerical precision. The estimate is consistent if every variant is a valid
    instrument, or, with random effects, if pleiotropic effects are balanced. Unlike IVW, it is not biased towards zero
    if effects on the exposure are measured with error. The method does not remove confounding of the variants with the
    outcome.

    ``MendelianRandomization::mr_maxlik`` and ``TwoSampleMR::mr_two_sample_ml`` have the same likelihood, but often stop
    before its maximum. Without random effects and ``psi`` the estimate is that of ``mr.raps`` with the l2 loss.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    model : str
        ``random``: standard errors multiplied by the dispersion if that is above 1. ``fixed``: standard errors
        unchanged.
    psi : float
        Correlation of the two errors of a variant in overlapping samples.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with details of class :class:`MaximumLikelihood`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the likelihood has no maximum at a finite effect.

    References
    ----------
    Burgess, Butterworth & Thompson (2013) Genet Epidemiol 37:658. Zhao et al. (2020) Ann Stat 48:1742 (profile
    likelihood).

    Examples
    --------
    >>> found = maximum_likelihood([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3)
    >>> round(found.beta, 3)
    0.493
    """
    if model not in ("fixed", "random"):
        raise ArgumentError("model", "be fixed or random", f"{model!r}", "random is usual")
    if not -1 < psi < 1:
        raise ArgumentError("psi", "be a correlation between -1 and 1", f"{psi:g}", "0 is that of separate samples")
    data = check_associations(bx, by, sx, sy)
    p = len(data.bx)
    beta, q, curvature = _maximum(data, psi)
    df = p - 1
    dispersion = float(np.sqrt(q / df)) if df else 1.0
    factor = max(dispersion, 1.0) if model == "random" else 1.0
    return wald_estimate(
        "maximum likelihood",
        beta,
        factor * np.sqrt(2 / curvature),
        p,
        alpha=alpha,
        details=MaximumLikelihood(
            q_statistic=q,
            q_df=df,
            q_p_value=float(stats.chi2.sf(q, df)) if df else 1.0,
            dispersion=dispersion,
        ),
    )


def _maximum(data: Associations, psi: float) -> tuple[float, float, float]:
    """Return the effect with the smallest Q, that Q, and its second derivative there."""
    lines = Lines(data.bx, data.by, data.sx, data.sy, psi)
    found = lines.lowest(np.ones((1, len(data.bx))), np.ones(1))
    beta = float(found.beta[0])
    # the derivatives by the effect, in units in which errors of both traits are alike
    value, _, curvature = _derivatives(
        data.by, data.bx * lines.unit, data.sx * lines.unit, data.sy, psi, beta / lines.unit
    )
    if not found.settled[0] or curvature <= 0:
        raise ArgumentError(
            "bx",
            "differ from zero for maximum likelihood",
            "a likelihood whose maximum is at infinity",
            "take stronger variants",
        )
    return beta, value, curvature / lines.unit**2


def _derivatives(by: Array, bx: Array, sx: Array, sy: Array, psi: float, beta: float) -> tuple[float, float, float]:
    """Return Q and its first two derivatives by the effect."""
    error, variance = by - beta * bx, sy**2 + (beta * sx) ** 2 - 2 * beta * psi * sx * sy
    slope = 2 * (beta * sx**2 - psi * sx * sy)
    share = error / variance
    first = -2 * bx * share - slope * share**2
    second = 2 * bx**2 / variance + 4 * bx * slope * share / variance - 2 * sx**2 * share**2
    second = second + 2 * slope**2 * share**2 / variance
    return float(error @ share), float(first.sum()), float(second.sum())

"""Two-sample MR by maximum likelihood."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.optimize import minimize_scalar

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.heterogeneity import Heterogeneity
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["MaximumLikelihood", "maximum_likelihood"]

#: Angles at which the likelihood is looked at before its maximum is sought, and how many of the best are followed.
ANGLES, FOLLOWED = 1024, 5
#: Terms of likelihoods that are held at once.
AT_ONCE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class MaximumLikelihood(Heterogeneity):
    """What maximum likelihood adds.

    Parameters
    ----------
    q_statistic, q_df, q_p_value
        The least Q (null: one effect; chi-squared).
    dispersion : float
        Root of Q over its degrees of freedom, 1 for one variant.
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
    r"""Effect of greatest likelihood, if both associations of each variant are normal around true ones in proportion.

    The true effects on the exposure have a closed form given the effect :math:`\beta`; what is left,

    .. math:: Q(\beta) = \sum_i (b_{yi} - \beta b_{xi})^2 / (s_{yi}^2 + \beta^2 s_{xi}^2 - 2 \beta \psi s_{xi} s_{yi}),

    is minimised over the whole line to the last digits. It holds where every variant is a valid instrument, or, with
    random effects, their pleiotropic effects are balanced; unlike IVW, it does not lean to zero where effects on the
    exposure are measured with error. It does not remove confounding of the variants with the outcome.

    ``MendelianRandomization::mr_maxlik`` and ``TwoSampleMR::mr_two_sample_ml`` have the same likelihood, but often stop
    before its maximum; without random effects and ``psi`` the estimate is that of ``mr.raps`` with the l2 loss.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    model : str
        ``random``: errors enlarged by the dispersion where that is above 1; ``fixed``: errors as they are.
    psi : float
        Correlation of the two errors of a variant, where the samples overlap.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        With details of class :class:`MaximumLikelihood`.

    Raises
    ------
    ValueError
        If the associations are invalid, or no effect is more likely than an unbounded one.

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
        raise ArgumentError("model", "be fixed or random", f"{model!r}")
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
    """Effect with the smallest Q, that Q, and its second derivative there."""
    # the unit of both effects cancels: angles of a line through the origin, of which a half turn is all there is
    unit = float(np.median(data.sy / data.sx))
    bx, sx = data.bx * unit, data.sx * unit

    def distances(angle: Array) -> Array:
        cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
        variance = (cos * data.sy) ** 2 + (sin * sx) ** 2 - 2 * psi * cos * sin * sx * data.sy
        return np.asarray(((cos * data.by - sin * bx) ** 2 / variance).sum(axis=1))

    angles = np.pi * (np.arange(ANGLES) / ANGLES - 0.5)
    size = max(1, AT_ONCE // len(bx))
    heights = np.concatenate([distances(angles[at : at + size]) for at in range(0, ANGLES, size)])
    low = (heights <= np.roll(heights, 1)) & (heights <= np.roll(heights, -1))
    step, found = np.pi / ANGLES, []
    for i in np.flatnonzero(low)[np.argsort(heights[low], kind="stable")][:FOLLOWED]:
        bounds = (angles[i] - step, angles[i] + step)
        found.append(
            minimize_scalar(lambda angle: float(distances(np.array([angle]))[0]), bounds=bounds, method="bounded")
        )
    best = min(found, key=lambda each: each.fun)
    beta = _polished(data.by, bx, sx, data.sy, psi, float(np.tan(best.x)))
    value, _, curvature = _derivatives(data.by, bx, sx, data.sy, psi, beta)
    if curvature <= 0 or abs(beta) > 1e6:
        raise ArgumentError(
            "bx",
            "differ from zero for maximum likelihood",
            "effects that are most likely with an unbounded effect of the exposure",
            "take stronger variants",
        )
    return beta * unit, value, curvature / unit**2


def _polished(by: Array, bx: Array, sx: Array, sy: Array, psi: float, beta: float) -> float:
    """Root of the derivative, by Newton's method from a minimum that is known to half of the digits."""
    for _ in range(5):
        _, slope, curvature = _derivatives(by, bx, sx, sy, psi, beta)
        if curvature <= 0:
            break
        beta -= slope / curvature
    return beta


def _derivatives(by: Array, bx: Array, sx: Array, sy: Array, psi: float, beta: float) -> tuple[float, float, float]:
    """Q and its first two derivatives by the effect."""
    error, variance = by - beta * bx, sy**2 + (beta * sx) ** 2 - 2 * beta * psi * sx * sy
    slope = 2 * (beta * sx**2 - psi * sx * sy)
    share = error / variance
    first = -2 * bx * share - slope * share**2
    second = 2 * bx**2 / variance + 4 * bx * slope * share / variance - 2 * sx**2 * share**2
    second = second + 2 * slope**2 * share**2 / variance
    return float(error @ share), float(first.sum()), float(second.sum())

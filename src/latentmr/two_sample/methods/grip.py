"""MR-GRIP: a version of MR-Egger that is invariant to allele coding."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.regression import regress
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["Grip", "grip"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Grip(Details):
    """Details of MR-GRIP.

    Parameters
    ----------
    intercept, intercept_se, intercept_p_value : float
        Intercept (null: the product of both effects is proportional to the squared effect on the exposure).
    dispersion : float
        Residual standard error.
    dispersed_se, intercept_dispersed_se : float
        Standard errors multiplied by the dispersion even if that is below 1, as TwoSampleMR prints them.
    adjusted_beta, adjusted_se, adjusted_p_value : float
        Effect corrected for the error of ``bx``.
    adjusted_dispersed_se : float
        Its standard error from the residuals even if they are smaller than the errors of ``by``.
    reliability : float
        Share of the variance of ``bx^2`` that is not error. If it is not above 0, the corrected effect is meaningless.
    """

    intercept: float
    intercept_se: float
    intercept_p_value: float
    dispersion: float
    dispersed_se: float
    intercept_dispersed_se: float
    adjusted_beta: float
    adjusted_se: float
    adjusted_p_value: float
    adjusted_dispersed_se: float
    reliability: float


def grip(bx: ArrayLike, by: ArrayLike, sx: ArrayLike, sy: ArrayLike, *, alpha: float = 0.05) -> Estimate:
    r"""Estimate the effect by MR with the genotype recoding invariance property.

    ``bx * by`` is regressed on ``bx^2`` with an intercept and weights :math:`1 / (b_x^2 s_y^2)`. Both products are
    invariant to allele coding, which MR-Egger must choose. The estimate is consistent if the product of pleiotropic
    effects and effects on the exposure is uncorrelated with the squares of the latter. Standard errors are multiplied
    by the dispersion of the residuals if that is above 1, and Student's t distribution has p - 2 degrees of freedom.
    TwoSampleMR's ``mr_grip`` multiplies always; its errors are ``dispersed_se`` in the details. The method does not
    remove confounding of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least three variants.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with details of class :class:`Grip`.

    Raises
    ------
    ValueError
        If the associations are invalid, or effects on the exposure are zero or all equal.

    Notes
    -----
    The corrected effect is a weighted sum of ``by``, and ``adjusted_se`` is its standard deviation. TwoSampleMR 0.7.9
    has ``bx^2 - sx^2`` for ``bx^2 - 3 sx^2`` in the mixed term of that variance, which may make it negative.

    References
    ----------
    Dudbridge, Bowden et al. (2025), MR-GRIP, as described by TwoSampleMR's ``mr_grip``.

    Examples
    --------
    >>> found = grip([0.1, -0.2, 0.3, 0.4], [0.06, -0.11, 0.14, 0.21], [0.01] * 4, [0.02] * 4)
    >>> round(found.beta, 2)
    0.5
    """
    data = check_associations(bx, by, sx, sy, fewest=3)
    if (data.bx == 0).any():
        raise ArgumentError("bx", "not be zero for weights of MR-GRIP", "a zero", "leave the variant out")
    p = len(data.bx)
    fit = regress(np.column_stack([np.ones(p), data.bx**2]), data.bx * data.by, np.abs(data.bx) * data.sy, None)
    intercept, beta = fit.coefficients
    intercept_se, se = fit.factor * fit.se
    residuals = data.by - (beta * data.bx**2 + intercept) / data.bx
    adjusted, of_residuals, of_errors, reliability = _without_measurement_error(data, float(np.mean(residuals**2)))
    adjusted_se = max(of_residuals, of_errors)
    return wald_estimate(
        "MR-GRIP",
        beta,
        se,
        p,
        df=fit.df,
        alpha=alpha,
        details=Grip(
            intercept=float(intercept),
            intercept_se=float(intercept_se),
            intercept_p_value=float(2 * stats.t.sf(abs(intercept) / intercept_se, fit.df)),
            dispersion=fit.dispersion,
            dispersed_se=float(fit.dispersion * fit.se[1]),
            intercept_dispersed_se=float(fit.dispersion * fit.se[0]),
            adjusted_beta=adjusted,
            adjusted_dispersed_se=of_residuals,
            adjusted_se=adjusted_se,
            adjusted_p_value=float(2 * stats.t.sf(abs(adjusted) / adjusted_se, fit.df)),
            reliability=reliability,
        ),
    )


def _without_measurement_error(data: Associations, variance: float) -> tuple[float, float, float, float]:
    """Return slope, its error from residuals and from errors of ``by``, and reliability, from unbiased moments."""
    x2, s2 = data.bx**2, data.sx**2
    w = 1 / data.sy**2
    w = w / w.sum()
    square: Array = x2 - s2
    mean = w @ square
    spread = w @ (x2**2 - 6 * x2 * s2 + 3 * s2**2) - mean**2
    parts = w * data.bx * (x2 - 3 * s2 - mean)
    with_errors = w @ x2**2 - (w @ x2) ** 2
    of_residuals = np.sqrt(variance * (parts @ parts)) / abs(spread)
    of_errors = np.sqrt(parts**2 @ data.sy**2) / abs(spread)
    return float(parts @ data.by / spread), float(of_residuals), float(of_errors), float(spread / with_errors)

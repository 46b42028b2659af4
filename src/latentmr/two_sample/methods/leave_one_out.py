"""Leave-one-out effects."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.egger import egger
from latentmr.two_sample.methods.ivw import MODELS, ivw
from latentmr.two_sample.methods.method import Option
from latentmr.two_sample.methods.wald_interval import EffectsByVariant, wald_by_variant
from latentmr.typing import Array

__all__ = ["leave_one_out"]


def leave_one_out(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    method: Callable[..., Estimate] = ivw,
    alpha: float = 0.05,
    **options: Option,
) -> EffectsByVariant:
    """Estimate the effect without each variant, to see whether one variant determines it.

    IVW (first-order weights) and MR-Egger are updated in closed form, as fast as one fit. Every other method or option
    is run once for each variant. With ``model="random"`` it is TwoSampleMR's ``mr_leaveoneout``.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; one more variant than the method needs.
    method : callable
        A method of this package, called with four arrays and options.
    alpha : float
        Significance level of the intervals.
    **options
        Options of the method.

    Returns
    -------
    EffectsByVariant
        Effects without each variant; ``together`` holds the effect of all variants.

    Raises
    ------
    ValueError
        If the method fails with all variants or without one of them.

    Examples
    --------
    >>> found = leave_one_out([0.1, 0.2, 0.3], [0.05, 0.11, 0.3], [0.01] * 3, [0.02] * 3, model="random")
    >>> found.beta.round(2), round(found.together[0].beta, 2)
    (array([0.86, 0.95, 0.54]), 0.84)
    """
    data = check_associations(bx, by, sx, sy, fewest=4 if method is egger else 2)
    arrays, p = (data.bx, data.by, data.sx, data.sy), len(data.bx)
    together = method(*arrays, alpha=alpha, **options)
    if (method is ivw and options.keys() <= {"model", "distribution"}) or (
        method is egger and options.keys() <= {"distribution"}
    ):
        beta, fixed, dispersion, df = _downdated(data, intercept=method is egger)
        t = options.get("distribution", "t" if method is egger else "normal") == "t"
        factor = (
            _factor(str(options.get("model", "auto")), dispersion, p - 1)
            if method is ivw
            else np.maximum(dispersion, 1)
        )
        reference_df = df if t and df else np.inf
        return wald_by_variant(together.method, beta, factor * fixed, (together,), df=reference_df, alpha=alpha)
    found = []
    for i in range(p):
        kept = np.arange(p) != i
        found.append(method(*(each[kept] for each in arrays), alpha=alpha, **options))
    columns = {
        name: np.array([getattr(each, name) for each in found])
        for name in ("beta", "se", "ci_low", "ci_high", "p_value")
    }
    return EffectsByVariant(method=together.method, together=(together,), **columns)


def _factor(model: str, dispersion: Array, p: int) -> Array:
    """Return the factor of the standard errors of IVW of p variants; see ``MODELS``."""
    fixed, random, dispersed = MODELS[1:]
    if model == fixed or p == 1 or (model == "auto" and p <= 3):
        return np.ones(len(dispersion))
    return dispersion if model == dispersed else np.maximum(dispersion, 1.0)


def _downdated(data: Associations, *, intercept: bool) -> tuple[Array, Array, Array, int]:
    """Return slopes, fixed-effect errors and dispersions of weighted regressions without each row."""
    sign = np.where(data.bx < 0, -1.0, 1.0) / data.sy
    columns = [sign * data.bx, 1 / data.sy] if intercept else [sign * data.bx]
    X, z = np.column_stack(columns), sign * data.by
    Q, R = np.linalg.qr(X)
    inverse = np.linalg.inv(R)
    residuals = z - Q @ (Q.T @ z)
    left = 1 - (Q**2).sum(axis=1)
    df = len(z) - 1 - len(columns)
    if df < 0 or left.min() < 1e-10:
        raise ArgumentError(
            "bx",
            "vary, or not be zero, for this method without each of its variants",
            "effects on the exposure that depend on one variant",
            "take another method",
        )
    # the first row of R^-1 Q' is the influence on the slope
    influence = Q @ inverse[0]
    beta = inverse[0] @ (Q.T @ z) - influence * residuals / left
    fixed = np.sqrt(inverse[0] @ inverse[0] + influence**2 / left)
    q_statistic = np.maximum(residuals @ residuals - residuals**2 / left, 0.0)
    dispersion = np.sqrt(q_statistic / df) if df else np.ones(len(z))
    return beta, fixed, dispersion, df

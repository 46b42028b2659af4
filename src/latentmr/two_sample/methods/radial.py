"""Radial two-sample MR: ratio estimates against the roots of their weights, and which variants are outliers."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.two_sample.methods.effects import Associations, SummaryEffect, check_associations, judged
from latentmr.two_sample.methods.exact_weights import bootstrap_error, exact_fixed, exact_random
from latentmr.two_sample.methods.regression import KnownErrors, regress
from latentmr.typing import Array

__all__ = ["WEIGHTS", "radial_egger", "radial_ivw"]

#: ``first``: without the error of ``bx``; ``second``: with it (delta method); ``modified``: with it, at the effect of
#: the first-order weights.
WEIGHTS = ("first", "second", "modified")
#: The iterative estimate has converged where it moves by less.
TOLERANCE = 1e-5


def radial_ivw(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    weights: str = "modified",
    outlier_alpha: float = 0.05,
    draws: int = 1000,
    seed: int = 0,
    alpha: float = 0.05,
) -> SummaryEffect:
    """Radial IVW effect: IVW by the chosen weights, and with weights that are exact for the effect itself.

    It holds where IVW does; weights with the error of ``bx`` keep Cochran's Q to its size. Variants whose part of Q is
    too large for a chi-squared variable of one degree of freedom are outliers (null: the variant's ratio is the common
    effect). Confounding of the variants with the outcome is not removed.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    weights : str
        ``modified``, the default of ``RadialMR::ivw_radial``, ``first`` or ``second``.
    outlier_alpha : float
        Level of each variant's test.
    draws : int
        Of the bootstrap over variants that gives the error of the exact random-effects estimate; 0 for none of both.
    seed : int
        Of the draws.
    alpha : float
        Level of the interval.

    Returns
    -------
    SummaryEffect
        Of the chosen weights, with errors times the dispersion of the residuals, whatever it is, and normal p values.
        ``extra``: ``q_statistic`` (Cochran's Q; null: one effect, chi-squared), ``q_df``, ``q_p_value``, ``f_mean``,
        ``iterative`` and ``iterative_se`` (weights updated at the effect until it stays), ``exact_fixed`` and
        ``exact_fixed_se`` (the least of Q with weights at every effect, which is the profile likelihood's maximum,
        sought on the whole line and not in [-2, 2] alone as by the peer), with two variants at least and unless
        ``draws`` is 0 ``exact_random`` and ``exact_random_se`` (so with a dispersion that brings Q to its degrees of
        freedom). ``variants``: ``q`` (their parts of Q), ``q_p_value``, ``outlier``.

    Raises
    ------
    ValueError
        Where the input cannot be such effects, or an effect on the exposure is zero.

    References
    ----------
    Bowden et al. (2018) Int J Epidemiol 47:1264. Bowden et al. (2019) Int J Epidemiol 48:728 (exact weights).

    Examples
    --------
    >>> found = radial_ivw([0.1, 0.2, 0.3], [0.05, 0.11, 0.4], [0.01] * 3, [0.02] * 3)
    >>> round(found.beta, 2), found.variants["outlier"]
    (1.05, array([ True,  True,  True]))
    """
    data = _checked(bx, by, sx, sy, weights, fewest=1)
    if draws < 0:
        raise ValueError(f"draws must not be negative. Got {draws}; 1000 is usual, 0 leaves random effects out.")
    p = len(data.bx)
    fit, errors = _weighted(data, weights, intercept=False)
    found = _judge(data, fit, errors, "radial IVW", weights, outlier_alpha, alpha)
    extra = dict(zip(("iterative", "iterative_se"), _iterated(data), strict=True))
    fixed, fixed_se = exact_fixed(data)
    extra |= {"exact_fixed": fixed, "exact_fixed_se": fixed_se}
    if p > 1 and draws:
        extra["exact_random"] = exact_random(data, fixed)
        extra["exact_random_se"] = bootstrap_error(data, fixed, draws, seed)
    return replace(found, extra=found.extra | extra)


def radial_egger(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    weights: str = "modified",
    outlier_alpha: float = 0.05,
    alpha: float = 0.05,
) -> SummaryEffect:
    """Radial MR-Egger effect: weighted ratios regressed on the roots of their weights, with an intercept.

    The intercept is the mean pleiotropic effect in units of its error; else as :func:`radial_ivw`, and as MR-Egger it
    needs effects on the exposure that differ and pleiotropic effects independent of them. Confounding of the variants
    with the outcome is not removed.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; three variants at least.
    weights : str
        ``modified``, the default of ``RadialMR::egger_radial``, ``first`` or ``second``.
    outlier_alpha : float
        Level of each variant's test.
    alpha : float
        Level of the interval.

    Returns
    -------
    SummaryEffect
        Errors times the dispersion of the residuals, whatever it is; p values by Student's t distribution with p - 2
        degrees of freedom. ``extra``: ``intercept``, ``intercept_se``, ``intercept_p_value`` (null: no directional
        pleiotropy), ``q_statistic`` (Rucker's Q'; chi-squared if the model holds), ``q_df`` (p - 2; the peer states
        p - 1), ``q_p_value``, ``f_mean``. ``variants``: ``q``, ``q_p_value``, ``outlier``.

    Raises
    ------
    ValueError
        Where the input cannot be such effects, an effect on the exposure is zero, or the weights are all alike.

    References
    ----------
    Bowden et al. (2018) Int J Epidemiol 47:1264.

    Examples
    --------
    >>> found = radial_egger([0.1, 0.2, 0.3, 0.4], [0.07, 0.13, 0.16, 0.22], [0.01] * 4, [0.02] * 4)
    >>> round(found.beta, 2), round(found.extra["intercept"], 2)
    (0.48, 1.22)
    """
    data = _checked(bx, by, sx, sy, weights, fewest=3)
    fit, errors = _weighted(data, weights, intercept=True)
    return _judge(data, fit, errors, "radial MR-Egger", weights, outlier_alpha, alpha)


def _checked(bx: ArrayLike, by: ArrayLike, sx: ArrayLike, sy: ArrayLike, weights: str, fewest: int) -> Associations:
    if weights not in WEIGHTS:
        raise ValueError(f"weights must be one of {', '.join(WEIGHTS)}. Got {weights!r}.")
    data = check_associations(bx, by, sx, sy, fewest=fewest)
    if (data.bx == 0).any():
        raise ValueError("bx must not be zero for ratios. Got a zero; leave the variant out.")
    return data


def _weighted(data: Associations, weights: str, intercept: bool) -> tuple[KnownErrors, Array]:
    """Fit by weights of a kind, and the standard errors of ``by`` that they stand for."""
    errors = data.sy
    if weights == "second":
        errors = np.hypot(data.sy, data.sx * data.by / data.bx)
    fit = _fit(data, errors, intercept)
    if weights == "modified":
        errors = np.hypot(data.sy, data.sx * fit.coefficients[-1])
        fit = _fit(data, errors, intercept)
    return fit, errors


def _fit(data: Associations, errors: Array, intercept: bool) -> KnownErrors:
    sign = np.sign(data.bx)
    design = np.abs(data.bx)[:, None]
    if intercept:
        design = np.column_stack([errors, design])
    return regress(design, sign * data.by, errors, None)


def _judge(
    data: Associations, fit: KnownErrors, errors: Array, method: str, weights: str, outlier_alpha: float, alpha: float
) -> SummaryEffect:
    p, sign = len(data.bx), np.sign(data.bx)
    dispersion = _dispersion(fit)
    residuals = (sign * data.by - fit.coefficients[-1] * np.abs(data.bx)) / errors
    extra: dict[str, float] = {}
    df = np.inf
    if len(fit.coefficients) == 2:
        df = float(fit.df)
        residuals = residuals - fit.coefficients[0]
        found = judged("intercept", fit.coefficients[0], dispersion * fit.se[0], p, df=df, alpha=alpha)
        extra = {"intercept": found.beta, "intercept_se": found.se, "intercept_p_value": found.p_value}
    part = residuals**2
    p_value = stats.chi2.sf(part, 1)
    if fit.df:
        extra |= {"q_statistic": fit.q_statistic, "q_df": float(fit.df)}
        extra["q_p_value"] = float(stats.chi2.sf(fit.q_statistic, fit.df))
    return judged(
        f"{method} ({weights}-order weights)",
        fit.coefficients[-1],
        dispersion * fit.se[-1],
        p,
        df=df,
        alpha=alpha,
        variants={"q": part, "q_p_value": p_value, "outlier": p_value < outlier_alpha},
        **extra,
        f_mean=float(np.mean((data.bx / data.sx) ** 2)),
    )


def _iterated(data: Associations) -> tuple[float, float]:
    """Effect and error with weights at the effect itself, one after the other."""
    beta, before = 0.0, np.inf
    fit = _fit(data, data.sy, intercept=False)
    for _ in range(1000):
        if abs(beta - before) < TOLERANCE:
            break
        fit = _fit(data, np.hypot(data.sy, beta * data.sx), intercept=False)
        before, beta = beta, float(fit.coefficients[0])
    return beta, float(fit.se[0] * _dispersion(fit))


def _dispersion(fit: KnownErrors) -> float:
    # of ratios that are all alike it is zero, and an error of zero has no p value
    return max(fit.dispersion, 1e-12) if fit.df else 1.0

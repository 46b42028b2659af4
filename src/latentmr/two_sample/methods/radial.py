"""Radial two-sample MR: ratio estimates against the square roots of their weights, and outlying variants."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations, for_draws
from latentmr.two_sample.methods.exact_weights import bootstrap_error, exact_fixed, exact_random
from latentmr.two_sample.methods.regression import KnownErrors, regress
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["WEIGHTS", "Radial", "radial_egger", "radial_ivw"]

#: ``first``: without the error of ``bx``. ``second``: with it (delta method). ``modified``: with it, at the effect from
#: first-order weights.
WEIGHTS = ("first", "second", "modified")
#: Change of the iterative estimate, in standard errors, below which it has converged, and maximum number of steps.
TOLERANCE, MOST_STEPS = 1e-9, 1000


@dataclass(frozen=True, kw_only=True, repr=False)
class Radial(Details):
    """Details of radial methods.

    Parameters
    ----------
    q_statistic, q_df, q_p_value : float, int, float or None
        Cochran's Q (null: one effect; chi-squared); with MR-Egger Rucker's Q', for which the R function states one
        degree of freedom more. None without degrees of freedom.
    f_mean : float
        Mean of ``(bx / sx)^2``.
    dispersion : float or None
        Residual standard error; None without degrees of freedom.
    dispersed_se : float
        Standard error multiplied by the dispersion even if that is below 1, as RadialMR prints it.
    intercept, intercept_se, intercept_p_value : float or None
        Intercept of MR-Egger (null: no directional pleiotropy).
    intercept_dispersed_se : float or None
        Its standard error, as ``dispersed_se``.
    iterative, iterative_se, iterative_dispersed_se : float or None
        IVW with weights updated at the effect until convergence, and its standard errors, as those of the estimate.
    exact_fixed, exact_fixed_se : float or None
        IVW at the minimum of Q with weights at every effect, which is the maximum of the profile likelihood. The search
        covers the whole line; the R function searches [-2, 2].
    exact_random, exact_random_se : float or None
        The same with the dispersion at which Q equals its degrees of freedom; None with one variant or without draws.
    not_converged : str or None
        Which of the last six numbers are NaN, and why; None if none is.
    variant_q, variant_q_p_value : np.ndarray of dimension (p,)
        Contributions to Q (null: the variant's ratio is the common effect; chi-squared with 1 degree of freedom).
    outlier : np.ndarray of bool of dimension (p,)
    """

    f_mean: float
    dispersion: float | None
    dispersed_se: float
    variant_q: Array
    variant_q_p_value: Array
    outlier: Mask
    q_statistic: float | None = None
    q_df: int | None = None
    q_p_value: float | None = None
    intercept: float | None = None
    intercept_se: float | None = None
    intercept_p_value: float | None = None
    intercept_dispersed_se: float | None = None
    iterative: float | None = None
    iterative_se: float | None = None
    iterative_dispersed_se: float | None = None
    exact_fixed: float | None = None
    exact_fixed_se: float | None = None
    exact_random: float | None = None
    exact_random_se: float | None = None
    not_converged: str | None = None


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
) -> Estimate:
    """Estimate the radial IVW effect, by the chosen weights and by weights that are exact at the effect.

    The estimate is consistent under the assumptions of IVW. Weights with the error of ``bx`` give Cochran's Q its
    nominal size. Variants whose contribution to Q is too large for a chi-squared variable with one degree of freedom
    are outliers (null: the variant's ratio is the common effect). The method does not remove confounding of the
    variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    weights : str
        ``modified``, the default of ``RadialMR::ivw_radial``, ``first`` or ``second``.
    outlier_alpha : float
        Significance level of each variant's test.
    draws : int
        Number of bootstrap samples of variants, which give the standard error of the exact random-effects estimate.
        With 0 that estimate is left out.
    seed : int
        Random seed.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        The estimate by the chosen weights. Standard errors are multiplied by the dispersion of the residuals if that is
        above 1 (RadialMR multiplies always, ``dispersed_se`` in the details), p values are normal, and details are of
        class :class:`Radial`.

    Raises
    ------
    ValueError
        If the associations are invalid, or an effect on the exposure is zero.

    References
    ----------
    Bowden et al. (2018) Int J Epidemiol 47:1264. Bowden et al. (2019) Int J Epidemiol 48:728 (exact weights).

    Examples
    --------
    >>> found = radial_ivw([0.1, 0.2, 0.3], [0.05, 0.11, 0.4], [0.01] * 3, [0.02] * 3)
    >>> round(found.beta, 2), found.details.outlier
    (1.05, array([ True,  True,  True]))
    """
    data = _checked(bx, by, sx, sy, weights, fewest=1)
    if draws < 0:
        raise ArgumentError(
            "draws", "not be negative", f"{draws}", "1000 is usual, and 0 leaves exact random effects out"
        )
    p = len(data.bx)
    fit, errors = _weighted(data, weights, intercept=False)
    iterative, iterative_fit = _iterated(data)
    fixed, fixed_se = exact_fixed(data)
    random, random_se = None, None
    if p > 1 and draws > 0:
        random = exact_random(data)
        random_se = bootstrap_error(for_draws(data), random, draws, seed) if np.isfinite(random) else np.nan
    details = replace(
        _details(data, fit, errors, outlier_alpha),
        iterative=iterative,
        iterative_se=float(iterative_fit.factor * iterative_fit.se[0]),
        iterative_dispersed_se=float(iterative_fit.dispersed * iterative_fit.se[0]),
        exact_fixed=fixed,
        exact_fixed_se=fixed_se,
        exact_random=random,
        exact_random_se=random_se,
        not_converged=_not_converged(iterative, fixed, random, random_se),
    )
    se = fit.factor * fit.se[0]
    return wald_estimate(_title("radial IVW", weights), fit.coefficients[0], se, p, alpha=alpha, details=details)


def radial_egger(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    weights: str = "modified",
    outlier_alpha: float = 0.05,
    alpha: float = 0.05,
) -> Estimate:
    """Estimate the radial MR-Egger effect: weighted ratios regressed on their root weights, with an intercept.

    The intercept is the mean pleiotropic effect in units of its error. Otherwise the method is that of
    :func:`radial_ivw`. Like MR-Egger, it needs effects on the exposure that differ, and pleiotropic effects independent
    of them. The method does not remove confounding of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least three variants.
    weights : str
        ``modified``, the default of ``RadialMR::egger_radial``, ``first`` or ``second``.
    outlier_alpha : float
        Significance level of each variant's test.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate whose standard errors are multiplied by the dispersion of the residuals if that is above 1 (RadialMR
        multiplies always, ``dispersed_se`` in the details). P values use Student's t distribution with p - 2 degrees of
        freedom, and details are of class :class:`Radial`.

    Raises
    ------
    ValueError
        If the associations are invalid, an effect on the exposure is zero, or all weights are equal.

    References
    ----------
    Bowden et al. (2018) Int J Epidemiol 47:1264.

    Examples
    --------
    >>> found = radial_egger([0.1, 0.2, 0.3, 0.4], [0.07, 0.13, 0.16, 0.22], [0.01] * 4, [0.02] * 4)
    >>> round(found.beta, 2), round(found.details.intercept, 2)
    (0.48, 1.22)
    """
    data = _checked(bx, by, sx, sy, weights, fewest=3)
    fit, errors = _weighted(data, weights, intercept=True)
    p, df = len(data.bx), float(fit.df)
    (at, slope), (at_se, se) = fit.coefficients, fit.factor * fit.se
    intercept = wald_estimate("intercept", at, at_se, p, df=df, alpha=alpha)
    details = replace(
        _details(data, fit, errors, outlier_alpha),
        intercept=intercept.beta,
        intercept_se=intercept.se,
        intercept_p_value=intercept.p_value,
        intercept_dispersed_se=float(fit.dispersed * fit.se[0]),
    )
    return wald_estimate(_title("radial MR-Egger", weights), slope, se, p, df=df, alpha=alpha, details=details)


def _checked(bx: ArrayLike, by: ArrayLike, sx: ArrayLike, sy: ArrayLike, weights: str, fewest: int) -> Associations:
    if weights not in WEIGHTS:
        raise ArgumentError("weights", f"be one of {', '.join(WEIGHTS)}", f"{weights!r}", "modified is usual")
    data = check_associations(bx, by, sx, sy, fewest=fewest)
    if (data.bx == 0).any():
        raise ArgumentError("bx", "not be zero for ratios", "a zero", "leave the variant out")
    return data


def _weighted(data: Associations, weights: str, intercept: bool) -> tuple[KnownErrors, Array]:
    """Fit by weights of a kind, and return the fit and the standard errors of ``by`` behind the weights."""
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


def _title(method: str, weights: str) -> str:
    return f"{method} ({weights}-order weights)"


def _details(data: Associations, fit: KnownErrors, errors: Array, outlier_alpha: float) -> Radial:
    """Return the details that both methods share."""
    residuals = (np.sign(data.bx) * data.by - fit.coefficients[-1] * np.abs(data.bx)) / errors
    if len(fit.coefficients) == 2:
        residuals = residuals - fit.coefficients[0]
    part = residuals**2
    p_value = stats.chi2.sf(part, 1)
    return Radial(
        q_statistic=fit.q_statistic if fit.df else None,
        q_df=fit.df or None,
        q_p_value=float(stats.chi2.sf(fit.q_statistic, fit.df)) if fit.df else None,
        f_mean=float(np.mean((data.bx / data.sx) ** 2)),
        dispersion=fit.dispersion if fit.df else None,
        dispersed_se=float(fit.dispersed * fit.se[-1]),
        variant_q=part,
        variant_q_p_value=p_value,
        outlier=p_value < outlier_alpha,
    )


def _iterated(data: Associations) -> tuple[float, KnownErrors]:
    """Iterate the effect with weights at the effect, and return it, or NaN without a limit, and the last fit."""
    before, fit = 0.0, _fit(data, data.sy, intercept=False)
    for _ in range(MOST_STEPS):
        beta = float(fit.coefficients[0])
        if abs(beta - before) <= TOLERANCE * float(fit.se[0]):
            return beta, fit
        before, fit = beta, _fit(data, np.hypot(data.sy, beta * data.sx), intercept=False)
    return np.nan, replace(fit, se=np.full(1, np.nan))


def _not_converged(iterative: float, fixed: float, random: float | None, random_se: float | None) -> str | None:
    """Say which results are NaN, and why."""
    told = []
    if np.isnan(iterative):
        told.append(f"iterative weights did not converge in {MOST_STEPS} steps")
    if np.isnan(fixed) or (random is not None and np.isnan(random)):
        told.append("with exact weights Q falls towards an infinite effect, because the variants are too weak")
    elif random_se is not None and np.isnan(random_se):
        told.append("with exact weights Q of a bootstrap sample falls towards an infinite effect")
    return "; ".join(told) or None

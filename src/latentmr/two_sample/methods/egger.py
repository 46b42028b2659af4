"""MR-Egger: two-sample MR that allows for directional pleiotropy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods.associations import check_associations, coded_to_raise
from latentmr.two_sample.methods.heterogeneity import Heterogeneity
from latentmr.two_sample.methods.regression import penalised_errors, regress
from latentmr.two_sample.methods.robust_regression import mm_regression
from latentmr.two_sample.methods.wald_interval import wald_estimate

__all__ = ["Egger", "egger", "i2_gx"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Egger(Heterogeneity):
    """Details of MR-Egger, with one exposure or several.

    Parameters
    ----------
    q_statistic, q_df, q_p_value
        Rucker's Q'; chi-squared if the model holds.
    intercept, intercept_se, intercept_ci_low, intercept_ci_high, intercept_p_value : float
        Mean of the pleiotropic effects (null: no directional pleiotropy).
    dispersion : float
        Residual standard error.
    i2_gx : float or None
        Share of the variance of effects on the exposure that is not error; None with several exposures.
    """

    intercept: float
    intercept_se: float
    intercept_ci_low: float
    intercept_ci_high: float
    intercept_p_value: float
    dispersion: float
    i2_gx: float | None = None


def egger(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    distribution: str = "t",
    penalised: bool = False,
    robust: bool = False,
    correlation: ArrayLike | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Estimate the MR-Egger effect: regression of ``by`` on ``bx`` with an intercept.

    Every variant is coded for the allele that raises the exposure.

    The estimate is consistent if pleiotropic effects are independent of the effects on the exposure (InSIDE). Their
    mean may differ from zero; the intercept estimates it. Standard errors are multiplied by the dispersion of the
    residuals if that is above 1. The method has low power if the effects on the exposure are similar, and is biased
    towards zero if these are measured with error (``i2_gx`` below 0.9). The method does not remove confounding of the
    variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least three variants.
    distribution : str
        ``t`` with p - 2 degrees of freedom, as TwoSampleMR, or ``normal``, the default of MendelianRandomization.
    penalised : bool
        Whether to reduce the weights of variants that are far from the MR-Egger line.
    robust : bool
        Whether to use MM-estimation (``mm_regression``), which down-weights outlying variants, instead of least
        squares.
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants, for the effect alleles. They cannot be combined with ``penalised`` or ``robust``.
    seed : int
        Seed of the random restarts of the regression. It is not used if all subsets are tried.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimate
        An estimate with details of class :class:`Egger`.

    Raises
    ------
    ValueError
        If the associations are invalid, or all effects on the exposure are equal.

    References
    ----------
    Bowden, Davey Smith & Burgess (2015) Int J Epidemiol 44:512. Bowden et al. (2016) Int J Epidemiol 45:1961 (I2_GX).
    Rucker et al. (2011) Biostatistics 12:122.

    Examples
    --------
    >>> found = egger([0.1, 0.2, 0.3, 0.4], [0.07, 0.13, 0.16, 0.22], [0.01] * 4, [0.02] * 4)
    >>> round(found.beta, 2), round(found.details.intercept, 3)
    (0.48, 0.025)
    """
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "t is usual")
    if correlation is not None and (penalised or robust):
        raise ArgumentError(
            "correlation", "not be given with `penalised` or `robust`", "a matrix", "clump the variants"
        )
    data = check_associations(bx, by, sx, sy, correlation, fewest=3)
    p, sign = len(data.bx), coded_to_raise(data.bx)
    matrix = None if data.correlation is None else data.correlation * np.outer(sign, sign)
    design, y, errors = np.column_stack([np.ones(p), sign * data.bx]), sign * data.by, data.sy
    fit = regress(design, y, errors, matrix)
    q = fit.q_statistic
    if penalised:
        errors = penalised_errors(errors, y - design @ fit.coefficients)
        fit = regress(design, y, errors, None)
    coefficients, se, dispersion = fit.coefficients, fit.se, fit.dispersion
    if robust:
        coefficients, covariance, dispersion = mm_regression(design, y, errors**-2, seed=seed)
        se = np.sqrt(np.diag(covariance)) / dispersion
    se = max(dispersion, 1.0) * se
    df = fit.df if distribution == "t" else np.inf
    intercept = wald_estimate("intercept", coefficients[0], se[0], p, df=df, alpha=alpha)
    return wald_estimate(
        "MR-Egger",
        coefficients[1],
        se[1],
        p,
        df=df,
        alpha=alpha,
        details=Egger(
            intercept=intercept.beta,
            intercept_se=intercept.se,
            intercept_ci_low=intercept.ci_low,
            intercept_ci_high=intercept.ci_high,
            intercept_p_value=intercept.p_value,
            q_statistic=q,
            q_df=fit.df,
            q_p_value=float(stats.chi2.sf(q, fit.df)),
            dispersion=dispersion,
            i2_gx=i2_gx(np.abs(data.bx) / data.sy, data.sx / data.sy),
        ),
    )


def i2_gx(effects: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    """Return the share of the variance of effects on the exposure that is not error, from 0 to 1.

    Parameters
    ----------
    effects, errors : np.ndarray of dimension (p,)
        ``abs(bx)`` and ``sx``. Divide both by ``sy`` for the weighted version, which measures the bias of MR-Egger
        towards zero.

    Returns
    -------
    float

    Examples
    --------
    >>> round(i2_gx(np.array([0.1, 0.2, 0.3]), np.array([0.02, 0.02, 0.02])), 2)
    0.96
    """
    weights = 1 / errors**2
    q = float((weights * (effects - (weights @ effects) / weights.sum()) ** 2).sum())
    return max(0.0, (q - (len(effects) - 1)) / q) if q > 0 else 0.0

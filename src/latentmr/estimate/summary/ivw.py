"""Inverse-variance weighted two-sample MR."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.estimate.summary.effects import SummaryEffect, check_associations, judged
from latentmr.estimate.summary.regression import regress

__all__ = ["MODELS", "ivw"]

#: ``fixed``: errors as they are; ``random``: enlarged by the dispersion of the residuals where that is above 1;
#: ``dispersed``: times the dispersion, whatever it is; ``auto``: ``fixed`` up to three variants, else ``random``.
MODELS = ("auto", "fixed", "random", "dispersed")


def ivw(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    model: str = "auto",
    weights: str = "first",
    psi: float = 0.0,
    distribution: str = "normal",
    correlation: ArrayLike | None = None,
    alpha: float = 0.05,
) -> SummaryEffect:
    r"""Inverse-variance weighted effect: regression of ``by`` on ``bx`` through the origin.

    It holds where every variant is a valid instrument, or their pleiotropic effects are zero on average and independent
    of their effects on the exposure. Confounding of the variants with the outcome (stratification, assortative mating)
    is not removed by it.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    model : str
        ``auto`` (fixed effects up to three variants, else multiplicative random effects, never with smaller errors), as
        ``MendelianRandomization::mr_ivw``; ``fixed`` is TwoSampleMR's ``mr_ivw_fe``, ``random`` its ``mr_ivw``,
        ``dispersed`` its ``mr_ivw_mre``.
    weights : str
        ``first``: ``1 / sy^2``; ``second``: with the error of ``bx`` too (delta method).
    psi : float
        Correlation of the two errors of a variant, where the samples overlap; second-order weights alone use it.
    distribution : str
        ``normal``, or ``t`` with p - 1 degrees of freedom.
    correlation : array_like of dimension (p, p), optional
        Of the variants, for the alleles that the effects are of.
    alpha : float
        Level of the interval.

    Returns
    -------
    SummaryEffect
        ``extra``: ``q_statistic`` (Cochran's Q; null: one effect, chi-squared), ``q_df``, ``q_p_value``, ``dispersion``
        (residual standard error), ``f_mean`` (mean of ``(bx / sx)^2``), ``i2`` (Higgins' I2 of the ratios, 0 to 1).

    Raises
    ------
    ValueError
        Where the input cannot be such effects.

    References
    ----------
    Burgess, Butterworth & Thompson (2013) Genet Epidemiol 37:658. Burgess, Dudbridge & Thompson (2016) Stat Med 35:1880
    (correlated variants).

    Examples
    --------
    >>> found = ivw([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3)
    >>> round(found.beta, 3), round(found.extra["q_p_value"], 2)
    (0.493, 0.79)
    """
    if model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}. Got {model!r}.")
    if weights not in ("first", "second"):
        raise ValueError(f"weights must be first or second. Got {weights!r}.")
    if distribution not in ("normal", "t"):
        raise ValueError(f"distribution must be normal or t. Got {distribution!r}.")
    data = check_associations(bx, by, sx, sy, correlation)
    p = len(data.bx)
    errors = data.sy
    if weights == "second":
        if (data.bx == 0).any():
            raise ValueError("bx must not be zero for second-order weights. Got a zero; leave the variant out.")
        slope = data.sx * data.by / data.bx
        errors = np.sqrt(data.sy**2 + slope**2 - 2 * psi * data.sy * slope)
    fit = regress(data.bx[:, None], data.by, errors, data.correlation)
    dispersion = fit.dispersion
    if model == "fixed" or p == 1 or (model == "auto" and p <= 3):
        factor = 1.0
    else:
        factor = dispersion if model == "dispersed" else max(dispersion, 1.0)
    q = fit.q_statistic
    return judged(
        "IVW",
        fit.coefficients[0],
        factor * fit.se[0],
        p,
        df=fit.df if distribution == "t" and fit.df else np.inf,
        alpha=alpha,
        q_statistic=q,
        q_df=fit.df,
        q_p_value=float(stats.chi2.sf(q, fit.df)) if fit.df else np.nan,
        dispersion=dispersion,
        f_mean=float(np.mean((data.bx / data.sx) ** 2)),
        i2=max(0.0, (q - fit.df) / q) if fit.df and q > 0 else np.nan,
    )

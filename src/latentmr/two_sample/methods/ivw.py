"""Inverse-variance weighted two-sample MR."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.heterogeneity import Heterogeneity
from latentmr.two_sample.methods.regression import penalised_errors, regress
from latentmr.two_sample.methods.robust_regression import mm_regression
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["MODELS", "WEIGHTS", "Ivw", "ivw"]

#: ``fixed``: standard errors unchanged. ``random``: multiplied by the dispersion of the residuals if that is above 1.
#: ``dispersed``: always multiplied by the dispersion. ``auto``: ``fixed`` up to three variants, else ``random``.
MODELS = ("auto", "fixed", "random", "dispersed")
WEIGHTS = ("first", "second", "equal")


@dataclass(frozen=True, kw_only=True, repr=False)
class Ivw(Heterogeneity):
    """Details of IVW, with one exposure or several.

    Parameters
    ----------
    q_statistic, q_df, q_p_value
        Cochran's Q (null: one effect, or all variants act through the exposures alone; chi-squared).
    dispersion : float
        Residual standard error.
    f_mean : float or None
        Mean of ``(bx / sx)^2``; None with several exposures.
    i2 : float or None
        Higgins' I2 of the ratios; None with several exposures.
    """

    dispersion: float
    f_mean: float | None = None
    i2: float | None = None


def ivw(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    model: str = "auto",
    weights: str = "first",
    psi: float = 0.0,
    penalised: bool = False,
    robust: bool = False,
    distribution: str = "normal",
    correlation: ArrayLike | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the inverse-variance weighted effect: regression of ``by`` on ``bx`` through the origin.

    The estimate is consistent if every variant is a valid instrument, or if pleiotropic effects are zero on average and
    independent of the effects on the exposure. The method does not remove confounding of the variants with the outcome
    (population stratification, assortative mating).

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    model : str
        ``auto``: fixed effects up to three variants, else multiplicative random effects that never reduce the standard
        error, as ``MendelianRandomization::mr_ivw``; ``fixed`` is TwoSampleMR's ``mr_ivw_fe`` and its
        ``mr_meta_fixed_simple``, ``random`` its ``mr_ivw``, ``dispersed`` its ``mr_ivw_mre``.
    weights : str
        ``first``: ``1 / sy^2``. ``second``: weights that also include the error of ``bx`` (delta method). ``equal``: no
        weights; with ``model="random"`` this is TwoSampleMR's ``mr_uwr``, whose standard errors have a minimum that
        depends on the unit of the outcome. With ``auto`` they have no minimum.
    psi : float
        Correlation of the two errors of a variant in overlapping samples. Only second-order weights use it.
    penalised : bool
        Whether to reduce the weights of variants whose ratio is far from the median of all ratios.
    robust : bool
        Whether to use MM-estimation (``mm_regression``), which down-weights outlying variants, instead of least
        squares.
    distribution : str
        ``normal``, or ``t`` with p - 1 degrees of freedom.
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants, for the effect alleles. They cannot be combined with ``penalised`` or ``robust``.
    seed : int
        Seed of the random restarts of the regression. It is not used if all subsets are tried.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with details of class :class:`Ivw`. With ``penalised`` and ``robust``, Q still uses the original
        weights, and the dispersion is that of the fit.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Burgess, Butterworth & Thompson (2013) Genet Epidemiol 37:658. Burgess, Dudbridge & Thompson (2016) Stat Med 35:1880
    (correlated variants).

    Examples
    --------
    >>> found = ivw([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3)
    >>> round(found.beta, 3), round(found.details.q_p_value, 2)
    (0.493, 0.79)
    """
    if model not in MODELS:
        raise ArgumentError("model", f"be one of {', '.join(MODELS)}", f"{model!r}", "auto is usual")
    if weights not in WEIGHTS:
        raise ArgumentError("weights", f"be one of {', '.join(WEIGHTS)}", f"{weights!r}", "first is usual")
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    if correlation is not None and (penalised or robust):
        raise ArgumentError(
            "correlation", "not be given with `penalised` or `robust`", "a matrix", "clump the variants"
        )
    data = check_associations(bx, by, sx, sy, correlation)
    p = len(data.bx)
    errors = _errors(data, weights, psi)
    fit = regress(data.bx[:, None], data.by, errors, data.correlation)
    q, df = fit.q_statistic, fit.df
    if penalised:
        _no_zeros(data.bx, "penalised weights")
        errors = penalised_errors(errors, data.by - np.median(data.by / data.bx) * data.bx)
        fit = regress(data.bx[:, None], data.by, errors, None)
    beta, se, dispersion = fit.coefficients[0], fit.se[0], fit.dispersion
    if robust:
        coefficients, covariance, dispersion = mm_regression(data.bx[:, None], data.by, errors**-2, seed=seed)
        beta, se = coefficients[0], np.sqrt(covariance[0, 0]) / dispersion
    if model == "fixed" or p == 1 or (model == "auto" and p <= 3 and weights != "equal"):
        factor = 1.0
    elif model == "dispersed" or (model == "auto" and weights == "equal"):
        factor = dispersion
    else:
        factor = max(dispersion, 1.0)
    if not factor * se > 0:
        raise ArgumentError(
            "by", "leave residuals, which give the standard errors", "a perfect fit on `bx`", "take model='fixed'"
        )
    return wald_estimate(
        "IVW",
        beta,
        factor * se,
        p,
        df=df if distribution == "t" and df else np.inf,
        alpha=alpha,
        details=Ivw(
            q_statistic=q,
            q_df=df,
            q_p_value=float(stats.chi2.sf(q, df)) if df else np.nan,
            dispersion=dispersion,
            f_mean=float(np.mean((data.bx / data.sx) ** 2)),
            i2=max(0.0, (q - df) / q) if df and q > 0 else np.nan,
        ),
    )


def _errors(data: Associations, weights: str, psi: float) -> Array:
    """Return the standard errors whose inverse squares are the weights."""
    if weights == "equal":
        return np.ones(len(data.bx))
    if weights == "first":
        return data.sy
    _no_zeros(data.bx, "second-order weights")
    slope = data.sx * data.by / data.bx
    return np.asarray(np.sqrt(data.sy**2 + slope**2 - 2 * psi * data.sy * slope))


def _no_zeros(bx: Array, purpose: str) -> None:
    if (bx == 0).any():
        raise ArgumentError("bx", f"not be zero for {purpose}", "a zero", "leave the variant out")

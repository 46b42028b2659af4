"""Multivariable MR-Egger."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.two_sample.methods.associations import coded_to_raise
from latentmr.two_sample.methods.egger import Egger
from latentmr.two_sample.methods.multivariable.several_associations import check_several, wald_of_several
from latentmr.two_sample.methods.regression import regress
from latentmr.two_sample.methods.wald_interval import wald_estimate

__all__ = ["egger"]


def egger(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    orient: int = 0,
    distribution: str = "normal",
    correlation: ArrayLike | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    """Estimate direct effects of exposures with an intercept for directional pleiotropy.

    Every variant is coded for the allele that raises one exposure, and the estimates depend on which exposure that is.
    The intercept is the mean pleiotropic effect in this coding. The estimates are consistent if pleiotropic effects are
    independent of the effects on the exposures (InSIDE). The method does not remove confounding of the variants with
    the outcome.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors, which are checked but not used.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors.
    names : sequence of str, optional
        Names of the exposures.
    orient : int
        Position of the exposure that every variant is coded to raise; 0 is the first (``orientate=1`` of
        ``MendelianRandomization::mr_mvegger``).
    distribution : str
        ``normal``, the default of MendelianRandomization, or ``t`` with p - m - 1 degrees of freedom.
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants, for the effect alleles.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure, with details of class :class:`~latentmr.two_sample.methods.egger.Egger`.

    Raises
    ------
    ValueError
        If the associations are invalid, or there is no exposure at that position.

    References
    ----------
    Rees, Wood & Burgess (2017) Stat Med 36:4705.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> found = egger(BX, [0.07, 0.11, 0.01, 0.09, 0.16], [[0.01, 0.01]] * 5, [0.02] * 5)
    >>> [round(each.beta, 2) for each in found], round(found[0].details.intercept, 3)
    ([0.5, -0.18], 0.023)
    """
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    data = check_several(BX, by, SX, sy, names=names, correlation=correlation, more=2)
    if not 0 <= orient < data.m:
        raise ArgumentError(
            "orient", f"be the position of an exposure, 0 to {data.m - 1}", f"{orient}", "0 is the first"
        )
    sign = coded_to_raise(data.BX[:, orient], f"BX[:, {orient}]")
    matrix = None if data.correlation is None else data.correlation * np.outer(sign, sign)
    design = np.column_stack([np.ones(data.p), sign[:, None] * data.BX])
    fit = regress(design, sign * data.by, data.sy, matrix)
    factor = max(fit.dispersion, 1.0)
    df = fit.df if distribution == "t" else np.inf
    intercept = wald_estimate("intercept", fit.coefficients[0], factor * fit.se[0], data.p, df=df, alpha=alpha)
    return wald_of_several(
        "multivariable MR-Egger",
        data,
        fit.coefficients[1:],
        factor * fit.se[1:],
        df=df,
        alpha=alpha,
        details=Egger(
            intercept=intercept.beta,
            intercept_se=intercept.se,
            intercept_ci_low=intercept.ci_low,
            intercept_ci_high=intercept.ci_high,
            intercept_p_value=intercept.p_value,
            q_statistic=fit.q_statistic,
            q_df=fit.df,
            q_p_value=float(stats.chi2.sf(fit.q_statistic, fit.df)),
            dispersion=fit.dispersion,
        ),
    )

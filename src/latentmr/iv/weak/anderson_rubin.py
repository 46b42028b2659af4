"""The Anderson-Rubin test and the exact confidence set that inverts it."""

import numpy as np
from scipy.stats import f as f_distribution

from latentmr.iv.kclass import Fit
from latentmr.linalg import quadratic_set
from latentmr.results.objects import ConfidenceSet, TestResult

__all__ = ["anderson_rubin_set", "anderson_rubin_test", "effects_within"]


def anderson_rubin_test(fit: Fit, beta: float) -> TestResult:
    """Test one effect by the Anderson-Rubin statistic, valid with weak instruments (Anderson and Rubin, 1949).

    The null is that ``y - beta x`` is uncorrelated with the instruments given the covariates. Under normal
    homoskedastic errors the statistic is exactly F(k, n - k - c - 1). Without normality this holds asymptotically.

    Parameters
    ----------
    fit : Fit
        Fit of a model with one exposure.
    beta : float
        The hypothesised effect.

    Returns
    -------
    TestResult
    """
    b = np.array([-beta, 1.0])
    inside, all_ = fit.squares(b)
    statistic = (inside / fit.k) / ((all_ - inside) / fit.df)
    return TestResult(
        name="anderson_rubin",
        null=f"the effect is {beta:g}",
        verdict="pass",
        reason="robust to weak instruments",
        statistic=statistic,
        df=f"F({fit.k}, {fit.df})",
        p_value=float(f_distribution.sf(statistic, fit.k, fit.df)),
    )


def anderson_rubin_set(fit: Fit, alpha: float) -> ConfidenceSet | None:
    """Return all effects that :func:`anderson_rubin_test` does not reject, in closed form.

    Parameters
    ----------
    fit : Fit
        Fit of an instrumental-variable model.
    alpha : float
        Significance level.

    Returns
    -------
    ConfidenceSet or None
        The whole line, an interval, two half-lines or the empty set. None if the model has several exposures or no
        instruments.
    """
    if len(fit.beta) != 1 or fit.k == 0:
        return None
    bound = float(f_distribution.isf(alpha, fit.k, fit.df)) * fit.k / fit.df
    return effects_within(fit.within - bound * (fit.total - fit.within), alpha)


def effects_within(Q: np.ndarray, alpha: float) -> ConfidenceSet:
    """Return the set of effects with ``b' Q b <= 0``, ``b = (-beta, 1)``: the form of exact sets for one exposure."""
    return ConfidenceSet(quadratic_set(float(Q[0, 0]), -float(Q[0, 1]), float(Q[1, 1])), alpha)

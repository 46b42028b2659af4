"""The Anderson-Rubin test and the exact set that it inverts to."""

import numpy as np
from scipy.stats import f as f_distribution

from latentmr.iv.kclass import Fit
from latentmr.linalg import quadratic_set
from latentmr.results.objects import ConfidenceSet, TestResult

__all__ = ["anderson_rubin_set", "anderson_rubin_test", "effects_within"]


def anderson_rubin_test(fit: Fit, beta: float) -> TestResult:
    """Test one effect, whatever the strength of the instruments (Anderson and Rubin, 1949).

    The null is that ``y - beta x`` is uncorrelated with the instruments given the covariates. Under normal
    homoskedastic errors the statistic is F(k, n - k - c - 1) exactly, asymptotically without normality.

    Parameters
    ----------
    fit : Fit
        Of a model with one exposure.
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
    """All effects that :func:`anderson_rubin_test` does not reject, in closed form.

    Parameters
    ----------
    fit : Fit
        Of an instrumental-variable model.
    alpha : float
        Significance level.

    Returns
    -------
    ConfidenceSet or None
        The whole line, an interval, two half-lines or nothing. None where the model has several exposures, or no
        instruments.
    """
    if len(fit.beta) != 1 or fit.k == 0:
        return None
    bound = float(f_distribution.isf(alpha, fit.k, fit.df)) * fit.k / fit.df
    return effects_within(fit.within - bound * (fit.total - fit.within), alpha)


def effects_within(Q: np.ndarray, alpha: float) -> ConfidenceSet:
    """The effects for which ``b' Q b <= 0``, with ``b = (-beta, 1)``: what exact sets for one exposure come down to."""
    return ConfidenceSet(quadratic_set(float(Q[0, 0]), -float(Q[0, 1]), float(Q[1, 1])), alpha)

"""The conditional likelihood-ratio test and the exact set that it inverts to, for one exposure."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, gammaln

from latentmr.iv.kclass import Fit
from latentmr.iv.weak.anderson_rubin import effects_within
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import ConfidenceSet, TestResult

__all__ = ["conditional_likelihood_ratio_set", "conditional_likelihood_ratio_test", "conditional_p_value"]

#: Gauss-Legendre rule used on each panel of the integral, and the panels' ends in units of where the tail changes.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
PANELS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 32.0)

SINGULAR = "the errors of exposure and outcome given the instruments are multiples of each other"


def conditional_p_value(statistic: float, strength: float, k: int) -> float:
    """Tail probability of the likelihood ratio given the strength of the instruments under the null.

    The integral of Andrews, Moreira and Stock (2007), over the angle between the two vectors whose squared lengths
    are the Anderson-Rubin statistic and ``strength``: chi2(1) where the instruments are strong, chi2(k) where they
    are irrelevant.

    Parameters
    ----------
    statistic : float
        Likelihood ratio, not negative.
    strength : float
        Squared length of the statistic that is sufficient for the first stage under the null.
    k : int
        Instruments.

    Returns
    -------
    float

    Examples
    --------
    >>> round(conditional_p_value(3.84, 1e9, 5), 3), round(conditional_p_value(11.07, 0.0, 5), 3)
    (0.05, 0.05)
    """
    if statistic <= 0:
        return 1.0
    if k == 1:
        return float(chdtrc(1, statistic))
    # three scales of the angle: where the argument leaves its maximum, where it passes the bulk of the chi2, and
    # that of the cosine
    leave = np.sqrt(statistic / max(strength, statistic))
    bulk = np.sqrt(statistic * max(strength + statistic - k, 1.0) / (max(strength, 1.0) * k))
    scales = np.outer([leave, bulk, 1 / np.sqrt(k)], PANELS).ravel()
    near = bulk * (1 + np.arange(-6, 7) / np.sqrt(k))
    ends = np.unique(np.clip([0.0, *scales, *near, np.pi / 2], 0.0, np.pi / 2))
    half = np.diff(ends)[:, None] / 2
    angles = ends[:-1, None] + half * (NODES + 1)
    tail = chdtrc(k, (strength + statistic) / (1 + strength * np.sin(angles) ** 2 / statistic))
    integral = float(np.sum(half * WEIGHTS * tail * np.cos(angles) ** (k - 2)))
    constant = 2 * np.exp(gammaln(k / 2) - gammaln((k - 1) / 2)) / np.sqrt(np.pi)
    return float(min(1.0, constant * integral))


def conditional_likelihood_ratio_test(fit: Fit, beta: float) -> TestResult:
    """Test one effect, whatever the strength of the instruments (Moreira, 2003).

    The null is that the effect is ``beta``; the statistic is the difference of the Anderson-Rubin statistic (as a
    chi2) and its smallest value over all effects, and its law is that given the statistic that is sufficient for the
    first stage. Homoskedastic errors; nearly the most powerful invariant test.

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
    null = f"the effect is {beta:g}"
    reduced = _reduced_form(fit)
    if reduced is None:
        return TestResult("conditional_likelihood_ratio", null, "not applicable", SINGULAR)
    omega, roots = reduced
    b = np.array([-beta, 1.0])
    length = float(b @ fit.within @ b) / float(b @ omega @ b)
    statistic, strength = length - roots[0], roots.sum() - length
    return TestResult(
        name="conditional_likelihood_ratio",
        null=null,
        verdict="pass",
        reason="robust to weak instruments",
        statistic=max(0.0, float(statistic)),
        df=f"conditional on strength {strength:.4g}, {fit.k} instruments",
        p_value=conditional_p_value(float(statistic), float(strength), fit.k),
    )


def conditional_likelihood_ratio_set(fit: Fit, alpha: float) -> ConfidenceSet | None:
    """All effects that :func:`conditional_likelihood_ratio_test` does not reject, in closed form.

    Statistic and condition depend on the effect through the Anderson-Rubin statistic alone, and the p-value falls as
    that grows (Mikusheva, 2010): one critical value is found, and the set is a quadratic inequality. It is never
    empty, since the LIML estimate is in it.

    Parameters
    ----------
    fit : Fit
        Of an instrumental-variable model.
    alpha : float
        Significance level.

    Returns
    -------
    ConfidenceSet or None
        The whole line, an interval or two half-lines. None where the model has several exposures, no
        instruments, or reduced-form errors that are multiples of each other.
    """
    reduced = _reduced_form(fit) if len(fit.beta) == 1 and fit.k else None
    if reduced is None:
        return None
    omega, roots = reduced

    def excess(length: float) -> float:
        return conditional_p_value(length - roots[0], roots.sum() - length, fit.k) - alpha

    low, high = float(roots[0]), float(roots[1])
    if excess(high) >= 0:
        return ConfidenceSet(((-float("inf"), float("inf")),), alpha)
    length = float(brentq(excess, low, high, xtol=1e-12 * max(1.0, high), rtol=1e-12))
    return effects_within(fit.within - length * omega, alpha)


def _reduced_form(fit: Fit) -> tuple[np.ndarray, np.ndarray] | None:
    """Covariance of the reduced-form errors and the roots of the instruments' part relative to it; None if singular."""
    omega = (fit.total - fit.within) / fit.df
    if np.linalg.det(omega) <= RANK_TOLERANCE * omega[0, 0] * omega[1, 1]:
        return None
    inverse = np.linalg.inv(np.linalg.cholesky(omega))
    roots = np.linalg.eigvalsh(inverse @ fit.within @ inverse.T)
    return omega, np.maximum(roots, 0.0)

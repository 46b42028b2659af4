"""The conditional likelihood-ratio test and the exact confidence set that inverts it, for one exposure."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, gammaln

from latentmr.iv.kclass import Fit
from latentmr.iv.weak.anderson_rubin import effects_within
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import ConfidenceSet, TestResult

__all__ = ["conditional_likelihood_ratio_set", "conditional_likelihood_ratio_test", "conditional_p_value"]

#: Gauss-Legendre rule for each panel of the integral, and ends of the panels in units of the scales of the tail.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
PANELS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 32.0)

SINGULAR = "the reduced-form errors of exposure and outcome are multiples of each other"


def conditional_p_value(statistic: float, strength: float, k: int) -> float:
    """Return the tail probability of the likelihood ratio given the strength of the instruments, under the null.

    It is the integral of Andrews, Moreira and Stock (2007) over the angle between the two vectors whose squared lengths
    are the Anderson-Rubin statistic and ``strength``. The distribution is chi2(1) if the instruments are strong, and
    chi2(k) if they are irrelevant.

    Parameters
    ----------
    statistic : float
        Likelihood ratio, zero or more.
    strength : float
        Squared length of the statistic that is sufficient for the first stage under the null.
    k : int
        Number of instruments.

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
    # three scales of the angle: the argument falls from its maximum, it passes the bulk of the chi2, and the cosine
    # changes
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
    """Test one effect by the conditional likelihood ratio, valid with weak instruments (Moreira, 2003).

    The null is that the effect is ``beta``. The statistic is the Anderson-Rubin statistic (as a chi2) minus its minimum
    over all effects. Its distribution is conditional on the statistic that is sufficient for the first stage. Errors
    are homoskedastic. The test has nearly the maximum power among invariant tests.

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
    """Return all effects that :func:`conditional_likelihood_ratio_test` does not reject, in closed form.

    Statistic and condition depend on the effect only through the Anderson-Rubin statistic, and the p-value falls as
    that statistic grows (Mikusheva, 2010). There is therefore one critical value, and the set is the solution of a
    quadratic inequality. It is never empty, because it contains the LIML estimate.

    Parameters
    ----------
    fit : Fit
        Fit of an instrumental-variable model.
    alpha : float
        Significance level.

    Returns
    -------
    ConfidenceSet or None
        The whole line, an interval or two half-lines. None if the model has several exposures, no
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
    """Return the covariance of the reduced-form errors and the roots relative to it, or None if it is singular."""
    omega = (fit.total - fit.within) / fit.df
    if np.linalg.det(omega) <= RANK_TOLERANCE * omega[0, 0] * omega[1, 1]:
        return None
    inverse = np.linalg.inv(np.linalg.cholesky(omega))
    roots = np.linalg.eigvalsh(inverse @ fit.within @ inverse.T)
    return omega, np.maximum(roots, 0.0)

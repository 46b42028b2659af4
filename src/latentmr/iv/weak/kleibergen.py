"""Kleibergen's score test and the conditional likelihood-ratio test under heteroskedasticity and clustering."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import chdtri
from scipy.stats import chi2

from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.weak.conditional_likelihood_ratio import conditional_p_value
from latentmr.iv.weak.projective import Line, bracketed, set_from_excess
from latentmr.results.objects import ConfidenceSet, TestResult
from latentmr.typing import Array

__all__ = [
    "Split",
    "kleibergen_set",
    "kleibergen_test",
    "likelihood_ratio_excess",
    "robust_conditional_likelihood_ratio_set",
    "robust_conditional_likelihood_ratio_test",
]


#: Angles at which the numerical search for the ends of a set begins.
START = np.pi * (np.arange(48) / 48 - 0.5)
#: The search does not distinguish p-values below this.
FLOOR = 1e-12


@dataclass(frozen=True)
class Split:
    """The two parts of the Anderson-Rubin statistic, and the strength of the first stage.

    Parameters
    ----------
    anderson_rubin, score : float
        The Anderson-Rubin and the score statistic. Their difference is the part that tests overidentification.
    strength : float
        Statistic of the first stage that is independent of the other statistics under the null.
    """

    anderson_rubin: float
    score: float
    strength: float

    @property
    def likelihood_ratio(self) -> float:
        """Likelihood ratio of Moreira (2003), with the robust parts of Kleibergen (2005)."""
        a, r = self.anderson_rubin, self.strength
        rest = max(0.0, a - self.score)
        # (a - r + sqrt((a + r)^2 - 4 rest r)) / 2 without cancellation if r is large
        root = np.sqrt(max(0.0, (a + r) ** 2 - 4 * rest * r))
        return float((a - r + root) / 2) if a > r else float(2 * r * self.score / (root + r - a)) if r > 0 else a


def _split(reduced: ReducedForm, b: Array, others: Array) -> Split:
    """Return the statistics at structural vector ``b``, which ``others`` ``[m, m + 1]`` completes to a basis."""
    factor = cho_factor(reduced.covariance(b))
    g = reduced.cross @ b
    half = cho_solve(factor, g)
    crossed = [reduced.covariance(other, b) for other in others]
    D = np.column_stack([reduced.cross @ other - V @ half for other, V in zip(others, crossed, strict=True)])
    solved = cho_solve(factor, D)
    gram = D.T @ solved
    projected = D.T @ half
    score = float(projected @ np.linalg.lstsq(gram, projected, rcond=1e-12)[0])
    strength = float("nan")
    if len(others) == 1:
        left = reduced.covariance(others[0]) - crossed[0] @ cho_solve(factor, crossed[0].T)
        strength = float(D[:, 0] @ np.linalg.solve(left, D[:, 0]))
    anderson_rubin = float(g @ half)
    return Split(anderson_rubin, min(score, anderson_rubin), strength)


def kleibergen_test(reduced: ReducedForm, beta: Array | float) -> TestResult:
    """Test effects by the score (K) statistic, valid with weak instruments (Kleibergen, 2002, 2005).

    The null is that the effects are ``beta``. The Anderson-Rubin moments are projected on an estimate of the first
    stage that is independent of them. The statistic is chi2(m). It is also small at stationary points of the
    Anderson-Rubin statistic far from the estimate, at which it has no power.

    Parameters
    ----------
    reduced : ReducedForm
        A reduced form with at least as many instruments as exposures.
    beta : float or np.ndarray of dimension (m,)
        The hypothesised effects.

    Returns
    -------
    TestResult
    """
    effects = np.atleast_1d(np.asarray(beta, dtype=float))
    split = _split(reduced, np.append(-effects, 1.0), np.eye(len(effects) + 1)[:-1])
    return TestResult(
        name="kleibergen",
        null=f"the effect is {', '.join(f'{b:g}' for b in effects)}",
        verdict="pass",
        reason=f"robust to weak instruments ({reduced.se_type})",
        statistic=split.score,
        df=f"chi2({reduced.m})",
        p_value=float(chi2.sf(split.score, reduced.m)),
    )


def robust_conditional_likelihood_ratio_test(reduced: ReducedForm, beta: float) -> TestResult:
    """Test one effect by the robust conditional likelihood ratio (Moreira, 2003; Kleibergen, 2005).

    The null is that the effect is ``beta``. The p-value is that of Andrews, Moreira and Stock (2007) given the strength
    of the first stage, ``D' Sigma_D^-1 D``, with ``D`` the part of the first stage that is independent of the moments.
    Under homoskedastic errors this is the homoskedastic test.

    Parameters
    ----------
    reduced : ReducedForm
        A reduced form with one exposure.
    beta : float
        The hypothesised effect.

    Returns
    -------
    TestResult
    """
    split = _split(reduced, np.array([-beta, 1.0]), np.array([[1.0, 0.0]]))
    return TestResult(
        name="conditional_likelihood_ratio",
        null=f"the effect is {beta:g}",
        verdict="pass",
        reason=f"robust to weak instruments ({reduced.se_type})",
        statistic=split.likelihood_ratio,
        df=f"conditional on strength {split.strength:.4g}, {reduced.k} instruments",
        p_value=conditional_p_value(split.likelihood_ratio, split.strength, reduced.k),
    )


def kleibergen_set(reduced: ReducedForm, alpha: float) -> ConfidenceSet:
    """Return all effects that :func:`kleibergen_test` does not reject, found numerically on the projective line."""
    bound = float(chi2.isf(alpha, 1))
    return _numerical(reduced, lambda split: split.score - bound, alpha)


def robust_conditional_likelihood_ratio_set(reduced: ReducedForm, alpha: float) -> ConfidenceSet:
    """Return all effects that :func:`robust_conditional_likelihood_ratio_test` does not reject.

    The set is found numerically: changes of sign are bracketed adaptively over the whole projective line and refined.

    Parameters
    ----------
    reduced : ReducedForm
        A reduced form with one exposure.
    alpha : float
        Significance level.

    Returns
    -------
    ConfidenceSet
        The set is empty only if even the continuously updated estimate is rejected, that is, if the instruments are
        strong and disagree.
    """
    return _numerical(reduced, lambda split: likelihood_ratio_excess(split, reduced.k, alpha), alpha)


def likelihood_ratio_excess(split: Split, k: int, alpha: float) -> float:
    """Return a function of the statistics that is positive if the conditional likelihood-ratio test rejects."""
    p_value = conditional_p_value(split.likelihood_ratio, split.strength, k)
    # below the floor of the p-value the statistic itself gives the direction of the search
    beyond = max(0.0, split.likelihood_ratio - float(chdtri(k, FLOOR)))
    return float(np.log(alpha) - np.log(max(p_value, FLOOR)) + beyond)


def _numerical(reduced: ReducedForm, excess: Callable[[Split], float], alpha: float) -> ConfidenceSet:
    line = Line.of(reduced)

    @cache
    def at(angle: float) -> float:
        return excess(_split(reduced, line.structural(angle), line.other(angle)[None, :]))

    return set_from_excess(line, at, bracketed(at, START), alpha)

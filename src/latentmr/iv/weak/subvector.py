"""Subvector Anderson-Rubin tests and sets, for one of several exposures with any effects of the others."""

from functools import cache

import numpy as np
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.weak.projective import Line, bracketed, set_from_excess
from latentmr.iv.weak.robust_anderson_rubin import critical_value, smallest_statistic
from latentmr.results.objects import ConfidenceSet, TestResult
from latentmr.typing import Array

__all__ = ["subvector_p_value", "subvector_set", "subvector_test"]


#: Gauss-Legendre rule for the conditional distribution.
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
#: Angles at which the search for the ends begins.
START = np.pi * (np.arange(32) / 32 - 0.5)


def subvector_p_value(smallest: float, largest: float, df: int, conditional: bool) -> float:
    """Return the tail probability of the subvector Anderson-Rubin statistic under homoskedastic errors.

    Given the largest root, the smallest root has a density proportional to that of chi2(df) times the square root of
    their distance (Guggenberger, Kleibergen and Mavroeidis, 2019). Without conditioning it is bounded by chi2(df)
    (Guggenberger et al., 2012).

    Parameters
    ----------
    smallest, largest : float
        Roots of the instruments' part of (outcome minus the hypothesised effect, other exposures), relative to their
        reduced-form errors.
    df : int
        Number of instruments minus number of other exposures.
    conditional : bool
        Whether to condition; the distribution is then that for one other exposure.

    Returns
    -------
    float

    Examples
    --------
    >>> round(subvector_p_value(3.84, 1e6, 1, True), 3)
    0.05
    """
    if not conditional:
        return float(chi2.sf(smallest, df))
    top = min(largest, float(chi2.isf(1e-14, df)) + smallest)

    def mass(low: float) -> float:
        # the substitution x = low + (top - low) s^2 removes the singularity of chi2(1) at zero
        s = (NODES + 1) / 2
        x = low + (top - low) * s**2
        density = np.exp(chi2.logpdf(x, df)) * np.sqrt(np.maximum(largest - x, 0)) * 2 * (top - low) * s
        return float(WEIGHTS @ density)

    return min(1.0, mass(smallest) / mass(0.0)) if smallest < top else 0.0


def subvector_test(reduced: ReducedForm, exposure: int, beta: float) -> TestResult:
    """Test the effect of one of several exposures, by a test that is valid with weak instruments.

    The null is that the effect of the exposure is ``beta``, with any effects of the others. The statistic is the
    minimum of the Anderson-Rubin statistic over the effects of the others.

    Under homoskedastic errors it is referred to its distribution given the largest root (Guggenberger, Kleibergen and
    Mavroeidis, 2019). With more than one other exposure it is referred to chi2(k - m + 1) (Guggenberger et al., 2012).
    The robust statistic is referred to F(k, n - k - c - 1), as if all effects were given (projection), which is valid
    and conservative.

    Parameters
    ----------
    reduced : ReducedForm
        A reduced form with at least two exposures.
    exposure : int
        Position of the exposure, from 0.
    beta : float
        The hypothesised effect.

    Returns
    -------
    TestResult
    """
    statistic, p_value, distribution = _at(reduced, exposure, np.array([-beta, 1.0]))
    return TestResult(
        name="subvector_anderson_rubin",
        null=f"the effect of exposure {exposure + 1} is {beta:g}",
        verdict="pass",
        reason=f"robust to weak instruments ({reduced.se_type})",
        statistic=statistic,
        df=distribution,
        p_value=p_value,
    )


def subvector_set(reduced: ReducedForm, exposure: int, alpha: float) -> ConfidenceSet:
    """Return all effects of one exposure that :func:`subvector_test` does not reject, found numerically."""
    line = Line.of(_pair(reduced, exposure))
    bound = critical_value(reduced, alpha)
    homoskedastic = reduced.se_type == "homoskedastic"

    @cache
    def excess(angle: float) -> float:
        statistic, p_value, _ = _at(reduced, exposure, line.structural(angle))
        return float(np.log(alpha / max(p_value, 1e-300))) if homoskedastic else statistic * reduced.k - bound

    return set_from_excess(line, excess, bracketed(excess, START), alpha)


def _pair(reduced: ReducedForm, exposure: int) -> ReducedForm:
    """Return the reduced form of one exposure and the outcome."""
    both = [exposure, reduced.m]
    noise = reduced.first_noise[[exposure]]
    return ReducedForm(reduced.cross[:, both], reduced.moment[np.ix_(both, both)], noise, reduced.df, reduced.se_type)


def _at(reduced: ReducedForm, exposure: int, b: Array) -> tuple[float, float, str]:
    """Return statistic, p-value and distribution at coefficients ``b`` of (exposure, outcome), up to their scale."""
    m = reduced.m
    others = [j for j in range(m) if j != exposure]
    basis = np.zeros((m + 1, m))
    basis[others, np.arange(m - 1)] = 1.0
    basis[[exposure, m], m - 1] = b
    cross = reduced.cross @ basis
    if reduced.se_type == "homoskedastic":
        omega = basis.T @ np.einsum("jlaa->jl", reduced.moment) @ basis / reduced.k
        inverse = np.linalg.inv(np.linalg.cholesky(omega))
        roots = np.linalg.eigvalsh(inverse @ cross.T @ cross @ inverse.T)
        df = reduced.k - m + 1
        conditional = m == 2
        name = f"chi2({df}) given the largest root {roots[-1]:.4g}" if conditional else f"chi2({df})"
        return float(roots[0]), subvector_p_value(float(roots[0]), float(roots[-1]), df, conditional), name
    moment = np.einsum("ju,lv,jlab->uvab", basis, basis, reduced.moment, optimize=True)
    inner = ReducedForm(cross, moment, reduced.first_noise[others], reduced.df, reduced.se_type)
    statistic = smallest_statistic(inner) / reduced.k
    p_value = float(f_distribution.sf(statistic, reduced.k, reduced.df))
    return statistic, p_value, f"F({reduced.k}, {reduced.df}) by projection"

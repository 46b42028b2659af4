"""The Anderson-Rubin test and its exact confidence set under heteroskedasticity and clustering."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigvals
from scipy.optimize import minimize, minimize_scalar
from scipy.stats import f as f_distribution

from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.weak.projective import Line, set_from_excess
from latentmr.results.objects import ConfidenceSet, TestResult
from latentmr.typing import Array

__all__ = [
    "critical_value",
    "robust_anderson_rubin_set",
    "robust_anderson_rubin_test",
    "smallest_statistic",
    "statistic_at",
]


#: Angles at which the search for the minimum of the statistic begins.
START = np.pi * (np.arange(32) / 32 - 0.5)
#: Number of random directions that are tried if there are several exposures.
DIRECTIONS = 60
#: Rotations of the line that are tried for a well-conditioned leading matrix of the eigenproblem.
ROTATIONS = np.pi / 2 + np.pi * np.arange(8) / 8


def critical_value(reduced: ReducedForm, alpha: float) -> float:
    """Return the upper quantile of the statistic: ``k`` times that of ``F(k, df)``, chi2(k) in large samples."""
    return float(reduced.k * f_distribution.isf(alpha, reduced.k, reduced.df))


def statistic_at(reduced: ReducedForm, b: Array) -> float:
    """Return ``g' V^-1 g`` for the moments ``g = cross @ b``, which does not depend on the length of ``b``."""
    g = reduced.cross @ b
    return float(g @ cho_solve(cho_factor(reduced.covariance(b)), g))


def robust_anderson_rubin_test(reduced: ReducedForm, beta: Array | float) -> TestResult:
    """Test effects by the robust Anderson-Rubin statistic (Anderson and Rubin, 1949; Stock and Wright, 2000).

    The test is valid with weak instruments. The null is that ``y - X beta`` is uncorrelated with the instruments given
    the covariates. The statistic is ``g' V(beta)^-1 g / k``, with ``g`` the products of ``y - X beta`` with the
    instruments and ``V`` their covariance under the null, of the reduced form's type. It is chi2(k) over k in large
    samples, and referred to F(k, n - k - c - 1).

    Parameters
    ----------
    reduced : ReducedForm
        The reduced form.
    beta : float or np.ndarray of dimension (m,)
        The hypothesised effects.

    Returns
    -------
    TestResult
    """
    effects = np.atleast_1d(np.asarray(beta, dtype=float))
    statistic = statistic_at(reduced, np.append(-effects, 1.0))
    return TestResult(
        name="anderson_rubin",
        null=f"the effect is {', '.join(f'{b:g}' for b in effects)}",
        verdict="pass",
        reason=f"robust to weak instruments ({reduced.se_type})",
        statistic=statistic / reduced.k,
        df=f"F({reduced.k}, {reduced.df})",
        p_value=float(f_distribution.sf(statistic / reduced.k, reduced.k, reduced.df)),
    )


def robust_anderson_rubin_set(reduced: ReducedForm, alpha: float) -> ConfidenceSet:
    """Return exactly the effects that :func:`robust_anderson_rubin_test` does not reject.

    The covariance is quadratic in the effect. The statistic therefore equals the critical value ``c`` at the effects
    for which the quadratic matrix polynomial ``V(beta) - g(beta) g(beta)' / c`` is singular. These are the real
    eigenvalues of a ``2k`` by ``2k`` companion matrix, found on the whole projective line.

    Parameters
    ----------
    reduced : ReducedForm
        A reduced form with one exposure.
    alpha : float
        Significance level.

    Returns
    -------
    ConfidenceSet
        Any union of intervals: the whole line, half-lines, several intervals, or the empty set.
    """
    bound = critical_value(reduced, alpha)
    line = Line.of(reduced)
    roots = _crossings(reduced, line, bound)

    def excess(angle: float) -> float:
        return statistic_at(reduced, line.structural(angle)) - bound

    # points between neighbouring roots: the sign is constant between them, so each root is bracketed once
    ordered = np.unique(roots)
    after = np.append(ordered[1:], ordered[0] + np.pi) if len(ordered) else ordered
    between = _wrapped((ordered + after) / 2)
    return set_from_excess(line, excess, between, alpha)


def _crossings(reduced: ReducedForm, line: Line, bound: float) -> Array:
    """Return the angles of the real and nearly real roots of ``det(V - g g' / bound)``."""
    A = reduced.moment - np.einsum("aj,bl->jlab", reduced.cross, reduced.cross) / bound
    A = A * np.multiply.outer(line.unit, line.unit)[:, :, None, None]

    def form(u: Array, v: Array) -> Array:
        return np.asarray(np.einsum("j,l,jlab->ab", u, v, A, optimize=True))

    def axes(rotation: float) -> tuple[Array, Array]:
        sine, cosine = np.sin(rotation), np.cos(rotation)
        return np.array([-sine, cosine]), np.array([-cosine, -sine])

    # the polynomial in t along the circle: structural(rotation + arctan t) is e0 + t e1
    rotation = min(ROTATIONS, key=lambda r: float(np.linalg.cond(form(*(axes(r)[1],) * 2))))
    e0, e1 = axes(rotation)
    k = reduced.k
    lead = form(e1, e1)
    rest = np.linalg.solve(lead, np.hstack([form(e0, e0), form(e0, e1) + form(e1, e0)]))
    companion = np.block([[np.zeros((k, k)), np.eye(k)], [-rest[:, :k], -rest[:, k:]]])
    values = eigvals(companion)
    real = values[np.abs(values.imag) <= 1e-5 * (1 + np.abs(values))].real
    return _wrapped(rotation + np.arctan(real))


def _wrapped(angles: Array) -> Array:
    return np.asarray((angles + np.pi / 2) % np.pi - np.pi / 2)


def smallest_statistic(reduced: ReducedForm) -> float:
    """Return the minimum of ``g' V^-1 g`` over all effects, infinite ones included.

    It is Hansen's J of continuously updated GMM.

    Parameters
    ----------
    reduced : ReducedForm
        The reduced form.

    Returns
    -------
    float
        The statistic. It is chi2(k - m) if all instruments are exogenous and share one effect (Hansen, Heaton and
        Yaron, 1996). Under homoskedastic errors it is ``(n - k - c - 1) (kappa - 1)`` with LIML's root.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the covariance is singular, for example with fewer clusters than instruments.
    """
    if reduced.m == 1:
        line = Line.of(reduced)

        def on_line(angle: float) -> float:
            return statistic_at(reduced, line.structural(angle))

        values = np.array([on_line(angle) for angle in START])
        step = START[1] - START[0]
        lowest = START[np.argsort(values)[:3]]
        return min(
            float(minimize_scalar(on_line, bounds=(t - step, t + step), method="bounded", options={"xatol": 1e-9}).fun)
            for t in lowest
        )
    # minimise over the sphere of structural vectors, which includes infinite effects; their length does not matter
    root = np.linalg.inv(np.linalg.cholesky(np.einsum("jlaa->jl", reduced.moment)))
    stationary = np.linalg.eigh(root @ reduced.cross.T @ reduced.cross @ root.T)[1].T
    scattered = np.random.default_rng(0).normal(size=(DIRECTIONS, reduced.m + 1))

    def at(direction: Array) -> float:
        return statistic_at(reduced, root.T @ direction)

    starts = sorted([*stationary, *scattered], key=at)[:3]
    return min(float(minimize(at, start, method="BFGS").fun) for start in starts)

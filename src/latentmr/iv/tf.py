"""The tF procedure: a t-test whose critical value grows as the first stage weakens."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import norm

from latentmr.errors import ArgumentError
from latentmr.iv.arrays import tsls
from latentmr.iv.specification.array_calls import on_arrays
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Estimate, TestResult
from latentmr.typing import Array, ArrayLike

__all__ = ["tf_critical_value", "tf_test"]


LARGEST_ALPHA = 0.1


def tf_critical_value(f: float, alpha: float = 0.05) -> float:
    """Return the critical value of ``|t|`` given the first-stage F (Lee, McCrary, Moreira and Porter, 2022).

    It is for one instrument. It is computed from the condition that defines it, not read from the published table, with
    which it agrees to the table's two decimals (5 %: 18.66 at F = 4, 4.92 at 6.25, 2.46 at 25, 1.96 from 104.67; 1 %:
    constant from 252.34).

    In the worst case, perfect endogeneity, ``t = f (f - f0) / f0`` with ``f ~ N(f0, 1)`` the first-stage t. The
    critical value ``c`` is infinite for ``F`` up to the chi2(1) quantile. Beyond it, ``P(|t| < c) = 1 - alpha`` holds
    for every ``f0``: with ``f = u`` and ``f = -v`` the ends of the acceptance region, ``c(u) = u (u - f0) / f0``,
    ``c(v) = v (v + f0) / f0`` and ``Phi(u - f0) - Phi(-v - f0) = 1 - alpha``. It is constant from the point at which it
    meets the normal quantile. For small ``alpha`` it is constant from the point at which the acceptance region would
    cease to be an interval.

    Parameters
    ----------
    f : float
        First-stage F, of the same type as the standard error.
    alpha : float
        Significance level, at most 0.1.

    Returns
    -------
    float
        The critical value; infinite if ``f`` itself is not significant.

    Raises
    ------
    ValueError
        If ``f`` is negative or missing, or ``alpha`` is outside (0, 0.1].

    Examples
    --------
    >>> [round(tf_critical_value(f), 2) for f in (4.0, 10.0, 25.0, 104.67, 1000.0)]
    [18.65, 3.43, 2.45, 1.96, 1.96]
    >>> tf_critical_value(3.8)
    inf
    """
    if not f >= 0:
        raise ArgumentError("f", "be a first-stage F, zero or more", f"{f:g}", "give the F of the first stage")
    if not 0 < alpha <= LARGEST_ALPHA:
        raise ArgumentError("alpha", f"be above 0 and at most {LARGEST_ALPHA:g}", f"{alpha:g}", "0.05 is usual")
    t, two, one = float(np.sqrt(f)), float(norm.isf(alpha / 2)), float(norm.isf(alpha))
    # above this level the smallest f0 with rejection on its near side is (3 + 2 sqrt 2) times the one-sided quantile
    lowest = max(two, (4 + 2 * np.sqrt(2)) / (3 + 2 * np.sqrt(2)) * one)
    if t <= two:
        return float("inf")
    ends, inverse = _curve(alpha)
    found = np.interp(t, ends, inverse) ** -0.5 if t < ends[-1] else one / (1 - one / t)
    return float(max(found, lowest))


@lru_cache(maxsize=8)
def _curve(alpha: float) -> tuple[Array, Array]:
    """Return upper ends of the acceptance region, with ``1 / c^2`` at these, which is smooth where ``c`` begins."""
    two = float(norm.isf(alpha / 2))
    strength = np.geomspace(1e-4, 6.0, 4000)
    lower = np.full_like(strength, two)
    upper = critical = lower
    for _ in range(60):
        upper = strength + norm.isf(alpha - norm.sf(lower + strength))
        critical = upper * (upper - strength) / strength
        inside = critical > upper
        # the strengths whose lower end is where this one has its upper end
        same = upper[inside] ** 2 / (critical[inside] - upper[inside])
        # averaged: the plain iteration oscillates if the first stage is weakest
        lower = np.maximum((lower + np.interp(strength, same, upper[inside])) / 2, two)
    return np.maximum.accumulate(upper), critical**-2


def _tf_test(estimate: Estimate | Estimates, alpha: float | None = None) -> TestResult:
    level = estimate.alpha if alpha is None else alpha
    null = "no effect of the exposure"
    if estimate.method not in ("2SLS", "LIML"):
        reason = f"the method is {estimate.method}: tF is for 2SLS with one instrument"
        return TestResult("tf", null, "not applicable", reason)
    if estimate.effective_f is None:
        return TestResult(
            "tf", null, "not applicable", "there are several exposures and tF is for one: use the subvector sets"
        )
    if estimate.k != 1:
        reason = f"there are {estimate.k} instruments and tF is for one: use the Anderson-Rubin set"
        return TestResult("tf", null, "not applicable", reason)
    if not estimate.se > 0:
        return TestResult("tf", null, "not applicable", "the standard error is zero, so that there is nothing to test")
    critical = tf_critical_value(estimate.effective_f, level)
    plain = float(norm.isf(level / 2))
    t = abs(estimate.beta) / estimate.se
    adjusted = estimate.se * critical / plain
    doubtful = t > plain and t <= critical
    if np.isinf(critical):
        reason = (
            f"the first-stage F of {estimate.effective_f:.2g} is not significant: the tF interval contains every effect"
        )
    else:
        reason = (
            f"the critical value is {critical:.3g} at a first-stage F of {estimate.effective_f:.3g}; the adjusted"
            f" standard error is {adjusted:.3g}"
        )
    reason += ". Only the plain t-test rejects" if doubtful else ""
    return TestResult("tf", null, "warn" if doubtful else "pass", reason, t, f"|t| > {critical:.4g}", None, adjusted)


@on_arrays(_tf_test)
def tf_test(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> TestResult:
    """Test for an effect with one weak or strong instrument (Lee, McCrary, Moreira and Porter, 2022).

    The null is that the exposure has no effect. ``|t|`` of the 2SLS estimate is compared with
    :func:`tf_critical_value` at the robust first-stage F. The adjusted standard error is the standard error times this
    critical value over the normal quantile. Under any correlation of the errors the level is at most ``alpha`` in large
    samples, whatever the strength of the instrument.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, with one instrument and one exposure; or, in place of all of them, the result
        of that function or of :func:`~latentmr.iv.liml`.
    alpha : float
        Significance level; for an estimate the default is the level of the estimate.

    Returns
    -------
    TestResult
        The effect size is the adjusted standard error, infinite if F is not significant. The verdict is ``warn`` if the
        plain t-test rejects and this test does not, and ``not applicable`` with more instruments or exposures, or with
        another method.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if ``alpha`` is outside (0, 0.1].

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z, u = rng.normal(size=500), rng.normal(size=500)
    >>> found = tf_test(z, 0.2 * z + u, u + rng.normal(size=500))
    >>> found.verdict, found.effect > 0.2
    ('pass', True)
    """
    return _tf_test(tsls(Z, x, y, C, se=se, cluster=cluster, alpha=alpha))

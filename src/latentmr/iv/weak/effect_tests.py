"""Weak-instrument-robust tests and confidence sets for the effect, on plain arrays."""

from __future__ import annotations

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.iv.problem import Problem, problem
from latentmr.iv.weak.anderson_rubin import anderson_rubin_set, anderson_rubin_test
from latentmr.iv.weak.conditional_likelihood_ratio import (
    conditional_likelihood_ratio_set,
    conditional_likelihood_ratio_test,
)
from latentmr.iv.weak.kleibergen import (
    kleibergen_set,
    kleibergen_test,
    robust_conditional_likelihood_ratio_set,
    robust_conditional_likelihood_ratio_test,
)
from latentmr.iv.weak.robust_anderson_rubin import robust_anderson_rubin_set, robust_anderson_rubin_test
from latentmr.iv.weak.subvector import subvector_set
from latentmr.results.objects import ConfidenceSet, TestResult
from latentmr.typing import ArrayLike

__all__ = ["TESTS", "effect_set", "effect_test"]

TESTS = ("AR", "CLR", "K")


def effect_test(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    beta: ArrayLike,
    C: ArrayLike | None = None,
    *,
    test: str = "CLR",
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> TestResult:
    """Test that the effect is ``beta``, by a test that is valid with weak instruments.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments.
    x : array of dimension (n,) or (n, m)
        Exposures.
    y : array of dimension (n,)
        Outcome.
    beta : float, or array of dimension (m,)
        The hypothesised effects, one for each exposure.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors. An intercept is always added.
    test : str
        ``AR`` (Anderson and Rubin, 1949; Stock and Wright, 2000), ``K`` (Kleibergen, 2002, 2005) or ``CLR`` (Moreira,
        2003; one exposure only).
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``; the default is HC1, or ``cluster`` if ``cluster`` is given.
    cluster : array of dimension (n,) or (n, 2), optional
        Cluster labels in one column, or in two columns for two-way clustering.

    Returns
    -------
    TestResult

    Raises
    ------
    ValueError
        If an argument has the wrong shape or is not finite, or if the model is not identified.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> round(effect_test(Z, x, 0.5 * x + u, 0.5, test="AR", se="homoskedastic").p_value, 2)
    0.45
    """
    _known(test)
    posed = _posed(Z, x, y, C, se, cluster)
    effects = np.atleast_1d(np.asarray(beta, dtype=float))
    m = len(posed.fit.beta)
    if effects.shape != (m,) or not np.isfinite(effects).all():
        raise ArgumentError(
            "beta",
            f"be a finite effect for each of the {m} exposures",
            f"{beta!r}",
            "give one finite number for each exposure",
        )
    homoskedastic = posed.se_type == "homoskedastic"
    if test == "K":
        return kleibergen_test(posed.reduced, effects)
    if test == "AR":
        exact = homoskedastic and m == 1
        return (
            anderson_rubin_test(posed.fit, float(effects[0]))
            if exact
            else robust_anderson_rubin_test(posed.reduced, effects)
        )
    if m > 1:
        raise ArgumentError("test", "be AR or K with several exposures", f"'CLR' for {m}", "choose one of these")
    if homoskedastic:
        return conditional_likelihood_ratio_test(posed.fit, float(effects[0]))
    return robust_conditional_likelihood_ratio_test(posed.reduced, float(effects[0]))


def effect_set(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    test: str = "CLR",
    exposure: int = 0,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> ConfidenceSet:
    """Return all effects that a test does not reject.

    With one exposure the set inverts :func:`effect_test`. Homoskedastic AR and CLR sets are in closed form, the robust
    AR set is exact, and the other sets are found numerically on the whole line. With several exposures the set is the
    subvector Anderson-Rubin set of one of them (Guggenberger, Kleibergen and Mavroeidis, 2019), by projection if errors
    are robust.

    Parameters
    ----------
    Z, x, y, C, se, cluster
        As in :func:`effect_test`.
    test : str
        ``AR``, ``CLR`` or ``K``; with several exposures ``AR``.
    exposure : int
        Position of the exposure, from 0, if there are several.
    alpha : float
        Significance level.

    Returns
    -------
    ConfidenceSet

    Raises
    ------
    ValueError
        If an argument has the wrong shape or is not finite, or if the model is not identified.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> print(effect_set(Z, x, 0.5 * x + u, test="AR", se="homoskedastic"))
    [0.4208, 0.5605]
    """
    _known(test)
    probability("alpha", alpha)
    posed = _posed(Z, x, y, C, se, cluster)
    m = len(posed.fit.beta)
    if isinstance(exposure, bool) or not isinstance(exposure, int) or not 0 <= exposure < m:
        raise ArgumentError(
            "exposure", f"be a whole number from 0 to {m - 1}", f"{exposure!r}", "give the position of the exposure"
        )
    if m > 1:
        if test != "AR":
            raise ArgumentError("test", "be AR for a set with several exposures", f"{test!r}", "choose AR")
        return subvector_set(posed.reduced, exposure, alpha)
    if test == "K":
        return kleibergen_set(posed.reduced, alpha)
    if posed.se_type != "homoskedastic":
        invert = robust_anderson_rubin_set if test == "AR" else robust_conditional_likelihood_ratio_set
        return invert(posed.reduced, alpha)
    closed = anderson_rubin_set if test == "AR" else conditional_likelihood_ratio_set
    found = closed(posed.fit, alpha)
    if found is None:
        raise ArgumentError(
            "x and y",
            "have reduced-form errors that are not multiples of each other",
            "errors that are",
            "check that x and y are not the same measurement",
        )
    return found


def _posed(
    Z: ArrayLike, x: ArrayLike, y: ArrayLike, C: ArrayLike | None, se: str | None, cluster: ArrayLike | None
) -> Problem:
    if se == "bekker":
        raise ArgumentError(
            "se", "be homoskedastic, HC0, HC1 or cluster for a test", "'bekker'", "use it for estimates only"
        )
    posed = problem(Z, x, y, C, se=se, cluster=cluster)
    if posed.cluster is not None and int(posed.cluster.max(axis=0).min()) < posed.fit.k:
        raise ArgumentError(
            "cluster",
            f"have more clusters than there are instruments ({posed.fit.k})",
            f"{int(posed.cluster.max(axis=0).min()) + 1}",
            "use fewer instruments, or another `se`",
        )
    return posed


def _known(test: str) -> None:
    if test not in TESTS:
        raise ArgumentError("test", f"be one of {', '.join(TESTS)}", f"{test!r}", "choose one of these")

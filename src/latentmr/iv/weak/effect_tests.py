"""Tests and sets for the effect on plain arrays, robust to weak instruments."""

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
    """Test that the effect is ``beta``, whatever the strength of the instruments.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments.
    x : array of dimension (n,) or (n, m)
        Exposures.
    y : array of dimension (n,)
        Outcome.
    beta : float, or array of dimension (m,)
        The hypothesised effects, all of them.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors; an intercept is always added.
    test : str
        ``AR`` (Anderson and Rubin, 1949; Stock and Wright, 2000), ``K`` (Kleibergen, 2002, 2005) or ``CLR`` (Moreira,
        2003; one exposure only).
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``; by default HC1, clustered where ``cluster`` is given.
    cluster : array of dimension (n,) or (n, 2), optional
        Labels of clusters.

    Returns
    -------
    TestResult

    Raises
    ------
    ValueError
        Where an argument has the wrong shape, is not finite, or the model is not identified.

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
        raise ArgumentError("beta", f"be a finite effect for each of the {m} exposures", f"{beta!r}")
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
        raise ArgumentError("test", "be AR or K with several exposures", f"'CLR' for {m}", "choose one of them")
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
    """All effects that a test does not reject.

    With one exposure the set inverts :func:`effect_test`: homoskedastic AR and CLR in closed form, robust AR exactly,
    the others numerically on the whole line. With several, it is the subvector Anderson-Rubin set of one of them
    (Guggenberger, Kleibergen and Mavroeidis, 2019), robust by projection.

    Parameters
    ----------
    Z, x, y, C, se, cluster
        As in :func:`effect_test`.
    test : str
        ``AR``, ``CLR`` or ``K``; with several exposures ``AR``.
    exposure : int
        Which exposure, where there are several.
    alpha : float
        Significance level.

    Returns
    -------
    ConfidenceSet

    Raises
    ------
    ValueError
        Where an argument has the wrong shape, is not finite, or the model is not identified.

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
        raise ArgumentError("exposure", f"be from 0 to {m - 1}", f"{exposure!r}")
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
            "have errors given the instruments that are not multiples of each other",
            "such errors",
            "check that they are not the same measurement",
        )
    return found


def _posed(
    Z: ArrayLike, x: ArrayLike, y: ArrayLike, C: ArrayLike | None, se: str | None, cluster: ArrayLike | None
) -> Problem:
    if se == "bekker":
        raise ArgumentError("se", "be homoskedastic, HC0, HC1 or cluster for a test", "'bekker'", "it is for estimates")
    posed = problem(Z, x, y, C, se=se, cluster=cluster)
    if posed.cluster is not None and int(posed.cluster.max(axis=0).min()) < posed.fit.k:
        raise ArgumentError(
            "cluster",
            f"name more clusters than there are instruments ({posed.fit.k})",
            f"{int(posed.cluster.max(axis=0).min()) + 1}",
            "take fewer instruments, or coarser errors than these",
        )
    return posed


def _known(test: str) -> None:
    if test not in TESTS:
        raise ArgumentError("test", f"be one of {', '.join(TESTS)}", f"{test!r}")

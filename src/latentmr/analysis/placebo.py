"""Placebo outcomes: the primary model with a trait that the exposure cannot affect in the place of the outcome."""

import numpy as np

from latentmr.analysis.design import Design
from latentmr.analysis.learning_error import learning_error, with_learning
from latentmr.diagnose.placebo_outcome import placebo
from latentmr.errors import ArgumentError
from latentmr.iv import Model, gather, solve, spreads
from latentmr.iv.weak.robust_anderson_rubin import robust_anderson_rubin_test
from latentmr.learn.linear.moments import EnvironmentMoments, environment_moments
from latentmr.results.objects import TestResult

__all__ = ["placebo_tests"]


def placebo_tests(design: Design, primary: Model, alpha: float, *, draws: int = 0, seed: int = 0) -> list[TestResult]:
    """Test that the learned instruments are not associated with each placebo outcome of the data set.

    Robust Anderson-Rubin tests of no effect, HC1 or clustered, on the people in estimation who have the placebo. A
    placebo that shares the confounders is correlated with the error that learning makes in the instruments, so that
    tests given the instruments reject too often; ``draws`` count the learning as in the primary row.

    Parameters
    ----------
    design : Design
        Of the table of estimates.
    primary : Model
        Of its primary row.
    alpha : float
        Level of the verdicts, of all placebos together.
    draws : int
        Of the bootstrap that counts the learning; 0 where the instruments are taken as given, as they must be where
        they were learned from other people.
    seed : int
        Of the draws.

    Returns
    -------
    list of TestResult
        One for each placebo, ``not applicable`` where it cannot be tested; empty without placebos.
    """
    data = design.dataset
    people = environment_moments(data, design.representation.encoder.coordinates) if draws and data.N.size else None
    tests = []
    for name, values in zip(data.negative_control_names, data.N.T, strict=True):
        found, effect, refusal = None, None, ""
        try:
            found, effect = _tested(design.with_outcome(values), primary, people, draws, seed)
        except np.linalg.LinAlgError:
            refusal = "the covariance of the moments is singular, as with fewer clusters than instruments"
        except ValueError as error:
            refusal = f"with {name} as the outcome there is no solution: {error}"
        statistic, df, p_value = (found.statistic, found.df, found.p_value) if found else (None, "", None)
        count = len(data.negative_control_names)
        tests.append(placebo(name, statistic, df, p_value, effect, alpha, count=count, refusal=refusal))
    return tests


def _tested(
    design: Design, primary: Model, people: EnvironmentMoments | None, draws: int, seed: int
) -> tuple[TestResult, float | None]:
    """The test of no effect on the outcome of a design, and the LIML effect in standard deviations of that outcome."""
    cluster = None
    if design.dataset.cluster.shape[1]:
        # codes without the clusters in which nobody has the placebo
        labels = design.dataset.cluster[design.rows]
        cluster = np.column_stack([np.unique(column, return_inverse=True)[1] for column in labels.T])
    moments = gather(design.blocks)
    fit = solve(primary, moments)
    if cluster is not None and cluster.max(axis=0).min() < fit.k:
        raise np.linalg.LinAlgError
    se_type = "HC1" if cluster is None else "cluster"
    spread = spreads([fit], moments, design.blocks, se_type, cluster, first_stage=False)[0]
    if people is not None:
        spread = with_learning(spread, fit, learning_error(design, moments, people, [fit], draws, seed)[0])
    if spread.reduced is None:
        raise ArgumentError("Z", "have at least one column", "none")
    m = len(fit.beta)
    found = robust_anderson_rubin_test(spread.reduced, np.zeros(m))
    variance = float(primary.y @ moments.S @ primary.y) / (moments.n - 1)
    return found, float(fit.beta[0]) / variance**0.5 if m == 1 else None

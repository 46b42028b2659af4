"""Negative-control outcomes: the primary model for a trait that the exposure cannot affect."""

import numpy as np

from latentmr.analysis.design import Design
from latentmr.analysis.learning_error import learning_error, with_learning
from latentmr.diagnose.placebo_outcome import placebo
from latentmr.errors import ArgumentError
from latentmr.iv import Model, gather, solve, spreads
from latentmr.iv.weak.robust_anderson_rubin import robust_anderson_rubin_test
from latentmr.results.objects import TestResult

__all__ = ["negative_control_tests"]


def negative_control_tests(
    design: Design, primary: Model, alpha: float, *, replicates: int = 0, seed: int = 0
) -> list[TestResult]:
    """Test that the learned instruments are not associated with each negative-control outcome of the data set.

    The tests are robust Anderson-Rubin tests of no effect, HC1 or clustered. They use the individuals in estimation
    with a known negative control. A negative control that shares the confounders is correlated with the error of
    learning in the instruments. Tests that treat the instruments as fixed therefore reject too often. With
    ``replicates`` the tests account for estimation of the encoder, as the primary row does.

    Parameters
    ----------
    design : Design
        Design of the table of estimates.
    primary : Model
        Model of the primary row.
    alpha : float
        Significance level of the verdicts, for all negative controls together.
    replicates : int
        Number of bootstrap replicates that account for estimation of the encoder. With 0 the tests treat the
        instruments as fixed, as they must if the instruments were learned from other individuals.
    seed : int
        Random seed of the replicates.

    Returns
    -------
    list of TestResult
        One test for each negative control, ``not applicable`` if it cannot be tested.
    """
    data = design.dataset
    tests = []
    for name, values in zip(data.negative_control_names, data.N.T, strict=True):
        found, effect, refusal = None, None, ""
        try:
            found, effect = _tested(design.with_outcome(values), primary, replicates, seed)
        except np.linalg.LinAlgError:
            refusal = "the covariance of the moments is singular, as with fewer clusters than instruments"
        except ValueError as error:
            refusal = f"the model with {name} as the outcome has no solution: {error}"
        statistic, df, p_value = (found.statistic, found.df, found.p_value) if found else (None, "", None)
        count = len(data.negative_control_names)
        tests.append(placebo(name, statistic, df, p_value, effect, alpha, count=count, refusal=refusal))
    return tests


def _tested(design: Design, primary: Model, replicates: int, seed: int) -> tuple[TestResult, float | None]:
    """Return the test of no effect on the outcome, and the LIML effect in standard deviations of the outcome."""
    cluster = None
    if design.dataset.cluster.shape[1]:
        # codes without the clusters in which the negative control is missing for all individuals
        labels = design.dataset.cluster[design.rows]
        cluster = np.column_stack([np.unique(column, return_inverse=True)[1] for column in labels.T])
    moments = gather(design.blocks)
    fit = solve(primary, moments)
    if cluster is not None and cluster.max(axis=0).min() < fit.k:
        raise np.linalg.LinAlgError
    se_type = "HC1" if cluster is None else "cluster"
    spread = spreads([fit], moments, design.blocks, se_type, cluster, first_stage=False)[0]
    if replicates:
        error = learning_error(design, moments, [fit], replicates, seed)[0]
        spread = with_learning(spread, fit, error)
    if spread.reduced is None:
        raise ArgumentError("Z", "have at least one column", "none", "learn at least one instrument")
    m = len(fit.beta)
    found = robust_anderson_rubin_test(spread.reduced, np.zeros(m))
    variance = float(primary.y @ moments.S @ primary.y) / (moments.n - 1)
    return found, float(fit.beta[0]) / variance**0.5 if m == 1 else None

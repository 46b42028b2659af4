"""The outcome regression augmented with first-stage residuals, which tests of endogeneity use."""

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.iv.groups import add_within, groupings, positive
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem
from latentmr.iv.specification.stage import FirstStage, first_stage, unidentified
from latentmr.linalg import RANK_TOLERANCE
from latentmr.typing import Array

__all__ = ["augmented", "checked", "gained", "homoskedastic", "scores_of"]


def checked(posed: Problem | Fit, alpha: float) -> tuple[FirstStage, str]:
    """Return the first stage, with the reason why the test does not apply (empty if it applies)."""
    probability("alpha", alpha)
    # the reduced form is not needed, which saves a pass over the rows
    stage = first_stage(posed.fit if isinstance(posed, Problem) else posed)
    if isinstance(posed, Problem) and posed.cluster is not None:
        stage = FirstStage(stage.fit, stage.reduced, stage.exposures, int(posed.cluster.max(axis=0).min()) + 1)
    k, m, rows = stage.fit.k, stage.m, stage.n - stage.fit.n_regressors - stage.m
    if k < m:
        return stage, unidentified(k, m)
    if rows < 1:
        return stage, f"{stage.n} individuals are too few for {stage.fit.n_regressors + m} regressors"
    unit = 1 / np.sqrt(np.diag(stage.total))
    scale = np.outer(unit, unit)
    if np.linalg.eigvalsh((stage.total - stage.within) * scale)[0] <= RANK_TOLERANCE:
        return stage, "the instruments contain an exposure, which is exogenous by assumption"
    if np.linalg.eigvalsh(stage.within * scale)[0] <= 1e-14:
        return stage, "the instruments are not associated with some combination of the exposures"
    return stage, ""


def homoskedastic(posed: Problem | Fit) -> bool:
    """Return whether errors are taken as homoskedastic. A fit alone does not determine this."""
    if isinstance(posed, Fit):
        raise ArgumentError(
            "posed",
            "contain the rows of the data for a robust test of endogeneity",
            "a Fit",
            "give arrays, or a Problem",
        )
    return posed.se_type in ("homoskedastic", "bekker")


def augmented(stage: FirstStage) -> tuple[Array, Array]:
    """Return cross products of ``(X, first-stage residuals)`` given the covariates, mutual and with ``y``."""
    m = stage.m
    left = stage.total - stage.within
    inner = np.block([[stage.total, left], [left, left]])
    outer = np.concatenate([stage.fit.total[:m, m], (stage.fit.total - stage.fit.within)[:m, m]])
    return inner, outer


def gained(stage: FirstStage) -> tuple[float, float]:
    """Return the decrease of the OLS residual sum of squares by the first-stage residuals, and that sum."""
    m = stage.m
    total = stage.fit.total
    by_exposures = float(total[:m, m] @ np.linalg.solve(stage.total, total[:m, m]))
    inner, outer = augmented(stage)
    return max(0.0, float(outer @ np.linalg.solve(inner, outer)) - by_exposures), float(total[m, m]) - by_exposures


def scores_of(posed: Problem, regressors: Array, error: Array) -> tuple[Array, Array]:
    """Return the sum over rows of regressors times errors, and its sum of squares over rows or clusters."""
    moments = posed.moments
    terms = [] if posed.cluster is None else groupings(posed.cluster)
    width = regressors.shape[1]
    total, meat = np.zeros(width), np.zeros((width, width))
    sums = [np.zeros((term.count, width)) for term in terms]
    start = 0
    for block in posed.blocks():
        centred = block - moments.mean
        score = (centred @ regressors) * (centred @ error)[:, None]
        total += score.sum(axis=0)
        meat += score.T @ score if not terms else 0.0
        for term, held in zip(terms, sums, strict=True):
            add_within(held, score, term.codes[start : start + len(block)])
        start += len(block)
    for term, held in zip(terms, sums, strict=True):
        meat += term.sign * held.T @ held
    return total, positive(meat) if len(terms) > 1 else meat

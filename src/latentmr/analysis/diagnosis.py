"""All tests of an analysis, after learning and estimation."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from latentmr.analysis.before_learning import explained_beyond_chance
from latentmr.analysis.by_environment import effects_of_design, estimates_without
from latentmr.analysis.design import Design
from latentmr.analysis.diagnosis_sample import MOST, DiagnosisSample, held_out
from latentmr.analysis.estimation import EstimateTable
from latentmr.analysis.negative_controls import negative_control_tests
from latentmr.analysis.second_opinion import second_opinion
from latentmr.analysis.structure_path import structure_path
from latentmr.diagnose import EnvironmentEffect, Pair, entropy, independence, invariance
from latentmr.diagnose.environment_effects import heterogeneity
from latentmr.diagnose.environment_variability import variability
from latentmr.diagnose.factor_form import hidden_factors, linkage
from latentmr.diagnose.levels import OF_ESTIMATES, OF_INSTRUMENTS
from latentmr.diagnose.primary_estimate import adjustment, overidentification, sensitivity, statistic_of, strength
from latentmr.diagnose.structure_path import PathPoint, remaining_structure
from latentmr.diagnose.training import convergence, starts
from latentmr.diagnose.without_environment import WithoutEnvironment, leave_one_out
from latentmr.errors import ArgumentError
from latentmr.iv import Model, Moments
from latentmr.learn import Representation
from latentmr.results.estimate import ACCOUNTED
from latentmr.results.objects import Estimate, TestResult

__all__ = ["PERMUTATIONS", "Diagnosis", "diagnose", "refuse_permutations"]

#: Permutations of each permutation test by default.
PERMUTATIONS = 999


@dataclass(frozen=True)
class Diagnosis:
    """Tests, and the tables that belong to them.

    Parameters
    ----------
    tests : tuple of TestResult
    by_environment : tuple of EnvironmentEffect
        Effect in each environment, if there is one exposure.
    without : tuple of WithoutEnvironment
        The estimate without each environment.
    pairs : tuple of Pair
        Comparisons of pairs of environments, the most different first.
    notes : tuple of str
        What was left out, and in which sample the instruments were tested.
    path : tuple of PathPoint
        The estimate over the number of genome-wide components.
    """

    tests: tuple[TestResult, ...]
    by_environment: tuple[EnvironmentEffect, ...]
    without: tuple[WithoutEnvironment, ...]
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...]
    path: tuple[PathPoint, ...] = ()


def refuse_permutations(permutations: int) -> None:
    """Raise an error if there are too few permutations for a p-value below the level of the verdict."""
    fewest = round(1 / OF_INSTRUMENTS)
    if isinstance(permutations, bool) or not isinstance(permutations, int) or permutations < fewest:
        raise ArgumentError(
            "permutations", f"be an integer of at least {fewest}", f"{permutations!r}", f"the default is {PERMUTATIONS}"
        )


def diagnose(
    design: Design,
    table: EstimateTable,
    primary: list[Estimate],
    sample: DiagnosisSample,
    *,
    alpha: float,
    permutations: int,
    bootstrap: int,
    seed: int,
) -> Diagnosis:
    """Compute all tests of an analysis.

    Parameters
    ----------
    design : Design
    table : EstimateTable
        The table of estimates.
    primary : list of Estimate
        The primary estimate of each exposure.
    sample : DiagnosisSample
        The sample in which the instruments are tested.
    alpha : float
        Significance level of intervals. The tests have stricter levels of their own, since there are many.
    permutations : int
        Number of permutations of each permutation test.
    bootstrap : int
        Number of bootstrap replicates. They are used only if the estimates account for estimation of the encoder.
    seed : int

    Returns
    -------
    Diagnosis
    """
    representation = design.representation
    with threadpool_limits(1):  # small matrices: more threads cost time
        individuals = held_out(representation, design.dataset, sample, seed)
        # for allele counts the factor form models first and second moments only
        linear = representation.form == "factor"
        of_distributions, pairs = invariance(individuals, permutations, seed, linear=linear)
        of_dependence = independence(individuals, permutations, seed, linear=linear)
    replicates = bootstrap if table.spread.condition == ACCOUNTED else 0
    # with several exposures, environments are not compared
    by_environment = table.by_environment if len(primary) == 1 else {}
    effects, of_effects, left_out = _by_environment(design, table.model, by_environment, alpha)
    without, refusal = estimates_without(design, table, by_environment)
    path = structure_path(design, table)
    tests = [
        *of_distributions,
        *of_dependence,
        entropy(individuals, bounded=representation.encoder.n_outputs > 0 and not linear),
        *_of_learning(
            representation, path, design.dataset.structure.number if design.dataset.structure else 0, primary[0].se
        ),
        *_of_estimates(table, primary),
        of_effects,
        leave_one_out(without, primary[0].beta, primary[0].se, OF_ESTIMATES, refusal),
        _sensitivity(design, table, primary),
        second_opinion(design, table, primary, sample.rows[:: max(1, len(sample.rows) // MOST)]),
        *negative_control_tests(design, table.model, OF_INSTRUMENTS, replicates=replicates, seed=seed),
    ]
    notes = [*([sample.note] if sample.note else []), *left_out]
    return Diagnosis(tuple(tests), effects, tuple(without), tuple(pairs), tuple(notes), tuple(path))


def _of_learning(representation: Representation, path: list[PathPoint], components: int, se: float) -> list[TestResult]:
    history = representation.history
    if history.variability is None:
        raise ArgumentError(
            "representation", "state how environments differ", "a history without it", "learn the instruments again"
        )
    stationary = None
    if history.k_stationary is not None and history.k_available is not None:
        stationary = (history.k_stationary, history.k_available)
    return [
        variability(history.variability, OF_INSTRUMENTS, stationary),
        linkage(history.linkage),
        # components of the rest of the genome are better evidence than factors of the instruments alone
        remaining_structure(path, components, se, OF_ESTIMATES)
        if any(point.components > components for point in path)
        else hidden_factors(history.n_factors, history.candidates or ()),
        convergence(history.training, history.stopped),
        starts(history.training),
    ]


def _of_estimates(table: EstimateTable, primary: list[Estimate]) -> list[TestResult]:
    without = [e for e in table.estimates if e.instruments == "learned" and "latent" not in e.adjustment.split("+")]
    pairs = zip(primary, without, strict=True) if len(without) == len(primary) else [(primary[0], None)]
    moved = [adjustment(estimate, other) for estimate, other in pairs]
    return [
        strength(primary[0], table.fit.df),
        overidentification(
            statistic_of(table.spread.reduced), table.fit.k, len(table.fit.beta), OF_ESTIMATES, primary[0].alpha
        ),
        max(moved, key=lambda test: abs(test.effect or 0.0)),
    ]


def _sensitivity(design: Design, table: EstimateTable, primary: list[Estimate]) -> TestResult:
    fit, n = table.fit, table.moments.n
    first_stage = np.sqrt(explained_beyond_chance(fit) / n)
    outcome = np.sqrt(float(fit.total[-1, -1]) / n)
    return sensitivity(primary[0], float(first_stage), float(outcome), design.dataset.outcome_name)


def _by_environment(
    design: Design, primary: Model, moments: dict[str, Moments], alpha: float
) -> tuple[tuple[EnvironmentEffect, ...], TestResult, list[str]]:
    """Return effects by environment, the test that they are equal, and what was left out."""
    reason = ""
    if len(primary.exposures) > 1:
        reason = "several exposures: one score cannot represent their instruments"
    elif len(np.unique(design.dataset.env[design.rows])) < 2:
        reason = "there is only one environment in estimation"
    if reason:
        return (), heterogeneity([], OF_ESTIMATES, reason), []
    found = effects_of_design(design, primary, moments, alpha, OF_ESTIMATES)
    # notes are shown in the report, so they hold no counts
    left_out = [
        f"effects by environment leave out {row.environment}: "
        + (
            "too few individuals, or instruments that do not vary in it"
            if row.f_statistic is None
            else f"the score's F is {row.f_statistic:.1f}"
        )
        for row in found.left_out
    ]
    return found.effects, found.test, left_out

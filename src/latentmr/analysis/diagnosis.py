"""All that is known of whether to believe the answer, after learning and estimating."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from latentmr.analysis.before_learning import explained_beyond_chance
from latentmr.analysis.by_environment import effects_of_design, estimates_without, moments_by_environment
from latentmr.analysis.design import Design
from latentmr.analysis.diagnosis_sample import MOST, Fold, held_out
from latentmr.analysis.estimation import EstimateTable
from latentmr.analysis.placebo import placebo_tests
from latentmr.analysis.second_opinion import second_opinion
from latentmr.diagnose import EnvironmentEffect, Pair, entropy, independence, invariance
from latentmr.diagnose.environment_effects import heterogeneity
from latentmr.diagnose.environment_variability import variability
from latentmr.diagnose.factor_form import hidden_factors, linkage
from latentmr.diagnose.levels import OF_ESTIMATES, OF_INSTRUMENTS
from latentmr.diagnose.primary_estimate import adjustment, overidentification, sensitivity, statistic_of, strength
from latentmr.diagnose.training import convergence, starts
from latentmr.diagnose.without_environment import WithoutEnvironment, leave_one_out
from latentmr.errors import ArgumentError
from latentmr.iv import Model, Moments
from latentmr.learn import Representation
from latentmr.results.objects import Estimate, TestResult

__all__ = ["PERMUTATIONS", "Diagnosis", "diagnose", "refuse_permutations"]

#: Permutations of each permutation test by default.
PERMUTATIONS = 999


@dataclass(frozen=True)
class Diagnosis:
    """Tests, and what they were made of.

    Parameters
    ----------
    tests : tuple of TestResult
    by_environment : tuple of EnvironmentEffect
        Effect in each environment, where there is one exposure.
    without : tuple of WithoutEnvironment
        The estimate without each environment.
    pairs : tuple of Pair
        Environments compared two by two, the most different first.
    notes : tuple of str
        What was left out, and on whom the instruments were judged.
    """

    tests: tuple[TestResult, ...]
    by_environment: tuple[EnvironmentEffect, ...]
    without: tuple[WithoutEnvironment, ...]
    pairs: tuple[Pair, ...]
    notes: tuple[str, ...]


def refuse_permutations(permutations: int) -> None:
    """Refuse a number of permutations too small for a p-value under the level of the verdict."""
    fewest = round(1 / OF_INSTRUMENTS)
    if isinstance(permutations, bool) or not isinstance(permutations, int) or permutations < fewest:
        raise ArgumentError(
            "permutations", f"be a whole number from {fewest}", f"{permutations!r}", f"{PERMUTATIONS} is the default"
        )


def diagnose(
    design: Design,
    table: EstimateTable,
    primary: list[Estimate],
    fold: Fold,
    *,
    alpha: float,
    permutations: int,
    bootstrap: int,
    seed: int,
) -> Diagnosis:
    """Make all tests of an analysis.

    Parameters
    ----------
    design : Design
    table : EstimateTable
        Of estimates.
    primary : list of Estimate
        One for each exposure.
    fold : Fold
        Whom the instruments are judged on.
    alpha : float
        Level of intervals; tests judge at levels of their own, since there are many.
    permutations : int
    bootstrap : int
        Draws that count the learning, where the estimates count it.
    seed : int

    Returns
    -------
    Diagnosis
    """
    representation = design.representation
    with threadpool_limits(1):  # small matrices: more threads cost time
        people = held_out(representation, design.dataset, fold, seed)
        # of allele counts the factor form knows first and second moments alone
        linear = representation.form == "factor"
        of_laws, pairs = invariance(people, permutations, seed, linear=linear)
        of_dependence = independence(people, permutations, seed, linear=linear)
    draws = bootstrap if table.spread.condition == "counting the learning" else 0
    # with several exposures nothing is compared between environments
    by_environment = moments_by_environment(design) if len(primary) == 1 else {}
    effects, of_effects, left_out = _by_environment(design, table.model, by_environment, alpha)
    without, refusal = estimates_without(design, table, by_environment)
    tests = [
        *of_laws,
        *of_dependence,
        entropy(people, bounded=representation.encoder.n_outputs > 0 and not linear),
        *_of_learning(representation),
        *_of_estimates(table, primary),
        of_effects,
        leave_one_out(without, primary[0].beta, primary[0].se, OF_ESTIMATES, refusal),
        _sensitivity(design, table, primary),
        second_opinion(design, table, primary, fold.rows[:: max(1, len(fold.rows) // MOST)]),
        *placebo_tests(design, table.model, OF_INSTRUMENTS, draws=draws, seed=seed),
    ]
    notes = [*([fold.note] if fold.note else []), *left_out]
    return Diagnosis(tuple(tests), effects, tuple(without), tuple(pairs), tuple(notes))


def _of_learning(representation: Representation) -> list[TestResult]:
    history = representation.history
    if history.variability is None:
        raise ArgumentError("representation", "say how environments differ", "none in its history", "learn again")
    stationary = None
    if history.k_stationary is not None and history.k_available is not None:
        stationary = (history.k_stationary, history.k_available)
    return [
        variability(history.variability, OF_INSTRUMENTS, stationary),
        linkage(history.linkage),
        hidden_factors(history.n_factors, history.candidates or ()),
        convergence(history.training, history.stopped),
        starts(history.training),
    ]


def _of_estimates(table: EstimateTable, primary: list[Estimate]) -> list[TestResult]:
    adjusted = [e for e in table.estimates if e.instruments == "learned" and "latent" in e.adjustment.split("+")]
    pairs = zip(primary, adjusted, strict=True) if adjusted else [(primary[0], None)]
    moved = [adjustment(estimate, other) for estimate, other in pairs]
    return [
        strength(primary[0], table.fit.df),
        overidentification(statistic_of(table.spread.reduced), table.fit.k, len(table.fit.beta), OF_ESTIMATES),
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
    """Effects by environment, the test that they are one, and what was left out; none with several exposures."""
    reason = ""
    if len(primary.exposures) > 1:
        reason = "several exposures: one score does not stand for their instruments"
    elif len(np.unique(design.dataset.env[design.rows])) < 2:
        reason = "one environment in estimation: nothing to compare"
    if reason:
        return (), heterogeneity([], OF_ESTIMATES, reason), []
    found = effects_of_design(design, primary, moments, alpha, OF_ESTIMATES)
    # without counts: notes reach the report
    left_out = [
        f"effects by environment leave out {row.environment}: "
        + (
            "too few people, or instruments that do not vary in it"
            if row.f_statistic is None
            else f"the score's F is {row.f_statistic:.1f}"
        )
        for row in found.left_out
    ]
    return found.effects, found.test, left_out

"""The table of estimates: models solved, their errors, and what the learning adds to them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from latentmr.analysis.design import Design
from latentmr.analysis.learning_error import DRAWS, learning_error, with_learning
from latentmr.analysis.model_table import table_of_models
from latentmr.errors import ArgumentError
from latentmr.iv import Fit, Model, Moments, estimate_models, gather, solve
from latentmr.iv.covariance import Spread, spreads
from latentmr.learn.linear.moments import EnvironmentMoments, environment_moments
from latentmr.learn.linear.relearning import people_digest
from latentmr.results.objects import Estimate

__all__ = ["EstimateTable", "estimate_table", "refuse_draws"]


@dataclass(frozen=True)
class EstimateTable:
    """Rows of the table of estimates.

    Parameters
    ----------
    estimates : list of Estimate
        The primary ones first.
    model : Model
        The primary one.
    fit : Fit
        Its solution.
    spread : Spread
        Its covariances.
    moments : Moments
        Of the columns of the design.
    notes : list of str
        Rows that could not be estimated, and why.
    """

    estimates: list[Estimate]
    model: Model
    fit: Fit
    spread: Spread
    moments: Moments
    notes: list[str]


def estimate_table(
    design: Design, *, alpha: float, bootstrap: int, seed: int, on_stage: Callable[[str], None]
) -> EstimateTable:
    """Estimate all models of the table on one design.

    Parameters
    ----------
    design : Design
    alpha : float
        Significance level.
    bootstrap : int
        Draws by which the rows on learned instruments count the learning; 0: they do not.
    seed : int
        Of the draws.
    on_stage : callable
        Called with the name of each stage.

    Returns
    -------
    EstimateTable
        Where the learning is counted, the primary row is followed by its twin with errors given the instruments.
    """
    data = design.dataset
    moments = gather(design.blocks)
    models, fits, notes = _solvable(table_of_models(design, moments), moments)
    se_type = "cluster" if data.cluster.shape[1] else "HC1"
    cluster = data.cluster[design.rows] if data.cluster.shape[1] else None
    spread = spreads(fits, moments, design.blocks, se_type, cluster, first_stage=False)
    if bootstrap:
        on_stage("counting the learning")
        refusal = _not_the_same_people(design)
        if refusal:
            notes.append(refusal)
        else:
            learned = environment_moments(data, design.representation.encoder.coordinates)
            counted = _counted(design, moments, learned, models, fits, spread, bootstrap, seed)
            models = [models[0], replace(models[0], primary=False), *models[1:]]
            fits = [fits[0], *fits]
            spread = [counted[0], *spread[:1], *counted[1:]]
    estimates = estimate_models(models, fits, spread, moments.n, se_type=se_type, alpha=alpha)
    notes += _no_sets(estimates)
    return EstimateTable(estimates, models[0], fits[0], spread[0], moments, notes)


def _no_sets(estimates: list[Estimate]) -> list[str]:
    """Say that sets are missing where clusters are too few for them."""
    if not any(e.k and e.robust_set is None for e in estimates):
        return []
    return [
        "rows without robust sets: the covariance of their moments is singular, as with fewer clusters than instruments"
    ]


def refuse_draws(bootstrap: int) -> None:
    """Refuse a number of draws too small to say anything."""
    if isinstance(bootstrap, bool) or not isinstance(bootstrap, int) or bootstrap < 0 or bootstrap in range(1, 10):
        raise ArgumentError("bootstrap", "be 0 or at least 10 draws", f"{bootstrap!r}", f"{DRAWS} is the default")


def _counted(
    design: Design,
    moments: Moments,
    people: EnvironmentMoments,
    models: list[Model],
    fits: list[Fit],
    spread: list[Spread],
    draws: int,
    seed: int,
) -> list[Spread]:
    learned = [j for j, model in enumerate(models) if model.instruments == "learned"]
    errors = learning_error(design, moments, people, [fits[j] for j in learned], draws, seed)
    out = list(spread)
    shared: dict[tuple[int, int], Spread] = {}
    for j, error in zip(learned, errors, strict=True):
        # rows of one first stage keep one reduced form, so that its sets are found once
        key = (id(spread[j].reduced), id(error))
        out[j] = with_learning(spread[j], fits[j], error, shared.get(key))
        shared.setdefault(key, out[j])
    return out


def _not_the_same_people(design: Design) -> str:
    """Why the bootstrap cannot learn again, if so: a saved model knows its people by ids and mean genotypes."""
    data, encoder = design.dataset, design.representation.encoder
    if design.representation.history.people == people_digest(data):
        rows = np.flatnonzero(data.in_learning)
        genotypes = np.sum([block.sum(axis=0) for _, block in data.blocks(rows)], axis=0) / len(rows)
        found = np.concatenate([genotypes, data.A[rows].mean(axis=0)])
        if np.allclose(found, np.concatenate([encoder.center, encoder.aux_center]), rtol=1e-6, atol=1e-9):
            return ""
    return (
        "the instruments were learned from other people than these, or by an earlier release: errors are given the"
        " instruments, and do not count the learning"
    )


def _solvable(models: list[Model], moments: Moments) -> tuple[list[Model], list[Fit], list[str]]:
    """Solve the models; the first, primary one must have a solution, the others are left out with a note."""
    kept, fits, notes = [models[0]], [solve(models[0], moments)], []
    for model in models[1:]:
        try:
            fits.append(solve(model, moments))
            kept.append(model)
        except ValueError as error:
            notes.append(
                f"{model.method} on {model.instruments} (adjustment {model.adjustment}) was not estimated: {error}"
            )
    return kept, fits, notes

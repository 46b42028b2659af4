"""The table of estimates: solved models, their errors, and the contribution of learning to these errors."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from latentmr.analysis.design import Design
from latentmr.analysis.learning_error import REPLICATES, learning_error, with_learning
from latentmr.analysis.model_table import table_of_models
from latentmr.errors import ArgumentError
from latentmr.iv import Fit, Model, Moments, estimate_models, solve, together
from latentmr.iv.covariance import Spread, spreads
from latentmr.learn.linear.relearning import people_digest
from latentmr.results.objects import Estimate

__all__ = ["EstimateTable", "estimate_table", "refuse_replicates"]


@dataclass(frozen=True)
class EstimateTable:
    """Rows of the table of estimates.

    Parameters
    ----------
    estimates : list of Estimate
        All estimates, the primary ones first.
    model : Model
        The primary model.
    fit : Fit
        Solution of the primary model.
    spread : Spread
        Covariances of the primary model.
    moments : Moments
        Moments of the columns of the design.
    by_environment : dict of str to Moments
        These moments for each environment with individuals in estimation, by name.
    notes : list of str
        Rows that could not be estimated, with the reasons.
    """

    estimates: list[Estimate]
    model: Model
    fit: Fit
    spread: Spread
    moments: Moments
    by_environment: dict[str, Moments]
    notes: list[str]

    @property
    def fixed_latents(self) -> Model:
        """Return the primary model with latents as known regressors, for the influence of individuals on its effect."""
        return replace(self.model, C_error=None)


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
        Number of bootstrap replicates with which errors and sets on learned instruments account for estimation of the
        encoder. With 0 they do not account for it.
    seed : int
        Random seed of the replicates.
    on_stage : callable
        Called with the name of each stage.

    Returns
    -------
    EstimateTable
        If errors account for estimation of the encoder, the primary row is followed by the same row with errors that
        treat the instruments as fixed.
    """
    data = design.dataset
    by_environment = design.moments_by_environment()
    moments = together(by_environment.values())
    models, fits, notes = _solvable(table_of_models(design, moments), moments)
    se_type = "cluster" if data.cluster.shape[1] else "HC1"
    cluster = data.cluster[design.rows] if data.cluster.shape[1] else None
    spread = spreads(fits, moments, design.blocks, se_type, cluster, first_stage=False)
    if bootstrap:
        on_stage("accounting for estimation of the encoder")
        refusal = _why_not_the_same_individuals(design)
        if refusal:
            notes.append(refusal)
        else:
            accounted = _accounted(design, moments, models, fits, spread, bootstrap, seed)
            models = [models[0], replace(models[0], primary=False), *models[1:]]
            fits = [fits[0], *fits]
            spread = [accounted[0], *spread[:1], *accounted[1:]]
    estimates = estimate_models(models, fits, spread, moments.n, se_type=se_type, alpha=alpha)
    notes += _no_sets(estimates)
    return EstimateTable(estimates, models[0], fits[0], spread[0], moments, by_environment, notes)


def _no_sets(estimates: list[Estimate]) -> list[str]:
    """Note that sets are missing if there are too few clusters for them."""
    if not any(e.k and e.robust_set is None for e in estimates):
        return []
    return [
        "some rows have no robust sets: the covariance of their moments is singular, as with fewer clusters than"
        " instruments"
    ]


def refuse_replicates(bootstrap: int) -> None:
    """Raise an error if there are too few bootstrap replicates."""
    if isinstance(bootstrap, bool) or not isinstance(bootstrap, int) or bootstrap < 0 or bootstrap in range(1, 10):
        raise ArgumentError(
            "bootstrap", "be 0 or at least 10 replicates", f"{bootstrap!r}", f"the default is {REPLICATES}"
        )


def _accounted(
    design: Design,
    moments: Moments,
    models: list[Model],
    fits: list[Fit],
    spread: list[Spread],
    replicates: int,
    seed: int,
) -> list[Spread]:
    learned = [j for j, model in enumerate(models) if model.instruments == "learned"]
    errors = learning_error(design, moments, [fits[j] for j in learned], replicates, seed)
    out = list(spread)
    shared: dict[tuple[int, int], Spread] = {}
    for j, error in zip(learned, errors, strict=True):
        # rows with the same first stage share one reduced form, so that its sets are computed once
        key = (id(spread[j].reduced), id(error))
        out[j] = with_learning(spread[j], fits[j], error, shared.get(key))
        shared.setdefault(key, out[j])
    return out


def _why_not_the_same_individuals(design: Design) -> str:
    """Return why the bootstrap cannot refit the encoder, or an empty text.

    A saved model identifies its individuals by their identifiers and mean genotypes.
    """
    data, encoder = design.dataset, design.representation.encoder
    if design.representation.history.people == people_digest(data):
        rows = np.flatnonzero(data.in_learning)
        genotypes = np.sum([block.sum(axis=0) for _, block in data.blocks(rows)], axis=0) / len(rows)
        found = np.concatenate([genotypes, data.A[rows].mean(axis=0)])
        if np.allclose(found, np.concatenate([encoder.center, encoder.aux_center]), rtol=1e-6, atol=1e-9):
            return ""
    return (
        "the instruments were learned from other individuals, or by an earlier release: errors treat the instruments as"
        " fixed and do not account for estimation of the encoder"
    )


def _solvable(models: list[Model], moments: Moments) -> tuple[list[Model], list[Fit], list[str]]:
    """Solve the models. The first, primary model must have a solution; others without one are left out with a note."""
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

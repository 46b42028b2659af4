"""The effect in each environment and the estimate without it, on the design of the table of estimates."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from latentmr.analysis.clusters import coarsest_clusters
from latentmr.analysis.design import Design
from latentmr.analysis.estimation import EstimateTable
from latentmr.diagnose.by_environment import EnvironmentEffects, effects_from_moments
from latentmr.diagnose.without_environment import WithoutEnvironment
from latentmr.iv import Fit, Model, Moments, solve, together
from latentmr.iv.groups import add_within
from latentmr.typing import Array

__all__ = ["effects_of_design", "estimates_without"]


def effects_of_design(
    design: Design, primary: Model, moments: dict[str, Moments], alpha: float, level: float
) -> EnvironmentEffects:
    """Estimate effects by environment with a score that was fitted in the other environments.

    Parameters
    ----------
    design : Design
        A design with one exposure.
    primary : Model
        The model whose instruments form the score.
    moments : dict of str to Moments
        Moments of each environment.
    alpha : float
        Significance level of the sets.
    level : float
        Significance level of the test's verdict.

    Returns
    -------
    EnvironmentEffects
    """
    present = design.rows_by_environment()
    blocks = {name: partial(design.blocks, rows) for name, rows in present.items()}
    cluster, clusters = coarsest_clusters(design.dataset), None
    if cluster is not None:
        clusters = {name: np.unique(cluster[rows], return_inverse=True)[1] for name, rows in present.items()}
    return effects_from_moments(
        moments,
        blocks,
        replace(primary, C=design.pick("C"), C_error=None),
        se_type="HC1" if clusters is None else "cluster",
        clusters=clusters,
        alpha=alpha,
        level=level,
    )


def estimates_without(
    design: Design, table: EstimateTable, moments: Mapping[str, Moments]
) -> tuple[list[WithoutEnvironment], str]:
    """Estimate the primary model without each environment in turn, with the standard error of the difference.

    Estimates come from the moments of the other environments. One further pass over the data gives the standard errors.
    The variance of a difference is the sum over individuals, or clusters, of their squared influence on it. The
    difference of two variances (Hausman, 1978) assumes errors that are homoskedastic and alike in all environments. It
    rejects too often if they are not, or if instruments are many and weak.

    Parameters
    ----------
    design : Design
        Design of the table.
    table : EstimateTable
        Table with one exposure.
    moments : mapping of str to Moments
        Moments of each environment.

    Returns
    -------
    list of WithoutEnvironment
        The list is empty with fewer than three environments. It leaves out environments without which the model has no
        solution.
    str
        The reason if the list is empty.
    """
    if len(table.fit.beta) > 1:
        return [], "several exposures"
    if len(moments) < 3:
        return [], f"{len(moments)} environments in estimation: too few to leave one out"
    fits: dict[str, tuple[Fit, Moments]] = {}
    # the encoder stays as it is, so that the influence of an individual is that of a regression on fixed latents
    model = table.fixed_latents
    for name in moments:
        rest = together(part for other, part in moments.items() if other != name)
        try:
            fits[name] = solve(model, rest), rest
        except ValueError:
            continue
    errors: Array = _errors(design, table, fits) if fits else np.zeros(0)
    out = [
        WithoutEnvironment(name, float(fit.beta[0]), float(se))
        for (name, (fit, _)), se in zip(fits.items(), errors, strict=True)
    ]
    return out, "the model has no solution without any one environment"


def _errors(design: Design, table: EstimateTable, fits: Mapping[str, tuple[Fit, Moments]]) -> Array:
    """Return the standard error of each difference, robust to heteroskedasticity or clusters."""
    data = design.dataset
    solved = [*fits.values(), (solve(table.fixed_latents, table.moments), table.moments)]
    score = np.column_stack([fit.score[:, 0] / fit.bread[0, 0] for fit, _ in solved])
    residual = np.column_stack([fit.residual for fit, _ in solved])
    means = np.stack([centre.mean for _, centre in solved], axis=1)
    at_score, at_residual = (means * score).sum(axis=0), (means * residual).sum(axis=0)
    # an individual does not influence the estimate without its own environment, but influences the last, overall one
    left_out = np.array([*(data.env_names.index(name) for name in fits), -1])
    cluster = coarsest_clusters(data)
    units = None if cluster is None else np.unique(cluster[design.rows], return_inverse=True)[1]
    sums = np.zeros((0 if units is None else int(units.max()) + 1, len(fits)))
    squares, start = np.zeros(len(fits)), 0
    for block in design.blocks():
        here = slice(start, start + len(block))
        start += len(block)
        influence = (block @ score - at_score) * (block @ residual - at_residual)
        influence[data.env[design.rows[here]][:, None] == left_out] = 0.0
        moved = influence[:, :-1] - influence[:, -1:]
        if units is None:
            squares += (moved**2).sum(axis=0)
        else:
            add_within(sums, moved, units[here])
    return np.sqrt(squares if units is None else (sums**2).sum(axis=0))

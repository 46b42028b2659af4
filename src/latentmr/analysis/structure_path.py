"""The primary estimate over the number of genome-wide components that it is adjusted for."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from latentmr.analysis.clusters import whole_units
from latentmr.analysis.design import Design
from latentmr.analysis.estimation import EstimateTable
from latentmr.analysis.influence import influences
from latentmr.diagnose.structure_path import PathPoint
from latentmr.iv import Fit, Model, gather, solve
from latentmr.typing import Array

__all__ = ["structure_path"]

#: Maximum number of points on each side of the number of components taken.
POINTS = 8


def structure_path(design: Design, table: EstimateTable) -> list[PathPoint]:
    """Estimate the effect with fewer and with more genome-wide components than were taken.

    With fewer components the instruments are the genotypes, adjusted for environments, covariates and these components,
    without ancestry groups: it is what the same analysis without a learner gives. With more components, the primary
    model is adjusted for these as well. All are LIML, from the moments of one pass over the data. A second pass gives
    the standard errors, which treat instruments and components as fixed.

    Parameters
    ----------
    design : Design
        Design of a data set with genome-wide components.
    table : EstimateTable
        Table with one exposure.

    Returns
    -------
    list of PathPoint
        Points in the order of their components; empty without genome-wide components or with several exposures.
    """
    data, beta = design.dataset, table.fit.beta
    if data.structure is None or len(beta) > 1:
        return []
    pcs = [data.aux_names.index(name) for name in data.structure.component_names]
    taken, beyond = len(pcs), data.A_beyond.shape[1]
    size = design.size

    def blocks() -> Iterator[Array]:
        start = 0
        for block in design.blocks():
            rows = design.rows[start : start + len(block)]
            start += len(block)
            yield np.hstack([block, data.A_beyond[rows]])

    moments = gather(blocks)
    primary = _wider(table.fixed_latents, beyond)
    others = [j for j, name in enumerate(data.aux_names) if name not in data.structure.names]
    features = _wide(design.pick("A"), beyond)
    further = np.eye(size + beyond)[:, size:]
    env = np.hstack([_wide(design.pick("C", "env"), beyond), features[:, others]])
    models = {taken: primary}
    for count in _some(0, taken - 1):
        models[count] = replace(
            primary, Z=_wide(design.pick("G"), beyond), C=np.hstack([env, features[:, pcs[:count]]]), basis="linear"
        )
    for count in _some(1, beyond):
        models[taken + count] = replace(primary, C=np.hstack([primary.C, further[:, :count]]))
    fits: dict[int, Fit] = {}
    for count in sorted(models):
        try:
            fits[count] = solve(models[count], moments)
        except ValueError:  # there may be too few individuals for these components
            continue
    if taken not in fits:
        return []
    counts = list(fits)
    units = whole_units(data, design.rows)
    influence = influences(blocks, list(fits.values()), moments)
    sums = np.column_stack([np.bincount(units, weights=column) for column in influence.T])
    own = np.sqrt((sums**2).sum(axis=0))
    apart = np.sqrt(((sums - sums[:, [counts.index(taken)]]) ** 2).sum(axis=0))
    centre = float(fits[taken].beta[0])
    return [
        PathPoint(c, float(fits[c].beta[0]), float(own[j]), float(fits[c].beta[0]) - centre, float(apart[j]))
        for j, c in enumerate(counts)
    ]


def _some(low: int, high: int) -> list[int]:
    """Return up to ``POINTS`` whole numbers from low to high, evenly spaced and with both ends."""
    return sorted({round(value) for value in np.linspace(low, high, min(POINTS, max(high - low + 1, 0)))})


def _wide(maps: Array, more: int) -> Array:
    """Add rows for further columns of the design, which the map does not use."""
    return np.concatenate([maps, np.zeros((more, *maps.shape[1:]))])


def _wider(model: Model, more: int) -> Model:
    """Return the model on a design with further columns, which it does not use."""
    return replace(
        model, Z=_wide(model.Z, more), X=_wide(model.X, more), y=_wide(model.y, more), C=_wide(model.C, more)
    )

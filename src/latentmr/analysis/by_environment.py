"""The effect in each environment, from the design that the table of estimates uses."""

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from latentmr.analysis.clusters import coarsest_clusters
from latentmr.analysis.design import Design
from latentmr.diagnose.by_environment import EnvironmentEffects, effects_from_moments
from latentmr.iv import Model, Moments, gather

__all__ = ["effects_of_design", "moments_by_environment"]


def moments_by_environment(design: Design) -> dict[str, Moments]:
    """Moments of the design's columns in each environment with people in estimation, by its name."""
    return {name: gather(partial(design.blocks, rows)) for name, rows in _rows(design).items()}


def effects_of_design(
    design: Design, primary: Model, moments: dict[str, Moments], alpha: float, level: float
) -> EnvironmentEffects:
    """Effects by environment through the score that the other environments have fitted.

    Parameters
    ----------
    design : Design
        With one exposure.
    primary : Model
        Whose instruments make the score.
    moments : dict of str to Moments
        From :func:`moments_by_environment`.
    alpha : float
        Significance level of the sets.
    level : float
        Of the test's verdict.

    Returns
    -------
    EnvironmentEffects
    """
    present = _rows(design)
    blocks = {name: partial(design.blocks, rows) for name, rows in present.items()}
    cluster, clusters = coarsest_clusters(design.dataset), None
    if cluster is not None:
        clusters = {name: np.unique(cluster[rows], return_inverse=True)[1] for name, rows in present.items()}
    return effects_from_moments(
        moments,
        blocks,
        replace(primary, C=design.pick("C")),
        se_type="HC1" if clusters is None else "cluster",
        clusters=clusters,
        alpha=alpha,
        level=level,
    )


def _rows(design: Design) -> dict[str, NDArray[np.int64]]:
    data = design.dataset
    return {data.env_names[e]: design.rows[data.env[design.rows] == e] for e in np.unique(data.env[design.rows])}

"""What the genotypes could show at best, before any learning."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.diagnose import minimum_detectable_effect
from latentmr.iv import Fit, Model, columns, first_stage_f, gather, solve

__all__ = ["POWER", "explained_beyond_chance", "power_of_genotypes"]

#: Power of the smallest effect that counts as detectable.
POWER = 0.8


def power_of_genotypes(dataset: Dataset, alpha: float = 0.05) -> list[dict[str, object]]:
    """Strength of all genotypes for each exposure, and the smallest effect that could be seen with it.

    Parameters
    ----------
    dataset : Dataset
    alpha : float
        Significance level.

    Returns
    -------
    list of dict
        ``exposure, n, r2`` (given environments and covariates, freed of what chance adds), ``f_statistic``, and
        ``minimum_detectable_effect`` at 80 % power: a best case, since learned instruments are a part of the genotypes.
        Empty without exposure and outcome.

    Raises
    ------
    ValueError
        Where there are too few people for so many genotypes, or an exposure does not vary.
    """
    if not dataset.exposure_names or not dataset.outcome_name:
        return []
    rows = np.flatnonzero(dataset.in_estimation)
    environments = np.unique(dataset.env[rows])
    c, p, m = len(environments) - 1 + dataset.C.shape[1], dataset.p, len(dataset.exposure_names)

    def blocks() -> Iterator[NDArray[np.float64]]:
        for here, G in dataset.blocks(rows):
            indicators = dataset.env[here][:, None] == environments[1:]
            yield np.column_stack([indicators, dataset.C[here], G, dataset.X[here], dataset.y[here]])

    moments = gather(blocks)
    size = c + p + m + 1
    out: list[dict[str, object]] = []
    for j, name in enumerate(dataset.exposure_names):
        model = Model(
            method="2SLS",
            Z=columns(size, slice(c, c + p)),
            X=columns(size, slice(c + p + j, c + p + j + 1)),
            y=columns(size, size - 1),
            C=columns(size, slice(0, c)),
            exposures=(name,),
        )
        fit = solve(model, moments)
        r2 = explained_beyond_chance(fit) / float(fit.total[0, 0])
        sd = np.sqrt(np.diag(fit.total) / moments.n)
        effect = minimum_detectable_effect(moments.n, r2, float(sd[0]), float(sd[1]), alpha, POWER)
        out.append(
            {
                "exposure": name,
                "n": moments.n,
                "r2": r2,
                "f_statistic": first_stage_f(fit, robust=False)[0].statistic,
                "minimum_detectable_effect": effect,
            }
        )
    return out


def explained_beyond_chance(fit: Fit) -> float:
    """Sum of squares of the first exposure that the instruments explain, less what as much noise would."""
    explained, total = float(fit.within[0, 0]), float(fit.total[0, 0])
    return max(0.0, explained - fit.k * (total - explained) / fit.df)

"""Two-sample methods on the people of one data set: foils beside the learned instruments, labelled as such."""

import numpy as np

from latentmr.data import Dataset
from latentmr.results.objects import Estimate
from latentmr.two_sample.data import SummaryData, associations
from latentmr.two_sample.estimate_row import row_of
from latentmr.two_sample.methods import METHODS, Settings, estimate_with

__all__ = ["summary_data_of", "summary_rows"]

#: Of the methods, those that stand beside learned instruments.
SHOWN = ("ivw", "egger", "weighted-median", "weighted-mode", "raps", "presso")


def summary_data_of(dataset: Dataset) -> SummaryData:
    """Effects of each variant on exposures and outcome among the people of a data set, within environments.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    SummaryData
        Of the variants that vary.
    """
    tables = associations(dataset)
    exposures = [tables[name] for name in dataset.exposure_names]
    outcome = tables[dataset.outcome_name]
    effects = np.column_stack(
        [table[name].to_numpy(np.float64) for table in (*exposures, outcome) for name in ("beta", "se")]
    )
    rows = np.isfinite(effects).all(axis=1) & (effects[:, 1::2] > 0).all(axis=1)
    m = len(exposures)
    n = float(dataset.in_estimation.sum())
    return SummaryData(
        BX=effects[rows][:, 0 : 2 * m : 2],
        SX=effects[rows][:, 1 : 2 * m : 2],
        by=effects[rows][:, 2 * m],
        sy=effects[rows][:, 2 * m + 1],
        variants=outcome.loc[rows, ["id", "chrom", "pos", "effect_allele", "other_allele", "eaf"]].reset_index(
            drop=True
        ),
        exposure_names=dataset.exposure_names,
        outcome_name=dataset.outcome_name,
        n_exposure=(n,) * m,
        n_outcome=n,
    )


def summary_rows(dataset: Dataset, alpha: float, seed: int) -> tuple[list[Estimate], list[str]]:
    """Estimates of two-sample methods on the genotypes, adjusted for environments and covariates.

    They allow for pleiotropy in one way or another, not for variants that are confounded with the outcome; and both
    associations are of the same people, so that weak variants lean towards the confounded association.

    Parameters
    ----------
    dataset : Dataset
        With one exposure.
    alpha : float
        Significance level.
    seed : int
        Of bootstraps.

    Returns
    -------
    list of Estimate
    list of str
        What could not be estimated, and why.
    """
    if len(dataset.exposure_names) > 1:
        return [], ["foils by summary statistics take one exposure, and were left out"]
    data = summary_data_of(dataset)
    adjustment = "+".join([*(["covar"] if dataset.C.shape[1] else []), "env"])
    rows, notes = [], []
    for name in SHOWN:
        try:
            effect = estimate_with(
                name, data.BX[:, 0], data.by, data.SX[:, 0], data.sy, Settings(alpha=alpha, seed=seed)
            )
        except ValueError as error:
            notes.append(f"{METHODS[name].label} on G (one-sample summary statistics) was not estimated: {error}")
            continue
        label = f"{METHODS[name].label}, one-sample"
        errors = METHODS[name].errors
        rows.append(row_of(effect, label, data, errors=errors, adjustment=adjustment))
    if rows:
        notes.append(
            "rows marked one-sample are two-sample methods on associations in these people: they allow for pleiotropy,"
            " not for variants that are confounded with the outcome"
        )
    return rows, notes

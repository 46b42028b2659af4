"""Foils beside the estimates: methods for partly invalid instruments, and two-sample methods on the same people."""

from collections.abc import Callable
from typing import Any

import numpy as np

from latentmr.analysis.design import Design
from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.iv import InvalidInstrumentEstimate, ciiv, sisvive, tsht
from latentmr.results.objects import Estimate
from latentmr.two_sample.data import SummaryData, associations
from latentmr.two_sample.estimate_row import row_of
from latentmr.two_sample.methods import METHODS, Settings, estimate_with

__all__ = ["FOILS", "invalid_instrument_rows", "refuse_unknown_foils", "summary_data_of", "summary_rows"]

#: Sets of foils that may be asked for.
FOILS = ("invalid", "summary")


def refuse_unknown_foils(foils: tuple[str, ...]) -> None:
    """Refuse a set of foils that does not exist."""
    for name in foils:
        if name not in FOILS:
            raise ArgumentError("foils", f"be among {', '.join(FOILS)}", f"{name!r}")


def invalid_instrument_rows(design: Design, alpha: float, seed: int) -> tuple[list[Estimate], list[str]]:
    """Estimates of sisVIVE, two-stage hard thresholding and the confidence-interval method, adjusted for environments.

    They allow some variants to act on the outcome directly, not all of them to be confounded with it: where populations
    differ, every variant is, and they are as wrong as 2SLS.

    Parameters
    ----------
    design : Design
        With one exposure.
    alpha : float
        Significance level.
    seed : int
        Of sisVIVE's cross-validation.

    Returns
    -------
    list of Estimate
    list of str
        What could not be estimated, and why.
    """
    data = design.dataset
    if len(data.exposure_names) > 1:
        return [], ["foils for invalid instruments take one exposure, and were left out"]
    parts = [[block[:, design.columns(part)] for part in ("G", "env")] for block in design.blocks()]
    G, env = (np.vstack([row[j] for row in parts]) for j in range(2))
    C = np.hstack([env, data.C[design.rows]])
    x, y = data.X[design.rows, 0], data.y[design.rows]
    jobs: dict[str, Callable[[], InvalidInstrumentEstimate[Any]]] = {
        "sisVIVE": lambda: sisvive(G, x, y, C, seed=seed, alpha=alpha),
        "TSHT": lambda: tsht(G, x, y, C, alpha=alpha),
        "CIIV": lambda: ciiv(G, x, y, C, alpha=alpha),
    }
    rows, notes = [], []
    for method, job in jobs.items():
        try:
            found = job()
        except ValueError as error:
            notes.append(f"{method} on G (adjustment env) was not estimated: {error}")
            continue
        rows.append(
            Estimate(
                method=method,
                instruments="G",
                adjustment="+".join([*(["covar"] if data.C.shape[1] else []), "env"]),
                basis="linear",
                exposure=data.exposure_names[0],
                beta=found.beta,
                se=float("nan") if found.se is None else found.se,
                se_type="none" if found.se is None else "robust, given the chosen variants",
                alpha=alpha,
                n=found.n,
                k=len(found.valid),
            )
        )
    return rows, notes


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

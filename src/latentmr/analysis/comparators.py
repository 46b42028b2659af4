"""Comparators: methods for partly invalid instruments, and two-sample methods on the same individuals."""

import warnings
from collections.abc import Callable, Sequence
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

__all__ = ["COMPARATORS", "chosen_comparators", "invalid_instrument_rows", "summary_data_of", "summary_rows"]

#: Sets of comparators.
COMPARATORS = ("invalid", "summary")


def chosen_comparators(comparators: Sequence[str], foils: Sequence[str] | None = None) -> tuple[str, ...]:
    """Return the sets of comparators, also if they came under the former name of the argument.

    Parameters
    ----------
    comparators : sequence of str
    foils : sequence of str, optional
        Former name of ``comparators``.

    Returns
    -------
    tuple of str

    Raises
    ------
    ValueError
        If a set does not exist, or if both arguments are given.
    """
    if foils is not None:
        if comparators:
            raise ArgumentError(
                "comparators",
                "be given without `foils`, which is its former name",
                "both",
                "leave `foils` out",
            )
        warnings.warn("analyse(foils=...) is now analyse(comparators=...)", DeprecationWarning, stacklevel=3)
        comparators = foils
    chosen = (comparators,) if isinstance(comparators, str) else tuple(comparators)
    for name in chosen:
        if name not in COMPARATORS:
            raise ArgumentError(
                "comparators",
                f"be among {', '.join(COMPARATORS)}",
                f"{name!r}",
                "leave `comparators` out to estimate without them",
            )
    return chosen


def invalid_instrument_rows(design: Design, alpha: float, seed: int) -> tuple[list[Estimate], list[str]]:
    """Estimate with sisVIVE, two-stage hard thresholding and the confidence-interval method, adjusted for environments.

    These methods allow some variants to affect the outcome directly. They do not allow all variants to be confounded
    with it. If populations differ, every variant is confounded, and these methods are as biased as 2SLS.

    Parameters
    ----------
    design : Design
        A design with one exposure.
    alpha : float
        Significance level.
    seed : int
        Random seed of the cross-validation of sisVIVE.

    Returns
    -------
    list of Estimate
    list of str
        Methods that could not be applied, with the reasons.
    """
    data = design.dataset
    if len(data.exposure_names) > 1:
        return [], ["comparators for invalid instruments require a single exposure and were left out"]
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
                se_type="none" if found.se is None else "robust, given the selected variants",
                alpha=alpha,
                n=found.n,
                k=len(found.valid),
            )
        )
    return rows, notes


#: Two-sample methods that are compared with learned instruments.
SHOWN = ("ivw", "egger", "weighted-median", "weighted-mode", "raps", "presso")


def summary_data_of(dataset: Dataset) -> SummaryData:
    """Estimate the effect of each variant on exposures and outcome within environments.

    Parameters
    ----------
    dataset : Dataset

    Returns
    -------
    SummaryData
        Summary statistics of the variants that vary.
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
    """Estimate with two-sample methods on the genotypes, adjusted for environments and covariates.

    These methods allow for pleiotropy in one way or another. They do not allow for variants that are confounded with
    the outcome. Both associations come from the same individuals, so that estimates from weak variants are biased
    towards the confounded association.

    Parameters
    ----------
    dataset : Dataset
        A data set with one exposure.
    alpha : float
        Significance level.
    seed : int
        Random seed of bootstraps.

    Returns
    -------
    list of Estimate
    list of str
        Methods that could not be applied, with the reasons.
    """
    if len(dataset.exposure_names) > 1:
        return [], ["comparators on summary statistics require a single exposure and were left out"]
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
            "rows marked one-sample are two-sample methods on associations in these individuals: they allow for"
            " pleiotropy, but not for variants that are confounded with the outcome"
        )
    return rows, notes

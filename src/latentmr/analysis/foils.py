"""Methods for partly invalid instruments on the genotypes themselves, as foils in the table of estimates."""

from collections.abc import Callable
from typing import Any

import numpy as np

from latentmr.analysis.design import Design
from latentmr.iv import InvalidInstrumentEstimate, ciiv, sisvive, tsht
from latentmr.results.objects import Estimate

__all__ = ["FOILS", "invalid_instrument_rows", "refuse_unknown_foils"]

#: Sets of foils that may be asked for.
FOILS = ("invalid", "summary")


def refuse_unknown_foils(foils: tuple[str, ...]) -> None:
    """Refuse a set of foils that does not exist."""
    for name in foils:
        if name not in FOILS:
            raise ValueError(f"foils must be among {', '.join(FOILS)}. Got {name!r}.")


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

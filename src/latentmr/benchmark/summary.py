"""Summarise a table of runs: a row for each scenario and method, with Monte Carlo errors."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.typing import Array, Row

__all__ = ["rmse_ratio", "summarise", "write_summary"]


#: Number of bootstrap replicates over seeds for Monte Carlo errors.
DRAWS = 500
#: Minimum number of data sets for the Monte Carlo error of a ratio.
FEWEST = 5


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Summarise a benchmark.

    Parameters
    ----------
    table : pandas.DataFrame
        Table as in ``benchmark.tsv``.

    Returns
    -------
    pandas.DataFrame
        One row for each scenario and method. Columns are the number of runs and of runs without an estimate; bias,
        standard deviation over seeds, RMSE and median absolute error; and RMSE over that of the oracle on the same
        seeds. Further columns are the coverage of the confidence set and of the Wald interval, and the set's median
        length; median R2 and leak; shares of verdicts; and median seconds and largest memory. Columns that end in
        ``_mc`` are Monte Carlo standard errors.
    """
    groups = table.groupby(["scenario", "method"], sort=False)
    rows = [{"scenario": scenario, "method": method} | _row(group) for (scenario, method), group in groups]
    return pd.DataFrame(rows)


def write_summary(out: Path, summary: pd.DataFrame) -> None:
    """Write ``summary.tsv``."""
    summary.to_csv(out / "summary.tsv", sep="\t", index=False, na_rep="NA", float_format="%.6g")


def rmse_ratio(errors: Array, reference: Array) -> tuple[float, float]:
    """Return the root mean squared error over that of a reference on the same data sets.

    Parameters
    ----------
    errors, reference : np.ndarray of dimension (n,)
        Errors of the method and of the reference.

    Returns
    -------
    float
        Ratio.
    float
        Its Monte Carlo standard error, by a bootstrap of data sets; NaN if there are fewer than five.
    """
    ratio = float(np.sqrt(np.mean(errors**2) / np.mean(reference**2))) if len(errors) else np.nan
    if len(errors) < FEWEST:
        return ratio, np.nan
    drawn = np.random.default_rng(0).integers(0, len(errors), (DRAWS, len(errors)))
    ratios = np.sqrt((errors[drawn] ** 2).mean(axis=1) / (reference[drawn] ** 2).mean(axis=1))
    return ratio, float(ratios.std())


def _row(group: pd.DataFrame) -> Row:
    ran = group[group["reason"] == ""]
    error = (ran["beta"] - ran["truth"]).to_numpy()
    best = (ran["oracle"] - ran["truth"]).to_numpy()
    n = len(error)
    root = np.sqrt(n) if n else np.nan
    ratio, ratio_mc = rmse_ratio(error, best)
    sd = float(np.std(error, ddof=1)) if n > 1 else np.nan
    out: Row = {"runs": len(group), "failed": len(group) - n}
    out |= {"bias": _mean(error), "bias_mc": sd / root, "sd": sd, "rmse": float(np.sqrt(_mean(error**2)))}
    out |= {"median_error": float(np.median(np.abs(error))) if n else np.nan}
    out |= {"rmse_to_oracle": ratio, "rmse_to_oracle_mc": ratio_mc}
    for name, column in (("coverage", "covered"), ("wald_coverage", "wald_covered")):
        known = ran.loc[ran[column] != "", column] == "yes"
        share = _mean(known.to_numpy(dtype=np.float64))
        out |= {name: share, f"{name}_mc": _error_of_share(share, len(known))}
    out |= {"length": float(ran["length"].median()) if ran["length"].notna().any() else np.nan}
    for name in ("r2", "leak"):
        out[name] = float(ran[name].median()) if ran[name].notna().any() else np.nan
    judged = ran.loc[ran["verdict"] != "", "verdict"]
    for name, level in (("credible", "credible"), ("caution", "caution"), ("not_identified", "not identified")):
        out[name] = _mean((judged == level).to_numpy(dtype=np.float64))
    out |= {"seconds": float(ran["seconds"].median()), "peak_mb": float(ran["peak_mb"].max())}
    return out


def _error_of_share(share: float, n: int) -> float:
    """Return the standard error after Agresti and Coull (1998), which is not zero for 3 in 3."""
    shifted = (n * share + 2) / (n + 4)
    return float(np.sqrt(shifted * (1 - shifted) / (n + 4)))


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else np.nan

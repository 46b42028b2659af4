"""Evidence in one table that its effects are ratios in place of logarithms, or logarithms in place of ratios."""

import numpy as np
import pandas as pd

from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.two_sample.data.evidence.p_values import z_of
from latentmr.typing import Array

__all__ = ["check_effects"]

#: Minimum number of rows whose effects are judged.
FEWEST = 3
#: Interval of the median of positive effects that are odds ratios, and largest ratio of such effects.
MEDIAN, WIDEST = (0.8, 1.25), 20.0
#: Largest standard deviation of the logarithms of effects that are taken for odds ratios without p values.
CLOSE = 0.2
#: Odds ratios that all lie below this one are logarithms.
LOW = 0.5
#: Largest median difference of z scores, absolute and relative, between a reading of the effects and the p values.
AGREE, RELATIVE = 0.3, 0.05


def check_effects(table: pd.DataFrame, reading: TableReading, ledger: Ledger) -> None:
    """Refuse or warn about effects that seem to be on another scale than their column's name says.

    Parameters
    ----------
    table : pandas.DataFrame
        Canonical table.
    reading : TableReading
        What was recognised in it.
    ledger : Ledger
        Receives warnings.

    Raises
    ------
    ValueError
        If effects and p values agree only if the effects are read in the other way.
    """
    beta = table["beta"].to_numpy(dtype=np.float64)
    known = np.isfinite(beta)
    if known.sum() < FEWEST:
        return
    if "odds_ratio" in reading.columns and "beta" not in reading.columns:
        _ratios_that_are_logarithms(table[known], reading, ledger)
    else:
        _effects_that_are_ratios(table[known], reading, ledger)


def _effects_that_are_ratios(table: pd.DataFrame, reading: TableReading, ledger: Ledger) -> None:
    beta = table["beta"].to_numpy(dtype=np.float64)
    low, median, high = float(beta.min()), float(np.median(beta)), float(beta.max())
    if low <= 0 or not MEDIAN[0] <= median <= MEDIAN[1] or high > WIDEST * low:
        return
    agree, as_read = _explains(np.log(beta), table), _explains(beta, table)
    if not agree and as_read is not False and (_reported(reading) or np.log(beta).std() > CLOSE):
        return
    column = reading.columns.get("beta", "beta")
    numbers = f"{len(beta):,} effects from {low:.3g} to {high:.3g} with median {median:.3g}"
    remedy = f"name it as odds_ratio={column} with `exposure_columns` or `outcome_columns` (columns in Python)"
    if agree:
        raise ArgumentError(
            f"{reading.path}",
            f"have effects with either sign in column {column!r}",
            f"{numbers}, whose logarithms agree with the p values",
            f"The column holds odds ratios: {remedy}",
        )
    ledger.warnings.append(
        f"column {column!r} of {reading.path} was read as effects, but may hold odds ratios: {numbers}. If so, {remedy}"
    )


def _ratios_that_are_logarithms(table: pd.DataFrame, reading: TableReading, ledger: Ledger) -> None:
    beta = table["beta"].to_numpy(dtype=np.float64)
    ratios = np.exp(beta)
    if ratios.max() >= LOW or (_reported(reading) and _explains(beta, table)):
        return
    column = reading.columns["odds_ratio"]
    numbers = f"{len(ratios):,} values from {ratios.min():.3g} to {ratios.max():.3g}, all far below 1"
    remedy = f"name it as beta={column} with `exposure_columns` or `outcome_columns` (columns in Python)"
    if _explains(ratios, table):
        raise ArgumentError(
            f"{reading.path}",
            f"have odds ratios in column {column!r}",
            f"{numbers}, which agree with the p values as logarithms",
            f"The column holds log odds ratios: {remedy}",
        )
    ledger.warnings.append(
        f"column {column!r} of {reading.path} was read as odds ratios, but may hold their logarithms: {numbers}. If so,"
        f" {remedy}"
    )


def _reported(reading: TableReading) -> bool:
    """Return whether a table has standard errors and p values, so that neither was computed from the other."""
    return "se" in reading.columns and bool({"p_value", "log10_p"} & set(reading.columns))


def _explains(effects: Array, table: pd.DataFrame) -> bool | None:
    """Return whether these effects, over their standard errors, have the table's p values; None if it cannot be said.

    P values that were computed from the effects as read tell nothing about another reading.
    """
    z = np.abs(effects / table["se"].to_numpy(dtype=np.float64))
    from_p = z_of(table["p_value"].to_numpy(dtype=np.float64))
    told = np.isfinite(z) & np.isfinite(from_p)
    if told.sum() < FEWEST:
        return None
    difference = np.abs(z[told] - from_p[told])
    return bool(np.median(difference - RELATIVE * np.maximum(z[told], from_p[told])) < AGREE)

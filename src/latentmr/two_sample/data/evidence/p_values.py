"""Evidence in one table that p values and standard errors contradict each other."""

import numpy as np
import pandas as pd
from scipy import special

from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.gwas_results.underflow import NEARLY_ONE
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.typing import Array, Mask

__all__ = ["check_p_values", "warn_contrary", "z_of"]

#: Number of standard errors above which a p value near 1 has underflowed, and below which a p value of 0 is wrong.
STRONG = 5.0
#: Z scores contradict each other if they differ by this factor and by this number.
FACTOR, APART = 2.0, 3.0
#: Minimum number of rows with which a common factor of the standard errors is found, and the distance of three quarters
#: of its logarithms from their median.
FEWEST, SPREAD = 3, 0.1
#: Smallest p value that a file can hold as a number, as a z score.
LARGEST_Z = 37.0


def z_of(p_values: Array) -> Array:
    """Return absolute z scores of two-sided p values; NaN for missing ones.

    Examples
    --------
    >>> z_of(np.array([1.0, 0.05, 0.0])).round(2)
    array([ 0.  ,  1.96, 37.  ])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = -special.ndtri_exp(np.log(p_values) - np.log(2))
    z = np.where(p_values >= 1, 0.0, np.where(p_values == 0, LARGEST_Z, z))
    return np.asarray(np.minimum(z, LARGEST_Z), dtype=np.float64)


def check_p_values(table: pd.DataFrame, reading: TableReading, ledger: Ledger) -> pd.DataFrame:
    """Compare p values with effects and standard errors, and replace those that underflowed.

    A p value of nearly 1 for an effect of more than five standard errors, and a p value of 0 for one of less, are
    replaced by those that follow from effect and standard error.

    Parameters
    ----------
    table : pandas.DataFrame
        Canonical table.
    reading : TableReading
        What was recognised in it.
    ledger : Ledger
        Receives a warning.

    Returns
    -------
    pandas.DataFrame
        The table with these p values.

    Raises
    ------
    ValueError
        If all standard errors differ by one factor from those that effects and p values imply.
    """
    p_value = table["p_value"].to_numpy(dtype=np.float64)
    z = np.abs(table["beta"].to_numpy(dtype=np.float64) / table["se"].to_numpy(dtype=np.float64))
    _refuse_another_scale(z, z_of(p_value), reading)
    contrary = _contrary(z, p_value)
    under = contrary & (((p_value >= NEARLY_ONE) & (z > STRONG)) | ((p_value == 0) & (z < STRONG)))
    if not under.any():
        return table
    ledger.warnings.append(
        f"{_numbers(under, z, p_value, reading.path)}: p values that follow from effect and standard error are used for"
        " them"
    )
    return table.assign(p_value=np.where(under, 2 * special.ndtr(-z), p_value))


def warn_contrary(beta: Array, se: Array, p_value: Array, path: str, ledger: Ledger) -> None:
    """Warn about p values that contradict effects and standard errors.

    Parameters
    ----------
    beta, se, p_value : np.ndarray of dimension (p,)
        Those of the variants that are used.
    path : str
        Their table.
    ledger : Ledger
        Receives a warning.
    """
    z = np.abs(beta / se)
    contrary = _contrary(z, p_value)
    if contrary.any():
        ledger.warnings.append(
            f"{_numbers(contrary, z, p_value, path)}. Check the columns of p values, effects and standard errors"
        )


def _contrary(z: Array, p_value: Array) -> Mask:
    from_p, from_effect = z_of(p_value), np.minimum(z, LARGEST_Z)
    low, high = np.minimum(from_p, from_effect), np.maximum(from_p, from_effect)
    # a p value of 0 may be a rounded one
    rounded = (p_value == 0) & (z >= STRONG)
    return np.asarray(np.isfinite(low) & (high > FACTOR * low) & (high - low > APART) & ~rounded, dtype=bool)


def _numbers(contrary: Mask, z: Array, p_value: Array, path: str) -> str:
    i = int(np.argmax(np.where(contrary, np.abs(z_of(p_value) - np.minimum(z, LARGEST_Z)), -1)))
    return (
        f"the p values of {int(contrary.sum()):,} of {len(z):,} variants of {path} contradict effect and standard error"
        f" (such as p = {p_value[i]:.3g} for an effect of {z[i]:.1f} standard errors)"
    )


def _refuse_another_scale(z: Array, from_p: Array, reading: TableReading) -> None:
    """Refuse standard errors that are all too large or too small by the same factor."""
    known = np.isfinite(z) & (z > 0) & (from_p > 0.1) & (from_p < LARGEST_Z)
    if known.sum() < FEWEST:
        return
    logs = np.log(from_p[known] / z[known])
    middle = float(np.median(logs))
    if np.abs(middle) > np.log(FACTOR) and np.quantile(np.abs(logs - middle), 0.75) < SPREAD:
        column = reading.columns.get("se", "of standard errors")
        raise ArgumentError(
            f"{reading.path}",
            f"have standard errors that agree with effects and p values (column {column!r})",
            f"{int(known.sum()):,} standard errors that are {np.exp(middle):.3g} times those that follow from effects"
            " and p values",
            "They may be standard deviations or on another scale than the effects. Correct them, or remove the column:"
            " standard errors are then computed from effects and p values",
        )

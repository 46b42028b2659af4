"""Covariates as columns: one-hot coding of labels, and removal of collinear columns."""

import numpy as np
from numpy.typing import NDArray

from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.linalg import oproj
from latentmr.typing import Array

__all__ = ["drop_collinear", "one_hot"]


#: A column is collinear if less than this share of its variance remains given the columns before it.
COLLINEAR = 1e-8


def one_hot(values: NDArray[np.object_], name: str, ledger: Ledger) -> tuple[Array, tuple[str, ...]]:
    """Return indicator columns of a categorical covariate; the most frequent level is the reference.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        Labels; None if missing.
    name : str
        Name of the covariate.
    ledger : Ledger
        Receives a note with the reference level.

    Returns
    -------
    np.ndarray of dimension (n, levels - 1)
        NaN in rows without a label.
    tuple of str
        ``name=level`` for each column.
    """
    present = values[np.array([value is not None for value in values], dtype=bool)].astype(str)
    levels, counts = np.unique(present, return_counts=True)
    reference = str(levels[np.argmax(counts)]) if len(levels) else None
    others = [level for level in levels if level != reference]
    if len(others) > 50:
        raise ArgumentError(
            "covar",
            "be numeric or have at most 51 levels",
            f"{name!r} with {len(levels)} levels",
            "group the levels, or name the column as `cluster` if it marks families or centres",
        )
    missing = np.array([value is None for value in values], dtype=bool)
    columns = np.column_stack(
        [np.where(missing, np.nan, values == level) for level in others] or [np.zeros((len(values), 0))]
    )
    ledger.notes.append(f"{name}: categorical with {len(levels)} levels; reference level {reference!r}.")
    return columns.astype(float), tuple(f"{name}={level}" for level in others)


def drop_collinear(
    C: Array, names: tuple[str, ...], env: NDArray[np.int64], rows: NDArray[np.bool_], ledger: Ledger
) -> tuple[Array, tuple[str, ...]]:
    """Drop covariates that are linear combinations of the environments and of the covariates before them.

    Parameters
    ----------
    C : np.ndarray of dimension (n, q)
        Covariates.
    names : tuple of str
        Names of its columns.
    env : np.ndarray of dimension (n,)
        Environment codes; their indicators enter every adjusted model.
    rows : np.ndarray of dimension (n,)
        Rows used in estimation.
    ledger : Ledger
        Receives a warning for each dropped column.

    Returns
    -------
    np.ndarray of dimension (n, q')
    tuple of str
        Names of the kept columns.
    """
    if C.shape[1] == 0 or not rows.any():
        return C, names
    within = _centre_within(C[rows], env[rows])
    total = C[rows] - C[rows].mean(axis=0)
    kept: list[int] = []
    for j, name in enumerate(names):
        left = np.asarray(oproj(within[:, kept], within[:, j]))
        variance = float(total[:, j] @ total[:, j]) if np.ptp(C[rows, j]) > 0 else 0.0
        if variance == 0 or float(left @ left) <= COLLINEAR * variance:
            why = "constant" if variance == 0 else "collinear with the environments or the covariates before it"
            ledger.warnings.append(f"covariate {name} was dropped: it is {why}.")
        else:
            kept.append(j)
    return C[:, kept], tuple(names[j] for j in kept)


def _centre_within(C: Array, env: NDArray[np.int64]) -> Array:
    counts = np.bincount(env)
    sums = np.column_stack([np.bincount(env, weights=C[:, j]) for j in range(C.shape[1])])
    return C - (sums / np.maximum(counts, 1)[:, None])[env]

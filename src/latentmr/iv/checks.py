"""Check the shapes, finite values and cluster labels of arrays on input, for all estimators on plain arrays."""

from numbers import Real

import numpy as np

from latentmr.arrays import label_codes, numbers
from latentmr.errors import ArgumentError
from latentmr.typing import Array, ArrayLike, Codes

__all__ = ["cluster_codes", "column", "column_names", "finite", "matrix", "probability"]


def column(name: str, value: ArrayLike, n: int | None = None) -> Array:
    """Check a vector.

    Parameters
    ----------
    name : str
        Name of the argument, for error messages.
    value : array of dimension (n,) or (n, 1)
    n : int, optional
        Number of rows that it must have.

    Returns
    -------
    np.ndarray of dimension (n,)

    Raises
    ------
    ValueError
        If the value is not a vector, has another length, or is not finite.
    """
    out = numbers(name, value)
    if out.ndim == 2 and out.shape[1] == 1:
        out = out[:, 0]
    if out.ndim != 1 or (n is not None and len(out) != n):
        want = "a vector" if n is None else f"a vector with the {n} rows of y"
        raise ArgumentError(f"{name}", f"be {want}", f"shape {np.shape(value)}", "give one value for each row")
    return finite(name, out)


def matrix(name: str, value: ArrayLike | None, n: int) -> Array:
    """Check a matrix with ``n`` rows. None gives a matrix without columns, a vector a matrix with one column."""
    if value is None:
        return np.zeros((n, 0))
    out = numbers(name, value)
    out = out[:, None] if out.ndim == 1 else out
    if out.ndim != 2 or len(out) != n:
        raise ArgumentError(
            f"{name}", f"be a matrix with the {n} rows of y", f"shape {np.shape(value)}", "align it with y"
        )
    return finite(name, out)


def column_names(value: ArrayLike | None) -> list[str] | None:
    """Return the column names of a data frame, or None for anything else."""
    names = getattr(value, "columns", None)
    return None if names is None else [str(name) for name in names]


def finite(name: str, value: Array) -> Array:
    """Check that no value is missing or infinite."""
    bad = int((~np.isfinite(value)).sum())
    if bad:
        raise ArgumentError(
            f"{name}", "be finite", f"{bad} missing or infinite values", "drop the rows with these values"
        )
    return value


def probability(name: str, value: float) -> float:
    """Check that a level lies strictly between 0 and 1."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < value < 1:
        raise ArgumentError(f"{name}", "lie between 0 and 1", f"{value!r}", "0.05 gives 95 % intervals")
    return float(value)


def cluster_codes(cluster: ArrayLike, n: int) -> Codes:
    """Return codes 0, 1, ... for one or two columns of cluster labels.

    Parameters
    ----------
    cluster : array of dimension (n,), (n, 1) or (n, 2)
        Cluster labels: numbers, text, categories or a mixture.
    n : int
        Number of rows.

    Returns
    -------
    np.ndarray of dimension (n, 1) or (n, 2)

    Raises
    ------
    ValueError
        If labels have another shape or are missing, or if a column has a single cluster.
    """
    codes, _ = label_codes("cluster", cluster)
    if len(codes) != n or codes.shape[1] not in (1, 2):
        raise ArgumentError(
            "cluster",
            f"have one label for each of the {n} rows of y, or two labels for two-way clustering",
            f"shape {np.shape(cluster)}",
            "align it with y",
        )
    if n and (codes.max(axis=0) < 1).any():
        raise ArgumentError("cluster", "have at least two clusters", "one", "leave `cluster` out, or give other labels")
    return codes

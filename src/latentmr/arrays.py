"""Arrays as users hold them: pandas objects, masked arrays, labels of any type. Read right, or refused by name."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.errors import ArgumentError
from latentmr.typing import Array, ArrayLike

__all__ = ["label_codes", "numbers", "rows_matched", "unmasked"]

#: Maximum number of columns that a message names.
NAMED = 5


def numbers(name: str, value: ArrayLike, *, masked_as_nan: bool = False) -> Array:
    """Return a vector or matrix of real numbers, with NaN for missing values of pandas.

    Parameters
    ----------
    name : str
        Name of the argument, for error messages.
    value : array_like
        Numbers, booleans, or pandas objects with NumPy's or pandas' own types.
    masked_as_nan : bool
        Whether masked values become NaN. By default they are refused.

    Returns
    -------
    np.ndarray

    Raises
    ------
    ValueError
        If values are text, categories, dates or complex numbers, or are masked. The message names the argument, and the
        columns of a data frame.

    Examples
    --------
    >>> numbers("x", pd.Series([1, None, 3], dtype="Int64"))
    array([ 1., nan,  3.])
    """
    if isinstance(value, pd.DataFrame):
        _refuse_columns(name, value)
        parts = [_of_series(value.iloc[:, j]) for j in range(value.shape[1])]
        return np.column_stack(parts) if parts else np.zeros(value.shape)
    if isinstance(value, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        series = pd.Series(value)
        if not _is_numeric(series):
            raise _not_numbers(name, _kind(series))
        return _of_series(series)
    if isinstance(value, np.ma.MaskedArray):
        masked = int(np.ma.getmaskarray(value).sum())
        if masked and not masked_as_nan:
            raise ArgumentError(
                name, "have no masked values", f"{masked} masked values", "leave these rows out, or fill the values in"
            )
        given = np.where(np.ma.getmaskarray(value), np.nan, numbers(name, value.data)) if masked else value.data
        return numbers(name, given)
    given = np.asarray(value)
    if given.dtype == object:
        flat = [np.nan if each is None or each is pd.NA or each is pd.NaT else each for each in given.ravel().tolist()]
        other = sum(not isinstance(each, int | float | np.number | np.bool_) for each in flat)
        if other:
            raise _not_numbers(name, f"{other} values that are text or another type")
        return np.array(flat, dtype=np.float64).reshape(given.shape)
    if given.dtype.kind not in "fiub":
        raise _not_numbers(name, {"U": "text", "S": "text", "c": "complex numbers"}.get(given.dtype.kind, "dates"))
    return given.astype(np.float64, copy=False)


def label_codes(name: str, value: ArrayLike) -> tuple[NDArray[np.int64], list[NDArray[Any]]]:
    """Return codes 0, 1, ... of each column of labels, and the labels in the order of the codes.

    Labels may be numbers, text, categories or a mixture.

    Parameters
    ----------
    name : str
        Name of the argument, for error messages.
    value : array_like of dimension (n,) or (n, m)

    Returns
    -------
    codes : np.ndarray of dimension (n, m)
    labels : list of np.ndarray

    Raises
    ------
    ValueError
        If a label is missing or masked, is there as a number and as text, or labels are not a vector or a matrix.

    Examples
    --------
    >>> codes, labels = label_codes("cluster", np.array(["b", 7, "b"], dtype=object))
    >>> codes[:, 0], labels[0]
    (array([1, 0, 1]), array([7, 'b'], dtype=object))
    """
    if isinstance(value, pd.DataFrame):
        columns = [value.iloc[:, j].astype(object).to_numpy() for j in range(value.shape[1])]
    else:
        given = unmasked(value)
        if given.ndim not in (1, 2):
            raise ArgumentError(
                name, "have one label for each row, or a column of labels", f"shape {given.shape}", "give a vector"
            )
        columns = [given] if given.ndim == 1 else list(given.T)
    missing = sum(int(pd.isna(column).sum()) for column in columns)
    if missing:
        raise ArgumentError(name, "have no missing label", f"{missing} missing labels", "drop these rows")
    coded = [_codes(name, column) for column in columns]
    return np.column_stack([codes for codes, _ in coded]).astype(np.int64), [labels for _, labels in coded]


def unmasked(labels: ArrayLike) -> NDArray[Any]:
    """Return labels as an array of NumPy, with None for masked ones and objects for the types of pandas."""
    if isinstance(labels, np.ma.MaskedArray):
        given = np.asarray(labels.data, dtype=object)
        given[np.ma.getmaskarray(labels)] = None
        return given
    if isinstance(labels, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        series = pd.Series(labels)
        return np.asarray(series.to_numpy() if isinstance(series.dtype, np.dtype) else series.astype(object).to_numpy())
    return np.asarray(labels)


def rows_matched(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Match the rows of pandas arguments by their indexes.

    Arguments without an index are matched by position. Pandas arguments whose indexes are equal are left as they are.
    If they hold the same labels in another order, they are put into the order of the first.

    Parameters
    ----------
    arguments : mapping of str to array_like or None
        Arguments by name.

    Returns
    -------
    dict of str to array_like or None

    Raises
    ------
    ValueError
        If indexes hold other labels, or repeat labels in another order, or if labels in another order meet arguments
        without an index, whose order cannot be known.

    Examples
    --------
    >>> x, y = pd.Series([1, 2], index=["a", "b"]), pd.Series([20, 10], index=["b", "a"])
    >>> rows_matched({"x": x, "y": y})["y"].tolist()
    [10, 20]
    """
    given = dict(arguments)
    indexed = {name: value for name, value in given.items() if isinstance(value, pd.Series | pd.DataFrame)}
    if len(indexed) < 2 or len({len(value) for value in indexed.values()}) > 1:
        # other lengths are refused with the shapes
        return given
    first, *others = indexed
    index = indexed[first].index
    moved = [name for name in others if not indexed[name].index.equals(index)]
    if not moved:
        return given
    for name in moved:
        lacking = int((~indexed[name].index.isin(index)).sum())
        if lacking:
            raise ArgumentError(
                f"{first} and {name}",
                "have indexes with the same labels, by which their rows are matched",
                f"{lacking} of {len(index)} labels of {name} that {first} lacks",
                "give them one index, or give arrays (`.to_numpy()`), whose rows are matched by position",
            )
        if not (index.is_unique and indexed[name].index.is_unique):
            raise ArgumentError(
                f"{first} and {name}",
                "have indexes without repeated labels, because they are in another order",
                "repeated labels",
                "give them one index, or give arrays (`.to_numpy()`), whose rows are matched by position",
            )
    without = [name for name, value in given.items() if value is not None and name not in indexed]
    if without:
        raise ArgumentError(
            f"{first} and {moved[0]}",
            f"have their labels in one order if {' and '.join(without)} {'has' if len(without) == 1 else 'have'} none",
            "the same labels in another order",
            f"reindex {moved[0]} like {first}, or give all arguments an index",
        )
    return given | {name: indexed[name].reindex(index) for name in moved}


def _codes(name: str, column: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    if column.dtype == object:
        # by type first: NumPy cannot sort numbers among text
        different = set(column.tolist())
        texts = {each for each in different if isinstance(each, str)}
        both = sum(str(each) in texts for each in different - texts)
        if both:
            raise ArgumentError(
                name, "hold each label as text or as a number, not both", f"{both} labels as both", "make them all text"
            )
        # by type first: NumPy cannot sort numbers among text
        ordered = sorted(different, key=lambda each: (isinstance(each, str), type(each).__name__, str(each)))
        places = {label: code for code, label in enumerate(ordered)}
        kept = np.empty(len(ordered), dtype=object)
        kept[:] = ordered
        return np.array([places[each] for each in column.tolist()], dtype=np.int64), kept
    labels, codes = np.unique(column, return_inverse=True)
    return codes.astype(np.int64), labels


def _is_numeric(series: "pd.Series[Any]") -> bool:
    if series.dtype == object:
        kept = series[~series.isna()]
        return all(isinstance(each, int | float | np.number | np.bool_) for each in kept)
    return pd.api.types.is_bool_dtype(series.dtype) or (
        pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_complex_dtype(series.dtype)
    )


def _of_series(series: "pd.Series[Any]") -> Array:
    values: Any = series
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _kind(series: "pd.Series[Any]") -> str:
    if isinstance(series.dtype, pd.CategoricalDtype):
        return "categories"
    return "text" if series.dtype == object or pd.api.types.is_string_dtype(series.dtype) else str(series.dtype)


def _refuse_columns(name: str, frame: pd.DataFrame) -> None:
    bad = [j for j in range(frame.shape[1]) if not _is_numeric(frame.iloc[:, j])]
    if bad:
        labels = ", ".join(repr(str(frame.columns[j])) for j in bad[:NAMED]) + (", ..." if len(bad) > NAMED else "")
        kind = _kind(frame.iloc[:, bad[0]])
        raise _not_numbers(name, f"{kind} in column{'s' if len(bad) > 1 else ''} {labels}")


def _not_numbers(name: str, got: str) -> ArgumentError:
    return ArgumentError(
        name, "hold numbers", got, "code categories as columns of 0 and 1 without one level (pandas.get_dummies)"
    )

"""Kind of each column of instruments: hard calls with stray codes, and continuous columns among genotypes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentmr.data.printing import listing
from latentmr.errors import ArgumentError

__all__ = ["refuse_mixture", "refuse_stray_calls", "stray_calls"]

#: Stray codes that a column may have, largest share of its values that they are, and share from which 3 is a count.
CODES, STRAY, COUNTS = 3, 0.2, 0.05


def stray_calls(values: NDArray[Any]) -> str:
    """Return the codes among hard calls that are no calls, with their counts; empty if there is none.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        A column of instruments; NaN if missing.

    Examples
    --------
    >>> stray_calls(np.array([0.0, 1, 2, 1, 0, 1, 0, -9]))
    '1 value of -9'
    >>> stray_calls(np.array([0.0, 1, 2, 0.4]))
    ''
    """
    present = values[~np.isnan(values)]
    if not _beyond(present):
        return ""
    calls = np.isin(present, (0.0, 1.0, 2.0))
    odd = present[~calls]
    codes, counts = np.unique(odd, return_counts=True)
    few = len(odd) <= STRAY * len(present) and len(codes) <= CODES
    if not few or (codes != np.round(codes)).any() or len(np.unique(present[calls])) < 2:
        return ""
    if codes[0] == 3 and (len(odd) > COUNTS * len(present) or (len(codes) > 1 and codes[1] == 4)):
        # counts such as those of children, which go on after 2
        return ""
    parts = zip(codes.tolist(), counts.tolist(), strict=True)
    return ", ".join(f"{count:,} value{'s' * (count != 1)} of {code:g}" for code, count in parts)


def refuse_stray_calls(values: NDArray[Any], names: Sequence[str], argument: str) -> None:
    """Refuse columns of 0, 1 and 2 with a few other whole numbers, such as -9.

    Parameters
    ----------
    values : np.ndarray of dimension (n, p)
        NaN if missing.
    names : sequence of str
        Names of the columns.
    argument : str
        Name of the argument, for the message.
    """
    strays = {name: stray for name, column in zip(names, values.T, strict=True) if (stray := stray_calls(column))}
    if strays:
        name, stray = next(iter(strays.items()))
        more = f", and {len(strays) - 1:,} more columns like it" if len(strays) > 1 else ""
        raise ArgumentError(
            f"{argument}",
            "be 0, 1 or 2 in a column of hard calls",
            f"{name!r} with {stray} among them{more}",
            "write NA for missing values, or name the code (`missing_codes`)",
        )


def refuse_mixture(values: NDArray[Any], names: Sequence[str], argument: str) -> None:
    """Refuse continuous columns among as many columns of hard calls: they may be no instruments, as age is none.

    Parameters
    ----------
    values : np.ndarray of dimension (n, p)
        NaN if missing.
    names : sequence of str
        Names of the columns.
    argument : str
        Name of the argument, for the message.
    """
    outside = np.array([_beyond(column) for column in values.T], dtype=bool)
    if not outside.any() or outside.all():
        return
    calls = [np.array_equal(np.unique(column[~np.isnan(column)]), (0, 1, 2)) for column in values.T[~outside]]
    if sum(calls) >= outside.sum():
        raise ArgumentError(
            f"{argument}",
            "be all genotypes or all continuous",
            f"{sum(calls):,} columns of 0, 1 and 2, and other numbers in"
            f" {listing([name for name, other in zip(names, outside, strict=True) if other])}",
            "leave out what is no instrument, or name all instruments in a list (`extract`)",
        )


def _beyond(column: NDArray[Any]) -> bool:
    known = column[~np.isnan(column)]
    return bool(len(known)) and not (known.min() >= 0 and known.max() <= 2)

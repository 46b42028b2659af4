"""Numbers rounded to the digits that their standard error supports."""

import math
from typing import Protocol

__all__ = ["compared", "decimals", "rounded", "rounded_set"]

#: Significant digits of a number whose standard error is not known.
SIGNIFICANT = 3


class Intervals(Protocol):
    """A set of effects, such as :class:`~latentmr.results.ConfidenceSet`."""

    @property
    def intervals(self) -> tuple[tuple[float, float], ...]: ...


def decimals(se: float) -> int | None:
    """Return the decimals that show two digits of a standard error, or None if it is not a positive number.

    Examples
    --------
    >>> decimals(0.0312), decimals(4.2), decimals(420.0)
    (3, 1, 0)
    """
    if not (math.isfinite(se) and se > 0):
        return None
    return max(0, 1 - math.floor(math.log10(se)))


def rounded(value: float, se: float = math.nan) -> str:
    """Round a number to the second digit of its standard error.

    Examples
    --------
    >>> rounded(0.49512, 0.0312), rounded(1234.5, 420.0), rounded(0.49512)
    ('0.495', '1234', '0.495')
    """
    places = decimals(se)
    if places is None or not math.isfinite(value):
        return f"{value:.{SIGNIFICANT}g}"
    return f"{value:.{places}f}"


def compared(p_value: float | None, sign: bool = False) -> str:
    """Round a p-value to two digits; return an empty text if there is none.

    Parameters
    ----------
    p_value : float or None
    sign : bool
        Whether to write ``=`` before a p-value that is not below 0.001.

    Returns
    -------
    str

    Examples
    --------
    >>> compared(0.0412), compared(0.0412, sign=True), compared(1e-9)
    ('0.041', '= 0.041', '< 0.001')
    """
    if p_value is None or math.isnan(p_value):
        return ""
    return "< 0.001" if p_value < 0.001 else f"{'= ' * sign}{p_value:.2g}"


def rounded_set(found: Intervals, se: float = math.nan) -> str:
    """Round the ends of a set to the second digit of a standard error.

    Examples
    --------
    >>> from latentmr.results import ConfidenceSet
    >>> rounded_set(ConfidenceSet(((-float("inf"), 0.43211),), 0.05), 0.03)
    '[-inf, 0.432]'
    """
    if not found.intervals:
        return "empty"
    return " U ".join(f"[{rounded(low, se)}, {rounded(high, se)}]" for low, high in found.intervals)

"""Numbers with the digits that their standard error leaves them."""

import math

from latentmr.results.objects import ConfidenceSet

__all__ = ["decimals", "rounded", "rounded_set"]

#: Digits of a number whose error is not known.
SIGNIFICANT = 3


def decimals(se: float) -> int | None:
    """Decimals that show two digits of a standard error; None where it is no positive number.

    Examples
    --------
    >>> decimals(0.0312), decimals(4.2), decimals(420.0)
    (3, 1, 0)
    """
    if not (math.isfinite(se) and se > 0):
        return None
    return max(0, 1 - math.floor(math.log10(se)))


def rounded(value: float, se: float = math.nan) -> str:
    """A number to the second digit of its standard error.

    Examples
    --------
    >>> rounded(0.49512, 0.0312), rounded(1234.5, 420.0), rounded(0.49512)
    ('0.495', '1234', '0.495')
    """
    places = decimals(se)
    if places is None or not math.isfinite(value):
        return f"{value:.{SIGNIFICANT}g}"
    return f"{value:.{places}f}"


def rounded_set(found: ConfidenceSet, se: float = math.nan) -> str:
    """A set whose ends have the digits of an estimate.

    Examples
    --------
    >>> rounded_set(ConfidenceSet(((-float("inf"), 0.43211),), 0.05), 0.03)
    '[-inf, 0.432]'
    """
    if found.is_empty:
        return "empty"
    return " U ".join(f"[{rounded(low, se)}, {rounded(high, se)}]" for low, high in found.intervals)

"""Coding of controls and cases, and codings that leave open which values are missing."""

import numpy as np
from numpy.typing import NDArray

from latentmr.data.cohort.missing_codes import NINES, SPECIAL
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["BINARY", "binary_coding", "coded_levels", "refuse_coded_levels"]

#: Values of controls and cases.
BINARY = ((0.0, 1.0), (1.0, 2.0))
#: Most distinct values of an outcome that a message lists.
MOST_LEVELS = 5


def binary_coding(values: NDArray[np.float64], name: str, outcome_type: str) -> tuple[NDArray[np.float64], str | None]:
    """Recognise the coding of controls and cases, and convert it to 0/1.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        Values; NaN if missing.
    name : str
        Name of the column.
    outcome_type : str
        ``auto``, ``continuous`` or ``binary``.

    Returns
    -------
    np.ndarray of dimension (n,)
        0 for controls and 1 for cases if the column is binary; otherwise the unchanged values.
    str or None
        Statement of the coding; None if the column is not binary.
    """
    levels = np.unique(values[np.isfinite(values)])
    coding = tuple(levels.tolist())
    if outcome_type == "binary" and coding not in BINARY:
        few = f"the values {', '.join(f'{level:g}' for level in levels)}"
        raise ArgumentError(
            "outcome_type",
            f"be continuous unless {name!r} is coded 0/1 or 1/2",
            f"binary, with {few if len(levels) <= MOST_LEVELS else f'{len(levels):,} distinct values'}",
            "recode the column",
        )
    if outcome_type == "continuous" or coding not in BINARY:
        return values, None
    cases = int((values == levels[1]).sum())
    controls = int((values == levels[0]).sum())
    text = f"{name}: binary, {levels[0]:g} = control ({controls:,}), {levels[1]:g} = case ({cases:,})"
    return values - levels[0], text


def coded_levels(values: Array) -> tuple[str, list[float]] | None:
    """Return the levels of a column of controls, cases and other codes, and which may mean missing; None if it is not.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        NaN if missing.

    Examples
    --------
    >>> coded_levels(np.array([0.0, 1, 2, 2]))
    ('1 value of 0, 1 of 1 and 2 of 2', [0.0])
    >>> coded_levels(np.array([1.0, 2, 3])) is None
    True
    """
    levels, counts = np.unique(values[np.isfinite(values)], return_counts=True)
    if not 3 <= len(levels) <= MOST_LEVELS:
        return None
    for pair, more in ((BINARY[1], (0.0,)), (BINARY[0], ()), (BINARY[1], ())):
        others = [float(level) for level in levels if level not in pair]
        if set(pair) <= set(levels) and all(level in (*SPECIAL, *NINES, 9, *more) for level in others):
            shown = [f"{count:,} of {level:g}" for level, count in zip(levels, counts, strict=True)]
            shown[0] = shown[0].replace(" of", " value of" if counts[0] == 1 else " values of", 1)
            return f"{', '.join(shown[:-1])} and {shown[-1]}", others
    return None


def refuse_coded_levels(values: Array, name: str) -> None:
    """Refuse an outcome of controls, cases and a third value, unless it is declared as continuous.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        NaN if missing.
    name : str
        Name of the column.
    """
    found = coded_levels(values)
    if found is None:
        return
    shown, others = found
    codes = ",".join(f"{level:g}" for level in others)
    raise ArgumentError(
        "outcome",
        "be coded 0/1 or 1/2, or be declared as continuous",
        f"{name!r} with {shown}, of which {codes} may mean missing (PLINK writes 0 or -9, biobanks negative numbers)",
        f"name the codes of missing values (`missing_codes` {name}:{codes}), or give `outcome_type` continuous",
    )

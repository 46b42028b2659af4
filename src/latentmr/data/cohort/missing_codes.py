"""Codes of missing values: those that the user names, PLINK's -9, and answers that are no answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from latentmr.data.printing import listing, shortened
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["NO_ANSWER", "PLINK", "MissingCodes", "as_number", "code_remark"]

#: PLINK's code for a missing phenotype.
PLINK = -9.0
#: Answers of questionnaires that mean that there is none, in lower case.
NO_ANSWER = (
    "prefer not to answer", "prefer not to say", "do not know", "don't know", "not available", "not known",
    "missing", "no answer", "not answered", "refused", "?",
)  # fmt: skip
#: Negative whole numbers that biobanks and surveys write for special answers.
SPECIAL = (-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -13, -88, -99, -888, -999, -8888, -9999, -99999)
#: Positive ones, and how far they are from all other values.
NINES, FAR = (99, 999, 9999, 99999, 88, 888, 8888), 2.0


@dataclass(frozen=True)
class MissingCodes:
    """Values that the user names as missing, in all columns or in one.

    Parameters
    ----------
    everywhere : tuple of str
        Codes of all columns.
    by_column : dict of str to tuple of str
        Further codes of some columns.
    """

    everywhere: tuple[str, ...]
    by_column: dict[str, tuple[str, ...]]

    @classmethod
    def parse(cls, given: Sequence[str | float] | str | float) -> "MissingCodes":
        """Read codes as they are given: ``-1,-3`` for all columns, and ``COL:-1,-3`` for one.

        Examples
        --------
        >>> MissingCodes.parse(["-1,-3", "cups:-10"])
        MissingCodes(everywhere=('-1', '-3'), by_column={'cups': ('-10',)})
        """
        everywhere: tuple[str, ...] = ()
        by_column: dict[str, tuple[str, ...]] = {}
        for each in [given] if isinstance(given, str | float | int) else given:
            name, colon, codes = str(each).rpartition(":")
            parts = tuple(part.strip() for part in codes.split(",") if part.strip())
            if not parts or (colon and not name.strip()):
                raise ArgumentError(
                    "missing_codes",
                    "be codes separated by commas, after the name of a column and a colon if they are of one column",
                    f"{str(each)!r}",
                    "for instance -1,-3 or cups:-10",
                )
            if colon:
                by_column[name.strip()] = by_column.get(name.strip(), ()) + parts
            else:
                everywhere += parts
        return cls(everywhere, by_column)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the codes of a column."""
        return self.everywhere + self.by_column.get(name, ())

    def numbers_of(self, name: str) -> tuple[float, ...]:
        """Return the codes of a column that are numbers."""
        numbers = [as_number(code) for code in self.of(name)]
        return tuple(number for number in numbers if number is not None)

    def refuse_unknown(self, names: Sequence[str]) -> None:
        """Refuse codes of a column that is not read."""
        for name in self.by_column:
            if name not in names:
                raise ArgumentError(
                    "missing_codes",
                    "name columns that are read",
                    f"{shortened(name)!r}",
                    f"the columns are {listing(names)}",
                )


def as_number(text: str) -> float | None:
    """Return a text as a finite number, or None.

    Examples
    --------
    >>> as_number("-9.0"), as_number("nine")
    (-9.0, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def code_remark(values: Array, name: str) -> str:
    """Say that a few values look like codes of missing answers; empty if none does.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        Numbers; NaN if missing.
    name : str
        Name of the column.

    Examples
    --------
    >>> code_remark(np.array([0.0, 2, 5, 3, -1, -3]), "cups")[:69]
    'cups: 2 values of -3 and -1 are the only negative values of a column '
    >>> code_remark(np.array([-1.5, 0, 1, 0.5]), "score")
    ''
    """
    known = values[np.isfinite(values)]
    odd, others, kind = known[known < 0], known[known >= 0], "negative"
    if not len(odd) and len(known):
        high = np.unique(known)
        odd, others, kind = known[known == high[-1]], known[known < high[-1]], "high"
        if high[-1] not in NINES or not len(others) or others.max() * FAR >= high[-1]:
            return ""
    elif not len(odd) or not np.isin(odd, SPECIAL).all() or len(np.unique(others)) < 2 or len(odd) > len(others):
        return ""
    codes = [f"{value:g}" for value in np.unique(odd)]
    given = f"{name}:{','.join(codes)}"
    which = " and ".join(filter(None, [", ".join(codes[:-1]), codes[-1]]))
    whole = bool((others == np.round(others)).all())
    what = f"the only {kind} values of a column of {'counts' if whole else 'numbers'}"
    what = f"far above all other values (at most {others.max():g})" if kind == "high" else what
    plural = "values of" if len(odd) > 1 else "value of"
    are = "are" if len(odd) > 1 else "is"
    return (
        f"{name}: {len(odd):,} {plural} {which} {are} {what}, and {are} used as numbers; if they mean a missing answer,"
        f" say so (missing_codes {given})."
    )

"""Evidence from allele frequencies on which allele a table counts."""

from dataclasses import dataclass

import numpy as np

from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Counted", "check_frequencies", "compare", "warn_uncertain"]

#: Smallest standard deviation of the difference between the frequencies of two studies. Studies of one ancestry differ
#: by less, and those of different continents by about so much.
NOISE = 0.1
#: Log likelihood ratio above which frequencies are of the same allele, or of the other one.
SURE = 6.0
#: Difference from which the frequencies of a variant disagree; share and number of such variants to warn about.
FAR, SHARE, NUMBER = 0.2, 0.2, 3
#: Differences as reported and with the other allele by which a single variant seems to count the other allele, and
#: share of such variants to warn about.
CROSSED, CLOSE, TENTH = 0.3, 0.1, 0.1
#: Minimum number of frequencies by which a column of minor-allele frequencies is recognised.
ENOUGH = 5
#: Share of the mean squared difference that remains if frequencies of minor alleles are compared, below which a column
#: holds those.
MINOR = 0.25


@dataclass(frozen=True)
class Counted:
    """A table whose frequencies are compared, and the option that names its columns.

    Parameters
    ----------
    reading : TableReading
        What was recognised in the table.
    option : str
        ``exposure_columns`` or ``outcome_columns``.
    low : bool
        Whether no frequency of the table, as it reports them, is above one half.
    """

    reading: TableReading
    option: str
    low: bool = False

    @property
    def taken(self) -> str:
        """Column that was taken for the effect allele."""
        return self.reading.columns.get("effect_allele", "")


@dataclass(frozen=True)
class _Comparison:
    n: int
    ratio: float
    correlation: float
    difference: float
    reverse: float
    far: int
    crossed: int
    minor: bool


def compare(mine: Array, theirs: Array) -> _Comparison:
    """Compare the frequencies of the same alleles in two studies.

    Parameters
    ----------
    mine, theirs : np.ndarray of dimension (p,)
        Frequencies; missing values are NaN.

    Returns
    -------
    _Comparison
        Number of variants, log likelihood ratio (positive if the second frequencies are of the other allele),
        correlation, root mean squared difference as reported and with the other allele, number of variants that differ
        by more than 0.2, number of those that agree with the other allele, and whether only the frequencies of minor
        alleles agree.

    Examples
    --------
    >>> found = compare(np.array([0.1, 0.3, 0.8]), np.array([0.9, 0.7, 0.2]))
    >>> found.ratio > SURE, round(found.correlation, 3)
    (True, -1.0)
    """
    known = np.isfinite(mine) & np.isfinite(theirs)
    x, y = mine[known], theirs[known]
    n = len(x)
    if not n:
        return _Comparison(0, 0.0, float("nan"), 0.0, 0.0, 0, 0, minor=False)
    same, other = float(np.mean((x - y) ** 2)), float(np.mean((x + y - 1) ** 2))
    ratio = n * (same - other) / (2 * max(min(same, other), NOISE**2))
    varies = n > 2 and x.std() > 0 and y.std() > 0
    correlation = float(np.corrcoef(x, y)[0, 1]) if varies else float("nan")
    folded = float(np.mean((np.minimum(x, 1 - x) - np.minimum(y, 1 - y)) ** 2))
    minor = n >= ENOUGH and folded < MINOR * min(same, other) and min(same, other) > NOISE**2
    far = int((np.abs(x - y) > FAR).sum())
    crossed = int(((np.abs(x - y) > CROSSED) & (np.abs(x + y - 1) < CLOSE)).sum())
    return _Comparison(n, ratio, correlation, same**0.5, other**0.5, far, crossed, minor)


def check_frequencies(mine: Array, theirs: Array, first: Counted | str, second: Counted, ledger: Ledger) -> bool:
    """Compare the effect-allele frequencies of a table with those of another one or of reference genotypes.

    Parameters
    ----------
    mine, theirs : np.ndarray of dimension (p,)
        Frequencies of the same alleles after harmonising, without palindromic variants.
    first : Counted or str
        The other table, or the path of reference genotypes.
    second : Counted
        The table.
    ledger : Ledger
        Receives warnings and notes.

    Returns
    -------
    bool
        Whether the frequencies show that the second table counts the allele that was taken for the effect allele.

    Raises
    ------
    ValueError
        If the frequencies are those of the other allele, and the names of columns do not settle which one is counted.
    """
    found = compare(mine, theirs)
    if not found.n:
        return False
    name = first if isinstance(first, str) else first.reading.path
    about = f"{found.n:,} variant{'' if found.n == 1 else 's'}"
    numbers = f"{found.difference:.2f} over {about}, and {found.reverse:.2f} if the other allele were counted"
    if np.isfinite(found.correlation):
        numbers += f" (correlation {found.correlation:.2f})"
    low = next((each for each in (second, first) if isinstance(each, Counted) and each.low), None)
    if found.minor and low is not None:
        ledger.warnings.append(
            f"the frequencies of {low.reading.path} seem to be those of minor alleles, not of effect alleles: none is"
            f" above 0.5, and their root mean squared difference from {name if low is second else second.reading.path}"
            f" is {numbers}. They do not determine the strand of palindromic variants: use `action` 3"
        )
        return False
    if found.ratio > SURE:
        _refuse_or_warn(numbers, name, first, second, ledger)
        return False
    if found.crossed and found.crossed >= TENTH * found.n:
        ledger.warnings.append(
            f"{found.crossed:,} of {about} have complementary effect-allele frequencies in {name} and"
            f" {second.reading.path}: one of the tables seems to count the other allele for them, so that their effects"
            " have opposite signs"
        )
        return False
    if found.far >= NUMBER and found.far > SHARE * found.n:
        ledger.warnings.append(
            f"effect-allele frequencies of {name} and {second.reading.path} differ by more than {FAR:g} for"
            f" {found.far:,} of {about}: the studies have different ancestries, or some variants count another allele"
            " than they name"
        )
        return False
    return found.ratio < -SURE


def _refuse_or_warn(numbers: str, name: str, first: Counted | str, second: Counted, ledger: Ledger) -> None:
    doubtful = [each for each in (second, first) if isinstance(each, Counted) and not each.reading.certain]
    if not doubtful:
        ledger.warnings.append(
            f"effect-allele frequencies of {name} and {second.reading.path} are complementary: their root mean squared"
            f" difference is {numbers}. One of the tables counts the other allele, and the sign of the effect is"
            " reversed, or its frequencies are those of the other allele"
        )
        return
    wrong = doubtful[0]
    against = name if wrong is second else second.reading.path
    other = wrong.reading.columns.get("other_allele", "")
    named = f"effect_allele={other},other_allele={wrong.taken}" if other and wrong.taken else "effect_allele=COLUMN"
    raise ArgumentError(
        f"{wrong.reading.path}",
        f"have effect-allele frequencies like those of {against}",
        f"complementary ones: their root mean squared difference is {numbers}",
        f"Column {wrong.taken!r} was taken for the effect allele. If the other allele is counted, give `{wrong.option}`"
        f" {named}; if the column is right, name it there",
    )


def warn_uncertain(table: Counted, ledger: Ledger) -> None:
    """Warn that neither names of columns nor frequencies settle which allele a table counts.

    Parameters
    ----------
    table : Counted
    ledger : Ledger
        Receives the warning.
    """
    ledger.warnings.append(
        f"neither the names of columns nor frequencies settle which allele {table.reading.path} counts: column"
        f" {table.taken!r} was taken for the effect allele. If it is the other one, the sign of the effect is reversed."
        f" Check the documentation of the table, and name the column with `{table.option}` effect_allele=COLUMN"
    )

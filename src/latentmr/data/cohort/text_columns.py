"""Columns of text: labels without the texts that mean missing, and numbers among which a few words stand."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.cohort.missing_codes import NO_ANSWER, PLINK, SPECIAL, as_number
from latentmr.data.printing import listing, shortened
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["TextColumn", "clean_labels", "numbers_of_text", "plink_warning"]

#: Words for 0 and 1, in lower case.
PAIRS = (
    ("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("control", "case"), ("controls", "cases"),
    ("unaffected", "affected"), ("absent", "present"), ("negative", "positive"),
)  # fmt: skip
#: Labels that may mean a missing answer, in lower case.
DOUBTFUL = ("unknown", "not applicable", "unspecified", "undefined", "n.a.", "-", "--")
#: Distinct numbers from which a covariate is numeric, and largest share of words in a column of numbers.
NUMBERS, WORDS = 10, 0.2
#: Individuals from whom on a word is quoted, so that no text of one individual is.
QUOTED = 5
#: Numbers with a decimal comma, or with commas between thousands.
COMMAS = re.compile(r"[+-]?(\d+,\d+|\d{1,3}(,\d{3})+(\.\d*)?)")


@dataclass(frozen=True)
class TextColumn:
    """A column of text after it was read.

    Parameters
    ----------
    numbers : np.ndarray of dimension (n,), optional
        The numbers, NaN if missing; None if the column holds labels.
    warnings : tuple of str
        What was read as missing.
    notes : tuple of str
        How words were read as numbers.
    """

    numbers: Array | None
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()


def clean_labels(
    values: NDArray[np.object_], name: str, codes: tuple[str, ...], missing: tuple[str, ...]
) -> tuple[NDArray[np.object_], list[str]]:
    """Return labels without blanks around them, and None for texts that mean missing.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        Text; None if missing.
    name : str
        Name of the column.
    codes : tuple of str
        Codes of missing values that the user names.
    missing : tuple of str
        Texts that mean missing in every file.

    Returns
    -------
    np.ndarray of dimension (n,)
    list of str
        What was read as missing, and labels that look like it.

    Examples
    --------
    >>> labels, warnings = clean_labels(np.array(["s0 ", "-9", "null", "s1"], dtype=object), "site", (), ("NULL",))
    >>> labels.tolist()
    ['s0', None, None, 's1']
    >>> warnings
    ["site: 1 value of -9 was read as missing (PLINK's code); recode it if -9 is a valid value."]
    """
    texts = pd.Series(values, dtype=object).str.strip()
    levels = texts.dropna().unique()
    named = {level for level in levels if _is_code(level, codes)}
    no_answer = {level for level in levels if level.lower() in NO_ANSWER} - named
    plink = {level for level in levels if as_number(level) == PLINK} - named
    silent = {level for level in levels if level.lower() in {text.lower() for text in missing}}
    warnings = [_read_as_missing(name, int(texts.isin(found).sum()), what) for found, what in (
        (named, f"{listing(sorted(named))} (missing_codes)"),
        (no_answer, listing([repr(level) for level in sorted(no_answer)])),
    ) if found]  # fmt: skip
    if plink:
        warnings.append(plink_warning(name, int(texts.isin(plink).sum())))
    texts = texts.mask(texts.isin(named | no_answer | plink | silent))
    left = texts.dropna().unique()
    doubtful = sorted(level for level in left if as_number(level) in SPECIAL or level.lower() in DOUBTFUL)
    if doubtful and len(doubtful) < len(left):
        warnings.append(
            f"{name}: {listing([repr(level) for level in doubtful])} (of {int(texts.isin(doubtful).sum()):,}"
            " individuals) are used as categories; if they mean a missing answer, say so (missing_codes"
            f" {name}:{','.join(doubtful)})."
        )
    folded = pd.Series(left, dtype=object).str.casefold()
    if folded.duplicated().any():
        warnings.append(
            f"{name}: {int(folded.duplicated(keep=False).sum())} labels differ only in upper and lower case; they are"
            " different categories."
        )
    return np.asarray(texts.where(texts.notna(), None), dtype=object), warnings


def numbers_of_text(
    values: NDArray[np.object_], name: str, role: str, codes: tuple[str, ...], missing: tuple[str, ...], path: str
) -> TextColumn:
    """Read a column of text as numbers if it holds numbers, and a few words that then are missing.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        Text; None if missing.
    name, role, path : str
        Name of the column, its role (``covar`` may hold labels), and the path of its table, for messages.
    codes, missing : tuple of str
        Texts that mean missing: those that the user names, and those of every file.

    Returns
    -------
    TextColumn

    Raises
    ------
    ValueError
        If it can be neither numbers nor labels, or it must be numbers and is not.

    Examples
    --------
    >>> ages = np.array([str(age) for age in range(40, 70)] + ["Prefer not to answer"], dtype=object)
    >>> read = numbers_of_text(ages, "age", "covar", (), (), "pheno.tsv")
    >>> int(np.isnan(read.numbers).sum()), read.warnings
    (1, ("age: 1 value was read as missing: 'Prefer not to answer'.",))
    """
    labels, warnings = clean_labels(values, name, codes, missing)
    texts = pd.Series(labels, dtype=object)
    present = texts.notna().to_numpy(dtype=bool)
    pair = _pair_of(texts[present])
    if pair is not None and role != "covar":
        text = f"{name}: the words {pair[0]} and {pair[1]} were read as 0 and 1."
        coded = texts.str.lower().map(dict(zip(pair, (0.0, 1.0), strict=True)))
        return TextColumn(np.asarray(coded, dtype=np.float64), tuple(warnings), (text,))
    numbers: Array = np.asarray(pd.to_numeric(texts, errors="coerce"), dtype=np.float64)
    bad = texts[present & np.isnan(numbers)]
    distinct = len(np.unique(numbers[np.isfinite(numbers)]))
    if not len(bad) and (distinct or role != "covar"):
        return TextColumn(numbers, tuple(warnings))
    few = len(bad) <= WORDS * max(int(present.sum()), 1)
    words = not bad.str.contains(r"\d").any()
    if words and few and distinct >= (NUMBERS if role == "covar" else 3):
        counts = bad.value_counts()
        common = f", most often {shortened(counts.index[0])!r}" if counts.iloc[0] >= QUOTED else ""
        are = "values are words, not numbers" if len(bad) > 1 else "value is a word, not a number"
        warnings.append(f"{name}: {len(bad):,} {are}{common}; read as missing.")
        return TextColumn(numbers, tuple(warnings))
    commas = int(bad.map(lambda text: COMMAS.fullmatch(text) is not None).sum())
    if commas and commas + int(np.isfinite(numbers).sum()) > len(bad) - commas:
        raise ArgumentError(
            f"{role}",
            "be numbers with a decimal point and without separators of thousands",
            f"{name!r} of {path} with a comma in {commas:,} numbers",
            "write the numbers as 1234.5",
        )
    if role == "covar" and distinct >= NUMBERS and 2 * len(bad) <= int(present.sum()):
        raise ArgumentError(
            f"{role}",
            "be numbers or labels",
            f"{name!r} of {path} with {int(present.sum()) - len(bad):,} numbers and {len(bad):,} values that are not",
            "write NA for missing values, name their code (`missing_codes`), or the column as `categorical`",
        )
    return TextColumn(None, tuple(warnings))


def plink_warning(name: str, count: int) -> str:
    """Say that values of -9 were read as missing."""
    values, were, them = ("values", "were", "them") if count != 1 else ("value", "was", "it")
    return (
        f"{name}: {count} {values} of -9 {were} read as missing (PLINK's code); recode {them} if -9 is a valid value."
    )


def _read_as_missing(name: str, count: int, what: str) -> str:
    return f"{name}: {count:,} value{'s were' if count != 1 else ' was'} read as missing: {what}."


def _is_code(level: str, codes: tuple[str, ...]) -> bool:
    number = as_number(level)
    return level in codes or (number is not None and number in [as_number(code) for code in codes])


def _pair_of(texts: pd.Series) -> tuple[str, str] | None:
    found = set(texts.str.lower().unique())
    return next((pair for pair in PAIRS if found == set(pair)), None)

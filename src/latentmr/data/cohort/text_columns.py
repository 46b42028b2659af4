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
#: Most spellings of two words in a column: no, No, NO and so on.
MOST_SPELLINGS = 8
#: Individuals from whom on a word is quoted, so that no text of one individual is.
QUOTED = 5
#: Numbers with a decimal comma, or with commas between thousands.
COMMAS = re.compile(r"[+-]?(\d+,\d+|\d{1,3}(,\d{3})+(\.\d*)?)")


@dataclass(frozen=True)
class TextColumn:
    """A column of text after it was read.

    Parameters
    ----------
    labels : np.ndarray of dimension (n,)
        The texts; None if missing.
    numbers : np.ndarray of dimension (n,), optional
        The numbers, NaN if missing; None if the column holds labels.
    warnings : tuple of str
        What was read as missing.
    notes : tuple of str
        How words were read as numbers.
    """

    labels: NDArray[np.object_]
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
    # each label once, however many individuals have it
    codes_of_rows, raw = pd.factorize(values)
    counts = np.bincount(codes_of_rows[codes_of_rows >= 0], minlength=len(raw))
    texts = pd.Series(raw, dtype=object).str.strip()
    silent = {text.lower() for text in missing}
    named = [_is_code(level, codes) for level in texts]
    plink = [as_number(level) == PLINK for level in texts]
    no_answer = [level.lower() in NO_ANSWER for level in texts]
    left = np.array([level.lower() not in silent for level in texts], dtype=bool)
    warnings: list[str] = []
    for found, what in ((named, "missing_codes"), (no_answer, ""), (plink, "-9")):
        hit = np.asarray(found, dtype=bool) & left
        left &= ~hit
        if hit.any() and what == "-9":
            warnings.append(plink_warning(name, int(counts[hit].sum())))
        elif hit.any():
            shown = listing(sorted({repr(level) for level in texts[hit]}))
            shown += f" ({what})" if what else ""
            warnings.append(_read_as_missing(name, int(counts[hit].sum()), shown))
    doubt = left & np.array([as_number(level) in SPECIAL or level.lower() in DOUBTFUL for level in texts], dtype=bool)
    if doubt.any() and (left & ~doubt).any():
        doubtful = sorted(set(texts[doubt]))
        warnings.append(
            f"{name}: {listing([repr(level) for level in doubtful])} (of {int(counts[doubt].sum()):,} individuals) are"
            f" used as categories; if they mean a missing answer, say so (missing_codes {name}:{','.join(doubtful)})."
        )
    if left.any() and texts[left].str.fullmatch(r"-?\d+\.0").all():
        # pandas writes whole numbers with missing values among them so
        texts = texts.str.removesuffix(".0")
    folded = pd.Series(texts[left].unique(), dtype=object).str.casefold()
    if folded.duplicated().any():
        warnings.append(
            f"{name}: {int(folded.duplicated(keep=False).sum())} labels differ only in upper and lower case; they are"
            " different categories."
        )
    labels = np.empty(len(raw) + 1, dtype=object)
    # the last is of rows without a text
    labels[:-1][left] = texts[left]
    return labels[codes_of_rows], warnings


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
    rows, levels = pd.factorize(labels)
    counts, texts = np.bincount(rows[rows >= 0], minlength=len(levels)), pd.Series(levels, dtype=object)
    present = int(counts.sum())
    pair = _pair_of(texts)
    if pair is not None and role != "covar":
        told = f"{name}: the words {pair[0]} and {pair[1]} were read as 0 and 1."
        coded = np.array([float(pair.index(level.lower())) for level in texts])
        return TextColumn(labels, _of_rows(coded, rows), tuple(warnings), (told,))
    values_of = np.asarray(pd.to_numeric(texts, errors="coerce"), dtype=np.float64)
    numbers = _of_rows(values_of, rows)
    wrong = np.isnan(values_of)
    bad, n_bad = texts[wrong], int(counts[wrong].sum())
    distinct = len(np.unique(values_of[~wrong]))
    if not n_bad and (distinct or role != "covar"):
        return TextColumn(labels, numbers, tuple(warnings))
    few, words = n_bad <= WORDS * max(present, 1), not bad.str.contains(r"\d").any()
    if words and few and distinct >= (NUMBERS if role == "covar" else 3):
        most = int(np.argmax(np.where(wrong, counts, -1)))
        common = f", most often {shortened(texts[most])!r}" if counts[most] >= QUOTED else ""
        are = "values are words, not numbers" if n_bad > 1 else "value is a word, not a number"
        warnings.append(f"{name}: {n_bad:,} {are}{common}; read as missing.")
        return TextColumn(labels, numbers, tuple(warnings))
    commas = int(counts[wrong][[COMMAS.fullmatch(text) is not None for text in bad]].sum())
    if commas and commas + present - n_bad > n_bad - commas:
        raise ArgumentError(
            f"{role}",
            "be numbers with a decimal point and without separators of thousands",
            f"{name!r} of {path} with a comma in {commas:,} numbers",
            "write the numbers as 1234.5",
        )
    if role == "covar" and distinct >= NUMBERS and 2 * n_bad <= present:
        raise ArgumentError(
            f"{role}",
            "be numbers or labels",
            f"{name!r} of {path} with {present - n_bad:,} numbers and {n_bad:,} values that are not",
            "write NA for missing values, name their code (`missing_codes`), or the column as `categorical`",
        )
    return TextColumn(labels, None, tuple(warnings))


def _of_rows(values: Array, rows: NDArray[np.intp]) -> Array:
    """Return the number of each row; NaN for rows without a text."""
    return np.append(values, np.nan)[rows]


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
    found = {text.lower() for text in texts} if len(texts) <= MOST_SPELLINGS else set()
    return next((pair for pair in PAIRS if found == set(pair)), None)

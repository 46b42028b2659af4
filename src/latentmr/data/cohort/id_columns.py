"""Which column of a table holds the sample id: by its name, wherever it stands."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

__all__ = ["find_family_column", "find_id_column", "is_id_name", "is_nameless", "is_row_numbers", "paired", "plain"]

#: Names of id columns, the first that is there wins. Case, ``#`` and dots do not matter.
IDS = ("iid", "eid", "feid", "neid")
#: Names that other tools give to an id column. They come second, since they may also name a laboratory's sample.
OTHER_IDS = ("sampleid", "individualid", "participantid", "personid", "subjectid", "patientid", "sample", "id", "id2")
#: Names of the family id.
FAMILIES = ("fid", "familyid", "id1")
#: Names that pandas, R and readr give to row numbers.
NAMELESS = re.compile(r"|unnamed:?\s*\d+|x|v1|index|row|rows?_?(names?|numbers?|num|id)?|\.\.\.?1|rownames?|n|nr|no")


def plain(name: str) -> str:
    """Return the name of a column without case, ``#``, dots, blanks and underscores.

    Examples
    --------
    >>> plain("#IID"), plain("f.eid"), plain("Sample_ID"), plain("X.FID")
    ('iid', 'feid', 'sampleid', 'fid')
    """
    text = re.sub(r"[\W_]", "", name.strip().lower())
    # R writes #IID as X.IID
    return text[1:] if text in ("xiid", "xfid") else text


def is_nameless(name: str) -> bool:
    """Return whether a column has no name of its own, as row numbers have none.

    Examples
    --------
    >>> is_nameless(""), is_nameless("Unnamed: 0"), is_nameless("participant")
    (True, True, False)
    """
    return NAMELESS.fullmatch(name.strip().lower()) is not None


def is_id_name(name: str) -> bool:
    """Return whether a column is an id by its name: of an individual, of a family, or of a row."""
    return plain(name) in (*IDS, *OTHER_IDS, *FAMILIES) or name.strip() == "" or name.startswith("Unnamed:")


def find_id_column(names: Sequence[str]) -> str:
    """Return the id column of a table without ``id``.

    Parameters
    ----------
    names : sequence of str
        Names of the columns; there is at least one.

    Returns
    -------
    str

    Examples
    --------
    >>> find_id_column(["", "site", "IID"]), find_id_column(["FID", "IID"]), find_id_column(["participant", "site"])
    ('IID', 'IID', 'participant')
    """
    known = [plain(name) for name in names]
    for wanted in IDS:
        # the spelling in capitals wins if a table has two
        found = sorted((name for name, short in zip(names, known, strict=True) if short == wanted))
        if found:
            return found[0]
    first = names[0]
    if known[0] in OTHER_IDS or not (is_nameless(first) or known[0] in FAMILIES):
        return first
    for wanted in OTHER_IDS:
        if wanted in known:
            return names[known.index(wanted)]
    return first


def find_family_column(names: Sequence[str]) -> str | None:
    """Return the column of family ids, or None.

    Examples
    --------
    >>> find_family_column(["#FID", "IID"]), find_family_column(["IID", "site"])
    ('#FID', None)
    """
    found = [name for name in names if plain(name) in FAMILIES]
    return found[0] if found else None


def is_row_numbers(ids: pd.Index) -> bool:
    """Return whether ids are 1, 2, 3, ... or 0, 1, 2, ..., in any order and with gaps where rows were removed.

    Examples
    --------
    >>> is_row_numbers(pd.Index(["1", "2", "3"])), is_row_numbers(pd.Index(["1000117", "1000253"]))
    (True, False)
    """
    numbers = pd.to_numeric(pd.Series(ids, dtype=object), errors="coerce")
    if not len(numbers) or numbers.isna().any() or (numbers != numbers.round()).any() or ids.str.match(r"0\d").any():
        return False
    return bool(numbers.min() >= 0 and numbers.max() <= 2 * len(numbers) + 1)


def paired(families: Iterable[object], ids: Iterable[object]) -> pd.Index:
    """Join family ids and individual ids by a blank, which neither can hold.

    Examples
    --------
    >>> paired(["F1", "F2"], ["1", "1"]).tolist()
    ['F1 1', 'F2 1']
    """
    pairs = [f"{family} {own}" for family, own in zip(families, ids, strict=True)]
    return pd.Index(pairs, dtype=object)

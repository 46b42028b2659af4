"""Why ids of the same individuals differ between two files: zeros, case, blanks, decimals or prefixes."""

import re
from collections.abc import Callable
from os.path import commonprefix

import pandas as pd

__all__ = ["differing_ids"]


def _without_zeros(value: str) -> str:
    return value.lstrip("0") or "0"


def _without_blanks(value: str) -> str:
    return re.sub(r"[\s\"']", "", value)


def _without_decimals(value: str) -> str:
    return re.sub(r"\.0+$", "", value)


def _without_family(value: str) -> str:
    return value.rsplit("_", 1)[-1]


#: Ways to write an id, and what a message says about them.
SPELLINGS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("blanks or quotes", _without_blanks),
    ("upper and lower case", str.casefold),
    ("leading zeros", _without_zeros),
    ("decimals ('.0')", _without_decimals),
)


def differing_ids(mine: pd.Index, theirs: pd.Index, of_mine: str, of_theirs: str) -> tuple[str, int]:
    """Find a difference in spelling that keeps ids of two files from matching.

    Parameters
    ----------
    mine, theirs : pandas.Index
        Ids that are in one file only, as text.
    of_mine, of_theirs : str
        The owner of the ids in the message, for instance ``the genotypes'``.

    Returns
    -------
    str
        What to do, so that they match; empty if no difference explains any of them.
    int
        Number of ids of ``mine`` that would match.

    Examples
    --------
    >>> differing_ids(pd.Index(["001", "002"]), pd.Index(["1", "2"]), "the genotypes'", "the table's")
    ("write leading zeros alike in the genotypes' and the table's ids", 2)
    """
    if not len(mine) or not len(theirs):
        return "", 0
    best, told = 0, ""
    for what, spelt in SPELLINGS:
        count = _matching([spelt(str(value)) for value in mine], [spelt(str(value)) for value in theirs])
        if count > best:
            best, told = count, f"write {what} alike in {of_mine} and {of_theirs} ids"
    for text, ours, others in (
        (of_mine, [_without_family(str(value)) for value in mine], theirs),
        (of_theirs, mine, [_without_family(str(value)) for value in theirs]),
    ):
        count = _matching(ours, others)
        if count > best:
            best, told = count, f"remove the family id (the part before '_') from {text} ids, and they match"
    for text, ids, others in ((of_mine, mine, theirs), (of_theirs, theirs, mine)):
        affix, bare = _without_affix(ids)
        count = _matching(bare, others) if affix else 0
        if count > best:
            best, told = count, f"remove {affix!r} from {text} ids, and they match"
    return told, best


def _matching(mine: list[str] | pd.Index, theirs: list[str] | pd.Index) -> int:
    return int(pd.Index(mine, dtype=object).isin(pd.Index(theirs, dtype=object)).sum())


def _without_affix(ids: pd.Index) -> tuple[str, list[str]]:
    """Return a prefix of letters that the ids share, else such a suffix, and the ids without it."""
    texts = [str(value) for value in ids]
    prefix = re.sub(r"\d+$", "", commonprefix(texts))
    if prefix and len(texts) > 1:
        return prefix, [text.removeprefix(prefix) for text in texts]
    suffix = re.sub(r"^\d+", "", commonprefix([text[::-1] for text in texts])[::-1])
    return (suffix, [text.removesuffix(suffix) for text in texts]) if suffix and len(texts) > 1 else ("", texts)

"""Why ids of the same individuals differ between two files: zeros, case, blanks, decimals or prefixes."""

import re
from collections.abc import Callable, Iterator
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


#: Ids of which a difference is looked for.
SHOWN = 1000
Spelling = Callable[[str], str]
Comparison = tuple[str, Spelling | None, Spelling | None]
#: Ways to write an id, and what a message says about them.
SPELLINGS: tuple[tuple[str, Spelling], ...] = (
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
    # a few ids show the difference, then all are counted
    few, told, best = mine[:SHOWN], "", 0
    for text, ours, others in _comparisons(mine, theirs, of_mine, of_theirs):
        compared = _spelt(theirs, others)
        if _matching(_spelt(few, ours), compared) and (count := _matching(_spelt(mine, ours), compared)) > best:
            told, best = text, count
    return told, best


def _comparisons(mine: pd.Index, theirs: pd.Index, of_mine: str, of_theirs: str) -> Iterator[Comparison]:
    """Iterate over what to do, and how ids of both files would then be written; None leaves them as they are."""
    for what, spelt in SPELLINGS:
        yield f"write {what} alike in {of_mine} and {of_theirs} ids", spelt, spelt
    yield f"remove the family id (the part before '_') from {of_mine} ids, and they match", _without_family, None
    yield f"remove the family id (the part before '_') from {of_theirs} ids, and they match", None, _without_family
    for of, ids, ours in ((of_mine, mine, True), (of_theirs, theirs, False)):
        for affix, bare in _without_affixes(ids):
            yield f"remove {affix!r} from {of} ids, and they match", *((bare, None) if ours else (None, bare))


def _spelt(ids: pd.Index, spelling: Spelling | None) -> pd.Index:
    return ids if spelling is None else pd.Index([spelling(str(value)) for value in ids], dtype=object)


def _matching(mine: pd.Index, theirs: pd.Index) -> int:
    return int(mine.isin(theirs).sum())


def _without_affixes(ids: pd.Index) -> Iterator[tuple[str, Spelling]]:
    """Iterate over a prefix of ids that does not end in a digit, and a suffix that does not begin with one."""
    if len(ids) < 2:
        return
    prefix = re.sub(r"\d+$", "", commonprefix([str(ids.min()), str(ids.max())]))
    if prefix:
        yield prefix, lambda value: value.removeprefix(prefix)
    backwards = [str(value)[::-1] for value in ids]
    suffix = re.sub(r"^\d+", "", commonprefix([min(backwards), max(backwards)])[::-1])
    if suffix:
        yield suffix, lambda value: value.removesuffix(suffix)

"""Why ids of the same individuals differ between two files: zeros, case, blanks, decimals or prefixes."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from os.path import commonprefix

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["differing_ids"]

Spelling = Callable[[pa.Array], pa.Array]
Comparison = tuple[str, Spelling | None, Spelling | None]


def _without(pattern: str) -> Spelling:
    return partial(pc.replace_substring_regex, pattern=pattern, replacement="")


#: Ways to write an id, and what a message says about them.
SPELLINGS: tuple[tuple[str, Spelling], ...] = (
    ("blanks or quotes", _without(r"[\s\"']")),
    ("upper and lower case", pc.utf8_lower),
    ("leading zeros", _without("^0+")),
    ("decimals ('.0')", _without(r"\.0+$")),
)
#: Ids that show a difference.
SHOWN = 1000
#: Pattern of a family id before an id.
FAMILY = "^.*_"


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
    told, best = "", 0
    if len(mine) and len(theirs):
        ours, others = (pa.array(ids, pa.string()) for ids in (mine, theirs))
        for text, spelt, respelt in _comparisons(ours, others, of_mine, of_theirs):
            right = others if respelt is None else respelt(others)
            # a few ids show whether all are worth counting
            if _matching(ours[:SHOWN], spelt, right) and (count := _matching(ours, spelt, right)) > best:
                told, best = text, count
    return told, best


def _matching(ids: pa.Array, spelt: Spelling | None, others: pa.Array) -> int:
    left = ids if spelt is None else spelt(ids)
    return int(pc.sum(pc.is_in(left, value_set=others)).as_py())


def _comparisons(mine: pa.Array, theirs: pa.Array, of_mine: str, of_theirs: str) -> Iterator[Comparison]:
    """Iterate over what to do, and how ids of both files would then be written; None leaves them as they are."""
    for what, spelt in SPELLINGS:
        yield f"write {what} alike in {of_mine} and {of_theirs} ids", spelt, spelt
    for of, ids, ours in ((of_mine, mine, True), (of_theirs, theirs, False)):
        family = _without(FAMILY)
        told = f"remove the family id (the part before '_') from {of} ids, and they match"
        yield told, *((family, None) if ours else (None, family))
        for affix, bare in _without_affixes(ids):
            yield f"remove {affix!r} from {of} ids, and they match", *((bare, None) if ours else (None, bare))


def _without_affixes(ids: pa.Array) -> Iterator[tuple[str, Spelling]]:
    """Iterate over a prefix of ids that does not end in a digit, and a suffix that does not begin with one."""
    if len(ids) < 2:
        return
    prefix = re.sub(r"\d+$", "", _common(ids))
    if prefix:
        yield prefix, _without(f"^{re.escape(prefix)}")
    suffix = re.sub(r"^\d+", "", _common(pc.utf8_reverse(ids))[::-1])
    if suffix:
        yield suffix, _without(f"{re.escape(suffix)}$")


def _common(ids: pa.Array) -> str:
    ends = pc.min_max(ids).as_py()
    return commonprefix([ends["min"], ends["max"]])

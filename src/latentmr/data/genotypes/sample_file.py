"""Sample ids of a BGEN file: its own, or those of an Oxford .sample file that does not contradict them."""

import re
from pathlib import Path

import pandas as pd

from latentmr.data.genotypes.bgen_header import BgenHeader
from latentmr.data.genotypes.paths import why_no_file
from latentmr.data.genotypes.source import Remarks
from latentmr.errors import ArgumentError

__all__ = ["are_generic", "samples_of"]

#: Ids that programs write for samples without ids: a number, alone or after one of these words, in their order.
GENERIC = re.compile(
    r"\(?(?:(?:anonymous|unknown|unnamed)[_ -]?)?(?:sample|samp|id|indiv|individual|person|iid)?[_ -]?(\d+)\)?",
    re.IGNORECASE,
)


def samples_of(path: str, header: BgenHeader, sample: str | Path | None) -> tuple[pd.Index, Remarks]:
    """Return the sample ids of a BGEN file.

    Parameters
    ----------
    path : str
        Path of the BGEN file, for messages.
    header : BgenHeader
        Its header, with its sample ids if it has some.
    sample : str or Path, optional
        A .sample file. Its ``ID_2`` (or only) column names the individuals, in the order of the BGEN file.

    Returns
    -------
    pandas.Index
        Sample ids in the order of the file.
    Remarks
        Which ids were taken, if there are two different sets.

    Raises
    ------
    ValueError
        If there are no ids, the numbers of individuals differ, or two sets of ids contradict each other.
    """
    own = header.samples
    if sample is None:
        if own is None:
            raise ArgumentError("sample", f"be given for {path}", "a file without sample ids", "name its .sample file")
        return pd.Index(own, dtype=object), Remarks()
    names, *lines = _table(sample)
    columns = [[line[i] for line in lines] for i in range(len(_ids(names)))]
    ids = columns[-1]
    if len(ids) != header.n_samples:
        raise ArgumentError(
            "sample",
            f"list the {header.n_samples} individuals of {path}",
            f"{len(ids)} in {sample}",
            "give the file that belongs to it",
        )
    notes: tuple[str, ...] = ()
    if own is not None and own != ids:
        both = ["_".join(pair) for pair in zip(*columns, strict=True)] if len(columns) > 1 else []
        if own in (columns[0], both):
            notes = (f"{path}: sample ids are those of the column ID_2 of {sample}, not the ids in the file itself.",)
        elif are_generic(own) and set(own) != set(ids):
            notes = (f"{path}: its own sample ids are generic; those of {sample} were taken, in the same order.",)
        else:
            raise _contradiction(path, own, sample, ids)
    return pd.Index(ids, dtype=object), Remarks(notes=notes)


def are_generic(ids: list[str]) -> bool:
    """Return whether ids are numbers in order, as programs write for samples without ids.

    Examples
    --------
    >>> are_generic(["(anonymous_sample_1)", "(anonymous_sample_2)"]), are_generic(["0", "1", "2"])
    (True, True)
    >>> are_generic(["P1", "P2"]), are_generic(["sample_2", "sample_1"]), are_generic(["001", "002"])
    (False, False, False)
    """
    first = GENERIC.fullmatch(ids[0])
    if first is None or first[1] not in ("0", "1") or len(ids) < 2:
        return False
    before, after, start = ids[0][: first.start(1)], ids[0][first.end(1) :], int(first[1])
    return all(name == f"{before}{number}{after}" for number, name in enumerate(ids, start))


def _contradiction(path: str, own: list[str], sample: str | Path, ids: list[str]) -> ArgumentError:
    differ = sum(one != two for one, two in zip(own, ids, strict=True))
    if set(own) == set(ids):
        came = f"the same {len(ids)} ids in another order in {sample} ({differ} on another line)"
    else:
        elsewhere = len(set(ids) - set(own))
        came = f"other ids in {sample}: {elsewhere} of {len(ids)} are not in the BGEN file, and {differ} lines differ"
    return ArgumentError(
        "sample",
        f"agree with the sample ids in {path}",
        came,
        "leave `sample` out to use the ids in the BGEN file, or give the .sample file that was written with it",
    )


def _table(path: str | Path) -> list[list[str]]:
    """Read the fields of a .sample file: its names and its individuals, without the line of types.

    Parameters
    ----------
    path : str or Path
        White-space separated text with a line of names and a line of types, which starts with ``0``.

    Returns
    -------
    list of list of str

    Raises
    ------
    ValueError
        If it is not such a file.
    """
    if not Path(path).is_file():
        raise ArgumentError("sample", "be a .sample file", f"{path}, which {why_no_file(path)}", "check the path")
    try:
        lines = [line.split() for line in Path(path).read_text("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise ArgumentError("sample", "be text in UTF-8", f"{path}, which is not", "save it as UTF-8") from error
    if len(lines) < 3 or set(lines[1][:2]) != {"0"}:
        raise ArgumentError(
            "sample",
            "have a line of names, a line of types (0 0 0 D), and a line for each individual",
            f"{path} without them",
            "check the file",
        )
    if any(len(line) < len(_ids(lines[0])) for line in lines):
        raise ArgumentError(
            "sample", "have the same columns on every line", f"a shorter line in {path}", "complete or remove this line"
        )
    return [lines[0], *lines[2:]]


def _ids(names: list[str]) -> list[str]:
    """Return the names of the columns with ids: ``ID_1 ID_2``, or the first alone."""
    return names[: 2 if "ID_2" in names[:2] else 1]

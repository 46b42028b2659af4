"""Which columns of a table are instruments: none that has another role."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from latentmr.data.cohort.id_columns import is_id_name, is_nameless, plain
from latentmr.data.printing import listing
from latentmr.errors import ArgumentError

__all__ = ["instrument_columns"]

#: Columns that PLINK writes before the genotypes of a .raw file.
RAW = ("fid", "iid", "pat", "mat", "sex", "phenotype", "pheno", "pheno1")
#: How many times as many columns must have names numbered alike, so that the others are reported.
FEWEST = 3
#: Names that say which allele of which variant a column counts.
VARIANT = re.compile(r"(rs|ss|esv|affx-|ax-|exm|kgp|snp)_?\d+.*|(chr)?(\d{1,2}|x|y|mt)[:_.]\d+.*", re.IGNORECASE)


def instrument_columns(
    names: Sequence[str],
    key: str,
    *,
    roles: Collection[str],
    elsewhere: Collection[str],
    listed: Collection[str] | None,
    path: str,
    complete: bool,
) -> tuple[list[str], list[str], list[str]]:
    """Return the columns of a table that are instruments, and what was left out.

    Parameters
    ----------
    names : sequence of str
        Names of all columns.
    key : str
        The id column.
    roles : collection of str
        Columns with another role, for instance the exposure.
    elsewhere : collection of str
        Columns of the phenotype tables.
    listed : collection of str, optional
        Names that the user or a saved model lists as instruments.
    path : str
        Path of the table, for messages.
    complete : bool
        Whether the exposure and the outcome are among the roles.

    Returns
    -------
    list of str
        The instruments.
    list of str
        Notes on columns that were left out.
    list of str
        Warnings.

    Raises
    ------
    ValueError
        If a listed instrument has another role, or instruments cannot be told from other columns.

    Examples
    --------
    >>> names = ["FID", "IID", "PAT", "MAT", "SEX", "PHENOTYPE", "rs1_A", "rs2_T"]
    >>> columns, notes, warnings = instrument_columns(
    ...     names, "IID", roles=(), elsewhere=(), listed=None, path="cohort.raw", complete=False
    ... )
    >>> columns
    ['rs1_A', 'rs2_T']
    >>> notes
    ['cohort.raw: left out of the instruments: FID, PAT, MAT, SEX, PHENOTYPE (columns of PLINK).']
    """
    notes: list[str] = []
    warnings: list[str] = []
    chosen = set(listed or ())
    left = [name for name in names if name != key]
    twice = [name for name in left if name in roles and name in chosen]
    if twice:
        raise ArgumentError(
            "instruments",
            "have no other role",
            f"{listing(twice)} of {path}, listed as instruments and used in another role",
            "give each column one role",
        )
    raw = {"pat", "mat"} <= {plain(name) for name in names}
    removed = [name for name in left if name not in chosen and (plain(name) in RAW or is_id_name(name))]
    # row numbers beside the ids, as R writes them under the name X
    removed += [name for name in left[:1] if name == names[0] and is_nameless(name) and name not in {*chosen, *removed}]
    removed += [name for name in left if raw and name.endswith("_HET") and name not in chosen]
    gone = set(removed)
    left = [name for name in left if name not in gone]
    told = [name for name in removed if plain(name) != "fid" or raw]
    if told:
        why = "columns of PLINK" if raw else "ids, sex or a phenotype by name; a list (extract) may take them in"
        notes.append(f"{path}: left out of the instruments: {listing(told)} ({why}).")
    taken = [name for name in left if name in roles]
    if taken:
        notes.append(f"{path}: left out of the instruments: {listing(taken)} (used in another role).")
        left = [name for name in left if name not in roles]
    if listed is not None:
        return left, notes, warnings
    shared = [name for name in left if name in elsewhere]
    if shared and len(shared) < len(left):
        warnings.append(
            f"{path}: left out of the instruments: {listing(shared)} (also in a phenotype table; a list (extract) may"
            " take them in)."
        )
        left = [name for name in left if name not in elsewhere]
    elif shared and not (complete or len(left) > 1) or shared and not _alike(left):
        raise ArgumentError(
            "instruments",
            "be told from other columns: all columns are also in a phenotype table",
            f"{listing(left)} in {path}",
            "name the instruments in a list (`extract`), or give a table of instruments alone",
        )
    elif shared:
        notes.append(f"{path}: the instruments are {listing(left)}, the columns without another role.")
    odd = _unlike(left)
    if odd:
        warnings.append(
            f"{path}: {listing(odd)} {'are instruments' if len(odd) > 1 else 'is an instrument'} with a name unlike the"
            " others; if that is not meant, list the instruments (extract)."
        )
    return left, notes, warnings


def _unlike(names: Sequence[str]) -> list[str]:
    """Return the few names that are not numbered as most others are."""
    kinds = ["variant" if VARIANT.fullmatch(name) else re.sub(r"\d+", "0", name) for name in names]
    usual, count = Counter(kinds).most_common(1)[0] if kinds else ("", 0)
    few = len(names) - count
    return [name for name, kind in zip(names, kinds, strict=True) if kind != usual] if count >= FEWEST * few else []


def _alike(names: Sequence[str]) -> bool:
    """Return whether names are numbered alike, as z1, z2, z3 are, or are all of variants."""
    if all(VARIANT.fullmatch(name) for name in names):
        return True
    return len({re.sub(r"\d+", "0", name) for name in names}) == 1

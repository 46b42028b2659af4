"""Phenotypes joined to the genotyped individuals: missing codes, binary traits and environments."""

from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from latentmr.data.cohort.case_control import BINARY, coded_levels
from latentmr.data.cohort.missing_codes import PLINK, as_number, code_remark
from latentmr.data.cohort.text_columns import clean_labels, numbers_of_text, plink_warning
from latentmr.data.ids import match_rows
from latentmr.data.ledger import Ledger
from latentmr.data.plan import Plan
from latentmr.data.printing import Brief, listing
from latentmr.data.tables import MISSING, Table, header, id_column, numeric, read_table, refuse_infinite, separation
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Joined", "join_tables"]

#: Fewest and most whole-number levels of a covariate that may be codes of categories.
LEVELS = (3, 12)
#: Order of the roles in messages.
ORDER = ("exposure", "outcome", "covar", "negative_control", "aux", "env", "cluster")


@dataclass(frozen=True, repr=False)
class Joined(Brief):
    """The plan's columns, with a row for each genotyped individual.

    Parameters
    ----------
    numbers : dict of str to np.ndarray of dimension (n,)
        Numeric columns; NaN if missing.
    labels : dict of str to np.ndarray of dimension (n,)
        Text columns; None if missing. These are the environment, clusters and categorical covariates.
    """

    numbers: dict[str, NDArray[np.float64]]
    labels: dict[str, NDArray[np.object_]]

    def take(self, use: NDArray[np.bool_]) -> "Joined":
        """Return the columns of the individuals in a mask."""
        if use.all():
            return self
        return Joined(
            {name: values[use] for name, values in self.numbers.items()},
            {name: values[use] for name, values in self.labels.items()},
        )


def join_tables(plan: Plan, samples: pd.Index, ledger: Ledger) -> Joined:
    """Find each column in its table, and put it into the order of the genotyped individuals.

    Parameters
    ----------
    plan : Plan
        Columns and tables.
    samples : pandas.Index
        Ids of the genotyped individuals.
    ledger : Ledger
        Receives warnings, and a note for each table: which columns were read, in which role and coding.

    Returns
    -------
    Joined

    Raises
    ------
    ValueError
        If a column is in no table or in two, ids do not match, or a numeric column holds text or infinite values.
    """
    where = _locate(plan)
    numbers: dict[str, Array] = {}
    labels: dict[str, NDArray[np.object_]] = {}
    found: dict[str, NDArray[np.bool_]] = {}
    for path, names in where.items():
        table = read_table(path, names, labels=plan.labels(), id=_id_of(path, plan), pairs=plan.id_pair)
        rows = match_rows(samples, table, ledger)
        found[path] = rows >= 0
        for name in sorted(names, key=lambda name: ORDER.index(_role(plan, name))):
            values, texts = _read_column(table, name, rows, plan, ledger)
            if values is not None:
                numbers[name] = values
            elif texts is not None:
                labels[name] = texts
    joined = Joined(numbers, labels)
    for path, names in where.items():
        matched = f"{int(found[path].sum()):,} of {len(samples):,} genotyped individuals found{_by(path, plan)}"
        ledger.notes.append(f"{path}: {'; '.join([matched, *_codings(plan, names, joined, found[path])])}.")
    return joined


def _id_of(path: str, plan: Plan) -> str | None:
    """Return the id column that the plan names, unless only other tables have it."""
    elsewhere = any(plan.id in header(table) for table in plan.tables)
    return plan.id if plan.id in header(path) or not elsewhere else None


def _by(path: str, plan: Plan) -> str:
    """Say which column holds the ids, if it is not the first or follows another rule."""
    names = header(path)
    key = id_column(names, _id_of(path, plan), path)
    return " by FID and IID" if plan.id_pair else "" if key in (names[0], "IID") else f" by {key}"


def _read_column(
    table: Table, name: str, rows: NDArray[np.int64], plan: Plan, ledger: Ledger
) -> tuple[Array | None, NDArray[np.object_] | None]:
    """Return a column for each genotyped individual: its numbers, NaN if missing, or its labels, None if missing."""
    column, role, codes = table.columns[name], _role(plan, name), plan.codes
    if name in plan.labels():
        labels, warnings = clean_labels(_take_labels(column, rows), name, codes.of(name), MISSING)
        ledger.warnings.extend(warnings)
        return None, labels
    if _is_text(column):
        texts = _take_labels(column, rows)
        read = numbers_of_text(texts, name, role, codes.of(name), MISSING, table.path)
        ledger.warnings.extend(read.warnings)
        ledger.notes.extend(read.notes)
        if read.numbers is None and role == "covar":
            return None, read.labels
        if read.numbers is not None:
            return _without_codes(read.numbers, name, role, plan, ledger), None
    values = numeric(column, name, role, table.path)
    return _without_codes(np.where(rows >= 0, values[rows], np.nan), name, role, plan, ledger), None


def _without_codes(values: Array, name: str, role: str, plan: Plan, ledger: Ledger) -> Array:
    """Return numbers with NaN for codes of missing values, and report them and other values that look like codes."""
    refuse_infinite(values, name, role)
    named = np.isin(values, plan.codes.numbers_of(name))
    if named.any():
        shown = listing([f"{code:g}" for code in np.unique(values[named])])
        ledger.notes.append(f"{name}: {int(named.sum()):,} values of {shown} were read as missing (missing_codes).")
        values = np.where(named, np.nan, values)
    elif name in plan.codes.by_column:
        ledger.warnings.append(f"{name}: it holds none of its codes of missing values (missing_codes).")
    known = values[np.isfinite(values)]
    whole = bool((known == np.round(known)).all())
    # scores of auxiliary features may be -9, counts cannot
    if (role != "aux" or whole) and (known == PLINK).any():
        ledger.warnings.append(plink_warning(name, int((known == PLINK).sum())))
        values = np.where(values == PLINK, np.nan, values)
    coded, remark = coded_levels(values), code_remark(values, name)
    levels = np.unique(values[np.isfinite(values)])
    if coded is not None and role != "outcome":
        ledger.warnings.append(
            f"{name}: {coded[0]} are used as numbers; if one of them means missing, say so (missing_codes {name}:...)."
        )
    elif coded is None and remark:
        ledger.warnings.append(remark)
    if coded is None and role == "covar" and whole and LEVELS[0] <= len(levels) <= LEVELS[1]:
        ledger.notes.append(
            f"{name}: {len(levels)} whole numbers from {levels[0]:g} to {levels[-1]:g}, used as a number; if they are"
            " codes of categories, say so (categorical)."
        )
    return values


def _codings(plan: Plan, names: list[str], joined: Joined, found: NDArray[np.bool_]) -> list[str]:
    """Say which columns of a table were read in which role and coding, and how many values are missing."""
    roles = {
        "environment": [plan.env],
        "exposure": plan.exposure,
        "outcome": [plan.outcome],
        "covariate": plan.covar,
        "auxiliary feature": plan.aux,
        "cluster": plan.cluster,
        "negative-control outcome": plan.negative_control,
    }
    clauses = []
    for role, columns in roles.items():
        groups: dict[str, list[str]] = {}
        for name in columns:
            if name in names:
                groups.setdefault(_coding(plan, str(name), joined, found), []).append(str(name))
        for coding, group in groups.items():
            missing = sum(_missing(joined, name, found) for name in group)
            several = len(group) > 1
            clause = f"{role}{'s' * several} {listing(group)}: {coding}"
            clauses.append(clause + (f", {missing:,}{' values' * several} missing" if missing else ""))
    return clauses


def _coding(plan: Plan, name: str, joined: Joined, found: NDArray[np.bool_]) -> str:
    if name in joined.labels:
        return "labels"
    values = joined.numbers[name][found]
    coding = tuple(np.unique(values[np.isfinite(values)]).tolist())
    auto = name in plan.exposure or (name == plan.outcome and plan.outcome_type != "continuous")
    if auto and coding in BINARY:
        return f"{coding[0]:g}/{coding[1]:g} read as control/case"
    return "numbers"


def _missing(joined: Joined, name: str, found: NDArray[np.bool_]) -> int:
    if name in joined.labels:
        return int(pd.isna(joined.labels[name][found]).sum())
    return int((~np.isfinite(joined.numbers[name][found])).sum())


def _locate(plan: Plan) -> dict[str, list[str]]:
    headers = {str(path): header(path) for path in plan.tables}
    where: dict[str, list[str]] = {path: [] for path in headers}
    for name in plan.columns():
        found = [path for path, names in headers.items() if name in names]
        if len(found) != 1:
            came = _columns_of(headers) if not found else "it in " + " and ".join(found)
            raise ArgumentError(
                f"column {name!r}",
                "be in exactly one `pheno` table",
                came,
                _remedy(name, headers) if not found else "remove it from all but one",
            )
        where[found[0]].append(name)
    return {path: names for path, names in where.items() if names}


def _columns_of(headers: dict[str, list[str]]) -> str:
    """List the columns of each table, and what separates them."""
    tables = [f"the columns {listing(names)} of {path}, {separation(path)}" for path, names in headers.items()]
    for place, (path, names) in enumerate(headers.items()):
        if _is_row(names):
            # the first line is of an individual, and is not shown
            tables[place] = f"{path} without a header line: its first line holds numbers"
    return f"none with it, but {'; and '.join(tables)}"


def _is_row(names: list[str]) -> bool:
    return 2 * sum(as_number(name) is not None for name in names) >= len(names) > 1


def _remedy(name: str, headers: dict[str, list[str]]) -> str:
    if any(_is_row(names) for names in headers.values()):
        return "add a line with the names of the columns"
    if any(len(names) == 1 for names in headers.values()):
        return "separate columns by tabs, commas or blanks"
    names = {column.lower(): column for each in headers.values() for column in each}
    close = get_close_matches(name.lower(), names, n=1)
    return f"check its spelling: the nearest is {names[close[0]]!r}" if close else "check its spelling"


def _is_text(column: pa.ChunkedArray) -> bool:
    if pa.types.is_boolean(column.type) or pa.types.is_dictionary(column.type):
        return True
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type)


def _take_labels(column: pa.ChunkedArray, rows: NDArray[np.int64]) -> NDArray[np.object_]:
    indices = pa.array(np.where(rows >= 0, rows, 0), mask=rows < 0)
    return np.asarray(
        pc.take(column.cast(pa.string()), indices).to_pandas().astype(object).where(lambda s: s.notna(), None)
    )


def _role(plan: Plan, name: str) -> str:
    if name in plan.exposure:
        return "exposure"
    if name == plan.outcome:
        return "outcome"
    if name in plan.negative_control:
        return "negative_control"
    if name in plan.aux:
        return "aux"
    return "covar" if name in plan.covar else "env" if name == plan.env else "cluster"

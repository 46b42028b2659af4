"""Phenotypes joined to the genotyped individuals: missing codes, binary traits and environments."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from latentmr.data.ids import match_rows
from latentmr.data.ledger import Ledger
from latentmr.data.plan import Plan
from latentmr.data.printing import Brief, listing
from latentmr.data.tables import header, numeric, read_table, refuse_infinite
from latentmr.errors import ArgumentError

__all__ = ["Joined", "binary_coding", "join_tables"]

#: PLINK's code for a missing phenotype.
MISSING_CODE = -9.0
#: Values of controls and cases.
BINARY = ((0.0, 1.0), (1.0, 2.0))
#: Most distinct values of an outcome that a message lists.
MOST_LEVELS = 5


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
    numbers: dict[str, NDArray[np.float64]] = {}
    labels: dict[str, NDArray[np.object_]] = {}
    found: dict[str, NDArray[np.bool_]] = {}
    for path, names in where.items():
        table = read_table(path, names, labels=plan.labels(), id=plan.id)
        rows = match_rows(samples, table)
        found[path] = rows >= 0
        for name, column in table.columns.items():
            if name in plan.labels() or (name in plan.covar and _is_text(column)):
                labels[name] = _take_labels(column, rows)
            else:
                values = numeric(column, name, _role(plan, name), table.path)
                numbers[name] = np.where(rows >= 0, values[rows], np.nan)
                refuse_infinite(numbers[name], name, _role(plan, name))
    for name in (*plan.exposure, *((plan.outcome,) if plan.outcome else ()), *plan.covar, *plan.negative_control):
        if name in numbers:
            numbers[name] = _missing_code(numbers[name], name, ledger)
    joined = Joined(numbers, labels)
    for path, names in where.items():
        matched = f"{int(found[path].sum()):,} of {len(samples):,} genotyped individuals found"
        ledger.notes.append(f"{path}: {'; '.join([matched, *_codings(plan, names, joined, found[path])])}.")
    return joined


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


def binary_coding(values: NDArray[np.float64], name: str, outcome_type: str) -> tuple[NDArray[np.float64], str | None]:
    """Recognise the coding of controls and cases, and convert it to 0/1.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        Values; NaN if missing.
    name : str
        Name of the column.
    outcome_type : str
        ``auto``, ``continuous`` or ``binary``.

    Returns
    -------
    np.ndarray of dimension (n,)
        0 for controls and 1 for cases if the column is binary; otherwise the unchanged values.
    str or None
        Statement of the coding; None if the column is not binary.
    """
    levels = np.unique(values[np.isfinite(values)])
    coding = tuple(levels.tolist())
    if outcome_type == "binary" and coding not in BINARY:
        few = f"the values {', '.join(f'{level:g}' for level in levels)}"
        raise ArgumentError(
            "outcome_type",
            f"be continuous unless {name!r} is coded 0/1 or 1/2",
            f"binary, with {few if len(levels) <= MOST_LEVELS else f'{len(levels):,} distinct values'}",
            "recode the column",
        )
    if outcome_type == "continuous" or coding not in BINARY:
        return values, None
    cases = int((values == levels[1]).sum())
    controls = int((values == levels[0]).sum())
    text = f"{name}: binary, {levels[0]:g} = control ({controls:,}), {levels[1]:g} = case ({cases:,})"
    return values - levels[0], text


def _locate(plan: Plan) -> dict[str, list[str]]:
    headers = {str(path): header(path) for path in plan.tables}
    where: dict[str, list[str]] = {path: [] for path in headers}
    for name in plan.columns():
        found = [path for path, names in headers.items() if name in names]
        if len(found) != 1:
            columns = [column for names in headers.values() for column in names]
            came = f"none with it, but the columns {listing(columns)}" if not found else "it in " + " and ".join(found)
            raise ArgumentError(
                f"column {name!r}",
                "be in exactly one `pheno` table",
                came,
                "check its spelling" if not found else "remove it from all but one",
            )
        where[found[0]].append(name)
    return {path: names for path, names in where.items() if names}


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
    return "aux" if name in plan.aux else "covar"


def _missing_code(values: NDArray[np.float64], name: str, ledger: Ledger) -> NDArray[np.float64]:
    coded = values == MISSING_CODE
    if not coded.any():
        return values
    ledger.warnings.append(
        f"{name}: {int(coded.sum())} values of -9 were read as missing (PLINK's code); recode them if -9 is a valid"
        " value."
    )
    return np.where(coded, np.nan, values)

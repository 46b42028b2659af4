"""Phenotypes joined to the genotyped people: missing codes, binary traits, environments."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from latentmr.data.ids import match_rows
from latentmr.data.ledger import Ledger
from latentmr.data.plan import Plan
from latentmr.data.tables import header, numeric, read_table, refuse_infinite
from latentmr.errors import ArgumentError

__all__ = ["Joined", "binary_coding", "join_tables"]

#: PLINK's code for a missing phenotype.
MISSING_CODE = -9.0


@dataclass(frozen=True)
class Joined:
    """The plan's columns, a row for each genotyped person.

    Parameters
    ----------
    numbers : dict of str to np.ndarray of dimension (n,)
        Numeric columns, NaN where missing.
    labels : dict of str to np.ndarray of dimension (n,)
        Text columns, None where missing: environment, clusters, categorical covariates.
    """

    numbers: dict[str, NDArray[np.float64]]
    labels: dict[str, NDArray[np.object_]]

    def take(self, use: NDArray[np.bool_]) -> "Joined":
        """The same of some people."""
        if use.all():
            return self
        return Joined(
            {name: values[use] for name, values in self.numbers.items()},
            {name: values[use] for name, values in self.labels.items()},
        )


def join_tables(plan: Plan, samples: pd.Index, ledger: Ledger) -> Joined:
    """Find each column in its table and bring it into the order of the genotyped people.

    Parameters
    ----------
    plan : Plan
        Columns and tables.
    samples : pandas.Index
        Ids of the genotyped people.
    ledger : Ledger
        Takes notes and warnings.

    Returns
    -------
    Joined

    Raises
    ------
    ValueError
        A column in no table or in two, ids that do not match, text or infinite values where numbers must be.
    """
    where = _locate(plan)
    numbers: dict[str, NDArray[np.float64]] = {}
    labels: dict[str, NDArray[np.object_]] = {}
    for path, names in where.items():
        table = read_table(path, names, labels=plan.labels(), id=plan.id)
        rows = match_rows(samples, table)
        matched = int((rows >= 0).sum())
        ledger.notes.append(f"{table.path}: {matched} of {len(samples)} genotyped people found.")
        for name, column in table.columns.items():
            if name in plan.labels() or (name in plan.covar and _is_text(column)):
                labels[name] = _take_labels(column, rows)
            else:
                values = numeric(column, name, _role(plan, name), table.path)
                numbers[name] = np.where(rows >= 0, values[rows], np.nan)
                refuse_infinite(numbers[name], name, _role(plan, name))
    for name in (*plan.exposure, *((plan.outcome,) if plan.outcome else ()), *plan.covar, *plan.placebo):
        if name in numbers:
            numbers[name] = _missing_code(numbers[name], name, ledger)
    return Joined(numbers, labels)


def binary_coding(values: NDArray[np.float64], name: str, outcome_type: str) -> tuple[NDArray[np.float64], str | None]:
    """Recognise case/control coding and bring it to 0/1.

    Parameters
    ----------
    values : np.ndarray of dimension (n,)
        NaN where missing.
    name : str
        Of the column.
    outcome_type : str
        ``auto``, ``continuous`` or ``binary``.

    Returns
    -------
    np.ndarray of dimension (n,)
        0 for controls and 1 for cases where binary; else as it came.
    str or None
        A statement of the coding; None where not binary.
    """
    levels = np.unique(values[np.isfinite(values)])
    coding = tuple(levels.tolist())
    if outcome_type == "binary" and coding not in ((0.0, 1.0), (1.0, 2.0)):
        shown = ", ".join(f"{level:g}" for level in levels[:5]) + (", ..." if len(levels) > 5 else "")
        raise ArgumentError(
            "outcome_type",
            f"be continuous unless {name!r} is coded 0/1 or 1/2",
            f"binary, with the values {shown}",
            "recode it",
        )
    if outcome_type == "continuous" or coding not in ((0.0, 1.0), (1.0, 2.0)):
        return values, None
    cases = int((values == levels[1]).sum())
    controls = int((values == levels[0]).sum())
    text = f"{name}: binary, {levels[0]:g} = control ({controls}), {levels[1]:g} = case ({cases})"
    return values - levels[0], text


def _locate(plan: Plan) -> dict[str, list[str]]:
    headers = {str(path): header(path) for path in plan.tables}
    where: dict[str, list[str]] = {path: [] for path in headers}
    for name in plan.columns():
        found = [path for path, names in headers.items() if name in names]
        if len(found) != 1:
            came = "it in none" if not found else "it in " + " and ".join(found)
            raise ArgumentError(
                f"column {name!r}",
                "be in exactly one `pheno` table",
                came,
                "check its spelling" if not found else "leave it in one of them",
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
    if name in plan.placebo:
        return "placebo"
    return "aux" if name in plan.aux else "covar"


def _missing_code(values: NDArray[np.float64], name: str, ledger: Ledger) -> NDArray[np.float64]:
    coded = values == MISSING_CODE
    if not coded.any():
        return values
    ledger.warnings.append(
        f"{name}: {int(coded.sum())} values of -9 were read as missing (PLINK's code); recode them if -9 is a real"
        " value."
    )
    return np.where(coded, np.nan, values)

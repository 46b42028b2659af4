"""Tables of GWAS results of exposures and outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from latentmr.data.gwas_results.reading import has_traits
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr
from latentmr.two_sample.data.listing import listed
from latentmr.two_sample.data.tables import read_traits

__all__ = ["SummaryFiles", "read_exposures", "read_outcome"]

Columns = dict[str, str]


@dataclass(frozen=True, repr=False)
class SummaryFiles(ShortRepr):
    """Paths of the tables of effects on exposures and outcome.

    Parameters
    ----------
    exposures : sequence of path
        One table for each exposure, or tables with several exposures.
    outcome : path
        Table of the outcome.
    exposure_columns : sequence of dict
        Column names by their meaning (see ``columns`` of :func:`~latentmr.two_sample.data.read_summary`): none, one
        dict for all exposures, or one for each.
    outcome_columns : dict
        Column names of the outcome's table by their meaning.
    exposure_names : sequence of str
        Names of the exposures: none, or one for each. By default the names in the tables, or else the file names.
    outcome_name : str
        Name of the outcome, with the same default.
    """

    exposures: Sequence[str | Path]
    outcome: str | Path
    exposure_columns: Sequence[Columns] = ()
    outcome_columns: Columns = field(default_factory=dict)
    exposure_names: Sequence[str] = ()
    outcome_name: str = ""

    def __post_init__(self) -> None:
        given, files = len(self.exposure_columns), len(self.exposures)
        if not files:
            raise ArgumentError("exposure_file", "be given", "none", "give a table of effects on the exposure")
        if given not in (0, 1, files):
            raise ArgumentError(
                "exposure_columns",
                "be given once, or once for each `exposure_file`",
                f"{given} for {files}",
                "give one set of columns for all tables, or one for each table",
            )

    @property
    def one_table(self) -> bool:
        """Whether exposures and outcome are columns of the same table."""
        return {str(path) for path in self.exposures} == {str(self.outcome)}


def read_exposures(files: SummaryFiles, aligned: bool, ledger: Ledger, p_value: float) -> dict[str, pd.DataFrame]:
    """Read the tables of the exposures.

    Parameters
    ----------
    files : SummaryFiles
    aligned : bool
        Whether all effects refer to the same alleles already.
    ledger : Ledger
        Counts the variants that are dropped.
    p_value : float
        Maximum p value of a variant. It is applied here only if there is one exposure.

    Returns
    -------
    dict of str to pandas.DataFrame
        Table of each exposure by its name.
    """
    tables: dict[str, pd.DataFrame] = {}
    # with several exposures, a variant that is associated with one of them is needed for all
    largest = p_value if len(files.exposures) == 1 and not _has_traits(files) else 1.0
    given = list(files.exposure_columns)
    for i, path in enumerate(files.exposures):
        columns = given[min(i, len(given) - 1)] if given else {}
        found = read_traits(path, columns, ledger=ledger, aligned=aligned, p_value=largest)
        for trait, table in found.items():
            name = trait or ("exposure" if files.one_table and len(files.exposures) == 1 else _stem(path))
            tables[name if name not in tables else f"{name} ({len(tables) + 1})"] = table
    if files.exposure_names:
        if len(files.exposure_names) != len(tables):
            raise ArgumentError(
                "exposure",
                "be given once for each exposure",
                f"{len(files.exposure_names)} for {len(tables)}: {listed(tables)}",
                "give one name for each exposure, in this order",
            )
        tables = dict(zip(_distinct(list(files.exposure_names)), tables.values(), strict=True))
    return tables


def _has_traits(files: SummaryFiles) -> bool:
    """Return whether the only table of exposures has a column of traits."""
    path, columns = files.exposures[0], (list(files.exposure_columns) or [{}])[0]
    return has_traits(path, columns, side="exposure")


def read_outcome(files: SummaryFiles, aligned: bool, ledger: Ledger, only: Iterable[str]) -> tuple[str, pd.DataFrame]:
    """Read the rows of the outcome's table for the variants of the exposures.

    Parameters
    ----------
    files, aligned, ledger
        See :func:`read_exposures`.
    only : iterable of str
        Ids of the variants to read.

    Returns
    -------
    str, pandas.DataFrame
        Name and table of the outcome.
    """
    tables = read_traits(
        files.outcome, files.outcome_columns, side="outcome", ledger=ledger, aligned=aligned, only=only
    )
    if not tables:
        ids = list(only)
        raise ArgumentError(
            "outcome_file",
            "hold variants of the exposure by id",
            f"none of {len(ids):,} (such as {ids[0]!r}) in {files.outcome}",
            "Use the same kind of id in both tables, or name the column of ids with `outcome_columns`",
        )
    if len(tables) > 1:
        raise ArgumentError(
            "outcome_file",
            "hold one outcome",
            f"{len(tables)}: {listed(tables)}",
            "write each outcome to a file of its own",
        )
    name, table = next(iter(tables.items()))
    return name or ("outcome" if files.one_table else _stem(files.outcome)), table


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ArgumentError(
            "exposure", "name each exposure differently", listed(names), "give every exposure a name of its own"
        )
    return names


def _stem(path: str | Path) -> str:
    return Path(path).name.split(".")[0]

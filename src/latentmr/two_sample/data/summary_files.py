"""Tables of GWAS results of exposures and outcome."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from latentmr.data.genotypes.chromosomes import chromosome_key
from latentmr.data.gwas_results.reading import has_traits
from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.ledger import Ledger
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr
from latentmr.two_sample.data.listing import listed
from latentmr.two_sample.data.lookup import look_up, no_match
from latentmr.two_sample.data.matching import build_of, relabel
from latentmr.two_sample.data.tables import read_traits

__all__ = ["Study", "SummaryFiles", "read_exposures", "read_outcome", "relabelled"]

Columns = dict[str, str]
#: Share of variants found by id from which a large table is not searched for other spellings and positions.
MOSTLY = 0.8
#: Size in bytes from which a table is large.
LARGE = 50_000_000
#: Share of variants found by position below which the builds are in doubt.
FEW = 0.5
#: Number of variants whose chromosomes are compared.
MOST_COMPARED = 100_000


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


@dataclass(frozen=True, repr=False)
class Study(Brief):
    """One trait of a table, and what was recognised in the table.

    Parameters
    ----------
    name : str
        Name of the trait.
    table : pandas.DataFrame
        Canonical table.
    reading : TableReading
    """

    name: str
    table: pd.DataFrame
    reading: TableReading


def read_exposures(files: SummaryFiles, aligned: bool, ledger: Ledger, p_value: float) -> list[Study]:
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
    list of Study
        The exposures, each with a name of its own.
    """
    studies: dict[str, Study] = {}
    # with several exposures, a variant that is associated with one of them is needed for all
    largest = p_value if len(files.exposures) == 1 and not _has_traits(files) else 1.0
    given = list(files.exposure_columns)
    for i, path in enumerate(files.exposures):
        columns = given[min(i, len(given) - 1)] if given else {}
        readings: list[TableReading] = []
        found = read_traits(path, columns, ledger=ledger, aligned=aligned, p_value=largest, readings=readings)
        for trait, table in found.items():
            name = trait or ("exposure" if files.one_table and len(files.exposures) == 1 else _stem(path))
            name = name if name not in studies else f"{name} ({len(studies) + 1})"
            studies[name] = Study(name, table, readings[-1])
    if files.exposure_names:
        if len(files.exposure_names) != len(studies):
            raise ArgumentError(
                "exposure",
                "be given once for each exposure",
                f"{len(files.exposure_names)} for {len(studies)}: {listed(studies)}",
                "give one name for each exposure, in this order",
            )
        names = _distinct(list(files.exposure_names))
        return [replace(study, name=name) for name, study in zip(names, studies.values(), strict=True)]
    return list(studies.values())


def _has_traits(files: SummaryFiles) -> bool:
    """Return whether the only table of exposures has a column of traits."""
    path, columns = files.exposures[0], (list(files.exposure_columns) or [{}])[0]
    return has_traits(path, columns, side="exposure")


def read_outcome(
    files: SummaryFiles, aligned: bool, ledger: Ledger, exposure: Study, only: Iterable[str], match: str = "auto"
) -> Study:
    """Read the rows of the outcome's table for the variants of the exposures, with the ids of the first exposure.

    Parameters
    ----------
    files, aligned, ledger
        See :func:`read_exposures`.
    exposure : Study
        The first exposure.
    only : iterable of str
        Ids of the variants to read.
    match : str
        How variants are matched; see ``WAYS`` of :mod:`~latentmr.two_sample.data.matching`.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        If the table has more than one outcome, or none of the variants.
    """

    def read(ids: Iterable[str] | None) -> tuple[dict[str, pd.DataFrame], Ledger, TableReading]:
        steps, readings = Ledger(), list[TableReading]()
        found = read_traits(
            files.outcome, files.outcome_columns, side="outcome", ledger=steps, aligned=aligned, only=ids,
            readings=readings,
        )  # fmt: skip
        return found, steps, readings[-1]

    wanted = list(dict.fromkeys(only))
    tables, steps, reading = read(wanted)
    example, names = "", set().union(*(table["id"] for table in tables.values()))
    missed = len(wanted) - len(names)
    small = Path(files.outcome).stat().st_size < LARGE
    if match == "position" or (missed and (small or len(names) < MOSTLY * len(wanted))):
        ids, example = look_up(files.outcome, reading, exposure.table, match)
        if ids is None or not names.issuperset(ids):
            tables, steps, reading = read(ids)
            example = example or next((str(each) for table in tables.values() for each in table["id"].head(1)), "")
    if len(tables) > 1:
        raise ArgumentError(
            "outcome_file",
            "hold one outcome",
            f"{len(tables)}: {listed(tables)}",
            "write each outcome to a file of its own",
        )
    name, table = next(iter(tables.items())) if tables else ("", exposure.table.head(0))
    outcome = Study(name or ("outcome" if files.one_table else _stem(files.outcome)), table, reading)
    outcome = relabelled(exposure, outcome, match, steps, example=example)
    for kept, new in ((ledger.steps, steps.steps), (ledger.notes, steps.notes), (ledger.warnings, steps.warnings)):
        kept.extend(new)  # type: ignore[arg-type]
    return outcome


def relabelled(
    exposure: Study, other: Study, match: str, ledger: Ledger, *, example: str = "", argument: str = "outcome_file"
) -> Study:
    """Give the variants of a study the ids of the first exposure's table.

    Parameters
    ----------
    exposure, other : Study
        The first exposure, and the study whose variants are searched for.
    match : str
        How variants are matched.
    ledger : Ledger
        Receives notes on variants that were not matched by id.
    example : str
        An id of the other table, for the message.
    argument : str
        The argument that gave the other table.

    Returns
    -------
    Study
        The study without variants that the first exposure lacks.

    Raises
    ------
    ValueError
        If no variant is in both.
    """
    builds = build_of(exposure.reading), build_of(other.reading)
    contrary = all(builds) and builds[0] != builds[1]
    table, found = relabel(exposure.table, other.table, match, same_build=not contrary)
    path = other.reading.path
    if not found.found:
        example = example or next(map(str, other.table["id"].head(1)), "")
        came, remedy = no_match(exposure.table, example, match, builds)
        raise ArgumentError(argument, "hold variants of the exposure", f"{came} ({path})", remedy)
    _refuse_other_chromosomes(exposure, table, path)
    if found.by_spelling:
        like = f" (such as {found.examples[0]!r} for {found.examples[1]!r})" if found.examples else ""
        ledger.notes.append(
            f"{found.by_spelling:,} variants of {path} were matched by id without regard to case, blanks, the prefix"
            f" chr and alleles behind the id{like}"
        )
    if found.by_position:
        known = next(filter(None, builds), "")
        build = f"build {known}" if known else "the tables do not state their build"
        ledger.notes.append(
            f"{found.by_position:,} variants of {path} were matched by chromosome, position and alleles ({build})"
        )
        if found.found < FEW * found.wanted:
            ledger.warnings.append(
                f"only {found.found:,} of {found.wanted:,} variants were found in {path}, {found.by_position:,} of them"
                " by position: check that both tables have the same build of the genome"
            )
    return replace(other, table=table)


def _refuse_other_chromosomes(exposure: Study, table: pd.DataFrame, path: str) -> None:
    """Refuse ids that agree by chance, as row numbers do: their variants are on different chromosomes."""
    first = exposure.table.drop_duplicates("id").set_index("id")["chrom"].reindex(table["id"])
    known = first.notna().to_numpy() & table["chrom"].notna().to_numpy()
    ours, theirs = (
        each[known].head(MOST_COMPARED).map(lambda name: chromosome_key(str(name)))
        for each in (first.reset_index(drop=True), table["chrom"].reset_index(drop=True))
    )
    apart = (ours != theirs).to_numpy()
    if apart.sum() > 1 and apart.mean() > FEW:
        raise ArgumentError(
            f"{path}",
            f"have the ids of {exposure.reading.path} for the same variants",
            f"other chromosomes for {int(apart.sum()):,} of {len(apart):,} variants with the same id, such as"
            f" {table['id'].reset_index(drop=True)[known].iloc[int(np.argmax(apart))]!r}",
            "Name the column of ids with `exposure_columns` or `outcome_columns`, or match by position (`match`)",
        )


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ArgumentError(
            "exposure", "name each exposure differently", listed(names), "give every exposure a name of its own"
        )
    return names


def _stem(path: str | Path) -> str:
    return Path(path).name.split(".")[0]

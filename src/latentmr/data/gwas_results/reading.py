"""Reading of GWAS results of any tool into one canonical table."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from latentmr.data.gwas_results.canonical import DIGITS, canonical, of_study
from latentmr.data.gwas_results.effects import no_p_values
from latentmr.data.gwas_results.gwas_vcf import case_control, is_gwas_vcf, read_gwas_vcf
from latentmr.data.gwas_results.logarithms import minus_ln_of_digits
from latentmr.data.gwas_results.recognise import Recognised, recognise, refuse_gap
from latentmr.data.gwas_results.rows import additive, copies, flagged
from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.gwas_results.underflow import is_far
from latentmr.data.gwas_results.values import numbers_of, texts_of, with_comma
from latentmr.data.ledger import Ledger
from latentmr.data.printing import Brief, listing
from latentmr.data.tables import header, read_columns
from latentmr.errors import ArgumentError

__all__ = ["SUMMARY_COLUMNS", "TEXTS", "has_traits", "is_binary", "read_rows", "read_summary", "read_traits"]

#: Columns of the canonical table: alleles in capitals, effects as differences or log ratios, missing values as NaN or
#: None.
SUMMARY_COLUMNS = ["id", "chrom", "pos", "effect_allele", "other_allele", "eaf", "beta", "se", "p_value", "n"]
#: Roles whose columns are text.
TEXTS = (
    "id", "id_2", "chrom", "pos", "effect_allele", "other_allele", "ref", "alt", "test", "trait", "frequency_of",
    "minor_allele", "keep", "remove", "low_confidence",
)  # fmt: skip
#: Roles of which a row needs a number, and the share of faulty lines from which a table is refused.
NEEDED, FAULTY = ("beta", "odds_ratio", "effect", "se", "p_value", "log10_p", "ln_p"), 0.1


def read_summary(
    path: str | Path,
    columns: dict[str, str] | None = None,
    *,
    side: str | None = None,
    ledger: Ledger | None = None,
    aligned: bool = False,
    layout: str | None = None,
    readings: list[TableReading] | None = None,
    p_only: bool = False,
) -> pd.DataFrame:
    r"""Read a table of GWAS results.

    The layouts of the usual tools are recognised by the set of their columns (``docs/gwas_tables.md`` lists them), and
    other columns by their names. Odds ratios and hazard ratios are converted to logarithms. A missing standard error is
    computed from the 95% interval, z or the p value, and a missing effect from z.

    Parameters
    ----------
    path : str or Path
        A text table, plain or compressed, .parquet, or GWAS-VCF.
    columns : dict, optional
        Names of the file's columns by their meaning: ``id, chrom, pos, effect_allele, other_allele, eaf, beta``,
        ``odds_ratio, se, ci_lower, ci_upper, z, p_value, log10_p, ln_p, n``; they replace columns that are recognised.
        ``layout`` names a layout, and ``study`` a study of a GWAS-VCF file.
    side : str, optional
        ``exposure`` or ``outcome``: the columns to read from a table that holds both.
    ledger : Ledger, optional
        Receives the counts of dropped rows and the reasons.
    aligned : bool
        Whether effects refer to the same alleles in all tables. If so, columns of alleles are not needed.
    layout : str, optional
        Name of the layout to use, if it should not be recognised.
    readings : list of TableReading, optional
        Receives what was recognised in the table.
    p_only : bool
        Whether an id and a p value suffice, for the selection of variants.

    Returns
    -------
    pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, eaf, beta, se, p_value, n``. Rows with the same id and different
        alleles are kept.

    Raises
    ------
    ValueError
        If a required column is absent or not numeric, or no row is left.

    References
    ----------
    Hayhurst et al. (2022) bioRxiv 2022.07.15.500230 (GWAS-SSF). Lyon et al. (2021) Genome Biol 22:32 (GWAS-VCF).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "table.tsv"
    ...     lines = ["SNP A1 A2 OR SE P", "rs1 a g 1.5 0.1 5e-5"]
    ...     _ = path.write_text("\n".join(lines) + "\n")
    ...     table = read_summary(path)
    >>> table[["id", "effect_allele", "beta", "se"]].round(3).values.tolist()
    [['rs1', 'A', 0.405, 0.1]]
    """
    wanted = _Wanted(Path(path), dict(columns or {}), side, aligned, layout, p_only=p_only)
    return _usable(wanted, ledger if ledger is not None else Ledger(), readings)[SUMMARY_COLUMNS]


def read_traits(
    path: str | Path,
    columns: dict[str, str] | None = None,
    *,
    side: str = "exposure",
    ledger: Ledger | None = None,
    aligned: bool = False,
    only: Iterable[str] | None = None,
    p_value: float = 1.0,
    layout: str | None = None,
    readings: list[TableReading] | None = None,
) -> dict[str, pd.DataFrame]:
    """Read a table that may hold several traits in long format.

    Traits are distinguished by a column ``exposure`` or ``outcome`` (according to ``side``), ``phenotype`` or
    ``trait``.

    Parameters
    ----------
    path, columns, side, ledger, aligned, layout, readings
        See :func:`read_summary`.
    only : iterable of str, optional
        Ids of the variants to read. Other variants are dropped while reading, which saves memory for large tables.
    p_value : float
        Maximum p value of the variants to read.

    Returns
    -------
    dict of str to pandas.DataFrame
        One table for each trait by its name, in the file's order. The name is empty if the file does not report it.
    """
    chosen = None if only is None else frozenset(only)
    wanted = _Wanted(Path(path), dict(columns or {}), side, aligned, layout, chosen, p_value)
    frame = _usable(wanted, ledger if ledger is not None else Ledger(), readings)
    full = frame["trait"].fillna("").astype(str)
    # the names of OpenGWAS end in the study's id
    short = full.str.split(" || ", regex=False).str[0]
    name = short if short.nunique() == full.nunique() else full
    tables = {trait: frame.loc[name == trait, SUMMARY_COLUMNS].reset_index(drop=True) for trait in name.unique()}
    return {("" if trait.lower() == side and len(tables) == 1 else trait): table for trait, table in tables.items()}


def is_binary(path: str | Path, columns: dict[str, str] | None = None, *, side: str | None = None) -> bool:
    """Return whether a table reports effects as odds ratios, hazard ratios or log odds.

    Parameters
    ----------
    path, columns, side
        See :func:`read_summary`.
    """
    given = dict(columns or {})
    if is_gwas_vcf(path):
        return Path(path).is_file() and case_control(path, given.get("study", ""))
    found = recognise(header(path), given, str(path), side, aligned=True, layout=given.get("layout"))
    if "effect" not in found.columns and not {"beta", "odds_ratio"} <= set(found.columns):
        return found.binary
    # the values tell: REGENIE's column Effect has odds ratios if there are controls, other columns may be empty
    found, table, _ = read_rows(Path(path), given, side, True, given.get("layout"))
    return canonical(table, found, str(path)).binary


def has_traits(path: str | Path, columns: dict[str, str] | None = None, *, side: str | None = None) -> bool:
    """Return whether a table has a column of traits.

    Parameters
    ----------
    path, columns, side
        See :func:`read_summary`.
    """
    given = dict(columns or {})
    if is_gwas_vcf(path):
        return False
    return "trait" in recognise(header(path), given, str(path), side, aligned=True, layout=given.get("layout")).columns


@dataclass(frozen=True, repr=False)
class _Wanted(Brief):
    """What to read of a table."""

    path: Path
    given: dict[str, str]
    side: str | None
    aligned: bool
    layout: str | None
    only: frozenset[str] | None = None
    p_value: float = 1.0
    p_only: bool = False

    @property
    def form(self) -> str | None:
        """Return the name of the layout, given as an argument or among the columns."""
        return self.layout or self.given.get("layout")


def _usable(wanted: _Wanted, ledger: Ledger, readings: list[TableReading] | None) -> pd.DataFrame:
    """Return the canonical table with the name of the trait, without unusable and unwanted rows."""
    path, p_value = wanted.path, wanted.p_value
    if is_gwas_vcf(path):
        frame, total, reading = _read_vcf(wanted)
        texts: list[tuple[str, NDArray[np.bool_]]] = []
        ledger.step("variants", "read", f"read from {path}", 0, total)
    else:
        frame, total, reading, texts = _read(wanted, ledger)
    if readings is not None:
        readings.append(reading)
    if len(frame) < total:
        reason = "not among the exposure's variants" if p_value == 1 else f"p value above {p_value:g}"
        ledger.step("variants", "filter", f"{reason} in {path}", total - len(frame), len(frame))
    if "trait" not in frame:
        frame["trait"] = None
    if not len(frame) and total:
        return frame
    keep = np.ones(len(frame), dtype=bool)
    faults = [*texts, *_faults(frame, wanted)]
    for reason, bad in faults:
        gone = keep & bad
        keep &= ~bad
        if gone.any():
            ledger.step("variants", "filter", f"{reason} in {path}", gone.sum(), keep.sum())
    if not keep.any():
        lost = "; ".join(f"{int(bad.sum()):,} with {reason}" for reason, bad in faults if bad.any())
        known = "" if is_gwas_vcf(path) else f". The columns found are {listing(header(path))}"
        raise ArgumentError(
            f"{path}",
            "hold effects with standard errors",
            f"no usable row of {len(frame):,}" + (f" ({lost})" if lost else ""),
            f"Check the columns, or name them with `exposure_columns` or `outcome_columns` (columns in Python){known}",
        )
    frame = frame if keep.all() else frame.loc[keep].reset_index(drop=True)
    again = copies(frame, [*SUMMARY_COLUMNS, "trait"])
    if again.any():
        ledger.step("variants", "filter", f"a copy of another row in {path}", again.sum(), (~again).sum())
        frame = frame.loc[~again].reset_index(drop=True)
    return frame


def _read_vcf(wanted: _Wanted) -> tuple[pd.DataFrame, int, TableReading]:
    study = read_gwas_vcf(wanted.path, wanted.given.get("study", ""))
    total = len(study.frame)
    frame, notes = of_study(study.frame)
    near = ~is_far(frame["p_value"].to_numpy(dtype=np.float64), wanted.p_value)
    if wanted.only is not None:
        near &= frame["id"].isin(wanted.only).to_numpy()
    reading = TableReading(
        str(wanted.path), "GWAS-VCF", {"beta": "ES", "se": "SE", "log10_p": "LP", "eaf": "AF", "n": "SS or NS"},
        "ALT is counted, by the standard", True, study.binary, total, (*study.notes, *notes),
    )  # fmt: skip
    return frame[near].reset_index(drop=True), total, reading


def _read(
    wanted: _Wanted, ledger: Ledger
) -> tuple[pd.DataFrame, int, TableReading, list[tuple[str, NDArray[np.bool_]]]]:
    """Return the canonical columns of wanted rows, the number of rows that test a variant, and rows with bad texts."""
    path = str(wanted.path)
    found, table, notes = read_rows(
        wanted.path, wanted.given, wanted.side, wanted.aligned, wanted.form, p_only=wanted.p_only
    )
    columns = found.columns
    if "test" in columns:
        table, others = additive(table, columns["test"], path)
        notes += [f"{others:,} rows of other tests than ADD are left out"] if others else []
    total = table.num_rows
    ledger.step("variants", "read", f"read from {path}", 0, total)
    for reason, bad in flagged(table, columns):
        if bad.any():
            table = table.filter(pa.array(~bad))
            ledger.step("variants", "filter", f"{reason} in {path}", total - table.num_rows, table.num_rows)
            total = table.num_rows
            if not total:
                raise ArgumentError(path, "have a row to use", f"only rows with {reason}", "check this column")
    if wanted.only is not None:
        table = table.filter(_listed(table, columns, wanted.only))
    if wanted.p_value < 1:
        table = _near(table, columns, wanted.p_value, path)
    made = canonical(table, found, path, wanted.only)
    near = ~is_far(made.frame["p_value"].to_numpy(dtype=np.float64), wanted.p_value)
    if wanted.p_value < 1 and not near.all():
        rows = {role: bad[near] for role, bad in made.texts.items()}
        made = replace(made, frame=made.frame[near].reset_index(drop=True), texts=rows)
    unknown = table.num_rows and "effect_allele" not in columns and not made.counted
    if unknown and not (wanted.aligned or wanted.p_only):
        refuse_gap("the effect allele", "effect_allele or alt", header(path), path)
    reading = TableReading(
        path, found.layout, {role: name for role, name in columns.items() if not role.startswith("id_2")},
        made.counted or found.counted, found.certain and made.certain, made.binary, total, (*notes, *made.notes),
    )  # fmt: skip
    texts = [
        (f"text in column {columns[role]!r}", bad)
        for role, bad in made.texts.items()
        if role in NEEDED and not wanted.p_only
    ]
    return made.frame, total, reading, texts


def read_rows(
    path: Path,
    given: dict[str, str],
    side: str | None = None,
    aligned: bool = False,
    layout: str | None = None,
    *,
    p_only: bool = False,
) -> tuple[Recognised, pa.Table, list[str]]:
    """Recognise the columns of a table and read them.

    Parameters
    ----------
    path, given, side, aligned, layout, p_only
        See :func:`~latentmr.data.gwas_results.recognise.recognise`.

    Returns
    -------
    Recognised
    pyarrow.Table
        The columns that have a role.
    list of str
        Notes: lines that were left out.
    """
    names = header(path)
    options = {"aligned": aligned, "layout": layout, "p_only": p_only}
    found = recognise(names, given, str(path), side, **options)  # type: ignore[arg-type]
    faulty: list[int] = []
    table = _columns(path, found, faulty)
    # a harmonised table may have its effects in the author's columns only
    empty = frozenset(name for name in table.column_names if name and table[name].null_count == table.num_rows)
    effects = {found.columns[role] for role in ("beta", "odds_ratio", "effect", "se") if role in found.columns}
    if effects & empty and table.num_rows:
        try:
            again = recognise(names, given, str(path), side, empty=empty, **options)  # type: ignore[arg-type]
        except ArgumentError:
            again = found  # nothing else has effects
        if again.columns != found.columns:
            found, faulty = again, []
            table = _columns(path, found, faulty)
    lines = table.num_rows + len(faulty)
    if len(faulty) > FAULTY * lines:
        raise ArgumentError(
            f"{path}",
            f"have {len(names)} fields in each line, as its header has",
            f"{len(faulty):,} of {lines:,} lines with more or fewer, such as {faulty[0]}",
            "complete these lines",
        )
    has, are = ("line has", "is") if len(faulty) == 1 else ("lines have", "are")
    notes = [f"{len(faulty):,} {has} more or fewer fields than the header, and {are} left out"] if faulty else []
    return found, table, [*found.notes, *notes]


def _columns(path: Path, found: Recognised, faulty: list[int]) -> pa.Table:
    columns = list(dict.fromkeys(found.columns.values()))
    texts = [found.columns[role] for role in TEXTS if role in found.columns]
    table = read_columns(path, columns, texts, faulty)
    name = found.columns.get("p_value")
    if name is not None and not pa.types.is_string(table[name].type) and table.num_rows:
        zero = np.asarray(pc.fill_null(pc.equal(table[name].cast(pa.float64()), 0.0), False).to_numpy(), dtype=bool)
        if zero.any():
            # only then is the column read again, for the digits of 1e-400
            logs = np.full(len(zero), np.nan)
            logs[zero] = minus_ln_of_digits(read_columns(path, [name], [name], [])[name].filter(pa.array(zero)))
            table = table.append_column(DIGITS, pa.array(logs))
    return table


def _listed(table: pa.Table, columns: dict[str, str], only: frozenset[str]) -> pa.Array:
    """Return which rows have one of the ids, also among several in a field."""
    names = pa.array(sorted(only), pa.string())
    chosen = None
    for role in ("id", "id_2"):
        if role in columns:
            ids = texts_of(table[columns[role]])
            here = pc.fill_null(pc.is_in(ids, value_set=names), False)
            several = pc.fill_null(pc.match_substring(ids, ","), False)
            if pc.any(several).as_py():
                parts = [bool(text) and not only.isdisjoint(text.split(",")) for text in ids.to_pylist()]
                here = pc.or_(here, pa.array(parts))
            chosen = here if chosen is None else pc.or_(chosen, here)
    if chosen is None:
        return pa.array(np.ones(table.num_rows, dtype=bool))
    return chosen


def _near(table: pa.Table, columns: dict[str, str], p_value: float, path: str) -> pa.Table:
    """Drop rows whose p value is above a maximum; those without one are kept, as theirs may be computed.

    Those near 1 are kept too, as they may have underflowed.
    """
    if "p_value" in columns:
        values, _ = numbers_of(table[columns["p_value"]], columns["p_value"], path, minus_nine=True)
        known = values[np.isfinite(values)]
        if len(known) and not no_p_values(known):  # otherwise they are logarithms, refused later
            return table.filter(pa.array(~is_far(values, p_value)))
    logs = next((role for role in ("log10_p", "ln_p") if role in columns and "p_value" not in columns), None)
    if logs is not None:
        # whatever the base: the decimal logarithm is the smaller one
        values, _ = numbers_of(table[columns[logs]], columns[logs], path, minus_nine=False)
        size = np.abs(values)
        if np.nanmax(size, initial=0.0) > 1:  # otherwise they may be p values under a wrong name
            return table.filter(pa.array(~(size < -np.log10(p_value))))
    return table


def _faults(frame: pd.DataFrame, wanted: _Wanted) -> list[tuple[str, NDArray[np.bool_]]]:
    beta, se = frame["beta"].to_numpy(dtype=np.float64), frame["se"].to_numpy(dtype=np.float64)
    eaf, p_value = frame["eaf"].to_numpy(dtype=np.float64), frame["p_value"].to_numpy(dtype=np.float64)
    several = with_comma(frame["effect_allele"])
    p_faults = [("no p value", np.isnan(p_value)), ("a p value outside 0 to 1", (p_value < 0) | (p_value > 1))]
    if wanted.p_only:
        return [("no id", frame["id"].isna().to_numpy()), *p_faults]
    return [
        ("no id", frame["id"].isna().to_numpy()),
        ("no effect allele", frame["effect_allele"].isna().to_numpy() & (not wanted.aligned)),
        ("several effect alleles in one row", several),
        ("no effect", ~np.isfinite(beta)),
        ("no standard error above 0", ~(np.isfinite(se) & (se > 0))),
        ("a frequency outside 0 to 1", (eaf < 0) | (eaf > 1)),
        p_faults[1],
    ]

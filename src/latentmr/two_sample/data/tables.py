"""Reading of GWAS results with any column names into one canonical table."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import special

from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.ledger import Ledger
from latentmr.data.summary_columns import find_columns
from latentmr.data.tables import header, numeric, read_columns
from latentmr.errors import ArgumentError
from latentmr.two_sample.data.evidence.effects import refuse_logarithms
from latentmr.two_sample.data.evidence.p_values import is_far, refuse_logarithms_of_p_values
from latentmr.two_sample.data.gwas_vcf import is_gwas_vcf, read_gwas_vcf
from latentmr.two_sample.data.listing import listed

__all__ = ["SUMMARY_COLUMNS", "is_binary", "read_summary", "read_traits"]

#: Columns of the canonical table: alleles in capitals, effects as differences or log ratios, missing values as NaN or
#: None.
SUMMARY_COLUMNS = ["id", "chrom", "pos", "effect_allele", "other_allele", "eaf", "beta", "se", "p_value", "n"]
TEXTS = ("id", "chrom", "pos", "effect_allele", "other_allele", "ref", "alt", "test", "trait")


def read_summary(
    path: str | Path,
    columns: dict[str, str] | None = None,
    *,
    side: str | None = None,
    ledger: Ledger | None = None,
    aligned: bool = False,
    readings: list[TableReading] | None = None,
) -> pd.DataFrame:
    r"""Read a table of GWAS results.

    The reader knows the columns of TwoSampleMR (with or without ``.exposure`` or ``.outcome``), GWAS-SSF, REGENIE,
    ``plink2 --glm`` (rows of the additive test), METAL, BOLT-LMM and GWAS-VCF. Other columns are named by ``columns``.
    Odds ratios and hazard ratios are converted to logarithms. A missing standard error is computed from the effect and
    its p value, and a missing p value from the effect and its standard error.

    Parameters
    ----------
    path : str or Path
        A .tsv, .csv or white-space table (plain, .gz or .zst), .parquet, or .vcf(.gz).
    columns : dict, optional
        Names of the file's columns by their meaning:
        ``id, chrom, pos, effect_allele, other_allele, eaf, beta, odds_ratio, se, p_value, log10_p, n``; columns that
        are not named are searched for.
    side : str, optional
        ``exposure`` or ``outcome``: the columns to read from a table that holds both.
    ledger : Ledger, optional
        Receives the counts of dropped rows and the reasons.
    aligned : bool
        Whether effects refer to the same alleles in all tables. If so, columns of alleles are not needed.
    readings : list of TableReading, optional
        Receives what was recognised in the table.

    Returns
    -------
    pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, eaf, beta, se, p_value, n``.

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
    frame = _usable(path, columns, side, ledger if ledger is not None else Ledger(), aligned, None, 1.0, readings)
    return frame[SUMMARY_COLUMNS]


def read_traits(
    path: str | Path,
    columns: dict[str, str] | None = None,
    *,
    side: str = "exposure",
    ledger: Ledger | None = None,
    aligned: bool = False,
    only: Iterable[str] | None = None,
    p_value: float = 1.0,
    readings: list[TableReading] | None = None,
) -> dict[str, pd.DataFrame]:
    """Read a table that may hold several traits in long format.

    Traits are distinguished by a column ``exposure`` or ``outcome`` (according to ``side``), ``phenotype`` or
    ``trait``.

    Parameters
    ----------
    path, columns, side, ledger, aligned
        See :func:`read_summary`.
    only : iterable of str, optional
        Ids of the variants to read. Other variants are dropped while reading, which saves memory for large tables.
    p_value : float
        Maximum p value of the variants to read. P values near 1 are read in any case: they may have underflowed.
    readings : list of TableReading, optional
        Receives what was recognised in the table.

    Returns
    -------
    dict of str to pandas.DataFrame
        One table for each trait by its name, in the file's order. The name is empty if the file does not report it.
    """
    frame = _usable(path, columns, side, ledger if ledger is not None else Ledger(), aligned, only, p_value, readings)
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
    if is_gwas_vcf(path):
        return False
    found = find_columns(header(path), columns or {}, str(path), side, aligned=True)
    return _is_binary(found)


def _is_binary(found: dict[str, str]) -> bool:
    return "odds_ratio" in found or found.get("beta", "").lower() == "log_odds"


def _usable(
    path: str | Path,
    columns: dict[str, str] | None,
    side: str | None,
    ledger: Ledger,
    aligned: bool,
    only: Iterable[str] | None,
    p_value: float,
    readings: list[TableReading] | None,
) -> pd.DataFrame:
    """Return the canonical table with the name of the trait, without unusable and unwanted rows."""
    wanted = None if only is None else list(only)
    if is_gwas_vcf(path):
        frame = read_gwas_vcf(path)
        total = len(frame)
        near = ~is_far(frame["p_value"].to_numpy(np.float64), p_value) & (
            True if wanted is None else frame["id"].isin(wanted)
        )
        frame = frame[near].reset_index(drop=True)
    else:
        frame, total = _read(path, columns or {}, side, aligned, wanted, p_value)
    if readings is not None:
        readings.append(_reading(path, columns or {}, side, aligned, total))
    ledger.step("variants", "read", f"read from {path}", 0, total)
    if len(frame) < total:
        reason = "not among the exposure's variants" if p_value == 1 else f"p value above {p_value:g}"
        ledger.step("variants", "filter", f"{reason} in {path}", total - len(frame), len(frame))
    if not len(frame) and total:
        frame["trait"] = None
        return frame
    keep = np.ones(len(frame), dtype=bool)
    for reason, bad in _faults(frame, aligned):
        gone = keep & bad
        keep &= ~bad
        if gone.any():
            ledger.step("variants", "filter", f"{reason} in {path}", gone.sum(), keep.sum())
    if not keep.any():
        lost = "; ".join(f"{int(bad.sum()):,} with {reason}" for reason, bad in _faults(frame, aligned) if bad.any())
        known = "" if is_gwas_vcf(path) else f". The columns found are {listed(header(path))}"
        raise ArgumentError(
            f"{path}",
            "hold effects with standard errors",
            f"no usable row of {len(frame):,}" + (f" ({lost})" if lost else ""),
            f"Check the columns, or name them with `exposure_columns` or `outcome_columns` (columns in Python){known}",
        )
    if "trait" not in frame:
        frame["trait"] = None
    return frame.loc[keep].reset_index(drop=True)


def _reading(path: str | Path, given: dict[str, str], side: str | None, aligned: bool, total: int) -> TableReading:
    if is_gwas_vcf(path):
        return TableReading(str(path), "GWAS-VCF", {}, "ALT is counted", n_rows=total)
    found = find_columns(header(path), given, str(path), side, aligned=aligned)
    allele = found.get("effect_allele", "")
    certain = aligned or "effect_allele" in given or allele.lower().split(".")[0] not in ("a1", "allele1")
    counted = f"{allele} is counted, by its name" if certain else f"{allele} is taken for the effect allele"
    return TableReading(str(path), "", found, counted, certain, _is_binary(found), total)


def _read(
    path: str | Path, given: dict[str, str], side: str | None, aligned: bool, only: list[str] | None, p_value: float
) -> tuple[pd.DataFrame, int]:
    """Return the canonical columns of wanted rows, and the number of rows that test a variant."""
    names = header(path)
    found = find_columns(names, given, str(path), side, aligned=aligned)
    table = read_columns(path, list(dict.fromkeys(found.values())), [found[x] for x in TEXTS if x in found])
    if "test" in found:
        test = table[found["test"]]
        table = table.filter(pc.or_(pc.is_null(test), pc.equal(pc.fill_null(test, "ADD"), "ADD")))
    total = table.num_rows
    if only is not None:
        table = table.filter(pc.is_in(table[found["id"]], value_set=pa.array(only, pa.string())))
    for x in ("p_value", "log10_p"):
        if p_value < 1 and x in found:
            values = numeric(table[found[x]], found[x], f"column {found[x]!r}", str(path))
            if x == "p_value":
                refuse_logarithms_of_p_values(values, found[x], path)
            table = table.filter(pa.array(~is_far(values if x == "p_value" else 10.0**-values, p_value)))
    texts = {x: table[found[x]].to_pandas().astype(object) for x in TEXTS if x in found}
    numbers = {
        x: numeric(table[name], name, f"column {name!r}", str(path)) for x, name in found.items() if x not in TEXTS
    }
    frame = pd.DataFrame({"id": texts["id"]})
    nothing = np.full(len(frame), np.nan)
    for name in ("chrom", "pos", "effect_allele", "other_allele", "trait"):
        frame[name] = texts.get(name, pd.Series([None] * len(frame), dtype=object))
    _name_alleles(frame, texts)
    if "p_value" in numbers:
        refuse_logarithms_of_p_values(numbers["p_value"], found["p_value"], path)
    frame["eaf"], frame["n"] = numbers.get("eaf", nothing), numbers.get("n", nothing)
    if "beta" not in numbers:
        refuse_logarithms(numbers["odds_ratio"], found["odds_ratio"], path)
    frame["beta"] = numbers["beta"] if "beta" in numbers else _logarithm(numbers["odds_ratio"])
    frame["p_value"] = numbers.get("p_value", nothing)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_p = np.log(frame["p_value"].to_numpy(dtype=np.float64))
    if "log10_p" in numbers:
        frame["p_value"], log_p = 10.0 ** -numbers["log10_p"], -np.log(10) * numbers["log10_p"]
    frame["se"] = numbers["se"] if "se" in numbers else _from_p_value(frame["beta"], log_p)
    z = frame["beta"].to_numpy() / np.where(frame["se"] > 0, frame["se"], np.nan)
    frame["p_value"] = frame["p_value"].where(frame["p_value"].notna(), 2 * special.ndtr(-np.abs(z)))
    return frame, total


def _name_alleles(frame: pd.DataFrame, texts: dict[str, pd.Series]) -> None:
    """Write alleles in capitals, and infer the other allele from reference and alternative alleles."""
    if "other_allele" not in texts and {"ref", "alt"} <= set(texts):
        same = texts["effect_allele"] == texts["alt"]
        frame["other_allele"] = texts["ref"].where(same, texts["alt"])
    for name in ("effect_allele", "other_allele"):
        frame[name] = frame[name].str.upper() if frame[name].notna().any() else frame[name]


def _logarithm(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(np.where(ratios > 0, ratios, np.nan))


def _from_p_value(beta: pd.Series, log_p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error from a two-sided normal p value; NaN if that is too small to be represented."""
    z = -special.ndtri_exp(np.where(np.isfinite(log_p) & (log_p < 0), log_p, np.nan) - np.log(2))
    return np.asarray(np.abs(beta.to_numpy(dtype=np.float64)) / z)


def _faults(frame: pd.DataFrame, aligned: bool) -> list[tuple[str, NDArray[np.bool_]]]:
    beta, se = frame["beta"].to_numpy(dtype=np.float64), frame["se"].to_numpy(dtype=np.float64)
    eaf, p_value = frame["eaf"].to_numpy(dtype=np.float64), frame["p_value"].to_numpy(dtype=np.float64)
    return [
        ("no id", frame["id"].isna().to_numpy()),
        ("no effect allele", frame["effect_allele"].isna().to_numpy() & (not aligned)),
        ("no effect", ~np.isfinite(beta)),
        ("no standard error above 0", ~(np.isfinite(se) & (se > 0))),
        ("a frequency outside 0 to 1", (eaf < 0) | (eaf > 1)),
        ("a p value outside 0 to 1", (p_value < 0) | (p_value > 1)),
    ]

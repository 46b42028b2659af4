"""Tables of GWAS results, whatever their columns are called, as one canonical table."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from latentmr.data.flow import Ledger
from latentmr.data.summary_columns import find_columns
from latentmr.data.summary_vcf import is_gwas_vcf, read_gwas_vcf
from latentmr.data.tables import header, numeric, read_columns

__all__ = ["SUMMARY_COLUMNS", "read_summary"]

#: The canonical table: alleles in capitals, effects as differences or logarithms of ratios, missing as NaN or None.
SUMMARY_COLUMNS = ["id", "chrom", "pos", "effect_allele", "other_allele", "eaf", "beta", "se", "p_value", "n"]
TEXTS = ("id", "chrom", "pos", "effect_allele", "other_allele", "ref", "alt", "test")
#: Standard normal quantile between the ends of a 95 % interval and its middle.
WALD = stats.norm.ppf(0.975)


def read_summary(
    path: str | Path,
    columns: dict[str, str] | None = None,
    *,
    side: str | None = None,
    ledger: Ledger | None = None,
) -> pd.DataFrame:
    r"""Read a table of GWAS results.

    Known are the columns of TwoSampleMR (with or without ``.exposure`` or ``.outcome``), GWAS-SSF, REGENIE, ``plink2
    --glm`` (rows of the additive test), METAL, BOLT-LMM, and GWAS-VCF; any others by ``columns``. Odds ratios and
    hazard ratios become logarithms; a standard error that is not there comes from the effect and its p value, and a p
    value that is not there from the effect and its standard error.

    Parameters
    ----------
    path : str or Path
        .tsv, .csv or white-space text (plain, .gz, .zst), .parquet, or .vcf(.gz).
    columns : dict, optional
        Names of the file's columns by what they are: ``id, chrom, pos, effect_allele, other_allele, eaf, beta,
        odds_ratio, se, p_value, log10_p, n``; those left out are looked for.
    side : str, optional
        ``exposure`` or ``outcome``: which columns of a table that holds both.
    ledger : Ledger, optional
        Takes the counts of rows that are left out, with the reasons.

    Returns
    -------
    pandas.DataFrame
        ``id, chrom, pos, effect_allele, other_allele, eaf, beta, se, p_value, n``.

    Raises
    ------
    ValueError
        Where a column that is needed is absent, is no number, or no row is left.

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
    ledger = ledger if ledger is not None else Ledger()
    if is_gwas_vcf(path):
        frame = read_gwas_vcf(path)
    else:
        frame = _read(path, columns or {}, side)
    ledger.step("variants", "read", f"read from {path}", 0, len(frame))
    keep = np.ones(len(frame), dtype=bool)
    for reason, bad in _faults(frame):
        gone = keep & bad
        keep &= ~bad
        if gone.any():
            ledger.step("variants", "filter", f"{reason} in {path}", gone.sum(), keep.sum())
    if not keep.any():
        raise ValueError(f"{path} must hold effects with standard errors. Got no row that has them; check the columns.")
    return frame.loc[keep, SUMMARY_COLUMNS].reset_index(drop=True)


def _read(path: str | Path, given: dict[str, str], side: str | None) -> pd.DataFrame:
    names = header(path)
    found = find_columns(names, given, str(path), side)
    table = read_columns(path, list(dict.fromkeys(found.values())), [found[x] for x in TEXTS if x in found])
    texts = {x: table[found[x]].to_pandas().astype(object) for x in TEXTS if x in found}
    numbers = {
        x: numeric(table[name], name, f"column {name!r}", str(path)) for x, name in found.items() if x not in TEXTS
    }
    frame = pd.DataFrame({"id": texts["id"]})
    nothing = np.full(len(frame), np.nan)
    for name in ("chrom", "pos", "effect_allele", "other_allele"):
        frame[name] = texts.get(name, pd.Series([None] * len(frame), dtype=object))
    _name_alleles(frame, texts)
    frame["eaf"], frame["n"] = numbers.get("eaf", nothing), numbers.get("n", nothing)
    frame["beta"] = numbers["beta"] if "beta" in numbers else _logarithm(numbers["odds_ratio"])
    frame["p_value"] = numbers.get("p_value", nothing)
    if "log10_p" in numbers:
        frame["p_value"] = 10.0 ** -numbers["log10_p"]
    frame["se"] = numbers["se"] if "se" in numbers else _from_p_value(frame["beta"], frame["p_value"])
    z = frame["beta"].to_numpy() / np.where(frame["se"] > 0, frame["se"], np.nan)
    frame["p_value"] = frame["p_value"].where(frame["p_value"].notna(), 2 * stats.norm.sf(np.abs(z)))
    if "test" in texts:
        frame = frame[texts["test"].isin(["ADD", None, "NA"]) | texts["test"].isna()].reset_index(drop=True)
    return frame


def _name_alleles(frame: pd.DataFrame, texts: dict[str, pd.Series]) -> None:
    """Alleles in capitals; the other one is the reference or the alternative where only these are named."""
    if "other_allele" not in texts and {"ref", "alt"} <= set(texts):
        same = texts["effect_allele"] == texts["alt"]
        frame["other_allele"] = texts["ref"].where(same, texts["alt"])
    for name in ("effect_allele", "other_allele"):
        frame[name] = frame[name].str.upper() if frame[name].notna().any() else frame[name]


def _logarithm(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(np.where(ratios > 0, ratios, np.nan))


def _from_p_value(beta: pd.Series, p_value: pd.Series) -> NDArray[np.float64]:
    """Standard error of an effect with a two-sided normal p value."""
    z = stats.norm.isf(np.clip(p_value.to_numpy(dtype=np.float64), 1e-300, 1) / 2)
    return np.abs(beta.to_numpy(dtype=np.float64)) / np.where(z > 0, z, np.nan)


def _faults(frame: pd.DataFrame) -> list[tuple[str, NDArray[np.bool_]]]:
    beta, se = frame["beta"].to_numpy(dtype=np.float64), frame["se"].to_numpy(dtype=np.float64)
    eaf, p_value = frame["eaf"].to_numpy(dtype=np.float64), frame["p_value"].to_numpy(dtype=np.float64)
    return [
        ("no id", frame["id"].isna().to_numpy()),
        ("no effect allele", frame["effect_allele"].isna().to_numpy()),
        ("no effect", ~np.isfinite(beta)),
        ("no standard error above 0", ~(np.isfinite(se) & (se > 0))),
        ("a frequency outside 0 to 1", (eaf < 0) | (eaf > 1)),
        ("a p value outside 0 to 1", (p_value < 0) | (p_value > 1)),
    ]

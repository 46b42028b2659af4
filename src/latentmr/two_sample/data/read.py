"""From tables of GWAS results to the data of two-sample methods: aligned, clumped, counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.source import Progress
from latentmr.data.ledger import Ledger
from latentmr.data.summary_columns import find_columns
from latentmr.data.tables import header
from latentmr.two_sample.data.alignment import align, long_table
from latentmr.two_sample.data.gwas_vcf import is_gwas_vcf
from latentmr.two_sample.data.ld import read_correlation
from latentmr.two_sample.data.reference import clump_by_reference, reference_correlation
from latentmr.two_sample.data.summary_data import SummaryData
from latentmr.two_sample.data.tables import is_binary, read_traits
from latentmr.typing import Array

__all__ = ["MOST", "SummaryFiles", "read_two_sample"]

#: Variants that two-sample methods take at most.
MOST = 10_000
#: What was done to bring effects to the same allele, in words.
ALIGNED = "joined by id, effects taken to be of the same alleles"
PALINDROMES = {
    1: "brought to the same allele; palindromic variants taken to be of the same strand",
    2: "brought to the same allele; the strand of palindromic variants told by their frequency",
    3: "brought to the same allele; palindromic variants left out",
}
Columns = dict[str, str]


@dataclass(frozen=True)
class SummaryFiles:
    """Where effects on exposures and outcome are.

    Parameters
    ----------
    exposures : sequence of path
        A table for each exposure, or tables of several.
    outcome : path
    exposure_columns : sequence of dict
        Names of columns by what they are (:func:`~latentmr.two_sample.data.read_summary`): none, one for all exposures,
        or one for each.
    outcome_columns : dict
    exposure_names : sequence of str
        None, or one for each exposure; else as the tables say, else the files' names.
    outcome_name : str
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
            raise ValueError("--exposure-file must be given. Got none; give a table of effects on the exposure.")
        if given not in (0, 1, files):
            raise ValueError(
                f"--exposure-columns must be given once, or once for each --exposure-file. Got {given} for {files}."
            )

    @property
    def one_table(self) -> bool:
        """Whether exposures and outcome are columns of the same table."""
        return {str(path) for path in self.exposures} == {str(self.outcome)}


def read_two_sample(
    files: SummaryFiles,
    *,
    action: int | None = None,
    aligned: bool = False,
    p_value: float = 1.0,
    reference: GenotypeFiles | None = None,
    r2: float = 0.001,
    kb: float = 10_000.0,
    correlated: bool = False,
    ld: str | Path | None = None,
    binary: bool | None = None,
    n_exposure: Sequence[float] = (),
    n_outcome: float | None = None,
    progress: Progress | None = None,
) -> SummaryData:
    """Read effects on exposures and outcome, bring them to the same alleles, and leave out linked variants.

    Variants are those with a p value of at most ``p_value`` for one of the exposures that are in all tables. They are
    harmonised before they are clumped, so that no clump is lost with an index variant that the outcome lacks.

    Parameters
    ----------
    files : SummaryFiles
    action : int, optional
        What is done with palindromic variants; see :func:`~latentmr.two_sample.data.harmonise`. By default 2; 1 where
        exposures and outcome are of one table, which somebody has harmonised.
    aligned : bool
        Whether effects are of the same alleles already: then they are joined by id alone.
    p_value : float
        Largest p value of a variant, for the exposure it is most associated with.
    reference : GenotypeFiles, optional
        People of the same ancestry, who tell of linkage disequilibrium; variants that they lack are dropped.
    r2, kb : float
        As of :func:`~latentmr.data.genome.clump.clump`: what is dropped.
    correlated : bool
        Whether linked variants are kept, with the correlations among the reference people.
    ld : str or Path, optional
        A table of correlations to take instead; see :func:`~latentmr.two_sample.data.ld.read_correlation`.
    binary : bool, optional
        Whether effects on the outcome are logarithms of odds ratios; by default, where the table has odds ratios.
    n_exposure : sequence of float
        People behind each exposure, where the tables do not say: none, or one for each.
    n_outcome : float, optional
        The same of the outcome.
    progress : callable, optional
        Told of variants settled by clumping.

    Returns
    -------
    SummaryData

    Raises
    ------
    ValueError
        Where tables cannot be read or share no variant, or too many are left.
    """
    if not 0 < p_value <= 1:
        raise ValueError(f"--p-value must be above 0 and at most 1. Got {p_value:g}; 5e-8 is usual.")
    if correlated and ld is None and reference is None:
        raise ValueError("--correlated must come with --ref-bfile or --ref-pfile. Got neither; or give --ld.")
    ledger = Ledger()
    exposures = _read_exposures(files, aligned, ledger, p_value)
    tables = [_associated(table, list(exposures.values()), p_value) for table in exposures.values()]
    if _lost(exposures, tables)[0]:
        ledger.step("variants", "filter", f"no exposure's p value up to {p_value:g}", *_lost(exposures, tables))
    if not any(map(len, tables)):
        raise ValueError(
            f"--p-value must be reached by a variant of the exposures. Got {p_value:g}, and none does; check the"
            " p values, or give a larger one."
        )
    names = list(exposures)
    if n_exposure and len(n_exposure) != len(names):
        raise ValueError(
            f"--n-exposure must be given once for each exposure. Got {len(n_exposure)} for {len(names)}:"
            f" {', '.join(names)}."
        )
    outcome_name, outcome = _read_outcome(files, aligned, ledger, pd.concat(tables)["id"].unique())
    if action is None:
        action = 1 if files.one_table else 2
        if files.one_table and not aligned:
            ledger.notes.append(
                "exposure and outcome are of one table, which is taken to be harmonised: palindromic variants are of"
                " the same strand (--action 1)"
            )
    frame, parts = align(tables, outcome, names, action, aligned)
    _count(frame, ledger)
    kept = np.flatnonzero(frame["keep"].to_numpy())
    if reference is not None:
        smallest = frame["p_value_exposure"].to_numpy(dtype=np.float64)[kept]
        effects = [(part["beta_exposure"] / part["se_exposure"]).abs().to_numpy(np.float64) for part in parts]
        largest = np.max(effects, axis=0)[kept]
        settled = clump_by_reference(
            reference, frame.iloc[kept], smallest, largest, r2=None if correlated or ld is not None else r2, kb=kb,
            progress=progress,
        )  # fmt: skip
        ledger.notes.extend(settled.notes)
        frame.loc[frame.index[kept], "drop_reason"] = settled.reasons
        frame["keep"] = frame["drop_reason"] == ""
        before, kept = kept, np.flatnonzero(frame["keep"].to_numpy())
        _count(frame.iloc[before], ledger, len(before))
    if not len(kept):
        raise ValueError(
            "exposure and outcome must share a variant that can be used. Got none: "
            + "; ".join(f"{count} {reason}" for reason, count in frame["drop_reason"].value_counts().items())
            + "."
        )
    if len(kept) > MOST:
        raise ValueError(
            f"--p-value must leave at most {MOST:,} variants. Got {len(kept):,}; give a smaller one, such as 5e-8, and"
            " genotypes to clump by (--ref-bfile)."
        )
    chosen = frame.iloc[kept].reset_index(drop=True)
    correlation = None
    if ld is not None:
        correlation, chosen_rows, notes = read_correlation(ld, chosen)
        ledger.notes.extend(notes)
        _drop_without_correlation(frame, kept, chosen_rows, ledger)
        chosen = chosen.iloc[chosen_rows].reset_index(drop=True)
        kept = kept[chosen_rows]
    elif correlated and reference is not None:
        correlation = reference_correlation(reference, chosen)
    columns = ("beta_exposure", "se_exposure", "n_exposure")
    BX, SX, NX = (np.column_stack([part[name].to_numpy(np.float64)[kept] for part in parts]) for name in columns)
    return SummaryData(
        BX=BX,
        SX=SX,
        by=chosen["beta_outcome"].to_numpy(np.float64),
        sy=chosen["se_outcome"].to_numpy(np.float64),
        variants=chosen[["id", "chrom", "pos", "effect_allele", "other_allele", "eaf"]],
        exposure_names=tuple(names),
        outcome_name=files.outcome_name or outcome_name,
        correlation=correlation,
        n_exposure=tuple(n_exposure) or tuple(_median(column) for column in NX.T),
        n_outcome=_median(chosen["n_outcome"].to_numpy(np.float64)) if n_outcome is None else n_outcome,
        binary=is_binary(files.outcome, files.outcome_columns, side="outcome") if binary is None else binary,
        alignment=ALIGNED if aligned else PALINDROMES.get(action, ""),
        harmonised=long_table(frame, parts, names),
        flow=ledger.close(),
    )


def _read_exposures(files: SummaryFiles, aligned: bool, ledger: Ledger, p_value: float) -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = {}
    # of several exposures, a variant that one is associated with is wanted of all
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
            raise ValueError(
                f"--exposure must be given once for each exposure. Got {len(files.exposure_names)} for {len(tables)}:"
                f" {', '.join(tables)}."
            )
        tables = dict(zip(_distinct(list(files.exposure_names)), tables.values(), strict=True))
    return tables


def _has_traits(files: SummaryFiles) -> bool:
    """Whether the one table of exposures may hold several."""
    path, columns = files.exposures[0], (list(files.exposure_columns) or [{}])[0]
    return not is_gwas_vcf(path) and "trait" in find_columns(header(path), columns, str(path), "exposure", aligned=True)


def _read_outcome(files: SummaryFiles, aligned: bool, ledger: Ledger, only: Iterable[str]) -> tuple[str, pd.DataFrame]:
    """The outcome's name, and its rows of the exposures' variants."""
    tables = read_traits(
        files.outcome, files.outcome_columns, side="outcome", ledger=ledger, aligned=aligned, only=only
    )
    if not tables:
        ids = list(only)
        raise ValueError(
            f"--outcome-file must hold variants of the exposure by id. Got none of {len(ids):,} (for instance"
            f" {ids[0]!r}) in {files.outcome}; check the naming."
        )
    if len(tables) > 1:
        raise ValueError(
            f"--outcome-file must hold one outcome. Got {len(tables)}: {', '.join(list(tables)[:5])}; split it."
        )
    name, table = next(iter(tables.items()))
    return name or ("outcome" if files.one_table else _stem(files.outcome)), table


def _distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError(f"--exposure must name each exposure differently. Got {', '.join(names)}.")
    return names


def _stem(path: str | Path) -> str:
    return Path(path).name.split(".")[0]


def _associated(table: pd.DataFrame, tables: list[pd.DataFrame], p_value: float) -> pd.DataFrame:
    """Rows of the variants that are associated with one of the exposures."""
    near = set().union(*(each.loc[each["p_value"] <= p_value, "id"] for each in tables))
    return table[table["id"].isin(near)].reset_index(drop=True)


def _lost(before: dict[str, pd.DataFrame], after: list[pd.DataFrame]) -> tuple[int, int]:
    left = sum(map(len, after))
    return sum(map(len, before.values())) - left, left


def _count(frame: pd.DataFrame, ledger: Ledger, total: int | None = None) -> None:
    left = len(frame) if total is None else total
    for reason, count in frame.loc[~frame["keep"], "drop_reason"].value_counts(sort=False).items():
        left -= count
        ledger.step("variants", "filter", str(reason), count, left)


def _drop_without_correlation(
    frame: pd.DataFrame, kept: NDArray[np.int64], rows: NDArray[np.int64], ledger: Ledger
) -> None:
    gone = np.delete(kept, rows)
    if len(gone):
        frame.loc[frame.index[gone], "drop_reason"] = "not in the --ld table, or with other alleles"
        frame["keep"] = frame["drop_reason"] == ""
        _count(frame.iloc[kept], ledger, len(kept))


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")

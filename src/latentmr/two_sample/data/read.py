"""From tables of GWAS results to the data of two-sample methods: aligned, clumped, counted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.source import Progress
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.two_sample.data.alignment import align, long_table
from latentmr.two_sample.data.ld import read_correlation
from latentmr.two_sample.data.reference import clump_by_reference, reference_correlation
from latentmr.two_sample.data.summary_data import SummaryData
from latentmr.two_sample.data.summary_files import SummaryFiles, read_exposures, read_outcome
from latentmr.two_sample.data.tables import is_binary
from latentmr.typing import Array

__all__ = ["MOST", "read_two_sample"]

#: Variants that two-sample methods take at most.
MOST = 10_000
#: What was done to bring effects to the same allele, in words.
ALIGNED = "joined by id, effects taken to be of the same alleles"
PALINDROMES = {
    1: "brought to the same allele; palindromic variants taken to be of the same strand",
    2: "brought to the same allele; the strand of palindromic variants told by their frequency",
    3: "brought to the same allele; palindromic variants left out",
}


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
        raise ArgumentError("p_value", "be above 0 and at most 1", f"{p_value:g}", "5e-8 is usual")
    if correlated and ld is None and reference is None:
        raise ArgumentError("correlated", "come with `ref_bfile` or `ref_pfile`", "neither", "or give `ld`")
    ledger = Ledger()
    exposures = read_exposures(files, aligned, ledger, p_value)
    tables = [_associated(table, list(exposures.values()), p_value) for table in exposures.values()]
    if _lost(exposures, tables)[0]:
        ledger.step("variants", "filter", f"no exposure's p value up to {p_value:g}", *_lost(exposures, tables))
    if not any(map(len, tables)):
        raise ArgumentError(
            "p_value",
            "be reached by a variant of the exposures",
            f"{p_value:g}, and none does",
            "check the p values, or give a larger one",
        )
    names = list(exposures)
    if n_exposure and len(n_exposure) != len(names):
        raise ArgumentError(
            "n_exposure", "be given once for each exposure", f"{len(n_exposure)} for {len(names)}: {', '.join(names)}"
        )
    outcome_name, outcome = read_outcome(files, aligned, ledger, pd.concat(tables)["id"].unique())
    if action is None:
        action = 1 if files.one_table else 2
        if files.one_table and not aligned:
            ledger.notes.append(
                "exposure and outcome are of one table, which is taken to be harmonised: palindromic variants are of"
                " the same strand (`action` 1)"
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
        lost = "; ".join(f"{count} {reason}" for reason, count in frame["drop_reason"].value_counts().items())
        raise ArgumentError("exposure and outcome", "share a variant that can be used", f"none: {lost}")
    if len(kept) > MOST:
        raise ArgumentError(
            "p_value",
            f"leave at most {MOST:,} variants",
            f"{len(kept):,}",
            "give a smaller one, such as 5e-8, and genotypes to clump by (`ref_bfile`)",
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
        frame.loc[frame.index[gone], "drop_reason"] = "not in the `ld` table, or with other alleles"
        frame["keep"] = frame["drop_reason"] == ""
        _count(frame.iloc[kept], ledger, len(kept))


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")

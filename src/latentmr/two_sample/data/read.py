"""Data of two-sample methods from tables of GWAS results: aligned, clumped and counted."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.genotypes.source import Progress
from latentmr.data.gwas_results.table_reading import TableReading
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.two_sample.data.alignment import align, long_table
from latentmr.two_sample.data.checks import check_used, checked_table, refuse_single_alleles
from latentmr.two_sample.data.evidence.studies import check_dispersion, check_distances
from latentmr.two_sample.data.ld import read_correlation, refuse_singular
from latentmr.two_sample.data.listing import listed
from latentmr.two_sample.data.matching import WAYS, place_keys
from latentmr.two_sample.data.reading_notes import notes_of
from latentmr.two_sample.data.reference import clump_by_reference, reference_correlation
from latentmr.two_sample.data.repeats import settle_repeats
from latentmr.two_sample.data.summary_data import SummaryData
from latentmr.two_sample.data.summary_files import SummaryFiles, read_exposures, read_outcome, relabelled
from latentmr.typing import Array

__all__ = ["MOST", "read_two_sample"]

#: Maximum number of variants for two-sample methods.
MOST = 10_000
#: Descriptions of how effects were aligned to the same allele.
ALIGNED = "joined by id, assuming that effects refer to the same alleles"
PALINDROMES = {
    1: "aligned to the same allele; palindromic variants assumed to be reported on the forward strand",
    2: "aligned to the same allele; the strand of palindromic variants inferred from their frequency",
    3: "aligned to the same allele; palindromic variants excluded",
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
    match: str = "auto",
    progress: Progress | None = None,
) -> SummaryData:
    """Read effects on exposures and outcome, align them to the same alleles, and clump the variants.

    A variant is used if it is in all tables and its p value for at least one exposure is at most ``p_value``. Variants
    are harmonised before they are clumped, so no clump is lost because the outcome's table lacks its index variant.

    Parameters
    ----------
    files : SummaryFiles
    action : int, optional
        Treatment of palindromic variants; see :func:`~latentmr.two_sample.data.harmonise`. The default is 2, or 1 if
        exposures and outcome are in one table, which is assumed to be harmonised.
    aligned : bool
        Whether all effects refer to the same alleles already. If so, they are joined by id alone.
    p_value : float
        Maximum p value of a variant, for the exposure with which it is most strongly associated.
    reference : GenotypeFiles, optional
        Genotypes of reference individuals of the same ancestry, which give linkage disequilibrium. Variants that are
        not in them are dropped.
    r2, kb : float
        Clumping threshold and window; see :func:`~latentmr.data.genome.clump.clump`.
    correlated : bool
        Whether variants in linkage disequilibrium are kept, with their correlations in the reference genotypes.
    ld : str or Path, optional
        A table of correlations to use instead of reference genotypes; see
        :func:`~latentmr.two_sample.data.ld.read_correlation`.
    binary : bool, optional
        Whether effects on the outcome are log odds ratios. By default this is inferred from the table's columns.
    n_exposure : sequence of float
        Sample size of each exposure, if the tables do not report it: none, or one number for each exposure.
    n_outcome : float, optional
        Sample size of the outcome, if its table does not report it.
    match : str
        How variants of different tables are matched: ``id``; ``position`` (chromosome, position and alleles); or
        ``auto``, by id, and by position for variants whose ids differ. Case, blanks, the prefix ``chr`` and alleles
        behind an id do not matter.
    progress : callable, optional
        Called with the number of variants that have been clumped.

    Returns
    -------
    SummaryData

    Raises
    ------
    ValueError
        If tables cannot be read or share no variant, too many variants remain, or frequencies, p values or effects show
        that a table was misread.
    """
    if not 0 < p_value <= 1:
        raise ArgumentError("p_value", "be above 0 and at most 1", f"{p_value:g}", "5e-8 is usual")
    if correlated and ld is None and reference is None:
        raise ArgumentError(
            "correlated", "come with reference genotypes", "none", "give `ref_bfile`, `ref_pfile` or a table `ld`"
        )
    if match not in WAYS:
        raise ArgumentError("match", f"be one of {', '.join(WAYS)}", f"{match!r}", "auto is usual")
    ledger = Ledger()
    if aligned:
        match = "id"  # without alleles, a position does not determine a variant
    exposures = read_exposures(files, aligned, ledger, p_value)
    exposures = [checked_table(study, ledger) for study in exposures]
    exposures[1:] = [
        relabelled(exposures[0], study, match, ledger, argument="exposure_file") for study in exposures[1:]
    ]
    whole = [study.table for study in exposures]
    tables = [_associated(table, whole, p_value) for table in whole]
    if _lost(whole, tables)[0]:
        ledger.step("variants", "filter", f"p value above {p_value:g} for every exposure", *_lost(whole, tables))
    if not any(map(len, tables)):
        raise ArgumentError(
            "p_value",
            "be reached by at least one variant of the exposures",
            f"{p_value:g}, which no variant reaches",
            "check the column of p values, or give a larger `p_value`",
        )
    names = [study.name for study in exposures]
    if n_exposure and len(n_exposure) != len(names):
        raise ArgumentError(
            "n_exposure",
            "be given once for each exposure",
            f"{len(n_exposure)} for {len(names)}: {listed(names)}",
            "give one sample size for each exposure, in this order",
        )
    first = replace(exposures[0], table=tables[0])
    outcome = checked_table(read_outcome(files, aligned, ledger, first, tables[0]["id"].unique(), match), ledger)
    studies = [*exposures, outcome]
    readings = _once(study.reading for study in studies)
    if not aligned:
        ledger.notes[:0] = [note for reading in readings for note in notes_of(reading)]
    paths = [study.reading.path for study in studies]
    *tables, outcome_table = settle_repeats([*tables, outcome.table], paths, ledger)
    if action is None:
        action = 1 if files.one_table else 2
        if files.one_table and not aligned:
            ledger.notes.append(
                "exposure and outcome are in one table, which is assumed to be harmonised: palindromic variants are"
                " kept as reported on the forward strand (`action` 1)"
            )
    frame, parts = align(tables, outcome_table, names, action, aligned)
    _count(frame, ledger)
    refuse_single_alleles(frame, studies)
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
        raise ArgumentError(
            "exposure and outcome",
            "share at least one usable variant",
            f"none: {lost}",
            "Check the alleles, frequencies and positions of both tables, or relax the filter that dropped them",
        )
    if len(kept) > MOST:
        raise ArgumentError(
            "p_value",
            f"leave at most {MOST:,} variants",
            f"{len(kept):,}",
            "give a smaller `p_value`, such as 5e-8, and reference genotypes for clumping (`ref_bfile`)",
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
    if correlation is not None:
        refuse_singular(
            correlation, chosen["id"].to_numpy(dtype=object), "the reference genotypes" if ld is None else f"{ld}"
        )
    columns = ("beta_exposure", "se_exposure", "n_exposure")
    BX, SX, NX = (np.column_stack([part[name].to_numpy(np.float64)[kept] for part in parts]) for name in columns)
    by, sy = (chosen[name].to_numpy(np.float64) for name in ("beta_outcome", "se_outcome"))
    check_used(
        frame.iloc[kept], [part.iloc[kept] for part in parts], studies, ledger, aligned=aligned, reference=reference
    )
    if correlation is None:
        check_dispersion(BX, by, sy, ledger)
    if reference is None and ld is None:
        check_distances(place_keys(chosen).tolist(), exposures[0].reading.n_rows, ledger)
    return SummaryData(
        BX=BX,
        SX=SX,
        by=by,
        sy=sy,
        variants=chosen[["id", "chrom", "pos", "effect_allele", "other_allele", "eaf"]],
        exposure_names=tuple(names),
        outcome_name=files.outcome_name or outcome.name,
        correlation=correlation,
        n_exposure=tuple(n_exposure) or tuple(_median(column) for column in NX.T),
        n_outcome=_median(chosen["n_outcome"].to_numpy(np.float64)) if n_outcome is None else n_outcome,
        binary=outcome.reading.binary if binary is None else binary,
        alignment=ALIGNED if aligned else PALINDROMES.get(action, ""),
        harmonised=long_table(frame, parts, names),
        flow=ledger.close(),
        readings=readings,
    )


def _once(readings: Iterable[TableReading]) -> tuple[TableReading, ...]:
    """Return the readings in their order, without repetition: several traits may come from one table."""
    out: list[TableReading] = []
    for each in readings:
        if each not in out:
            out.append(each)
    return tuple(out)


def _associated(table: pd.DataFrame, tables: list[pd.DataFrame], p_value: float) -> pd.DataFrame:
    """Return the rows of variants that are associated with at least one of the exposures."""
    near = set().union(*(each.loc[each["p_value"] <= p_value, "id"] for each in tables))
    return table[table["id"].isin(near)].reset_index(drop=True)


def _lost(before: list[pd.DataFrame], after: list[pd.DataFrame]) -> tuple[int, int]:
    left = sum(map(len, after))
    return sum(map(len, before)) - left, left


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
        frame.loc[frame.index[gone], "drop_reason"] = "not in the table of correlations, or alleles differ"
        frame["keep"] = frame["drop_reason"] == ""
        _count(frame.iloc[kept], ledger, len(kept))


def _median(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")

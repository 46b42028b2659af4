"""Checks of the tables of an analysis: each one alone, and all of them after they are aligned."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.two_sample.data.evidence.effects import check_effects
from latentmr.two_sample.data.evidence.frequencies import Counted, check_frequencies, warn_uncertain
from latentmr.two_sample.data.evidence.p_values import check_p_values, warn_contrary
from latentmr.two_sample.data.evidence.studies import refuse_same_study
from latentmr.two_sample.data.harmonisation import UNKNOWN_FREQUENCY
from latentmr.two_sample.data.reference import reference_frequency
from latentmr.two_sample.data.summary_files import Study

__all__ = ["check_used", "checked_table", "refuse_single_alleles"]


def checked_table(study: Study, ledger: Ledger) -> Study:
    """Check that effects, standard errors and p values of a table agree, and replace p values that underflowed.

    Parameters
    ----------
    study : Study
    ledger : Ledger
        Receives warnings.

    Returns
    -------
    Study
        The study with the p values to be used.

    Raises
    ------
    ValueError
        If effects or standard errors are on another scale than their columns say.
    """
    check_effects(study.table, study.reading, ledger)
    return replace(study, table=check_p_values(study.table, study.reading, ledger))


def refuse_single_alleles(frame: pd.DataFrame, studies: Sequence[Study]) -> None:
    """Refuse tables with one allele and without frequencies, if this leaves no variant.

    Parameters
    ----------
    frame : pandas.DataFrame
        Aligned variants; see :func:`~latentmr.two_sample.data.alignment.align`.
    studies : sequence of Study
        Exposures and outcome.

    Raises
    ------
    ValueError
        If no variant is kept, and some are dropped because one allele and a frequency are missing.
    """
    alone = frame["drop_reason"] == UNKNOWN_FREQUENCY
    if frame["keep"].any() or not alone.any():
        return
    lacking = next((each for each in studies if each.table["other_allele"].isna().all()), studies[-1])
    column = lacking.reading.columns.get("effect_allele", "")
    raise ArgumentError(
        f"{lacking.reading.path}",
        "report the other allele, or frequencies with which it can be confirmed",
        f"one allele{f' (column {column!r})' if column else ''} and no frequencies of the effect allele, so that all"
        f" {int(alone.sum()):,} variants are dropped",
        "Name the column of the other allele or of frequencies with `exposure_columns` or `outcome_columns`, or give"
        " `action` 1, which accepts variants with one allele if all alleles are reported on the forward strand",
    )


def check_used(
    frame: pd.DataFrame,
    parts: Sequence[pd.DataFrame],
    studies: Sequence[Study],
    ledger: Ledger,
    *,
    aligned: bool,
    reference: GenotypeFiles | None,
) -> None:
    """Check the aligned effects that are used: different studies, p values, and frequencies of the effect alleles.

    Parameters
    ----------
    frame : pandas.DataFrame
        Aligned variants that are used; see :func:`~latentmr.two_sample.data.alignment.align`.
    parts : sequence of pandas.DataFrame
        The same rows for each exposure.
    studies : sequence of Study
        Exposures and outcome.
    ledger : Ledger
        Receives warnings.
    aligned : bool
        Whether all effects refer to the same alleles, whatever the columns of alleles say.
    reference : GenotypeFiles, optional
        Genotypes of reference individuals.

    Raises
    ------
    ValueError
        If two studies are the same, or the frequencies of a table are those of the other allele and the names of its
        columns do not settle which allele is counted.
    """
    columns = [
        *([part[f"{what}_exposure"].to_numpy(np.float64) for what in ("beta", "se", "p_value")] for part in parts),
        [frame[f"{what}_outcome"].to_numpy(np.float64) for what in ("beta", "se", "p_value")],
    ]
    paths = [study.reading.path for study in studies]
    refuse_same_study(
        [beta for beta, _, _ in columns], [se for _, se, _ in columns], [study.name for study in studies], paths
    )
    if not aligned:
        _check_counted_alleles(frame, parts, studies, reference, ledger)
    for path, (beta, se, p_value) in zip(paths, columns, strict=True):
        warn_contrary(beta, se, p_value, path, ledger)


def _check_counted_alleles(
    frame: pd.DataFrame,
    parts: Sequence[pd.DataFrame],
    studies: Sequence[Study],
    reference: GenotypeFiles | None,
    ledger: Ledger,
) -> None:
    """Compare the frequencies of effect alleles between tables, and with reference genotypes if they are given."""
    # frequencies determine the strand of palindromic variants, so they are no independent evidence for them
    used = ~frame["palindromic"].to_numpy(dtype=bool)
    columns = [part["eaf_exposure"] for part in parts] + [frame["eaf_outcome"]]
    known = [column.to_numpy(dtype=np.float64)[used] for column in columns]
    options = ["exposure_columns"] * len(parts) + ["outcome_columns"]
    tables = [
        Counted(study.reading, option, not (study.table["eaf"] > 0.5).any())
        for study, option in zip(studies, options, strict=True)
    ]
    settled = np.zeros(len(tables), dtype=bool)
    if reference is not None and any(np.isfinite(each).any() for each in known):
        theirs = reference_frequency(reference, frame[used])
        for j, (table, mine) in enumerate(zip(tables, known, strict=True)):
            settled[j] = check_frequencies(theirs, mine, "the reference genotypes", table, ledger)
    for j in range(1, len(tables)):
        same = (tables[j].reading.path, tables[j].taken) == (tables[0].reading.path, tables[0].taken)
        # if two tables agree, both count the alleles taken, or both the others, and the sign of the ratio is right
        if same or check_frequencies(known[0], known[j], tables[0], tables[j], ledger):
            settled[[0, j]] = True
    for table, known_to_be in zip(tables, settled, strict=True):
        if not table.reading.certain and not known_to_be:
            warn_uncertain(table, ledger)

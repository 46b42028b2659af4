"""Which allele each table counts, by the frequencies of the tables and of reference genotypes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from latentmr.data.genotypes.genotype_files import GenotypeFiles
from latentmr.data.ledger import Ledger
from latentmr.two_sample.data.evidence.frequencies import Counted, check_frequencies, warn_uncertain
from latentmr.two_sample.data.reference import reference_frequency
from latentmr.two_sample.data.summary_files import Study

__all__ = ["check_counted_alleles"]


def check_counted_alleles(
    frame: pd.DataFrame,
    parts: Sequence[pd.DataFrame],
    studies: Sequence[Study],
    reference: GenotypeFiles | None,
    ledger: Ledger,
) -> None:
    """Compare the frequencies of effect alleles between tables, and with reference genotypes if they are given.

    Parameters
    ----------
    frame : pandas.DataFrame
        Aligned variants that are used; see :func:`~latentmr.two_sample.data.alignment.align`.
    parts : sequence of pandas.DataFrame
        The same rows for each exposure.
    studies : sequence of Study
        Exposures and outcome.
    reference : GenotypeFiles, optional
        Genotypes of reference individuals.
    ledger : Ledger
        Receives warnings and notes.

    Raises
    ------
    ValueError
        If the frequencies of a table are those of the other allele, and the names of its columns do not settle which
        allele is counted.
    """
    # frequencies determine the strand of palindromic variants, so they are no independent evidence for them
    used = ~frame["palindromic"].to_numpy(dtype=bool)
    columns = [part["eaf_exposure"] for part in parts] + [frame["eaf_outcome"]]
    known = [column.to_numpy(dtype=np.float64)[used] for column in columns]
    options = ["exposure_columns"] * len(parts) + ["outcome_columns"]
    tables = [Counted(study.reading, option) for study, option in zip(studies, options, strict=True)]
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

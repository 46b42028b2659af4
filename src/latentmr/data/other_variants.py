"""Choice of the other variants: those that show population structure and are no instruments, nor near one."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genome.ld import reference_individuals
from latentmr.data.genome.long_range_ld import BUILDS, in_long_range
from latentmr.data.genome.thinning import thin
from latentmr.data.genotypes.chromosomes import chromosome_label
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.ledger import Ledger
from latentmr.data.plan import Plan
from latentmr.data.variant_filter import not_autosomal
from latentmr.typing import Integers, Mask

__all__ = ["UNIT", "other_variants"]

#: Unit of the steps in the ledger.
UNIT = "other variants"
#: Bound on squared correlations of thinned variants, and window.
R2, KB = 0.1, 1000.0
#: Number of autosomes of the species whose regions of long-range linkage disequilibrium are known.
HUMAN = 22


def other_variants(
    source: Source,
    rows: Integers,
    listed: Listed,
    plan: Plan,
    ledger: Ledger,
    progress: Progress | None = None,
) -> Integers:
    """Choose variants for genome-wide principal components.

    They are on autosomes, have two alleles, a position and an id of their own, are not listed as instruments and not
    within ``pc_window`` of one, are outside regions of long-range linkage disequilibrium (unless ``keep_long_range``),
    pass ``maf`` and ``geno``, and are in weak linkage disequilibrium with each other: r2 below 0.1 within 1,000 kb, in
    at most 10,000 random individuals.

    Parameters
    ----------
    source : Source
        Genotypes with all variants.
    rows : np.ndarray of int of dimension (n,)
        Individuals, by position in the source.
    listed : Listed
        The instruments.
    plan : Plan
        Filters.
    ledger : Ledger
        Receives the counts.
    progress : callable, optional
        Called with the number of variants read and the number to read.

    Returns
    -------
    np.ndarray of int
        Positions in ``source.variants``.
    """
    variants = source.variants
    ledger.step(UNIT, "read", f"read from {source.path}", 0, len(variants))
    positions = pd.to_numeric(variants["pos"], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    labels = _labels(variants["chrom"])
    instrument = np.asarray(listed.find(variants) >= 0)
    columns = np.arange(len(variants))

    def drop(bad: Mask, reason: str) -> None:
        nonlocal columns
        gone = bad[columns]
        columns = columns[~gone]
        ledger.step(UNIT, "filter", reason, gone.sum(), len(columns))

    drop(instrument, "instrument")
    several = variants["effect_allele"].str.contains(",", regex=False).to_numpy(dtype=bool)
    drop(several | variants["id"].duplicated(keep=False).to_numpy(), "more than two alleles, or an id that repeats")
    drop(not_autosomal(variants["chrom"], plan.autosomes), f"not on an autosome (autosomes {plan.autosomes})")
    drop(~(positions > 0), "without a position")
    near = _near(labels, positions, instrument, plan.pc_window * 1e6)
    drop(near, f"within {plan.pc_window:g} Mb of an instrument (pc_window)")
    if not plan.keep_long_range and plan.autosomes == HUMAN:
        named = f"build {plan.build}" if plan.build != "auto" else f"builds {', '.join(BUILDS)}"
        places = np.where(positions > 0, positions, 0).astype(np.int64)
        drop(
            in_long_range(variants["chrom"], places, plan.build),
            f"in a region of long-range linkage disequilibrium ({named})",
        )
    some = reference_individuals(rows, np.random.default_rng(plan.seed))
    kept = thin(source, some, columns, r2=R2, kb=KB, maf=plan.maf, geno=plan.geno, progress=progress)
    reason = "in linkage disequilibrium with others, rare (maf), or with missing calls (geno)"
    ledger.step(UNIT, "filter", reason, len(columns) - len(kept), len(kept))
    return kept


def _labels(chromosomes: pd.Series) -> NDArray[np.int64]:
    """Return a code for each chromosome, the same for all spellings of its name."""
    codes, names = pd.factorize(chromosomes)
    again, _ = pd.factorize(pd.Index([chromosome_label(str(name)) for name in names]))
    return np.asarray(again, dtype=np.int64)[codes]


def _near(labels: NDArray[np.int64], positions: NDArray[np.float64], instrument: Mask, reach: float) -> Mask:
    """Return which variants lie within ``reach`` base pairs of an instrument on their chromosome."""
    near = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels[instrument]):
        here = np.flatnonzero(labels == label)
        centres = np.sort(positions[here[instrument[here]]])
        centres = centres[centres > 0]
        if not len(centres):
            continue
        right = np.minimum(np.searchsorted(centres, positions[here]), len(centres) - 1)
        left = np.maximum(right - 1, 0)
        distance = np.minimum(np.abs(positions[here] - centres[right]), np.abs(positions[here] - centres[left]))
        near[here] = distance <= reach
    return near

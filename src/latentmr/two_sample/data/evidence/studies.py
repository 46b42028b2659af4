"""Evidence in aligned effects: one study on both sides, a residual variance far from 1, and neighbouring variants."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from latentmr.data.ledger import Ledger
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["check_dispersion", "check_distances", "refuse_same_study"]

#: Share of identical effects from which two tables are taken for the same study, and minimum number of variants.
SAME, FEWEST = 0.9, 2
#: Residual variance of the ratios below and above which a warning is made, and the levels of the tests for them.
UNDER, OVER = 0.3, 10.0
LOWER, UPPER = 1e-3, 1e-6
#: Distance in thousand base pairs below which variants are neighbours.
NEAR = 500.0
#: Number of variants from which a table is that of a whole GWAS, whose associated variants are in linkage
#: disequilibrium with others.
WHOLE = 10_000


def refuse_same_study(
    effects: Sequence[Array], errors: Sequence[Array], names: Sequence[str], paths: Sequence[str]
) -> None:
    """Refuse two tables with the same effects and standard errors.

    Parameters
    ----------
    effects, errors : sequence of np.ndarray of dimension (p,)
        Effects on each exposure and on the outcome, and their standard errors.
    names : sequence of str
        Names of exposures and outcome.
    paths : sequence of str
        Their tables.

    Raises
    ------
    ValueError
        If at least nine of ten effects of two studies are identical.
    """
    for i in range(len(effects)):
        for j in range(i):
            same = (effects[i] == effects[j]) & (errors[i] == errors[j]) & (effects[i] != 0)
            if len(same) >= FEWEST and same.mean() >= SAME:
                raise ArgumentError(
                    f"{names[j]} and {names[i]}",
                    "be different traits",
                    f"the same effects and standard errors for {int(same.sum()):,} of {len(same):,} variants, from"
                    f" {paths[j]}" + ("" if paths[i] == paths[j] else f" and {paths[i]}"),
                    "Give another table, or name the columns of each trait with `exposure_columns` and"
                    " `outcome_columns`",
                )


def check_dispersion(BX: Array, by: Array, sy: Array, ledger: Ledger) -> None:
    """Warn if the residual variance of a weighted regression on the exposures is far below or far above 1.

    Parameters
    ----------
    BX : np.ndarray of dimension (p, m)
        Effects of independent variants on the exposures.
    by, sy : np.ndarray of dimension (p,)
        Effects on the outcome, and their standard errors.
    ledger : Ledger
        Receives the warning.
    """
    df = len(by) - BX.shape[1]
    if df < 1:
        return
    X, y = BX / sy[:, None], by / sy
    found = np.linalg.lstsq(X, y, rcond=None)[0]
    q = float(((y - X @ found) ** 2).sum())
    numbers = (
        f"the residual variance is {q / df:.2g} times that which the standard errors imply, over {len(by):,} variants"
    )
    if q / df < UNDER and stats.chi2.cdf(q, df) < LOWER:
        ledger.warnings.append(
            f"the variants' effects agree more closely than independent estimates can: {numbers}. Standard errors may"
            " be on another scale (standard deviations), variants may be correlated, or exposure and outcome may come"
            " from the same data"
        )
    elif q / df > OVER and stats.chi2.sf(q, df) < UPPER:
        ledger.warnings.append(
            f"the variants' effects differ far more than their standard errors allow: {numbers}. Check that the tables"
            " count the alleles that they name, and the scale of effects and standard errors"
        )


def check_distances(places: Sequence[str | None], n_rows: int, ledger: Ledger, kb: float = NEAR) -> None:
    """Warn about variants near each other that were not clumped.

    Parameters
    ----------
    places : sequence of str or None
        ``chrom:pos`` of each variant; None if it is not known.
    n_rows : int
        Number of variants in the exposure's table.
    ledger : Ledger
        Receives the warning.
    kb : float
        Distance in thousand base pairs below which variants are neighbours.
    """
    split = pd.Series([each for each in places if each is not None], dtype=object).str.split(":", n=1, expand=True)
    pairs, near = 0, 0
    for _, group in split.groupby(0) if len(split) else ():
        at = np.sort(pd.to_numeric(group[1], errors="coerce").dropna().to_numpy(dtype=np.float64))
        after = np.searchsorted(at, at + 1000 * kb, side="right") - np.arange(len(at)) - 1
        before = np.arange(len(at)) - np.searchsorted(at, at - 1000 * kb, side="left")
        pairs += int(after.sum())
        near += int(((after > 0) | (before > 0)).sum())
    if pairs:
        ledger.warnings.append(
            f"{near:,} of {len(places):,} variants are within {kb:g} kb of another one ({pairs:,} pair"
            f"{'' if pairs == 1 else 's'}), and were not clumped: the methods take them as independent, and standard"
            " errors are too small if they are in linkage disequilibrium. Give reference genotypes (`ref_bfile`) for"
            " clumping, or a table of correlations (`ld`)"
        )
    elif n_rows >= WHOLE and not len(split) and len(places) > 1:
        ledger.warnings.append(
            f"{len(places):,} variants of a table of {n_rows:,} were not clumped, and their positions are not known:"
            " the methods take them as independent. Give reference genotypes (`ref_bfile`) for clumping, or a table of"
            " correlations (`ld`)"
        )

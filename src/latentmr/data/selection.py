"""Selection of instruments: variants associated with the exposure and independent of each other."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genome.association import Regressions
from latentmr.data.genome.clump import clump
from latentmr.data.genome.ld import reference_individuals
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.genotypes.streaming import BYTES, stream
from latentmr.data.genotypes.variants import VARIANT_COLUMNS
from latentmr.data.gwas_results.p_values import read_gwas
from latentmr.data.individuals import choose_individuals
from latentmr.data.ledger import Flow, Ledger
from latentmr.data.plan import Plan
from latentmr.data.printing import Brief
from latentmr.data.quality import count_calls, in_equilibrium, keep_variants
from latentmr.data.traits import collect_traits
from latentmr.data.variant_filter import choose_variants
from latentmr.errors import ArgumentError
from latentmr.typing import Integers

__all__ = ["Selection", "select_instruments"]

#: Fewest individuals used to select variants.
FEWEST = 100


@dataclass(frozen=True, repr=False)
class Selection(Brief):
    """Instruments, and how they were selected.

    Parameters
    ----------
    candidates : pandas.DataFrame
        Variants whose p value reaches the threshold: ``id, chrom, pos, effect_allele, other_allele, beta, se``,
        ``p_value``, ``index`` (id of the instrument of its clump) and ``r2`` (with that instrument). The estimates are
        those of the first exposure with the smallest p value; beta and se are NaN if a GWAS table lacks them.
    individuals : pandas.Index
        Ids of the discovery sample in which variants were selected; empty after selection by a GWAS table.
    flow : Flow
        Counts of what was read and left out.
    """

    candidates: pd.DataFrame
    individuals: pd.Index
    flow: Flow

    @property
    def instruments(self) -> pd.DataFrame:
        """Return the index variants of the clumps, the smallest p value first."""
        return self.candidates[self.candidates["index"] == self.candidates["id"]]

    @property
    def people(self) -> pd.Index:
        """Return ``individuals`` under its former name."""
        return self.individuals


def select_instruments(
    source: Source,
    plan: Plan,
    *,
    table: str | Path | None = None,
    table_columns: dict[str, str] | None = None,
    layout: str | None = None,
    share: float = 0.5,
    p1: float = 5e-8,
    r2: float = 0.001,
    kb: float = 10_000.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Selection:
    """Select instruments from all variants of a source.

    Variants are selected in a random discovery sample of each environment, by regression of each exposure on each
    variant with an intercept for each environment (:class:`~latentmr.data.genome.association.Regressions`).
    Alternatively they are selected by a table of GWAS results. Then variants in linkage disequilibrium are clumped
    (:func:`~latentmr.data.genome.clump.clump`).

    Parameters
    ----------
    source : Source
        Genotypes.
    plan : Plan
        Exposures, environment, covariates, and filters of individuals and variants.
    table : str or Path, optional
        GWAS results of the exposure: id and p value, and optionally beta and se.
    table_columns : dict, optional
        Names of the table's columns by their meaning; others are recognised.
    layout : str, optional
        Name of the table's layout, if it should not be recognised.
    share : float
        Share of the individuals in the discovery sample, which is excluded from estimation.
    p1 : float
        Maximum p value; with several exposures it applies to the p value times their number.
    r2, kb : float
        Maximum squared correlation of two instruments within a distance of ``kb`` thousand base pairs.
    seed : int
        Seed of the random discovery sample.
    progress : callable, optional
        Called with the number of variants read and the number to read.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        If no variant is associated or passes the filters, or there are too few individuals.
    """
    if not 0 < share < 1:
        raise ArgumentError("share", "be more than 0 and less than 1", f"{share:g}", "0.5 is usual")
    ledger = Ledger()
    rows, joined = choose_individuals(source, plan, ledger)
    columns, _ = choose_variants(source, plan, None, None, ledger)
    rng = np.random.default_rng(seed)
    env = np.zeros(len(rows), dtype=np.int64)
    if plan.env is not None:
        env = np.unique(joined.labels[plan.env].astype(str), return_inverse=True)[1].astype(np.int64)
    if table is None:
        traits = collect_traits(joined, plan, env, ledger)
        discovery = _draw(env, traits.complete, share, rng)
        regressions = [Regressions(x[discovery], traits.C[discovery], env[discovery]) for x in traits.X.T]
        used = source.samples[rows[discovery]]
        filters = _Filters(source, plan, env[discovery])
        found, columns = _associate(source, rows[discovery], columns, regressions, filters, progress)
        filters.report(ledger)
        reference = reference_individuals(rows[discovery], rng)
    else:
        found, columns = read_gwas(table, source, columns, ledger, table_columns, layout)
        used, some = source.samples[:0], reference_individuals(np.arange(len(rows)), rng)
        reference = rows[some]
        found, columns = _passing(source, reference, columns, found, p1, _Filters(source, plan, env[some]), ledger)
    near = np.flatnonzero(found["p_value"] <= p1)
    smallest = found["p_value"].min()
    if not len(near):
        raise ArgumentError(
            "clump_p",
            "be reached by a variant",
            f"{p1:g}; the smallest p value of {len(columns):,} variants is {smallest:.2g}",
            "use more individuals, a GWAS table (`gwas`) or a list of variants (`extract`)",
        )
    clumps = clump(source, reference, columns[near], found["p_value"].to_numpy()[near], p1=p1, r2=r2, kb=kb)
    ids = source.variants["id"].to_numpy(dtype=object)
    candidates = source.variants.iloc[columns[near]][VARIANT_COLUMNS].reset_index(drop=True)
    candidates = pd.concat([candidates, found.iloc[near].reset_index(drop=True)], axis=1)
    candidates["index"] = [ids[place] if place >= 0 else "" for place in clumps.index_of]
    candidates["r2"] = clumps.r2
    candidates = candidates.sort_values("p_value", kind="stable").reset_index(drop=True)
    return Selection(candidates, used, ledger.close())


class _Filters:
    """The plan's filters of variants, applied to blocks of the genotypes of chosen individuals."""

    def __init__(self, source: Source, plan: Plan, env: Integers) -> None:
        self._source, self._plan, self._env = source, plan, env
        self._counted = Ledger()
        self._seen = 0

    def __call__(self, block: NDArray[Any], columns: Integers) -> NDArray[np.bool_]:
        """Return which of the block's variants pass."""
        variants = self._source.variants.iloc[columns].reset_index(drop=True)
        passed = keep_variants(count_calls(block), len(block), variants, self._plan, self._counted)
        kind, n_env = "counts" if block.dtype == np.int8 else "dosages", int(self._env.max(initial=0)) + 1
        ids = variants["id"][passed]
        passed[passed] = in_equilibrium(block[:, passed], kind, self._env, n_env, ids, self._plan, self._counted)
        self._seen += len(columns)
        return passed

    def report(self, ledger: Ledger) -> None:
        """Add the counts over all blocks to a ledger."""
        left = self._seen
        for reason in dict.fromkeys(step.reason for step in self._counted.steps):
            removed = sum(step.removed for step in self._counted.steps if step.reason == reason)
            left -= removed
            ledger.step("variants", "filter", reason, removed, left)
        if not left:
            raise ArgumentError("maf, geno, hwe and info", "keep at least one variant", "none", "use their defaults")


def _passing(
    source: Source, rows: Integers, columns: Integers, found: pd.DataFrame, p1: float, filters: _Filters, ledger: Ledger
) -> tuple[pd.DataFrame, Integers]:
    """Remove associated variants that fail the filters: such an index variant would remove others of its locus."""
    near = np.flatnonzero(found["p_value"] <= p1)
    if not len(near):
        return found, columns
    kept = np.ones(len(columns), dtype=bool)
    for part, block in stream(source, rows, columns[near], size=_size(rows)):
        kept[near[part]] = filters(block, columns[near[part]])
    far = np.ones(len(columns), dtype=bool)
    far[near] = False
    ledger.step("variants", "filter", f"p value in the gwas table above {p1:g}", far.sum(), len(near))
    filters.report(ledger)
    kept &= ~far
    return found[kept].reset_index(drop=True), columns[kept]


def _size(rows: Integers) -> int:
    """Return the number of variants in a block that is processed in float64."""
    return max(1, BYTES // 8 // max(len(rows), 1))


def _draw(env: Integers, known: NDArray[np.bool_], share: float, rng: np.random.Generator) -> Integers:
    """Draw the discovery sample: a share of the individuals with known traits in each environment."""
    chosen = []
    for e in np.unique(env):
        members = np.flatnonzero((env == e) & known)
        chosen.append(rng.permutation(members)[: round(share * len(members))])
    discovery = np.sort(np.concatenate(chosen))
    if len(discovery) < FEWEST:
        raise ArgumentError(
            "fold",
            f"leave at least {FEWEST} individuals in the discovery sample",
            f"{len(discovery)} of {int(known.sum())}",
            "use a GWAS table (`gwas`) or a list of variants (`extract`)",
        )
    return discovery


def _associate(
    source: Source,
    rows: Integers,
    columns: Integers,
    regressions: list[Regressions],
    filters: _Filters,
    progress: Progress | None,
) -> tuple[pd.DataFrame, Integers]:
    """Return the smallest p value over exposures of each variant that passes the filters, with its estimate."""
    parts, kept = [], []
    for part, block in stream(source, rows, columns, size=_size(rows), progress=progress):
        passed = filters(block, columns[part])
        results = [each.of(block[:, passed]) for each in regressions]
        first = np.argmin([each.p_value for each in results], axis=0)[None]
        beta, se, p_value = (
            np.take_along_axis(np.array([getattr(each, name) for each in results]), first, axis=0)[0]
            for name in ("beta", "se", "p_value")
        )
        parts.append(pd.DataFrame({"beta": beta, "se": se, "p_value": np.minimum(p_value * len(results), 1.0)}))
        kept.append(columns[part][passed])
    return pd.concat(parts, ignore_index=True), np.concatenate(kept)

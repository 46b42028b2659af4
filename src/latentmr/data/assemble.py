"""Assembly of one checked data set from a genotype source and a plan; every step is counted."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.dataset import SMALLEST_ENVIRONMENT, Dataset
from latentmr.data.genome_wide import Opener, genome_wide
from latentmr.data.genotypes.genotypes import BLOCK, environment_means, fill_in_place, is_missing
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.individuals import choose_individuals
from latentmr.data.ledger import Flow, Ledger
from latentmr.data.phenotypes import Joined
from latentmr.data.plan import Plan
from latentmr.data.quality import (
    count_calls,
    keep_in_equilibrium,
    keep_individuals,
    keep_variants,
    tell_no_call,
    without_relatives,
)
from latentmr.data.selected import in_discovery
from latentmr.data.traits import Traits, collect_traits
from latentmr.data.variant_filter import choose_variants
from latentmr.data.wanted import Wanted
from latentmr.errors import ArgumentError
from latentmr.typing import Codes, Integers, Mask

__all__ = ["assemble"]


def assemble(
    source: Source,
    plan: Plan,
    wanted: Wanted | None = None,
    listed: Listed | None = None,
    progress: Progress | None = None,
    others: Opener | None = None,
) -> Dataset:
    """Read the data that the plan names, and check them.

    The order is: individuals (``keep``, ``remove``, ``env``, ``aux``), variants (``extract``), genotypes, ``mind``,
    ``geno``, monomorphic variants, ``maf``, genome-wide components of other variants (``pcs``), and last the
    phenotypes. A missing phenotype excludes a row from estimation
    but not from learning.

    Parameters
    ----------
    source : Source
        Genotypes.
    plan : Plan
        Columns, lists and thresholds.
    wanted : Wanted, optional
        Variants of a saved model, which are read exactly, and the values that fill their missing calls.
    listed : Listed, optional
        Variants of the plan's list.
    progress : callable, optional
        Called with the number of variants read and the number to read.
    others : callable, optional
        Function that opens the same files for listed variants, or for all; without it there are no components.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If the data do not meet the needs of the analysis; the message says what to do.
    """
    (rows, joined), of_individuals = _individuals(source, plan)
    (columns, flip), of_variants = _variants(source, plan, wanted, listed)
    if wanted is None and plan.extract is None and not plan.panel:
        # a whole genome without a list is refused before hours of reading
        _refuse_more_variants(len(columns), len(rows), "before any filter")
    _refuse_more_memory(source, rows, columns, plan)
    left = _read(source, rows, joined, columns, flip, wanted, progress)
    after = source.after_reading()
    of_variants += Flow(notes=after.notes, warnings=after.warnings)
    left, of_filters = _filter(left, plan, fixed=wanted is not None)
    env, env_names = _environments(left.joined, plan, len(left.rows))
    if wanted is None:
        left, of_equilibrium = _in_equilibrium(left, plan, env, len(env_names))
        of_filters += of_equilibrium
    fill = environment_means(left.G, env, len(env_names)) if wanted is None else wanted.fill_for(env_names)
    if left.G.dtype != np.int8:
        fill_in_place(left.G, env, fill)
    in_learning, of_learning = _large_environments(env, env_names, plan)
    if wanted is None and not plan.panel:
        _refuse_more_variants(len(left.variants), int(in_learning.sum()), "in learning")
    found, of_components = genome_wide(source, left.rows, plan, wanted, listed, others, progress)
    traits, of_traits = _traits(left, plan, env, source.samples[left.rows])
    if plan.outcome:
        _refuse_more_variants(len(left.variants), int(traits.complete.sum()), "with all phenotypes")
    return Dataset(
        G=left.G,
        X=traits.X,
        y=traits.y,
        C=traits.C,
        A=np.hstack([traits.A, found.features]),
        env=env,
        cluster=traits.cluster,
        samples=source.samples[left.rows].to_numpy(dtype=object),
        variants=left.variants,
        fill=fill,
        in_learning=in_learning,
        in_estimation=traits.complete,
        env_names=env_names,
        exposure_names=tuple(plan.exposure),
        outcome_name=plan.outcome or "",
        covariate_names=traits.covariate_names,
        aux_names=(*plan.aux, *found.names),
        cluster_names=tuple(plan.cluster),
        kind=left.kind,
        outcome_type=traits.outcome_type,
        flow=of_individuals + of_variants + of_filters + of_components + of_learning + of_traits,
        N=traits.N,
        negative_control_names=tuple(plan.negative_control),
        structure=found.structure,
        A_beyond=np.zeros((len(left.rows), 0)) if found.beyond is None else found.beyond,
    )


@dataclass(frozen=True)
class _Genotyped:
    """Individuals and variants that remain, with their genotypes and phenotypes."""

    G: NDArray[Any]
    kind: str
    rows: Integers
    variants: pd.DataFrame
    joined: Joined

    def of_individuals(self, kept: Mask) -> "_Genotyped":
        """Return the data of the individuals in a mask."""
        return replace(self, G=self.G[kept], rows=self.rows[kept], joined=self.joined.take(kept))

    def of_variants(self, kept: Mask) -> "_Genotyped":
        """Return the data of the variants in a mask."""
        variants = self.variants[kept].reset_index(drop=True)
        return replace(self, G=np.ascontiguousarray(self.G[:, kept]), variants=variants)


def _individuals(source: Source, plan: Plan) -> tuple[tuple[Integers, Joined], Flow]:
    ledger = Ledger()
    return choose_individuals(source, plan, ledger), ledger.close()


def _variants(
    source: Source, plan: Plan, wanted: Wanted | None, listed: Listed | None
) -> tuple[tuple[Integers, Mask], Flow]:
    ledger = Ledger()
    return choose_variants(source, plan, wanted, listed, ledger), ledger.close()


def _read(
    source: Source,
    rows: Integers,
    joined: Joined,
    columns: Integers,
    flip: Mask,
    wanted: Wanted | None,
    progress: Progress | None,
) -> _Genotyped:
    G, kind = source.read(rows, columns, progress)
    G = np.ascontiguousarray(G)  # what follows takes individuals in blocks
    if wanted is None:
        return _Genotyped(G, kind, rows, source.variants.iloc[columns].reset_index(drop=True), joined)
    _refuse_flipped_scores(flip, wanted, source)
    _flip(G, flip)
    G, kind = _as_learned(G, kind, wanted, source)
    return _Genotyped(G, kind, rows, wanted.variants.reset_index(drop=True), joined)


def _traits(left: _Genotyped, plan: Plan, env: Codes, samples: pd.Index) -> tuple[Traits, Flow]:
    ledger = Ledger()
    discovery = in_discovery(plan, samples, ledger)
    return collect_traits(left.joined, plan, env, ledger, discovery), ledger.close()


def _refuse_flipped_scores(flip: NDArray[np.bool_], wanted: Wanted, source: Source) -> None:
    if wanted.kind == "continuous" and flip.any():
        raise ArgumentError(
            f"{source.argument}",
            "count the same alleles as the model: its instruments are continuous and cannot be flipped",
            f"{int(flip.sum())} variants that count the other allele, for instance"
            f" {wanted.variants['id'].iloc[int(np.argmax(flip))]!r}",
            "recode these variants, or learn a model on these genotypes",
        )


def _flip(G: NDArray[Any], flip: NDArray[np.bool_]) -> None:
    for j in np.flatnonzero(flip):
        known = ~is_missing(G[:, j])
        G[known, j] = 2 - G[known, j]


def _as_learned(G: NDArray[Any], kind: str, wanted: Wanted, source: Source) -> tuple[NDArray[Any], str]:
    if wanted.kind == "continuous":
        values = np.where(is_missing(G), np.nan, G)
        return values if G.dtype == np.float64 else values.astype(np.float32), "continuous"
    if kind == "continuous":
        raise ArgumentError(
            f"{source.argument}",
            "hold genotypes between 0 and 2, like those that the model was learned on",
            "values outside this range",
            "check the coding of the columns",
        )
    return G, kind


def _filter(read: _Genotyped, plan: Plan, *, fixed: bool) -> tuple[_Genotyped, Flow]:
    """Exclude individuals and variants of poor quality, and relatives; with fixed variants, individuals only."""
    ledger = Ledger()
    calls = count_calls(read.G)
    individuals = keep_individuals(calls, read.G.shape[1], plan, ledger)
    if not individuals.any():
        raise ArgumentError(
            "mind",
            "keep at least one individual",
            f"none with at most {plan.mind:g} of calls missing",
            "raise `mind`, or check the genotypes",
        )
    if not individuals.all():
        read = read.of_individuals(individuals)
        calls = count_calls(read.G)
    if fixed:
        tell_no_call(calls, len(read.G), read.variants["id"], ledger)
    else:
        kept = keep_variants(calls, len(read.G), read.variants, plan, ledger)
        if not kept.any():
            raise ArgumentError(
                "geno and maf",
                "keep at least one variant",
                "none that varies and passes both filters",
                "lower `maf` or raise `geno`; `latentmr check` shows the counts",
            )
        read = read if kept.all() else read.of_variants(kept)
    if plan.max_kinship is not None:
        read = read.of_individuals(without_relatives(read.G, read.kind, plan.max_kinship, ledger))
    return read, ledger.close()


def _in_equilibrium(left: _Genotyped, plan: Plan, env: Codes, n_env: int) -> tuple[_Genotyped, Flow]:
    """Exclude variants that depart from Hardy-Weinberg equilibrium within environments, and poorly imputed ones."""
    ledger = Ledger()
    kept = keep_in_equilibrium(left.G, left.kind, env, n_env, left.variants["id"], plan, ledger)
    return left if kept.all() else left.of_variants(kept), ledger.close()


def _environments(joined: Joined, plan: Plan, n: int) -> tuple[Codes, tuple[str, ...]]:
    if plan.env is None:
        return np.zeros(n, dtype=np.int64), ("all",)
    names, codes = np.unique(joined.labels[plan.env].astype(str), return_inverse=True)
    return codes.astype(np.int64), tuple(str(name) for name in names)


def _large_environments(env: Codes, names: tuple[str, ...], plan: Plan) -> tuple[Mask, Flow]:
    """Return which individuals are used in learning: those in environments that are large enough."""
    ledger = Ledger()
    sizes = np.bincount(env, minlength=len(names))
    small = sizes < SMALLEST_ENVIRONMENT
    learning = ~small[env]
    if plan.env is None:
        return np.ones(len(env), dtype=bool), Flow()
    for e in np.flatnonzero(small):
        ledger.warnings.append(
            f"environment {names[e]!r} has fewer than {SMALLEST_ENVIRONMENT} individuals: it is excluded from"
            " learning and kept in estimation."
        )
    ledger.step(
        "samples",
        "learning",
        f"environment with fewer than {SMALLEST_ENVIRONMENT} individuals",
        (~learning).sum(),
        learning.sum(),
    )
    return np.asarray(learning), ledger.close()


def _refuse_more_memory(source: Source, rows: NDArray[np.int64], columns: NDArray[np.int64], plan: Plan) -> None:
    """Refuse genotypes that need more memory: a byte per hard call and four per dosage, copied once by filters."""
    n, p = len(rows), len(columns)
    need, kind = 2 * n * p / 1e9, "hard calls"
    if plan.memory is None:
        return
    if need <= plan.memory < 4 * need and _has_dosages(source, rows, columns):
        need, kind = 4 * need, "dosages"
    if need > plan.memory:
        more = ", four times that as dosages" if kind == "hard calls" else ""
        raise ArgumentError(
            "memory",
            "be enough for the genotypes",
            f"{plan.memory:g} GB; {n:,} individuals x {p:,} variants need {need:.3g} GB as {kind}{more}",
            "Give a shorter `extract` list, or raise `memory`",
        )


def _has_dosages(source: Source, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> bool:
    """Return whether the first, middle or last variant has dosages in the first individuals."""
    # files do not always declare whether they hold dosages
    some = np.unique(columns[[0, len(columns) // 2, -1]])
    return source.read(rows[:BLOCK], some)[1] != "counts"


def _refuse_more_variants(p: int, n: int, which: str) -> None:
    if n and p >= n:
        raise ArgumentError(
            "instruments",
            "be fewer than individuals",
            f"{p} variants for {n} individuals {which}",
            "give a shorter `extract` list, for instance of independent genome-wide significant variants",
        )

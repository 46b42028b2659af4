"""From a genotype source and a plan to one checked data set: every step counted."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.dataset import SMALLEST_ENVIRONMENT, Dataset
from latentmr.data.genotypes.genotypes import BLOCK, environment_means, fill_in_place, is_missing
from latentmr.data.genotypes.listing import Listed
from latentmr.data.genotypes.source import Progress, Source
from latentmr.data.genotypes.wanted import Wanted
from latentmr.data.ledger import Ledger
from latentmr.data.people import choose_people
from latentmr.data.phenotypes import Joined
from latentmr.data.plan import Plan
from latentmr.data.quality import count_calls, keep_by_law, keep_people, keep_variants, without_relatives
from latentmr.data.selected import spent_people
from latentmr.data.traits import collect_traits
from latentmr.data.variant_filter import choose_variants

__all__ = ["assemble"]


def assemble(
    source: Source,
    plan: Plan,
    wanted: Wanted | None = None,
    listed: Listed | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read what the plan asks for and check it.

    Order: people (keep, remove, environment, aux), variants (extract), then the genotypes, ``mind``, ``geno``,
    monomorphic variants, ``maf``; last the phenotypes, whose missing values leave a row out of estimation but not
    out of learning.

    Parameters
    ----------
    source : Source
        Genotypes.
    plan : Plan
        Columns, lists, thresholds.
    wanted : Wanted, optional
        Variants of a saved model, to be read exactly, and what fills their missing calls.
    listed : Listed, optional
        Variants of the plan's list.
    progress : callable, optional
        Told how many variants were read, and how many there are to read.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        Where the data cannot be what the analysis needs; the message says what to do.
    """
    ledger = Ledger()
    rows, joined = choose_people(source, plan, ledger)
    columns, flip = choose_variants(source, plan, wanted, listed, ledger)
    if wanted is None and plan.extract is None and not plan.panel:
        # a whole genome without a list: say so before hours of reading
        _refuse_more_variants(len(columns), len(rows), "before any filter")
    _refuse_more_memory(source, rows, columns, plan)
    G, kind = source.read(rows, columns, progress)
    variants = source.variants.iloc[columns].reset_index(drop=True)
    if wanted is not None:
        _refuse_flipped_scores(flip, wanted, source)
        _flip(G, flip)
        variants = wanted.variants.reset_index(drop=True)
        G, kind = _as_learned(G, kind, wanted, source)
    G, rows, variants, joined = _filter(G, rows, variants, joined, plan, wanted is not None, ledger)
    if plan.max_kinship is not None:
        alone = without_relatives(G, kind, plan.max_kinship, ledger)
        G, rows, joined = G[alone], rows[alone], joined.take(alone)
    env, env_names = _environments(joined, plan, len(rows))
    if wanted is None:
        kept = keep_by_law(G, kind, env, len(env_names), variants["id"], plan, ledger)
        if not kept.all():
            G, variants = np.ascontiguousarray(G[:, kept]), variants[kept].reset_index(drop=True)
    fill = environment_means(G, env, len(env_names)) if wanted is None else wanted.fill_for(env_names)
    if G.dtype == np.float32:
        fill_in_place(G, env, fill)
    in_learning = _large_environments(env, env_names, plan, ledger)
    if wanted is None and not plan.panel:
        _refuse_more_variants(len(variants), int(in_learning.sum()), "in learning")
    spent = spent_people(plan, source.samples[rows], ledger)
    traits = collect_traits(joined, plan, env, ledger, spent)
    if plan.outcome:
        _refuse_more_variants(len(variants), int(traits.complete.sum()), "with all phenotypes")
    return Dataset(
        G=G,
        X=traits.X,
        y=traits.y,
        C=traits.C,
        A=traits.A,
        env=env,
        cluster=traits.cluster,
        samples=source.samples[rows].to_numpy(dtype=object),
        variants=variants,
        fill=fill,
        in_learning=in_learning,
        in_estimation=traits.complete,
        env_names=env_names,
        exposure_names=tuple(plan.exposure),
        outcome_name=plan.outcome or "",
        covariate_names=traits.covariate_names,
        aux_names=tuple(plan.aux),
        cluster_names=tuple(plan.cluster),
        kind=kind,
        outcome_type=traits.outcome_type,
        flow=ledger.close(),
        P=traits.P,
        placebo_names=tuple(plan.placebo),
    )


def _refuse_flipped_scores(flip: NDArray[np.bool_], wanted: Wanted, source: Source) -> None:
    if wanted.kind == "continuous" and flip.any():
        raise ValueError(
            f"{source.argument} must count the model's alleles: its instruments are continuous, and cannot be flipped."
            f" Got {int(flip.sum())} that count the other one, for instance"
            f" {wanted.variants['id'].iloc[int(np.argmax(flip))]!r}."
        )


def _flip(G: NDArray[Any], flip: NDArray[np.bool_]) -> None:
    for j in np.flatnonzero(flip):
        known = ~is_missing(G[:, j])
        G[known, j] = 2 - G[known, j]


def _as_learned(G: NDArray[Any], kind: str, wanted: Wanted, source: Source) -> tuple[NDArray[Any], str]:
    if wanted.kind == "continuous":
        return np.where(is_missing(G), np.nan, G).astype(np.float32), "continuous"
    if kind == "continuous":
        raise ValueError(
            f"{source.argument} must hold genotypes between 0 and 2, as the model was learned on. Got values outside;"
            " check the columns."
        )
    return G, kind


def _filter(
    G: NDArray[Any],
    rows: NDArray[np.int64],
    variants: pd.DataFrame,
    joined: Joined,
    plan: Plan,
    fixed: bool,
    ledger: Ledger,
) -> tuple[NDArray[Any], NDArray[np.int64], pd.DataFrame, Joined]:
    calls = count_calls(G)
    people = keep_people(calls, G.shape[1], plan, ledger)
    if not people.any():
        raise ValueError(
            f"--mind must leave somebody. Got nobody with at most {plan.mind:g} of calls missing; raise it."
        )
    if not people.all():
        G, rows, joined = G[people], rows[people], joined.take(people)
        calls = count_calls(G)
    if fixed:
        return G, rows, variants, joined
    kept = keep_variants(calls, len(G), variants, plan, ledger)
    if not kept.any():
        raise ValueError(
            "--geno and --maf must leave a variant. Got none that varies and passes; see the counts of `latentmr"
            " check`."
        )
    if not kept.all():
        G, variants = np.ascontiguousarray(G[:, kept]), variants[kept].reset_index(drop=True)
    return G, rows, variants, joined


def _environments(joined: Joined, plan: Plan, n: int) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if plan.env is None:
        return np.zeros(n, dtype=np.int64), ("all",)
    names, codes = np.unique(joined.labels[plan.env].astype(str), return_inverse=True)
    return codes.astype(np.int64), tuple(str(name) for name in names)


def _large_environments(
    env: NDArray[np.int64], names: tuple[str, ...], plan: Plan, ledger: Ledger
) -> NDArray[np.bool_]:
    sizes = np.bincount(env, minlength=len(names))
    small = sizes < SMALLEST_ENVIRONMENT
    learning = ~small[env]
    if plan.env is None:
        return np.ones(len(env), dtype=bool)
    for e in np.flatnonzero(small):
        ledger.warnings.append(
            f"environment {names[e]!r} has fewer than {SMALLEST_ENVIRONMENT} people: left out of learning, kept in"
            " estimation."
        )
    ledger.step(
        "samples",
        "learning",
        f"environment with fewer than {SMALLEST_ENVIRONMENT} people",
        (~learning).sum(),
        learning.sum(),
    )
    return np.asarray(learning)


def _refuse_more_memory(source: Source, rows: NDArray[np.int64], columns: NDArray[np.int64], plan: Plan) -> None:
    """Hard calls take a byte and dosages four; filters may copy them once."""
    n, p = len(rows), len(columns)
    need, kind = 2 * n * p / 1e9, "hard calls"
    if plan.memory is None:
        return
    if need <= plan.memory < 4 * need and _has_dosages(source, rows, columns):
        need, kind = 4 * need, "dosages"
    if need > plan.memory:
        more = ", four times that as dosages" if kind == "hard calls" else ""
        raise ValueError(
            f"--memory must be enough for the genotypes. Got {plan.memory:g} GB, where {n:,} people x {p:,} variants"
            f" need {need:.3g} GB as {kind}{more}; give a shorter --extract list."
        )


def _has_dosages(source: Source, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> bool:
    """Whether the first, the middle or the last variant has some, in the first people: files do not always say so."""
    some = np.unique(columns[[0, len(columns) // 2, -1]])
    return source.read(rows[:BLOCK], some)[1] != "counts"


def _refuse_more_variants(p: int, n: int, which: str) -> None:
    if n and p >= n:
        raise ValueError(
            f"instruments must be fewer than people. Got {p} variants for {n} people {which}; give a shorter --extract"
            " list, for instance of independent genome-wide significant variants."
        )

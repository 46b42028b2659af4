"""Quality filters on genotypes: missing calls, allele frequency, variants that do not vary."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.genome.hardy_weinberg import within_environments
from latentmr.data.genome.imputation import variance_ratio
from latentmr.data.genome.kinship import effective_variants, related_pairs, smallest_reliable, unrelated
from latentmr.data.genotypes.genotypes import BLOCK, is_missing
from latentmr.data.ledger import Ledger
from latentmr.data.plan import Plan
from latentmr.errors import ArgumentError

__all__ = ["Calls", "count_calls", "follow_law", "keep_by_law", "keep_people", "keep_variants", "without_relatives"]

#: A share at a threshold passes, whatever its last bit.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Calls:
    """Counts of calls in a genotype matrix of n people and p variants.

    Parameters
    ----------
    missing_of_person : np.ndarray of dimension (n,)
    missing_of_variant : np.ndarray of dimension (p,)
    mean, low, high : np.ndarray of dimension (p,)
        Of the calls that are there; zero where there is none.
    """

    missing_of_person: NDArray[np.int64]
    missing_of_variant: NDArray[np.int64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def count_calls(G: NDArray[Any]) -> Calls:
    """Count missing calls and summarise the others, block by block."""
    n, p = G.shape
    of_person, of_variant, total = np.zeros(n, np.int64), np.zeros(p, np.int64), np.zeros(p)
    low, high = np.full(p, np.inf), np.full(p, -np.inf)
    for start in range(0, n, BLOCK):
        block = G[start : start + BLOCK]
        missing = is_missing(block)
        if missing.any():
            of_person[start : start + BLOCK] = missing.sum(axis=1)
            of_variant += missing.sum(axis=0)
            total += np.where(missing, 0, block).sum(axis=0, dtype=np.float64)
            low = np.minimum(low, np.where(missing, np.inf, block).min(axis=0))
            high = np.maximum(high, np.where(missing, -np.inf, block).max(axis=0))
        else:
            total += block.sum(axis=0, dtype=np.float64)
            low = np.minimum(low, block.min(axis=0))
            high = np.maximum(high, block.max(axis=0))
    called = n - of_variant
    empty = called == 0
    mean = total / np.maximum(called, 1)
    return Calls(of_person, of_variant, mean, np.where(empty, 0.0, low), np.where(empty, 0.0, high))


def keep_people(calls: Calls, p: int, plan: Plan, ledger: Ledger) -> NDArray[np.bool_]:
    """People with at most ``mind`` missing calls."""
    keep = calls.missing_of_person <= plan.mind * p + ROUNDING
    ledger.step("samples", "filter", f"more than {plan.mind:g} of calls missing (mind)", (~keep).sum(), keep.sum())
    return np.asarray(keep)


def keep_variants(calls: Calls, n: int, variants: pd.DataFrame, plan: Plan, ledger: Ledger) -> NDArray[np.bool_]:
    """Variants with at most ``geno`` missing calls, that vary, and of at least ``maf`` frequency.

    Columns that leave the range from 0 to 2 are continuous: they have no allele frequency, and the last filter does not
    apply to them.
    """
    keep = np.ones(len(variants), dtype=bool)

    def apply(bad: NDArray[np.bool_], reason: str) -> int:
        gone = keep & bad
        keep[gone] = False
        ledger.step("variants", "filter", reason, gone.sum(), keep.sum())
        return int(gone.sum())

    apply(calls.missing_of_variant > plan.geno * n + ROUNDING, f"more than {plan.geno:g} of calls missing (geno)")
    constant = keep & (calls.low == calls.high)
    count = apply(constant, "monomorphic or constant")
    if count:
        names = ", ".join(variants["id"][constant].head(5)) + (", ..." if count > 5 else "")
        ledger.warnings.append(f"{count} variants do not vary among these people and were dropped: {names}.")
    alleles = (calls.low >= 0) & (calls.high <= 2)
    if not alleles.any():
        ledger.step("variants", "filter", "allele frequency: not applicable to continuous instruments", 0, keep.sum())
    else:
        frequency = np.minimum(calls.mean, 2 - calls.mean) / 2
        only = "" if alleles.all() else ", among columns within 0 to 2"
        apply(alleles & (frequency < plan.maf - ROUNDING), f"minor allele frequency under {plan.maf:g} (maf){only}")
    return keep


def keep_by_law(
    G: NDArray[Any], kind: str, env: NDArray[np.int64], n_env: int, ids: pd.Series, plan: Plan, ledger: Ledger
) -> NDArray[np.bool_]:
    """Variants that :func:`follow_law`.

    Raises
    ------
    ValueError
        Where none is left.
    """
    keep = follow_law(G, kind, env, n_env, ids, plan, ledger)
    if not keep.any():
        raise ArgumentError("hwe and info", "leave a variant", "none", "lower them")
    return keep


def follow_law(
    G: NDArray[Any], kind: str, env: NDArray[np.int64], n_env: int, ids: pd.Series, plan: Plan, ledger: Ledger
) -> NDArray[np.bool_]:
    """Variants that follow Hardy-Weinberg's law within environments, and dosages that vary as genotypes do."""
    keep = np.ones(G.shape[1], dtype=bool)
    for option, threshold, applies, measure in (
        ("hwe", plan.hwe, kind == "counts", within_environments),
        ("info", plan.info, kind == "dosages", variance_ratio),
    ):
        if not threshold:
            continue
        if not applies:
            what = {"counts": "hard calls", "dosages": "dosages"}.get(kind, "continuous instruments")
            ledger.step("variants", "filter", f"{option}: not applicable to {what}", 0, keep.sum())
            continue
        bad = keep & (measure(G, env, n_env) < threshold)
        keep &= ~bad
        name = "Hardy-Weinberg p value" if option == "hwe" else "ratio of variances"
        ledger.step("variants", "filter", f"{name} under {threshold:g} ({option})", bad.sum(), keep.sum())
        if bad.any():
            names = ", ".join(ids[bad].head(5)) + (", ..." if bad.sum() > 5 else "")
            ledger.warnings.append(f"{int(bad.sum())} variants were left out by {option}: {names}.")
    return keep


def without_relatives(G: NDArray[Any], kind: str, largest: float, ledger: Ledger) -> NDArray[np.bool_]:
    """People of whom no two have a larger kinship.

    Raises
    ------
    ValueError
        Where the variants cannot tell such a kinship from chance, or are continuous.
    """
    elsewhere = "find relatives on the whole genome, for instance by KING, and list them in `remove`"
    if kind == "continuous":
        raise ArgumentError("max_kinship", "come with genotypes", "continuous instruments", elsewhere)
    alone = effective_variants(G)
    reliable = smallest_reliable(alone)
    if largest < reliable:
        # no threshold is above 0.5, so that none can be given where the floor is
        must = f"be at least {reliable:.2g}" if reliable < 0.5 else "be left out"
        below = "below, " if reliable < 0.5 else ""
        raise ArgumentError(
            "max_kinship",
            f"{must} with {G.shape[1]} variants: {below}unrelated people look related by chance, since these tell as"
            f" much as {alone:.0f} that are not linked",
            f"{largest:g}",
            elsewhere,
        )
    pairs = related_pairs(G, largest)
    keep = unrelated(pairs, len(G))
    reason = f"related to others, kinship above {largest:g} (max_kinship)"
    ledger.step("samples", "filter", reason, (~keep).sum(), keep.sum())
    if len(pairs.first):
        found = ", ".join(f"{count} {name}" for name, count in pairs.counts().items() if count)
        ledger.notes.append(f"{len(pairs.first)} pairs of related people: {found or 'beyond the third degree'}.")
    return keep

"""Quality filters on genotypes: missing calls, allele frequency, variation, equilibrium and kinship."""

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
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError

__all__ = [
    "Calls",
    "count_calls",
    "in_equilibrium",
    "keep_in_equilibrium",
    "keep_individuals",
    "keep_variants",
    "tell_no_call",
    "without_relatives",
]

#: A share that equals a threshold up to rounding passes.
ROUNDING = 1e-9


@dataclass(frozen=True, repr=False)
class Calls(Brief):
    """Counts of calls in a genotype matrix of n individuals and p variants.

    Parameters
    ----------
    missing_of_person : np.ndarray of dimension (n,)
        Number of missing calls of each individual.
    missing_of_variant : np.ndarray of dimension (p,)
        Number of missing calls of each variant.
    mean, low, high : np.ndarray of dimension (p,)
        Mean, minimum and maximum of the calls that are not missing; zero if all are missing.
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


def keep_individuals(calls: Calls, p: int, plan: Plan, ledger: Ledger) -> NDArray[np.bool_]:
    """Return which individuals have at most a share ``mind`` of missing calls.

    With fewer than 1/``mind`` variants a single missing call exceeds the share. A share cannot be estimated from one
    call, so that only an individual with two missing calls or more, or without any call, is excluded. With ``mind`` of
    0 no individual with a missing call stays.
    """
    short = 0 < plan.mind * p < 1 - ROUNDING
    allowed = 1.0 if short else plan.mind * p
    keep = (calls.missing_of_person <= allowed + ROUNDING) & (calls.missing_of_person < max(p, 1))
    few = f"; two or more, as one of {p} variants is no measure of a share" if short and p > 1 else ""
    if plan.mind * p >= p:
        keep[:] = True
    reason = f"more than {plan.mind:g} of calls missing (mind){few}"
    ledger.step("samples", "filter", reason, (~keep).sum(), keep.sum())
    return np.asarray(keep)


def tell_no_call(calls: Calls, n: int, ids: pd.Series, ledger: Ledger) -> None:
    """Warn of a model's variants without any call: the model's mean replaces every genotype."""
    empty = calls.missing_of_variant == n
    count = int(empty.sum())
    if count and n:
        names = ", ".join(ids[empty].head(5)) + (", ..." if count > 5 else "")
        ledger.warnings.append(
            f"{count} of {len(ids)} variants of the model have no call among these individuals, and their mean is used"
            f" instead: {names}."
        )


def keep_variants(calls: Calls, n: int, variants: pd.DataFrame, plan: Plan, ledger: Ledger) -> NDArray[np.bool_]:
    """Return which variants have at most a share ``geno`` of missing calls, vary, and have at least frequency ``maf``.

    Columns with values outside 0 to 2 are continuous. They have no allele frequency, and the last filter does not apply
    to them.
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
        ledger.warnings.append(f"{count} variants do not vary among these individuals and were removed: {names}.")
    alleles = (calls.low >= 0) & (calls.high <= 2)
    if not alleles.any():
        ledger.step("variants", "filter", "allele frequency: not applicable to continuous instruments", 0, keep.sum())
    else:
        frequency = np.minimum(calls.mean, 2 - calls.mean) / 2
        only = "" if alleles.all() else ", among columns within 0 to 2"
        apply(alleles & (frequency < plan.maf - ROUNDING), f"minor allele frequency under {plan.maf:g} (maf){only}")
    return keep


def keep_in_equilibrium(
    G: NDArray[Any], kind: str, env: NDArray[np.int64], n_env: int, ids: pd.Series, plan: Plan, ledger: Ledger
) -> NDArray[np.bool_]:
    """Return the variants of :func:`in_equilibrium`, and refuse to continue without any.

    Raises
    ------
    ValueError
        If none remains.
    """
    keep = in_equilibrium(G, kind, env, n_env, ids, plan, ledger)
    if not keep.any():
        raise ArgumentError("hwe and info", "keep at least one variant", "none", "lower `hwe` or `info`")
    return keep


def in_equilibrium(
    G: NDArray[Any], kind: str, env: NDArray[np.int64], n_env: int, ids: pd.Series, plan: Plan, ledger: Ledger
) -> NDArray[np.bool_]:
    """Return which variants pass the test of Hardy-Weinberg equilibrium, or the variance ratio of dosages."""
    keep = np.ones(G.shape[1], dtype=bool)
    for argument, threshold, applies, measure in (
        ("hwe", plan.hwe, kind == "counts", within_environments),
        ("info", plan.info, kind == "dosages", variance_ratio),
    ):
        if not threshold:
            continue
        if not applies:
            what = {"counts": "hard calls", "dosages": "dosages"}.get(kind, "continuous instruments")
            ledger.step("variants", "filter", f"{argument}: not applicable to {what}", 0, keep.sum())
            continue
        bad = keep & (measure(G, env, n_env) < threshold)
        keep &= ~bad
        name = "Hardy-Weinberg p value" if argument == "hwe" else "variance ratio"
        ledger.step("variants", "filter", f"{name} under {threshold:g} ({argument})", bad.sum(), keep.sum())
        if bad.any():
            names = ", ".join(ids[bad].head(5)) + (", ..." if bad.sum() > 5 else "")
            ledger.warnings.append(f"{int(bad.sum())} variants were removed by {argument}: {names}.")
    return keep


def without_relatives(G: NDArray[Any], kind: str, largest: float, ledger: Ledger) -> NDArray[np.bool_]:
    """Return individuals such that no two have a larger kinship.

    Raises
    ------
    ValueError
        If the variants cannot distinguish this kinship from chance, or are continuous.
    """
    elsewhere = "find relatives in the whole genome, for instance with KING, and list them in `remove`"
    if kind == "continuous":
        raise ArgumentError("max_kinship", "come with genotypes", "continuous instruments", elsewhere)
    independent = effective_variants(G)
    reliable = smallest_reliable(independent)
    if largest < reliable:
        # a threshold cannot exceed 0.5; if the smallest reliable one does, none can be given
        must = f"be at least {reliable:.2g}" if reliable < 0.5 else "be left out"
        below = "below, " if reliable < 0.5 else ""
        raise ArgumentError(
            "max_kinship",
            f"{must} with {G.shape[1]} variants: {below}unrelated individuals appear related by chance, because these"
            f" variants are as informative as {independent:.0f} in linkage equilibrium",
            f"{largest:g}",
            elsewhere,
        )
    pairs = related_pairs(G, largest)
    keep = unrelated(pairs, len(G))
    reason = f"related to others, kinship above {largest:g} (max_kinship)"
    ledger.step("samples", "filter", reason, (~keep).sum(), keep.sum())
    if len(pairs.first):
        found = ", ".join(f"{count} {name}" for name, count in pairs.counts().items() if count)
        ledger.notes.append(f"{len(pairs.first)} pairs of related individuals: {found or 'beyond the third degree'}.")
    return keep

"""Choice of genotyped individuals: by lists, and by a known environment and known auxiliary features."""

import numpy as np
from numpy.typing import NDArray

from latentmr.data.cohort.id_lists import read_individuals
from latentmr.data.genotypes.source import Source
from latentmr.data.ids import match_list, refuse_duplicates
from latentmr.data.ledger import Ledger
from latentmr.data.phenotypes import Joined, join_tables
from latentmr.data.plan import Plan
from latentmr.data.printing import listing
from latentmr.errors import ArgumentError

__all__ = ["choose_individuals", "listed_individuals"]


def choose_individuals(source: Source, plan: Plan, ledger: Ledger) -> tuple[NDArray[np.int64], Joined]:
    """Choose individuals, and join their phenotypes.

    Parameters
    ----------
    source : Source
        Genotypes.
    plan : Plan
        Lists and columns.
    ledger : Ledger
        Receives the counts.

    Returns
    -------
    np.ndarray of int
        Positions in ``source.samples``.
    Joined
        Phenotypes of these individuals.

    Raises
    ------
    ValueError
        If no individual remains, or an individual occurs twice.
    """
    rows = listed_individuals(source, plan, ledger)
    joined = join_tables(plan, source.samples[rows], ledger)
    return _with_environment(rows, joined, plan, ledger)


def listed_individuals(source: Source, plan: Plan, ledger: Ledger) -> NDArray[np.int64]:
    """Choose individuals by the plan's lists only."""
    refuse_duplicates(source.samples, "sample", source.path)
    ledger.step("samples", "read", f"read from {source.path}", 0, len(source.samples))
    return _in_lists(source, plan, ledger)


def _in_lists(source: Source, plan: Plan, ledger: Ledger) -> NDArray[np.int64]:
    use = np.ones(len(source.samples), dtype=bool)
    for argument, path, wanted in (("keep", plan.keep, True), ("remove", plan.remove, False)):
        if path is None:
            continue
        listed = read_individuals(path, argument, source.samples, pairs=plan.id_pair)
        hit = match_list(argument, listed, source.samples, source.path, ledger, allow_unmatched=plan.allow_unmatched)
        before = int(use.sum())
        use &= hit if wanted else ~hit
        word = "not in" if wanted else "in"
        ledger.step("samples", "filter", f"{word} the {argument} list", before - int(use.sum()), use.sum())
    if not use.any():
        raise ArgumentError("keep and remove", "leave at least one individual", "none", "check the lists")
    return np.flatnonzero(use)


def _with_environment(
    rows: NDArray[np.int64], joined: Joined, plan: Plan, ledger: Ledger
) -> tuple[NDArray[np.int64], Joined]:
    use = np.ones(len(rows), dtype=bool)
    if plan.env is not None:
        known = np.array([label is not None for label in joined.labels[plan.env]], dtype=bool)
        ledger.step("samples", "filter", f"no environment ({plan.env}) in the tables", (~known).sum(), known.sum())
        use &= known
        if not use.any():
            raise ArgumentError(
                "env",
                "have a label for at least one individual",
                f"none in {plan.env!r}",
                "check the column and the sample ids",
            )
    if plan.aux:
        known = np.asarray(np.isfinite(np.column_stack([joined.numbers[name] for name in plan.aux])).all(axis=1))
        before = int(use.sum())
        use &= known
        ledger.step("samples", "filter", "auxiliary feature missing (aux)", before - int(use.sum()), use.sum())
        if not use.any():
            raise ArgumentError(
                "aux",
                "be known for at least one individual",
                f"no complete row of {listing(plan.aux)}",
                "check the columns and the sample ids",
            )
    return rows[use], joined.take(use)

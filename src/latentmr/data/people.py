"""Which genotyped people are used: by lists, and those whose environment and auxiliary features are known."""

import numpy as np
from numpy.typing import NDArray

from latentmr.data.genotypes.source import Source
from latentmr.data.ids import read_id_list, refuse_duplicates
from latentmr.data.ledger import Ledger
from latentmr.data.phenotypes import Joined, join_tables
from latentmr.data.plan import Plan
from latentmr.errors import ArgumentError

__all__ = ["choose_people", "listed_people"]


def choose_people(source: Source, plan: Plan, ledger: Ledger) -> tuple[NDArray[np.int64], Joined]:
    """Choose people, and join their phenotypes.

    Parameters
    ----------
    source : Source
    plan : Plan
    ledger : Ledger
        Takes counts.

    Returns
    -------
    np.ndarray of int
        Places in ``source.samples``.
    Joined
        Their phenotypes.

    Raises
    ------
    ValueError
        Where nobody is left, or a person occurs twice.
    """
    rows = listed_people(source, plan, ledger)
    joined = join_tables(plan, source.samples[rows], ledger)
    return _with_environment(rows, joined, plan, ledger)


def listed_people(source: Source, plan: Plan, ledger: Ledger) -> NDArray[np.int64]:
    """Choose people by the plan's lists alone."""
    refuse_duplicates(source.samples, "sample", source.path)
    ledger.step("samples", "read", f"read from {source.path}", 0, len(source.samples))
    return _in_lists(source, plan, ledger)


def _in_lists(source: Source, plan: Plan, ledger: Ledger) -> NDArray[np.int64]:
    use = np.ones(len(source.samples), dtype=bool)
    for option, path, wanted in (("keep", plan.keep, True), ("remove", plan.remove, False)):
        if path is None:
            continue
        listed = read_id_list(path, option, people=True)
        hit = source.samples.isin(listed)
        if not hit.any():
            raise ArgumentError(
                f"{option}", f"list people of {source.path}", f"none of its {len(listed)} ids", "check the ids"
            )
        before = int(use.sum())
        use &= np.asarray(hit if wanted else ~hit)
        word = "not in" if wanted else "in"
        ledger.step("samples", "filter", f"{word} the {option} list", before - int(use.sum()), use.sum())
    if not use.any():
        raise ArgumentError("keep and remove", "leave somebody", "nobody", "check the lists")
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
            raise ArgumentError("env", "have a label for somebody", f"none in {plan.env!r}")
    if plan.aux:
        known = np.asarray(np.isfinite(np.column_stack([joined.numbers[name] for name in plan.aux])).all(axis=1))
        before = int(use.sum())
        use &= known
        ledger.step("samples", "filter", "auxiliary feature missing (aux)", before - int(use.sum()), use.sum())
        if not use.any():
            raise ArgumentError("aux", "be known for somebody", f"no complete row of {', '.join(plan.aux)}")
    return rows[use], joined.take(use)

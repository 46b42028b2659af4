"""Exposures, outcome, covariates and clusters of the people who have them all."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.covariates import drop_collinear, one_hot
from latentmr.data.ledger import Ledger
from latentmr.data.phenotypes import Joined, binary_coding
from latentmr.data.placebo import refuse_poor_placebos
from latentmr.data.plan import Plan
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Traits", "collect_traits"]


@dataclass(frozen=True)
class Traits:
    """Columns of a :class:`~latentmr.data.Dataset` that come from the phenotype tables.

    Parameters
    ----------
    X, y, C, A, cluster, P : np.ndarray
        As in the data set; NaN in rows that are not complete, in ``P`` where a placebo outcome is missing.
    complete : np.ndarray of bool of dimension (n,)
        Rows with every phenotype.
    covariate_names : tuple of str
        Of the columns of ``C``.
    outcome_type : str
        ``continuous`` or ``binary``.
    """

    X: Array
    y: Array
    C: Array
    A: Array
    cluster: NDArray[np.int64]
    P: Array
    complete: NDArray[np.bool_]
    covariate_names: tuple[str, ...]
    outcome_type: str


def collect_traits(
    joined: Joined, plan: Plan, env: NDArray[np.int64], ledger: Ledger, spent: NDArray[np.bool_] | None = None
) -> Traits:
    """Bring the joined columns into their parts; rows with a missing value stay out of estimation, and are counted.

    Parameters
    ----------
    joined : Joined
        The plan's columns for each genotyped person.
    plan : Plan
        Which column plays which part.
    env : np.ndarray of dimension (n,)
        Environment codes.
    ledger : Ledger
        Takes counts, notes and warnings.
    spent : np.ndarray of bool of dimension (n,), optional
        People who are kept out of estimation, since the instruments were selected by them.

    Returns
    -------
    Traits

    Raises
    ------
    ValueError
        No complete row, a constant exposure or outcome, a binary outcome with another coding, a placebo outcome that is
        constant or that few people have.
    """
    n = len(env)
    numbers = joined.numbers
    complete = _complete_rows(joined, plan, np.zeros(n, dtype=bool) if spent is None else spent, ledger)
    y, outcome_type = np.full(n, np.nan), "continuous"
    if plan.outcome_blind:
        _refuse_constant(numbers, (*plan.exposure,), plan, complete)
    elif plan.outcome:
        _refuse_constant(numbers, (*plan.exposure, plan.outcome), plan, complete)
        y, outcome_type = _outcome(numbers[plan.outcome], plan, complete, ledger)
        for name in plan.exposure:
            _, statement = binary_coding(np.where(complete, numbers[name], np.nan), name, "auto")
            if statement is not None:
                ledger.notes.append(f"{statement}; the effect is per change of control to case.")
    C, covariate_names = _covariates(joined, plan, complete, ledger)
    C, covariate_names = drop_collinear(C, covariate_names, env, complete, ledger)
    P = _placebos(joined, plan, complete, ledger)
    clusters = [pd.factorize(pd.Series(joined.labels[name]))[0] for name in plan.cluster]
    return Traits(
        X=_stack([numbers[name] for name in plan.exposure], n),
        y=y,
        C=C,
        A=_stack([numbers[name] for name in plan.aux], n),
        cluster=np.column_stack([np.zeros((n, 0), dtype=np.int64), *clusters]),
        P=P,
        complete=complete,
        covariate_names=covariate_names,
        outcome_type=outcome_type,
    )


def _stack(columns: list[Array], n: int) -> Array:
    return np.column_stack([np.zeros((n, 0)), *columns])


def _placebos(joined: Joined, plan: Plan, complete: NDArray[np.bool_], ledger: Ledger) -> Array:
    P = _stack([joined.numbers[name] for name in plan.placebo], len(complete))
    refuse_poor_placebos("placebo", P[complete], tuple(plan.placebo))
    for name, values in zip(plan.placebo, P[complete].T, strict=True):
        ledger.notes.append(
            f"{name}: placebo outcome, missing for {int(np.isnan(values).sum())} of the {len(values)} people in"
            " estimation, who are left out of its test alone."
        )
    return P


def _outcome(values: Array, plan: Plan, complete: NDArray[np.bool_], ledger: Ledger) -> tuple[Array, str]:
    y, statement = binary_coding(np.where(complete, values, np.nan), str(plan.outcome), plan.outcome_type)
    if statement is not None:
        ledger.notes.append(f"{statement}; effects are on the risk scale (linear probability).")
        return y, "binary"
    chosen = ", by outcome_type" if plan.outcome_type == "continuous" else ""
    ledger.notes.append(f"{plan.outcome}: continuous{chosen}.")
    return y, "continuous"


def _complete_rows(joined: Joined, plan: Plan, spent: NDArray[np.bool_], ledger: Ledger) -> NDArray[np.bool_]:
    if not plan.exposure:
        return np.zeros(len(spent), dtype=bool)
    complete = ~spent
    if plan.selection is not None:
        reason = "used to select the instruments (kept for learning)"
        ledger.step("samples", "estimation", reason, spent.sum(), complete.sum())
    for role, names in (
        ("exposure", plan.exposure),
        ("outcome", (plan.outcome,) if plan.outcome else ()),
        ("covariate", plan.covar),
        ("cluster", plan.cluster),
    ):
        for name in names:
            known = (
                np.isfinite(joined.numbers[name])
                if name in joined.numbers
                else np.array([label is not None for label in joined.labels[name]], dtype=bool)
            )
            gone = complete & ~known
            complete &= known
            ledger.step(
                "samples",
                "estimation",
                f"{role} {name} missing (kept for learning)",
                gone.sum(),
                complete.sum(),
            )
    if not complete.any():
        raise ArgumentError(
            "exposure, outcome and covariates", "all be known for somebody", "no complete row", "see `latentmr check`"
        )
    return complete


def _refuse_constant(
    numbers: dict[str, NDArray[np.float64]], names: tuple[str, ...], plan: Plan, complete: NDArray[np.bool_]
) -> None:
    for name in names:
        values = numbers[name][complete]
        if np.ptp(values) == 0:
            role = "outcome" if name == plan.outcome else "exposure"
            raise ArgumentError(
                f"{role}",
                "vary",
                f"{name!r} with the one value {values[0]:g} in all {len(values)} people with complete phenotypes",
                "choose another column",
            )


def _covariates(
    joined: Joined, plan: Plan, complete: NDArray[np.bool_], ledger: Ledger
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    parts: list[NDArray[np.float64]] = [np.zeros((len(complete), 0))]
    names: tuple[str, ...] = ()
    for name in plan.covar:
        if name in joined.numbers:
            parts.append(joined.numbers[name][:, None])
            names += (name,)
        else:
            used = joined.labels[name].copy()
            if plan.outcome:
                used[~complete] = None
            columns, levels = one_hot(used, name, ledger)
            parts.append(columns)
            names += levels
    return np.hstack(parts), names

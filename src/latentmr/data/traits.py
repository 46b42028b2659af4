"""Exposures, outcome, covariates and clusters of the individuals with complete phenotypes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from latentmr.data.cohort.case_control import binary_coding, refuse_coded_levels
from latentmr.data.covariates import drop_collinear, one_hot
from latentmr.data.ledger import Ledger
from latentmr.data.negative_control import refuse_poor_negative_controls
from latentmr.data.phenotypes import Joined
from latentmr.data.plan import Plan
from latentmr.data.printing import Brief
from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["Traits", "collect_traits"]


@dataclass(frozen=True, repr=False)
class Traits(Brief):
    """Columns of a :class:`~latentmr.data.Dataset` that come from the phenotype tables.

    Parameters
    ----------
    X, y, C, A, cluster, N : np.ndarray
        The same as in the data set. Incomplete rows may hold NaN, and ``N`` holds NaN if a negative-control outcome is
        missing.
    complete : np.ndarray of bool of dimension (n,)
        Rows with all phenotypes.
    covariate_names : tuple of str
        Names of the columns of ``C``.
    outcome_type : str
        ``continuous`` or ``binary``.
    """

    X: Array
    y: Array
    C: Array
    A: Array
    cluster: NDArray[np.int64]
    N: Array
    complete: NDArray[np.bool_]
    covariate_names: tuple[str, ...]
    outcome_type: str


def collect_traits(
    joined: Joined, plan: Plan, env: NDArray[np.int64], ledger: Ledger, discovery: NDArray[np.bool_] | None = None
) -> Traits:
    """Arrange the joined columns by role; rows with a missing value are excluded from estimation and counted.

    Parameters
    ----------
    joined : Joined
        The plan's columns for each genotyped individual.
    plan : Plan
        Role of each column.
    env : np.ndarray of dimension (n,)
        Environment codes.
    ledger : Ledger
        Receives counts, notes and warnings.
    discovery : np.ndarray of bool of dimension (n,), optional
        Discovery sample in which the instruments were selected; it is excluded from estimation.

    Returns
    -------
    Traits

    Raises
    ------
    ValueError
        If no row is complete, an exposure or the outcome is constant, a binary outcome has another coding, or a
        negative-control outcome is constant or known for few individuals.
    """
    n = len(env)
    numbers = joined.numbers
    complete = _complete_rows(joined, plan, np.zeros(n, dtype=bool) if discovery is None else discovery, ledger)
    y, outcome_type = np.full(n, np.nan), "continuous"
    if plan.outcome_blind:
        _refuse_constant(numbers, (*plan.exposure,), plan, complete)
    elif plan.outcome:
        _refuse_constant(numbers, (*plan.exposure, plan.outcome), plan, complete)
        y, outcome_type = _outcome(numbers[plan.outcome], plan, complete, ledger)
        for name in plan.exposure:
            _, statement = binary_coding(np.where(complete, numbers[name], np.nan), name, "auto")
            if statement is not None:
                ledger.notes.append(f"{statement}; the effect is per change from control to case.")
    C, covariate_names = _covariates(joined, plan, complete, ledger)
    C, covariate_names = drop_collinear(C, covariate_names, env, complete, ledger)
    N = _negative_controls(joined, plan, complete, ledger)
    clusters = [pd.factorize(pd.Series(joined.labels[name]))[0] for name in plan.cluster]
    return Traits(
        X=_stack([numbers[name] for name in plan.exposure], n),
        y=y,
        C=C,
        A=_stack([numbers[name] for name in plan.aux], n),
        cluster=np.column_stack([np.zeros((n, 0), dtype=np.int64), *clusters]),
        N=N,
        complete=complete,
        covariate_names=covariate_names,
        outcome_type=outcome_type,
    )


def _stack(columns: list[Array], n: int) -> Array:
    return np.column_stack([np.zeros((n, 0)), *columns])


def _negative_controls(joined: Joined, plan: Plan, complete: NDArray[np.bool_], ledger: Ledger) -> Array:
    N = _stack([joined.numbers[name] for name in plan.negative_control], len(complete))
    refuse_poor_negative_controls("negative_control", N[complete], tuple(plan.negative_control))
    for name, values in zip(plan.negative_control, N[complete].T, strict=True):
        ledger.notes.append(
            f"{name}: negative-control outcome, missing for {int(np.isnan(values).sum())} of the {len(values)}"
            " individuals in estimation, who are excluded from its test only."
        )
    return N


def _outcome(values: Array, plan: Plan, complete: NDArray[np.bool_], ledger: Ledger) -> tuple[Array, str]:
    if plan.outcome_type != "continuous":
        refuse_coded_levels(values[complete], str(plan.outcome))
    y, statement = binary_coding(np.where(complete, values, np.nan), str(plan.outcome), plan.outcome_type)
    if statement is not None:
        ledger.notes.append(f"{statement}; effects are on the risk scale (linear probability).")
        return y, "binary"
    chosen = ", as outcome_type says" if plan.outcome_type == "continuous" else ""
    ledger.notes.append(f"{plan.outcome}: continuous{chosen}.")
    return y, "continuous"


def _complete_rows(joined: Joined, plan: Plan, discovery: NDArray[np.bool_], ledger: Ledger) -> NDArray[np.bool_]:
    if not plan.exposure:
        return np.zeros(len(discovery), dtype=bool)
    complete = ~discovery
    if plan.selection is not None:
        reason = "used to select the instruments (kept for learning)"
        ledger.step("samples", "estimation", reason, discovery.sum(), complete.sum())
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
            "exposure, outcome and covariates",
            "all be known for at least one individual",
            "no complete row",
            "leave out the column with most missing values; `latentmr check` shows the counts",
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
                f"{name!r} with the one value {values[0]:g} in all {len(values)} individuals with complete phenotypes",
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

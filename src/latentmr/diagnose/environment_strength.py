"""Strength of the instruments in each environment, on arrays or on moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from latentmr.errors import ArgumentError
from latentmr.former_names import FormerDict
from latentmr.iv.checks import probability
from latentmr.iv.covariance import SE_TYPES, spreads
from latentmr.iv.kclass import Fit, solve
from latentmr.iv.model import Model
from latentmr.iv.moments import Blocks, Moments, gather
from latentmr.iv.problem import BLOCK, Problem, problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.bias_bound import effective_f_critical_value
from latentmr.iv.specification.effective_f import effective_statistic
from latentmr.iv.specification.first_stage import first_stage_f
from latentmr.results.printing import ShortRepr
from latentmr.typing import ArrayLike, Codes

__all__ = [
    "EnvironmentStrength",
    "posed_by_environment",
    "refuse",
    "solved_in",
    "strength_by_environment",
    "strength_from_moments",
]


#: Minimum degrees of freedom of the first stage: with fewer, robust standard errors are unreliable.
LEAST_DF = 20


@dataclass(frozen=True, repr=False)
class EnvironmentStrength(ShortRepr, FormerDict):
    """Strength of the instruments in one environment. Numbers are None if they cannot be computed.

    Parameters
    ----------
    environment : str
        Name of the environment.
    n : int
        Number of individuals.
    k : int or None
        Number of independent instruments.
    f_statistic, effective_f : float or None
        Homoskedastic F, and effective F.
    critical_value : float or None
        Critical value of the effective F for 10 % of the worst-case bias.
    partial_r2 : float or None
        Share of the exposure's variance given the covariates that the instruments explain.
    reason : str
        Why numbers are None; empty if none is.
    """

    environment: str
    n: int
    k: int | None = None
    f_statistic: float | None = None
    effective_f: float | None = None
    critical_value: float | None = None
    partial_r2: float | None = None
    reason: str = ""


def strength_by_environment(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    env: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> list[EnvironmentStrength]:
    """Measure the strength of all instruments in each environment, with the first stage fitted in this environment.

    Parameters
    ----------
    Z, x, y, env, C, se, cluster :
        As in :func:`~latentmr.diagnose.effects_by_environment`.

    Returns
    -------
    list of EnvironmentStrength
        One for each environment.

    Raises
    ------
    ValueError
        As in :func:`~latentmr.diagnose.effects_by_environment`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> z, u, env = rng.normal(size=400), rng.normal(size=400), np.repeat([0, 1], 200)
    >>> rows = strength_by_environment(z, z * (env == 1) + u, rng.normal(size=400), env)
    >>> [row.effective_f > row.critical_value for row in rows]
    [False, True]
    """
    posed, moments, blocks, clusters = posed_by_environment(Z, x, y, env, C, se, cluster, 0.05)
    return strength_from_moments(moments, blocks, posed.model, se_type=posed.se_type, clusters=clusters)


def strength_from_moments(
    moments: Mapping[str, Moments],
    blocks: Mapping[str, Blocks],
    model: Model,
    *,
    se_type: str = "HC1",
    clusters: Mapping[str, Codes] | None = None,
) -> list[EnvironmentStrength]:
    """Compute :func:`strength_by_environment` from moments.

    Parameters are those of :func:`~latentmr.diagnose.by_environment.effects_from_moments`.
    """
    refuse(model, len(moments), 0.05, se_type, clusters is not None)
    out = []
    for name, own in moments.items():
        row = EnvironmentStrength(name, own.n)
        try:
            fit, reduced = solved_in(replace(model, method="2SLS"), own, blocks[name], se_type, clusters, name)
        except ValueError as error:
            out.append(replace(row, reason=str(error)))
            continue
        V, plain = reduced.first[0, 0], first_stage_f(fit)[0]
        row = replace(row, k=fit.k, f_statistic=plain.statistic, partial_r2=plain.effect)
        if plain.statistic is None or np.isinf(plain.statistic):
            out.append(replace(row, reason="the instruments contain the exposure"))
            continue
        effective = effective_statistic(fit, reduced)
        out.append(replace(row, effective_f=effective, critical_value=effective_f_critical_value(V)[0]))
    return out


def refuse(model: Model, environments: int, alpha: float, se_type: str, clustered: bool) -> None:
    """Raise an error if the model cannot be compared between environments."""
    probability("alpha", alpha)
    if se_type not in SE_TYPES:
        raise ArgumentError("se", f"be one of {', '.join(SE_TYPES)}", f"{se_type!r}", "choose one of these")
    if se_type == "cluster" and not clustered:
        raise ArgumentError("cluster", "be given if `se` is cluster", "none", "give cluster labels, or set `se` to HC1")
    if model.X.shape[1] != 1:
        raise ArgumentError("x", "be one exposure", f"{model.X.shape[1]}", "compare exposures one at a time")
    if not model.Z.shape[1]:
        raise ArgumentError("Z", "have at least one column", "none", "give instruments")
    if environments < 2:
        raise ArgumentError(
            "env", "have at least two environments", f"{environments}", "give labels of several environments"
        )


def posed_by_environment(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    env: ArrayLike,
    C: ArrayLike | None,
    se: str | None,
    cluster: ArrayLike | None,
    alpha: float,
) -> tuple[Problem, dict[str, Moments], dict[str, Blocks], dict[str, Codes] | None]:
    """Check arrays and gather the moments, rows and clusters of each environment."""
    posed = problem(Z, x, y, C, method="2SLS", se=se, cluster=cluster)
    n = len(posed.parts[0])
    labels = np.asarray(env)
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.shape != (n,):
        raise ArgumentError(
            "env", f"have one label for each of the {n} rows of y", f"shape {np.shape(env)}", "align it with y"
        )
    missing = int(pd.isna(labels).sum())
    if missing:
        raise ArgumentError("env", "have no missing label", f"{missing} missing labels", "drop these rows")
    codes, names = pd.factorize(labels, sort=True)
    refuse(posed.model, len(names), alpha, posed.se_type, posed.cluster is not None)
    parts = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    rows = {str(name): part for name, part in zip(names, parts, strict=True)}
    blocks = {name: _reader(posed, part) for name, part in rows.items()}
    moments = {name: gather(read) for name, read in blocks.items()}
    if posed.cluster is None:
        return posed, moments, blocks, None
    return posed, moments, blocks, {name: _recoded(posed.cluster[part]) for name, part in rows.items()}


def _reader(posed: Problem, part: Codes) -> Blocks:
    return lambda: (
        np.hstack([array[part[start : start + BLOCK]] for array in posed.parts]) for start in range(0, len(part), BLOCK)
    )


def _recoded(codes: Codes) -> Codes:
    """Return cluster codes of one environment, from 0 without gaps."""
    return np.column_stack([np.unique(column, return_inverse=True)[1] for column in codes.T]).astype(np.int64)


def solved_in(
    model: Model,
    moments: Moments,
    blocks: Blocks,
    se_type: str,
    clusters: Mapping[str, Codes] | None,
    name: str,
) -> tuple[Fit, ReducedForm]:
    """Solve the model in one environment, or raise a ValueError with the reason why it has no solution."""
    fit = solve(model, moments)
    if fit.df < LEAST_DF:
        raise ArgumentError(
            "n",
            f"leave at least {LEAST_DF} degrees of freedom in an environment",
            f"{moments.n} individuals",
            "use fewer instruments",
        )
    reduced = spreads([fit], moments, blocks, se_type, None if clusters is None else clusters[name])[0].reduced
    if reduced is None:
        raise ArgumentError("Z", "have at least one column", "none", "give instruments")
    return fit, reduced

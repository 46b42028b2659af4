"""Effect in each environment through one score that the others have fitted, on arrays or on moments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from latentmr.diagnose.environment_effects import (
    EnvironmentEffect,
    EnvironmentScore,
    environment_effect,
    heterogeneity,
)
from latentmr.diagnose.environment_strength import posed_by_environment, refuse, solved_in
from latentmr.former_names import FormerDict
from latentmr.iv.model import Model
from latentmr.iv.moments import Blocks, Moments
from latentmr.iv.specification.first_stage import first_stage_f, partial_r2
from latentmr.linalg import partial_out, symmetric_root
from latentmr.results.objects import TestResult
from latentmr.typing import ArrayLike, Codes

__all__ = ["EnvironmentEffects", "LeftOut", "effects_by_environment", "effects_from_moments"]


#: First-stage F of the score under which an environment's ratio says nothing, and is left out.
LEAST_F = 4.0


@dataclass(frozen=True)
class LeftOut(FormerDict):
    """An environment that is not compared.

    Parameters
    ----------
    environment : str
    n : int
        People.
    f_statistic : float or None
        Of the score; None where it was not reached.
    reason : str
    """

    environment: str
    n: int
    f_statistic: float | None
    reason: str


@dataclass(frozen=True)
class EnvironmentEffects:
    """Effects by environment, and whether they differ.

    Parameters
    ----------
    effects : tuple of EnvironmentEffect
        Of the environments that are compared.
    partial_r2 : tuple of float
        Share of the exposure's variance in each that its score explains, given the covariates.
    left_out : tuple of LeftOut
        Of the others.
    pooled, pooled_se : float or None
        Inverse-variance mean of the effects and its standard error; None without any.
    test : TestResult
        Cochran's Q; its effect size is I2.
    """

    effects: tuple[EnvironmentEffect, ...]
    partial_r2: tuple[float, ...]
    left_out: tuple[LeftOut, ...]
    pooled: float | None
    pooled_se: float | None
    test: TestResult


def effects_by_environment(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    env: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
    alpha: float = 0.05,
) -> EnvironmentEffects:
    """The effect in each environment, and a test that it is one.

    The null is that the effect is the same in all environments. In each, the only instrument is the score ``z' pi``,
    with ``pi`` the first stage fitted in all the others, given ``C`` and an intercept for each; the effect is ``s'y /
    s'x`` given the environment's own regressors. ``pi`` owes nothing to the environment's own errors, so the ratio has
    no bias of many instruments. The statistic is Cochran's Q with weights at the common effect, chi2(E - 1): the
    environments share ``pi`` in the second order only. Environments where the score has a robust ``F < 4``, or with
    under 20 degrees of freedom, are left out and named.

    Parameters
    ----------
    Z : array of dimension (n,) or (n, k)
        Instruments.
    x : array of dimension (n,)
        Exposure.
    y : array of dimension (n,)
        Outcome.
    env : array of dimension (n,)
        Labels of environments, at least two.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors; each environment has its own intercept always, and its own coefficients in the ratio.
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``; by default HC1, clustered where ``cluster`` is given.
    cluster : array of dimension (n,) or (n, 2), optional
        Labels of clusters.
    alpha : float
        Significance level of sets and verdict.

    Returns
    -------
    EnvironmentEffects

    Raises
    ------
    ValueError
        Where an argument has the wrong shape or is not finite, there are several exposures, or one environment.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u, env = rng.normal(size=(900, 3)), rng.normal(size=900), np.repeat(["a", "b", "c"], 300)
    >>> x = Z.sum(axis=1) + u
    >>> effects_by_environment(Z, x, 0.5 * x + u, env).test.verdict
    'pass'
    >>> effects_by_environment(Z, x, 0.5 * x * (env != "c") + u, env).test.verdict
    'warn'
    """
    posed, moments, blocks, clusters = posed_by_environment(Z, x, y, env, C, se, cluster, alpha)
    return effects_from_moments(moments, blocks, posed.model, se_type=posed.se_type, clusters=clusters, alpha=alpha)


def effects_from_moments(
    moments: Mapping[str, Moments],
    blocks: Mapping[str, Blocks],
    model: Model,
    *,
    se_type: str = "HC1",
    clusters: Mapping[str, Codes] | None = None,
    alpha: float = 0.05,
    level: float | None = None,
) -> EnvironmentEffects:
    """What :func:`effects_by_environment` computes, from the moments of each environment and one pass over its rows.

    Parameters
    ----------
    moments : mapping of str to Moments
        Of one design in each environment, about that environment's own means.
    blocks : mapping of str to Blocks
        The rows of each.
    model : Model
        Whose maps refer to the columns of the design; its method does not matter.
    se_type : str
        As in :func:`~latentmr.iv.covariance.spreads`.
    clusters : mapping of str to np.ndarray, optional
        Codes 0, 1, ... of the rows of each environment.
    alpha : float
        Significance level of the sets.
    level : float, optional
        Of the test's verdict; that of the sets by default.

    Returns
    -------
    EnvironmentEffects

    Raises
    ------
    ValueError
        Several exposures, one environment, or ``alpha`` outside (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> from latentmr.iv import Model, columns, gather
    >>> rng = np.random.default_rng(0)
    >>> rows = {name: rng.normal(size=(200, 3)) @ [[1, 1, 0.5], [0, 1, 1], [0, 0, 1]] for name in "ab"}
    >>> blocks = {name: lambda name=name: [rows[name]] for name in rows}
    >>> model = Model("2SLS", columns(3, [0]), columns(3, [1]), columns(3, 2), np.zeros((3, 0)), ("x",))
    >>> effects_from_moments({name: gather(blocks[name]) for name in rows}, blocks, model).test.df
    'chi2(1)'
    """
    refuse(model, len(moments), alpha, se_type, clusters is not None)
    scores, shares, left_out = [], [], []
    for name, own in moments.items():
        f = None
        try:
            fit, reduced = solved_in(_scored(model, moments, name), own, blocks[name], se_type, clusters, name)
            f = first_stage_f(fit, reduced)[0].statistic
            reason = (
                "" if f is not None and f >= LEAST_F else f"the score's F must reach {LEAST_F:g}. Got {f or 0:.1f}."
            )
        except ValueError as error:
            reason = str(error)
        if reason:
            left_out.append(LeftOut(name, own.n, f, reason))
            continue
        sx, sy = fit.cross[0]
        meat = reduced.moment[:, :, 0, 0]
        scores.append(EnvironmentScore(name, own.n, float(sx), float(sy), meat, float(reduced.first_noise[0])))
        shares.append(float(partial_r2(fit)[0]))
    few = f"{len(scores)} of {len(moments)} environments have a score strong enough: nothing to compare"
    test = heterogeneity(scores, alpha if level is None else level, few)
    if left_out and len(scores) > 1:
        test = replace(test, reason=f"{test.reason}; {len(left_out)} of {len(moments)} environments left out")
    effects = tuple(environment_effect(score, alpha) for score in scores)
    precision = np.array([effect.se**-2.0 if effect.se > 0 else 0.0 for effect in effects])
    if not precision.sum() > 0:
        return EnvironmentEffects(effects, tuple(shares), tuple(left_out), None, None, test)
    pooled = float(precision @ [effect.beta for effect in effects] / precision.sum())
    return EnvironmentEffects(effects, tuple(shares), tuple(left_out), pooled, float(precision.sum() ** -0.5), test)


def _scored(model: Model, moments: Mapping[str, Moments], name: str) -> Model:
    """The model whose one instrument is the score of the other environments' first stage."""
    others = np.asarray(sum(found.S for other, found in moments.items() if other != name))
    c, k = model.C.shape[1], model.Z.shape[1]
    maps = np.column_stack([model.C, model.Z, model.X])
    S = maps.T @ others @ maps
    swept, _ = partial_out(S, slice(0, c))
    instruments = slice(c, c + k)
    root = symmetric_root(swept[instruments, instruments], np.diag(S)[instruments])
    pi = root @ (root.T @ swept[instruments, c + k])
    return replace(model, method="2SLS", Z=(model.Z @ pi)[:, None])

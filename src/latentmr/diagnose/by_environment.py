"""Effect in each environment by a score that is fitted in the other environments, on arrays or on moments."""

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
from latentmr.results.printing import ShortRepr, counted, shown
from latentmr.typing import ArrayLike, Codes

__all__ = ["EnvironmentEffects", "LeftOut", "effects_by_environment", "effects_from_moments"]


#: Minimum first-stage F of the score: with a weaker score an environment's ratio is uninformative and left out.
LEAST_F = 4.0
#: Maximum number of environments that are printed.
LINES = 20


@dataclass(frozen=True, repr=False)
class LeftOut(ShortRepr, FormerDict):
    """An environment that is left out of the comparison.

    Parameters
    ----------
    environment : str
        Name of the environment.
    n : int
        Number of individuals.
    f_statistic : float or None
        First-stage F of the score; None if it was not computed.
    reason : str
        Why the environment is left out.
    """

    environment: str
    n: int
    f_statistic: float | None
    reason: str


@dataclass(frozen=True, repr=False)
class EnvironmentEffects(ShortRepr):
    """Effects by environment, and a test of whether they differ.

    Parameters
    ----------
    effects : tuple of EnvironmentEffect
        Effects in the environments that are compared.
    partial_r2 : tuple of float
        Share of the exposure's variance in each of them that the score explains, given the covariates.
    left_out : tuple of LeftOut
        Environments that are left out.
    pooled, pooled_se : float or None
        Inverse-variance mean of the effects and its standard error; None if there is no effect.
    test : TestResult
        Cochran's Q, whose effect size is I2.
    """

    effects: tuple[EnvironmentEffect, ...]
    partial_r2: tuple[float, ...]
    left_out: tuple[LeftOut, ...]
    pooled: float | None
    pooled_se: float | None
    test: TestResult

    def __repr__(self) -> str:
        heading = (
            f"EnvironmentEffects: {counted(len(self.effects), 'environment')} compared, {len(self.left_out)} left out"
        )
        if self.pooled is not None and self.pooled_se is not None:
            heading += f"; pooled effect {self.pooled:.4g} (standard error {self.pooled_se:.4g})"
        p_value = "" if self.test.p_value is None else f", p = {self.test.p_value:.2g}"
        lines = [f"  {each.name}: effect {each.beta:.4g} (standard error {each.se:.4g})" for each in self.effects]
        if len(lines) > LINES:
            lines = [*lines[:LINES], f"  and {len(lines) - LINES} more"]
        return "\n".join(
            [heading, *lines, f"  heterogeneity [{self.test.verdict}]: I2 {shown(self.test.effect)}{p_value}"]
        )


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
    """Estimate the effect in each environment, and test that it is the same in all.

    The null is that the effect is the same in all environments. In each environment the only instrument is the score
    ``z' pi``, with ``pi`` the first stage fitted in all other environments, given ``C`` and an intercept for each. The
    effect is ``s'y / s'x`` given the environment's own regressors. Because ``pi`` does not depend on the environment's
    own errors, the ratio has no many-instrument bias.

    The statistic is Cochran's Q with weights at the common effect. It is chi2(E - 1), because the environments depend
    on each other through ``pi`` only in the second order. Environments are left out and named if the score has a robust
    ``F < 4``, or if there are fewer than 20 degrees of freedom.

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
        Exogenous regressors. Each environment always has its own intercept, and its own coefficients in the ratio.
    se : str, optional
        ``homoskedastic``, ``HC0``, ``HC1`` or ``cluster``; the default is HC1, or ``cluster`` if ``cluster`` is given.
    cluster : array of dimension (n,) or (n, 2), optional
        Cluster labels in one column, or in two columns for two-way clustering.
    alpha : float
        Significance level of the confidence sets and of the test.

    Returns
    -------
    EnvironmentEffects

    Raises
    ------
    ValueError
        If an argument has the wrong shape or is not finite, if there are several exposures, or if there is one
        environment.

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
    """Compute :func:`effects_by_environment` from the moments of each environment and one pass over its rows.

    Parameters
    ----------
    moments : mapping of str to Moments
        Moments of one design in each environment, about that environment's own means.
    blocks : mapping of str to Blocks
        Rows of each environment.
    model : Model
        A model whose maps refer to the columns of the design. Its method does not matter.
    se_type : str
        As in :func:`~latentmr.iv.covariance.spreads`.
    clusters : mapping of str to np.ndarray, optional
        Codes 0, 1, ... of the rows of each environment.
    alpha : float
        Significance level of the confidence sets.
    level : float, optional
        Level below which the p-value gives a warning. The default is ``alpha``.

    Returns
    -------
    EnvironmentEffects

    Raises
    ------
    ValueError
        If there are several exposures or one environment, or if ``alpha`` is outside (0, 1).

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
                ""
                if f is not None and f >= LEAST_F
                else f"the first-stage F of the score must be at least {LEAST_F:g}. Got {f or 0:.1f}."
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
    few = f"the score is sufficiently strong in only {len(scores)} of {len(moments)} environments: nothing to compare"
    test = heterogeneity(scores, alpha if level is None else level, few)
    if left_out and len(scores) > 1:
        test = replace(test, reason=f"{test.reason}; {len(left_out)} of {len(moments)} environments are left out")
    effects = tuple(environment_effect(score, alpha) for score in scores)
    precision = np.array([effect.se**-2.0 if effect.se > 0 else 0.0 for effect in effects])
    if not precision.sum() > 0:
        return EnvironmentEffects(effects, tuple(shares), tuple(left_out), None, None, test)
    pooled = float(precision @ [effect.beta for effect in effects] / precision.sum())
    return EnvironmentEffects(effects, tuple(shares), tuple(left_out), pooled, float(precision.sum() ** -0.5), test)


def _scored(model: Model, moments: Mapping[str, Moments], name: str) -> Model:
    """Return the model whose only instrument is the score from the first stage of the other environments."""
    others = np.asarray(sum(found.S for other, found in moments.items() if other != name))
    c, k = model.C.shape[1], model.Z.shape[1]
    maps = np.column_stack([model.C, model.Z, model.X])
    S = maps.T @ others @ maps
    swept, _ = partial_out(S, slice(0, c))
    instruments = slice(c, c + k)
    root = symmetric_root(swept[instruments, instruments], np.diag(S)[instruments])
    pi = root @ (root.T @ swept[instruments, c + k])
    return replace(model, method="2SLS", Z=(model.Z @ pi)[:, None])

"""Strength of the first stage: F, robust F, partial R2, conditional F of several exposures."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2
from scipy.stats import f as f_distribution

from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem, problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.array_calls import on_arrays
from latentmr.iv.specification.stage import WEAK_F, FirstStage, f_statistic, first_stage, unidentified
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import TestResult
from latentmr.typing import Array, ArrayLike

__all__ = ["conditional_f", "first_stage_f", "partial_r2", "shea_partial_r2"]


def _first_stage_f(
    posed: Problem | Fit, reduced: ReducedForm | None = None, *, robust: bool = True
) -> tuple[TestResult, ...]:
    stage = first_stage(posed, reduced)
    fit = stage.fit
    null = "the instruments are not associated with the exposure"
    out = []
    for j, name in enumerate(stage.names("first_stage_f")):
        if stage.reduced is None:
            out.append(TestResult(name, null, "not applicable", "there are no instruments"))
            continue
        statistic = f_statistic(fit, j, stage.reduced.first[j, j] if robust else None)
        if statistic is None:
            reason = (
                f"the covariance of {fit.k} first-stage coefficients has no inverse: too few clusters or individuals"
            )
            out.append(TestResult(name, null, "not applicable", reason))
            continue
        kind = stage.reduced.se_type if robust else "homoskedastic"
        distribution, p_value = _reference(statistic, fit.k, fit.df, stage.clusters, kind)
        share = float(stage.within[j, j] / stage.total[j, j])
        weak = statistic < WEAK_F
        reason = f"the {kind} F is {statistic:.1f}, the partial R2 {share:.2g}"
        reason += ": the instruments are weak" if weak else ""
        verdict = "warn" if weak else "pass"
        out.append(TestResult(name, null, verdict, reason, statistic, distribution, p_value, share))
    return tuple(out)


@on_arrays(_first_stage_f)
def first_stage_f(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    robust: bool = True,
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> tuple[TestResult, ...]:
    """Test the instruments in the first stage of each exposure by their F.

    The null is that the instruments are not associated with the exposure given the covariates. The statistic is ``pi'
    V^-1 pi / k``, with ``V`` the covariance of the first-stage coefficients under the model's type of errors (HC0, HC1
    or clustered). Under homoskedastic errors it is ``(x' P x / k) / (x' M x / df)``, ``df = n - k - c - 1``. The
    reference distribution is ``F(k, df)``, with clusters ``F(k, g - 1)``, or chi2(k) / k if their number is not known.
    With several exposures each F may be large although no effect is identified: see :func:`conditional_f`.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    robust : bool
        Whether to use the model's type of errors, or homoskedastic errors.

    Returns
    -------
    tuple of TestResult
        One for each exposure. The effect size is the partial R2. The test is ``not applicable`` if the covariance has
        no inverse, for example with fewer clusters than instruments. The verdict is ``warn`` if F is below 10 (Staiger
        and Stock, 1997).

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 2)), rng.normal(size=500)
    >>> x = Z @ [1.0, 1.0] + u
    >>> (found,) = first_stage_f(Z, x, 0.5 * x + u)
    >>> found.verdict, found.df
    ('pass', 'F(2, 497)')
    """
    return _first_stage_f(problem(Z, x, y, C, se=se, cluster=cluster), robust=robust)


def _reference(statistic: float, k: int, df: int, clusters: int | None, kind: str) -> tuple[str, float]:
    if kind == "cluster" and clusters is None:
        return f"chi2({k}) / {k}", float(chi2.sf(k * statistic, k))
    rest = clusters - 1 if kind == "cluster" and clusters is not None else df
    return f"F({k}, {rest})", float(f_distribution.sf(statistic, k, rest))


def _partial_r2(posed: Problem | Fit) -> Array:
    stage = first_stage(posed.fit if isinstance(posed, Problem) else posed)
    return np.asarray(np.diag(stage.within) / np.diag(stage.total))


@on_arrays(_partial_r2)
def partial_r2(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> Array:
    """Return the share of each exposure's variance given the covariates that the instruments explain.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.

    Returns
    -------
    np.ndarray of dimension (m,)

    Examples
    --------
    >>> import numpy as np
    >>> z = np.array([0.0, 0.0, 1.0, 1.0])
    >>> partial_r2(z, z + [0.0, 1.0, 0.0, 1.0], z + [0.0, 1.0, 1.0, 0.0])
    array([0.5])
    """
    return _partial_r2(problem(Z, x, y, C, se=se, cluster=cluster))


def _shea_partial_r2(posed: Problem | Fit) -> Array:
    stage = first_stage(posed.fit if isinstance(posed, Problem) else posed)
    unit = 1 / np.sqrt(np.diag(stage.total))
    within = stage.within * np.outer(unit, unit)
    if np.linalg.eigvalsh(within)[0] <= np.finfo(float).eps * stage.m:
        return np.zeros(stage.m)
    return np.asarray(np.diag(np.linalg.inv(stage.total * np.outer(unit, unit))) / np.diag(np.linalg.inv(within)))


@on_arrays(_shea_partial_r2)
def shea_partial_r2(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> Array:
    """Return Shea's partial R2 of each of several exposures (Shea, 1997; Godfrey, 1999).

    It allows for the fact that the other exposures need instruments too: ``[(X'X)^-1]_jj / [(X'P X)^-1]_jj``, with
    ``X`` given the covariates. With one exposure it is the partial R2.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.

    Returns
    -------
    np.ndarray of dimension (m,)
        0 if the instruments do not identify all effects.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z = rng.normal(size=(500, 2))
    >>> shea_partial_r2(Z, Z + 0.1 * rng.normal(size=(500, 2)), rng.normal(size=500)).round(1)
    array([1., 1.])
    """
    return _shea_partial_r2(problem(Z, x, y, C, se=se, cluster=cluster))


def _conditional_f(posed: Problem | Fit) -> tuple[TestResult, ...]:
    stage = first_stage(posed.fit if isinstance(posed, Problem) else posed)
    names = posed.model.exposures if isinstance(posed, Problem) else stage.exposures
    stage = FirstStage(stage.fit, stage.reduced, names)
    k, m, df = stage.fit.k, stage.m, stage.fit.df
    null = "the instruments are not associated with the part of this exposure that the other exposures do not explain"
    if k < m:
        reason = unidentified(k, m)
        return tuple(TestResult(name, null, "not applicable", reason) for name in stage.names("conditional_f"))
    shares = shea_partial_r2(stage.fit)
    out = []
    for j, name in enumerate(stage.names("conditional_f")):
        others = [i for i in range(m) if i != j]
        w = np.zeros(m)
        w[j] = 1.0
        w[others] = -np.linalg.lstsq(stage.within[np.ix_(others, others)], stage.within[others, j], rcond=None)[0]
        inside, all_ = float(w @ stage.within @ w), float(w @ stage.total @ w)
        left = all_ - inside
        statistic = inside / (k - m + 1) / (left / df) if left > RANK_TOLERANCE * all_ else float("inf")
        weak = statistic < WEAK_F
        reason = f"the conditional F is {statistic:.1f}" + (
            ": the instruments are weak for this exposure given the others" if weak else ""
        )
        p_value = float(f_distribution.sf(statistic, k - m + 1, df))
        verdict, distribution = "warn" if weak else "pass", f"F({k - m + 1}, {df})"
        out.append(TestResult(name, null, verdict, reason, statistic, distribution, p_value, float(shares[j])))
    return tuple(out)


@on_arrays(_conditional_f)
def conditional_f(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> tuple[TestResult, ...]:
    """Test the strength of the instruments for each of several exposures by the conditional F.

    It allows for the fact that the other exposures need instruments too. The null is that the instruments are not
    associated with ``x_j - X_-j delta``, the part of this exposure that the other exposures do not explain. With
    ``delta`` by 2SLS and its residual ``u``, the statistic is ``(u' P u / (k - m + 1)) / (u' M u / (n - k - c - 1))``
    (Sanderson and Windmeijer, 2016). It is F(k - m + 1, n - k - c - 1) under homoskedastic errors. With one exposure it
    is F.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.

    Returns
    -------
    tuple of TestResult
        One for each exposure. The effect size is Shea's partial R2. The verdict is ``warn`` if F is below 10, and ``not
        applicable`` with fewer instruments than exposures.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=(500, 2))
    >>> X = Z[:, [0, 0]] + u  # one instrument moves both: their effects cannot be told apart
    >>> [found.verdict for found in conditional_f(Z, X, rng.normal(size=500))]
    ['warn', 'warn']
    """
    return _conditional_f(problem(Z, x, y, C, se=se, cluster=cluster))

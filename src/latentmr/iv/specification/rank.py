"""Tests of the rank of the first stage: whether the effects of several exposures are all identified."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh
from scipy.stats import chi2

from latentmr.errors import ArgumentError
from latentmr.iv.kclass import Fit
from latentmr.iv.problem import Problem, problem
from latentmr.iv.reduced_form import ReducedForm
from latentmr.iv.specification.array_calls import on_arrays
from latentmr.iv.specification.stage import WEAK_F, FirstStage, first_stage, unidentified, wald
from latentmr.linalg import RANK_TOLERANCE
from latentmr.results.objects import TestResult
from latentmr.typing import Array, ArrayLike

__all__ = ["cragg_donald", "kleibergen_paap"]


NULL = "the instruments are not associated with some combination of the exposures"


def _cragg_donald(posed: Problem | Fit, *, form: str = "wald") -> TestResult:
    _known(form)
    stage = first_stage(posed.fit if isinstance(posed, Problem) else posed)
    refusal = _refusal("cragg_donald", stage)
    if refusal is not None:
        return refusal
    r = float(_canonical(stage)[0][0])
    if form == "lm":
        statistic = stage.n * r
    else:
        statistic = stage.fit.df * r / (1 - r) if 1 - r > RANK_TOLERANCE else float("inf")
    return _result("cragg_donald", statistic, stage, "homoskedastic errors")


@on_arrays(_cragg_donald)
def cragg_donald(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    form: str = "wald",
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> TestResult:
    """Test the rank of the first stage under homoskedastic errors.

    The null is that the first-stage coefficients have rank ``m - 1``. The statistic is ``(n - k - c - 1) r / (1 - r)``
    (Cragg and Donald, 1993) or ``n r`` (Anderson, 1951), with ``r`` the smallest squared canonical correlation of
    instruments and exposures given the covariates. It is chi2(k - m + 1) in large samples.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    form : str
        ``wald`` (Cragg and Donald) or ``lm`` (Anderson).

    Returns
    -------
    TestResult
        The effect size is the statistic over the number of instruments, which is the minimum eigenvalue statistic of
        the tables of Stock and Yogo (2005). With one exposure it is F. The verdict is ``warn`` if it is below 10, and
        ``not applicable`` with fewer instruments than exposures.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if the form is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=(500, 2))
    >>> cragg_donald(Z, Z[:, :2] + u, u[:, 0]).verdict
    'pass'
    >>> cragg_donald(Z, Z[:, [0, 0]] + u, u[:, 0]).verdict
    'warn'
    """
    return _cragg_donald(problem(Z, x, y, C, se=se, cluster=cluster), form=form)


def _kleibergen_paap(posed: Problem | Fit, reduced: ReducedForm | None = None, *, form: str = "wald") -> TestResult:
    _known(form)
    stage = first_stage(posed, reduced)
    refusal = _refusal("kleibergen_paap", stage)
    if refusal is not None or stage.reduced is None:
        return refusal or TestResult("kleibergen_paap", NULL, "not applicable", "there are no instruments")
    values, w = _canonical(stage)
    m = stage.m
    if form == "lm" and stage.reduced.se_type == "homoskedastic":
        # the variance of the exposures replaces that of the residuals
        return _result("kleibergen_paap", stage.n * float(values[0]), stage, "homoskedastic errors")
    pi = stage.fit.cross[:, :m]
    # complement of the instruments' directions of the m - 1 best combinations of the exposures
    left = np.linalg.svd(pi @ w[:, 1:], full_matrices=True)[0] if m > 1 else np.eye(stage.fit.k)
    A = left[:, m - 1 :]
    covariances = stage.reduced.first if form == "wald" else stage.reduced.moment[:m, :m]
    V = A.T @ np.einsum("j,l,jlab->ab", w[:, 0], w[:, 0], covariances) @ A
    explained = 1 - float(values[0]) <= RANK_TOLERANCE
    statistic = wald(A.T @ pi @ w[:, 0], np.zeros_like(V) if explained and form == "wald" else V)
    if statistic is None:
        reason = "the covariance of the first stage has no inverse: there are too few clusters or individuals"
        return TestResult("kleibergen_paap", NULL, "not applicable", reason)
    return _result("kleibergen_paap", statistic, stage, f"{stage.reduced.se_type} errors")


@on_arrays(_kleibergen_paap)
def kleibergen_paap(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    form: str = "wald",
    se: str | None = None,
    cluster: ArrayLike | None = None,
) -> TestResult:
    """Test the rank of the first stage with the model's type of robust errors (Kleibergen and Paap, 2006).

    The null is that the first-stage coefficients ``Pi`` have rank ``m - 1``, with instruments and exposures each
    orthonormalised. Let ``w`` be the singular vector of ``Pi`` on the side of the exposures with the smallest singular
    value. Let ``A`` be the singular vectors on the side of the instruments that do not belong to the ``m - 1`` largest
    singular values. The statistic is ``l' V^-1 l`` for ``l = A' Pi w``, with ``V`` its covariance. It is
    chi2(k - m + 1) in large samples. In the Wald form ``V`` uses first-stage residuals. In the Lagrange multiplier form
    it uses the exposures themselves, as under ``Pi = 0``.

    Parameters
    ----------
    Z, x, y, C, se, cluster :
        As in :func:`~latentmr.iv.tsls`, or one :func:`~latentmr.iv.problem` in place of all of them.
    form : str
        ``wald`` or ``lm``.

    Returns
    -------
    TestResult
        The effect size is the statistic over the number of instruments, the rk F. It is the robust F with one exposure,
        and the statistic of Cragg and Donald under homoskedastic errors. The verdict is ``warn`` if it is below 10, and
        ``not applicable`` with fewer instruments than exposures, or if ``V`` has no inverse.

    Raises
    ------
    ValueError
        As for :func:`~latentmr.iv.tsls`, or if the form is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u = rng.normal(size=(500, 3)), rng.normal(size=(500, 2))
    >>> kleibergen_paap(Z, Z[:, :2] + u, u[:, 0]).df
    'chi2(2)'
    """
    return _kleibergen_paap(problem(Z, x, y, C, se=se, cluster=cluster), form=form)


def _known(form: str) -> None:
    if form not in ("wald", "lm"):
        raise ArgumentError("form", "be wald or lm", f"{form!r}", "choose one of these")


def _refusal(name: str, stage: FirstStage) -> TestResult | None:
    k, m = stage.fit.k, stage.m
    if k >= m:
        return None
    return TestResult(name, NULL, "not applicable", unidentified(k, m))


def _canonical(stage: FirstStage) -> tuple[Array, Array]:
    """Return squared canonical correlations in increasing order, with their combinations of the exposures."""
    unit = 1 / np.sqrt(np.diag(stage.total))
    scale = np.outer(unit, unit)
    values, vectors = eigh(stage.within * scale, stage.total * scale)
    return np.clip(values, 0.0, 1.0), unit[:, None] * vectors


def _result(name: str, statistic: float, stage: FirstStage, condition: str) -> TestResult:
    k, degrees = stage.fit.k, stage.fit.k - stage.m + 1
    scaled = statistic / k
    weak = scaled < WEAK_F
    return TestResult(
        name=name,
        null=NULL,
        verdict="warn" if weak else "pass",
        reason=f"F is {scaled:.1f} under {condition}" + (": the instruments are weak" if weak else ""),
        statistic=statistic,
        df=f"chi2({degrees})",
        p_value=float(chi2.sf(statistic, degrees)),
        effect=scaled,
    )

"""MR-Lasso: two-sample MR with a lasso penalty on pleiotropic effects."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import check_associations
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["Lasso", "lasso"]

#: Number and range of penalties on the path. The path ends when the residuals hardly decrease, or vanish.
PATH, RANGE = 100, 1e-4
LEAST_GAIN, LEAST_STEPS, MOST_EXPLAINED = 1e-5, 5, 0.999
#: Significance level of the heterogeneity stopping rule.
HETEROGENEITY = 0.05


@dataclass(frozen=True, kw_only=True, repr=False)
class Lasso(Details):
    """Details of MR-Lasso.

    Parameters
    ----------
    penalty : float
    penalised : float
        Effect in the lasso fit itself.
    n_valid : int
    valid : np.ndarray of bool of dimension (p,)
    pleiotropy : np.ndarray of dimension (p,)
        Pleiotropic effects, for the allele that raises the exposure.
    """

    penalty: float
    penalised: float
    n_valid: int
    valid: Mask
    pleiotropy: Array


def lasso(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    penalty: float | None = None,
    distribution: str = "normal",
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the IVW effect of the variants that a lasso selects as valid.

    The estimate is consistent if more than half of the variants are valid.

    Each variant has a pleiotropic effect :math:`a_j` in addition to the common effect, and
    :math:`\sum (b_{yj} - \theta b_{xj} - a_j)^2 / (2 p s_{yj}^2) + \lambda \sum c_j |a_j|` is minimised. Variants with
    :math:`a_j = 0` are valid, and IVW is applied to them. The scale :math:`c_j` is that of glmnet, as in
    ``MendelianRandomization::mr_lasso``, but the minimum is computed exactly. Standard errors do not account for the
    selection. The method does not remove confounding of the variants with the outcome if most of them are confounded.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least three variants. ``sx`` is not used.
    penalty : float, optional
        :math:`\lambda`. By default it is chosen by the heterogeneity stopping rule: the penalty increases until the
        next valid variant would raise their dispersion by more than chance.
    distribution : str
        ``normal``, or ``t`` with degrees of freedom equal to the number of valid variants minus one.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate whose standard error is multiplied by the dispersion of the valid variants if that is above 1, with
        details of class :class:`Lasso`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the penalty leaves fewer than two valid variants.

    References
    ----------
    Rees, Wood, Dudbridge & Burgess (2019) PLoS ONE 14:e0222362. Windmeijer, Farbmacher, Davies & Davey Smith (2019)
    JASA 114:1339.

    Examples
    --------
    >>> found = lasso([0.1, 0.2, 0.3, 0.4], [0.05, 0.1, 0.15, 0.5], [0.01] * 4, [0.02] * 4)
    >>> print(round(found.beta, 3), found.details.valid)
    0.5 [ True  True  True False]
    """
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    if penalty is not None and not (np.isfinite(penalty) and penalty > 0):
        raise ArgumentError(
            "penalty", "be positive", f"{penalty:g}", "leave it out for the heterogeneity stopping rule"
        )
    data = check_associations(bx, by, sx, sy, fewest=3)
    if not data.bx.any():
        raise ArgumentError("bx", "not be all zero", "zeros only", "take other variants")
    problem = _problem(np.abs(data.bx), np.where(data.bx < 0, -1.0, 1.0) * data.by, data.sy)
    chosen = _stopping_rule(problem) if penalty is None else penalty
    effect, pleiotropy = problem.solve(chosen)
    valid = pleiotropy == 0
    count = int(valid.sum())
    if count < 2:
        raise ArgumentError(
            "penalty", "leave at least two valid variants", f"{count} at {chosen:g}", "give a larger one"
        )
    beta, se, dispersion = problem.weighted(valid)
    return wald_estimate(
        "MR-Lasso",
        beta,
        max(dispersion, 1.0) * se,
        len(valid),
        df=count - 1 if distribution == "t" else np.inf,
        alpha=alpha,
        details=Lasso(penalty=chosen, penalised=effect, n_valid=count, valid=valid, pleiotropy=pleiotropy),
    )


@dataclass(frozen=True)
class _Problem:
    """Standardised effects ``x`` and ``z``, their standard errors, and the scales of the penalties."""

    x: Array
    z: Array
    se: Array
    scale: Array

    def solve(self, penalty: float) -> tuple[float, Array]:
        """Return the common effect and pleiotropic effects.

        With pleiotropic effects profiled out, the criterion is Huber's loss with a threshold for each variant.
        """
        bend = len(self.x) * penalty * self.scale
        use = self.x > 0
        x, z, k = self.x[use], self.z[use], bend[use]
        # the derivative of the loss is piecewise linear in the effect, with knots at the thresholds
        ends = np.concatenate([(z - k) / x, (z + k) / x])
        order = np.argsort(ends, kind="stable")
        curvature = np.cumsum(np.concatenate([x**2, -(x**2)])[order])
        # the derivative at a knot: residuals beyond their thresholds contribute these
        start = -(k * x).sum()
        slope = start + np.concatenate([[0.0], np.cumsum(curvature[:-1] * np.diff(ends[order]))])
        place = max(int(np.searchsorted(np.maximum.accumulate(slope), 0.0, side="left")), 1) - 1
        effect = float(ends[order][place])
        if curvature[place] > 0:
            effect -= float(slope[place] / curvature[place])
        residuals = self.z - effect * self.x
        # a residual that exceeds its threshold by rounding alone does not exceed it
        beyond = np.abs(residuals) - bend
        beyond[beyond <= 1e-12 * np.abs(residuals)] = 0.0
        return effect, np.sign(residuals) * np.maximum(beyond, 0.0) * self.se

    def weighted(self, valid: Mask) -> tuple[float, float, float]:
        """Return the IVW effect, its error and the dispersion of selected variants."""
        x, z = self.x[valid], self.z[valid]
        total = float(x @ x)
        if total == 0:
            return 0.0, np.inf, 0.0
        beta = float(x @ z) / total
        residuals = z - beta * x
        df = len(x) - 1
        return beta, total**-0.5, float(np.sqrt(residuals @ residuals / df)) if df > 0 else 0.0


def _problem(bx: Array, by: Array, sy: Array) -> _Problem:
    x, z, p = bx / sy, by / sy, len(bx)
    # standard deviation of each column of the design orthogonal to the common effect, as in glmnet
    share = x / (x @ x)
    squares = (1 - x * share) / p
    means = (1 - share * x.sum()) / p
    return _Problem(x, z, sy, np.sqrt(np.maximum(squares - means**2, 0.0)))


def _path(problem: _Problem) -> list[tuple[float, Array]]:
    """Return penalties and pleiotropic effects from strong to weak, with the stopping rule of glmnet."""
    x, z, p = problem.x, problem.z, len(problem.x)
    total = problem.z - x * float(x @ z) / float(x @ x)
    null = float(total @ total)
    with_scale = problem.scale > 0
    if null == 0 or not with_scale.any():
        return [(1.0, np.zeros(p))]
    largest = float((np.abs(total[with_scale]) / problem.scale[with_scale]).max()) / p
    path: list[tuple[float, Array]] = []
    before = 0.0
    for i, penalty in enumerate(largest * RANGE ** (np.arange(PATH) / (PATH - 1))):
        effect, pleiotropy = problem.solve(float(penalty))
        path.append((float(penalty), pleiotropy))
        residuals = z - effect * x - pleiotropy / problem.se
        explained = 1 - float(residuals @ residuals) / null
        if explained > MOST_EXPLAINED or (i + 1 >= LEAST_STEPS and explained - before < LEAST_GAIN * explained):
            break
        before = explained
    return path


def _stopping_rule(problem: _Problem) -> float:
    path = _path(problem)[::-1]
    valid = [pleiotropy == 0 for _, pleiotropy in path]
    counts = np.array([each.sum() for each in valid])
    dispersion = np.array([problem.weighted(each)[2] for each in valid])
    limit = stats.chi2.isf(HETEROGENEITY, 1) / np.maximum(counts[1:], 1)
    ends = np.flatnonzero((dispersion[1:] > 1) & (np.diff(dispersion) > limit))
    place = int(ends[0]) if len(ends) else len(path) - 1
    # at least two valid variants, for IVW
    return path[max(place, int(np.argmax(counts > 1)))][0]

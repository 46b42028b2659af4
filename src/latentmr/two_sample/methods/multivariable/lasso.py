"""Multivariable MR-Lasso: IVW without the variants to which a lasso assigns pleiotropic effects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Details
from latentmr.two_sample.methods.associations import coded_to_raise
from latentmr.two_sample.methods.multivariable.several_associations import check_several, wald_of_several
from latentmr.two_sample.methods.regression import regress
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["SeveralLasso", "lasso"]

#: Number of penalties on the path, and ratio of the smallest to the largest, as in glmnet.
STEPS, LEAST = 100, 1e-4
#: Significance level of the heterogeneity stopping rule.
RISE = 0.05
MOST_ROUNDS = 500


@dataclass(frozen=True, kw_only=True, repr=False)
class SeveralLasso(Details):
    """Details of multivariable MR-Lasso.

    Parameters
    ----------
    penalty : float
    n_valid : int
    dispersion : float
        Residual standard error of the kept variants; it multiplies the standard errors if it is above 1.
    penalised : float
        Effect in the lasso fit itself, which is biased towards IVW.
    valid : np.ndarray of bool of dimension (p,)
    own_effect : np.ndarray of dimension (p,)
        Penalised pleiotropic effect of each variant on the outcome.
    """

    penalty: float
    n_valid: int
    dispersion: float
    penalised: float
    valid: Mask
    own_effect: Array


def lasso(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    penalty: float | None = None,
    orient: int = 0,
    distribution: str = "normal",
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    r"""Estimate direct effects by IVW of the variants that a lasso keeps.

    Each variant has a pleiotropic effect on the outcome, and the sum of their absolute values is penalised. This is a
    regression with Huber's loss, whose thresholds follow from the penalty, and it is solved exactly.
    ``MendelianRandomization::mr_mvlasso`` calls glmnet, which stops at a tolerance, so its penalised effects may differ
    in the third digit. By default the penalty is chosen by the heterogeneity stopping rule: it is the smallest on a
    path of 100 at which the next would raise the residual standard error of the kept variants above 1 by more than
    chance. The estimates are consistent if there are few invalid variants. Standard errors do not account for the
    selection of variants. The method does not remove confounding of the variants with the outcome.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors, which are checked but not used.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors.
    names : sequence of str, optional
        Names of the exposures.
    penalty : float, optional
        Glmnet's ``lambda`` on the scale of ``by / sy``. By default it is chosen by the stopping rule.
    orient : int
        Position of the exposure that every variant is coded to raise. The penalties depend on it through glmnet's
        standardisation.
    distribution : str
        ``normal`` or ``t``.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure, with details of class :class:`SeveralLasso`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the penalty keeps too few variants.

    References
    ----------
    Grant & Burgess (2021) Stat Med 40:5813. Rees, Wood, Dudbridge & Burgess (2019) PLoS One 14:e0222362.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05], [0.2, -0.1], [0.1, 0.1]]
    >>> by = [0.05, 0.08, -0.02, 0.07, 0.14, 0.11, 0.9]
    >>> found = lasso(BX, by, [[0.01, 0.01]] * 7, [0.02] * 7)
    >>> [round(each.beta, 1) for each in found], found[0].details.n_valid
    ([0.5, -0.2], 6)
    """
    if distribution not in ("normal", "t"):
        raise ArgumentError("distribution", "be normal or t", f"{distribution!r}", "normal is usual")
    if penalty is not None and not 0 < penalty < np.inf:
        raise ArgumentError("penalty", "be positive", f"{penalty:g}", "leave it out for the stopping rule")
    data = check_several(BX, by, SX, sy, names=names)
    if not 0 <= orient < data.m:
        raise ArgumentError(
            "orient", f"be the position of an exposure, 0 to {data.m - 1}", f"{orient}", "0 is the first"
        )
    sign = coded_to_raise(data.BX[:, orient], f"BX[:, {orient}]")
    X, z = data.BX * (sign / data.sy)[:, None], data.by * sign / data.sy
    unit = _thresholds(X)
    level, chosen = _chosen(X, z, unit) if penalty is None else (penalty, _penalised(X, z, penalty * unit))
    kept = int(chosen.valid.sum())
    if kept <= data.m:
        raise ArgumentError(
            "penalty", "keep more variants than there are exposures", f"{level:g}, which keeps {kept}", "raise it"
        )
    fit = regress(X[chosen.valid], z[chosen.valid], np.ones(kept), None)
    return wald_of_several(
        "multivariable MR-Lasso",
        data,
        fit.coefficients,
        max(fit.dispersion, 1.0) * fit.se,
        df=fit.df if distribution == "t" else np.inf,
        alpha=alpha,
        details=[
            SeveralLasso(
                penalty=float(level),
                n_valid=kept,
                dispersion=fit.dispersion,
                penalised=float(beta),
                valid=chosen.valid,
                own_effect=sign * data.sy * chosen.own,
            )
            for beta in chosen.beta
        ],
    )


@dataclass(frozen=True)
class _Penalised:
    """Effects ``beta`` [m], and pleiotropic effects ``own`` [p] in units of their standard errors."""

    beta: Array
    own: Array

    @property
    def valid(self) -> Mask:
        return np.asarray(self.own == 0)


def _thresholds(X: Array) -> Array:
    """Return the threshold of each variant at a penalty of 1; glmnet scales columns to unit variance.

    The columns are those of the projection orthogonal to ``X``. A variant that alone identifies an effect has no
    residual, and no pleiotropic effect.
    """
    basis, p = np.linalg.qr(X)[0], len(X)
    square = (1 - (basis**2).sum(axis=1)) / p
    mean = (1 - basis @ basis.sum(axis=0)) / p
    variance = square - mean**2
    return np.where(variance > 1e-12 / p, p * np.sqrt(np.maximum(variance, 0)), np.inf)


def _penalised(X: Array, z: Array, thresholds: Array, start: Array | None = None) -> _Penalised:
    """Minimise half the squared residuals plus ``thresholds`` times the absolute pleiotropic effects.

    Given the set of nonzero pleiotropic effects the minimum solves a linear equation. If such a step does not lower the
    criterion, a step of alternating minimisation is taken.
    """
    root = np.linalg.pinv(X)
    beta = root @ z if start is None else start
    value = _loss(z - X @ beta, thresholds)
    for _ in range(MOST_ROUNDS):
        r = z - X @ beta
        own = np.sign(r) * np.maximum(np.abs(r) - thresholds, 0)
        kept = own == 0
        gram = X[kept].T @ X[kept]
        ahead = beta
        if kept.sum() >= X.shape[1] and np.linalg.cond(gram) < 1e12:
            pull = X[~kept].T @ (np.sign(r) * np.where(kept, 0, thresholds))[~kept]
            ahead = np.linalg.solve(gram, X[kept].T @ z[kept] + pull)
        reached = _loss(z - X @ ahead, thresholds)
        if reached >= value:
            ahead = root @ (z - own)
            reached = _loss(z - X @ ahead, thresholds)
        if reached >= value * (1 - 1e-15):
            break
        beta, value = ahead, reached
    r = z - X @ beta
    return _Penalised(beta, np.sign(r) * np.maximum(np.abs(r) - thresholds, 0))


def _loss(r: Array, thresholds: Array) -> float:
    size = np.abs(r)
    inside = np.minimum(size, thresholds)
    return float((inside * (size - inside / 2)).sum())


def _chosen(X: Array, z: Array, unit: Array) -> tuple[float, _Penalised]:
    """Apply the heterogeneity stopping rule to the path from the smallest penalty that keeps all variants."""
    residuals = z - X @ (np.linalg.pinv(X) @ z)
    greatest = float((np.abs(residuals) / unit).max())
    if greatest <= 1e-12 * np.abs(z).max():
        return greatest, _penalised(X, z, np.full(len(z), np.inf))
    path = greatest * LEAST ** (np.arange(STEPS) / (STEPS - 1))
    found, errors, kept = [_Penalised(np.linalg.pinv(X) @ z, np.zeros(len(z)))], [], []
    for penalty in path[1:]:
        found.append(_penalised(X, z, penalty * unit, found[-1].beta))
    for each in found:
        own, df = X[each.valid], int(each.valid.sum()) - X.shape[1]
        kept.append(df + X.shape[1])
        full = df > 0 and np.linalg.matrix_rank(own) == X.shape[1]
        left = z[each.valid] - own @ np.linalg.lstsq(own, z[each.valid], rcond=None)[0] if full else np.full(1, np.inf)
        errors.append(float(np.sqrt(left @ left / df)) if full else np.inf)
    bound = stats.chi2.isf(RISE, 1)
    for k in range(STEPS - 1, 0, -1):
        if np.isfinite(errors[k]) and errors[k - 1] > 1 and errors[k - 1] - errors[k] > bound / kept[k - 1]:
            return float(path[k]), found[k]
    return float(path[0]), found[0]

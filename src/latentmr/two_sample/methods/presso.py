"""MR-PRESSO: global test of pleiotropy, outlier test and distortion test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import check_associations, order_for_draws
from latentmr.two_sample.methods.presso_draws import count_above, count_distorted
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["P_VALUES", "Presso", "presso", "presso_several"]

#: ``above_zero``: p values from observed and simulated statistics together, so never 0. ``share``: from the simulated
#: statistics alone.
P_VALUES = ("above_zero", "share")


@dataclass(frozen=True, kw_only=True, repr=False)
class Presso(Details):
    """Details of MR-PRESSO.

    Parameters
    ----------
    raw, raw_se, raw_p_value : float
        Effect of all variants.
    dispersed_se, raw_dispersed_se : float
        Standard errors of both effects multiplied by the dispersion even if that is below 1, as MRPRESSO prints them.
    global_statistic, global_p_value, global_p_value_mc_se : float
        Global test (null: no variant is pleiotropic), and the Monte Carlo error of its p value.
    n_outliers, draws : int
        Number of outliers, and of simulations.
    distortion, distortion_p_value, distortion_p_value_mc_se : float or None
        Change of the effect, relative to its size without outliers (null: the same change as without other variants);
        None if no variant was removed.
    outlier : np.ndarray of bool of dimension (p,)
        Whether each variant is an outlier.
    squared_residual : np.ndarray of dimension (p,)
        Squared residual from the effect of the other variants.
    outlier_p_value, outlier_p_value_mc_se : np.ndarray of dimension (p,)
        P values corrected for the number of variants, and their Monte Carlo errors.
    """

    raw: float
    raw_se: float
    raw_p_value: float
    dispersed_se: float
    raw_dispersed_se: float
    distortion: float | None = None
    distortion_p_value: float | None = None
    distortion_p_value_mc_se: float | None = None
    global_statistic: float
    global_p_value: float
    global_p_value_mc_se: float
    n_outliers: int
    draws: int
    outlier: Mask
    squared_residual: Array
    outlier_p_value: Array
    outlier_p_value_mc_se: Array


def presso(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    draws: int = 1000,
    outlier_alpha: float = 0.05,
    p_values: str = "above_zero",
    outliers: Sequence[int] | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Estimate the IVW effect before and after removing outliers by MR-PRESSO.

    The null of the global test is that no variant is pleiotropic. The sum of squared residuals of each variant from the
    IVW fit of the others is compared with that of simulated effects. If the test rejects, each variant is tested in the
    same way with Bonferroni's correction (outlier test), and IVW is repeated without the outliers. The null of the
    distortion test is that the effect changes no more without the outliers than without other variants. As in the R
    function, its samples keep the outliers and draw from the other variants with replacement. The number drawn is that
    of the other variants minus that of the outliers. The estimate is consistent if less than half of the variants are
    pleiotropic, independently of their effects on the exposure. The method does not remove confounding of the variants
    with the outcome if most of them are confounded.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least four variants.
    draws : int
        Number of simulations of the null distributions. No outlier can be detected with fewer than p /
        ``outlier_alpha``.
    outlier_alpha : float
        Significance level of the global and the outlier test.
    p_values : str
        ``above_zero``: ``(k + 1) / (draws + 1)`` for k simulated statistics above the observed one. ``share``:
        ``k / draws`` as in MRPRESSO, in which 0 means less than ``1 / draws``.
    outliers : sequence of int, optional
        Positions (from 0) of variants to remove instead of those that the test detects.
    seed : int
        Random seed. Results do not depend on the number of threads.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimate
        The estimate without the outliers, or with all variants if there are no outliers or too few variants would
        remain. Standard errors are multiplied by the dispersion of the residuals if that is above 1 (MRPRESSO
        multiplies always, ``dispersed_se`` in the details), p values use Student's t distribution, and details are of
        class :class:`Presso`.

    Raises
    ------
    ValueError
        If the associations are invalid, or outliers leave too few variants.

    References
    ----------
    Verbanck, Chen, Neale & Do (2018) Nature Genetics 50:693.

    Examples
    --------
    >>> bx, by = [0.1, 0.2, 0.3, 0.4, 0.5], [0.25, 0.1, 0.15, 0.2, 0.25]
    >>> found = presso(bx, by, [0.01] * 5, [0.02] * 5)
    >>> print(round(found.beta, 3), found.details.outlier)
    0.5 [ True False False False False]
    """
    # check the arrays before they become matrices of one column
    data = check_associations(bx, by, sx, sy, fewest=4)
    options = _Options(draws, outlier_alpha, p_values, outliers, seed, alpha)
    return _presso(data.bx[:, None], data.by, data.sx[:, None], data.sy, options)[0]


def presso_several(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    draws: int = 1000,
    outlier_alpha: float = 0.05,
    p_values: str = "above_zero",
    outliers: Sequence[int] | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    """Apply MR-PRESSO with several exposures: :func:`presso` around their multivariable IVW fit.

    Parameters
    ----------
    bx, sx : array_like of dimension (p, m)
        Effects on the exposures and their standard errors, for at least m + 3 variants.
    by, sy : array_like of dimension (p,)
        Effects on the outcome and their standard errors.
    draws, outlier_alpha, p_values, outliers, seed, alpha
        See :func:`presso`.

    Returns
    -------
    Estimates
        One estimate for each exposure, as in :func:`presso`. The global and outlier tests are joint for all exposures,
        and there is a distortion test for each exposure.

    Raises
    ------
    ValueError
        If the associations are invalid, or outliers leave too few variants.

    References
    ----------
    Verbanck, Chen, Neale & Do (2018) Nature Genetics 50:693.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> bx, sx, sy = rng.normal(0, 0.1, (20, 2)), np.full((20, 2), 0.01), np.full(20, 0.01)
    >>> by = bx @ [0.5, -0.2] + rng.normal(0, 0.01, 20)
    >>> [round(found.beta, 1) for found in presso_several(bx, by, sx, sy, draws=500)]
    [0.5, -0.2]
    """
    X, S = np.asarray(bx, dtype=np.float64), np.asarray(sx, dtype=np.float64)
    if X.ndim != 2 or S.shape != X.shape:
        raise ArgumentError(
            "bx and sx", "be matrices of one shape", f"{X.shape} and {S.shape}", "with one exposure take presso"
        )
    fewest = X.shape[1] + 3
    data = [check_associations(X[:, j], by, S[:, j], sy, fewest=fewest) for j in range(X.shape[1])]
    options = _Options(draws, outlier_alpha, p_values, outliers, seed, alpha)
    return _presso(X, data[0].by, S, data[0].sy, options)


@dataclass(frozen=True)
class _Options:
    draws: int
    outlier_alpha: float
    p_values: str
    outliers: Sequence[int] | None
    seed: int
    alpha: float

    def __post_init__(self) -> None:
        if self.draws < 1:
            raise ArgumentError("draws", "be at least 1", f"{self.draws}", "1000 is usual")
        if not 0 < self.outlier_alpha < 1:
            raise ArgumentError("outlier_alpha", "lie between 0 and 1", f"{self.outlier_alpha:g}", "0.05 is usual")
        if self.p_values not in P_VALUES:
            raise ArgumentError(
                "p_values", f"be one of {', '.join(P_VALUES)}", f"{self.p_values!r}", "above_zero is usual"
            )

    def p_value(self, above: Array) -> Array:
        return (above + 1) / (self.draws + 1) if self.p_values == "above_zero" else above / self.draws

    def error(self, p: Array) -> Array:
        """Return the binomial error of p values; for a p value of 0, that of one simulated statistic above."""
        share = np.clip(p, 1 / self.draws, 1.0)
        return np.asarray(np.sqrt(share * (1 - share) / self.draws), dtype=np.float64)


def _presso(X: Array, y: Array, S: Array, sy: Array, options: _Options) -> Estimates:
    p, m = X.shape
    order, sign = order_for_draws(X, y, S, sy)
    X, y, S, sy = (sign[:, None] * X)[order], (sign * y)[order], S[order], sy[order]
    raw = _fit(X, y, sy)
    left_out = _left_out(X / sy[:, None], y / sy)
    # residual from the fit of the others: residual over one minus leverage
    squared = (left_out.residuals * sy) ** 2
    observed = float((left_out.residuals**2).sum())
    slopes = raw.coefficients - left_out.influence
    above, each_above = count_above(X, S, sy, slopes, observed, squared, draws=options.draws, seed=options.seed)
    global_p = float(options.p_value(np.array(above)))
    corrected = np.minimum(1.0, options.p_value(each_above) * p)
    # if the global test does not reject, no variant is an outlier
    outlier = (corrected <= options.outlier_alpha) & (global_p < options.outlier_alpha)
    if options.outliers is not None:
        outlier = _chosen(options.outliers, p, m)[order]
    count = int(outlier.sum())
    # too few variants would remain without the outliers
    removed = outlier if p - count > m else np.zeros(p, dtype=bool)
    kept, distortion = raw, None
    if removed.any():
        kept = _fit(X[~removed], y[~removed], sy[~removed])
        distortion = _distortion(X, y, sy, removed, raw, kept, options)
    found, back = [], np.argsort(order)
    outlier, squared, corrected = outlier[back], squared[back], corrected[back]
    for j in range(m):
        first = wald_estimate("raw", raw.coefficients[j], raw.se[j], p, df=raw.df, alpha=options.alpha)
        details = Presso(
            raw=first.beta,
            raw_se=first.se,
            raw_p_value=first.p_value,
            dispersed_se=float(kept.dispersed_se[j]),
            raw_dispersed_se=float(raw.dispersed_se[j]),
            distortion=None if distortion is None else float(distortion[0][j]),
            distortion_p_value=None if distortion is None else float(distortion[1][j]),
            distortion_p_value_mc_se=None if distortion is None else float(options.error(distortion[1][j])),
            global_statistic=observed,
            global_p_value=global_p,
            global_p_value_mc_se=float(options.error(np.array(global_p))),
            n_outliers=count,
            draws=options.draws,
            outlier=outlier,
            squared_residual=squared,
            outlier_p_value=corrected,
            outlier_p_value_mc_se=np.where(corrected < 1, p * options.error(corrected / p), 0.0),
        )
        effect = wald_estimate(
            "MR-PRESSO",
            kept.coefficients[j],
            kept.se[j],
            p - int(removed.sum()),
            df=kept.df,
            alpha=options.alpha,
            exposure="" if m == 1 else str(j),
            details=details,
        )
        found.append(effect)
    return Estimates(found)


@dataclass(frozen=True)
class _Fit:
    coefficients: Array
    se: Array
    dispersed_se: Array
    df: int


@dataclass(frozen=True)
class _LeftOut:
    """Standardised residuals from the fit of the others, and the influence of each variant on the coefficients."""

    residuals: Array
    influence: Array


def _fit(X: Array, y: Array, sy: Array) -> _Fit:
    Xw, z = X / sy[:, None], y / sy
    inverse = _inverse(Xw.T @ Xw)
    coefficients = inverse @ (Xw.T @ z)
    residuals, df = z - Xw @ coefficients, len(y) - X.shape[1]
    dispersion, fixed = float(np.sqrt(residuals @ residuals / df)), np.sqrt(np.diag(inverse))
    return _Fit(coefficients, max(dispersion, 1.0) * fixed, dispersion * fixed, df)


def _inverse(cross: Array) -> Array:
    scale = np.sqrt(np.diagonal(cross, axis1=-2, axis2=-1))
    if (scale == 0).any() or np.linalg.cond(cross / (scale[:, None] * scale)) > 1e12:
        raise ArgumentError(
            "bx", "have full rank", "effects on exposures that are zero or collinear", "leave exposures out"
        )
    return np.asarray(np.linalg.inv(cross), dtype=np.float64)


def _left_out(Xw: Array, z: Array) -> _LeftOut:
    inverse = _inverse(Xw.T @ Xw)
    gain = Xw @ inverse
    leverage = (gain * Xw).sum(axis=1)
    if (leverage > 1 - 1e-12).any():
        raise ArgumentError(
            "bx", "vary over three variants or more", "one variant that determines the fit", "take other variants"
        )
    residuals = (z - Xw @ (inverse @ (Xw.T @ z))) / (1 - leverage)
    return _LeftOut(residuals, gain * residuals[:, None])


def _chosen(places: Sequence[int], p: int, m: int) -> Mask:
    outlier = np.zeros(p, dtype=bool)
    index = np.asarray(places, dtype=np.int64)
    if index.size and (index.min() < 0 or index.max() >= p):
        raise ArgumentError(
            "outliers", f"be positions from 0 to {p - 1}", f"{index.tolist()[:10]}", "count the variants from zero"
        )
    outlier[index] = True
    count = int(outlier.sum())
    if p - count <= m:
        raise ArgumentError("outliers", f"leave more than {m} variants", f"{count} of {p}", "leave fewer out")
    return outlier


def _distortion(
    X: Array, y: Array, sy: Array, removed: Mask, raw: _Fit, kept: _Fit, options: _Options
) -> tuple[Array, Array]:
    """Return the change of each effect without the outliers, and its p value."""
    size, above = count_distorted(
        X, y, sy, removed, raw.coefficients, kept.coefficients, draws=options.draws, seed=options.seed
    )
    return size, options.p_value(above)

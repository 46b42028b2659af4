"""Multivariable MR as in TwoSampleMR: instruments of single exposures, intercepts, and effects on residuals."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.estimates import Estimates
from latentmr.two_sample.methods.multivariable.several_associations import (
    Dispersion,
    SeveralAssociations,
    check_several,
)
from latentmr.two_sample.methods.regression import regress
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["multiple", "residual"]


def multiple(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    intercept: bool = False,
    instrument_specific: bool = False,
    threshold: float = 5e-8,
    p_values: ArrayLike | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    """Regress ``by`` on ``BX`` with weights, optionally with the instruments of each exposure alone.

    This is ``TwoSampleMR::mv_multiple`` with normal p values. Standard errors are multiplied by the dispersion of the
    residuals if that is above 1; the R function multiplies always, ``dispersed_se`` in the details. Without an
    intercept and with all variants it is :func:`ivw` with ``model="random"``. With an intercept, variants are not
    recoded, so the result depends on allele coding. The method does not remove confounding of the variants with the
    outcome.

    Parameters
    ----------
    BX, SX : array_like of dimension (p, m)
        Effects on the exposures, and their standard errors.
    by, sy : array_like of dimension (p,)
        Effects on the outcome, and their standard errors.
    names : sequence of str, optional
        Names of the exposures.
    intercept : bool
        Whether the regression has an intercept.
    instrument_specific : bool
        Whether the effect of an exposure is estimated from its own instruments alone.
    threshold : float
        P value below which a variant is an instrument of an exposure.
    p_values : array_like of dimension (p, m), optional
        P values of the effects on the exposures. By default they are computed from the normal distribution.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    Estimates
        One estimate for each exposure. ``k`` is the number of its instruments, even if all variants were used.

    Raises
    ------
    ValueError
        If the associations are invalid, or an exposure has too few instruments of its own.

    References
    ----------
    Burgess & Thompson (2015) Am J Epidemiol 181:251. Hemani et al. (2018) eLife 7:e34408.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> found = multiple(BX, [0.05, 0.09, -0.01, 0.07, 0.14], [[0.01, 0.01]] * 5, [0.02] * 5)
    >>> [(round(each.beta, 3), each.k) for each in found]
    [(0.511, 4), (-0.173, 3)]
    """
    data = check_several(BX, by, SX, sy, names=names, more=1 + intercept)
    found = []
    for j, own in enumerate(_instruments(data, p_values, threshold).T):
        rows = _rows(data, own, instrument_specific, intercept, j)
        fit = regress(_design(data.BX[rows], intercept), data.by[rows], data.sy[rows], None)
        place = j + intercept
        details = Dispersion(dispersion=fit.dispersion, dispersed_se=float(fit.dispersion * fit.se[place]))
        found.append((fit.coefficients[place], fit.factor * fit.se[place], details, int(own.sum())))
    return _estimates("TwoSampleMR mv_multiple", data, found, alpha)


def residual(
    BX: ArrayLike,
    by: ArrayLike,
    SX: ArrayLike,
    sy: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    intercept: bool = False,
    instrument_specific: bool = False,
    threshold: float = 5e-8,
    p_values: ArrayLike | None = None,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimates:
    """Regress the residuals of ``by`` on the other exposures on the effects on each exposure, without weights.

    This is ``TwoSampleMR::mv_residual`` (the residuals of Do et al.). The exposure itself is not made orthogonal to the
    others, so effects are biased towards zero if exposures share variants. :func:`ivw` is preferable except for
    comparison with published results. Standard errors are those of the residuals, ``dispersed_se`` in the details as in
    the R function, or those that follow from ``sy`` if these are larger. The method does not remove confounding of the
    variants with the outcome.

    Parameters
    ----------
    BX, by, SX, sy, names, intercept, instrument_specific, threshold, p_values, seed, alpha
        See :func:`multiple`.

    Returns
    -------
    Estimates
        See :func:`multiple`.

    Raises
    ------
    ValueError
        If the associations are invalid, or an exposure has too few instruments of its own.

    References
    ----------
    Do et al. (2013) Nat Genet 45:1345. Hemani et al. (2018) eLife 7:e34408.

    Examples
    --------
    >>> BX = [[0.1, 0.02], [0.2, 0.1], [0.05, 0.2], [0.1, -0.1], [0.3, 0.05]]
    >>> found = residual(BX, [0.05, 0.09, -0.01, 0.07, 0.14], [[0.01, 0.01]] * 5, [0.02] * 5)
    >>> [round(each.beta, 3) for each in found]
    [0.438, -0.149]
    """
    data = check_several(BX, by, SX, sy, names=names, more=1 + intercept)
    found = []
    for j, own in enumerate(_instruments(data, p_values, threshold).T):
        rows = _rows(data, own, instrument_specific, intercept, j)
        alike = np.ones(int(rows.sum()))
        others = _design(np.delete(data.BX[rows], j, axis=1), intercept)
        left = data.by[rows]
        if others.shape[1]:
            left = left - others @ regress(others, left, alike, None).coefficients
        design = _design(data.BX[rows, j : j + 1], intercept)
        fit = regress(design, left, alike, None)
        # without weights the dispersion has the unit of the outcome, so sy gives the least error
        of_errors = float(np.linalg.norm(np.linalg.pinv(design)[-1] * data.sy[rows]))
        details = Dispersion(dispersion=fit.dispersion, dispersed_se=float(fit.dispersion * fit.se[-1]))
        found.append((fit.coefficients[-1], max(fit.dispersion * fit.se[-1], of_errors), details, int(own.sum())))
    return _estimates("TwoSampleMR mv_residual", data, found, alpha)


def _instruments(data: SeveralAssociations, p_values: ArrayLike | None, threshold: float) -> Mask:
    if p_values is None:
        values = 2 * stats.norm.sf(np.abs(data.BX / data.SX))
    else:
        values = np.asarray(p_values, dtype=np.float64)
        if values.shape != data.BX.shape or not ((values >= 0) & (values <= 1)).all():
            raise ArgumentError(
                "p_values",
                f"lie in [0, 1] in the shape {data.BX.shape} of BX",
                "values outside [0, 1]" if values.shape == data.BX.shape else f"shape {values.shape}",
                "leave it out for p values of the normal distribution",
            )
    return np.asarray(values < threshold)


def _rows(data: SeveralAssociations, own: Mask, specific: bool, intercept: bool, j: int) -> Mask:
    if not specific:
        return np.ones(data.p, dtype=bool)
    if own.sum() <= data.m + intercept:
        raise ArgumentError(
            "threshold",
            f"leave {data.names[j]} more than {data.m + intercept} instruments of its own",
            f"{int(own.sum())}",
            "raise `threshold`, or set instrument_specific=False",
        )
    return own


def _design(effects: Array, intercept: bool) -> Array:
    return np.column_stack([np.ones(len(effects)), effects]) if intercept else effects


def _estimates(
    method: str, data: SeveralAssociations, found: list[tuple[float, float, Dispersion, int]], alpha: float
) -> Estimates:
    return Estimates(
        wald_estimate(method, beta, se, n, alpha=alpha, exposure=name, details=details)
        for name, (beta, se, details, n) in zip(data.names, found, strict=True)
    )

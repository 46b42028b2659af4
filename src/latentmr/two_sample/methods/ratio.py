"""Wald ratios: the effect from one variant."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.egger import egger
from latentmr.two_sample.methods.ivw import ivw
from latentmr.two_sample.methods.wald_interval import EffectsByVariant, wald_by_variant, wald_estimate
from latentmr.typing import Array

__all__ = ["WaldRatio", "single_variants", "wald_ratio"]


@dataclass(frozen=True, kw_only=True, repr=False)
class WaldRatio(Details):
    """Details of a ratio.

    Parameters
    ----------
    f_statistic : float
        ``(bx / sx)^2``.
    """

    f_statistic: float


def wald_ratio(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    order: str = "first",
    psi: float = 0.0,
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the effect from one variant, :math:`b_y / b_x`.

    The estimate is consistent if the variant is a valid instrument. The interval is that of the delta method, which is
    too short if ``bx`` is close to zero (F below 10). The method does not remove confounding of the variant with the
    outcome.

    Parameters
    ----------
    bx, by, sx, sy : float or array_like of dimension (1,)
        Effects on exposure and outcome, and their standard errors.
    order : str
        ``first``: standard error :math:`s_y / |b_x|`, as TwoSampleMR's ``mr_wald_ratio``. ``second``: standard error
        that includes the error of ``bx``,
        :math:`\sqrt{s_y^2 / b_x^2 + b_y^2 s_x^2 / b_x^4 - 2 \psi b_y s_x s_y / b_x^3}`.
    psi : float
        Correlation of the two errors in overlapping samples. Only the second order uses it.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with details of class :class:`WaldRatio`.

    Raises
    ------
    ValueError
        If the associations are invalid, or there is more than one variant.

    References
    ----------
    Thomas, Lawlor & Thompson (2007) Ann Epidemiol 17:511.

    Examples
    --------
    >>> found = wald_ratio(0.2, 0.1, 0.01, 0.02)
    >>> found.beta, round(found.se, 2)
    (0.5, 0.1)
    """
    data = _checked(bx, by, sx, sy, order, psi)
    if len(data.bx) != 1:
        raise ArgumentError("bx", "hold one variant for a ratio", f"{len(data.bx)}", "take ivw or single_variants")
    details = WaldRatio(f_statistic=float((data.bx[0] / data.sx[0]) ** 2))
    error = _errors(data, order, psi)[0]
    return wald_estimate("Wald ratio", data.by[0] / data.bx[0], error, 1, alpha=alpha, details=details)


def single_variants(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    order: str = "first",
    psi: float = 0.0,
    alpha: float = 0.05,
) -> EffectsByVariant:
    """Estimate the effect from each variant alone and from all variants: TwoSampleMR's ``mr_singlesnp``.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    order : str
        Order of the standard errors of the ratios, ``first`` or ``second``; see :func:`wald_ratio`.
    psi : float
        Correlation of the two errors of a variant. Only the second order uses it.
    alpha : float
        Significance level of the intervals.

    Returns
    -------
    EffectsByVariant
        ``together`` holds IVW with random effects (two or more variants) and MR-Egger (three or more variants whose
        effects on the exposure differ).

    Raises
    ------
    ValueError
        If the associations are invalid.

    Examples
    --------
    >>> found = single_variants([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3)
    >>> found.beta.round(2), [effect.method for effect in found.together]
    (array([0.5 , 0.55, 0.47]), ['IVW', 'MR-Egger'])
    """
    data = _checked(bx, by, sx, sy, order, psi)
    p, arrays = len(data.bx), (data.bx, data.by, data.sx, data.sy)
    together: tuple[Estimate, ...] = ()
    if p >= 2:
        together = (ivw(*arrays, model="random", alpha=alpha),)
    if p >= 3 and np.ptp(np.abs(data.bx)) > 1e-9 * np.abs(data.bx).max():
        together = (*together, egger(*arrays, alpha=alpha))
    return wald_by_variant("Wald ratio", data.by / data.bx, _errors(data, order, psi), together, alpha=alpha)


def _checked(bx: ArrayLike, by: ArrayLike, sx: ArrayLike, sy: ArrayLike, order: str, psi: float) -> Associations:
    if order not in ("first", "second"):
        raise ArgumentError("order", "be first or second", f"{order!r}", "first is usual")
    if not -1 < psi < 1:
        raise ArgumentError("psi", "be a correlation between -1 and 1", f"{psi:g}", "0 is that of separate samples")
    data = check_associations(bx, by, sx, sy)
    if (data.bx == 0).any():
        raise ArgumentError("bx", "not be zero for ratios", "a zero", "leave the variant out")
    return data


def _errors(data: Associations, order: str, psi: float) -> Array:
    first = data.sy / np.abs(data.bx)
    if order == "first":
        return np.asarray(first)
    # both signed by the exposure's effect, since psi refers to effects of the same allele
    signed = data.sy / data.bx
    other = data.by * data.sx / data.bx**2
    return np.asarray(np.sqrt(first**2 + other**2 - 2 * psi * signed * other))

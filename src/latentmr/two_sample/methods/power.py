"""Power of two-sample MR."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["expected_error", "expected_error_of_variants", "people_needed", "power_of", "smallest_effect"]


def expected_error(n: ArrayLike, r2: ArrayLike, *, case_share: float | None = None) -> Array:
    r"""Standard error to expect of an effect per standard deviation of the exposure, from valid instruments.

    :math:`1 / \sqrt{n R^2}` for a continuous outcome in standard deviations, :math:`1 / \sqrt{n R^2 c (1 - c)}` for log
    odds ratios of a disease with a share c of cases in the sample. It holds for small effects; weak instruments make it
    larger.

    Parameters
    ----------
    n : array_like
        People in the sample of the outcome.
    r2 : array_like
        Share of the exposure's variance that the variants explain.
    case_share : float, optional
        Share of cases in the sample, for a disease.

    Returns
    -------
    np.ndarray

    Raises
    ------
    ValueError
        If a number or share cannot be.

    References
    ----------
    Burgess (2014) Int J Epidemiol 43:922.

    Examples
    --------
    >>> round(float(expected_error(10_000, 0.02)), 3)
    0.071
    """
    people, explained = np.asarray(n, dtype=np.float64), np.asarray(r2, dtype=np.float64)
    if not ((people > 0) & np.isfinite(people)).all():
        raise ArgumentError("n", "be above 0 people", f"{people.min():g}")
    if not ((explained > 0) & (explained < 1)).all():
        raise ArgumentError("r2", "be a share between 0 and 1", f"{explained.min():g} to {explained.max():g}")
    return np.asarray(1 / np.sqrt(people * explained * _spread(case_share)))


def expected_error_of_variants(bx: ArrayLike, sy: ArrayLike) -> float:
    r"""Standard error of fixed-effect IVW, :math:`1 / \sqrt{\sum b_x^2 / s_y^2}`: it needs no effects on the outcome.

    Parameters
    ----------
    bx : array_like of dimension (p,)
        Effects on the exposure.
    sy : array_like of dimension (p,)
        Standard errors of effects on the outcome.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If lengths differ, a value is not finite, an error not positive, or every effect zero.

    Examples
    --------
    >>> round(expected_error_of_variants([0.1, 0.2], [0.02, 0.02]), 3)
    0.089
    """
    effects, errors = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (bx, sy))
    if effects.shape != errors.shape or effects.ndim != 1:
        raise ArgumentError("sy", "have a value for each variant of bx", f"{errors.shape} and {effects.shape}")
    if not (np.isfinite(effects).all() and effects.any()):
        raise ArgumentError("bx", "be finite and not all zero", "others", "leave such variants out")
    if not ((errors > 0) & np.isfinite(errors)).all():
        raise ArgumentError("sy", "be positive", f"{errors.min():g}", "leave such variants out")
    return float(1 / np.linalg.norm(effects / errors))


def power_of(effect: ArrayLike, se: ArrayLike, *, alpha: float = 0.05) -> Array:
    """Probability that a two-sided Wald test finds an effect.

    Parameters
    ----------
    effect, se : array_like
        Effect and its standard error; see :func:`expected_error` and :func:`expected_error_of_variants`.
    alpha : float
        Significance level of the test.

    Returns
    -------
    np.ndarray
        ``alpha`` for no effect.

    Raises
    ------
    ValueError
        If the error is not positive, or the level none.

    Examples
    --------
    >>> round(float(power_of(0.2, expected_error(10_000, 0.02))), 2)
    0.81
    """
    critical = stats.norm.isf(_probability("alpha", alpha) / 2)
    far = np.abs(np.asarray(effect, dtype=np.float64)) / _error(se)
    return np.asarray(stats.norm.sf(critical - far) + stats.norm.sf(critical + far))


def smallest_effect(se: ArrayLike, *, power: float = 0.8, alpha: float = 0.05) -> Array:
    """Smallest effect that a two-sided Wald test finds with a given probability.

    Parameters
    ----------
    se : array_like
        Standard error; see :func:`expected_error` and :func:`expected_error_of_variants`.
    power : float
        The probability, above ``alpha``; usually it is not below 1/2, where the wrong sign does not count.
    alpha : float
        Significance level of the test.

    Returns
    -------
    np.ndarray

    Raises
    ------
    ValueError
        If the error is not positive, or a probability none.

    Examples
    --------
    >>> round(float(smallest_effect(expected_error(10_000, 0.02))), 3)
    0.198
    """
    return np.asarray(_reach(power, alpha) * _error(se))


def people_needed(
    effect: float, r2: float, *, power: float = 0.8, case_share: float | None = None, alpha: float = 0.05
) -> int:
    """People that the sample of the outcome needs.

    Parameters
    ----------
    effect : float
        Per standard deviation of the exposure: in standard deviations of the outcome, or a log odds ratio.
    r2 : float
        Share of the exposure's variance that the variants explain.
    power : float
        Probability to find the effect, above ``alpha``.
    case_share : float, optional
        Share of cases in the sample, for a disease.
    alpha : float
        Significance level of the test.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If there is no effect, or a share or probability cannot be.

    Examples
    --------
    >>> people_needed(0.2, 0.02)
    9812
    """
    if not (np.isfinite(effect) and effect != 0):
        raise ArgumentError("effect", "be finite and not zero", f"{effect:g}", "no number of people finds that")
    one = float(expected_error(1.0, r2, case_share=case_share))
    return int(np.ceil((_reach(power, alpha) * one / effect) ** 2))


def _reach(power: float, alpha: float) -> float:
    """Effect that is found with this power, in standard errors."""
    if _probability("power", power) <= _probability("alpha", alpha):
        raise ArgumentError("power", f"be above alpha, {alpha:g}, which a test has without any effect", f"{power:g}")
    return float(max(stats.norm.isf(alpha / 2) - stats.norm.isf(power), 0.0))


def _spread(case_share: float | None) -> float:
    if case_share is None:
        return 1.0
    return _probability("case_share", case_share) * (1 - case_share)


def _probability(name: str, value: float) -> float:
    if not 0 < value < 1:
        raise ArgumentError(f"{name}", "be between 0 and 1", f"{value:g}")
    return value


def _error(se: ArrayLike) -> Array:
    error = np.asarray(se, dtype=np.float64)
    if not ((error > 0) & np.isfinite(error)).all():
        raise ArgumentError("se", "be positive", f"{error.min():g}")
    return error

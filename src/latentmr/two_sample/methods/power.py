"""Power of two-sample MR."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["expected_error", "expected_error_of_variants", "people_needed", "power_of", "smallest_effect"]


def expected_error(n: ArrayLike, r2: ArrayLike, *, case_share: float | None = None) -> Array:
    r"""Return the expected standard error of an effect per standard deviation of the exposure.

    It is :math:`1 / \sqrt{n R^2}` for a continuous outcome in standard deviations, and
    :math:`1 / \sqrt{n R^2 c (1 - c)}` for log odds ratios of a disease with a share c of cases in the sample. The
    formulas assume valid instruments and small effects. Weak instruments increase the standard error.

    Parameters
    ----------
    n : array_like
        Sample size of the outcome.
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
        If a sample size or share is out of range.

    References
    ----------
    Burgess (2014) Int J Epidemiol 43:922.

    Examples
    --------
    >>> round(float(expected_error(10_000, 0.02)), 3)
    0.071
    """
    sizes, explained = np.asarray(n, dtype=np.float64), np.asarray(r2, dtype=np.float64)
    if not ((sizes > 0) & np.isfinite(sizes)).all():
        raise ArgumentError("n", "be above 0", f"{sizes.min():g}", "give the sample size of the outcome")
    if not ((explained > 0) & (explained < 1)).all():
        raise ArgumentError(
            "r2", "be a share between 0 and 1", f"{explained.min():g} to {explained.max():g}", "give R2 as a share"
        )
    return np.asarray(1 / np.sqrt(sizes * explained * _spread(case_share)))


def expected_error_of_variants(bx: ArrayLike, sy: ArrayLike) -> float:
    r"""Return the standard error of fixed-effect IVW, :math:`1 / \sqrt{\sum b_x^2 / s_y^2}`.

    It does not need the effects on the outcome.

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
        If lengths differ, a value is not finite, a standard error is not positive, or every effect is zero.

    Examples
    --------
    >>> round(expected_error_of_variants([0.1, 0.2], [0.02, 0.02]), 3)
    0.089
    """
    effects, errors = (np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (bx, sy))
    if effects.shape != errors.shape or effects.ndim != 1:
        raise ArgumentError(
            "sy",
            "have a value for each variant of `bx`",
            f"{errors.shape} and {effects.shape}",
            "give arrays of one length",
        )
    if not (np.isfinite(effects).all() and effects.any()):
        raise ArgumentError("bx", "be finite and not all zero", "an array that is not", "drop these variants")
    if not ((errors > 0) & np.isfinite(errors)).all():
        raise ArgumentError("sy", "be positive", f"{errors.min():g}", "drop these variants")
    return float(1 / np.linalg.norm(effects / errors))


def power_of(effect: ArrayLike, se: ArrayLike, *, alpha: float = 0.05) -> Array:
    """Return the probability that a two-sided Wald test detects an effect.

    Parameters
    ----------
    effect, se : array_like
        Effect and its standard error; see :func:`expected_error` and :func:`expected_error_of_variants`.
    alpha : float
        Significance level of the test.

    Returns
    -------
    np.ndarray
        Power; ``alpha`` for no effect.

    Raises
    ------
    ValueError
        If the standard error is not positive, or the level is not between 0 and 1.

    Examples
    --------
    >>> round(float(power_of(0.2, expected_error(10_000, 0.02))), 2)
    0.81
    """
    critical = stats.norm.isf(_probability("alpha", alpha) / 2)
    far = np.abs(np.asarray(effect, dtype=np.float64)) / _error(se)
    return np.asarray(stats.norm.sf(critical - far) + stats.norm.sf(critical + far))


def smallest_effect(se: ArrayLike, *, power: float = 0.8, alpha: float = 0.05) -> Array:
    """Return the smallest effect that a two-sided Wald test detects with a given power.

    Parameters
    ----------
    se : array_like
        Standard error; see :func:`expected_error` and :func:`expected_error_of_variants`.
    power : float
        Power, above ``alpha``. It is usually at least 1/2, so that the probability of the wrong sign is negligible.
    alpha : float
        Significance level of the test.

    Returns
    -------
    np.ndarray

    Raises
    ------
    ValueError
        If the standard error is not positive, or a probability is not between 0 and 1.

    Examples
    --------
    >>> round(float(smallest_effect(expected_error(10_000, 0.02))), 3)
    0.198
    """
    return np.asarray(_reach(power, alpha) * _error(se))


def people_needed(
    effect: float, r2: float, *, power: float = 0.8, case_share: float | None = None, alpha: float = 0.05
) -> int:
    """Return the sample size of the outcome that a study needs.

    Parameters
    ----------
    effect : float
        Effect per standard deviation of the exposure, in standard deviations of the outcome or as a log odds ratio.
    r2 : float
        Share of the exposure's variance that the variants explain.
    power : float
        Probability of detecting the effect, above ``alpha``.
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
        If the effect is zero, or a share or probability is out of range.

    Examples
    --------
    >>> people_needed(0.2, 0.02)
    9812
    """
    if not (np.isfinite(effect) and effect != 0):
        raise ArgumentError("effect", "be finite and not zero", f"{effect:g}", "give the smallest effect of interest")
    one = float(expected_error(1.0, r2, case_share=case_share))
    return int(np.ceil((_reach(power, alpha) * one / effect) ** 2))


def _reach(power: float, alpha: float) -> float:
    """Return the effect that is detected with this power, in standard errors."""
    if _probability("power", power) <= _probability("alpha", alpha):
        raise ArgumentError("power", f"be above `alpha`, {alpha:g}", f"{power:g}", "0.8 is usual")
    return float(max(stats.norm.isf(alpha / 2) - stats.norm.isf(power), 0.0))


def _spread(case_share: float | None) -> float:
    if case_share is None:
        return 1.0
    return _probability("case_share", case_share) * (1 - case_share)


def _probability(name: str, value: float) -> float:
    if not 0 < value < 1:
        raise ArgumentError(f"{name}", "be between 0 and 1", f"{value:g}", "give a share, not a percentage")
    return value


def _error(se: ArrayLike) -> Array:
    error = np.asarray(se, dtype=np.float64)
    if not ((error > 0) & np.isfinite(error)).all():
        raise ArgumentError("se", "be positive", f"{error.min():g}", "give a standard error above 0")
    return error

"""Steiger's test of whether variants explain more of the exposure than of the outcome."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array

__all__ = ["SteigerDirection", "SteigerFilter", "steiger", "steiger_filter"]


@dataclass(frozen=True, repr=False)
class SteigerDirection(ShortRepr):
    """Direction of the effect, as measured and without measurement error, with its sensitivity.

    Parameters
    ----------
    r2_exposure, r2_outcome : float
        Shares of variance that all variants together explain.
    forward : bool
        Whether the variants explain more of the exposure.
    p_value : float
        P value (null: the variants explain as much of both; normal).
    true_r2_exposure, true_r2_outcome, true_forward, true_p_value : float, float, bool, float
        The same for the traits without measurement error, given their reliabilities.
    volume, volume_reverse, volume_forward : float
        Integral over all possible reliabilities of the outcome's correlation minus the exposure's, and its parts in
        which the direction differs from the measured one, and in which it is the same.
    sensitivity_ratio : float
        ``volume_forward / volume_reverse``. Measurement error is less likely to reverse the direction if it is larger.
        It is infinite if measurement error cannot reverse it.
    """

    r2_exposure: float
    r2_outcome: float
    forward: bool
    p_value: float
    true_r2_exposure: float
    true_r2_outcome: float
    true_forward: bool
    true_p_value: float
    volume: float
    volume_reverse: float
    volume_forward: float
    sensitivity_ratio: float


@dataclass(frozen=True, repr=False)
class SteigerFilter(ShortRepr):
    """Direction of the effect by each variant's explained variance.

    Parameters
    ----------
    r2_exposure, r2_outcome : np.ndarray of dimension (p,)
        Shares of variance that each variant explains.
    forward : np.ndarray of bool of dimension (p,)
        Whether the variant explains more of the exposure.
    p_value : np.ndarray of dimension (p,)
        P value (null: the variant explains as much of both; normal).
    """

    r2_exposure: Array
    r2_outcome: Array
    forward: NDArray[np.bool_]
    p_value: Array


def steiger(
    r_exposure: ArrayLike,
    r_outcome: ArrayLike,
    n_exposure: ArrayLike,
    n_outcome: ArrayLike,
    *,
    reliability_exposure: float = 1.0,
    reliability_outcome: float = 1.0,
) -> SteigerDirection:
    r"""Test the direction of the effect from the variance that independent variants explain.

    If the exposure causes the outcome, variants explain less of the outcome. The difference of Fisher's transforms of
    both correlations is normal with variance :math:`1 / (n_x - 3) + 1 / (n_y - 3)`, if the samples do not overlap. The
    test is not valid under strong confounding of exposure and outcome, different measurement error, or pleiotropy, and
    it does not measure the size of the effect. It is that of TwoSampleMR's ``mr_steiger`` and ``mr_steiger2``.

    Parameters
    ----------
    r_exposure, r_outcome : array_like of dimension (p,)
        Correlations of each variant with both traits; see :mod:`latentmr.two_sample.methods.correlations`.
    n_exposure, n_outcome : array_like
        Sample sizes of exposure and outcome. If there is one for each variant, their mean is used.
    reliability_exposure, reliability_outcome : float
        Correlations of the measured traits with the true ones, at most 1.

    Returns
    -------
    SteigerDirection

    Raises
    ------
    ValueError
        If correlations, sample sizes or reliabilities are out of range, or variants explain all of a trait.

    References
    ----------
    Hemani, Tilling & Davey Smith (2017) PLoS Genet 13:e1007081.

    Examples
    --------
    >>> found = steiger([0.1, 0.08, 0.12], [0.02, 0.01, 0.03], 20_000, 50_000)
    >>> found.forward, found.p_value < 1e-10
    (True, True)
    """
    r_x, r_y = _correlations(r_exposure, r_outcome)
    n_x, n_y = float(np.mean(_sizes("n_exposure", n_exposure))), float(np.mean(_sizes("n_outcome", n_outcome)))
    total = [float(np.sqrt(r @ r)) for r in (r_x, r_y)]
    true = []
    for name, value, reliability in zip(
        ("exposure", "outcome"), total, (reliability_exposure, reliability_outcome), strict=True
    ):
        if not 0 < reliability <= 1:
            raise ArgumentError(
                f"reliability_{name}", "be above 0 and at most 1", f"{reliability:g}", "1 means no measurement error"
            )
        if value >= reliability:
            raise ArgumentError(
                f"r_{name}",
                "explain less than all of the trait without measurement error",
                f"a share of {(value / reliability) ** 2:.3g}",
                f"clump the variants, or raise `reliability_{name}`",
            )
        true.append(value / reliability)
    volume, reverse, forward = _volumes(max(total), min(total))
    return SteigerDirection(
        r2_exposure=total[0] ** 2,
        r2_outcome=total[1] ** 2,
        forward=total[0] > total[1],
        p_value=float(_p_value(total[0], total[1], n_x, n_y)),
        true_r2_exposure=true[0] ** 2,
        true_r2_outcome=true[1] ** 2,
        true_forward=true[0] > true[1],
        true_p_value=float(_p_value(true[0], true[1], n_x, n_y)),
        volume=volume,
        volume_reverse=reverse,
        volume_forward=forward,
        sensitivity_ratio=forward / reverse if reverse > 0 else float("inf"),
    )


def steiger_filter(
    r_exposure: ArrayLike, r_outcome: ArrayLike, n_exposure: ArrayLike, n_outcome: ArrayLike
) -> SteigerFilter:
    """Test the direction of each variant separately, as TwoSampleMR's ``steiger_filtering``.

    Variants that explain more of the outcome may affect it first. Excluding them protects against reverse causation,
    but selects on the outcome, so effects of the remaining variants may be too large.

    Parameters
    ----------
    r_exposure, r_outcome : array_like of dimension (p,)
        Correlations of each variant with both traits; see :mod:`latentmr.two_sample.methods.correlations`.
    n_exposure, n_outcome : array_like
        Sample sizes, above 3: one number, or one for each variant. For a disease, give ``effective_n``.

    Returns
    -------
    SteigerFilter

    Raises
    ------
    ValueError
        If correlations or sample sizes are out of range.

    References
    ----------
    Hemani, Tilling & Davey Smith (2017) PLoS Genet 13:e1007081.

    Examples
    --------
    >>> steiger_filter([0.1, 0.02], [0.02, 0.05], 20_000, 50_000).forward
    array([ True, False])
    """
    r_x, r_y = _correlations(r_exposure, r_outcome)
    n_x, n_y = _sizes("n_exposure", n_exposure), _sizes("n_outcome", n_outcome)
    p_value = np.broadcast_to(_p_value(np.abs(r_x), np.abs(r_y), n_x, n_y), r_x.shape)
    return SteigerFilter(r_x**2, r_y**2, np.abs(r_x) > np.abs(r_y), p_value)


def _correlations(r_exposure: ArrayLike, r_outcome: ArrayLike) -> tuple[Array, Array]:
    r_x, r_y = (np.atleast_1d(np.asarray(r, dtype=np.float64)) for r in (r_exposure, r_outcome))
    if r_x.shape != r_y.shape or r_x.ndim != 1:
        raise ArgumentError(
            "r_outcome",
            "have a value for each variant of `r_exposure`",
            f"shapes {r_y.shape} and {r_x.shape}",
            "give arrays of one length",
        )
    for name, r in (("r_exposure", r_x), ("r_outcome", r_y)):
        if not (np.abs(r) < 1).all():
            raise ArgumentError(
                f"{name}", "be correlations between -1 and 1", f"{np.abs(r).max():g}", "drop these variants"
            )
    return r_x, r_y


def _sizes(name: str, n: ArrayLike) -> Array:
    sizes = np.asarray(n, dtype=np.float64)
    if not ((sizes > 3) & np.isfinite(sizes)).all():
        raise ArgumentError(f"{name}", "be above 3 individuals", f"{sizes.min():g}", "give the sample size")
    return sizes


def _p_value(r_x: Array | float, r_y: Array | float, n_x: Array | float, n_y: Array | float) -> Array:
    z = (np.arctanh(r_x) - np.arctanh(r_y)) / np.sqrt(1 / (np.asarray(n_x) - 3) + 1 / (np.asarray(n_y) - 3))
    return np.asarray(2 * stats.norm.sf(np.abs(z)))


def _volumes(a: float, b: float) -> tuple[float, float, float]:
    """Return the volumes between the surfaces of both correlations over all reliabilities; ``a`` is the larger."""
    log_b, log_a = special.xlogy(b, b), special.xlogy(a, a)
    volume = float(log_a - log_b + a * log_b - b * log_a)
    reverse = float(-2 * b - special.xlogy(b, a) - b * log_a + 2 * a * b)
    return volume, reverse, abs(volume - reverse)

"""Weak-instrument-robust two-sample tests and confidence sets, for independent or correlated variants."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri

from latentmr.errors import ArgumentError
from latentmr.iv.weak.conditional_likelihood_ratio import conditional_p_value
from latentmr.iv.weak.kleibergen import Split, likelihood_ratio_excess
from latentmr.results.objects import ConfidenceSet, Details, Estimate
from latentmr.two_sample.methods.associations import check_associations
from latentmr.two_sample.methods.two_sample_moments import TwoSampleMoments, moments
from latentmr.two_sample.methods.wald_interval import summary_estimate

__all__ = ["WeakInstrumentTest", "anderson_rubin", "conditional_likelihood_ratio", "kleibergen"]


@dataclass(frozen=True, kw_only=True, repr=False)
class WeakInstrumentTest(Details):
    """Details of a weak-instrument-robust test.

    Parameters
    ----------
    statistic : float
        Statistic of the test of no effect.
    q_statistic : float
        Minimum of the Anderson-Rubin statistic.
    q_df : int
        Degrees of freedom of Q, p - 1.
    strength : float or None
        Strength of the variants under no effect, if the test is conditional on it.
    """

    statistic: float
    q_statistic: float
    q_df: int
    strength: float | None = None


def anderson_rubin(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    correlation: ArrayLike | None = None,
    samples: tuple[float, float] | None = None,
    overdispersion: float = 0.0,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    r"""Return the effects that the Anderson-Rubin test does not reject, however weak the variants are.

    The null of the test is that the effect is :math:`\beta` and every variant is a valid instrument; the statistic,
    :math:`(b_y - \beta b_x)' (V_y + \beta^2 V_x)^{-1} (b_y - \beta b_x)`, is then chi-squared with p degrees of
    freedom. The set may be an interval, rays, a union, the whole line, or empty if every effect is rejected. It is
    exact, while ``MendelianRandomization::mr_clr`` searches a grid from -10 to 10. The method does not remove
    confounding of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, from samples that do not overlap, and their standard errors.
    correlation : array_like of dimension (p, p), optional
        Correlations of the variants, for the effect alleles.
    samples : (float, float), optional
        Sample sizes of exposure and outcome, which must be standardised traits. The traits are then regressed on all
        variants jointly, as ``mr_clr`` does. Without sample sizes, the errors are those of the table.
    overdispersion : float
        Variance of balanced pleiotropic effects, independent between variants, from another source such as MR-RAPS. It
        is added to ``sy^2``.
    seed : int
        Not used, because the method is deterministic.
    alpha : float
        Significance level of the set.

    Returns
    -------
    Estimate
        ``ci`` is the set, and ``ci_low`` and ``ci_high`` are its ends (the effect, if the set is empty). ``p_value`` is
        that of the test of no effect. ``beta`` and ``se`` are the LIML estimate, which minimises the statistic, and its
        standard error; they are valid for strong variants only, and NaN if the statistic is least at an infinite
        effect. Details are of class :class:`WeakInstrumentTest`.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Wang & Kang (2022) Biometrics 78:1699. Anderson & Rubin (1949) Ann Math Stat 20:46.

    Examples
    --------
    >>> found = anderson_rubin([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3)
    >>> print(found.ci)
    [0.3458, 0.6454]
    """

    def excess(split: Split, k: int) -> float:
        return split.anderson_rubin - float(chdtri(k, alpha))

    def test(split: Split, k: int) -> tuple[float, float]:
        return split.anderson_rubin, float(chdtrc(k, split.anderson_rubin))

    found = _moments(bx, by, sx, sy, correlation, samples, overdispersion)
    return _estimate("Anderson-Rubin", found, excess, test, alpha)


def kleibergen(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    correlation: ArrayLike | None = None,
    samples: tuple[float, float] | None = None,
    overdispersion: float = 0.0,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Return the effects that Kleibergen's score test does not reject, however weak the variants are.

    The null of the test is that of :func:`anderson_rubin`. The statistic is the part of the Anderson-Rubin statistic in
    the direction of the effects on the exposure, estimated independently of it. It is chi-squared with 1 degree of
    freedom. It is also small near the maximum of the Anderson-Rubin statistic, so the set may have a second interval
    there, unlike that of :func:`conditional_likelihood_ratio`. The direction is that of Wang & Kang, the first stage
    over its errors. If ``sx / sy`` differs between variants, it is not the most informative one, and intervals are
    slightly wide. The method does not remove confounding of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy, correlation, samples, overdispersion, seed, alpha
        See :func:`anderson_rubin`.

    Returns
    -------
    Estimate
        See :func:`anderson_rubin`.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Wang & Kang (2022) Biometrics 78:1699. Kleibergen (2002) Econometrica 70:1781.

    Examples
    --------
    >>> found = kleibergen([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3)
    >>> 0.5 in found.ci, 0.0 in found.ci
    (True, False)
    """

    def excess(split: Split, k: int) -> float:
        return split.score - float(chdtri(1, alpha))

    def test(split: Split, k: int) -> tuple[float, float]:
        return split.score, float(chdtrc(1, split.score))

    found = _moments(bx, by, sx, sy, correlation, samples, overdispersion)
    return _estimate("Kleibergen", found, excess, test, alpha)


def conditional_likelihood_ratio(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    correlation: ArrayLike | None = None,
    samples: tuple[float, float] | None = None,
    overdispersion: float = 0.0,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Return the effects that the conditional likelihood-ratio test does not reject.

    This is the set to quote if variants may be weak.

    The null of the test is that of :func:`anderson_rubin`. The reference distribution is conditional on the strength of
    the variants: chi-squared with 1 degree of freedom if they are strong, and with p degrees of freedom if they are
    irrelevant. The method does not remove confounding of the variants with the outcome.

    Parameters
    ----------
    bx, by, sx, sy, correlation, samples, overdispersion, seed, alpha
        See :func:`anderson_rubin`.

    Returns
    -------
    Estimate
        See :func:`anderson_rubin`, with ``strength`` in the details.

    Raises
    ------
    ValueError
        If the associations are invalid.

    References
    ----------
    Wang & Kang (2022) Biometrics 78:1699. Moreira (2003) Econometrica 71:1027. Andrews, Moreira & Stock (2007) J Econom
    139:116 (the distribution).

    Examples
    --------
    >>> found = conditional_likelihood_ratio([0.1, 0.2, 0.3], [0.05, 0.11, 0.14], [0.01] * 3, [0.02] * 3)
    >>> 0.5 in found.ci, 0.0 in found.ci
    (True, False)
    """

    def excess(split: Split, k: int) -> float:
        return likelihood_ratio_excess(split, k, alpha)

    def test(split: Split, k: int) -> tuple[float, float]:
        ratio = split.likelihood_ratio
        return ratio, conditional_p_value(ratio, split.strength, k)

    found = _moments(bx, by, sx, sy, correlation, samples, overdispersion)
    return _estimate("conditional likelihood ratio", found, excess, test, alpha, found.split(0.0).strength)


def _moments(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    correlation: ArrayLike | None,
    samples: tuple[float, float] | None,
    overdispersion: float,
) -> TwoSampleMoments:
    if not 0 <= overdispersion < np.inf:
        raise ArgumentError("overdispersion", "be a variance, 0 or more", f"{overdispersion:g}", "leave it out")
    data = check_associations(bx, by, sx, sy, correlation)
    if not data.bx.any():
        raise ArgumentError(
            "bx", "vary for this method", "effects on the exposure that are all zero", "take other variants"
        )
    return moments(data, samples, overdispersion)


def _estimate(
    method: str,
    found: TwoSampleMoments,
    excess: Callable[[Split, int], float],
    test: Callable[[Split, int], tuple[float, float]],
    alpha: float,
    strength: float | None = None,
) -> Estimate:
    beta, se, q = found.least()
    region: ConfidenceSet = found.set_where(lambda split: excess(split, found.k), alpha)
    low, high = (beta, beta) if region.is_empty else (region.intervals[0][0], region.intervals[-1][1])
    statistic, p_value = test(found.split(0.0), found.k)
    details = WeakInstrumentTest(statistic=statistic, q_statistic=q, q_df=found.k - 1, strength=strength)
    return summary_estimate(
        method, beta, se, found.k, interval=(low, high), p_value=p_value, alpha=alpha, details=details, ci=region
    )

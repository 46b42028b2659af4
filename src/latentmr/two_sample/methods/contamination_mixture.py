"""Contamination mixture: maximum likelihood in which each variant may be valid or invalid."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.linalg import quadratic_set
from latentmr.results.objects import ConfidenceSet, Details, Estimate
from latentmr.two_sample.methods.associations import check_associations
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["ContaminationMixture", "contamination_mixture"]

#: Standard deviation of the effects of invalid variants, in standard deviations of the ratios.
SPREAD = 1.5


@dataclass(frozen=True, kw_only=True, repr=False)
class ContaminationMixture(Details):
    """Details of the contamination mixture.

    Parameters
    ----------
    spread : float
        Standard deviation of the effects of invalid variants.
    dispersion : float
        Dispersion of the valid variants' ratios, at least 1.
    n_valid : int
    valid : np.ndarray of bool of dimension (p,)
    """

    spread: float
    dispersion: float
    n_valid: int
    valid: Mask


def contamination_mixture(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    spread: float | None = None,
    limits: tuple[float, float] | str = "ratios",
    alpha: float = 0.05,
) -> Estimate:
    r"""Estimate the effect by the contamination mixture method.

    The estimate is consistent if the valid variants are the largest group with the same ratio.

    The ratio of a valid variant is :math:`N(\theta, s^2)` with s its first-order error, and that of an invalid one is
    :math:`N(0, \psi^2 + s^2)`. Each variant takes the alternative with the higher likelihood. The profile likelihood of
    the effect is then piecewise quadratic. Its maximum and the set of effects that a likelihood-ratio test does not
    reject are computed exactly, while the R function uses a grid. The set may be a union of intervals, one for each
    group of variants. The method does not remove confounding of the variants with the outcome if most of them are
    confounded.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; ``sx`` is not used.
    spread : float, optional
        :math:`\psi`; 1.5 standard deviations of the ratios by default, as ``MendelianRandomization::mr_conmix``. With
        one variant it must be given.
    limits : (float, float) or str
        Range of effects that is searched. ``ratios`` extends two standard errors beyond the outermost ratio estimates,
        as the R function does if all ``bx`` are positive. ``none`` is the whole line.
    alpha : float
        Significance level of the set.

    Returns
    -------
    Estimate
        ``ci`` is the set (null of each effect: it is the true one; chi-squared with one degree of freedom, times the
        squared dispersion), and ``ci_low`` and ``ci_high`` are its ends. ``p_value`` is that of the same test of no
        effect. The R function multiplies by the dispersion in its p value and divides by it in its set, so its p value
        is too small if ratios are overdispersed. ``se`` is that of the mean of the valid variants, times the
        dispersion. Details are of class :class:`ContaminationMixture`.

    Raises
    ------
    ValueError
        If the associations are invalid, an effect on the exposure is zero, or the spread or the limits are invalid.

    References
    ----------
    Burgess, Foley, Allara, Staley & Howson (2020) Nature Communications 11:376.

    Examples
    --------
    >>> found = contamination_mixture([0.1, 0.2, 0.3], [0.05, 0.1, 0.45], [0.01] * 3, [0.01] * 3)
    >>> print(round(found.beta, 3), found.ci, found.details.valid)
    0.5 [0.4123, 0.5877] U [1.446, 1.554] [ True  True False]
    """
    data = check_associations(bx, by, sx, sy)
    if (data.bx == 0).any():
        raise ArgumentError("bx", "not be zero for ratios", "a zero", "leave the variant out")
    ratio, error = data.by / data.bx, np.abs(data.sy / data.bx)
    psi = _spread(ratio, spread)
    low, high = _limits(limits, ratio - 2 * error, ratio + 2 * error)
    chain = _chain(ratio, error, psi, low, high)
    beta, best = chain.maximum()
    valid = np.abs(beta - ratio) < chain.reach
    dispersion = 1.0
    if valid.sum() > 1:
        weights = error[valid] ** -2
        q = float((weights * (ratio[valid] - np.average(ratio[valid], weights=weights)) ** 2).sum())
        dispersion = max(1.0, float(np.sqrt(q / (valid.sum() - 1))))
    intervals = chain.above(best - float(stats.chi2.isf(alpha, 1)) * dispersion**2 / 2)
    # without a valid variant at the limits, the error is that of the most precise one
    information = (error[valid] ** -2).sum() if valid.any() else float((error**-2).max())
    found = wald_estimate(
        "contamination mixture",
        beta,
        dispersion / np.sqrt(information),
        len(ratio),
        alpha=alpha,
        details=ContaminationMixture(spread=psi, dispersion=dispersion, n_valid=int(valid.sum()), valid=valid),
    )
    p_value = float(stats.chi2.sf(max(0.0, 2 * (best - chain.at(0.0))) / dispersion**2, 1))
    ci = ConfidenceSet(intervals, alpha)
    return replace(found, ci=ci, interval=(intervals[0][0], intervals[-1][1]), p=p_value)


def _spread(ratio: Array, spread: float | None) -> float:
    if spread is not None:
        if not (np.isfinite(spread) and spread > 0):
            raise ArgumentError("spread", "be positive", f"{spread:g}", "leave it out for 1.5 sd of the ratios")
        return float(spread)
    psi = SPREAD * float(ratio.std(ddof=1)) if len(ratio) > 1 else 0.0
    # rounding is no spread
    if psi <= 1e-14 * float(np.abs(ratio).max()):
        raise ArgumentError(
            "spread", "be given if all ratios are equal or there is only one", "none", "give a positive number"
        )
    return psi


def _limits(limits: tuple[float, float] | str, lower: Array, upper: Array) -> tuple[float, float]:
    if limits == "ratios":
        return float(lower.min()), float(upper.max())
    if limits == "none":
        return -np.inf, np.inf
    if isinstance(limits, str) or not limits[0] < limits[1]:
        raise ArgumentError("limits", "be ratios, none or a low and a high end", f"{limits!r}", "ratios is usual")
    return float(limits[0]), float(limits[1])


@dataclass(frozen=True)
class _Chain:
    """Piecewise quadratic profile log-likelihood, ``-(a t^2 + 2 b t + c)`` between ends."""

    ratio: Array
    error: Array
    reach: Array
    excluded: Array
    ends: Array
    a: Array
    b: Array
    c: Array

    def at(self, effect: float) -> float:
        included = -((effect - self.ratio) ** 2) / (2 * self.error**2) - np.log(np.sqrt(2 * np.pi) * self.error)
        return float(np.maximum(included, self.excluded).sum())

    def maximum(self) -> tuple[float, float]:
        low, high = self.ends[:-1], self.ends[1:]
        inside = np.where(np.isfinite(low), low, np.where(np.isfinite(high), high, 0.0))
        vertex = np.where(self.a > 0, -self.b / np.where(self.a > 0, self.a, 1.0), inside)
        effects = np.clip(vertex, low, high)
        values = -(self.a * effects**2 + 2 * self.b * effects + self.c)
        effect = float(effects[int(np.argmax(values))])
        return effect, self.at(effect)

    def above(self, level: float) -> tuple[tuple[float, float], ...]:
        pieces: list[tuple[float, float]] = []
        for low, high, a, b, c in zip(self.ends[:-1], self.ends[1:], self.a, self.b, self.c, strict=True):
            for start, end in quadratic_set(a, b, c + level):
                start, end = max(start, low), min(end, high)
                if start > end:
                    continue
                # join intervals that meet at an end
                if pieces and start - pieces[-1][1] <= 1e-9 * max(self.error.min(), abs(start)):
                    pieces[-1] = (pieces[-1][0], end)
                else:
                    pieces.append((start, end))
        return tuple((float(start), float(end)) for start, end in pieces)


def _chain(ratio: Array, error: Array, psi: float, low: float, high: float) -> _Chain:
    total = psi**2 + error**2
    excluded = -(ratio**2) / (2 * total) - np.log(np.sqrt(2 * np.pi * total))
    gain = -np.log(np.sqrt(2 * np.pi) * error) - excluded
    reach = error * np.sqrt(np.maximum(0.0, 2 * gain))
    starts, stops = ratio - reach, ratio + reach
    inner = np.concatenate([starts, stops])
    ends = np.concatenate([[low], np.unique(inner[(inner > low) & (inner < high)]), [high]])
    # cumulative sums over the valid variants of each piece
    places = np.concatenate([np.searchsorted(ends, each, side="left") for each in (starts, stops)])
    entering = np.where(np.concatenate([starts, stops]) <= low, 0, np.minimum(places, len(ends) - 1))
    precision = 1 / (2 * error**2)
    sign = np.repeat([1.0, -1.0], len(ratio))
    terms = [precision, -precision * ratio, precision * ratio**2 - gain]
    sums = [np.bincount(entering, weights=sign * np.tile(each, 2), minlength=len(ends)) for each in terms]
    a, b, c = (np.asarray(np.cumsum(each)[:-1], dtype=np.float64) for each in sums)
    return _Chain(ratio, error, reach, excluded, ends, np.maximum(a, 0.0), b, c - excluded.sum())

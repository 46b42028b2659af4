"""Heterogeneity-penalised model averaging over all subsets of variants that may be valid."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import ConfidenceSet, Details, Estimate
from latentmr.two_sample.methods.associations import check_associations
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array

__all__ = ["HeterogeneityPenalised", "heterogeneity_penalised"]

#: Points around each ratio, in standard errors, at which the likelihood is evaluated, and maximum number of terms.
AROUND, MOST = np.linspace(-6, 6, 49), 8_000_000
#: Maximum number of terms in memory.
AT_ONCE = 4_000_000


@dataclass(frozen=True, kw_only=True, repr=False)
class HeterogeneityPenalised(Details):
    """Details of heterogeneity-penalised averaging.

    Parameters
    ----------
    prior : float
        Prior probability that a variant is valid.
    """

    prior: float


def heterogeneity_penalised(
    bx: ArrayLike, by: ArrayLike, sx: ArrayLike, sy: ArrayLike, *, prior: float = 0.5, alpha: float = 0.05
) -> Estimate:
    r"""Estimate the effect by a likelihood averaged over the subsets of variants that may be valid.

    Every subset of two or more variants has a prior weight and a likelihood that its ratios are one effect. Large
    homogeneous subsets therefore have the largest weights. The estimate is consistent if the valid variants are the
    largest group with the same ratio. The method is that of ``MendelianRandomization::mr_hetpen``, with first-order
    errors of the ratios and without the factor :math:`\sqrt{2 \pi}` of their densities :math:`f_j`. The sum over
    subsets has a closed form,

    .. math:: L(\theta) = \prod_j (1 - p + p f_j(\theta)) - (1 - p)^J - (1 - p)^{J - 1} p \sum_j f_j(\theta),

    for any number of variants (the R function allows 30), and the set is not restricted to a grid. As in the R
    function, the weight of a subset depends on the unit of the ratios, because densities are compared with
    probabilities. The method does not remove confounding of the variants with the outcome if the largest group is
    confounded.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (J,)
        Effects on exposure and outcome, and their standard errors; at least two variants.
    prior : float
        Probability p that a variant is valid, between 0 and 1.
    alpha : float
        Significance level of the set.

    Returns
    -------
    Estimate
        ``beta`` maximises the likelihood, and ``se`` comes from its curvature there. ``ci`` is the set of effects whose
        log-likelihood is less than half the quantile of chi-squared (1) below the maximum; it may be a union of
        intervals. ``p_value`` is that of the same likelihood ratio at no effect. Details are of class
        :class:`HeterogeneityPenalised`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the prior is not a probability.

    References
    ----------
    Burgess, Zuber, Gkatzionis & Foley (2018) Int J Epidemiol 47:1242.

    Examples
    --------
    >>> found = heterogeneity_penalised([0.1, 0.2, 0.3, 0.4], [0.05, 0.1, 0.15, 0.9], [0.01] * 4, [0.02] * 4)
    >>> round(found.beta, 2)
    0.5
    """
    if not 0 < prior < 1:
        raise ArgumentError("prior", "be a probability between 0 and 1", f"{prior:g}", "0.5 is usual")
    data = check_associations(bx, by, sx, sy, fewest=2)
    if (data.bx == 0).any():
        raise ArgumentError("bx", "not be zero for ratios", "a zero", "leave the variant out")
    average = _Average(data.by / data.bx, data.sy / np.abs(data.bx), prior)
    places = average.places()
    values = average.at(places)
    best = int(np.argmax(values))
    low, high = places[max(best - 1, 0)], places[min(best + 1, len(places) - 1)]
    peak = optimize.minimize_scalar(lambda x: -average.one(x), bounds=(low, high), method="bounded",
                                    options={"xatol": 1e-9 * (high - low)})  # fmt: skip
    beta, top = (float(peak.x), -float(peak.fun)) if -peak.fun >= values[best] else (places[best], values[best])
    level = top - stats.chi2.isf(alpha, 1) / 2
    pieces = average.above(level, np.sort(np.append(places, beta)))
    step = 1e-3 * float(average.error.min())
    curvature = (2 * top - average.one(beta - step) - average.one(beta + step)) / step**2
    se = 1 / np.sqrt(curvature) if curvature > 0 else float(average.error.min())
    details = HeterogeneityPenalised(prior=prior)
    found = wald_estimate("heterogeneity-penalised average", beta, se, len(data.bx), alpha=alpha, details=details)
    p_value = float(stats.chi2.sf(max(0.0, 2 * (top - average.one(0.0))), 1))
    return replace(found, ci=ConfidenceSet(pieces, alpha), interval=(pieces[0][0], pieces[-1][1]), p=p_value)


@dataclass(frozen=True)
class _Average:
    """Log-likelihood of an effect, averaged over subsets."""

    ratio: Array
    error: Array
    prior: float

    def at(self, effects: Array) -> Array:
        """Evaluate at many effects, in blocks."""
        size = max(1, AT_ONCE // len(self.ratio))
        return np.concatenate([self._block(effects[i : i + size]) for i in range(0, len(effects), size)])

    def one(self, effect: float) -> float:
        return float(self._block(np.array([effect]))[0])

    def _block(self, effects: Array) -> Array:
        z = (effects[:, None] - self.ratio) / self.error
        odds = self.prior / (1 - self.prior) * np.exp(-(z**2) / 2) / self.error
        # shares of sets without a variant, of single variants and of two or more, variant by variant: a difference of
        # their sums would be rounding alone where all odds are small
        empty, single, several = np.ones(len(odds)), np.zeros(len(odds)), np.zeros(len(odds))
        for column in odds.T:
            share = column / (1 + column)
            several = several + single * share
            single = single * (1 - share) + empty * share
            empty = empty * (1 - share)
        return np.asarray(np.log1p(odds).sum(axis=1) + np.log(np.maximum(several, np.finfo(np.float64).tiny)))

    def places(self) -> Array:
        """Return effects around every ratio, thinned if they are many."""
        found = np.unique((self.ratio[:, None] + self.error[:, None] * AROUND).ravel())
        most = MOST // len(self.ratio)
        if len(found) > most:
            found = found[np.linspace(0, len(found) - 1, most).round().astype(np.int64)]
        best = int(np.argmax(self.at(found)))
        low, high = found[max(best - 3, 0)], found[min(best + 3, len(found) - 1)]
        return np.unique(np.concatenate([found, np.linspace(low, high, 301)]))

    def above(self, level: float, places: Array) -> tuple[tuple[float, float], ...]:
        """Return the intervals in which the log-likelihood is above a level."""
        inside = self.at(places) > level
        inside[[0, -1]] = False
        turns = np.flatnonzero(inside[1:] != inside[:-1])
        gaps = np.diff(places)
        ends = [
            optimize.brentq(lambda x: self.one(x) - level, places[i], places[i + 1], xtol=1e-12 * gaps[i], rtol=1e-12)
            for i in turns
        ]
        return tuple(zip(ends[::2], ends[1::2], strict=True))

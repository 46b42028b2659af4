"""Constrained maximum likelihood: two-sample MR that allows K invalid variants, for every K."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations, for_draws, order_for_draws
from latentmr.two_sample.methods.exact_weights import derivatives
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["CRITERIA", "Cml", "cml"]

CRITERIA = ("bic", "aic")
#: Change of an effect, in standard errors of IVW, below which it has converged.
TOLERANCE = 1e-6
#: Maximum number of rounds of a final descent, and of steps in each, for effects that converge slowly.
ROUNDS, STEPS = 20, 60
#: Effect, in ratios of the errors of outcome and exposure, beyond which a maximum counts as infinite, and largest total
#: weight of numbers K without a finite effect and error.
FARTHEST, UNSETTLED = 1e6, 0.05
#: The scan over K ends after this number of successive increases of the criterion, and this total increase. Larger K
#: then have less than exp(-40) of the weight.
STEADY, NEGLIGIBLE = 10, 80.0
#: Maximum number of perturbed values in memory.
AT_ONCE = 100_000


@dataclass(frozen=True, kw_only=True, repr=False)
class Cml(Details):
    """Details of constrained maximum likelihood.

    Parameters
    ----------
    n_invalid : int
        Number of invalid variants at the best K, without perturbation.
    fit_p_value : float or None
        P value of goodness of fit (null: errors by the likelihood and by perturbation agree), by the fourth moment:
        GOF1 of the R function. None without perturbations, or if it cannot be computed.
    valid : np.ndarray of bool of dimension (p,)
        Valid variants at the best K, without perturbation.
    """

    n_invalid: int
    fit_p_value: float | None = None
    valid: Mask


def cml(
    bx: ArrayLike,
    by: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    *,
    sample_size: int,
    criterion: str = "bic",
    average: bool = True,
    perturbations: int = 200,
    most_invalid: int | None = None,
    iterations: int = 100,
    converge: bool = True,
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Estimate the effect by maximum likelihood with K invalid variants, averaged over K (cML-MA-BIC-DP).

    Effects of variants on the exposure are parameters, and K variants have pleiotropic effects of any size, which may
    be correlated with those on the exposure. An information criterion chooses K or gives weights to all K. The estimate
    is consistent if the valid variants are the largest group with the same ratio (plurality). The method does not
    remove confounding of the variants with the outcome if most of them are confounded.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least two variants.
    sample_size : int
        Sample size of the smaller study. Its logarithm is the penalty of BIC.
    criterion : str
        ``bic``, as ``MendelianRandomization::mr_cML``, or ``aic``.
    average : bool
        Whether to average over K with weights ``exp(-criterion / 2)``, or to use the best K.
    perturbations : int
        Number of perturbed data sets, drawn around the observed effects, by which the standard error accounts for the
        choice of K. The effect of each K is their mean, and its error their standard deviation. With 0, errors come
        from the likelihood. 200 perturbations take a second with hundreds of variants, and minutes with 10,000.
    most_invalid : int, optional
        Maximum K; p - 2 by default.
    iterations : int
        Maximum number of steps of each ascent. It starts from no effect, as in the R function, and finds the same local
        maximum.
    converge : bool
        Whether Newton's method takes an ascent that has not converged to its maximum. The R function returns the last
        step instead, which is none of the method's estimates.
    seed : int
        Random seed of the perturbations.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        An estimate with a normal p value and details of class :class:`Cml`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the likelihood gives no standard error.

    References
    ----------
    Xue, Shen & Pan (2021) Am J Hum Genet 108:1251.

    Examples
    --------
    >>> bx, by = [0.1, 0.2, 0.3, 0.4, 0.5], [0.05, 0.1, 0.15, 0.2, 0.9]
    >>> found = cml(bx, by, [0.01] * 5, [0.01] * 5, sample_size=10000, perturbations=0)
    >>> print(round(found.beta, 2), found.details.valid)
    0.5 [ True  True  True  True False]
    """
    if criterion not in CRITERIA:
        raise ArgumentError("criterion", f"be one of {', '.join(CRITERIA)}", f"{criterion!r}", "bic is usual")
    if sample_size < 2:
        raise ArgumentError("sample_size", "be at least 2", f"{sample_size}", "give that of the smaller study")
    if perturbations < 0 or perturbations == 1:
        raise ArgumentError("perturbations", "be 0 or at least 2", f"{perturbations}", "200 is usual")
    if iterations < 1:
        raise ArgumentError("iterations", "be at least 1", f"{iterations}", "100 is usual")
    data = check_associations(bx, by, sx, sy, fewest=2)
    p = len(data.bx)
    most = p - 2 if most_invalid is None else most_invalid
    if not 0 <= most <= p - 2:
        raise ArgumentError("most_invalid", f"lie between 0 and {p - 2}", f"{most}", "two variants must stay valid")
    if not data.bx.any():
        raise ArgumentError("bx", "not be all zero", "zeros only", "take other variants")
    order = order_for_draws(data.bx[:, None], data.by, data.sx[:, None], data.sy)[0]
    data = for_draws(data)
    penalty = float(np.log(sample_size)) if criterion == "bic" else 2.0
    scan = _Scan(data, penalty, most, iterations, converge)
    plain = scan.run(lambda: [(data.bx[None], data.by[None])], least=0)
    place = int(np.argmin(plain.score))
    invalid = _ascend(data.bx[None], data.by[None], data, place, iterations, converge)[3][0]
    fit_p_value = None
    theta, se, score = plain.theta[:, 0], plain.se[:, 0], plain.score
    if perturbations:
        drawn = scan.run(lambda: _perturbed(data, perturbations, seed), least=place)
        fit_p_value = _fit_p_value(float(se[place]), drawn.theta[place], drawn.se[place])
        theta, se, score = drawn.theta.mean(axis=1), drawn.theta.std(axis=1, ddof=1), drawn.score
    beta, error = _combined(theta, se, score, average)
    if not (np.isfinite(error) and error > 0):
        raise ArgumentError(
            "bx",
            "be strong enough for a standard error of the effect",
            "variants that are too weak",
            "give `perturbations`, or take raps",
        )
    name = "cML" + ("-MA" if average else "") + f"-{criterion.upper()}" + ("-DP" if perturbations else "")
    details = Cml(n_invalid=place, fit_p_value=fit_p_value, valid=~invalid[np.argsort(order)])
    return wald_estimate(name, beta, error, p, alpha=alpha, details=details)


@dataclass(frozen=True)
class _Fits:
    """Effects, standard errors and mean criterion by K, with a column for each perturbation."""

    theta: Array
    se: Array
    score: Array


@dataclass(frozen=True)
class _Scan:
    data: Associations
    penalty: float
    most: int
    iterations: int
    converge: bool

    def run(self, blocks: Callable[[], Iterable[tuple[Array, Array]]], least: int) -> _Fits:
        """Fit every K from 0 up to the K beyond which the weight is negligible."""
        thetas, errors, scores = [], [], []
        for k in range(self.most + 1):
            parts = [_ascend(bx, by, self.data, k, self.iterations, self.converge)[:3] for bx, by in blocks()]
            theta, se, loss = (np.concatenate(each) for each in zip(*parts, strict=True))
            thetas.append(theta)
            errors.append(se)
            scores.append(self.penalty * k + 2 * float(loss.mean()))
            rising = k >= STEADY and np.diff(scores[-STEADY - 1 :]).min() > 0
            if k >= least and rising and scores[-1] > min(scores) + NEGLIGIBLE:
                break
        return _Fits(np.array(thetas), np.array(errors), np.array(scores))


def _perturbed(data: Associations, perturbations: int, seed: int) -> Iterable[tuple[Array, Array]]:
    """Yield blocks of perturbed data, the same in each call."""
    p = len(data.bx)
    rows = max(1, AT_ONCE // p)
    for i, each in enumerate(np.random.SeedSequence(seed).spawn(-(-perturbations // rows))):
        rng, shape = np.random.default_rng(each), (min(rows, perturbations - i * rows), p)
        yield data.bx + data.sx * rng.standard_normal(shape), data.by + data.sy * rng.standard_normal(shape)


def _ascend(
    bx: Array, by: Array, data: Associations, k: int, iterations: int, converge: bool
) -> tuple[Array, Array, Array, Mask]:
    """Return effect, error, minus log-likelihood and invalid variants of each row of data, with k invalid variants."""
    n, p = bx.shape
    wx, wy = data.sx**-2, data.sy**-2
    theta, mu, invalid = np.zeros(n), np.zeros((n, p)), np.zeros((n, p), dtype=bool)
    rows, x, y = np.arange(n), bx, by
    small = TOLERANCE / np.sqrt(bx**2 @ wy)
    for _ in range(iterations):
        t, m = theta[rows, None], mu[rows]
        mask = _largest((y - t * m) ** 2 * wy, k)
        # the pleiotropic effect equals the residual at the previous effects
        free = np.where(mask, t * m, y) if k else y
        m = (x * wx + t * free * wy) / (wx + t**2 * wy)
        updated = (free * m * wy).sum(axis=1) / (m**2 * wy).sum(axis=1)
        mu[rows], invalid[rows], theta[rows] = m, mask, updated
        active = np.abs(updated - t[:, 0]) > small[rows]
        if not active.all():
            rows, x, y = rows[active], x[active], y[active]
        if not len(rows):
            break
    if converge and len(rows):
        theta[rows], mu[rows], invalid[rows] = _finished(x, y, data, invalid[rows], theta[rows], small[rows])
    t, valid = theta[:, None], ~invalid
    with np.errstate(invalid="ignore"):
        loss = (valid * ((bx - mu) ** 2 * wx + (by - t * mu) ** 2 * wy)).sum(axis=1) / 2
        information = (valid * (mu**2 * wy - (2 * mu * t - by) ** 2 * wy**2 / (wx + t**2 * wy))).sum(axis=1)
    # at an infinite effect the true effects on the exposure are zero
    loss = np.where(np.isfinite(theta), loss, (valid * bx**2 * wx).sum(axis=1) / 2)
    se = np.full(n, np.nan)
    se[information > 0] = information[information > 0] ** -0.5
    return theta, se, loss, invalid


def _finished(
    x: Array, y: Array, data: Associations, invalid: Mask, theta: Array, small: Array
) -> tuple[Array, Array, Mask]:
    """Descend from effects that converge slowly, and return effects, true effects on the exposure and invalid variants.

    An ascent slows down if many variants are invalid or weak. Given the invalid variants, minus the log-likelihood of
    the others is half of Q, which Newton's method minimises. The effect is NaN if Q falls towards infinity.
    """
    wx, wy = data.sx**-2, data.sy**-2
    theta, invalid, mu = theta.copy(), invalid.copy(), np.zeros(x.shape)
    k, going = int(invalid[0].sum()), np.arange(len(theta))
    for _ in range(ROUNDS):
        own = replace(data, bx=x[going], by=y[going])
        theta[going] = _least_near(own, ~invalid[going], theta[going], small[going])
        t = theta[going, None]
        shrunk = (x[going] * wx + t * y[going] * wy) / (wx + t**2 * wy)
        mu[going] = np.where(invalid[going], x[going], shrunk)
        mask = _largest(np.nan_to_num((y[going] - t * mu[going]) ** 2 * wy), k)
        changed = (mask != invalid[going]).any(axis=1) & np.isfinite(theta[going])
        if not changed.any():
            return theta, mu, invalid
        invalid[going[changed]] = mask[changed]
        going = going[changed]
    theta[going] = np.nan
    return theta, mu, invalid


def _least_near(data: Associations, valid: Mask, theta: Array, small: Array) -> Array:
    """Return the minimum of Q of the valid variants near each effect, or NaN if there is none."""
    counts, ones = valid.astype(np.float64), np.ones(len(theta))
    farthest = FARTHEST * float(np.sqrt((data.sy**2).mean() / (data.sx**2).mean()))
    theta, ended = theta.copy(), np.zeros(len(theta), dtype=bool)
    for _ in range(STEPS):
        q, slope, curvature, _ = derivatives(data, counts, theta, ones)
        if ended.all():
            break
        # if Q is not convex, a Gauss-Newton step goes down
        always = 2 * (counts * data.bx**2 / (data.sy**2 + (theta[:, None] * data.sx) ** 2)).sum(axis=1)
        step = np.where(ended, 0.0, -slope / np.where(curvature > 0, curvature, np.maximum(always, 1e-300)))
        for _ in range(40):
            rises = derivatives(data, counts, theta + step, ones)[0] > q * (1 + 1e-13)
            if not rises.any():
                break
            step = np.where(rises, step / 2, step)
        theta = theta + step
        ended |= (np.abs(step) <= small) & (curvature > 0) | (np.abs(theta) > farthest)
    return np.where(ended & (curvature > 0) & (np.abs(theta) <= farthest), theta, np.nan)


def _largest(values: Array, k: int) -> Mask:
    """Mark the k largest values of each row, the first of equal ones."""
    if k == 0:
        return np.zeros(values.shape, dtype=bool)
    edge = np.partition(values, -k, axis=1)[:, -k, None]
    mask = values >= edge
    for row in np.flatnonzero(mask.sum(axis=1) > k):
        mask[row] = False
        mask[row, np.argsort(-values[row], kind="stable")[:k]] = True
    return mask


def _combined(theta: Array, se: Array, score: Array, average: bool) -> tuple[float, float]:
    if not average:
        place = int(np.argmin(score))
        return float(theta[place]), float(se[place])
    weights = np.exp(-(score - score.min()) / 2)
    weights /= weights.sum()
    found = np.isfinite(theta)
    # without an error of its own, a number K would make the error of the average too small
    if weights[~(found & np.isfinite(se))].sum() > UNSETTLED:
        return np.nan, np.nan
    weights = weights[found] / weights[found].sum()
    theta, se = theta[found], se[found]
    beta = float(weights @ theta)
    # a K whose likelihood gives no error adds none, as in the R function
    return beta, float(np.nansum(weights * np.sqrt(se**2 + (theta - beta) ** 2)))


def _fit_p_value(se: float, theta: Array, errors: Array) -> float | None:
    n, variance = len(theta), float(theta.var(ddof=1))
    fourth = float(((theta - theta.mean()) ** 4).mean())
    own = errors[np.isfinite(errors)] ** 2
    spread = (fourth - (n - 3) / (n - 1) * variance**2) / n + (float(own.var(ddof=1)) if len(own) > 1 else 0.0)
    if not (np.isfinite(se) and spread > 0):
        return None
    return float(2 * stats.norm.sf(abs(se**2 - variance) / np.sqrt(spread)))

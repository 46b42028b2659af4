"""Constrained maximum likelihood: two-sample MR that lets up to K variants be invalid, for every K."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from latentmr.errors import ArgumentError
from latentmr.results.objects import Details, Estimate
from latentmr.two_sample.methods.associations import Associations, check_associations
from latentmr.two_sample.methods.wald_interval import wald_estimate
from latentmr.typing import Array, ArrayLike, Mask

__all__ = ["CRITERIA", "Cml", "cml"]

CRITERIA = ("bic", "aic")
#: An effect has converged where it moves by less.
TOLERANCE = 1e-7
#: The scan of numbers of invalid variants ends where the criterion has risen as often in a row, by as much in all:
#: what follows has less than exp(-40) of the weight.
STEADY, NEGLIGIBLE = 10, 80.0
#: Values that are perturbed at once.
AT_ONCE = 100_000


@dataclass(frozen=True, kw_only=True)
class Cml(Details):
    """What constrained maximum likelihood adds.

    Parameters
    ----------
    n_invalid : int
        Of the best K, without perturbation.
    fit_p_value : float or None
        Null: errors by the likelihood and by perturbation agree; by the fourth moment, the reference implementation's
        GOF1. None without perturbations, or where it cannot be told.
    valid : np.ndarray of bool of dimension (p,)
        By the best K, without perturbation.
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
    seed: int = 0,
    alpha: float = 0.05,
) -> Estimate:
    """Maximum likelihood with up to K invalid variants, over all K (cML-MA-BIC-DP).

    Effects of variants on the exposure are parameters, and K variants have pleiotropic effects of any size, correlated
    with those on the exposure or not. An information criterion chooses K or weighs all K. Right where the largest group
    of variants of one ratio is of valid ones (plurality). It does not remove confounding of the variants with the
    outcome if most of them are confounded.

    Parameters
    ----------
    bx, by, sx, sy : array_like of dimension (p,)
        Effects on exposure and outcome, and their standard errors; at least two variants.
    sample_size : int
        Of the smaller study; BIC's penalty is its logarithm.
    criterion : str
        ``bic``, as ``MendelianRandomization::mr_cML``, or ``aic``.
    average : bool
        Whether to average over K by weights ``exp(-criterion / 2)``, or to take the best K.
    perturbations : int
        Times that the data are drawn again around themselves, so that the error counts the choice of K: the effect of
        each K is the mean and its error the standard deviation over them. 0 for none, with errors by the likelihood:
        200 take a second with hundreds of variants, minutes with 10,000.
    most_invalid : int, optional
        Largest K; p - 2 by default.
    iterations : int
        Most steps of each ascent, which starts from no effect as in the peer, whose local maximum it takes.
    seed : int
        Of the perturbations.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    Estimate
        P value by the normal distribution; with details of class :class:`Cml`.

    Raises
    ------
    ValueError
        If the associations are invalid, or the likelihood gives no error.

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
        raise ArgumentError("criterion", f"be one of {', '.join(CRITERIA)}", f"{criterion!r}")
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
    # of the allele that raises the exposure: the draws do not depend on which allele was counted
    sign = np.where(data.bx < 0, -1.0, 1.0)
    data = replace(data, bx=sign * data.bx, by=sign * data.by)
    penalty = float(np.log(sample_size)) if criterion == "bic" else 2.0
    scan = _Scan(data, penalty, most, iterations)
    plain = scan.run(lambda: [(data.bx[None], data.by[None])], least=0)
    place = int(np.argmin(plain.score))
    invalid = _ascend(data.bx[None], data.by[None], data, place, iterations)[3][0]
    fit_p_value = None
    theta, se, score = plain.theta[:, 0], plain.se[:, 0], plain.score
    if perturbations:
        drawn = scan.run(lambda: _perturbed(data, perturbations, seed), least=place)
        fit_p_value = _fit_p_value(float(se[place]), drawn.theta[place], drawn.se[place])
        theta, se, score = drawn.theta.mean(axis=1), drawn.theta.std(axis=1, ddof=1), drawn.score
    beta, error = _combined(theta, se, score, average)
    if not (np.isfinite(error) and error > 0):
        raise ArgumentError(
            "bx", "be strong enough for an error of the effect", "weak variants", "perturb or take raps"
        )
    name = "cML" + ("-MA" if average else "") + f"-{criterion.upper()}" + ("-DP" if perturbations else "")
    details = Cml(n_invalid=place, fit_p_value=fit_p_value, valid=~invalid)
    return wald_estimate(name, beta, error, p, alpha=alpha, details=details)


@dataclass(frozen=True)
class _Fits:
    """Effects, errors and mean criterion by K; with a column for each perturbation."""

    theta: Array
    se: Array
    score: Array


@dataclass(frozen=True)
class _Scan:
    data: Associations
    penalty: float
    most: int
    iterations: int

    def run(self, blocks: Callable[[], Iterable[tuple[Array, Array]]], least: int) -> _Fits:
        """Fit every K from 0, up to where more cannot matter, as each frees the next largest residual."""
        thetas, errors, scores = [], [], []
        for k in range(self.most + 1):
            parts = [_ascend(bx, by, self.data, k, self.iterations)[:3] for bx, by in blocks()]
            theta, se, loss = (np.concatenate(each) for each in zip(*parts, strict=True))
            thetas.append(theta)
            errors.append(se)
            scores.append(self.penalty * k + 2 * float(loss.mean()))
            rising = k >= STEADY and np.diff(scores[-STEADY - 1 :]).min() > 0
            if k >= least and rising and scores[-1] > min(scores) + NEGLIGIBLE:
                break
        return _Fits(np.array(thetas), np.array(errors), np.array(scores))


def _perturbed(data: Associations, perturbations: int, seed: int) -> Iterable[tuple[Array, Array]]:
    """Blocks of the data drawn again, the same each time."""
    p = len(data.bx)
    rows = max(1, AT_ONCE // p)
    for i, each in enumerate(np.random.SeedSequence(seed).spawn(-(-perturbations // rows))):
        rng, shape = np.random.default_rng(each), (min(rows, perturbations - i * rows), p)
        yield data.bx + data.sx * rng.standard_normal(shape), data.by + data.sy * rng.standard_normal(shape)


def _ascend(bx: Array, by: Array, data: Associations, k: int, iterations: int) -> tuple[Array, Array, Array, Mask]:
    """Effect, its error, minus log-likelihood and invalid variants of each row of data, with k invalid variants."""
    n, p = bx.shape
    wx, wy = data.sx**-2, data.sy**-2
    theta, mu, invalid = np.zeros(n), np.zeros((n, p)), np.zeros((n, p), dtype=bool)
    rows, x, y = np.arange(n), bx, by
    for _ in range(iterations):
        t, m = theta[rows, None], mu[rows]
        mask = _largest((y - t * m) ** 2 * wy, k)
        # a pleiotropic effect takes up the residual at the effects before
        free = np.where(mask, t * m, y) if k else y
        m = (x * wx + t * free * wy) / (wx + t**2 * wy)
        updated = (free * m * wy).sum(axis=1) / (m**2 * wy).sum(axis=1)
        mu[rows], invalid[rows], theta[rows] = m, mask, updated
        active = np.abs(updated - t[:, 0]) > TOLERANCE
        if not active.all():
            rows, x, y = rows[active], x[active], y[active]
        if not len(rows):
            break
    t, valid = theta[:, None], ~invalid
    loss = (valid * ((bx - mu) ** 2 * wx + (by - t * mu) ** 2 * wy)).sum(axis=1) / 2
    information = (valid * (mu**2 * wy - (2 * mu * t - by) ** 2 * wy**2 / (wx + t**2 * wy))).sum(axis=1)
    se = np.full(n, np.nan)
    se[information > 0] = information[information > 0] ** -0.5
    return theta, se, loss, invalid


def _largest(values: Array, k: int) -> Mask:
    """The k largest of each row; of equals the first."""
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
    beta = float(weights @ theta)
    # a K whose likelihood has no error adds none, as in the peer
    return beta, float(np.nansum(weights * np.sqrt(se**2 + (theta - beta) ** 2)))


def _fit_p_value(se: float, theta: Array, errors: Array) -> float | None:
    n, variance = len(theta), float(theta.var(ddof=1))
    fourth = float(((theta - theta.mean()) ** 4).mean())
    own = errors[np.isfinite(errors)] ** 2
    spread = (fourth - (n - 3) / (n - 1) * variance**2) / n + (float(own.var(ddof=1)) if len(own) > 1 else 0.0)
    if not (np.isfinite(se) and spread > 0):
        return None
    return float(2 * stats.norm.sf(abs(se**2 - variance) / np.sqrt(spread)))

"""The confidence interval method: the largest group of instruments whose intervals overlap and pass Sargan's test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.iv.invalid.estimate import InvalidInstrumentEstimate, wald_interval
from latentmr.iv.invalid.individual_data import IndividualData, checked_data, inverse, reduced_coefficients
from latentmr.results.objects import ConfidenceSet, Details
from latentmr.typing import Array, ArrayLike, Integers

__all__ = ["Ciiv", "TwoStepGmm", "ciiv"]


@dataclass(frozen=True)
class TwoStepGmm(Details):
    """Two-step GMM on the instruments that were found valid.

    Parameters
    ----------
    beta, se : float
        Effect and standard error.
    ci : ConfidenceSet
        Wald interval.
    """

    beta: float
    se: float
    ci: ConfidenceSet


@dataclass(frozen=True)
class Ciiv(Details):
    """What the confidence interval method adds to its estimate.

    Parameters
    ----------
    overidentification : str
        ``Sargan`` or ``Hansen``: the test that the instruments taken as valid have passed.
    statistic, p_value : float or None
        Of that test; None with one valid instrument.
    level : float
        Of the tests on the way down.
    estimates, errors : np.ndarray of dimension (k,)
        Of each instrument alone.
    first_stage_t : np.ndarray of dimension (k,)
        First-stage t of each instrument.
    gmm : TwoStepGmm or None
        With robust errors.
    """

    overidentification: str
    statistic: float | None
    p_value: float | None
    level: float
    estimates: Array
    errors: Array
    first_stage_t: Array
    gmm: TwoStepGmm | None = None


def ciiv(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    robust: bool = True,
    firststage: bool = False,
    alpha: float = 0.05,
) -> InvalidInstrumentEstimate[Ciiv]:
    """Confidence interval method (Windmeijer, Liang, Hartwig and Bowden, 2021).

    Each instrument gives an estimate with the others as controls, and an interval around it. Intervals are narrowed
    from very wide ones; where the largest group that overlaps loses a member, its overidentifying restrictions are
    tested at level ``0.1 / log(n)``, and the first group to pass is taken as valid (of several with as many members,
    that with the smallest statistic). The effect is identified under the plurality rule. Instruments outside the
    group, irrelevant ones too, are controls.

    Parameters
    ----------
    Z : array of dimension (n, k)
        At least two linearly independent candidate instruments.
    x, y : array of dimension (n,)
        Exposure and outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors; an intercept is always added.
    robust : bool
        Intervals and errors robust to heteroskedasticity (HC0), and Hansen's J of two-step GMM, at the price of one
        more pass over the people for each group tested; without, homoskedastic errors with variance ``RSS / n``, and
        Sargan's statistic.
    firststage : bool
        Consider only instruments with a first-stage t of ``sqrt(2.01 log k)`` or more.
    alpha : float
        Significance level of the intervals (not of the selection).

    Returns
    -------
    InvalidInstrumentEstimate
        Two-stage least squares after selection; its ``details`` are a :class:`Ciiv`.

    Raises
    ------
    ValueError
        Where an argument has the wrong shape or value, instruments are fewer than two or collinear, none is relevant,
        or no two agree.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u, e = rng.normal(size=(2000, 5)), rng.normal(size=2000), rng.normal(size=2000)
    >>> x = Z.sum(axis=1) + u
    >>> result = ciiv(Z, x, 0.5 * x + 2 * Z[:, 0] + u + e)
    >>> result.invalid, abs(result.beta - 0.5) < 0.1
    ((0,), True)
    """
    probability("alpha", alpha)
    data = checked_data("CIIV", Z, x, y, C)
    reduced = reduced_coefficients(data, robust)
    t = reduced.t
    relevant = np.arange(data.k)
    if firststage:
        threshold = float(np.sqrt(2.01 * np.log(data.k)))
        relevant = np.flatnonzero(np.abs(t) >= threshold)
        if not len(relevant):
            raise ArgumentError(
                "Z",
                f"hold an instrument whose first-stage |t| is at least {threshold:.2f}, the square root of 2.01 log k",
                f"{np.abs(t).max():.2f} at most",
                "give stronger instruments, or firststage=False",
            )
    exposure = reduced.exposure
    known = exposure != 0
    ratio = np.where(known, reduced.outcome / np.where(known, exposure, 1.0), 0.0)
    variance = np.array([reduced.covariance(b)[j, j] for j, b in enumerate(ratio)])
    # an instrument without any first stage is compatible with every effect
    error = np.where(known, np.sqrt(np.maximum(variance, 0)) / np.abs(np.where(known, exposure, 1.0)), np.inf)
    level = 0.1 / float(np.log(data.n))
    group = _downward_testing(data, robust, relevant, ratio, error, level)
    gmm = None
    if robust:
        gmm_se = _gmm_error(data, group)
        gmm = TwoStepGmm(group.gmm, gmm_se, wald_interval(group.gmm, gmm_se, alpha))
    valid = tuple(group.valid.tolist())
    return InvalidInstrumentEstimate(
        method="CIIV",
        beta=group.beta,
        se=group.se,
        ci=wald_interval(group.beta, group.se, alpha),
        alpha=alpha,
        n=data.n,
        k=data.k,
        valid=valid,
        invalid=tuple(j for j in relevant.tolist() if j not in valid),
        relevant=tuple(relevant.tolist()),
        details=Ciiv(
            overidentification="Hansen" if robust else "Sargan",
            statistic=group.statistic if len(group.valid) > 1 else None,
            p_value=group.p_value,
            level=level,
            estimates=ratio,
            errors=error,
            first_stage_t=t,
            gmm=gmm,
        ),
    )


@dataclass(frozen=True)
class _Group:
    """Estimates with some instruments valid and the others controls, and the test of overidentification.

    ``maker`` [k, v] turns instruments into the valid ones given the controls; ``moments`` [v, 2] are products of these
    with exposure and outcome; ``residual`` [k + 2] gives the structural residual from ``[Z, x, y]``; ``meat`` [c + 1 +
    k, c + 1 + k] sums products of ``[1, C, Z]`` weighted by that residual squared, and ``weight`` [v, v] inverts the
    covariance of ``moments``.
    """

    valid: Integers
    maker: Array
    moments: Array
    weight: Array
    residual: Array
    beta: float
    se: float
    gmm: float
    meat: Array
    statistic: float
    p_value: float | None


def _downward_testing(
    data: IndividualData, robust: bool, relevant: Integers, ratio: Array, error: Array, level: float
) -> _Group:
    """The largest group that overlaps at some width of the intervals and whose restrictions are not rejected."""
    if len(relevant) == 1:
        return _fit(data, relevant, robust)
    b, s = ratio[relevant], error[relevant]
    first, second = np.triu_indices(len(relevant), 1)
    # at these multiples of the standard errors a pair of intervals ceases to overlap
    width = np.unique(np.abs(b[first] - b[second]) / (s[first] + s[second]))[::-1]
    middle = np.concatenate([[2 * width[0] + 1], (width[1:] + width[:-1]) / 2])
    start = 0
    while start < len(middle):
        groups = _largest_overlaps(b, s, middle[start])
        size = len(groups[0])
        if size < 2:
            break
        fits = [_fit(data, relevant[list(group)], robust) for group in groups]
        best = min(fits, key=lambda fit: fit.statistic)
        if best.p_value is not None and best.p_value > level:
            return best
        # sizes fall as intervals narrow, and a group that overlaps still does when they widen: the next to look at
        # is the widest with a smaller group
        low, high = start, len(middle)
        while high - low > 1:
            half = (low + high) // 2
            low, high = (half, high) if len(_largest_overlaps(b, s, middle[half])[0]) == size else (low, half)
        start = high
    raise ArgumentError(
        "Z",
        "hold two instruments that agree on the effect",
        f"{len(relevant)} of which no two pass the test of overidentifying restrictions",
        "give more instruments",
    )


def _largest_overlaps(b: Array, s: Array, width: float) -> list[tuple[int, ...]]:
    """The largest groups of intervals ``b +- width s`` with a common point; such a group has one at a lower end."""
    low, high = b - width * s, b + width * s
    member = (low[None, :] <= low[:, None]) & (low[:, None] <= high[None, :])
    count = member.sum(axis=1)
    return sorted({tuple(np.flatnonzero(row).tolist()) for row in member[count == count.max()]})


def _fit(data: IndividualData, valid: Integers, robust: bool) -> _Group:
    k, S = data.k, data.S
    controls = np.setdiff1d(np.arange(k), valid)
    maker = np.zeros((k, len(valid)))
    maker[valid, np.arange(len(valid))] = 1.0
    maker[controls] = -inverse(S[np.ix_(controls, controls)]) @ S[np.ix_(controls, valid)]
    moments = maker.T @ S[:k, k:]
    weight = inverse(maker.T @ S[:k, :k] @ maker)
    strength = float(moments[:, 0] @ weight @ moments[:, 0])
    if strength <= 0:
        raise ArgumentError(
            "Z",
            "hold valid instruments related to x",
            f"the group {valid.tolist()} (columns counted from 0), whose first stage is zero",
            "give firststage=True",
        )
    beta = gmm = float(moments[:, 0] @ weight @ moments[:, 1]) / strength
    residual = _residual(data, controls, beta, np.zeros(k))
    variance = float(residual @ S @ residual) / data.n
    se = float(np.sqrt(variance / strength))
    weight = weight / variance
    meat = np.zeros((0, 0))
    if robust:
        fitted = maker @ (weight @ moments[:, 0]) * variance / strength
        meat = _meat(data, residual, np.zeros(data.C.shape[1] + 1))
        se = float(np.sqrt(fitted @ meat[-k:, -k:] @ fitted))
        weight = inverse(maker.T @ meat[-k:, -k:] @ maker)
        half = weight @ moments[:, 0]
        gmm = float(half @ moments[:, 1] / (half @ moments[:, 0]))
    left = moments[:, 1] - gmm * moments[:, 0]
    statistic = float(left @ weight @ left)
    p_value = float(chi2.sf(statistic, len(valid) - 1)) if len(valid) > 1 else None
    return _Group(valid, maker, moments, weight, residual, beta, se, gmm, meat, statistic, p_value)


def _residual(data: IndividualData, controls: Integers, beta: float, shift: Array) -> Array:
    """Coefficients on ``[Z, x, y]`` of the residual whose products with the controls are ``shift``."""
    k, S = data.k, data.S
    out = np.zeros(k + 2)
    target = (S[:k, k + 1] - beta * S[:k, k] - shift)[controls]
    out[controls] = -inverse(S[np.ix_(controls, controls)]) @ target
    out[k:] = -beta, 1.0
    return out


def _gmm_error(data: IndividualData, group: _Group) -> float:
    """Sandwich error of two-step GMM, with the covariance of the moments at its own residuals."""
    k, c = data.k, data.C.shape[1]
    left = group.moments[:, 1] - group.gmm * group.moments[:, 0]
    # the moments of controls, covariates and intercept are correlated with those of the instruments: GMM moves their
    # coefficients too, to where the joint criterion is least
    shift = group.meat[:, -k:] @ group.maker @ (group.weight @ left)
    residual = _residual(data, np.setdiff1d(np.arange(k), group.valid), group.gmm, shift[c + 1 :])
    covariates = np.concatenate([[shift[0] / data.n], inverse(data.within) @ shift[1 : c + 1]])
    again = group.maker.T @ _meat(data, residual, covariates)[-k:, -k:] @ group.maker
    half = group.weight @ group.moments[:, 0]
    return float(np.sqrt(half @ again @ half) / (half @ group.moments[:, 0]))


def _meat(data: IndividualData, residual: Array, covariates: Array) -> Array:
    """Sums over people of products of ``[1, C, Z]`` (Z given C) weighted by the squared residual."""
    k = data.k
    out = np.zeros((len(covariates) + k, len(covariates) + k))
    for _, C, block in data.blocks():
        W = np.column_stack([np.ones(len(C)), C, block[:, :k]])
        weight = (block @ residual + W[:, : len(covariates)] @ covariates) ** 2
        out += (W * weight[:, None]).T @ W
    return out

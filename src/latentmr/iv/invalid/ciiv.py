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


@dataclass(frozen=True, repr=False)
class TwoStepGmm(Details):
    """Two-step GMM estimate on the instruments that were selected as valid.

    Parameters
    ----------
    beta, se : float
        Effect and robust standard error.
    ci : ConfidenceSet
        Wald interval.
    """

    beta: float
    se: float
    ci: ConfidenceSet


@dataclass(frozen=True, repr=False)
class Ciiv(Details):
    """Details of an estimate by the confidence interval method.

    Parameters
    ----------
    overidentification : str
        ``Sargan`` or ``Hansen``: the test that the selected instruments have passed.
    statistic, p_value : float or None
        Result of that test; None with one valid instrument.
    level : float
        Significance level of the downward tests.
    estimates, errors : np.ndarray of dimension (k,)
        Estimate and standard error from each instrument alone.
    first_stage_t : np.ndarray of dimension (k,)
        First-stage t of each instrument.
    gmm : TwoStepGmm or None
        Two-step GMM estimate, if errors are robust.
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
    """Estimate the effect by the confidence interval method, CIIV (Windmeijer, Liang, Hartwig and Bowden, 2021).

    Each instrument gives an estimate, with the others as controls, and an interval around it. Intervals start very wide
    and are narrowed. Each time the largest group of overlapping intervals loses a member, the overidentifying
    restrictions of the group are tested at level ``0.1 / log(n)``. The first group that passes is taken as valid; among
    groups of equal size it is the one with the smallest statistic. The effect is identified under the plurality rule.
    All instruments outside the group are controls, including irrelevant ones.

    Parameters
    ----------
    Z : array of dimension (n, k)
        At least two linearly independent candidate instruments.
    x, y : array of dimension (n,)
        Exposure and outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors. An intercept is always added.
    robust : bool
        Whether to use heteroskedasticity-robust (HC0) intervals and standard errors and Hansen's J of two-step GMM,
        which needs one more pass over the data for each tested group. Otherwise errors are homoskedastic with variance
        ``RSS / n``, and the statistic is Sargan's.
    firststage : bool
        Whether to consider only instruments with a first-stage t of at least ``sqrt(2.01 log k)``.
    alpha : float
        Significance level of the intervals (not of the selection).

    Returns
    -------
    InvalidInstrumentEstimate
        Two-stage least squares after selection; its ``details`` are a :class:`Ciiv`.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or value, if instruments are fewer than two or collinear, if none is
        relevant, or if no two agree.

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
                f"contain an instrument whose first-stage |t| is at least {threshold:.2f}, which is sqrt(2.01 log k)",
                f"a maximum of {np.abs(t).max():.2f}",
                "give stronger instruments, or set `firststage` to False",
            )
    exposure = reduced.exposure
    known = exposure != 0
    ratio = np.where(known, reduced.outcome / np.where(known, exposure, 1.0), 0.0)
    variance = np.array([reduced.covariance(b)[j, j] for j, b in enumerate(ratio)])
    # an instrument with a first stage of zero is compatible with every effect
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
    """Estimates that take some instruments as valid and the others as controls, and the overidentification test.

    ``maker`` [k, v] maps the instruments to the valid ones given the controls. ``moments`` [v, 2] are the products of
    these with exposure and outcome. ``residual`` [k + 2] maps ``[Z, x, y]`` to the structural residual. ``meat`` [c + 1
    + k, c + 1 + k] sums products of ``[1, C, Z]`` weighted by the squared residual. ``weight`` [v, v] is the inverse
    of the covariance of ``moments``.
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
    """Find the largest group that overlaps at some interval width and whose restrictions are not rejected."""
    if len(relevant) == 1:
        return _fit(data, relevant, robust)
    b, s = ratio[relevant], error[relevant]
    first, second = np.triu_indices(len(relevant), 1)
    # at each of these multiples of the standard errors a pair of intervals ceases to overlap
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
        # sizes fall as intervals narrow, and a group that overlaps also overlaps with wider intervals: the next
        # candidate is the widest interval with a smaller group
        low, high = start, len(middle)
        while high - low > 1:
            half = (low + high) // 2
            low, high = (half, high) if len(_largest_overlaps(b, s, middle[half])[0]) == size else (low, half)
        start = high
    raise ArgumentError(
        "Z",
        "contain two instruments that agree on the effect",
        f"{len(relevant)} instruments, no two of which pass the test of overidentifying restrictions",
        "give more instruments",
    )


def _largest_overlaps(b: Array, s: Array, width: float) -> list[tuple[int, ...]]:
    """Return the largest groups of intervals ``b +- width s`` that share a point; one such point is a lower end."""
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
            "contain valid instruments that are related to x",
            f"the group {valid.tolist()} (columns counted from 0), whose first stage is zero",
            "set `firststage` to True",
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
    """Return the coefficients on ``[Z, x, y]`` of the residual whose products with the controls are ``shift``."""
    k, S = data.k, data.S
    out = np.zeros(k + 2)
    target = (S[:k, k + 1] - beta * S[:k, k] - shift)[controls]
    out[controls] = -inverse(S[np.ix_(controls, controls)]) @ target
    out[k:] = -beta, 1.0
    return out


def _gmm_error(data: IndividualData, group: _Group) -> float:
    """Return the sandwich standard error of two-step GMM, with the covariance of the moments at its own residuals."""
    k, c = data.k, data.C.shape[1]
    left = group.moments[:, 1] - group.gmm * group.moments[:, 0]
    # the moments of controls, covariates and intercept are correlated with those of the instruments, so that GMM
    # chooses their coefficients jointly to minimise the criterion
    shift = group.meat[:, -k:] @ group.maker @ (group.weight @ left)
    residual = _residual(data, np.setdiff1d(np.arange(k), group.valid), group.gmm, shift[c + 1 :])
    covariates = np.concatenate([[shift[0] / data.n], inverse(data.within) @ shift[1 : c + 1]])
    again = group.maker.T @ _meat(data, residual, covariates)[-k:, -k:] @ group.maker
    half = group.weight @ group.moments[:, 0]
    return float(np.sqrt(half @ again @ half) / (half @ group.moments[:, 0]))


def _meat(data: IndividualData, residual: Array, covariates: Array) -> Array:
    """Sum products of ``[1, C, Z]`` (Z given C) over individuals, weighted by the squared residual."""
    k = data.k
    out = np.zeros((len(covariates) + k, len(covariates) + k))
    for _, C, block in data.blocks():
        W = np.column_stack([np.ones(len(C)), C, block[:, :k]])
        weight = (block @ residual + W[:, : len(covariates)] @ covariates) ** 2
        out += (W * weight[:, None]).T @ W
    return out

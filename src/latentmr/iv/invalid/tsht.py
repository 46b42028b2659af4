"""Two-stage hard thresholding: the largest group of instruments whose estimates agree in pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.iv.checks import probability
from latentmr.iv.invalid.estimate import InvalidInstrumentEstimate, wald_interval
from latentmr.iv.invalid.individual_data import ReducedCoefficients, checked_data, inverse, reduced_coefficients
from latentmr.results.objects import ConfidenceSet, Details
from latentmr.typing import Array, ArrayLike, Integers, Mask

__all__ = ["VOTING", "Clique", "Tsht", "tsht"]


#: Ways to select: ``MaxClique`` takes the largest group that agrees in all pairs, ``MP`` the majority or plurality.
VOTING = ("MaxClique", "MP")


@dataclass(frozen=True, repr=False)
class Clique(Details):
    """Instruments that agree in all pairs, and their estimate.

    Parameters
    ----------
    valid : tuple of int
        Instruments of the group.
    beta, se : float
        Effect and standard error, with the other instruments as controls.
    ci : ConfidenceSet
        Wald interval.
    q : float
        Heterogeneity statistic of their estimates.
    """

    valid: tuple[int, ...]
    beta: float
    se: float
    ci: ConfidenceSet
    q: float


@dataclass(frozen=True, repr=False)
class Tsht(Details):
    """Details of an estimate by two-stage hard thresholding.

    Parameters
    ----------
    votes : np.ndarray of dimension (r, r)
        0-1 matrix over the relevant instruments: 1 if two of them agree.
    majority : bool
        Whether an instrument agrees with more than half of the relevant instruments.
    first_stage_t : np.ndarray of dimension (k,)
        First-stage t of each instrument.
    threshold : float
        Threshold of ``|t|`` for a relevant instrument, and for a direct effect.
    cliques : tuple of Clique
        The largest groups. The estimate is that of the group with the smallest ``q``.
    """

    votes: Integers
    majority: bool
    first_stage_t: Array
    threshold: float
    cliques: tuple[Clique, ...]


def tsht(
    Z: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    C: ArrayLike | None = None,
    *,
    voting: str = "MaxClique",
    robust: bool = True,
    alpha: float = 0.05,
) -> InvalidInstrumentEstimate[Tsht]:
    """Estimate the effect by two-stage hard thresholding, TSHT (Guo, Kang, Cai and Small, 2018).

    The reduced form is estimated by least squares. First, instruments with a first-stage t of at least ``sqrt(log n)``
    are relevant. Second, two relevant instruments ``j`` and ``l`` agree if,
    at the ratio estimate of each, the direct effect of the other is at most ``sqrt(log n)`` standard errors. The effect
    is identified if the valid instruments are the largest group that agrees (the plurality rule). All other
    instruments are controls, including irrelevant ones.

    Parameters
    ----------
    Z : array of dimension (n, k)
        At least two linearly independent candidate instruments.
    x, y : array of dimension (n,)
        Exposure and outcome.
    C : array of dimension (n,) or (n, c), optional
        Exogenous regressors. An intercept is always added.
    voting : str
        One of :data:`VOTING`.
    robust : bool
        Whether to use heteroskedasticity-robust covariances of the reduced form (HC0), and an estimate that weighs by
        them. They are far too small for an instrument that only a few individuals carry. Otherwise covariances are
        homoskedastic with ``n - k - c - 1`` degrees of freedom, and the estimate is two-stage least squares.
    alpha : float
        Significance level of the interval.

    Returns
    -------
    InvalidInstrumentEstimate
        Its ``details`` are a :class:`Tsht`.

    Raises
    ------
    ValueError
        If an argument has the wrong shape or value, if instruments are fewer than two or collinear, if none is
        relevant, or if no two relevant instruments agree.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> Z, u, e = rng.normal(size=(2000, 5)), rng.normal(size=2000), rng.normal(size=2000)
    >>> x = Z.sum(axis=1) + u
    >>> result = tsht(Z, x, 0.5 * x + 2 * Z[:, 0] + u + e)
    >>> result.invalid, abs(result.beta - 0.5) < 0.1
    ((0,), True)
    """
    probability("alpha", alpha)
    if voting not in VOTING:
        raise ArgumentError("voting", f"be one of {', '.join(VOTING)}", f"{voting!r}", "MaxClique is the default")
    data = checked_data("TSHT", Z, x, y, C)
    reduced = reduced_coefficients(data, robust)
    threshold = float(np.sqrt(np.log(data.n)))
    t = reduced.t
    relevant = np.flatnonzero(np.abs(t) >= threshold)
    if not len(relevant):
        raise ArgumentError(
            "Z",
            f"contain an instrument whose first-stage |t| is at least {threshold:.2f}, which is sqrt(log n)",
            f"a maximum of {np.abs(t).max():.2f}",
            "give stronger instruments, or use an Anderson-Rubin set with all instruments",
        )
    votes = _votes(reduced, relevant, threshold)
    count = votes.sum(axis=1)
    if len(relevant) > 1 and count.max() == 1:
        raise ArgumentError(
            "Z",
            "contain two relevant instruments that agree on the effect",
            f"{len(relevant)} instruments that all disagree",
            "give more instruments",
        )
    majority = bool(count.max() > len(relevant) / 2)
    if voting == "MaxClique":
        sets = [relevant[clique] for clique in _largest_cliques(votes)]
    else:
        sets = [relevant[(count > len(relevant) / 2) | (count == count.max())]]
    cliques = []
    for chosen in sets:
        beta, se, q = _combine(reduced, chosen, robust)
        cliques.append(Clique(tuple(chosen.tolist()), beta, se, wald_interval(beta, se, alpha), q))
    best = min(cliques, key=lambda clique: clique.q)
    return InvalidInstrumentEstimate(
        method="TSHT",
        beta=best.beta,
        se=best.se,
        ci=best.ci,
        alpha=alpha,
        n=data.n,
        k=data.k,
        valid=best.valid,
        invalid=tuple(j for j in relevant.tolist() if j not in best.valid),
        relevant=tuple(relevant.tolist()),
        details=Tsht(votes.astype(np.int64), majority, t, threshold, tuple(cliques)),
    )


def _votes(reduced: ReducedCoefficients, relevant: Integers, threshold: float) -> Mask:
    """Return whether two instruments agree, that is, neither finds a direct effect of the other; symmetric."""
    exposure, outcome = reduced.exposure[relevant], reduced.outcome[relevant]
    votes = np.empty((len(relevant), len(relevant)), dtype=bool)
    for j in range(len(relevant)):
        beta = outcome[j] / exposure[j]
        covariance = reduced.covariance(beta)[np.ix_(relevant, relevant)]
        ratio = exposure / exposure[j]
        direct = outcome - beta * exposure
        variance = np.diag(covariance) + ratio**2 * covariance[j, j] - 2 * ratio * covariance[:, j]
        votes[j] = np.abs(direct) <= threshold * np.sqrt(np.maximum(variance, 0))
        votes[j, j] = True
    return votes & votes.T


def _combine(reduced: ReducedCoefficients, chosen: Integers, robust: bool) -> tuple[float, float, float]:
    """Return estimate, standard error and heterogeneity of the chosen instruments given the others."""
    block = np.ix_(chosen, chosen)
    exposure, outcome = reduced.exposure[chosen], reduced.outcome[chosen]
    weight = inverse(reduced.bread[block])
    beta = float(exposure @ weight @ outcome / (exposure @ weight @ exposure))
    if robust:
        # one step from two-stage least squares, as in the reference implementation; a second would change little
        weight = inverse(reduced.covariance(beta)[block])
        beta = float(exposure @ weight @ outcome / (exposure @ weight @ exposure))
    covariance = reduced.covariance(beta)[block]
    half = weight @ exposure
    se = float(np.sqrt(half @ covariance @ half) / (exposure @ half))
    direct = outcome - beta * exposure
    return beta, se, float(direct @ inverse(covariance) @ direct)


def _largest_cliques(votes: Mask) -> list[list[int]]:
    """Return all cliques of maximum size (Bron and Kerbosch, with a pivot), without branches that are too small."""
    near = [set(np.flatnonzero(row).tolist()) - {j} for j, row in enumerate(votes)]
    largest: list[list[int]] = []
    size = 0
    stack: list[tuple[list[int], set[int], set[int]]] = [([], set(range(len(near))), set())]
    while stack:
        clique, candidates, done = stack.pop()
        if not candidates and not done and len(clique) >= size:
            largest = [*(largest if len(clique) == size else []), sorted(clique)]
            size = len(clique)
        if not candidates or len(clique) + len(candidates) < size:
            continue
        pivot = max(candidates | done, key=lambda j: len(near[j] & candidates))
        for j in sorted(candidates - near[pivot]):
            stack.append(([*clique, j], candidates & near[j], done & near[j]))
            candidates = candidates - {j}
            done = done | {j}
    return sorted(largest)

"""Generalised linear fits of a 0/1 outcome by Newton's method, and parts of their sandwich covariances."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr

from latentmr.errors import ArgumentError
from latentmr.iv.groups import add_within, groupings, positive
from latentmr.linalg import partial_out, symmetric_root
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array, Codes

__all__ = ["LINKS", "Basis", "GlmFit", "independent_basis", "newton", "sandwich_meat"]


ITERATIONS = 100
# Separation is checked for beyond this linear predictor; a probit's criterion is flat from about 8 on.
EXTREME = 5.0


@dataclass(frozen=True, repr=False)
class Basis(ShortRepr):
    """An orthonormal basis of centred columns: ``(columns - mean) @ map``.

    Parameters
    ----------
    mean : np.ndarray of dimension (q,)
        Weighted means.
    map : np.ndarray of dimension (q, rank)
        First the columns that span the given columns, then those that the other columns add.
    rank_given : int
        Number of columns that span the given columns.
    """

    mean: Array
    map: Array
    rank_given: int


@dataclass(frozen=True, repr=False)
class GlmFit(ShortRepr):
    """The root of ``sum_i w_i q_i s(y_i, q_i'b) = 0``.

    Parameters
    ----------
    coefficients : np.ndarray of dimension (p,)
        The root ``b``.
    score : np.ndarray of dimension (n,)
        ``s`` at the root.
    curvature : np.ndarray of dimension (n,)
        ``-ds/deta`` at the root.
    """

    coefficients: Array
    score: Array
    curvature: Array


@dataclass(frozen=True)
class Link:
    """A convex criterion in the linear predictor, with its first two derivatives.

    Parameters
    ----------
    criterion, score, curvature : callable of (y, eta)
        For each row the criterion, its first derivative with the opposite sign, and its second derivative.
    start : callable of mean outcome
        Linear predictor under no effect.
    recedes : callable of (y, change)
        Nonnegative number for each row: zero if the row does not stop an endless fall of the criterion in a direction.
    """

    criterion: Callable[[Array, Array], Array]
    score: Callable[[Array, Array], Array]
    curvature: Callable[[Array, Array], Array]
    start: Callable[[float], float]
    recedes: Callable[[Array, Array], Array]


def _hazard(y: Array, eta: Array) -> Array:
    side = (2 * y - 1) * eta
    return np.asarray(np.exp(-(side**2) / 2 - np.log(2 * np.pi) / 2 - log_ndtr(side)))


def _inverse_risk(y: Array, eta: Array) -> Array:
    return np.where(y > 0, np.exp(np.where(y > 0, -eta, 0.0)), 0.0)


def _wrong_side(y: Array, change: Array) -> Array:
    return np.maximum(-(2 * y - 1) * change, 0.0)


LINKS: dict[str, Link] = {
    "identity": Link(
        lambda y, eta: (y - eta) ** 2 / 2,
        lambda y, eta: y - eta,
        lambda y, eta: np.ones_like(eta),
        lambda mean: mean,
        lambda y, change: np.abs(change),
    ),
    "log": Link(
        lambda y, eta: np.exp(eta) - y * eta,
        lambda y, eta: y - np.exp(eta),
        lambda y, eta: np.exp(eta),
        lambda mean: float(np.log(mean)),
        lambda y, change: np.where(y > 0, np.abs(change), np.maximum(change, 0.0)),
    ),
    "logmult": Link(
        lambda y, eta: _inverse_risk(y, eta) + eta,
        lambda y, eta: _inverse_risk(y, eta) - 1,
        _inverse_risk,
        lambda mean: float(np.log(mean)),
        lambda y, change: np.where(y > 0, np.maximum(-change, 0.0), 0.0),
    ),
    "logit": Link(
        lambda y, eta: np.logaddexp(0.0, eta) - y * eta,
        lambda y, eta: y - expit(eta),
        lambda y, eta: expit(eta) * expit(-eta),
        lambda mean: float(np.log(mean / (1 - mean))),
        _wrong_side,
    ),
    "probit": Link(
        lambda y, eta: -log_ndtr((2 * y - 1) * eta),
        lambda y, eta: (2 * y - 1) * _hazard(y, eta),
        lambda y, eta: _hazard(y, eta) * (_hazard(y, eta) + (2 * y - 1) * eta),
        lambda mean: 0.0,
        _wrong_side,
    ),
}


def newton(Q: Array, y: Array, weights: Array, link: str) -> GlmFit:
    """Solve the estimating equation of a link by Newton's method with step halving.

    ``identity`` is least squares. ``log`` has additive residuals, ``sum q (y - exp(eta)) = 0``, which is Poisson
    regression of a 0/1 outcome (Zou, 2004). ``logmult`` has multiplicative residuals, ``sum q (y exp(-eta) - 1) = 0``
    (Mullahy, 1997). ``logit`` and ``probit`` are maximum likelihood.

    Parameters
    ----------
    Q : np.ndarray of dimension (n, p)
        Regressors: first the intercept, then the others, orthonormal up to scale.
    y : np.ndarray of dimension (n,)
        Outcome, 0 or 1.
    weights : np.ndarray of dimension (n,)
        Positive weights.
    link : str
        One of ``LINKS``.

    Returns
    -------
    GlmFit

    Raises
    ------
    ValueError
        If the root is at infinity (separation), or the iteration does not converge.

    Examples
    --------
    >>> fit = newton(np.ones((4, 1)), np.array([1.0, 0.0, 0.0, 0.0]), np.ones(4), "log")
    >>> round(float(np.exp(fit.coefficients[0])), 6)
    0.25
    """
    rule, total = LINKS[link], float(weights.sum())
    coefficients = np.zeros(Q.shape[1])
    coefficients[0] = rule.start(float(weights @ y) / total)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        eta = Q @ coefficients
        value = float(weights @ rule.criterion(y, eta))
        converged = False
        step = np.zeros(Q.shape[1])
        for _ in range(ITERATIONS):
            score = weights * rule.score(y, eta)
            gradient = Q.T @ score
            hessian = (Q * (weights * rule.curvature(y, eta))[:, None]).T @ Q
            try:
                step = np.asarray(np.linalg.solve(hessian, gradient), dtype=float)
            except np.linalg.LinAlgError:
                break
            decrement = float(gradient @ step)
            if not np.isfinite(decrement) or decrement < 0:
                break
            change, size = Q @ step, 1.0
            trial = float(weights @ rule.criterion(y, eta + change))
            while not trial <= value - 1e-4 * size * decrement + 1e-13 * abs(value) and size > 1e-10:
                size /= 2
                trial = float(weights @ rule.criterion(y, eta + size * change))
            coefficients, eta, value = coefficients + size * step, eta + size * change, trial
            if decrement <= 1e-20 * total:
                converged = True
                break
            if _recedes(rule, y, eta, change):
                break
    if not converged or not np.isfinite(coefficients).all():
        _refuse(link, rule, y, eta, Q @ step)
    return GlmFit(coefficients, rule.score(y, eta), rule.curvature(y, eta))


def _recedes(rule: Link, y: Array, eta: Array, change: Array) -> bool:
    """Return whether the criterion falls forever along the last step."""
    largest = float(np.abs(change).max(initial=0.0))
    return bool(np.abs(eta).max() > EXTREME and largest > 1e-3 and rule.recedes(y, change).max() <= 1e-4 * largest)


def _refuse(link: str, rule: Link, y: Array, eta: Array, change: Array) -> None:
    if link in ("logit", "probit", "log") and _recedes(rule, y, eta, change):
        what = "no cases" if link == "log" else "only cases, or only controls,"
        raise ArgumentError(
            "y",
            f"overlap over x and C for link={link!r}",
            f"separation: {what} beyond some value of a combination of them",
            "drop rare covariates, or use `link` 'identity'",
        )
    advice = "'identity' or 'logit'" if link in ("log", "logmult") else "'identity'"
    raise ArgumentError(
        f"link={link!r}",
        "have a solution on these data",
        f"no convergence after {ITERATIONS} Newton steps",
        f"use `link` {advice}, or drop rare covariates",
    )


def independent_basis(columns: Array, given: int, weights: Array) -> Basis:
    """Return an independent set of columns: first a basis of the ``given`` columns, then the rest given these.

    Parameters
    ----------
    columns : np.ndarray of dimension (n, q)
        Columns. Collinear and constant columns add nothing.
    given : int
        Number of columns that come first.
    weights : np.ndarray of dimension (n,)
        Nonnegative weights, with respect to which the basis is centred and orthonormal.

    Returns
    -------
    Basis

    Examples
    --------
    >>> columns = np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 1.0], [3.0, 6.0, 0.0]])
    >>> independent_basis(columns, 1, np.ones(3)).map.shape
    (3, 2)
    """
    total = float(weights.sum())
    mean = weights @ columns / total
    centred = columns - mean
    S = (centred * weights[:, None]).T @ centred
    spread, raw = np.diag(S), np.diag(S) + total * mean**2
    # rounding errors of a constant column do not count as variation
    scale = np.where(spread > 1e-24 * raw, spread, raw)
    left, coefficients = partial_out(S, slice(0, given))
    first = symmetric_root(S[:given, :given], scale[:given])
    second = symmetric_root(left[given:, given:], scale[given:])
    other = S.shape[0] - given
    upper = np.hstack([first, -coefficients[:, given:] @ second])
    lower = np.hstack([np.zeros((other, first.shape[1])), second])
    return Basis(mean, np.vstack([upper, lower]), first.shape[1])


def sandwich_meat(scores: Array, cluster: Codes | None = None) -> Array:
    """Sum the squares of rows, or of their sums within clusters times ``(n - 1) / n * g / (g - 1)``.

    Parameters
    ----------
    scores : np.ndarray of dimension (n, p)
        Scores of the rows.
    cluster : np.ndarray of dimension (n, 1) or (n, 2), optional
        Cluster codes from 0.

    Returns
    -------
    np.ndarray of dimension (p, p)

    Examples
    --------
    >>> sandwich_meat(np.array([[1.0], [2.0]]))
    array([[5.]])
    """
    if cluster is None:
        return np.asarray(scores.T @ scores)
    terms = groupings(cluster)
    meat = np.zeros((scores.shape[1], scores.shape[1]))
    for term in terms:
        sums = np.zeros((term.count, scores.shape[1]))
        add_within(sums, scores, term.codes)
        meat += term.sign * (sums.T @ sums)
    n, count = len(scores), min(term.count for term in terms if term.sign > 0)
    meat *= (n - 1) / n * count / (count - 1)
    return positive(meat) if len(terms) > 1 else meat

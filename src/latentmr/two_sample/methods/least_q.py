"""Minimisation of the heterogeneity statistic that includes errors of exposures and outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr
from latentmr.typing import Array

__all__ = ["LeastQ", "least_q", "q_terms"]

#: Relative decrease of Q below which Newton's method stops, and maximum number of steps.
TOLERANCE, MOST_STEPS = 1e-14, 200


@dataclass(frozen=True, repr=False)
class LeastQ(ShortRepr):
    """Minimum of ``Q(beta) = sum_j (by_j - BX_j' beta)^2 / (vy_j + beta' VX_j beta)``.

    Q is twice the negative log-likelihood of normal effects whose true values on the exposures are free. Its minimum is
    therefore the maximum-likelihood (LIML, continuously updated GMM) estimate.

    Parameters
    ----------
    beta : np.ndarray of dimension (m,)
    q_statistic : float
        Chi-squared with p - m degrees of freedom if all variants act through the exposures alone.
    information : np.ndarray of dimension (m, m)
        Half of the second derivatives of Q: the observed information.
    scores : np.ndarray of dimension (m, m)
        Sum of squares of the derivatives of the standardised residuals.
    variances : np.ndarray of dimension (p,)
        Variances of the residuals.
    """

    beta: Array
    q_statistic: float
    information: Array
    scores: Array
    variances: Array


def q_terms(BX: Array, by: Array, VX: Array, vy: Array, beta: Array) -> tuple[Array, Array]:
    """Return residuals ``[p]`` and their variances ``[p]`` at effects ``beta``."""
    return by - BX @ beta, vy + np.einsum("j,pjl,l->p", beta, VX, beta, optimize=True)


def least_q(
    BX: Array, by: Array, VX: Array, vy: Array, starts: Sequence[Array] = (), near: Array | None = None
) -> LeastQ:
    """Minimise Q by Newton's method from weighted regression, the pooled LIML estimate and given starting values.

    Parameters
    ----------
    BX : np.ndarray of dimension (p, m)
    by, vy : np.ndarray of dimension (p,)
        Effects on the outcome, and their variances.
    VX : np.ndarray of dimension (p, m, m)
        Covariances of each variant's effects on the exposures.
    starts : sequence of np.ndarray of dimension (m,)
        Further starting values. The lowest minimum is returned.
    near : np.ndarray of dimension (m,), optional
        Starting value whose minimum is returned, if there is one, without a search for others.

    Returns
    -------
    LeastQ

    Raises
    ------
    ValueError
        If Q decreases towards infinite effects, because the exposures are too weak for an estimate.
    """
    unit = np.sqrt((BX**2 / vy[:, None]).sum(axis=0))
    scaled, errors = BX / unit, VX / np.multiply.outer(unit, unit)
    begins = [] if near is None else [near * unit]
    settled = [each for each in (_descend(scaled, by, errors, vy, start) for start in begins) if each is not None]
    if not settled:
        begins = [*_starts(scaled, by, errors, vy), *(start * unit for start in starts)]
        settled = [each for each in (_descend(scaled, by, errors, vy, start) for start in begins) if each is not None]
    if not settled or min(each.q_statistic for each in settled) > _at_infinity(scaled, errors) * (1 + 1e-9):
        raise ArgumentError(
            "BX",
            "predict the exposures given each other for this method",
            "a likelihood whose maximum is at infinity",
            "take IVW, or leave an exposure out",
        )
    best = min(settled, key=lambda each: each.q_statistic)
    back = np.multiply.outer(unit, unit)
    return LeastQ(best.beta / unit, best.q_statistic, best.information * back, best.scores * back, best.variances)


def _starts(BX: Array, by: Array, VX: Array, vy: Array) -> list[Array]:
    both = np.column_stack([BX, by]) / np.sqrt(vy)[:, None]
    m = BX.shape[1]
    plain = np.asarray(np.linalg.lstsq(both[:, :m], both[:, m], rcond=None)[0], dtype=np.float64)
    pooled = np.zeros((m + 1, m + 1))
    pooled[:m, :m] = (VX / vy[:, None, None]).sum(axis=0)
    pooled[m, m] = len(by)
    # keep it positive definite if errors of the exposures are perfectly correlated
    pooled[np.diag_indices(m)] += 1e-12 * np.trace(pooled[:m, :m])
    vector = eigh(both.T @ both, pooled)[1][:, 0]
    return [plain] if abs(vector[m]) < 1e-8 * np.abs(vector).max() else [plain, -vector[:m] / vector[m]]


def _at_infinity(BX: Array, VX: Array) -> float:
    """Return the smallest Q over the directions of the single exposures at infinity."""
    variances = np.einsum("pjj->pj", VX)
    return float((BX**2 / variances).sum(axis=0).min())


def _descend(BX: Array, by: Array, VX: Array, vy: Array, start: Array) -> LeastQ | None:
    beta, at = start, _derivatives(BX, by, VX, vy, start)
    for _ in range(MOST_STEPS):
        state, gradient = at
        # if the second derivatives are not positive definite, take the part that always is
        curved = state.information if np.linalg.eigvalsh(state.information)[0] > 0 else state.scores
        if not np.isfinite(curved).all() or np.linalg.cond(curved) > 1 / np.finfo(float).eps:
            # Q is flat: it falls towards infinity
            return None
        step = np.linalg.solve(curved, -gradient)
        fall = float(-gradient @ step)
        if fall <= TOLERANCE * (1 + state.q_statistic):
            return state if np.linalg.eigvalsh(state.information)[0] > 0 else None
        for _ in range(40):
            ahead = _derivatives(BX, by, VX, vy, beta + step)
            if ahead[0].q_statistic <= state.q_statistic - 1e-4 * fall:
                break
            step = step / 2
        else:
            # another step would gain less than the rounding error
            return state if np.linalg.eigvalsh(state.information)[0] > 0 else None
        beta, at = beta + step, ahead
    return None


def _derivatives(BX: Array, by: Array, VX: Array, vy: Array, beta: Array) -> tuple[LeastQ, Array]:
    """Return Q with its second derivatives, and half of its first derivatives."""
    e, v = q_terms(BX, by, VX, vy, beta)
    S = np.einsum("pjl,l->pj", VX, beta, optimize=True)
    slopes = (BX + (e / v)[:, None] * S) / np.sqrt(v)[:, None]
    scores = slopes.T @ slopes
    cross = (BX * (e / v**2)[:, None]).T @ S
    bent = 3 * (S * (e**2 / v**3)[:, None]).T @ S - np.tensordot(e**2 / v**2, VX, axes=1)
    state = LeastQ(beta, float((e**2 / v).sum()), scores + cross + cross.T + bent, scores, v)
    return state, -slopes.T @ (e / np.sqrt(v))

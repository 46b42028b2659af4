"""Minimum of Q over all effects, from minus to plus infinity, for one table or many weightings of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.results.printing import ShortRepr
from latentmr.typing import Array, Mask

__all__ = ["Lines", "Lowest"]

#: Number of angles in the search for the minimum, maximum number of ratios added to them, and number of the lowest
#: valleys that are followed.
ANGLES, RATIOS, FOLLOWED = 512, 128, 3
#: Maximum number of terms of Q in memory.
AT_ONCE = 1_000_000
#: Maximum number of steps down a valley, and relative rise of Q that may be rounding.
STEPS, ROUNDING = 200, 1e-13
#: Effect, in units of the scale, beyond which the minimum counts as infinite.
FARTHEST = 1e6


@dataclass(frozen=True, repr=False)
class Lowest(ShortRepr):
    """Minima of Q, one for each row of weights.

    Parameters
    ----------
    beta, q_statistic : np.ndarray of dimension (r,)
        Effect and Q at the minimum.
    settled : np.ndarray of bool of dimension (r,)
        Whether the search ended in a minimum at a finite effect.
    """

    beta: Array
    q_statistic: Array
    settled: Mask


class Lines:
    r"""Effects as lines through the origin of the plane of ``bx`` and ``by``, whose angles have no ends.

    With the angle of a line, :math:`Q = \sum w (b_y \cos - b_x \sin)^2 / (\phi s_y^2 \cos^2 + s_x^2 \sin^2 - 2 \psi
    s_x s_y \sin \cos)` is smooth and has a period of half a turn, so its minimum cannot run off to infinity. The
    exposure is measured in units in which its errors are like those of the outcome, so results do not depend on units.

    Parameters
    ----------
    bx, by, sx, sy : np.ndarray of dimension (p,)
        Effects on exposure and outcome, and their standard errors.
    psi : float
        Correlation of the two errors of a variant.
    """

    def __init__(self, bx: Array, by: Array, sx: Array, sy: Array, psi: float = 0.0) -> None:
        self.unit = float(np.sqrt((sy**2).mean() / (sx**2).mean()))
        self.x, self.y, errors = bx * self.unit, by, sx * self.unit
        self.vx, self.vy, self.cov = errors**2, sy**2, psi * errors * sy
        ratios = np.arctan2(self.y, self.x)
        ratios = np.where(ratios > np.pi / 2, ratios - np.pi, np.where(ratios < -np.pi / 2, ratios + np.pi, ratios))
        if len(ratios) > RATIOS:
            ratios = np.quantile(ratios, np.linspace(0, 1, RATIOS))
        # precise variants have narrow valleys, which even steps would miss
        self.angles = np.unique(np.concatenate([np.pi * (np.arange(ANGLES) / ANGLES - 0.5), ratios]))

    def lowest(self, weights: Array, dispersion: Array) -> Lowest:
        """Find the minimum of Q on the whole line for each row of weights.

        Parameters
        ----------
        weights : np.ndarray of dimension (r, p)
            Weights of the variants, such as numbers of times that each was drawn.
        dispersion : np.ndarray of dimension (r,)
            Factors of ``sy^2``.

        Returns
        -------
        Lowest
        """
        heights = self._heights(weights, dispersion)
        before, after = np.roll(heights, 1, axis=1), np.roll(heights, -1, axis=1)
        valleys = np.where((heights <= before) & (heights <= after), heights, np.inf)
        places = np.argsort(valleys, axis=1, kind="stable")[:, :FOLLOWED]
        rows = np.arange(len(places))
        angle, q, settled = np.zeros(places.shape), np.full(places.shape, np.inf), np.zeros(places.shape, dtype=bool)
        for i in range(places.shape[1]):
            own = np.flatnonzero(np.isfinite(valleys[rows, places[:, i]]))
            angle[own, i], q[own, i], settled[own, i] = self._descend(weights[own], dispersion[own], places[own, i])
        best = np.argmin(q, axis=1)
        beta = np.tan(angle[rows, best])
        finite = settled[rows, best] & (np.abs(beta) <= FARTHEST)
        return Lowest(beta * self.unit, q[rows, best], finite)

    def _heights(self, weights: Array, dispersion: Array) -> Array:
        """Return Q ``[r, angles]`` at all angles."""
        cos, sin = np.cos(self.angles)[:, None], np.sin(self.angles)[:, None]
        size = max(1, AT_ONCE // len(self.x))
        found = np.empty((len(weights), len(self.angles)))
        for start in range(0, len(self.angles), size):
            c, s = cos[start : start + size], sin[start : start + size]
            squares, rest = (c * self.y - s * self.x) ** 2, s**2 * self.vx - 2 * c * s * self.cov
            for row, (weight, factor) in enumerate(zip(weights, dispersion, strict=True)):
                found[row, start : start + size] = (squares / (factor * c**2 * self.vy + rest)) @ weight
        return found

    def _descend(self, weights: Array, dispersion: Array, places: NDArray[np.intp]) -> tuple[Array, Array, Mask]:
        """Go down from grid angles, between their neighbours, by Newton's steps that never raise Q."""
        ends = np.concatenate([[self.angles[-1] - np.pi], self.angles, [self.angles[0] + np.pi]])
        angle, low, high = ends[places + 1], ends[places], ends[places + 2]
        q, slope, curve = self._derivatives(weights, dispersion, angle)
        done, going = np.zeros(len(places), dtype=bool), np.arange(len(places))
        for _ in range(STEPS):
            at, up = angle[going], slope[going] > 0
            high[going], low[going] = np.where(up, at, high[going]), np.where(up, low[going], at)
            with np.errstate(divide="ignore", invalid="ignore"):
                ahead = at - slope[going] / curve[going]
            good = (curve[going] > 0) & (ahead > low[going]) & (ahead < high[going])
            # half of the bracket if Newton's step would leave it
            ahead = np.where(good, ahead, (low[going] + high[going]) / 2)
            q_ahead, slope_ahead, curve_ahead = self._derivatives(weights[going], dispersion[going], ahead)
            fell = q_ahead <= q[going] * (1 + ROUNDING)
            # a step that raises Q is too long: the bracket ends there, on the side of the step
            beyond = ahead > at
            high[going] = np.where(~fell & beyond, ahead, high[going])
            low[going] = np.where(~fell & ~beyond, ahead, low[going])
            moved = np.abs(ahead - at)
            angle[going] = np.where(fell, ahead, at)
            for kept, new in ((q, q_ahead), (slope, slope_ahead), (curve, curve_ahead)):
                kept[going] = np.where(fell, new, kept[going])
            tiny = moved <= 1e-15 * np.maximum(np.abs(at), 1e-300)
            tiny |= (slope_ahead == 0) & fell
            narrow = high[going] - low[going] <= 4e-16 * np.abs(at)
            done[going] = tiny | narrow
            going = going[~done[going]]
            if not len(going):
                break
        # rounding of the slope may keep the last steps from ending
        near = np.abs(slope) <= 1e-9 * np.maximum(curve, 0) * (np.abs(angle) + 1e-9)
        return angle, q, np.asarray(done | near)

    def _derivatives(self, weights: Array, dispersion: Array, angle: Array) -> tuple[Array, Array, Array]:
        """Return Q and its first two derivatives by the angle, for each row."""
        c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
        e, turned = c * self.y - s * self.x, -s * self.y - c * self.x
        vy = dispersion[:, None] * self.vy
        v = c**2 * vy + s**2 * self.vx - 2 * c * s * self.cov
        lean, cross = self.vx - vy, c**2 - s**2
        v1 = 2 * c * s * lean - 2 * cross * self.cov
        v2 = 2 * cross * lean + 8 * c * s * self.cov
        share = e / v
        q = (weights * e * share).sum(axis=1)
        slope = (weights * share * (2 * turned - share * v1)).sum(axis=1)
        curve = (weights / v * (2 * (turned - share * v1) ** 2 - 2 * e * e - e * share * v2)).sum(axis=1)
        return q, slope, np.asarray(curve)

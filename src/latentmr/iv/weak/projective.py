"""Confidence sets on the projective line: the real line of effects with one point at infinity."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from latentmr.iv.reduced_form import ReducedForm
from latentmr.results.objects import ConfidenceSet
from latentmr.typing import Array

__all__ = ["Line", "bracketed", "set_from_excess"]


#: Angle to which the ends of a numerical set are refined.
ANGLE_TOLERANCE = 1e-13
#: Minimum length of an interval that the search divides further.
SHORTEST = 1e-5


class Line:
    """Angles ``t`` in ``[-pi/2, pi/2)`` that represent effects ``scale * tan(t)``; ``-pi/2`` is infinity.

    The scale is the ratio of the spreads of outcome and exposure moments, so that the resolution of the line does not
    depend on units of measurement.

    Parameters
    ----------
    exposure, outcome : float
        Sizes of the moments of exposure and outcome, from their length and spread.
    """

    def __init__(self, exposure: float, outcome: float) -> None:
        self.unit = np.array([1 / exposure, 1 / outcome])
        self.scale = outcome / exposure

    @classmethod
    def of(cls, reduced: ReducedForm) -> "Line":
        """Return the line of a reduced form with one exposure."""
        spread = [float(np.sqrt(np.trace(reduced.moment[j, j]))) for j in (0, 1)]
        return cls(*(float(np.hypot(s, np.linalg.norm(reduced.cross[:, j]))) for j, s in enumerate(spread)))

    def structural(self, angle: float) -> Array:
        """Return the vector ``b`` with ``cross @ b`` proportional to the moments at that effect."""
        return np.array([-np.sin(angle), np.cos(angle)]) * self.unit

    def other(self, angle: float) -> Array:
        """Return the direction orthogonal to :meth:`structural`, from which the first stage is estimated."""
        return np.array([np.cos(angle), np.sin(angle)]) * self.unit

    def effect(self, angle: float) -> float:
        """Return the effect at an angle."""
        return float(self.scale * np.tan(angle))


def set_from_excess(line: Line, excess: Callable[[float], float], ends: Array, alpha: float) -> ConfidenceSet:
    """Return the effects at which ``excess`` is at most zero, from points that separate its changes of sign.

    Parameters
    ----------
    line : Line
        The projective line.
    excess : callable
        Continuous function of the angle, of period pi.
    ends : np.ndarray of float
        Angles in ``[-pi/2, pi/2)``. Between neighbours there is at most one change of sign; the last and the first
        angle are neighbours.
    alpha : float
        Significance level of the set.

    Returns
    -------
    ConfidenceSet
    """
    angles = np.unique(np.append(ends, -np.pi / 2))
    values = np.array([excess(float(angle)) for angle in angles])
    roots = []
    around = zip(angles, np.append(angles[1:], np.pi / 2), values, np.append(values[1:], values[0]), strict=True)
    for low, high, at_low, at_high in around:
        if (at_low > 0) != (at_high > 0):
            roots.append(float(brentq(excess, low, high, xtol=ANGLE_TOLERANCE, rtol=1e-14)))
    infinity = float("inf")
    inside = bool(values[0] <= 0)
    edges = [line.effect(root) for root in roots]
    if inside:
        edges = [-infinity, *edges, infinity]
    return ConfidenceSet(tuple(zip(edges[::2], edges[1::2], strict=True)), alpha)


def bracketed(excess: Callable[[float], float], start: Array) -> Array:
    """Divide the line until every interval has at most one change of sign, judged by the shape of the function.

    An interval is not divided further if the function in its middle agrees with linear interpolation, within a fraction
    of its distance from zero. A dip towards zero is followed down to its minimum.

    Parameters
    ----------
    excess : callable
        Continuous function of the angle, of period pi.
    start : np.ndarray of float
        Initial angles.

    Returns
    -------
    np.ndarray of float
    """
    known = {float(angle): excess(float(angle)) for angle in (*start, -np.pi / 2)}
    angles = sorted(known)
    # the two ends of the line are the same point
    stack = list(zip(angles, [*angles[1:], np.pi / 2], strict=True))
    known[np.pi / 2] = known[-np.pi / 2]
    while stack:
        low, high = stack.pop()
        if high - low < SHORTEST:
            continue
        middle = (low + high) / 2
        a, b = known[low], known[high]
        value = known[middle] = excess(middle)
        smallest = min(abs(a), abs(b), abs(value))
        predicted = abs(value - (a + b) / 2)
        same = (a > 0) == (b > 0) == (value > 0)
        if (same and predicted > 0.3 * smallest) or (not same and predicted > 0.3 * abs(a - b)):
            stack += [(low, middle), (middle, high)]
    del known[np.pi / 2]
    return np.array(sorted(known))

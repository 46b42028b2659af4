"""Effects on exposure and outcome from two samples, in a basis with uncorrelated errors."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import eigh

from latentmr.iv.weak.kleibergen import Split
from latentmr.iv.weak.projective import Line, bracketed, set_from_excess
from latentmr.results.objects import ConfidenceSet
from latentmr.results.printing import ShortRepr
from latentmr.two_sample.methods.associations import Associations
from latentmr.two_sample.methods.least_angle import Lines
from latentmr.two_sample.methods.standardised import residual_covariance, spread_of_variants
from latentmr.typing import Array

__all__ = ["TwoSampleMoments", "diagonalised", "moments", "regressed_at_once"]

#: Initial angles for the ends of sets.
START = np.pi * (np.arange(48) / 48 - 0.5)


@dataclass(frozen=True, repr=False)
class TwoSampleMoments(ShortRepr):
    """k independent pairs of effects from two samples: ``y`` with variance 1 and ``x`` with variance ``d``.

    Parameters
    ----------
    x, y, d : np.ndarray of dimension (k,)
    """

    x: Array
    y: Array
    d: Array

    @property
    def k(self) -> int:
        """Number of pairs."""
        return len(self.y)

    @cached_property
    def line(self) -> Line:
        """Projective line of effects, on the scale of the moments."""
        exposure = np.hypot(np.sqrt(self.d.sum()), np.linalg.norm(self.x))
        return Line(float(exposure), float(np.hypot(np.sqrt(self.k), np.linalg.norm(self.y))))

    def split(self, angle: float) -> Split:
        """Return the statistics of Wang & Kang (2022) at the effect of an angle of the line."""
        (g, h), (i, j) = self.line.structural(angle), self.line.other(angle)
        v = g**2 * self.d + h**2
        s = (g * self.x + h * self.y) / np.sqrt(v)
        # the other combination, orthogonal to this one, over its standard error
        free = i * self.x + j * self.y - (i * g * self.d + j * h) / np.sqrt(v) * s
        r = free * np.sqrt(v / self.d) / abs(i * h - j * g)
        statistic, strength = float(s @ s), float(r @ r)
        return Split(statistic, min(statistic, float(s @ r) ** 2 / strength) if strength > 0 else 0.0, strength)

    def least(self) -> tuple[float, float, float]:
        """Return the LIML effect, which minimises the Anderson-Rubin statistic, its GMM error and the minimum.

        Effect and error are NaN if the statistic is least at infinity.
        """
        lines = Lines(self.x, self.y, np.sqrt(self.d), np.ones(self.k))
        found = lines.lowest(np.ones((1, self.k)), np.ones(1))
        if not found.settled[0]:
            return np.nan, np.nan, float(found.q_statistic[0])
        beta = float(found.beta[0])
        v = 1 + beta**2 * self.d
        return beta, float(1 / np.sqrt((self.x**2 / v).sum())), float(found.q_statistic[0])

    def set_where(self, excess: Callable[[Split], float], alpha: float) -> ConfidenceSet:
        """Return the effects at which a function of the statistics is not positive, on the whole projective line."""

        def at(angle: float) -> float:
            return excess(self.split(angle))

        return set_from_excess(self.line, at, bracketed(at, START), alpha)


def diagonalised(x: Array, y: Array, Vx: Array, Vy: Array) -> TwoSampleMoments:
    """Return moments of correlated effects in the basis in which both covariances are diagonal."""
    d, W = eigh(Vx, Vy)
    return TwoSampleMoments(W.T @ x, W.T @ y, d)


def moments(
    data: Associations, samples: tuple[float, float] | None = None, overdispersion: float = 0.0
) -> TwoSampleMoments:
    """Return the moments of a table of effects.

    Parameters
    ----------
    data : Associations
    samples : (float, float), optional
        Sample sizes of exposure and outcome. Standardised traits are then regressed on all variants jointly, as in
        MendelianRandomization. Without sample sizes, the errors are those of the table.
    overdispersion : float
        Variance of pleiotropic effects, which is added to ``sy^2``.

    Returns
    -------
    TwoSampleMoments
    """
    R = data.correlation
    if samples is not None:
        one = np.eye(len(data.bx)) if R is None else R
        (x, Vx), (y, Vy) = (
            regressed_at_once(b, s, one, n, np.eye(len(b)))
            for b, s, n in zip((data.bx, data.by), (data.sx, data.sy), samples, strict=True)
        )
        return diagonalised(x, y, Vx, Vy + overdispersion * np.eye(len(y)))
    if R is None:
        error = np.sqrt(data.sy**2 + overdispersion)
        return TwoSampleMoments(data.bx / error, data.by / error, (data.sx / error) ** 2)
    Vx, Vy = (R * np.outer(s, s) for s in (data.sx, data.sy))
    return diagonalised(data.bx, data.by, Vx, Vy + overdispersion * np.eye(len(data.by)))


def regressed_at_once(b: Array, s: Array, correlation: Array, n: float, basis: Array) -> tuple[Array, Array]:
    """Regress a standardised trait on combinations of correlated variants jointly.

    Parameters
    ----------
    b, s : np.ndarray of dimension (p,)
        Effects of single variants, and their standard errors.
    correlation : np.ndarray of dimension (p, p)
    n : float
        Sample size.
    basis : np.ndarray of dimension (p, r)
        Coefficients of the combinations.

    Returns
    -------
    coefficients : np.ndarray of dimension (r,)
    covariance : np.ndarray of dimension (r, r)
    """
    spread = spread_of_variants(b, s, np.asarray(float(n)))
    gram = basis.T @ (correlation * np.sqrt(np.outer(spread, spread))) @ basis
    cross = basis.T @ (spread * b)
    inverse = np.linalg.inv(gram)
    coefficients = inverse @ cross
    explained = np.array([[cross @ coefficients]])
    left = residual_covariance(explained, np.eye(1), np.array([float(n)]), basis.shape[1], "samples")
    return coefficients, inverse * left[0, 0]

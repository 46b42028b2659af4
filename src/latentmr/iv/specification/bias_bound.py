"""Critical values of the effective F, from the maximum bias of 2SLS."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, ncx2

from latentmr.iv.checks import probability
from latentmr.typing import Array

__all__ = ["effective_f_critical_value", "worst_bias"]


def effective_f_critical_value(
    W: Array, tau: float = 0.1, *, bound: float = 1.0, alpha: float = 0.05
) -> tuple[float, float]:
    """Return the critical value of the effective F, and its effective degrees of freedom.

    With ``x = bound / tau``, the degrees of freedom are ``K = tr(W)^2 (1 + 2 x) / (tr(W W) + 2 x tr(W) max eig(W))``.
    The critical value is the upper ``alpha`` quantile of the noncentral ``chi2(K, x K) / K``. This is Patnaik's
    approximation of the effective F if the Nagar bias is ``tau`` of the worst case (Montiel Olea and Pflueger, 2013).

    Parameters
    ----------
    W : np.ndarray of dimension (k, k)
        Covariance of the first-stage coefficients of orthonormal instruments, up to a factor.
    tau : float
        Tolerated bias, as a share of the worst case.
    bound : float
        Maximum bias of the estimator over effects and directions: 1 is the simplified, conservative bound for 2SLS, and
        :func:`worst_bias` gives the generalised bound.
    alpha : float
        Significance level.

    Returns
    -------
    (float, float)
        Critical value and ``K``.

    Raises
    ------
    ValueError
        If ``tau`` or ``alpha`` is outside (0, 1).

    Examples
    --------
    >>> [round(effective_f_critical_value(np.eye(1), tau)[0], 2) for tau in (0.05, 0.1, 0.2, 0.3)]
    [37.42, 23.11, 15.06, 12.05]
    """
    probability("tau", tau)
    probability("alpha", alpha)
    degrees, noncentral = _reference(W, bound / tau)
    quantile = ncx2.isf(alpha, degrees, noncentral) if noncentral > 0 else chi2.isf(alpha, degrees)
    return float(quantile / degrees), degrees


def _reference(W: Array, x: float) -> tuple[float, float]:
    trace, largest = float(np.trace(W)), float(np.linalg.eigvalsh(W)[-1])
    degrees = trace**2 * (1 + 2 * x) / (float((W * W).sum()) + 2 * x * trace * largest)
    return degrees, x * degrees


def worst_bias(W: Array) -> float:
    """Return the maximum Nagar bias of 2SLS over effects and first-stage directions, as a share of the benchmark.

    It is ``max |tr S12 - 2 c' S12 c| / sqrt(tr S1 tr S2)`` over unit ``c`` and effects ``beta``, with ``S12`` and
    ``S1`` the covariances of ``(reduced form - beta first stage, first stage)``, and is at most 1 (Montiel Olea and
    Pflueger, 2013). Under homoskedastic errors it is ``|k - 2| / k``.

    Parameters
    ----------
    W : np.ndarray of dimension (2, 2, k, k)
        ``W[0, 0]`` is the covariance of the coefficients of the exposure on orthonormal instruments, ``W[1, 1]`` that
        of the coefficients of the outcome, and ``W[0, 1]`` the covariance between the two.

    Returns
    -------
    float

    Examples
    --------
    >>> round(worst_bias(np.array([[1.0, 0.5], [0.5, 1.0]])[:, :, None, None] * np.eye(3)), 6)
    0.333333
    """
    scale = np.sqrt(np.trace(W[1, 1]) / np.trace(W[0, 0]))
    S2 = W[0, 0]
    cross, S1 = (W[0, 1] + W[0, 1].T) / 2 / scale, W[1, 1] / scale**2

    def share(angle: float) -> float:
        c, s = np.cos(angle), np.sin(angle)
        S12 = c * cross - s * S2
        size = float(c * c * np.trace(S1) - 2 * c * s * np.trace(cross) + s * s * np.trace(S2))
        benchmark = np.sqrt(max(size, 0.0) * float(np.trace(S2)))
        # an effect at which the error vanishes has no bias
        if benchmark <= 1e-9 * float(np.trace(S2)):
            return 0.0
        ends = np.linalg.eigvalsh(S12)[[0, -1]]
        return float(np.abs(np.trace(S12) - 2 * ends).max() / benchmark)

    grid = np.linspace(-np.pi / 2, np.pi / 2, 181)
    values = [share(angle) for angle in grid]
    best, step = grid[int(np.argmax(values))], grid[1] - grid[0]
    polished = minimize_scalar(lambda angle: -share(angle), bounds=(best - step, best + step), method="bounded")
    return min(1.0, max(max(values), -float(polished.fun)))

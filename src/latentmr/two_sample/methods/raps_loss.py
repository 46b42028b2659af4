"""Loss functions of MR-RAPS, and their moments under the normal distribution."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import integrate, stats

from latentmr.errors import ArgumentError
from latentmr.typing import Array

__all__ = ["LOSSES", "Loss", "loss_of"]

#: Losses, and their tuning constants for 95 % efficiency.
LOSSES = {"l2": np.inf, "huber": 1.345, "tukey": 4.685}


@dataclass(frozen=True)
class Loss:
    """Loss function rho with derivative psi.

    Parameters
    ----------
    name : str
    tuning : float
        Tuning constant in standard deviations, beyond which Huber's psi is constant and Tukey's is zero.
    delta, c1, c2, c3 : float
        For a standard normal Z: the mean of ``Z psi(Z)``, that of ``psi(Z)^2``, the variance of ``Z psi(Z)`` and the
        mean of ``Z^2 psi'(Z)``.
    """

    name: str
    tuning: float
    delta: float
    c1: float
    c2: float
    c3: float

    def rho(self, t: Array) -> Array:
        """Return the loss."""
        k = self.tuning
        if self.name == "l2":
            return np.asarray(t**2 / 2)
        if self.name == "huber":
            size = np.abs(t)
            return np.asarray(np.where(size <= k, size**2 / 2, k * (size - k / 2)))
        return np.asarray(k**2 / 6 * (1 - np.maximum(0.0, 1 - (t / k) ** 2) ** 3))

    def psi(self, t: Array) -> Array:
        """Return the derivative of the loss."""
        if self.name == "l2":
            return t
        if self.name == "huber":
            return np.minimum(np.maximum(t, -self.tuning), self.tuning)
        return np.asarray(t * np.maximum(0.0, 1 - (t / self.tuning) ** 2) ** 2)


@lru_cache(maxsize=32)
def loss_of(name: str, tuning: float | None = None) -> Loss:
    """Return the loss of a name, with the usual tuning constant by default.

    Parameters
    ----------
    name : str
        ``l2``, ``huber`` or ``tukey``.
    tuning : float, optional

    Returns
    -------
    Loss

    Raises
    ------
    ValueError
        If there is no such loss, or the constant is not positive.

    Examples
    --------
    >>> round(loss_of("huber").c1, 4)
    0.7102
    """
    if name not in LOSSES:
        raise ArgumentError("loss", f"be one of {', '.join(LOSSES)}", f"{name!r}", "huber is usual")
    if tuning is not None and not (np.isfinite(tuning) and tuning > 0):
        raise ArgumentError("tuning", "be positive", f"{tuning:g}", "leave it out for the usual constant")
    if name == "l2":
        return Loss(name, np.inf, 1.0, 1.0, 2.0, 1.0)
    k = LOSSES[name] if tuning is None else tuning
    loss = Loss(name, k, 0.0, 0.0, 0.0, 0.0)

    def mean(power: int, slopes: int) -> float:
        def integrand(z: float) -> float:
            return float(z**power * loss.psi(np.array(z)) ** slopes * stats.norm.pdf(z))

        inner = integrate.quad(integrand, 0.0, k, epsabs=1e-13)[0]
        return float(2 * (inner + integrate.quad(integrand, k, k + 40.0, epsabs=1e-13, limit=200)[0]))

    delta = mean(1, 1)
    # by parts: E Z^2 psi' = E Z^3 psi - 2 E Z psi
    return Loss(name, k, delta, mean(0, 2), mean(2, 2) - delta**2, mean(3, 1) - 2 * delta)

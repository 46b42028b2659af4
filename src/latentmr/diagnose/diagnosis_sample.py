"""The people on whom learned instruments are judged."""

from dataclasses import dataclass

from latentmr.typing import Array, Codes

__all__ = ["HeldOut"]


@dataclass(frozen=True)
class HeldOut:
    """Learned instruments of some people, and what they should not depend on.

    Parameters
    ----------
    Z : np.ndarray of dimension (n, k)
        Instruments.
    V : np.ndarray of dimension (n, r)
        Residual latents, without auxiliary features.
    C, A : np.ndarray of dimension (n, q) and (n, a)
        Covariates and auxiliary features.
    env : np.ndarray of dimension (n,)
        Codes from 0 without gaps, each with two people or more.
    names : tuple of str
        Of the environments.
    units : np.ndarray of dimension (n,)
        People of one unit are permuted together: codes from 0 without gaps, each unit within one environment.
    unseen : bool
        Whether learning never saw these people.
    """

    Z: Array
    V: Array
    C: Array
    A: Array
    env: Codes
    names: tuple[str, ...]
    units: Codes
    unseen: bool = True

    @property
    def n(self) -> int:
        """People."""
        return len(self.env)

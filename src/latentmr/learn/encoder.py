"""Encoders: the functions that a learner ends with."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LinearEncoder"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LinearEncoder:
    """Affine maps of genotypes, freed of auxiliary features, to instruments and residual latents.

    Parameters
    ----------
    center : np.ndarray of dimension (p,)
        Mean genotypes.
    aux_center : np.ndarray of dimension (a,)
        Mean auxiliary features.
    aux_weights : np.ndarray of dimension (a, p)
        Regression of the genotypes on the auxiliary features: what is subtracted first.
    z_weights : np.ndarray of dimension (p, k)
    v_weights : np.ndarray of dimension (p, r)
    """

    center: Array
    aux_center: Array
    aux_weights: Array
    z_weights: Array
    v_weights: Array

    def __post_init__(self) -> None:
        # one memory layout, whether learned or loaded: the last digits of a product depend on it
        for name, value in vars(self).items():
            object.__setattr__(self, name, np.ascontiguousarray(value, dtype=np.float64))

    @property
    def k(self) -> int:
        """Instruments."""
        return int(self.z_weights.shape[1])

    def encode(self, G: Array, A: Array) -> Array:
        """Instruments ``[n, k]``."""
        return self._freed(G, A) @ self.z_weights

    def residual(self, G: Array, A: Array) -> Array:
        """Residual latents ``[n, r + a]``: the learned ones, then the auxiliary features themselves."""
        return np.hstack([self._freed(G, A) @ self.v_weights, A - self.aux_center])

    def z_map(self) -> Array:
        """The instruments as a linear map ``[p + a, k]`` of centred genotypes and auxiliary features."""
        return np.vstack([self.z_weights, -self.aux_weights @ self.z_weights])

    def v_map(self) -> Array:
        """The residual latents as a linear map ``[p + a, r + a]`` of centred genotypes and auxiliary features."""
        a = len(self.aux_center)
        learned = np.vstack([self.v_weights, -self.aux_weights @ self.v_weights])
        return np.hstack([learned, np.vstack([np.zeros((len(self.center), a)), np.eye(a)])])

    def _freed(self, G: Array, A: Array) -> Array:
        return (G - self.center) - (A - self.aux_center) @ self.aux_weights

    def arrays(self) -> dict[str, Array]:
        """What is saved."""
        return dict(vars(self))

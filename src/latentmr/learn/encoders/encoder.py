"""Define encoders: the functions that learners return."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

import numpy as np

from latentmr.typing import Array

__all__ = ["Encoder", "LinearEncoder"]


class Encoder(Protocol):
    """A function from genotypes and auxiliary features to instruments and residual latents.

    Both are linear in the encoder's *coordinates*. The coordinates are the genotypes if the encoder is linear, or the
    outputs of the network if it is a network, followed by the auxiliary features. Analyses use an encoder, and learn it
    again from resampled individuals, in terms of these coordinates.
    """

    #: Name that identifies the encoder in a saved model.
    name: ClassVar[str]

    @property
    def center(self) -> Array:
        """Mean genotypes ``[p]``."""

    @property
    def aux_center(self) -> Array:
        """Mean auxiliary features ``[a]``."""

    @property
    def k(self) -> int:
        """Number of instruments."""

    @property
    def n_outputs(self) -> int:
        """Number of coordinates computed from the genotypes; 0 if the coordinates are the genotypes themselves."""

    @property
    def coordinate_center(self) -> Array:
        """Origin of the maps of coordinates, ``[c + a]``."""

    def encode(self, G: Array, A: Array) -> Array:
        """Return instruments ``[n, k]``."""

    def residual(self, G: Array, A: Array) -> Array:
        """Return residual latents ``[n, r + a]``: the learned ones, then the auxiliary features themselves, centred."""

    def coordinates(self, G: Array, A: Array) -> Array:
        """Return coordinates ``[n, c + a]``, not centred."""

    def instruments(self, coordinates: Array) -> Array:
        """Return instruments ``[n, k]`` of individuals with the given coordinates."""

    def z_map(self) -> Array:
        """Return the instruments, up to a constant, as a linear map ``[c + a, k]`` of centred coordinates."""

    def v_map(self) -> Array:
        """Return the residual latents as a linear map ``[c + a, r + a]`` of centred coordinates."""

    def arrays(self) -> dict[str, Array]:
        """Return the arrays to save."""

    @staticmethod
    def shapes(found: Mapping[str, tuple[int, ...]], p: int, a: int, k: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes that saved arrays must have; sizes that only the arrays reveal come from ``found``."""

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], k: int) -> Self:
        """Make an encoder from saved arrays."""


@dataclass(frozen=True)
class LinearEncoder:
    """Affine maps from genotypes, adjusted for auxiliary features, to instruments and residual latents.

    Its coordinates are the genotypes themselves.

    Parameters
    ----------
    center : np.ndarray of dimension (p,)
        Mean genotypes.
    aux_center : np.ndarray of dimension (a,)
        Mean auxiliary features.
    aux_weights : np.ndarray of dimension (a, p)
        Regression coefficients of the genotypes on the auxiliary features; this prediction is subtracted first.
    z_weights : np.ndarray of dimension (p, k)
        Weights of the instruments.
    v_weights : np.ndarray of dimension (p, r)
        Weights of the residual latents.
    """

    name: ClassVar[str] = "linear"

    center: Array
    aux_center: Array
    aux_weights: Array
    z_weights: Array
    v_weights: Array

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={len(self.center)}, k={self.k}, a={len(self.aux_center)})"

    def __post_init__(self) -> None:
        # use one memory layout for learned and loaded arrays: the last digits of a product depend on it
        for name, value in vars(self).items():
            object.__setattr__(self, name, np.ascontiguousarray(value, dtype=np.float64))

    @property
    def k(self) -> int:
        """Number of instruments."""
        return int(self.z_weights.shape[1])

    @property
    def n_outputs(self) -> int:
        """Zero, because the coordinates are the genotypes."""
        return 0

    @property
    def coordinate_center(self) -> Array:
        """Mean genotypes and auxiliary features ``[p + a]``."""
        return np.concatenate([self.center, self.aux_center])

    def encode(self, G: Array, A: Array) -> Array:
        """Return instruments ``[n, k]``."""
        return self._freed(G, A) @ self.z_weights

    def residual(self, G: Array, A: Array) -> Array:
        """Return residual latents ``[n, r + a]``: the learned ones, then the auxiliary features themselves."""
        return np.hstack([self._freed(G, A) @ self.v_weights, A - self.aux_center])

    def coordinates(self, G: Array, A: Array) -> Array:
        """Return genotypes and auxiliary features ``[n, p + a]``."""
        return np.hstack([G, A])

    def instruments(self, coordinates: Array) -> Array:
        """Return instruments ``[n, k]`` from genotypes and auxiliary features."""
        p = len(self.center)
        return self.encode(coordinates[:, :p], coordinates[:, p:])

    def z_map(self) -> Array:
        """Return the instruments as a linear map ``[p + a, k]`` of centred genotypes and auxiliary features."""
        return np.vstack([self.z_weights, -self.aux_weights @ self.z_weights])

    def v_map(self) -> Array:
        """Return residual latents as a linear map ``[p + a, r + a]`` of centred genotypes and auxiliary features."""
        a = len(self.aux_center)
        learned = np.vstack([self.v_weights, -self.aux_weights @ self.v_weights])
        return np.hstack([learned, np.vstack([np.zeros((len(self.center), a)), np.eye(a)])])

    def _freed(self, G: Array, A: Array) -> Array:
        return (G - self.center) - (A - self.aux_center) @ self.aux_weights

    def arrays(self) -> dict[str, Array]:
        """Return the arrays to save."""
        return dict(vars(self))

    @staticmethod
    def shapes(found: Mapping[str, tuple[int, ...]], p: int, a: int, k: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes that saved arrays must have; the number of residual latents comes from ``found``."""
        r = found.get("v_weights", (0,))[-1]
        return {"center": (p,), "aux_center": (a,), "aux_weights": (a, p), "z_weights": (p, k), "v_weights": (p, r)}

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], k: int) -> Self:
        """Make an encoder from saved arrays."""
        return cls(**arrays)

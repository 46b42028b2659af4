"""Define what network encoders share, evaluated without the library that trained them."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, takewhile
from typing import ClassVar

import numpy as np
from scipy.special import expit

from latentmr.typing import Array, ArrayLike

__all__ = ["OutputsEncoder", "depth_of", "layers", "perceptron_value", "plain", "shared_shapes"]


#: Maximum number of individuals whose hidden units are in memory at once.
BLOCK = 8192


@dataclass(frozen=True)
class OutputsEncoder(ABC):
    """A function from genotypes, adjusted for auxiliary features, to ``d`` outputs of a network.

    The first ``k`` outputs are instruments in the unit cube. The others are the residual latents, which are
    standardised. The coordinates of the encoder are these outputs and the auxiliary features.

    Parameters
    ----------
    center : np.ndarray of dimension (p,)
        Mean genotypes.
    aux_center : np.ndarray of dimension (a,)
        Mean auxiliary features.
    aux_weights : np.ndarray of dimension (a, p)
        Regression coefficients of the genotypes on the auxiliary features; this prediction is subtracted first.
    input_weights : np.ndarray of dimension (p, d)
        Linear map from adjusted genotypes to the first ``d`` inputs of the network.
    aux_scale : np.ndarray of dimension (a,)
        Divisors of the centred auxiliary features, which are then the last ``a`` inputs of the network.
    v_center, v_scale : np.ndarray of dimension (d - k,)
        Means and standard deviations of the last ``d - k`` outputs.
    k : int
        Number of instruments.
    """

    name: ClassVar[str]

    center: Array
    aux_center: Array
    aux_weights: Array
    input_weights: Array
    aux_scale: Array
    v_center: Array
    v_scale: Array
    k: int

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={len(self.center)}, k={self.k}, a={len(self.aux_center)})"

    @property
    def n_outputs(self) -> int:
        """Number of instruments and learned residual latents, ``d``."""
        return int(self.input_weights.shape[1])

    @property
    def coordinate_center(self) -> Array:
        """Middle of the unit cube, zero for the residual latents, and mean auxiliary features ``[d + a]``."""
        return np.concatenate([np.full(self.k, 0.5), np.zeros(self.n_outputs - self.k), self.aux_center])

    def encode(self, G: Array, A: Array) -> Array:
        """Return instruments ``[n, k]``, in the unit cube."""
        return self._outputs(G, A)[:, : self.k]

    def residual(self, G: Array, A: Array) -> Array:
        """Return residual latents ``[n, d - k + a]``: the learned ones, then the auxiliary features themselves."""
        return np.hstack([self._outputs(G, A)[:, self.k :], A - self.aux_center])

    def coordinates(self, G: Array, A: Array) -> Array:
        """Return instruments, learned residual latents and auxiliary features ``[n, d + a]``."""
        return np.hstack([self._outputs(G, A), A])

    def instruments(self, coordinates: Array) -> Array:
        """Return instruments ``[n, k]``: the first coordinates."""
        return coordinates[:, : self.k]

    def z_map(self) -> Array:
        """Return the instruments, less 1/2, as a linear map ``[d + a, k]`` of centred coordinates."""
        return np.eye(self.n_outputs + len(self.aux_center))[:, : self.k]

    def v_map(self) -> Array:
        """Return the residual latents as a linear map ``[d + a, d - k + a]`` of centred coordinates."""
        return np.eye(self.n_outputs + len(self.aux_center))[:, self.k :]

    @abstractmethod
    def _latents(self, inputs: Array) -> tuple[Array, Array]:
        """Return instruments ``[n, k]`` and residual latents ``[n, d - k]``, not standardised, from network inputs."""

    def _outputs(self, G: Array, A: Array) -> Array:
        """Return instruments and standardised residual latents ``[n, d]``."""
        out = np.empty((len(G), self.n_outputs))
        for start in range(0, len(G), BLOCK):
            rows = slice(start, start + BLOCK)
            aux = A[rows] - self.aux_center
            freed = (G[rows] - self.center) - aux @ self.aux_weights
            inputs = np.hstack([freed @ self.input_weights, aux / self.aux_scale])
            out[rows, : self.k], raw = self._latents(inputs)
            out[rows, self.k :] = (raw - self.v_center) / self.v_scale
        return out


def shared_shapes(p: int, a: int, d: int, k: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays that all these encoders have."""
    return {
        "center": (p,),
        "aux_center": (a,),
        "aux_weights": (a, p),
        "input_weights": (p, d),
        "aux_scale": (a,),
        "v_center": (d - k,),
        "v_scale": (d - k,),
    }


def perceptron_value(h: Array, weights: tuple[Array, ...], biases: tuple[Array, ...]) -> Array:
    """Evaluate a multilayer perceptron; ``h -> h / (1 + exp(-h))`` follows every layer but the last."""
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        h = h @ W + b
        h = h * expit(h)
    return h @ weights[-1] + biases[-1]


def plain(value: ArrayLike) -> Array:
    """Return an array in one memory layout, learned or loaded: the last digits of a product depend on it."""
    return np.ascontiguousarray(value, dtype=np.float64)


def layers(values: Iterable[ArrayLike]) -> tuple[Array, ...]:
    """Return several arrays in one memory layout."""
    return tuple(plain(value) for value in values)


def depth_of(names: Iterable[str], prefix: str) -> int:
    """Count the saved arrays ``prefix0``, ``prefix1``, ... up to the first gap."""
    held = set(names)
    return sum(1 for _ in takewhile(lambda j: f"{prefix}{j}" in held, count()))

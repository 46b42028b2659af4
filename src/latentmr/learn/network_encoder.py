"""The encoder of the learners that train a network, evaluated without the library that trained it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

__all__ = ["NetworkEncoder"]

Array = NDArray[np.float64]

#: People whose hidden units are in memory at once.
BLOCK = 8192


@dataclass(frozen=True)
class NetworkEncoder:
    """A linear path plus a multilayer perceptron, from genotypes freed of auxiliary features to ``d`` outputs.

    The first ``k`` outputs become instruments in the unit cube through the normal distribution function; the others
    are standardised, and are the residual latents. Its coordinates are these outputs and the auxiliary features.

    Parameters
    ----------
    center : np.ndarray of dimension (p,)
        Mean genotypes.
    aux_center : np.ndarray of dimension (a,)
        Mean auxiliary features.
    aux_weights : np.ndarray of dimension (a, p)
        Regression of the genotypes on the auxiliary features: what is subtracted first.
    input_weights : np.ndarray of dimension (p, d)
        From freed genotypes to the first ``d`` inputs of the network.
    aux_scale : np.ndarray of dimension (a,)
        What centred auxiliary features are divided by, to be its last ``a`` inputs.
    skip : np.ndarray of dimension (d + a, d)
        The linear path.
    weights : tuple of np.ndarray of dimension (h_i, h_(i + 1))
        Layers of the perceptron, at least one, from ``d + a`` inputs to ``d`` outputs; after every layer but the last
        comes ``h -> h / (1 + exp(-h))``.
    biases : tuple of np.ndarray of dimension (h_(i + 1),)
    v_center, v_scale : np.ndarray of dimension (d - k,)
        Means and standard deviations of the last ``d - k`` outputs.
    k : int
        Instruments.
    """

    name: ClassVar[str] = "network"

    center: Array
    aux_center: Array
    aux_weights: Array
    input_weights: Array
    aux_scale: Array
    skip: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    v_center: Array
    v_scale: Array
    k: int

    def __post_init__(self) -> None:
        # one memory layout, whether learned or loaded: the last digits of a product depend on it
        for name, value in vars(self).items():
            if name != "k":
                object.__setattr__(self, name, _layers(value) if name in ("weights", "biases") else _plain(value))

    @property
    def n_outputs(self) -> int:
        """Instruments and learned residual latents, ``d``."""
        return int(self.skip.shape[1])

    @property
    def coordinate_center(self) -> Array:
        """The middle of the unit cube, zero for the residual latents, and mean auxiliary features ``[d + a]``."""
        return np.concatenate([np.full(self.k, 0.5), np.zeros(self.n_outputs - self.k), self.aux_center])

    def encode(self, G: Array, A: Array) -> Array:
        """Instruments ``[n, k]``, in the unit cube."""
        return self._outputs(G, A)[:, : self.k]

    def residual(self, G: Array, A: Array) -> Array:
        """Residual latents ``[n, d - k + a]``: the learned ones, then the auxiliary features themselves."""
        return np.hstack([self._outputs(G, A)[:, self.k :], A - self.aux_center])

    def coordinates(self, G: Array, A: Array) -> Array:
        """Instruments, learned residual latents and auxiliary features ``[n, d + a]``."""
        return np.hstack([self._outputs(G, A), A])

    def instruments(self, coordinates: Array) -> Array:
        """Instruments ``[n, k]``: the first coordinates."""
        return coordinates[:, : self.k]

    def z_map(self) -> Array:
        """The instruments, less 1/2, as a linear map ``[d + a, k]`` of centred coordinates."""
        return np.eye(self.n_outputs + len(self.aux_center))[:, : self.k]

    def v_map(self) -> Array:
        """The residual latents as a linear map ``[d + a, d - k + a]`` of centred coordinates."""
        return np.eye(self.n_outputs + len(self.aux_center))[:, self.k :]

    def arrays(self) -> dict[str, Array]:
        """What is saved, beside ``k``: layers under their numbers."""
        out = {name: value for name, value in vars(self).items() if name not in ("weights", "biases", "k")}
        for name in ("weights", "biases"):
            out |= {f"{name}_{j}": value for j, value in enumerate(getattr(self, name))}
        return out

    @staticmethod
    def shapes(found: Mapping[str, tuple[int, ...]], p: int, a: int, k: int) -> dict[str, tuple[int, ...]]:
        """Shapes that the saved arrays must have; outputs, layers and hidden units are taken as found."""
        d = found.get("skip", (0,))[-1]
        hidden = [found[f"weights_{j}"][-1] for j in range(_depth(found) - 1)]
        sizes = [d + a, *hidden, d]
        return (
            {"center": (p,), "aux_center": (a,), "aux_weights": (a, p), "input_weights": (p, d), "aux_scale": (a,)}
            | {"skip": (d + a, d), "v_center": (d - k,), "v_scale": (d - k,)}
            | {f"weights_{j}": (sizes[j], sizes[j + 1]) for j in range(len(sizes) - 1)}
            | {f"biases_{j}": (sizes[j + 1],) for j in range(len(sizes) - 1)}
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], k: int) -> Self:
        """Make an encoder of what was saved."""
        fields: dict[str, Any] = {
            name: value for name, value in arrays.items() if not name.startswith(("weights_", "biases_"))
        }
        for name in ("weights", "biases"):
            fields[name] = tuple(arrays[f"{name}_{j}"] for j in range(_depth(arrays)))
        return cls(**fields, k=k)

    def _outputs(self, G: Array, A: Array) -> Array:
        """Instruments and standardised residual latents ``[n, d]``."""
        out = np.empty((len(G), self.n_outputs))
        for start in range(0, len(G), BLOCK):
            rows = slice(start, start + BLOCK)
            aux = A[rows] - self.aux_center
            freed = (G[rows] - self.center) - aux @ self.aux_weights
            inputs = np.hstack([freed @ self.input_weights, aux / self.aux_scale])
            raw = inputs @ self.skip + self._perceptron(inputs)
            out[rows, : self.k] = ndtr(raw[:, : self.k])
            out[rows, self.k :] = (raw[:, self.k :] - self.v_center) / self.v_scale
        return out

    def _perceptron(self, inputs: Array) -> Array:
        h = inputs
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            h = h @ W + b
            h = h * expit(h)
        return h @ self.weights[-1] + self.biases[-1]


def _plain(value: Any) -> Array:
    return np.ascontiguousarray(value, dtype=np.float64)


def _layers(values: Iterable[Any]) -> tuple[Array, ...]:
    return tuple(_plain(value) for value in values)


def _depth(names: Iterable[str]) -> int:
    """Layers that saved arrays have, numbered without a gap."""
    held = set(names)
    return sum(1 for _ in takewhile(lambda j: f"weights_{j}" in held, count()))

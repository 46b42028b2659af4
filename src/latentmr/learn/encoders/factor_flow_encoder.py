"""Define the encoder of a flow on the factor form: linear instruments, standardised conditional on residual latents."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from latentmr.learn.encoders.outputs_encoder import depth_of, layers, perceptron_value, plain
from latentmr.typing import Array

__all__ = ["FactorFlowEncoder"]


#: Maximum number of individuals whose genotypes are copied in memory at once.
BLOCK = 8192


@dataclass(frozen=True)
class FactorFlowEncoder:
    """``z = (w - shift(v)) exp(-scale(v))`` with linear ``w`` and ``v``: one triangular coupling.

    Its coordinates are the instruments, then the genotypes. Whatever is linear in these can be learned again from them.

    Parameters
    ----------
    center : np.ndarray of dimension (p,)
        Mean genotypes.
    aux_center : np.ndarray of dimension (a,)
        Mean auxiliary features.
    aux_weights : np.ndarray of dimension (a, p)
        Regression coefficients of the genotypes on the auxiliary features; this prediction is subtracted first.
    z_weights : np.ndarray of dimension (p, k)
        Weights of ``w``, which has unit variance.
    v_weights : np.ndarray of dimension (p, r)
        Weights of ``v``, which has unit variance.
    aux_scale : np.ndarray of dimension (a,)
        Divisors of the centred auxiliary features, which are then the last inputs of the network.
    weights, biases : tuple of np.ndarray
        Layers of the perceptron, from ``r + a`` inputs to a scale and a shift of each instrument.
    most_log_scale : np.ndarray of dimension (1,)
        Bound of the logarithm of a scale.
    """

    name: ClassVar[str] = "factor flow"

    center: Array
    aux_center: Array
    aux_weights: Array
    z_weights: Array
    v_weights: Array
    aux_scale: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    most_log_scale: Array

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={len(self.center)}, k={self.k}, a={len(self.aux_center)})"

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            made = layers(value) if name in ("weights", "biases") else plain(value)
            object.__setattr__(self, name, made)

    @property
    def k(self) -> int:
        """Number of instruments."""
        return int(self.z_weights.shape[1])

    @property
    def n_outputs(self) -> int:
        """Number of instruments and genotypes, ``k + p``."""
        return self.k + len(self.center)

    @property
    def coordinate_center(self) -> Array:
        """Zero for the instruments, then mean genotypes and auxiliary features ``[k + p + a]``."""
        return np.concatenate([np.zeros(self.k), self.center, self.aux_center])

    def encode(self, G: Array, A: Array) -> Array:
        """Return instruments ``[n, k]``."""
        out = np.empty((len(G), self.k))
        for start in range(0, len(G), BLOCK):
            rows = slice(start, start + BLOCK)
            aux = A[rows] - self.aux_center
            freed = (G[rows] - self.center) - aux @ self.aux_weights
            given = np.hstack([freed @ self.v_weights, aux / self.aux_scale])
            found = perceptron_value(given, self.weights, self.biases)
            raw, shift = found[:, : self.k], found[:, self.k :]
            most = float(self.most_log_scale[0])
            out[rows] = (freed @ self.z_weights - shift) * np.exp(-most * np.tanh(raw / most))
        return out

    def residual(self, G: Array, A: Array) -> Array:
        """Return residual latents ``[n, r + a]``: the learned ones, then the auxiliary features themselves."""
        aux = A - self.aux_center
        return np.hstack([((G - self.center) - aux @ self.aux_weights) @ self.v_weights, aux])

    def coordinates(self, G: Array, A: Array) -> Array:
        """Return instruments, genotypes and auxiliary features ``[n, k + p + a]``."""
        return np.hstack([self.encode(G, A), G, A])

    def instruments(self, coordinates: Array) -> Array:
        """Return instruments ``[n, k]``: the first coordinates."""
        return coordinates[:, : self.k]

    def z_map(self) -> Array:
        """Return the instruments as a linear map ``[k + p + a, k]`` of centred coordinates."""
        return np.eye(self.n_outputs + len(self.aux_center))[:, : self.k]

    def v_map(self) -> Array:
        """Return the residual latents as a linear map ``[k + p + a, r + a]`` of centred coordinates."""
        a, r = len(self.aux_center), self.v_weights.shape[1]
        learned = np.vstack([np.zeros((self.k, r)), self.v_weights, -self.aux_weights @ self.v_weights])
        return np.hstack([learned, np.eye(self.n_outputs + a)[:, self.n_outputs :]])

    def arrays(self) -> dict[str, Array]:
        """Return the arrays to save, with numbered layers."""
        out = {name: value for name, value in vars(self).items() if name not in ("weights", "biases")}
        for name in ("weights", "biases"):
            out |= {f"{name}_{j}": value for j, value in enumerate(getattr(self, name))}
        return out

    @staticmethod
    def shapes(found: Mapping[str, tuple[int, ...]], p: int, a: int, k: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes that saved arrays must have; sizes that only the arrays reveal come from ``found``."""
        r = found.get("v_weights", (0,))[-1]
        hidden = [found[f"weights_{j}"][-1] for j in range(depth_of(found, "weights_") - 1)]
        sizes = [r + a, *hidden, 2 * k]
        out: dict[str, tuple[int, ...]] = {
            "center": (p,),
            "aux_center": (a,),
            "aux_weights": (a, p),
            "z_weights": (p, k),
            "v_weights": (p, r),
            "aux_scale": (a,),
            "most_log_scale": (1,),
        }
        for j in range(len(sizes) - 1):
            out |= {f"weights_{j}": (sizes[j], sizes[j + 1]), f"biases_{j}": (sizes[j + 1],)}
        return out

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], k: int) -> Self:
        """Make an encoder from saved arrays."""
        del k  # the arrays determine it
        count = depth_of(arrays, "weights_")
        fields: dict[str, Any] = {name: arrays[name] for name in arrays if not name.startswith(("weights_", "biases_"))}
        for name in ("weights", "biases"):
            fields[name] = tuple(arrays[f"{name}_{j}"] for j in range(count))
        return cls(**fields)

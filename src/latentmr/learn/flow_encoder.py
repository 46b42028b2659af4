"""The encoder of the flow, evaluated without the library that trained it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from latentmr.learn.outputs_encoder import (
    OutputsEncoder,
    depth_of,
    layers,
    perceptron_value,
    plain,
    shared_shapes,
)

__all__ = ["CouplingArrays", "FlowEncoder"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CouplingArrays:
    """One affine coupling as arrays.

    Parameters
    ----------
    given, moved : np.ndarray of dimension (g,), (d - g,)
        Coordinates that decide, and those that are scaled and shifted.
    weights, biases : tuple of np.ndarray
        Of the perceptron, from ``g + a`` inputs to a scale and a shift for each coordinate that is moved.
    """

    given: Array
    moved: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def __post_init__(self) -> None:
        for name in ("given", "moved"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        for name in ("weights", "biases"):
            object.__setattr__(self, name, layers(getattr(self, name)))

    def transform(self, x: Array, aux: Array, most_log_scale: float) -> None:
        """Scale and shift in place."""
        given, moved = self.given.astype(int), self.moved.astype(int)
        found = perceptron_value(np.hstack([x[:, given], aux]), self.weights, self.biases)
        raw, shift = found[:, : len(moved)], found[:, len(moved) :]
        x[:, moved] = x[:, moved] * np.exp(most_log_scale * np.tanh(raw / most_log_scale)) + shift


@dataclass(frozen=True)
class FlowEncoder(OutputsEncoder):
    """A rotation, then affine couplings; scores become instruments through the learned distribution functions.

    Parameters beside those of :class:`OutputsEncoder`:

    Parameters
    ----------
    rotation : np.ndarray of dimension (d, d)
    couplings : tuple of CouplingArrays
    most_log_scale : np.ndarray of dimension (1,)
        Bound of the logarithm of a coupling's scale.
    score_weights : np.ndarray of dimension (d + a, k)
        Scores as a linear map of the flow's outputs and standardised auxiliary features.
    score_shift : np.ndarray of dimension (k,)
    centers, widths, shares : np.ndarray of dimension (k, c)
        Logistic components of the law of each score.
    """

    name: ClassVar[str] = "flow"

    rotation: Array
    couplings: tuple[CouplingArrays, ...]
    most_log_scale: Array
    score_weights: Array
    score_shift: Array
    centers: Array
    widths: Array
    shares: Array

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name not in ("k", "couplings"):
                object.__setattr__(self, name, plain(value))

    def arrays(self) -> dict[str, Array]:
        """What is saved, beside ``k``: couplings and their layers under their numbers."""
        out = {name: value for name, value in vars(self).items() if name not in ("couplings", "k")}
        for i, coupling in enumerate(self.couplings):
            out |= {f"given_{i}": coupling.given, f"moved_{i}": coupling.moved}
            out |= {f"weights_{i}_{j}": value for j, value in enumerate(coupling.weights)}
            out |= {f"biases_{i}_{j}": value for j, value in enumerate(coupling.biases)}
        return out

    @staticmethod
    def shapes(found: Mapping[str, tuple[int, ...]], p: int, a: int, k: int) -> dict[str, tuple[int, ...]]:
        """Shapes that the saved arrays must have; what only the arrays themselves tell is taken as found."""
        d = found.get("rotation", (0,))[-1]
        c = found.get("centers", (0,))[-1]
        out = shared_shapes(p, a, d, k) | {
            "rotation": (d, d),
            "most_log_scale": (1,),
            "score_weights": (d + a, k),
            "score_shift": (k,),
            "centers": (k, c),
            "widths": (k, c),
            "shares": (k, c),
        }
        for i in range(depth_of(found, "given_")):
            given = found[f"given_{i}"][-1]
            hidden = [found[f"weights_{i}_{j}"][-1] for j in range(depth_of(found, f"weights_{i}_") - 1)]
            sizes = [given + a, *hidden, 2 * (d - given)]
            out |= {f"given_{i}": (given,), f"moved_{i}": (d - given,)}
            out |= {f"weights_{i}_{j}": (sizes[j], sizes[j + 1]) for j in range(len(sizes) - 1)}
            out |= {f"biases_{i}_{j}": (sizes[j + 1],) for j in range(len(sizes) - 1)}
        return out

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], k: int) -> Self:
        """Make an encoder of what was saved."""
        couplings = []
        for i in range(depth_of(arrays, "given_")):
            parts = [
                tuple(arrays[f"{name}_{i}_{j}"] for j in range(depth_of(arrays, f"weights_{i}_")))
                for name in ("weights", "biases")
            ]
            couplings.append(CouplingArrays(arrays[f"given_{i}"], arrays[f"moved_{i}"], *parts))
        numbered = ("given_", "moved_", "weights_", "biases_")
        fields: dict[str, Any] = {name: value for name, value in arrays.items() if not name.startswith(numbered)}
        return cls(**fields, couplings=tuple(couplings), k=k)

    def _latents(self, inputs: Array) -> tuple[Array, Array]:
        d = self.n_outputs
        x, aux = inputs[:, :d] @ self.rotation, inputs[:, d:]
        for coupling in self.couplings:
            coupling.transform(x, aux, float(self.most_log_scale[0]))
        scores = np.hstack([x, aux]) @ self.score_weights + self.score_shift
        z = np.zeros_like(scores)
        for j in range(self.centers.shape[1]):
            z += self.shares[:, j] * expit((scores - self.centers[:, j]) / self.widths[:, j])
        return z, x[:, self.k :]

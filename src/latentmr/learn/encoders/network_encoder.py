"""Define the encoder of the autoencoder, evaluated without the library that trained it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from scipy.special import ndtr

from latentmr.learn.encoders.outputs_encoder import (
    OutputsEncoder,
    depth_of,
    layers,
    perceptron_value,
    plain,
    shared_shapes,
)
from latentmr.typing import Array

__all__ = ["NetworkEncoder"]


@dataclass(frozen=True, repr=False)
class NetworkEncoder(OutputsEncoder):
    """A linear path plus a multilayer perceptron.

    The normal distribution function turns the first ``k`` outputs into instruments. The encoder has these parameters in
    addition to those of :class:`OutputsEncoder`.

    Parameters
    ----------
    skip : np.ndarray of dimension (d + a, d)
        The linear path.
    weights : tuple of np.ndarray of dimension (h_i, h_(i + 1))
        Layers of the perceptron, at least one, from ``d + a`` inputs to ``d`` outputs. The function ``h -> h / (1 +
        exp(-h))`` follows every layer but the last.
    biases : tuple of np.ndarray of dimension (h_(i + 1),)
        Biases of the layers.
    """

    name: ClassVar[str] = "network"

    skip: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "k":
                object.__setattr__(self, name, layers(value) if name in ("weights", "biases") else plain(value))

    def arrays(self) -> dict[str, Array]:
        """Return the arrays to save, in addition to ``k``, with numbered layers."""
        out = {name: value for name, value in vars(self).items() if name not in ("weights", "biases", "k")}
        for name in ("weights", "biases"):
            out |= {f"{name}_{j}": value for j, value in enumerate(getattr(self, name))}
        return out

    @staticmethod
    def shapes(found: Mapping[str, tuple[int, ...]], p: int, a: int, k: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes that saved arrays must have; outputs, layers and hidden units come from ``found``."""
        d = found.get("skip", (0,))[-1]
        hidden = [found[f"weights_{j}"][-1] for j in range(depth_of(found, "weights_") - 1)]
        sizes = [d + a, *hidden, d]
        return (
            shared_shapes(p, a, d, k)
            | {"skip": (d + a, d)}
            | {f"weights_{j}": (sizes[j], sizes[j + 1]) for j in range(len(sizes) - 1)}
            | {f"biases_{j}": (sizes[j + 1],) for j in range(len(sizes) - 1)}
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], k: int) -> Self:
        """Make an encoder from saved arrays."""
        fields: dict[str, Any] = {
            name: value for name, value in arrays.items() if not name.startswith(("weights_", "biases_"))
        }
        for name in ("weights", "biases"):
            fields[name] = tuple(arrays[f"{name}_{j}"] for j in range(depth_of(arrays, "weights_")))
        return cls(**fields, k=k)

    def _latents(self, inputs: Array) -> tuple[Array, Array]:
        raw = inputs @ self.skip + perceptron_value(inputs, self.weights, self.biases)
        return ndtr(raw[:, : self.k]), raw[:, self.k :]

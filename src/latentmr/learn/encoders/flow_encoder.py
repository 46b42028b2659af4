"""Define the encoder of the flow, evaluated without the library that trained it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from scipy.special import expit

from latentmr.learn.encoders.outputs_encoder import OutputsEncoder, plain, shared_shapes
from latentmr.typing import Array

__all__ = ["FlowEncoder"]


@dataclass(frozen=True, repr=False)
class FlowEncoder(OutputsEncoder):
    """Linear maps and increasing functions in turn; learned distribution functions turn scores into instruments.

    It has these parameters in addition to those of :class:`OutputsEncoder`.

    Parameters
    ----------
    maps : np.ndarray of dimension (layers, d, d)
        Linear map of each layer.
    aux_maps : np.ndarray of dimension (layers, a, d)
        Linear map of the auxiliary features in each layer.
    low, high, knots, softness : np.ndarray of dimension (layers, bends, d)
        Slopes below and above each bend, position of the bend, and its softness.
    score_weights : np.ndarray of dimension (d + a, k)
        Scores as a linear map of the flow's outputs and standardised auxiliary features.
    score_shift : np.ndarray of dimension (k,)
        Constant added to the scores.
    centers, widths, shares : np.ndarray of dimension (k, c)
        Logistic components of the distribution of each score.
    """

    name: ClassVar[str] = "flow"

    maps: Array
    aux_maps: Array
    low: Array
    high: Array
    knots: Array
    softness: Array
    score_weights: Array
    score_shift: Array
    centers: Array
    widths: Array
    shares: Array

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "k":
                object.__setattr__(self, name, plain(value))

    def arrays(self) -> dict[str, Array]:
        """Return the arrays to save, in addition to ``k``."""
        return {name: value for name, value in vars(self).items() if name != "k"}

    @staticmethod
    def shapes(found: Mapping[str, tuple[int, ...]], p: int, a: int, k: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes that saved arrays must have; sizes that only the arrays reveal come from ``found``."""
        layers, bends, d = found.get("low", (0, 0, 0))[-3:] if len(found.get("low", ())) >= 3 else (0, 0, 0)
        c = found.get("centers", (0,))[-1]
        return (
            shared_shapes(p, a, d, k)
            | {"maps": (layers, d, d), "aux_maps": (layers, a, d)}
            | dict.fromkeys(("low", "high", "knots", "softness"), (layers, bends, d))
            | {"score_weights": (d + a, k), "score_shift": (k,)}
            | dict.fromkeys(("centers", "widths", "shares"), (k, c))
        )

    @classmethod
    def from_arrays(cls, arrays: dict[str, Array], k: int) -> Self:
        """Make an encoder from saved arrays."""
        fields: dict[str, Any] = dict(arrays)
        return cls(**fields, k=k)

    def _latents(self, inputs: Array) -> tuple[Array, Array]:
        d = self.n_outputs
        x, aux = inputs[:, :d], inputs[:, d:]
        for i in range(len(self.maps)):
            x = x @ self.maps[i] + aux @ self.aux_maps[i]
            bent = x * self.low[i].sum(axis=0)
            for low, high, knot, softness in zip(
                self.low[i], self.high[i], self.knots[i], self.softness[i], strict=True
            ):
                bent += (high - low) * softness * np.logaddexp(0, (x - knot) / softness)
            x = bent
        scores = np.hstack([x, aux]) @ self.score_weights + self.score_shift
        z = np.zeros_like(scores)
        for j in range(self.centers.shape[1]):
            z += self.shares[:, j] * expit((scores - self.centers[:, j]) / self.widths[:, j])
        return z, x[:, self.k :]

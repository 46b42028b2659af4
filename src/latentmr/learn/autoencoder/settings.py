"""Hyperparameters of the autoencoder."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from latentmr.errors import ArgumentError
from latentmr.learn.settings import whole
from latentmr.learn.training.settings import NetworkSettings

__all__ = ["WEIGHTS", "AutoencoderSettings"]

#: Weight of each part of the objective; the same for all data sets, since the parts have a scale of their own.
WEIGHTS = {"reconstruction": 1.0, "invariance": 1.0, "independence": 30.0, "entropy": 1.0}


@dataclass(frozen=True, kw_only=True)
class AutoencoderSettings(NetworkSettings):
    """Hyperparameters of the autoencoder; parameters beside those of every network.

    Parameters
    ----------
    width, depth : int
        Hidden units in a layer; hidden layers, of encoder and of decoder.
    weights : mapping of str to float, optional
        Of the parts ``reconstruction``, ``invariance``, ``independence``, ``entropy``, where not the usual ones.
    """

    learning_rate: float = 6e-3
    width: int = 64
    depth: int = 2
    weights: Mapping[str, float] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(width=whole("width", self.width, 1), depth=whole("depth", self.depth, 1))
        _refuse_weights(self.weights or {})

    @property
    def all_weights(self) -> dict[str, float]:
        """Weight of every part, given or usual."""
        return WEIGHTS | {name: float(value) for name, value in (self.weights or {}).items()}

    @property
    def settings(self) -> dict[str, object]:
        """Hyperparameters that decide the result: what a saved model keeps."""
        return super().settings | {"weights": self.all_weights}


def _refuse_weights(given: Mapping[str, float]) -> None:
    unknown = sorted(set(given) - set(WEIGHTS))
    if unknown:
        raise ArgumentError("weights", f"be of {', '.join(WEIGHTS)}", f"{', '.join(unknown)}")
    for name, value in given.items():
        if not 0 <= value < float("inf"):
            raise ArgumentError("weights", "be finite and not negative", f"{value!r} for {name}")
    if not any((WEIGHTS | dict(given)).values()):
        raise ArgumentError("weights", "not all be 0", "0 for every part")

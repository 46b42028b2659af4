"""Define the hyperparameters of the autoencoder."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from latentmr.errors import ArgumentError
from latentmr.learn.settings import whole
from latentmr.learn.training.settings import NetworkSettings

__all__ = ["WEIGHTS", "AutoencoderSettings"]

#: Default weight of each part of the objective; it serves all data sets because each part has its own scale.
WEIGHTS = {"reconstruction": 1.0, "invariance": 1.0, "independence": 30.0, "entropy": 1.0}


@dataclass(frozen=True, kw_only=True, repr=False)
class AutoencoderSettings(NetworkSettings):
    """Hyperparameters of the autoencoder, in addition to those of every network.

    Parameters
    ----------
    width, depth : int
        Number of hidden units in a layer, and number of hidden layers, of the encoder and of the decoder.
    weights : mapping of str to float, optional
        Weights of the parts ``reconstruction``, ``invariance``, ``independence`` and ``entropy`` that differ from the
        defaults.
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
        """Return the weight of every part, given or default."""
        return WEIGHTS | {name: float(value) for name, value in (self.weights or {}).items()}

    @property
    def settings(self) -> dict[str, object]:
        """Return the hyperparameters that affect the result, which a saved model keeps."""
        return super().settings | {"weights": self.all_weights}


def _refuse_weights(given: Mapping[str, float]) -> None:
    unknown = sorted(set(given) - set(WEIGHTS))
    if unknown:
        raise ArgumentError("weights", f"be of {', '.join(WEIGHTS)}", f"{', '.join(unknown)}", "use one of these names")
    for name, value in given.items():
        if not 0 <= value < float("inf"):
            raise ArgumentError(
                "weights", "be finite and not negative", f"{value!r} for {name}", "use 0 or a positive number"
            )
    if not any((WEIGHTS | dict(given)).values()):
        raise ArgumentError("weights", "not all be 0", "0 for every part", "give one part a positive weight")

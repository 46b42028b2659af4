"""Define the hyperparameters of the flow."""

from dataclasses import dataclass

from latentmr.learn.settings import whole
from latentmr.learn.training.settings import NetworkSettings

__all__ = ["FlowSettings"]


@dataclass(frozen=True, kw_only=True, repr=False)
class FlowSettings(NetworkSettings):
    """Hyperparameters of the flow, in addition to those of every network.

    Parameters
    ----------
    layers : int
        Number of layers; each is a linear map followed by an increasing function of every coordinate.
    bends : int
        Number of bends of each of these functions.
    components : int
        Number of logistic components of the distribution of each instrument.
    """

    learning_rate: float = 2e-2
    layers: int = 12
    bends: int = 2
    components: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(**{name: whole(name, getattr(self, name), 1) for name in ("layers", "bends", "components")})

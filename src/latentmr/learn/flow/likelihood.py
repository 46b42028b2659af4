"""The objective of every flow."""

from typing import Protocol

import torch
from torch import Tensor

from latentmr.learn.training.batches import Batch

__all__ = ["negative_log_likelihood"]


class HasLikelihood(Protocol):
    """A network with a likelihood."""

    def log_likelihood(self, batch: Batch) -> Tensor:
        """Mean over people, in nats."""
        ...


def negative_log_likelihood(network: HasLikelihood, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
    """Nats per person, on minibatches and on people held out alike."""
    del generator  # nothing is drawn
    total = -network.log_likelihood(batch)
    return {"nats": total, "total": total}

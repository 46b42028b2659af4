"""Define an invertible network with exact likelihood, in which the instruments have one distribution."""

import math
from typing import Protocol

import torch
from torch import Tensor, nn

from latentmr.learn.flow.monotone_layers import MonotoneLayers
from latentmr.learn.training.batches import Batch

__all__ = ["LEAST_SCALE", "Flow", "negative_log_likelihood"]

#: Smallest scale of a component of the instruments' distribution; it keeps the likelihood of repeated values finite.
LEAST_SCALE = 0.05
#: Number of bends of the distribution of each residual latent in each environment.
LAW_BENDS = 2


class Flow(nn.Module):
    """``T(inputs) = (z, v)`` with the likelihood ``p(z) p(v | environment, aux) |det dT|``.

    The distribution of ``z`` is a product of mixtures of logistic distributions. The distribution of ``v`` in an
    environment is a normal distribution transformed by one layer of its own.

    Parameters
    ----------
    maps : Tensor of dimension (layers, d, d)
        Initial linear maps.
    a : int
        Number of auxiliary features.
    k : int
        Number of instruments.
    environments : int
        Number of environments.
    bends : int
        Number of bends of each coordinate in each layer.
    components : int
        Number of logistic components of the distribution of each instrument.
    """

    def __init__(self, maps: Tensor, a: int, k: int, environments: int, bends: int, components: int) -> None:
        super().__init__()
        d = maps.shape[1]
        self.d, self.a, self.k, self.environments = d, a, k, environments
        r = d - k
        self.layers = MonotoneLayers(maps, a, bends)
        self.centers = nn.Parameter(torch.linspace(-1.8, 1.8, components).repeat(k, 1))
        self.log_scales = nn.Parameter(torch.full((k, components), math.log(1.6 / components)))
        self.logits = nn.Parameter(torch.zeros(k, components))
        self.v_shift = nn.Parameter(torch.zeros(environments, r))
        self.v_laws = MonotoneLayers(torch.eye(r).repeat(environments, 1, 1), a, LAW_BENDS)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return raw outputs ``[n, d]``: scores of the instruments, then residual latents."""
        return self._transform(inputs)[0].T

    def log_likelihood(self, batch: Batch) -> Tensor:
        """Return the mean over individuals in nats, less the constants of normal distributions."""
        return self.log_likelihoods(batch).mean()

    def log_likelihoods(self, batch: Batch) -> Tensor:
        """Return the log-likelihood of each individual, less the constants of normal distributions ``[n]``."""
        out, log_det = self._transform(batch.inputs)
        return log_det + self._log_law_of_z(out[: self.k]) + self._log_law_of_v(out[self.k :], batch)

    def start_distributions(self, batch: Batch) -> None:
        """Fit the normal distributions of ``v`` to some individuals of all environments, with the layers fixed."""
        if self.d == self.k:
            return
        with torch.no_grad():
            v = self.outputs(batch.inputs)[:, self.k :]
            for e, part in zip(batch.environments, v.split(list(batch.sizes)), strict=True):
                centred = part - part.mean(0)
                S = centred.T @ centred / len(part) + 1e-4 * torch.eye(v.shape[1], device=v.device)
                self.v_shift[e] = part.mean(0)
                self.v_laws.maps[e] = torch.linalg.inv(torch.linalg.cholesky(S)).T

    def _transform(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return outputs ``[d, n]``, individuals in columns, and the logarithm of the determinant ``[n]``."""
        columns = inputs.T.contiguous()
        x, log_det = self.layers(columns[: self.d], columns[self.d :])
        return x, log_det

    def _log_law_of_z(self, z: Tensor) -> Tensor:
        log_scales = torch.log(LEAST_SCALE + torch.exp(self.log_scales)).T[:, :, None]
        u = (z - self.centers.T[:, :, None]) * torch.exp(-log_scales)
        parts = torch.log_softmax(self.logits, 1).T[:, :, None] - log_scales - u - 2 * nn.functional.softplus(-u)
        return torch.logsumexp(parts, 0).sum(0)

    def _log_law_of_v(self, v: Tensor, batch: Batch) -> Tensor:
        aux = batch.inputs[:, self.d :].T
        sizes = list(batch.sizes)
        shifts = self.v_shift.unbind()
        groups = [
            (e, w - shifts[e][:, None], b)
            for e, w, b in zip(batch.environments, v.split(sizes, 1), aux.split(sizes, 1), strict=True)
        ]
        return torch.cat([log_det - (white**2).sum(0) / 2 for white, log_det in self.v_laws.apart(groups)])


class HasLikelihood(Protocol):
    """A network with a likelihood."""

    def log_likelihood(self, batch: Batch) -> Tensor:
        """Return the mean over individuals, in nats."""
        ...


def negative_log_likelihood(network: HasLikelihood, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
    """Return nats per individual, on minibatches and on held-out individuals alike."""
    del generator  # nothing is drawn
    total = -network.log_likelihood(batch)
    return {"nats": total, "total": total}

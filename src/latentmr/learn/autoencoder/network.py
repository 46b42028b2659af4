"""Define the autoencoder's network: an encoder to instruments and residual latents, and a decoder."""

import math

import torch
from torch import Tensor, nn

from latentmr.learn.training.layers import perceptron

__all__ = ["Autoencoder"]


class Autoencoder(nn.Module):
    """Encoder and decoder, each a linear path plus a multilayer perceptron that starts at zero.

    Parameters
    ----------
    d, a, k : int
        Number of input coordinates, of auxiliary features beside them, and of instruments.
    width, depth : int
        Number of hidden units in a layer, and number of hidden layers.
    rotation : Tensor of dimension (d, d), optional
        Initial value of the encoder's linear path. The default is the identity, which is the linear learner's solution.
    """

    def __init__(self, d: int, a: int, k: int, width: int, depth: int, rotation: Tensor | None = None) -> None:
        super().__init__()
        self.d, self.a, self.k = d, a, k
        start = torch.eye(d) if rotation is None else rotation
        nothing = torch.zeros(a, d)
        self.encoder_skip = nn.Parameter(torch.cat([start, nothing]))
        self.decoder_skip = nn.Parameter(torch.cat([torch.linalg.inv(start), nothing]))
        self.encoder = perceptron(d + a, d, width, depth)
        self.decoder = perceptron(d + a, d, width, depth)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return raw outputs ``[n, d]``: scores of the instruments, then residual latents."""
        out = inputs @ self.encoder_skip + self.encoder(inputs)
        return torch.as_tensor(out)

    def encode(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return instruments ``[n, k]`` in the unit cube, and residual latents ``[n, d - k]``.

        The residual latents are standardised over the batch.
        """
        out = self.outputs(inputs)
        z, raw = torch.special.ndtr(out[:, : self.k]), out[:, self.k :]
        return z, (raw - raw.mean(0)) / (raw.std(0) + 1e-6) if raw.shape[1] else raw

    def decode(self, z: Tensor, v: Tensor, aux: Tensor) -> Tensor:
        """Reconstruct the coordinates ``[n, d]``."""
        latents = torch.cat([(z - 0.5) * math.sqrt(12), v, aux], 1)
        out = latents @ self.decoder_skip + self.decoder(latents)
        return torch.as_tensor(out)

"""The cross-environment autoencoder's network: encoder to instruments and residual latents, decoder back."""

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
        Coordinates of the input, auxiliary features beside them, instruments.
    width, depth : int
        Hidden units of a layer; hidden layers.
    rotation : Tensor of dimension (d, d), optional
        Where the linear path of the encoder starts; the identity by default: the solution of the linear learner.
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
        """Raw outputs ``[n, d]``: scores of the instruments, then residual latents."""
        out = inputs @ self.encoder_skip + self.encoder(inputs)
        return torch.as_tensor(out)

    def encode(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Instruments in the unit cube ``[n, k]``, and residual latents ``[n, d - k]`` standardised over the batch."""
        out = self.outputs(inputs)
        z, raw = torch.special.ndtr(out[:, : self.k]), out[:, self.k :]
        return z, (raw - raw.mean(0)) / (raw.std(0) + 1e-6) if raw.shape[1] else raw

    def decode(self, z: Tensor, v: Tensor, aux: Tensor) -> Tensor:
        """Reconstruct the coordinates ``[n, d]``."""
        latents = torch.cat([(z - 0.5) * math.sqrt(12), v, aux], 1)
        out = latents @ self.decoder_skip + self.decoder(latents)
        return torch.as_tensor(out)

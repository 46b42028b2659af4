"""Define the autoencoder's objective: four named parts, each on its own scale, and one weighted total."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from latentmr.dependence.hsic import hsic_features
from latentmr.dependence.mmd import cube_distance_features, mean_on_cube, mmd_features, random_features, scales
from latentmr.learn.autoencoder.network import Autoencoder
from latentmr.learn.training.batches import Batch

__all__ = ["PARTS", "Objective"]

#: Parts of the objective, as in the paper (Huang, Robinson and Locatello, 2026).
PARTS = ("reconstruction", "invariance", "independence", "entropy")


@dataclass(frozen=True)
class Objective:
    """Reconstruction error and three penalties.

    The scale of every part is independent of the data, so that the same weights serve all data sets. The reconstruction
    error is in units of the variance of the input. The penalties are squared distances between means in the feature
    space of a kernel that is bounded by 1.

    - ``reconstruction``: mean squared error of the standardised input.
    - ``invariance``: squared maximum mean discrepancy of the instruments, averaged over pairs of environments.
    - ``independence``: Hilbert-Schmidt criterion of the instruments and the pair (residual latents, environment). It is
      multiplied by the number of environments, so that more environments do not make it smaller.
    - ``entropy``: squared discrepancy between the distribution of the instruments and the uniform distribution on the
      cube, which has the largest entropy.

    The penalties are U-statistics on features drawn afresh for every batch. They are unbiased for the penalties of the
    exact kernel.

    Parameters
    ----------
    weights : tuple of float
        Weights of the parts, in the order of ``PARTS``; a part of weight 0 is left out.
    features : int
        Number of random features of the instruments and of the residual latents.
    """

    weights: tuple[float, float, float, float]
    features: int

    def __call__(self, network: Autoencoder, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the parts and their weighted ``total`` on a batch.

        Parameters
        ----------
        network : Autoencoder
        batch : Batch
        generator : torch.Generator
            Generator of the random features.

        Returns
        -------
        dict of str to Tensor
        """
        d = network.d
        z, v = network.encode(batch.inputs)
        coordinates, aux = batch.inputs[:, :d], batch.inputs[:, d:]
        parts = {"reconstruction": ((network.decode(z, v, aux) - coordinates) ** 2).mean()}
        draw = random_features(z.shape[1], self.features, cube_bandwidths(z.shape[1]), generator)
        features = draw(z)
        parts["invariance"] = mmd_features(features, batch.sizes)
        rest = torch.cat([v, aux], 1)
        if rest.shape[1]:
            seen = random_features(rest.shape[1], self.features, normal_bandwidths(rest.shape[1]), generator)(rest)
            parts["independence"] = len(batch.sizes) * hsic_features(features, seen, batch.sizes)
        else:
            parts["independence"] = z.sum() * 0
        parts["entropy"] = cube_distance_features(features, mean_on_cube(draw))
        pairs = zip(PARTS, self.weights, strict=True)
        parts["total"] = torch.stack([weight * parts[name] for name, weight in pairs if weight]).sum()
        return parts


def cube_bandwidths(k: int) -> tuple[float, float, float]:
    """Return bandwidths for instruments: root of twice the mean squared distance on the cube, a half and a quarter."""
    return scales(math.sqrt(min(k, 3) / 3))


def normal_bandwidths(d: int) -> tuple[float, float, float]:
    """Return bandwidths for residual latents of unit variance: root mean squared distance, a half and a quarter."""
    return scales(math.sqrt(2 * min(d, 3)))

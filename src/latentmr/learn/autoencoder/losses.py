"""The autoencoder's objective: four named parts, each on a scale of its own, and one weighted total."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from latentmr.dependence.hsic import hsic_features
from latentmr.dependence.mmd import cube_distance_features, mean_on_cube, mmd_features, random_features, scales
from latentmr.learn.autoencoder.network import Autoencoder
from latentmr.learn.training.batches import Batch

__all__ = ["PARTS", "Objective"]

#: Parts of the objective (design of the paper: Huang, Robinson and Locatello, 2026).
PARTS = ("reconstruction", "invariance", "independence", "entropy")


@dataclass(frozen=True)
class Objective:
    """Reconstruction error and three penalties.

    Every part has a scale that does not depend on the data, so that one weight serves all data sets: the
    reconstruction error is in units of the variance of the input, and the penalties are squared distances between
    means in the feature space of a kernel that is bounded by 1.

    - ``reconstruction``: mean squared error of the standardised input.
    - ``invariance``: squared maximum mean discrepancy of the instruments, averaged over pairs of environments.
    - ``independence``: Hilbert-Schmidt criterion of the instruments and the pair (residual latents, environment), times
      the number of environments, so that more environments do not make it smaller.
    - ``entropy``: squared discrepancy between the instruments' law and the uniform one on the cube, whose entropy is
      the largest.

    The penalties are U-statistics on features drawn afresh for every batch: unbiased for those of the whole kernel.

    Parameters
    ----------
    weights : tuple of float
        Of the parts, in the order of ``PARTS``; a part of weight 0 is left out.
    features : int
        Random features of instruments and of residual latents.
    """

    weights: tuple[float, float, float, float]
    features: int

    def __call__(self, network: Autoencoder, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Parts and their weighted ``total`` on a batch.

        Parameters
        ----------
        network : Autoencoder
        batch : Batch
        generator : torch.Generator
            Of the random features.

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
    """Bandwidths for instruments: the root of twice the mean squared distance on the cube, a half and a quarter."""
    return scales(math.sqrt(min(k, 3) / 3))


def normal_bandwidths(d: int) -> tuple[float, float, float]:
    """Bandwidths for residual latents of unit variance: their root mean squared distance, a half and a quarter."""
    return scales(math.sqrt(2 * min(d, 3)))

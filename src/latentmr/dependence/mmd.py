"""Measure distances of distributions by random features (maximum mean discrepancy) in PyTorch, for training.

The results are differentiable. The kernel is Gaussian and averaged over a few bandwidths, hence bounded by 1. With
random features (Rahimi and Recht, 2007) the cost grows with the number of features, not with the square of the sample
size. The result is exact for the kernel ``k(x, y) = phi(x)'phi(y)`` that the features define.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from latentmr.dependence.features import MOST_COORDINATES, RandomFeatures

__all__ = ["cube_distance_features", "mean_on_cube", "mmd_features", "random_features", "scales"]


def random_features(
    d: int, count: int, bandwidths: Sequence[float], generator: torch.Generator
) -> RandomFeatures[Tensor]:
    """Draw features ``sqrt(2 / D) cos(x'w + b)`` of the Gaussian kernel, averaged over bandwidths.

    Parameters
    ----------
    d : int
        Number of coordinates. If there are more than three, each feature uses three that are drawn for it. The kernel
        is then the average of Gaussian kernels over all triples of coordinates. It detects dependence of few
        coordinates as well in a hundred dimensions as in three.
    count : int
        Number of features, D.
    bandwidths : sequence of float
        Standard deviations of the kernels that are averaged.
    generator : torch.Generator
        Generator on the device where the features are drawn.

    Returns
    -------
    RandomFeatures
        Features whose inner products approximate the kernel.
    """
    device = generator.device
    chosen = torch.randint(len(bandwidths), (count,), generator=generator, device=device)
    width = torch.tensor(bandwidths, dtype=torch.float32, device=device)[chosen]
    normals = torch.randn(d, count, generator=generator, device=device)
    ranked = torch.rand(d, count, generator=generator, device=device) if d > MOST_COORDINATES else None
    turns = torch.rand(count, generator=generator, device=device)
    return RandomFeatures.of_draws(normals, width, ranked, turns, _waves)


def mean_on_cube(features: RandomFeatures[Tensor]) -> Tensor:
    """Return the mean features ``[D]`` of the uniform distribution on the unit cube, in closed form."""
    half = features.frequencies / 2
    waves = torch.sinc(half / math.pi).prod(0) * torch.cos(features.phases + half.sum(0))
    return waves * math.sqrt(2 / len(features.phases))


def _waves(X: Tensor, frequencies: Tensor, phases: Tensor) -> Tensor:
    return torch.cos(torch.addmm(phases, X, frequencies)) * math.sqrt(2 / len(phases))


def scales(median: float) -> tuple[float, float, float]:
    """Return bandwidths for a distribution with a given median pairwise distance: that, a half and a quarter of it."""
    return median / 4, median / 2, median


def mmd_features(features: Tensor, sizes: Sequence[int], *, unbiased: bool = True) -> Tensor:
    """Return the mean over pairs of environments of the squared maximum mean discrepancy, at linear cost.

    Parameters
    ----------
    features : Tensor of dimension (n, D)
        Features of individuals, environment after environment.
    sizes : sequence of int
        Number of individuals in each environment, at least two.
    unbiased : bool
        Whether to return the U-statistic, which can be negative. The alternative is the V-statistic, which is positive
        and biased upwards.

    Returns
    -------
    Tensor
    """
    groups = len(sizes)
    n = torch.tensor(sizes, dtype=features.dtype, device=features.device)
    sums = torch.stack([part.sum(0) for part in features.split(list(sizes))])
    squares = (sums**2).sum(1)
    if unbiased:
        own = torch.stack([part.sum() for part in (features**2).sum(1).split(list(sizes))])
        norms = (squares - own) / (n * (n - 1))
    else:
        norms = squares / n**2
    means = sums / n[:, None]
    across = (means.sum(0) ** 2).sum() - (means**2).sum()
    return 2 * norms.mean() - 2 * across / (groups * (groups - 1)) if groups > 1 else norms.sum() * 0


def cube_distance_features(features: Tensor, cube: Tensor, *, unbiased: bool = True) -> Tensor:
    """Return the squared maximum mean discrepancy from the uniform distribution on the unit cube, at linear cost.

    The uniform distribution has the largest differential entropy on the cube.

    Parameters
    ----------
    features : Tensor of dimension (n, D)
        Features of individuals.
    cube : Tensor of dimension (D,)
        :func:`mean_on_cube` of the same features.
    unbiased : bool
        As in :func:`mmd_features`.

    Returns
    -------
    Tensor
    """
    n = len(features)
    total = features.sum(0)
    square = (total**2).sum()
    within = (square - (features**2).sum()) / (n * (n - 1)) if unbiased else square / n**2
    return within - 2 * (total / n) @ cube + (cube**2).sum()

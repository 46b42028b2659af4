"""Kernel measures of how laws differ (MMD) and depend (HSIC), exact and by random Fourier features, and entropies.

All kernels are Gaussian, averaged over a few bandwidths, hence bounded by 1. Exact forms cost the square of the people;
those by random features (Rahimi and Recht, 2007) cost their number, and are exact for the kernel
``k(x, y) = phi(x)'phi(y)`` that the features define. Everything is differentiable.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = [
    "RandomFeatures",
    "cube_distance_exact",
    "cube_distance_features",
    "gaussian_gram",
    "hsic_exact",
    "hsic_features",
    "kozachenko_leonenko",
    "median_bandwidth",
    "mmd_exact",
    "mmd_features",
    "paired_features",
    "random_features",
    "scales",
]

#: A feature looks at no more coordinates than this: kernels of many coordinates at once see nothing.
MOST_COORDINATES = 3


@dataclass(frozen=True)
class RandomFeatures:
    """Random Fourier features ``sqrt(2 / D) cos(x'w + b)``.

    Parameters
    ----------
    frequencies : Tensor of dimension (d, D)
    phases : Tensor of dimension (D,)
    """

    frequencies: Tensor
    phases: Tensor

    @property
    def count(self) -> int:
        """Number of features, D."""
        return int(self.phases.shape[0])

    def __call__(self, X: Tensor) -> Tensor:
        """Features ``[n, D]``, whose inner products approximate the kernel."""
        return torch.cos(torch.addmm(self.phases, X, self.frequencies)) * math.sqrt(2 / self.count)

    def mean_on_cube(self) -> Tensor:
        """Mean features ``[D]`` of the uniform law on the unit cube, in closed form."""
        half = self.frequencies / 2
        return torch.sinc(half / math.pi).prod(0) * torch.cos(self.phases + half.sum(0)) * math.sqrt(2 / self.count)


def random_features(d: int, count: int, bandwidths: Sequence[float], generator: torch.Generator) -> RandomFeatures:
    """Draw features of the Gaussian kernel, averaged over bandwidths.

    Parameters
    ----------
    d : int
        Coordinates. With more than three, each feature looks at three that are drawn for it: the kernel is then the
        average of Gaussian kernels over all triples of coordinates, which sees dependence of few coordinates as well in
        a hundred dimensions as in three.
    count : int
        Number of features.
    bandwidths : sequence of float
        Standard deviations of the kernels that are averaged.
    generator : torch.Generator
        On whose device they are drawn.

    Returns
    -------
    RandomFeatures
    """
    device = generator.device
    chosen = torch.randint(len(bandwidths), (count,), generator=generator, device=device)
    width = torch.tensor(bandwidths, dtype=torch.float32, device=device)[chosen]
    frequencies = torch.randn(d, count, generator=generator, device=device) / width
    if d > MOST_COORDINATES:
        rank = torch.rand(d, count, generator=generator, device=device).argsort(0).argsort(0)
        frequencies = torch.where(rank < MOST_COORDINATES, frequencies, 0.0)
    phases = 2 * math.pi * torch.rand(count, generator=generator, device=device)
    return RandomFeatures(frequencies, phases)


def scales(median: float) -> tuple[float, float, float]:
    """Bandwidths for a law whose median distance between people is given: that, a half and a quarter of it."""
    return median / 4, median / 2, median


def median_bandwidth(X: Tensor, most: int = 1000) -> float:
    """Median distance between pairs of people.

    Parameters
    ----------
    X : Tensor of dimension (n, d)
    most : int
        People, evenly spaced in the order given, whose pairs are looked at.

    Returns
    -------
    float
    """
    step = max(1, len(X) // most)
    return float(torch.pdist(X[::step].detach()).median())


def gaussian_gram(X: Tensor, Y: Tensor, bandwidths: Sequence[float]) -> Tensor:
    """Gram matrix ``[n, m]`` of the Gaussian kernel, averaged over bandwidths."""
    squares = ((X[:, None, :] - Y[None, :, :]) ** 2).sum(2)
    return torch.stack([torch.exp(-squares / (2 * b**2)) for b in bandwidths]).mean(0)


def mmd_exact(X: Tensor, Y: Tensor, bandwidths: Sequence[float], *, unbiased: bool = True) -> Tensor:
    """Squared maximum mean discrepancy of two laws (Gretton et al., 2012), at quadratic cost.

    Parameters
    ----------
    X : Tensor of dimension (n, d)
    Y : Tensor of dimension (m, d)
    bandwidths : sequence of float
    unbiased : bool
        The U-statistic, which may be negative; else the V-statistic, positive and biased upwards.

    Returns
    -------
    Tensor
        0 in expectation (unbiased) where the laws are the same.
    """
    across = gaussian_gram(X, Y, bandwidths).mean()
    within = [_mean(gaussian_gram(part, part, bandwidths), unbiased) for part in (X, Y)]
    return within[0] + within[1] - 2 * across


def mmd_features(features: Tensor, sizes: Sequence[int], *, unbiased: bool = True) -> Tensor:
    """Mean over pairs of environments of the squared maximum mean discrepancy, at linear cost.

    Parameters
    ----------
    features : Tensor of dimension (n, D)
        Of people, environment after environment.
    sizes : sequence of int
        People in each environment, at least two.
    unbiased : bool
        As in :func:`mmd_exact`.

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


def hsic_exact(K: Tensor, L: Tensor, *, unbiased: bool = True) -> Tensor:
    """Hilbert-Schmidt independence criterion of two variables from their Gram matrices, at quadratic cost.

    Parameters
    ----------
    K, L : Tensor of dimension (n, n)
        For a pair of variables, such as residual latents and environment, the product of their Gram matrices.
    unbiased : bool
        The U-statistic of Song et al. (2012), which may be negative; else ``tr(K H L H) / n^2`` of Gretton et al.
        (2005).

    Returns
    -------
    Tensor
        0 in expectation (unbiased) where the variables are independent.
    """
    n = len(K)
    if not unbiased:
        centred = K - K.mean(0) - K.mean(1)[:, None] + K.mean()
        return (centred * L).sum() / n**2
    K, L = K - torch.diag(torch.diag(K)), L - torch.diag(torch.diag(L))
    rows = K.sum(1), L.sum(1)
    return _unbiased_hsic((K * L).sum(), rows[0] @ rows[1], K.sum(), L.sum(), n)


def paired_features(features: Tensor, sizes: Sequence[int]) -> Tensor:
    """Features ``[n, D E]`` of the pair (variable, environment), where environments are alike or not at all."""
    out = features.new_zeros(len(features), len(sizes), features.shape[1])
    start = 0
    for e, size in enumerate(sizes):
        out[start : start + size, e] = features[start : start + size]
        start += size
    return out.flatten(1)


def hsic_features(first: Tensor, second: Tensor, sizes: Sequence[int], *, unbiased: bool = True) -> Tensor:
    """Independence criterion of a variable and the pair (another variable, environment), at linear cost.

    It is that of :func:`hsic_exact` with Gram matrices ``first first'`` and ``second second'``, the latter only within
    environments: zero in expectation where the first variable is independent of the second within environments and of
    the environment.

    Parameters
    ----------
    first : Tensor of dimension (n, D)
        Features of people, environment after environment.
    second : Tensor of dimension (n, F)
    sizes : sequence of int
        People in each environment; one number, all people, leaves environments out.
    unbiased : bool
        As in :func:`hsic_exact`.

    Returns
    -------
    Tensor
    """
    n = len(first)
    parts = list(sizes)
    total = first.sum(0)
    if len(set(parts)) == 1:
        shape = len(parts), parts[0], -1
        one, other = first.view(shape), second.view(shape)
        products, sums = torch.bmm(one.transpose(1, 2), other), other.sum(1)
    else:
        pairs = list(zip(first.split(parts), second.split(parts), strict=True))
        products = torch.stack([one.T @ other for one, other in pairs])
        sums = torch.stack([other.sum(0) for _, other in pairs])
    if not unbiased:
        return ((products - total[:, None] * sums[:, None, :] / n) ** 2).sum() / n**2
    squares = (first**2).sum(1), (second**2).sum(1)
    rows_first = first @ total - squares[0]
    if len(set(parts)) == 1:
        own = torch.bmm(other, sums[:, :, None]).flatten()
    else:
        own = torch.cat([part @ sums[e] for e, part in enumerate(second.split(parts))])
    rows_second = own - squares[1]
    trace = (products**2).sum() - squares[0] @ squares[1]
    return _unbiased_hsic(trace, rows_first @ rows_second, rows_first.sum(), rows_second.sum(), n)


def cube_distance_exact(Z: Tensor, bandwidths: Sequence[float], *, unbiased: bool = True) -> Tensor:
    """Squared maximum mean discrepancy between a law and the uniform one on the unit cube, at quadratic cost.

    The uniform law has the largest differential entropy on the cube; its part of the discrepancy is in closed form.

    Parameters
    ----------
    Z : Tensor of dimension (n, k)
    bandwidths : sequence of float
    unbiased : bool
        As in :func:`mmd_exact`.

    Returns
    -------
    Tensor
    """
    within = _mean(gaussian_gram(Z, Z, bandwidths), unbiased)
    k = Z.shape[1]
    terms = []
    for b in bandwidths:
        r = b * math.sqrt(2)
        to_cube = b * math.sqrt(math.pi / 2) * (torch.erf((1 - Z) / r) + torch.erf(Z / r))
        cube = b * math.sqrt(2 * math.pi) * math.erf(1 / r) - 2 * b**2 * (1 - math.exp(-1 / r**2))
        terms.append(cube**k - 2 * to_cube.prod(1).mean())
    return within + torch.stack(terms).mean()


def cube_distance_features(features: Tensor, cube: Tensor, *, unbiased: bool = True) -> Tensor:
    """:func:`cube_distance_exact` at linear cost.

    Parameters
    ----------
    features : Tensor of dimension (n, D)
    cube : Tensor of dimension (D,)
        :meth:`RandomFeatures.mean_on_cube` of the same features.
    unbiased : bool

    Returns
    -------
    Tensor
    """
    n = len(features)
    total = features.sum(0)
    square = (total**2).sum()
    within = (square - (features**2).sum()) / (n * (n - 1)) if unbiased else square / n**2
    return within - 2 * (total / n) @ cube + (cube**2).sum()


def kozachenko_leonenko(Z: Tensor, neighbours: int = 3) -> Tensor:
    """Differential entropy from distances to nearest neighbours (Kozachenko and Leonenko, 1987), in nats.

    Parameters
    ----------
    Z : Tensor of dimension (n, k)
        Without repeated people, whose distance of 0 would make the entropy infinite.
    neighbours : int
        Which neighbour: the more, the less noise, and the more bias.

    Returns
    -------
    Tensor
        0 for the uniform law on the unit cube, negative for all others on it, up to bias at the cube's faces.
    """
    n, k = Z.shape
    squares = ((Z[:, None, :] - Z[None, :, :]) ** 2).sum(2)
    nearest = squares.topk(neighbours + 1, dim=1, largest=False).values[:, neighbours]
    ball = (k / 2) * math.log(math.pi) - math.lgamma(k / 2 + 1)
    count = torch.digamma(torch.tensor(float(n))) - torch.digamma(torch.tensor(float(neighbours)))
    return (k / 2) * torch.log(nearest).mean() + ball + count.to(Z.device)


def _mean(gram: Tensor, without_diagonal: bool) -> Tensor:
    n = len(gram)
    return (gram.sum() - torch.diag(gram).sum()) / (n * (n - 1)) if without_diagonal else gram.mean()


def _unbiased_hsic(trace: Tensor, rows: Tensor, first: Tensor, second: Tensor, n: int) -> Tensor:
    """From ``tr(K L)``, ``1'K L 1``, ``1'K 1`` and ``1'L 1`` of Gram matrices with zero diagonals."""
    return (trace + first * second / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)) / (n * (n - 3))

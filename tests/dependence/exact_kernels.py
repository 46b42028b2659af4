"""Kernel measures at quadratic cost, and entropy by nearest neighbours: those by features are held against them."""

import math

import torch

from latentmr.dependence.hsic import unbiased_hsic


def median_bandwidth(X, most=1000):
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


def gaussian_gram(X, Y, bandwidths):
    """Gram matrix ``[n, m]`` of the Gaussian kernel, averaged over bandwidths."""
    squares = ((X[:, None, :] - Y[None, :, :]) ** 2).sum(2)
    return torch.stack([torch.exp(-squares / (2 * b**2)) for b in bandwidths]).mean(0)


def mmd_exact(X, Y, bandwidths, *, unbiased=True):
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


def hsic_exact(K, L, *, unbiased=True):
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
    return unbiased_hsic((K * L).sum(), rows[0] @ rows[1], K.sum(), L.sum(), n)


def paired_features(features, sizes):
    """Features ``[n, D E]`` of the pair (variable, environment), where environments are alike or not at all."""
    out = features.new_zeros(len(features), len(sizes), features.shape[1])
    start = 0
    for e, size in enumerate(sizes):
        out[start : start + size, e] = features[start : start + size]
        start += size
    return out.flatten(1)


def cube_distance_exact(Z, bandwidths, *, unbiased=True):
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


def kozachenko_leonenko(Z, neighbours=3):
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


def _mean(gram, without_diagonal):
    n = len(gram)
    return (gram.sum() - torch.diag(gram).sum()) / (n * (n - 1)) if without_diagonal else gram.mean()

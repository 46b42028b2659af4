"""Dependence by random features (Hilbert-Schmidt independence criterion), in PyTorch: differentiable, for training."""

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["hsic_features", "unbiased_hsic"]


def hsic_features(first: Tensor, second: Tensor, sizes: Sequence[int], *, unbiased: bool = True) -> Tensor:
    """Independence criterion of a variable and the pair (another variable, environment), at linear cost.

    It is that of Song et al. (2012) with Gram matrices ``first first'`` and ``second second'``, the latter only within
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
        The U-statistic, which may be negative; else ``tr(K H L H) / n^2`` of Gretton et al. (2005).

    Returns
    -------
    Tensor
        0 in expectation (unbiased) without dependence; it grows with it, up to what the kernels allow.
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
    return unbiased_hsic(trace, rows_first @ rows_second, rows_first.sum(), rows_second.sum(), n)


def unbiased_hsic(trace: Tensor, rows: Tensor, first: Tensor, second: Tensor, n: int) -> Tensor:
    """The U-statistic from ``tr(K L)``, ``1'K L 1``, ``1'K 1`` and ``1'L 1``.

    ``K`` and ``L`` are Gram matrices ``[n, n]`` with zero diagonals.
    """
    return (trace + first * second / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)) / (n * (n - 3))

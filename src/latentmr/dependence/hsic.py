"""Measure dependence by random features (Hilbert-Schmidt independence criterion) in PyTorch, for training."""

from collections.abc import Sequence

import torch
from torch import Tensor

__all__ = ["hsic_features", "unbiased_hsic"]


def hsic_features(first: Tensor, second: Tensor, sizes: Sequence[int], *, unbiased: bool = True) -> Tensor:
    """Return the independence criterion of a variable and the pair (another variable, environment), at linear cost.

    The criterion is that of Song et al. (2012) with Gram matrices ``first first'`` and ``second second'``. The latter
    has entries only within environments. Its expectation is zero if the first variable is independent of the second
    within environments, and of the environment.

    Parameters
    ----------
    first : Tensor of dimension (n, D)
        Features of individuals, environment after environment.
    second : Tensor of dimension (n, F)
        Features of the other variable, in the same order.
    sizes : sequence of int
        Number of individuals in each environment. A single number, the number of all individuals, ignores environments.
    unbiased : bool
        Whether to return the U-statistic, which can be negative. The alternative is ``tr(K H L H) / n^2`` of Gretton et
        al. (2005).

    Returns
    -------
    Tensor
        The criterion. Its expectation is 0 without dependence (if unbiased), and it grows with dependence up to a limit
        that the kernels set.
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
    """Return the U-statistic from ``tr(K L)``, ``1'K L 1``, ``1'K 1`` and ``1'L 1``.

    ``K`` and ``L`` are Gram matrices ``[n, n]`` with zero diagonals.
    """
    return (trace + first * second / ((n - 1) * (n - 2)) - 2 * rows / (n - 2)) / (n * (n - 3))

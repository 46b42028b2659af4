"""Sufficient statistics of a linear model: centred cross products, accumulated block by block."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.printing import ShortRepr, counted
from latentmr.typing import Array

__all__ = ["Blocks", "Moments", "gather", "together"]


#: A function that yields all rows of one design matrix ``[n, q]`` in order, as float64 blocks, at every call.
Blocks = Callable[[], Iterable[Array]]


@dataclass(frozen=True, repr=False)
class Moments(ShortRepr):
    """Mean and centred cross products of the columns of a design.

    Centring stands for the intercept, which every model in this package has.

    Parameters
    ----------
    n : int
        Number of rows.
    mean : np.ndarray of dimension (q,)
        Column means.
    S : np.ndarray of dimension (q, q)
        Cross products about the means.
    """

    n: int
    mean: Array
    S: Array

    def __repr__(self) -> str:
        return f"Moments: cross products of {counted(len(self.mean), 'column')}, {counted(self.n, 'observation')}"


def gather(blocks: Blocks) -> Moments:
    """Read a design once and return its moments.

    The means of the first block are subtracted first, which avoids cancellation if means are large.

    Parameters
    ----------
    blocks : Blocks
        Rows of the design; called once.

    Returns
    -------
    Moments

    Examples
    --------
    >>> gather(lambda: [np.array([[1.0], [2.0]]), np.array([[6.0]])]).S
    array([[14.]])
    """
    n = 0
    origin = total = cross = None
    for block in blocks():
        if not len(block):
            continue
        if origin is None:
            origin = block.mean(axis=0)
            total = np.zeros_like(origin)
            cross = np.zeros((len(origin), len(origin)))
        shifted = block - origin
        n += len(block)
        total += shifted.sum(axis=0)
        cross += shifted.T @ shifted
    if origin is None or total is None or cross is None:
        raise ArgumentError("blocks", "yield at least one row", "none", "check that the data are not empty")
    return Moments(n, origin + total / n, cross - np.outer(total, total) / n)


def together(parts: Iterable[Moments]) -> Moments:
    """Combine the moments of several groups of rows.

    Parameters
    ----------
    parts : iterable of Moments
        Moments of the same columns, for at least one group.

    Returns
    -------
    Moments

    Examples
    --------
    >>> rows = np.array([[1.0], [2.0], [6.0]])
    >>> together([gather(lambda: [rows[:2]]), gather(lambda: [rows[2:]])]).S
    array([[14.]])
    """
    groups = list(parts)
    n = sum(part.n for part in groups)
    mean = np.sum([part.n / n * part.mean for part in groups], axis=0)
    shifts = [np.sqrt(part.n) * (part.mean - mean) for part in groups]
    between = np.sum([np.outer(shift, shift) for shift in shifts], axis=0)
    return Moments(n, mean, np.sum([part.S for part in groups], axis=0) + between)

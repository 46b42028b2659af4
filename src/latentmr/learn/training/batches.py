"""Hold training data on the device, and draw minibatches balanced over environments."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Batch", "Batches", "make_batches"]

#: Maximum number of environments in one step, drawn afresh: penalties need individuals in each.
ENVIRONMENTS = 16
#: Maximum number of held-out individuals, which suffices to estimate the objective.
MOST_HELD_OUT = 4096


@dataclass(frozen=True)
class Batch:
    """A group of individuals.

    Parameters
    ----------
    inputs : Tensor of dimension (m, d + a)
        Inputs, environment after environment.
    sizes : tuple of int
        Number of individuals in each environment.
    environments : tuple of int
        Number (code) of each environment.
    """

    inputs: Tensor
    sizes: tuple[int, ...]
    environments: tuple[int, ...]


@dataclass(frozen=True)
class Batches:
    """The individuals in training, all on the device, and the held-out individuals.

    Parameters
    ----------
    inputs : Tensor of dimension (n, d + a)
        Inputs, environment after environment.
    sizes : tuple of int
        Number of individuals in each environment.
    held_out : Batch
        The held-out individuals.
    size : int
        Approximate number of individuals in a minibatch.
    """

    inputs: Tensor
    sizes: tuple[int, ...]
    held_out: Batch
    size: int

    def draw(self, generator: torch.Generator) -> Batch:
        """Draw the same number of individuals from each environment, or all of a small one, which then counts for less.

        Parameters
        ----------
        generator : torch.Generator

        Returns
        -------
        Batch
        """
        device = generator.device
        groups = len(self.sizes)
        chosen = list(range(groups))
        if groups > ENVIRONMENTS:
            chosen = torch.randperm(groups, generator=generator, device=device)[:ENVIRONMENTS].sort().values.tolist()
        each = max(2, self.size // len(chosen))
        offsets = np.cumsum([0, *self.sizes])
        rows = []
        for e in chosen:
            n = self.sizes[e]
            if n > 8 * each:  # repeated draws are rare
                drawn = torch.randint(n, (each,), generator=generator, device=device)
            else:
                drawn = torch.randperm(n, generator=generator, device=device)[:each]
            rows.append(drawn + int(offsets[e]))
        return Batch(self.inputs[torch.cat(rows)], tuple(len(part) for part in rows), tuple(chosen))

    def first(self, most: int) -> "Batches":
        """Return a part with at most ``most`` individuals, in proportion from all environments."""
        total = sum(self.sizes)
        if total <= most:
            return self
        sizes = tuple(max(2, n * most // total) for n in self.sizes)
        starts = np.cumsum([0, *self.sizes])[:-1]
        parts = [self.inputs[int(start) : int(start) + n] for start, n in zip(starts, sizes, strict=True)]
        return Batches(torch.cat(parts), sizes, self.held_out, self.size)


def make_batches(inputs: Tensor, codes: NDArray[np.int64], size: int, held_out: float, seed: int) -> Batches:
    """Split individuals into training and held-out ones, within environments.

    Parameters
    ----------
    inputs : Tensor of dimension (n, d + a)
        Inputs, which are reordered in place to avoid a second copy.
    codes : np.ndarray of dimension (n,)
        Environments, from 0 without gaps.
    size : int
        Approximate number of individuals in a minibatch.
    held_out : float
        Share of individuals to hold out, at least two of an environment.
    seed : int

    Returns
    -------
    Batches
    """
    rng = np.random.default_rng([seed, 3])
    groups = int(codes.max()) + 1
    most = max(2, MOST_HELD_OUT // groups)
    order = rng.permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    held, train, held_sizes, sizes = [], [], [], []
    for rows in np.split(order, np.cumsum(np.bincount(codes))[:-1]):
        count = min(most, max(2, round(held_out * len(rows))))
        held.append(rows[:count])
        train.append(rows[count:])
        held_sizes.append(count)
        sizes.append(len(rows) - count)
    apart = inputs[torch.as_tensor(np.concatenate(held), device=inputs.device)]
    kept = torch.as_tensor(np.concatenate(train), device=inputs.device)
    for column in range(inputs.shape[1]):  # one column at a time, to avoid a second copy of the data
        inputs[: len(kept), column] = inputs[kept, column]
    return Batches(inputs[: len(kept)], tuple(sizes), Batch(apart, tuple(held_sizes), tuple(range(groups))), size)

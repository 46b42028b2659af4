"""Random Fourier features (Rahimi and Recht, 2007): the one set of them, for arrays of NumPy and of PyTorch alike.

The caller draws the random numbers, by the generator of its own library, and says how that library takes a cosine of a
linear map; what makes features of these is here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi
from typing import Any, Generic, TypeVar

import numpy as np

from latentmr.typing import Array, Singles

__all__ = ["MOST_COORDINATES", "RandomFeatures", "single_waves", "waves"]

#: A feature looks at no more coordinates than this: kernels of many coordinates at once see nothing.
MOST_COORDINATES = 3

#: Arrays of one library.
Numbers = TypeVar("Numbers", bound=Any)


@dataclass(frozen=True)
class RandomFeatures(Generic[Numbers]):
    """Features ``cos(x'w + b)``, whose inner products approximate a Gaussian kernel.

    Parameters
    ----------
    frequencies : array of dimension (d, D)
    phases : array of dimension (D,)
    map : callable
        From people ``X [n, d]``, frequencies and phases to features ``[n, D]``: :func:`waves` and
        :func:`single_waves` for NumPy.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> draw = RandomFeatures.of_draws(rng.normal(size=(2, 500)), np.ones(500), None, rng.random(500), waves)
    >>> X = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> one, other = draw(X)
    >>> float(np.round(2 * np.mean(one * other), 1)), float(np.round(np.exp(-1 / 2), 1))
    (0.6, 0.6)
    """

    frequencies: Numbers
    phases: Numbers
    map: Callable[[Numbers, Numbers, Numbers], Numbers]

    @classmethod
    def of_draws(
        cls,
        normals: Numbers,
        width: Numbers,
        ranked: Numbers | None,
        turns: Numbers,
        map: Callable[[Numbers, Numbers, Numbers], Numbers],
    ) -> "RandomFeatures[Numbers]":
        """Make features of random numbers.

        Parameters
        ----------
        normals : array of dimension (d, D)
            Standard normal.
        width : array of dimension (D,)
            Bandwidth of each feature's kernel.
        ranked : array of dimension (d, D) or None
            Uniform: a feature looks at the three coordinates with the smallest. None: at all.
        turns : array of dimension (D,)
            Uniform from 0 to 1: phases, in turns.
        map : callable

        Returns
        -------
        RandomFeatures
        """
        frequencies: Numbers = normals / width
        if ranked is not None:
            frequencies = frequencies * (ranked.argsort(0).argsort(0) < MOST_COORDINATES)
        phases: Numbers = turns * (2 * pi)
        return cls(frequencies, phases, map)

    def __call__(self, X: Numbers) -> Numbers:
        """Features ``[n, D]`` of people ``[n, d]``."""
        return self.map(X, self.frequencies, self.phases)


def waves(X: Array, frequencies: Array, phases: Array) -> Array:
    """Cosines of NumPy arrays."""
    return np.asarray(np.cos(X @ frequencies + phases))


def single_waves(X: Array, frequencies: Array, phases: Array) -> Singles:
    """The same in half the memory."""
    return np.asarray(np.cos((X @ frequencies + phases).astype(np.float32)))

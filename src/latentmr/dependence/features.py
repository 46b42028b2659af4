"""Define random Fourier features (Rahimi and Recht, 2007) once, for arrays of NumPy and of PyTorch.

The caller draws the random numbers with the generator of its own library, and provides that library's cosine of a
linear map. This module turns them into features.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi
from typing import Any, Generic, TypeVar

import numpy as np

from latentmr.typing import Array, Singles

__all__ = ["MOST_COORDINATES", "RandomFeatures", "single_waves", "waves"]

#: Maximum number of coordinates in one feature, because kernels of many coordinates at once have no power.
MOST_COORDINATES = 3

#: Array type of one library.
Numbers = TypeVar("Numbers", bound=Any)


@dataclass(frozen=True)
class RandomFeatures(Generic[Numbers]):
    """Features ``cos(x'w + b)``, whose inner products approximate a Gaussian kernel.

    Parameters
    ----------
    frequencies : array of dimension (d, D)
        Frequencies ``w``.
    phases : array of dimension (D,)
        Phases ``b``.
    map : callable
        Function from data ``X [n, d]``, frequencies and phases to features ``[n, D]``. Use :func:`waves` or
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

    def __repr__(self) -> str:
        return f"RandomFeatures: {self.frequencies.shape[1]} features of {self.frequencies.shape[0]} coordinates"

    @classmethod
    def of_draws(
        cls,
        normals: Numbers,
        width: Numbers,
        ranked: Numbers | None,
        turns: Numbers,
        map: Callable[[Numbers, Numbers, Numbers], Numbers],
    ) -> "RandomFeatures[Numbers]":
        """Make features from random numbers.

        Parameters
        ----------
        normals : array of dimension (d, D)
            Standard normal numbers.
        width : array of dimension (D,)
            Bandwidth of each feature's kernel.
        ranked : array of dimension (d, D) or None
            Uniform numbers: a feature uses the three coordinates with the smallest. If None, it uses all coordinates.
        turns : array of dimension (D,)
            Phases in turns, uniform from 0 to 1.
        map : callable
            As in :class:`RandomFeatures`.

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
        """Return features ``[n, D]`` of individuals ``[n, d]``."""
        return self.map(X, self.frequencies, self.phases)


def waves(X: Array, frequencies: Array, phases: Array) -> Array:
    """Return cosines of NumPy arrays."""
    return np.asarray(np.cos(X @ frequencies + phases))


def single_waves(X: Array, frequencies: Array, phases: Array) -> Singles:
    """Return cosines of NumPy arrays in single precision, which halves the memory."""
    return np.asarray(np.cos((X @ frequencies + phases).astype(np.float32)))

"""Independent components: coordinates among linear combinations of instruments whose law is a product."""

import warnings

import numpy as np
from numpy.typing import NDArray

from latentmr.typing import Array

__all__ = ["independent_rotation"]


#: People that components are found from, at most.
MOST_PEOPLE = 20_000
#: Sweeps of the fixed-point iteration, at most.
SWEEPS = 200


def independent_rotation(coordinates: NDArray[np.float32], seed: int) -> Array:
    """Rotation to independent components (FastICA with the cubic contrast; Hyvarinen and Oja, 2000).

    Parameters
    ----------
    coordinates : np.ndarray of dimension (n, k)
    seed : int
        Draws people and the first rotation.

    Returns
    -------
    np.ndarray of dimension (k, k)
        The identity where components cannot be found: fewer than two coordinates, or none that varies.
    """
    from sklearn.decomposition import FastICA  # noqa: PLC0415  slow to load
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415

    n, k = coordinates.shape
    if k < 2:
        return np.eye(k)
    rng = np.random.default_rng([seed, 5])
    chosen = coordinates[np.sort(rng.choice(n, min(n, MOST_PEOPLE), replace=False))].astype(np.float64)
    spread = chosen.std(axis=0)
    if not (spread > 0).all():
        return np.eye(k)
    ica = FastICA(fun="cube", whiten="unit-variance", max_iter=SWEEPS, random_state=int(rng.integers(2**31)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # any rotation is a place to start
        ica.fit(chosen)
    found = ica.components_ * spread  # rows; in units of the coordinates' own spread
    left, _, right = np.linalg.svd(found)
    return (left @ right).T / spread[:, None] * spread.mean()

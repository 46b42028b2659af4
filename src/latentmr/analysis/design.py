"""The one design matrix that all estimates of an analysis share, made in blocks."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.estimate import natural_spline, spline_knots
from latentmr.learn import Representation

__all__ = ["SPLINE_LIMIT", "Design"]

Array = NDArray[np.float64]

#: Up to this many learned coordinates enter as natural splines, more of them linearly.
SPLINE_LIMIT = 10


class Design:
    """Columns: environment indicators, covariates, auxiliary features, genotypes, spline terms, exposures, outcome.

    Learned instruments, residual latents and principal components are linear in the genotypes, hence linear maps of
    these columns: none of them is stored for all people.

    Parameters
    ----------
    dataset : Dataset
        Of which the rows in estimation are used.
    representation : Representation
    """

    def __init__(self, dataset: Dataset, representation: Representation) -> None:
        self.dataset, self.representation = dataset, representation
        self.rows = np.flatnonzero(dataset.in_estimation)
        self.spline = representation.k <= SPLINE_LIMIT
        self._environments = np.unique(dataset.env[self.rows])
        sizes = {
            "env": len(self._environments) - 1,
            "C": dataset.C.shape[1],
            "A": dataset.A.shape[1],
            "G": dataset.p,
            "spline": 3 * representation.k if self.spline else 0,
            "X": len(dataset.exposure_names),
            "y": 1,
        }
        self.size = sum(sizes.values())
        ends = np.cumsum(list(sizes.values())).tolist()
        self._columns = {part: slice(end - sizes[part], end) for part, end in zip(sizes, ends, strict=True)}
        if self.spline:
            Z = [representation.encoder.encode(G, dataset.A[rows]) for rows, G in dataset.blocks(self.rows)]
            self._knots = spline_knots(np.vstack(Z))

    def columns(self, part: str) -> slice:
        """Columns of one part: ``env``, ``C``, ``A``, ``G``, ``spline``, ``X`` or ``y``."""
        return self._columns[part]

    def blocks(self) -> Iterator[Array]:
        """Rows in estimation, in order."""
        data = self.dataset
        for rows, G in data.blocks(self.rows):
            indicators = (data.env[rows][:, None] == self._environments[1:]).astype(np.float64)
            parts = [indicators, data.C[rows], data.A[rows], G]
            if self.spline:
                Z = self.representation.encoder.encode(G, data.A[rows])
                parts.append(natural_spline(Z, self._knots))
            yield np.hstack([*parts, data.X[rows], data.y[rows][:, None]])

    def pick(self, *parts: str) -> Array:
        """Linear map ``[size, c]`` to the columns of some parts."""
        eye = np.eye(self.size)
        return np.hstack([np.zeros((self.size, 0)), *(eye[:, self.columns(part)] for part in parts)])

    def of_genotypes(self, weights: Array) -> Array:
        """Extend a linear map ``[p + a, c]`` of (genotypes, auxiliary features) to the whole design."""
        out = np.zeros((self.size, weights.shape[1]))
        p = self.dataset.p
        out[self.columns("G")] = weights[:p]
        out[self.columns("A")] = weights[p:]
        return out

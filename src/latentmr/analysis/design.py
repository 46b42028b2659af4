"""The design matrix that all estimates of an analysis share, built in blocks."""

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.iv import Moments, gather, natural_spline, spline_knots, spline_slopes
from latentmr.learn import Representation
from latentmr.typing import Array

__all__ = ["SPLINE_LIMIT", "Design"]


#: Maximum number of learned coordinates that enter as natural splines. More coordinates enter linearly.
SPLINE_LIMIT = 10


class Design:
    """Columns: environments, covariates, auxiliary features, genotypes, latents, spline terms, exposures, outcome.

    Learned instruments, residual latents and principal components are linear maps of these columns, so they are never
    stored for all individuals. The latents are the outputs of a network. A linear encoder has no latents, since its
    instruments are linear in the genotypes.

    Parameters
    ----------
    dataset : Dataset
        The data set, of which the rows in estimation are used.
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
            "latent": representation.encoder.n_outputs,
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
        """Return the columns of one part: ``env``, ``C``, ``A``, ``G``, ``latent``, ``spline``, ``X`` or ``y``."""
        return self._columns[part]

    def blocks(self, rows: NDArray[np.int64] | None = None) -> Iterator[Array]:
        """Yield rows of the design in order: all rows in estimation, or some of them."""
        data, encoder = self.dataset, self.representation.encoder
        for here, G in data.blocks(self.rows if rows is None else rows):
            indicators = (data.env[here][:, None] == self._environments[1:]).astype(np.float64)
            parts = [indicators, data.C[here], data.A[here], G]
            if encoder.n_outputs or self.spline:
                coordinates = encoder.coordinates(G, data.A[here])
                parts.append(coordinates[:, : encoder.n_outputs])
                if self.spline:
                    parts.append(natural_spline(encoder.instruments(coordinates), self._knots))
            yield np.hstack([*parts, data.X[here], data.y[here][:, None]])

    def rows_by_environment(self) -> dict[str, NDArray[np.int64]]:
        """Return the rows in estimation of each environment that has any, by name."""
        codes = self.dataset.env[self.rows]
        return {self.dataset.env_names[e]: self.rows[codes == e] for e in np.unique(codes)}

    def moments_by_environment(self) -> dict[str, Moments]:
        """Return the moments of the columns for each environment with individuals in estimation, by name."""
        return {name: gather(partial(self.blocks, rows)) for name, rows in self.rows_by_environment().items()}

    def with_outcome(self, y: Array) -> "Design":
        """Return the same design with another outcome, for the rows in estimation in which it is known.

        Parameters
        ----------
        y : np.ndarray of dimension (n,)
            The outcome, NaN if missing.

        Returns
        -------
        Design
            A design with the same maps: environments and knots of splines do not change.
        """
        out = copy(self)
        known = self.dataset.in_estimation & np.isfinite(y)
        out.dataset = replace(self.dataset, y=y, in_estimation=known)
        out.rows = np.flatnonzero(known)
        return out

    def learned_basis(self) -> Array:
        """Return the linear map ``[size, k or 4 k]`` to the learned coordinates and their spline terms."""
        learned = self.of_coordinates(self.representation.encoder.z_map())
        return np.hstack([learned, self.pick("spline")]) if self.spline else learned

    def coordinate_rows(self, values: Array) -> Array:
        """Return the rows ``[c + a, m]`` of the encoder's coordinates from a table over the design's columns."""
        return np.vstack([values[part] for part in self._coordinate_columns()])

    def aligned(self, space: Array, moments: Moments) -> Array:
        """Return the map ``[c + a, k]`` in the span of ``space`` that is nearest to the encoder's.

        Only the space of instruments matters, not its basis. The remaining difference is the rotation of the space.
        """
        S = self.coordinate_rows(self.coordinate_rows(moments.S).T)
        z_map = self.representation.encoder.z_map()
        return np.asarray(space @ np.linalg.solve(space.T @ S @ space, space.T @ S @ z_map))

    def spline_sensitivity(self, moments: Moments, given: list[Array]) -> list[Array]:
        """Return how products of spline terms with (exposures, outcome) change with the map of each coordinate.

        Parameters
        ----------
        moments : Moments
            Moments of the columns.
        given : list of np.ndarray of dimension (size, m + 1)
            Maps to exposures and outcome given the regressors.

        Returns
        -------
        list of np.ndarray of dimension (3, k, c + a, m + 1)
            ``sum_i s_l'(z_ij) g_i w_i`` with centred coordinates ``g_i``. Without spline terms the first two
            dimensions are 0.
        """
        encoder = self.representation.encoder
        size = len(encoder.coordinate_center)
        k = self.representation.k if self.spline else 0
        out = [np.zeros((3 if k else 0, k, size, maps.shape[1])) for maps in given]
        if not k:
            return out
        for block in self.blocks():
            centred = block - moments.mean
            coordinates = np.hstack([block[:, part] for part in self._coordinate_columns()])
            slopes = spline_slopes(encoder.instruments(coordinates), self._knots).reshape(len(block), 3, k)
            G = coordinates - encoder.coordinate_center
            for total, maps in zip(out, given, strict=True):
                total += np.einsum("nlj,ng,nw->ljgw", slopes, G, centred @ maps, optimize=True)
        return out

    def pick(self, *parts: str) -> Array:
        """Return the linear map ``[size, c]`` to the columns of some parts."""
        eye = np.eye(self.size)
        return np.hstack([np.zeros((self.size, 0)), *(eye[:, self.columns(part)] for part in parts)])

    def of_genotypes(self, weights: Array) -> Array:
        """Extend a linear map ``[p, m]`` of the genotypes to the whole design."""
        out = np.zeros((self.size, weights.shape[1]))
        out[self.columns("G")] = weights
        return out

    def of_coordinates(self, weights: Array) -> Array:
        """Extend a linear map ``[c + a, m]`` of the encoder's coordinates to the whole design."""
        out = np.zeros((self.size, weights.shape[1]))
        learned, aux = self._coordinate_columns()
        c = len(weights) - self.dataset.A.shape[1]
        out[learned], out[aux] = weights[:c], weights[c:]
        return out

    def _coordinate_columns(self) -> tuple[slice, slice]:
        """Return the columns of the encoder's coordinates: genotypes or latents, then auxiliary features."""
        return self.columns("latent" if self.representation.encoder.n_outputs else "G"), self.columns("A")

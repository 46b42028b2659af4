"""Eigenvectors of a large symmetric matrix, by products with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from latentmr.data.printing import Brief
from latentmr.typing import Array

__all__ = ["Space", "krylov", "krylov_spaces", "random_vectors"]


#: Angle in radians at which to stop, maximum number of multiplications, and bytes of a basis.
ANGLE, PASSES, BASIS = 1e-4, 60, 256 << 20


@dataclass(frozen=True, repr=False)
class Space(Brief):
    """Approximate eigenvectors of a symmetric matrix in a Krylov space.

    Parameters
    ----------
    values : np.ndarray of dimension (b,)
        Approximate eigenvalues, largest first. None is larger than the exact one.
    residuals : np.ndarray of dimension (b,)
        Length of the part of the matrix times each vector that is outside the space.
    basis : np.ndarray of dimension (n, b)
        Orthonormal basis.
    vectors : np.ndarray of dimension (b, b)
        Coordinates of the approximate eigenvectors in the basis.
    start : np.ndarray of dimension (b, w)
        Coordinates of the initial random vectors in the basis, as far as it still contains them.
    norm2 : float
        Squared Frobenius norm of the matrix times the initial vectors.
    complete : bool
        Whether the space contains all eigenvectors of eigenvalues other than 0 that the initial vectors reach.
    """

    values: Array
    residuals: Array
    basis: Array
    vectors: Array
    start: Array
    norm2: float
    complete: bool

    def leading(self, k: int) -> Array:
        """Return the first k approximate eigenvectors ``[n, k]``."""
        return np.asarray(self.basis @ self.vectors[:, :k].astype(self.basis.dtype))

    def angles(self, k: int) -> Array:
        """Return bounds, in radians, on the angles of the first k vectors to the exact ones."""
        steps = -np.diff(self.values[: k + 1], prepend=np.inf)
        after = np.append(steps[1:], np.inf)[:k]
        gaps = np.minimum(steps[:k], after)
        # Davis & Kahan: the sine of the angle is at most the residual over the gap to the next eigenvalue
        return np.asarray(np.arcsin(np.minimum(self.residuals[:k] / np.maximum(gaps, 1e-300), 1.0)))


def krylov(
    multiply: Callable[[Array], Array], n: int, width: int, k: int, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Compute the first k eigenvectors of a symmetric matrix, and bounds on their angles to the exact ones.

    Parameters
    ----------
    multiply : callable
        Function that multiplies the n x n matrix by n x b vectors.
    n, width, k : int
        Size of the matrix, number of initial random vectors, and number of eigenvectors.
    rng : np.random.Generator
        Generator of the random vectors.

    Returns
    -------
    np.ndarray of dimension (n, k)
        Eigenvectors of the largest eigenvalues.
    np.ndarray of dimension (k,)
        Bounds on the angles, in radians.
    """
    for number, space in enumerate(krylov_spaces(multiply, random_vectors(n, width, rng), width), 1):
        angles, rest = space.angles(k), space.residuals[:k]
        if number == PASSES or ((angles <= ANGLE) | (rest <= 1e-10 * space.values[0])).all():
            break
    return space.leading(k), angles


def krylov_spaces(multiply: Callable[[Array], Array], start: Array, kept: int, single: bool = False) -> Iterator[Space]:
    """Grow a block Krylov space, by one multiplication with the matrix at a time.

    Parameters
    ----------
    multiply : callable
        Function that multiplies the n x n matrix by n x b vectors.
    start : np.ndarray of dimension (n, w)
        Orthonormal vectors to start from.
    kept : int
        Number of approximate eigenvectors to go on with when the basis is full: at 256 MiB, or at ``kept`` and three
        times ``w`` vectors if that is more.
    single : bool
        Whether the basis is kept in single precision; then residuals below 1e-6 of the largest eigenvalue count as 0.

    Yields
    ------
    Space
        The space after each multiplication. There is no end before the space is complete.
    """
    n, width = start.shape
    kind = np.dtype(np.float32 if single else np.float64)
    basis: Array = np.empty((n, 0), dtype=kind)
    small: Array = np.empty((0, 0))
    Q: Array = start.astype(kind)
    coordinates, norm2 = np.eye(width), -1.0
    while True:
        basis = np.hstack([basis, Q])
        coordinates = np.vstack([coordinates, np.zeros((basis.shape[1] - len(coordinates), width))])
        W, old = multiply(Q), len(small)
        norm2 = norm2 if norm2 >= 0 else float((W.astype(np.float64) ** 2).sum())
        last = (basis.T @ W).astype(np.float64)
        corner = (last[old:] + last[old:].T) / 2
        small = np.block([[small, last[:old]], [last[:old].T, corner]])
        values, vectors = (each[..., ::-1] for each in np.linalg.eigh(small))
        # two passes suffice for orthogonality to machine precision
        for _ in range(2):
            W -= basis @ (basis.T @ W)
        U, sizes, right = np.linalg.svd(W, full_matrices=False)
        new = sizes > (1e-6 if single else 1e-12) * values[0]
        rest = np.linalg.norm((sizes[new, None] * right[new]) @ vectors[old:], axis=0)
        complete = not new.any()
        yield Space(values, rest, basis, vectors, coordinates, norm2, complete)
        if complete:
            return
        if basis.shape[1] + new.sum() > max(kept + 3 * width, BASIS // (8 * n)):
            turn = vectors[:, :kept]
            coordinates, small = turn.T @ coordinates, np.diag(values[:kept])
            basis = basis @ turn.astype(kind)
        Q = U[:, new]


def random_vectors(n: int, width: int, rng: np.random.Generator) -> Array:
    """Return random orthonormal vectors ``[n, width]``."""
    return np.asarray(np.linalg.qr(rng.standard_normal((n, width)))[0])

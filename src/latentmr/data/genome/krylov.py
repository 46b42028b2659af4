"""Eigenvectors of a large symmetric matrix, by products with it."""

from collections.abc import Callable

import numpy as np

from latentmr.typing import Array

__all__ = ["krylov"]


#: Angle in radians at which to stop, maximum number of multiplications, and bytes of a basis.
ANGLE, PASSES, BASIS = 1e-4, 60, 256 << 20


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
    basis, small = np.empty((n, 0)), np.empty((0, 0))
    Q = np.linalg.qr(rng.standard_normal((n, width)))[0]
    for _ in range(PASSES):
        basis = np.hstack([basis, Q])
        W, old = multiply(Q), len(small)
        last = basis.T @ W
        small = np.block([[small, last[:old]], [last[:old].T, last[old:]]])
        values, vectors = (each[..., ::-1] for each in np.linalg.eigh(small))
        # two passes suffice for orthogonality to machine precision
        for _ in range(2):
            W -= basis @ (basis.T @ W)
        U, sizes, right = np.linalg.svd(W, full_matrices=False)
        new = sizes > 1e-12 * values[0]
        rest = np.linalg.norm((sizes[new, None] * right[new]) @ vectors[old:, :k], axis=0)
        steps = -np.diff(values[: k + 1], prepend=np.inf)
        gaps = np.minimum(steps[:k], steps[1:])
        # Davis & Kahan: the sine of the angle is at most the residual over the gap to the next eigenvalue
        angles = np.arcsin(np.minimum(rest / np.maximum(gaps, 1e-300), 1.0))
        if ((angles <= ANGLE) | (rest <= 1e-10 * values[0])).all():
            break
        if basis.shape[1] + new.sum() > max(4 * width, BASIS // (8 * n)):
            basis, small, vectors = basis @ vectors[:, :width], np.diag(values[:width]), np.eye(width)
        Q = U[:, new]
    return basis @ vectors[:, :k], angles

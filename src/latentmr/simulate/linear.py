"""Continuous instruments that mix exogenous and confounded latents linearly."""

import numpy as np

from latentmr.data import Dataset
from latentmr.simulate.simulated import Simulated, Truth

__all__ = ["linear"]


def linear(
    n_per_env: int = 4000, n_env: int = 4, d_z: int = 3, d_v: int = 3, beta: float = 1.0, seed: int = 0
) -> Simulated:
    """Draw the scenario ``linear``: ``G`` is an orthogonal mixing of ``(Z, V)``.

    ``Z`` is uniform with unit variance; ``V | e = mu_e + A_e D_e^(1/2) N`` with ``mu_e ~ N(0, 1)``, ``A_e = I + N /
    2``, ``D_e = diag exp(2 U(-1/2, 1/2))``; ``V`` and ``G`` are standardised. ``U = V d + N / 2``, ``x = Z a + 0.7 V
    b + U + N``, ``y = beta x + 1.5 U + N``, with ``a``, ``b``, ``d`` unit vectors: 2SLS on ``G`` is biased, on ``Z``
    it is not.

    Parameters
    ----------
    n_per_env, n_env : int
        People in each environment; environments.
    d_z, d_v : int
        Exogenous and confounded latents; ``p`` is their sum.
    beta : float
        True effect.
    seed : int

    Returns
    -------
    Simulated

    Examples
    --------
    >>> linear(n_per_env=50, seed=1).dataset.G.shape
    (200, 6)
    """
    rng = np.random.default_rng(seed)
    n = n_per_env * n_env
    env = np.repeat(np.arange(n_env), n_per_env)
    Z = rng.uniform(-np.sqrt(3), np.sqrt(3), size=(n, d_z))
    V = np.empty((n, d_v))
    for e in range(n_env):
        mu = rng.normal(size=d_v)
        A = np.eye(d_v) + 0.5 * rng.normal(size=(d_v, d_v))
        spread = np.exp(rng.uniform(-0.5, 0.5, d_v))
        V[env == e] = mu + (rng.normal(size=(n_per_env, d_v)) * spread) @ A.T
    V = (V - V.mean(axis=0)) / V.std(axis=0)
    rotation, _ = np.linalg.qr(rng.normal(size=(d_z + d_v, d_z + d_v)))
    G = np.column_stack([Z, V]) @ rotation
    G = (G - G.mean(axis=0)) / G.std(axis=0)
    a, b, d = (_unit(rng, size) for size in (d_z, d_v, d_v))
    U = V @ d + 0.5 * rng.normal(size=n)
    x = Z @ a + 0.7 * V @ b + U + rng.normal(size=n)
    y = beta * x + 1.5 * U + rng.normal(size=n)
    return Simulated(Dataset.from_arrays(G, env, x, y), Truth(beta, Z, V))


def _unit(rng: np.random.Generator, size: int) -> np.ndarray:
    vector = rng.normal(size=size)
    return np.asarray(vector / np.linalg.norm(vector))

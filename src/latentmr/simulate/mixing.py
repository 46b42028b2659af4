"""Draw exogenous and confounded latents, and mix them into continuous genotypes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.simulate.simulated import Simulated, Truth
from latentmr.typing import Array

__all__ = [
    "MIXINGS",
    "Departure",
    "draw_mixture",
    "mix_diffeomorphically",
    "mix_linearly",
    "mix_piecewise",
    "mix_polynomially",
    "mixing_named",
    "smooth_leaky",
]


#: Number of layers of the smooth nonlinear mixing.
LAYERS = 3


def mix_linearly(latents: Array, rng: np.random.Generator) -> Array:
    """Rotate the latents."""
    return latents @ _orthogonal(rng, latents.shape[1])


def mix_polynomially(latents: Array, rng: np.random.Generator) -> Array:
    """Return ``(H + .15 rev(H)^2 + .05 H^3) Q2`` with ``H = latents Q1``; ``rev`` reverses the columns."""
    p = latents.shape[1]
    H = latents @ _orthogonal(rng, p)
    return (H + 0.15 * H[:, ::-1] ** 2 + 0.05 * H**3) @ _orthogonal(rng, p)


def mix_diffeomorphically(latents: Array, rng: np.random.Generator) -> Array:
    """Apply three layers, each a rotation and then :func:`smooth_leaky` of every coordinate."""
    return _layers(latents, rng, smooth_leaky)


def mix_piecewise(latents: Array, rng: np.random.Generator) -> Array:
    """Apply three layers, each a rotation and then a leaky rectifier (slope 0.3 below zero) of every coordinate."""
    return _layers(latents, rng, lambda h: np.where(h > 0, h, 0.3 * h))


def smooth_leaky(h: Array) -> Array:
    """Return ``0.3 h + 0.7 log(1 + exp(2 h)) / 2``: strictly increasing, with a slope from 0.3 to 1."""
    return 0.3 * h + 0.35 * np.logaddexp(0.0, 2.0 * h)


def _layers(latents: Array, rng: np.random.Generator, bend: Callable[[Array], Array]) -> Array:
    for _ in range(LAYERS):
        latents = bend(latents @ _orthogonal(rng, latents.shape[1]))
    return latents


def _orthogonal(rng: np.random.Generator, p: int) -> Array:
    rotation, _ = np.linalg.qr(rng.normal(size=(p, p)))
    return np.asarray(rotation)


#: Mixing functions by name.
MIXINGS = {
    "linear": mix_linearly,
    "polynomial": mix_polynomially,
    "diffeomorphic": mix_diffeomorphically,
    "piecewise": mix_piecewise,
}


@dataclass(frozen=True)
class Departure:
    """A departure of a scenario from the base design."""

    same: bool = False
    confounded: float = 0.0
    f_statistic: float | None = None


def draw_mixture(
    mix: Callable[[Array, np.random.Generator], Array],
    n_per_env: int,
    n_env: int,
    d_z: int,
    d_v: int,
    beta: float,
    seed: int,
    departure: Departure | None = None,
) -> Simulated:
    """Draw latents, mix them into genotypes, and draw exposure and outcome; see ``linear`` for the distributions."""
    departure = departure or Departure()
    rng = np.random.default_rng(seed)
    n = n_per_env * n_env
    env = np.repeat(np.arange(n_env), n_per_env)
    Z = rng.uniform(-np.sqrt(3), np.sqrt(3), size=(n, d_z))
    V = np.empty((n, d_v))
    first = _environment(d_v, rng)
    for e in range(n_env):
        mu, A, spread = first if departure.same or e == 0 else _environment(d_v, rng)
        V[env == e] = mu + (rng.normal(size=(n_per_env, d_v)) * spread) @ A.T
    V = (V - V.mean(axis=0)) / V.std(axis=0)
    G = mix(np.column_stack([Z, V]), rng)
    G = (G - G.mean(axis=0)) / G.std(axis=0)
    a, b, d = (_unit(rng, size) for size in (d_z, d_v, d_v))
    U = V @ d + 0.5 * rng.normal(size=n)
    noise = rng.normal(size=n)
    if departure.confounded:
        more = np.random.default_rng([seed, 1])
        U = U + departure.confounded * more.uniform(0, 2, n_env)[env] * (Z @ _unit(more, d_z))
    rest = 0.7 * V @ b + U + noise
    scale = 1.0
    if departure.f_statistic is not None:
        scale = float(np.sqrt((departure.f_statistic - 1) * d_z * rest.var() / n))
    x = scale * Z @ a + 0.7 * V @ b + U + noise
    y = beta * x + 1.5 * U + rng.normal(size=n)
    return Simulated(Dataset.from_arrays(G, env, x, y), Truth(beta, Z, V))


def mixing_named(name: str) -> Callable[[Array, np.random.Generator], Array]:
    """Return the mixing function with a name, one of :data:`MIXINGS`."""
    if name not in MIXINGS:
        raise ArgumentError("mixing", f"be one of {', '.join(MIXINGS)}", f"{name!r}", "use one of these names")
    return MIXINGS[name]


def _environment(d_v: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Draw the mean, mixing and spread of the confounded latents in an environment."""
    mu = rng.normal(size=d_v)
    return mu, np.eye(d_v) + 0.5 * rng.normal(size=(d_v, d_v)), np.exp(rng.uniform(-0.5, 0.5, d_v))


def _unit(rng: np.random.Generator, size: int) -> Array:
    vector = rng.normal(size=size)
    return np.asarray(vector / np.linalg.norm(vector))

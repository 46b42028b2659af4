"""Mixing functions: how exogenous and confounded latents together make continuous genotypes."""

from collections.abc import Callable

import numpy as np

from latentmr.typing import Array

__all__ = ["mix_diffeomorphically", "mix_linearly", "mix_piecewise", "mix_polynomially", "smooth_leaky"]


#: Layers of the smooth nonlinear mixing.
LAYERS = 3


def mix_linearly(latents: Array, rng: np.random.Generator) -> Array:
    """Rotate."""
    return latents @ _orthogonal(rng, latents.shape[1])


def mix_polynomially(latents: Array, rng: np.random.Generator) -> Array:
    """``(H + .15 rev(H)^2 + .05 H^3) Q2`` with ``H = latents Q1`` and ``rev`` reversing the columns."""
    p = latents.shape[1]
    H = latents @ _orthogonal(rng, p)
    return (H + 0.15 * H[:, ::-1] ** 2 + 0.05 * H**3) @ _orthogonal(rng, p)


def mix_diffeomorphically(latents: Array, rng: np.random.Generator) -> Array:
    """Three layers, each a rotation and then :func:`smooth_leaky` of every coordinate."""
    return _layers(latents, rng, smooth_leaky)


def mix_piecewise(latents: Array, rng: np.random.Generator) -> Array:
    """Three layers, each a rotation and then a leaky rectifier (slope 0.3 below zero) of every coordinate."""
    return _layers(latents, rng, lambda h: np.where(h > 0, h, 0.3 * h))


def smooth_leaky(h: Array) -> Array:
    """``0.3 h + 0.7 log(1 + exp(2 h)) / 2``: strictly increasing, slope from 0.3 to 1."""
    return 0.3 * h + 0.35 * np.logaddexp(0.0, 2.0 * h)


def _layers(latents: Array, rng: np.random.Generator, bend: Callable[[Array], Array]) -> Array:
    for _ in range(LAYERS):
        latents = bend(latents @ _orthogonal(rng, latents.shape[1]))
    return latents


def _orthogonal(rng: np.random.Generator, p: int) -> Array:
    rotation, _ = np.linalg.qr(rng.normal(size=(p, p)))
    return np.asarray(rotation)

"""Define a mixing that is not composed of linear maps and functions of one coordinate, unlike the flow's layers."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from latentmr.simulate import Simulated, linear

__all__ = ["twisted"]

#: Radians per unit of radius.
TWIST = 0.3


def twisted(seed: int) -> Simulated:
    """Twist pairs of columns of ``linear``'s genotypes about their origin, rotate all columns, and twist again."""
    drawn = linear(seed=seed)
    rng = np.random.default_rng([seed, 77])
    p = drawn.dataset.p
    G = _twist(_twist(drawn.dataset.G) @ np.linalg.qr(rng.normal(size=(p, p)))[0])
    G = ((G - G.mean(axis=0)) / G.std(axis=0)).astype(np.float32)
    return replace(drawn, dataset=replace(drawn.dataset, G=G))


def _twist(x: NDArray[np.floating]) -> NDArray[np.floating]:
    one, other = x[:, ::2], x[:, 1::2]
    angle = TWIST * np.hypot(one, other)
    out = np.empty_like(x)
    out[:, ::2] = np.cos(angle) * one - np.sin(angle) * other
    out[:, 1::2] = np.sin(angle) * one + np.cos(angle) * other
    return out

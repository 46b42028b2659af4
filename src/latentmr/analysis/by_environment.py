"""Sums for the effect in each environment: one pass for the scores' coefficients, one for their products."""

import numpy as np
from numpy.typing import NDArray

from latentmr.analysis.design import Design
from latentmr.diagnose import EnvironmentScore
from latentmr.estimate.groups import add_within
from latentmr.linalg import RANK_TOLERANCE, partial_out, symmetric_root

__all__ = ["environment_scores"]

Array = NDArray[np.float64]

#: Fewest people, beyond covariates, with whom an environment has an effect of its own.
SMALLEST = 30


def environment_scores(design: Design) -> tuple[list[EnvironmentScore], list[str]]:
    """Score of each environment, with coefficients from the others.

    Parameters
    ----------
    design : Design
        With one exposure.

    Returns
    -------
    list of EnvironmentScore
    list of str
        Environments that were left out, and why.
    """
    data = design.dataset
    env = data.env[design.rows]
    maps = np.hstack([design.pick("C"), design.learned_basis(), design.pick("X", "y")])
    c = data.C.shape[1]
    n, mean, S = _moments_by_environment(design, env, maps)
    used = np.flatnonzero(n >= SMALLEST + c)
    notes = []
    if len(used) < len(n):
        names = ", ".join(data.env_names[e] for e in np.flatnonzero((n > 0) & (n < SMALLEST + c)))
        if names:
            notes.append(f"effects by environment leave out those with fewer than {SMALLEST + c} people: {names}")
    q = maps.shape[1]
    weights = np.zeros((len(n), q, 4))
    found = []
    total = S[used].sum(axis=0)
    for e in used:
        pi = _coefficients(total - S[e], c)
        # score, exposure, outcome and first-stage residual as maps of the columns, given the covariates in e
        plain = np.zeros((q, 3))
        plain[c : q - 2, 0] = pi
        plain[q - 2, 1] = plain[q - 1, 2] = 1.0
        _, coefficients = partial_out(S[e], slice(0, c))
        given = (np.eye(q) - np.eye(q)[:, :c] @ coefficients) @ plain
        own = given.T @ S[e] @ given
        if own[0, 0] <= RANK_TOLERANCE * max(float(plain[:, 0] @ S[e] @ plain[:, 0]), 1e-300) or own[0, 1] == 0:
            notes.append(f"effects by environment leave out {data.env_names[e]}: the instruments do not vary in it")
            continue
        residual = given[:, 1] - given[:, 0] * own[0, 1] / own[0, 0]
        weights[e] = np.column_stack([given, residual])
        found.append((e, own))
    meats = _meats(design, env, maps, mean, weights)
    scores = []
    for e, own in found:
        factor = n[e] / (n[e] - c - 1)
        scores.append(
            EnvironmentScore(
                name=data.env_names[e],
                n=int(n[e]),
                sx=float(own[0, 1]),
                sy=float(own[0, 2]),
                meat=factor * meats[e][:2, :2],
                first_noise=float(factor * meats[e][2, 2]),
            )
        )
    return scores, notes


def _coefficients(S: Array, c: int) -> Array:
    """First-stage coefficients of the exposure, from cross products within the other environments."""
    swept, _ = partial_out(S, slice(0, c))
    inner = swept[c:-2, c:-2]
    root = symmetric_root(inner, np.diag(S)[c:-2])
    return np.asarray(root @ (root.T @ swept[c:-2, -2]))


def _moments_by_environment(design: Design, env: NDArray[np.int64], maps: Array) -> tuple[Array, Array, Array]:
    """People, means and cross products about them of the mapped columns, in each environment."""
    E, q = design.dataset.n_env, maps.shape[1]
    n, total, cross = np.zeros(E), np.zeros((E, q)), np.zeros((E, q, q))
    origin = None
    start = 0
    for block in design.blocks():
        values = block @ maps
        origin = values.mean(axis=0) if origin is None else origin
        values -= origin
        codes = env[start : start + len(block)]
        start += len(block)
        for e in np.unique(codes):
            part = values[codes == e]
            n[e] += len(part)
            total[e] += part.sum(axis=0)
            cross[e] += part.T @ part
    mean = total / np.maximum(n, 1)[:, None]
    S = cross - n[:, None, None] * mean[:, :, None] * mean[:, None, :]
    return n, mean + (origin if origin is not None else 0.0), S


def _meats(design: Design, env: NDArray[np.int64], maps: Array, mean: Array, weights: Array) -> Array:
    """Sums ``[E, 3, 3]`` of squares and products of the score times (exposure, outcome, first-stage residual)."""
    data = design.dataset
    clusters = data.cluster[design.rows] if data.cluster.shape[1] else None
    codes = None
    if clusters is not None:
        pairs = np.column_stack([env, clusters[:, int(np.argmin(clusters.max(axis=0)))]])
        names, codes = np.unique(pairs, axis=0, return_inverse=True)
        codes, home = codes.ravel(), names[:, 0]
        sums = np.zeros((len(names), 3))
    out = np.zeros((data.n_env, 3, 3))
    start = 0
    for block in design.blocks():
        here = slice(start, start + len(block))
        start += len(block)
        mapped, products = block @ maps, np.empty((len(block), 3))
        for e in np.unique(env[here]):
            rows = env[here] == e
            values = (mapped[rows] - mean[e]) @ weights[e]
            products[rows] = values[:, :1] * values[:, 1:]
        if codes is not None:
            add_within(sums, products, codes[here])
            continue
        for e in np.unique(env[here]):
            part = products[env[here] == e]
            out[e] += part.T @ part
    if codes is not None:
        for e in range(data.n_env):
            part = sums[home == e]
            if len(part) > 1:
                out[e] = part.T @ part * len(part) / (len(part) - 1)
    return out

"""Least absolute deviations for batches of responses and designs, by an interior-point method."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentmr.typing import Array

__all__ = ["least_absolute", "least_absolute_near"]

#: Share of the distance to the boundary of each step, relative duality gap of convergence, and maximum number of steps.
BOLDNESS, GAP, MOST_STEPS = 0.99995, 1e-9, 60
#: Number of residuals that are processed at once, chosen to fit the processor's cache.
AT_ONCE = 16_000
#: Number of rows that are kept individually, as a multiple of the square root of all rows.
NEAR = 20


def least_absolute(X: Array, y: Array) -> Array:
    """Minimise ``sum(abs(y - X @ beta))`` for each problem of a batch.

    Mehrotra's predictor and corrector on the dual, ``max y' a`` over ``X' a = X' 1 / 2`` with ``a`` in the unit cube
    (Portnoy & Koenker, 1997), for all problems at once. The result is then replaced by a nearby exact vertex if that is
    better.

    Parameters
    ----------
    X : np.ndarray of dimension (d, p, m)
        Designs of d problems.
    y : np.ndarray of dimension (d, p)

    Returns
    -------
    np.ndarray of dimension (d, m)

    References
    ----------
    Portnoy & Koenker (1997) Stat Sci 12:279. Koenker (2005) Quantile Regression, section 6.4.

    Examples
    --------
    >>> least_absolute(np.array([[[1.0], [1.0], [1.0]]]), np.array([[3.0, 1.0, 10.0]])).round(6)
    array([[3.]])
    """
    d, p, m = X.shape
    size = max(1, AT_ONCE // p)
    found = [_solved(X[i : i + size], y[i : i + size]) for i in range(0, d, size)]
    return np.concatenate(found) if found else np.empty((0, m))


def least_absolute_near(X: Array, y: Array, pilot: Array) -> Array:
    """Minimise as :func:`least_absolute`, but faster for many rows if all solutions are close to a pilot.

    Rows whose residuals at the pilot are large keep their signs, so their sum can replace them (Portnoy & Koenker,
    1997, section 5). If a sign does change, that problem is solved again with all rows.

    Parameters
    ----------
    X : np.ndarray of dimension (d, p, m)
    y : np.ndarray of dimension (d, p)
    pilot : np.ndarray of dimension (m,)

    Returns
    -------
    np.ndarray of dimension (d, m)
    """
    p, kept = y.shape[1], int(NEAR * np.sqrt(y.shape[1]))
    if 2 * kept >= p:
        return least_absolute(X, y)
    r = y - X @ pilot
    order = np.argpartition(np.abs(r), kept, axis=1)[:, :kept]
    inside = np.zeros(y.shape, dtype=bool)
    np.put_along_axis(inside, order, True, axis=1)
    sides = np.stack([(r > 0) & ~inside, (r <= 0) & ~inside], axis=1).astype(np.float64)
    rows = np.concatenate([np.take_along_axis(X, order[:, :, None], axis=1), sides @ X], axis=1)
    values = np.concatenate([np.take_along_axis(y, order, axis=1), (sides @ y[:, :, None])[:, :, 0]], axis=1)
    beta = least_absolute(rows, values)
    now = y - (X @ beta[:, :, None])[:, :, 0]
    changed = (((now > 0) != (r > 0)) & ~inside).any(axis=1)
    if changed.any():
        beta[changed] = least_absolute(X[changed], y[changed])
    return beta


def _solved(X: Array, y: Array) -> Array:
    scale = np.abs(y).sum(axis=1, keepdims=True)
    scale = np.where(scale > 0, scale / y.shape[1], 1.0)
    # unit columns, so that units of the exposures do not matter
    unit = np.abs(X).sum(axis=1, keepdims=True) / y.shape[1]
    unit = np.where(unit > 0, unit, 1.0)
    return np.asarray(_vertex(X / unit, y, _interior(X / unit, y / scale) * scale) / unit[:, 0])


def _interior(X: Array, y: Array) -> Array:
    d, p, m = X.shape
    beta, going = np.empty((d, m)), np.arange(d)
    state = _State.of(X, y)
    for _ in range(MOST_STEPS):
        gap = state.gap()
        ended = gap <= GAP * (np.abs(state.w - state.z).sum(axis=1) + 1e-12)
        if ended.any():
            # remove converged problems, whose equations become singular
            beta[going[ended]] = state.beta[ended]
            going, state, gap = going[~ended], state.only(~ended), gap[~ended]
        if not len(going):
            return beta
        state.step(gap)
    beta[going] = state.beta
    return beta


@dataclass
class _State:
    """Primal ``a`` and ``s = 1 - a``, their multipliers ``z`` and ``w``, which differ by the residual, and ``beta``."""

    X: Array
    Xt: Array
    y: Array
    a: Array
    s: Array
    z: Array
    w: Array
    beta: Array

    @classmethod
    def of(cls, X: Array, y: Array) -> "_State":
        half = np.full(y.shape, 0.5)
        # contiguous for products over the rows
        Xt = np.ascontiguousarray(X.transpose(0, 2, 1))
        beta = np.asarray(np.linalg.solve(Xt @ X, Xt @ y[:, :, None])[:, :, 0], dtype=np.float64)
        r = y - (X @ beta[:, :, None])[:, :, 0]
        floor = 1e-3 * np.abs(r).mean(axis=1, keepdims=True) + 1e-12
        return cls(X, Xt, y, half, half, np.maximum(-r, 0) + floor, np.maximum(r, 0) + floor, beta)

    def only(self, rows: NDArray[np.bool_]) -> "_State":
        return _State(*(each[rows] for each in (self.X, self.Xt, self.y, self.a, self.s, self.z, self.w, self.beta)))

    def gap(self) -> Array:
        """Return the gap between the dual and the primal criterion for each problem."""
        return np.asarray(np.einsum("dp,dp->d", self.z, self.a) + np.einsum("dp,dp->d", self.w, self.s))

    def step(self, gap: Array) -> None:
        X, a, s, z, w = self.X, self.a, self.s, self.z, self.w
        Xt = self.Xt
        by_a, by_s = 1 / a, 1 / s
        za, ws = z * by_a, w * by_s
        weight = 1 / (za + ws)
        lack = Xt @ (0.5 - a)[:, :, None]
        inverse = np.linalg.inv((Xt * weight[:, None, :]) @ Xt.transpose(0, 2, 1))
        # the equations assume y - X beta + z - w = 0, which holds up to rounding
        plain = self.y - (X @ self.beta[:, :, None])[:, :, 0]

        def solved(push: Array) -> tuple[Array, Array]:
            step = np.asarray(inverse @ (Xt @ (weight * push)[:, :, None] - lack), dtype=np.float64)
            return step[:, :, 0], weight * (push - (X @ step)[:, :, 0])

        # predictor: a full step to complementarity
        _, da = solved(plain)
        dz, dw = -z - za * da, -w + ws * da
        # relative changes of a and s, and with them those of z and w
        of_a, of_s = da * by_a, da * by_s
        primal, dual = _length(-of_a, of_s), _length(1 + of_a, 1 - of_s)
        ahead = np.einsum("dp,dp->d", z + dual * dz, a + primal * da)
        ahead += np.einsum("dp,dp->d", w + dual * dw, s - primal * da)
        mu = (np.minimum(ahead / gap, 1.0) ** 3 * gap / (2 * a.shape[1]))[:, None]
        # corrector
        more_z, more_w = (mu - da * dz) * by_a, (mu + da * dw) * by_s
        dbeta, da = solved(plain + more_z - more_w)
        dz, dw = more_z - z - za * da, more_w - w + ws * da
        primal, dual = _length(-da * by_a, da * by_s), _length(-dz / z, -dw / w)
        self.a, self.s = a + primal * da, s - primal * da
        self.z, self.w, self.beta = z + dual * dz, w + dual * dw, self.beta + dual * dbeta


def _length(one: Array, other: Array) -> Array:
    """Return the longest step, at most 1, that keeps both positive, from their relative decreases in a full step."""
    fastest = np.maximum(one, other).max(axis=1)
    return np.asarray(np.minimum(1.0, BOLDNESS / np.maximum(fastest, BOLDNESS))[:, None])


def _vertex(X: Array, y: Array, beta: Array) -> Array:
    """Fit the m points with the smallest residuals exactly, unless that fits worse."""
    m = X.shape[2]
    r = np.abs(y - (X @ beta[:, :, None])[:, :, 0])
    near = np.argpartition(r, m - 1, axis=1)[:, :m]
    basis, target = np.take_along_axis(X, near[:, :, None], axis=1), np.take_along_axis(y, near, axis=1)
    sound = np.linalg.cond(basis) < 1e10
    exact = beta.copy()
    exact[sound] = np.linalg.solve(basis[sound], target[sound][:, :, None])[:, :, 0]
    fit = np.abs(y - (X @ exact[:, :, None])[:, :, 0]).sum(axis=1)
    return np.where((fit <= r.sum(axis=1))[:, None], exact, beta)

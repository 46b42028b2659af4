"""Errors that account for estimation of the encoder, which varies with the sample as the moments do."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from latentmr.analysis.design import Design
from latentmr.analysis.resampling import ResamplingUnits, resampling_units
from latentmr.iv import Fit, Moments
from latentmr.iv.covariance import Spread
from latentmr.learn.linear.moments import EnvironmentMoments, mean_person, usable_environments
from latentmr.learn.linear.relearning import Relearning
from latentmr.results.estimate import ACCOUNTED
from latentmr.typing import Array

__all__ = ["REPLICATES", "LearningError", "learning_error", "with_learning"]


#: Default number of bootstrap replicates.
REPLICATES = 100
#: Maximum number of bytes for the cross products of the units.
MEMORY = 256 * 2**20
#: Maximum number of bytes for the moments of the replicates that are computed at once.
BATCH = 64 * 2**20
#: Smallest factor by which estimation of the encoder may multiply the variance of the moments in any direction.
FLOOR = 0.25
#: The smallest factor if only the outputs of a network are refitted: a reduction of the variance would not be reliable.
FLOOR_OF_NETWORKS = 1.0


@dataclass(frozen=True)
class LearningError:
    """The contribution of learning to the covariance of the moments of one model.

    Parameters
    ----------
    moment : np.ndarray of dimension (m + 1, m + 1, k, k)
        Term to add to the covariance of the reduced form. It may be negative in some directions, since learning makes
        instruments uncorrelated with the residual latents in the sample.
    floor : float
        Smallest factor by which it may multiply a variance.
    """

    moment: Array
    floor: float = FLOOR


def learning_error(
    design: Design, moments: Moments, fits: list[Fit], replicates: int, seed: int
) -> list[LearningError]:
    """Resample individuals within environments, refit the encoder, and measure how the moments change.

    To first order, the moments of the learned instruments vary with the sample for two reasons: as moments of fixed
    instruments do, and because the encoder changes. The first part is known from the rows. The bootstrap adds the
    second part and its covariance with the first. If replicates are few, this term is shrunk towards a multiple of the
    identity.

    Parameters
    ----------
    design : Design
    moments : Moments
        Moments of the columns of the design.
    fits : list of Fit
        Fits on learned instruments.
    replicates : int
        Number of bootstrap replicates.
    seed : int

    Returns
    -------
    list of LearningError
        One for each fit.
    """
    rng = np.random.default_rng([seed, 2])
    size = len(design.representation.encoder.coordinate_center)
    units = resampling_units(design.dataset, MEMORY // (8 * size**2), rng)
    with threadpool_limits(1):  # matrices are small: more threads would cost time and change the last digits
        learned = _UnitMoments(design, units)
        # with equal weights these are the moments that the encoder was learned from
        relearning = Relearning(design.representation, next(learned.weighted(np.ones((1, units.count)))))
        shared = _distinct(fits)
        directions = [_Moving(design, moments, fits[j]) for j in shared]
        sums = _unit_sums(design, moments, [fits[j] for j in shared], units)
        spline = design.spline_sensitivity(moments, [fits[j].given for j in shared])
        weights = units.weights(rng, replicates)
        moved: list[list[tuple[Array, Array]]] = [[] for _ in shared]
        start = design.aligned(relearning.base, moments)
        for weight, drawn in zip(weights, learned.weighted(weights), strict=True):
            change = design.aligned(relearning.space(drawn), moments) - start
            for place, direction in enumerate(directions):
                given = np.tensordot(weight - 1.0, sums[place], axes=1)
                moved[place].append((given, direction.moved(change, spline[place])))
    floor = FLOOR if relearning.whole else FLOOR_OF_NETWORKS
    errors = [
        LearningError(
            _summary(np.array([n for n, _ in pairs]), np.array([h for _, h in pairs]), np.append(-fits[j].beta, 1.0)),
            floor,
        )
        for j, pairs in zip(shared, moved, strict=True)
    ]
    owner = [next(i for i, j in enumerate(shared) if _same(fits[j], fit)) for fit in fits]
    return [errors[place] for place in owner]


def with_learning(spread: Spread, fit: Fit, error: LearningError, twin: Spread | None = None) -> Spread:
    """Add the contribution of learning to the covariances of one model.

    Parameters
    ----------
    spread : Spread
        Covariances that treat the instruments as fixed.
    fit : Fit
    error : LearningError
    twin : Spread, optional
        Covariances of another model with the same instruments and regressors, which already account for learning.

    Returns
    -------
    Spread
    """
    if spread.reduced is None:
        return spread
    if twin is None or twin.reduced is None:
        added = _bounded(spread.reduced.moment, error.moment, error.floor)
        reduced = replace(spread.reduced, moment=spread.reduced.moment + added)
    else:
        added, reduced = twin.reduced.moment - spread.reduced.moment, twin.reduced
    m = len(fit.beta)
    b = np.append(-fit.beta, 1.0)
    # derivative of the effects by the moments of the exposures, which LIML purges of the structural error
    left = fit.total - fit.within
    purged = np.outer(fit.cross @ b, (left @ b)[:m]) / float(b @ left @ b) if fit.kappa > 1 else 0.0
    derivative = (fit.cross[:, :m] - purged) @ np.linalg.inv(fit.bread)
    extra = derivative.T @ np.einsum("j,l,jlab->ab", b, b, added) @ derivative
    covariance = spread.covariance + extra
    short = np.diag(covariance) < error.floor * np.diag(spread.covariance)
    covariance = error.floor * spread.covariance if short.any() else covariance
    return Spread(covariance, reduced, ACCOUNTED)


class _UnitMoments:
    """Means and cross products of the encoder's coordinates in each unit, from which weighted moments follow."""

    def __init__(self, design: Design, units: ResamplingUnits) -> None:
        data, coordinates = design.dataset, design.representation.encoder.coordinates
        usable = usable_environments(data)
        rows = np.flatnonzero(data.in_learning)
        rows = rows[np.argsort(units.of[rows], kind="stable")]
        self._origin = mean_person(data, coordinates)
        size = len(self._origin)
        self._n = np.bincount(units.of[rows], minlength=units.count).astype(float)
        self._total = np.zeros((units.count, size))
        self._cross = np.zeros((units.count, size, size))
        for chosen, block in data.blocks(rows):
            values = coordinates(block, data.A[chosen]) - self._origin
            labels = units.of[chosen]
            for low, high in pairwise(_edges(labels)):
                part = values[low:high]
                self._total[labels[low]] += part.sum(axis=0)
                self._cross[labels[low]] += part.T @ part
        # units are numbered environment by environment
        self._slices = [slice(*np.searchsorted(units.env, [e, e + 1])) for e in usable]

    def weighted(self, weights: Array) -> Iterator[EnvironmentMoments]:
        """Yield the moments in each environment under each row of weights ``[replicates, J]``."""
        size = self._total.shape[1]
        at_once = max(1, BATCH // (8 * len(self._slices) * size**2))
        for first in range(0, len(weights), at_once):
            batch = weights[first : first + at_once]
            means, covariances = [], []
            for part in self._slices:
                w = batch[:, part]
                total = w @ self._n[part]
                centre = w @ self._total[part] / total[:, None]
                cross = w @ self._cross[part].reshape(-1, size**2) / total[:, None]
                means.append(centre + self._origin)
                covariances.append(cross.reshape(-1, size, size) - centre[:, :, None] * centre[:, None, :])
            n = np.array([self._n[part].sum() for part in self._slices])
            for j in range(len(batch)):
                mean = np.array([table[j] for table in means])
                yield EnvironmentMoments(n, mean, np.array([table[j] for table in covariances]))


class _Moving:
    """The change of the orthonormal instruments of one fit with the encoder."""

    def __init__(self, design: Design, moments: Moments, fit: Fit) -> None:
        basis = design.learned_basis()
        k = design.representation.k
        # the orthonormal instruments as combinations of learned coordinates, their spline terms, and residual latents
        maps = np.hstack([basis, design.of_coordinates(design.representation.encoder.v_map())])
        rows = np.abs(maps).sum(axis=1) > 0
        root = np.linalg.lstsq(maps[rows], fit.orthonormal[rows], rcond=None)[0][: basis.shape[1]]
        self._linear, self._spline = root[:k], root[k:]
        self._products = design.coordinate_rows(moments.S @ fit.given)

    def moved(self, change: Array, spline: Array) -> Array:
        """Return the change ``[k, m + 1]`` of the moments when the encoder's map changes by ``[c + a, k]``."""
        out = self._linear.T @ (change.T @ self._products)
        if len(self._spline):
            terms = np.einsum("gj,ljgw->ljw", change, spline).reshape(len(self._spline), -1)
            out = out + self._spline.T @ terms
        return np.asarray(out)


def _unit_sums(design: Design, moments: Moments, fits: list[Fit], units: ResamplingUnits) -> list[Array]:
    """Return the sums over units of the products of instruments with exposures and outcome.

    Rows are summed in the columns of the design, which all fits share.
    """
    given = np.hstack([fit.given for fit in fits])
    sums = np.zeros((units.count, len(given), given.shape[1]))
    rows = design.rows[np.argsort(units.of[design.rows], kind="stable")]
    start = 0
    for block in design.blocks(rows):
        centred = block - moments.mean
        labels = units.of[rows[start : start + len(block)]]
        start += len(block)
        variables = centred @ given
        for low, high in pairwise(_edges(labels)):
            sums[labels[low]] += centred[low:high].T @ variables[low:high]
    ends = np.cumsum([fit.given.shape[1] for fit in fits])[:-1]
    parts = np.split(sums, ends, axis=2)
    return [
        np.einsum("qk,uqw->ukw", fit.orthonormal, part, optimize=True) for fit, part in zip(fits, parts, strict=True)
    ]


def _edges(labels: NDArray[np.int64]) -> list[int]:
    """Return the positions at which runs of equal labels begin, and the end."""
    return [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]


def _summary(given: Array, learned: Array, b: Array) -> Array:
    """Return the shrunken covariance that the learned part adds. Both arguments are ``[replicates, k, m + 1]``.

    The share of the identity minimises the expected squared error (Ledoit and Wolf, 2004), here of a difference of two
    covariances, for the moments of the structural error.
    """
    replicates, k, _ = given.shape
    total = given + learned
    added = (
        np.einsum("daj,dbl->jlab", total, total, optimize=True)
        - np.einsum("daj,dbl->jlab", given, given, optimize=True)
    ) / replicates
    level = np.einsum("jlaa->jl", added) / k
    isotropic = level[:, :, None, None] * np.eye(k)
    t, n = total @ b, given @ b
    size = float((np.einsum("j,l,jlab->ab", b, b, added, optimize=True) ** 2).sum())
    squares = np.einsum("dk,dk->d", t, t) ** 2 + np.einsum("dk,dk->d", n, n) ** 2 - 2 * np.einsum("dk,dk->d", t, n) ** 2
    noise = (float(squares.mean()) - size) / replicates
    spread = size - k * float(b @ level @ b) ** 2
    share = 1.0 if spread <= 0 else float(np.clip(noise / spread, 0.0, 1.0))
    return np.asarray(share * isotropic + (1 - share) * added)


def _bounded(moment: Array, added: Array, floor: float) -> Array:
    """Raise the added term until the sum is at least ``floor`` times the covariance with fixed instruments."""
    w, _, k, _ = moment.shape

    def flat(V: Array) -> Array:
        return V.transpose(0, 2, 1, 3).reshape(w * k, w * k)

    values, vectors = np.linalg.eigh(flat(moment))
    keep = values > 1e-10 * values[-1]
    root = vectors[:, keep] * np.sqrt(values[keep])
    inverse = vectors[:, keep] / np.sqrt(values[keep])
    relative = inverse.T @ flat(added) @ inverse
    gain, axes = np.linalg.eigh((relative + relative.T) / 2)
    bounded = root @ ((axes * np.maximum(gain, floor - 1)) @ axes.T) @ root.T
    return np.asarray(bounded.reshape(w, k, w, k).transpose(0, 2, 1, 3))


def _distinct(fits: list[Fit]) -> list[int]:
    """Return the positions of fits whose instruments and regressors differ from those of all earlier fits."""
    return [j for j, fit in enumerate(fits) if not any(_same(fits[i], fit) for i in range(j))]


def _same(one: Fit, other: Fit) -> bool:
    return np.array_equal(one.orthonormal, other.orthonormal) and np.array_equal(one.given, other.given)

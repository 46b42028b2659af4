"""Measure out-of-sample how well one variable predicts another: effect sizes that do not grow with the sample."""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from latentmr.typing import Array, Codes, Singles

__all__ = ["area_under_curve", "explained_shares", "ridge_slopes"]


#: Number of cross-validation parts; each is predicted from the others.
PARTS = 5
#: Penalty of the ridge regression, in units of the sum of the features' variances over all individuals.
PENALTY = 0.05


def area_under_curve(features: Singles, env: Codes, units: Codes, rng: np.random.Generator) -> float:
    """Return the cross-validated area under the curve of predicting one environment against the others, averaged.

    Parameters
    ----------
    features : np.ndarray of dimension (n, r)
        Features that should not predict the environment.
    env : np.ndarray of dimension (n,)
        Codes from 0 without gaps.
    units : np.ndarray of dimension (n,)
        Codes of units; individuals of one unit are predicted together.
    rng : numpy.random.Generator
        Generator that assigns units to parts within environments.

    Returns
    -------
    float
        0.5 if the environment cannot be predicted, 1 if it can always be predicted.
    """
    groups = int(env.max()) + 1
    indicators = np.eye(groups, dtype=np.float32)[env]
    part = _parts(env, units, rng)
    # environments have equal weight, whatever their sizes
    weight = (1 / np.bincount(env))[env].astype(np.float32) * (len(env) / groups)
    areas = []
    for j in range(PARTS):
        test = part == j
        n = np.bincount(env[test], minlength=groups)
        score = _ridge(features[~test], indicators[~test], features[test], weight[~test])
        for e in np.flatnonzero((n > 0) & (n < n.sum())):
            ranks = rankdata(score[:, e])[env[test] == e].sum()
            areas.append((ranks - n[e] * (n[e] + 1) / 2) / (n[e] * (n.sum() - n[e])))
    return float(np.mean(areas)) if areas else 0.5


def explained_shares(features: Singles, target: Array, env: Codes, units: Codes, rng: np.random.Generator) -> Array:
    """Return the share of each target's variance within environments that features explain out-of-sample.

    Parameters
    ----------
    features : np.ndarray of dimension (n, r)
        Predictors.
    target : np.ndarray of dimension (n, t)
        Targets.
    env, units, rng
        As in :func:`area_under_curve`.

    Returns
    -------
    np.ndarray of dimension (t,)
        Shares. A share is 0 if prediction is no better than the environment's mean, or if the target does not vary.
    """
    part = _parts(env, units, rng)
    left = target - _means(target, env)[env]
    features = features - _means(features, env)[env].astype(np.float32)
    error = np.zeros(target.shape[1])
    for j in range(PARTS):
        test = part == j
        predicted = _ridge(features[~test], left[~test], features[test], np.ones((~test).sum(), dtype=np.float32))
        error += ((left[test] - predicted) ** 2).sum(axis=0)
    total = (left**2).sum(axis=0)
    varies = total > 1e-12 * (1e-300 + (target**2).sum(axis=0))
    return np.where(varies, np.maximum(0.0, 1 - error / np.where(varies, total, 1.0)), 0.0)


def ridge_slopes(gram: Array, cross: Array, penalty: float) -> Array:
    """Return slopes ``[r, t]`` of ridge regression, from cross products of centred regressors and targets."""
    return np.asarray(np.linalg.solve(gram + penalty * np.eye(len(gram)), cross))


def _parts(env: Codes, units: Codes, rng: np.random.Generator) -> Codes:
    """Assign whole units to parts of equal size, within environments."""
    home = np.empty(int(units.max()) + 1, dtype=np.int64)
    home[units] = env
    part = np.empty(len(home), dtype=np.int64)
    for e in np.unique(home):
        members = np.flatnonzero(home == e)
        part[members] = (rng.permutation(len(members)) + rng.integers(PARTS)) % PARTS
    return part[units]


def _ridge(X: Singles, Y: NDArray[np.floating], new: Singles, weight: Singles) -> Array:
    if not len(X):  # no individuals to learn from
        return np.zeros((len(new), Y.shape[1]))
    total = weight.sum()
    center, level = (weight @ X) / total, (weight @ Y) / total
    left = (X - center) * np.sqrt(weight)[:, None]
    gram = np.asarray(left.T @ left, dtype=np.float64)
    if not gram.any():  # no predictor varies
        return np.tile(np.asarray(level, dtype=np.float64), (len(new), 1))
    cross = np.asarray(left.T @ ((Y - level) * np.sqrt(weight)[:, None]), dtype=np.float64)
    slopes = ridge_slopes(gram, cross, float(PENALTY * np.trace(gram) / total))
    return np.asarray((new - center) @ slopes + level)


def _means(values: NDArray[np.floating], env: Codes) -> Array:
    groups = int(env.max()) + 1
    out = np.zeros((groups, values.shape[1]))
    np.add.at(out, env, values)
    return np.asarray(out / np.bincount(env, minlength=groups)[:, None])

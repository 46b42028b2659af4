"""Test equality of distributions (MMD) and independence (HSIC) by permutation, with features, in NumPy.

Both statistics use a kernel ``k(x, y) = phi(x)'phi(y)``. Half of it comes from random Fourier features of Gaussian
kernels (Rahimi and Recht, 2007), and half from the coordinates themselves. A shift of a mean or a correlation, which
biases an effect, is therefore not lost among the features. Costs grow with the number of individuals, not with its
square.
"""

from dataclasses import dataclass

import numpy as np

from latentmr.dependence.features import MOST_COORDINATES, RandomFeatures, single_waves
from latentmr.errors import ArgumentError
from latentmr.typing import Array, ArrayLike, Codes, Singles

__all__ = ["Permuted", "coordinates_of", "dependence", "differences", "features_of", "hsic_test", "mmd_test"]


#: Number of random Fourier features before reduction.
COUNT = 300
#: Maximum number of principal components of the features.
MOST_COMPONENTS = 40
#: Bandwidths, in units of the square root of the number of coordinates in a feature.
BANDWIDTHS = (0.5, 1.0)
#: Share of the features' variance that can be discarded.
DISPENSABLE = 1e-3


@dataclass(frozen=True)
class Permuted:
    """A statistic and its distribution under permutations.

    Parameters
    ----------
    statistic : float
        Statistic of the data.
    draws : np.ndarray of dimension (B,)
        Statistics of permuted data.
    """

    statistic: float
    draws: Array

    def __repr__(self) -> str:
        return f"Permuted(statistic={self.statistic:.4g}, p_value={self.p_value:.4g}, {len(self.draws):,} permutations)"

    @property
    def p_value(self) -> float:
        """Share of permutations, including the data themselves, that are at least as far from the null hypothesis."""
        # the tolerance keeps sums in another order from counting as a smaller statistic
        extreme = self.draws >= self.statistic * (1 - 1e-6)
        return float((1 + extreme.sum()) / (1 + len(self.draws)))

    @property
    def excess(self) -> float:
        """Statistic minus its mean under the null hypothesis."""
        return float(self.statistic - self.draws.mean())


def mmd_test(X: ArrayLike, env: ArrayLike, *, draws: int = 999, seed: int = 0) -> Permuted:
    """Test by permutations that variables have one distribution in all environments (maximum mean discrepancy).

    Parameters
    ----------
    X : array of dimension (n,) or (n, d)
        Variables, in any units.
    env : array of dimension (n,)
        Labels of the environments, at least two.
    draws : int
        Number of permutations.
    seed : int
        Seed of the features and the permutations.

    Returns
    -------
    Permuted
        Test by a weighted sum of squared maximum mean discrepancies (Gretton et al., 2012).

    Raises
    ------
    ValueError
        If there is one environment, or if lengths differ.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> X, env = rng.normal(size=(400, 2)), np.repeat(["a", "b"], 200)
    >>> mmd_test(X, env).p_value > 0.05, mmd_test(X * np.where(env == "a", 1, 2)[:, None], env).p_value
    (True, 0.001)
    """
    values, codes = _variables("X", X), _labels(env)
    _refuse_lengths(X=len(values), env=len(codes))
    if codes.max(initial=0) == 0:
        raise ArgumentError(
            "env", "have at least two environments", "one", "give labels that differ between individuals"
        )
    rng = np.random.default_rng(seed)
    return differences(features_of(values, rng), codes, np.arange(len(codes)), draws, rng)[0]


def hsic_test(X: ArrayLike, Y: ArrayLike, env: ArrayLike | None = None, *, draws: int = 999, seed: int = 0) -> Permuted:
    """Test by permutations that two sets of variables are independent within environments (Hilbert-Schmidt criterion).

    Parameters
    ----------
    X, Y : array of dimension (n,) or (n, d)
        Variables, in any units.
    env : array of dimension (n,), optional
        Labels of environments, within which individuals are permuted. By default, all individuals are in one
        environment.
    draws : int
        Number of permutations.
    seed : int
        Seed of the features and the permutations.

    Returns
    -------
    Permuted
        Test by the Hilbert-Schmidt independence criterion (Gretton et al., 2005).

    Raises
    ------
    ValueError
        If lengths differ.

    Examples
    --------
    >>> import numpy as np
    >>> x, noise = np.random.default_rng(1).normal(size=(2, 400))
    >>> hsic_test(x, noise).p_value > 0.05, hsic_test(x, x**2 + noise).p_value
    (True, 0.001)
    """
    one, other = _variables("X", X), _variables("Y", Y)
    codes = np.zeros(len(one), dtype=np.int64) if env is None else _labels(env)
    _refuse_lengths(X=len(one), Y=len(other), env=len(codes))
    rng = np.random.default_rng(seed)
    first, second = features_of(one, rng), features_of(other, rng)
    return dependence(first, second, codes, np.arange(len(codes)), draws, rng)[0]


def features_of(X: Array, rng: np.random.Generator) -> Singles:
    """Return leading components of random Fourier features and of the coordinates themselves.

    Parameters
    ----------
    X : np.ndarray of dimension (n, d)
        Variables. They are scaled to unit variance here, and a coordinate that does not vary is left out.
    rng : numpy.random.Generator

    Returns
    -------
    np.ndarray of dimension (n, r)
        Centred features; ``r`` is at most 40.
    """
    X = _standardised(X)
    if not X.shape[1]:
        return np.zeros((len(X), 0), dtype=np.float32)
    d = X.shape[1]
    looked_at = min(d, MOST_COORDINATES)
    width = rng.choice(BANDWIDTHS, COUNT) * np.sqrt(looked_at)
    normals = rng.normal(size=(d, COUNT))
    ranked = rng.random((d, COUNT)) if d > looked_at else None
    waves = RandomFeatures.of_draws(normals, width, ranked, rng.random(COUNT), single_waves)(X)
    waves -= waves.mean(axis=0)
    # both halves have the same variance
    waves *= 1 / np.sqrt((waves**2).sum() / len(X))
    both = np.hstack([waves, (X / np.sqrt(d)).astype(np.float32)])
    values, vectors = np.linalg.eigh(np.asarray(both.T @ both, dtype=np.float64))
    order = np.argsort(values)[::-1]
    lost = 1 - np.cumsum(values[order]) / values.sum()
    keep = min(MOST_COMPONENTS, int((lost > DISPENSABLE).sum()) + 1)
    return np.asarray(both @ vectors[:, order[:keep]].astype(np.float32))


def coordinates_of(X: Array) -> Singles:
    """Return centred coordinates of unit variance ``[n, d]``: features that capture only means and correlations."""
    return _standardised(X).astype(np.float32)


def differences(
    features: Singles, env: Codes, units: Codes, draws: int, rng: np.random.Generator
) -> tuple[Permuted, list[tuple[int, int, Permuted]]]:
    """Test that features have the same mean in all environments, and in each pair, permuting environments.

    Parameters
    ----------
    features : np.ndarray of dimension (n, r)
        Features of individuals.
    env : np.ndarray of dimension (n,)
        Codes from 0 without gaps.
    units : np.ndarray of dimension (n,)
        Codes from 0 without gaps. Individuals of one unit move together; each unit lies within one environment.
    draws : int
        Number of permutations.
    rng : numpy.random.Generator

    Returns
    -------
    Permuted
        Test by ``sum_e n_e |mean_e - mean|^2``, a weighted sum of squared maximum mean discrepancies.
    list of (int, int, Permuted)
        For each pair of environments, test by the squared distance of their means over ``1 / n_a + 1 / n_b``.
    """
    groups = int(env.max()) + 1
    count = int(units.max()) + 1
    sums = np.zeros((count, features.shape[1]), dtype=np.float32)
    np.add.at(sums, units, features)
    sizes = np.bincount(units).astype(np.float32)
    home = np.empty(count, dtype=np.int64)
    home[units] = env
    in_env = np.bincount(home, minlength=groups)
    starts = np.concatenate([[0], np.cumsum(in_env)[:-1]])
    first, second = np.triu_indices(groups, 1)

    def statistics(order: Codes) -> tuple[float, Array]:
        n = np.add.reduceat(sizes[order], starts).astype(np.float64)
        means = np.add.reduceat(sums[order], starts, axis=0).astype(np.float64) / n[:, None]
        gram = means @ means.T
        square = np.diag(gram)
        pairs = (square[first] + square[second] - 2 * gram[first, second]) / (1 / n[first] + 1 / n[second])
        return float(n @ square), pairs

    total, pairs = statistics(np.argsort(home, kind="stable"))
    drawn = [statistics(rng.permutation(count)) for _ in range(draws)]
    by_pair = np.array([row for _, row in drawn])
    overall = Permuted(total, np.array([value for value, _ in drawn]))
    return overall, [
        (int(a), int(b), Permuted(float(pairs[j]), by_pair[:, j]))
        for j, (a, b) in enumerate(zip(first, second, strict=True))
    ]


def dependence(
    one: Singles,
    other: Singles,
    env: Codes,
    units: Codes,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Permuted, float]:
    """Test that two sets of features are uncorrelated within environments, permuting the first within environments.

    Parameters
    ----------
    one, other : np.ndarray of dimension (n, r) and (n, s)
        Features of individuals.
    env, units, draws, rng
        As in :func:`differences`. Units are put in a new order, so that individuals of one unit stay adjacent.

    Returns
    -------
    Permuted
        Test by ``sum_e |C_e|^2 / n_e``, in which ``C_e`` holds the cross products centred in the environment. This is
        an independence criterion (HSIC) of the first set and the pair of the other set and the environment.
    float
        Its excess over the mean of the permutations, divided by the largest possible value (Cauchy and Schwarz). It is
        0 without dependence and 1 for features that are alike.
    """
    order = np.lexsort((units, env))
    one, other, env, units = one[order], other[order], env[order], units[order]
    edges = np.concatenate([[0], np.cumsum(np.bincount(env))])
    parts = [slice(int(a), int(b)) for a, b in zip(edges[:-1], edges[1:], strict=True)]
    norms = np.zeros(2)
    for part in parts:
        for place, values in enumerate((one, other)):
            values[part] -= values[part].mean(axis=0)
            norms[place] += float(((values[part].T @ values[part]) ** 2).sum()) / (part.stop - part.start)
    alone = bool((np.bincount(units) <= 1).all())
    blocks = [[] if alone else np.split(np.arange(s.start, s.stop), _changes(units[s])) for s in parts]

    def statistic(permute: bool) -> float:
        out = 0.0
        for part, block in zip(parts, blocks, strict=True):
            size = part.stop - part.start
            rows: slice | Codes = part
            if permute and alone:
                rows = part.start + rng.permutation(size)
            elif permute:
                rows = np.concatenate([block[i] for i in rng.permutation(len(block))])
            out += float(((one[rows].T @ other[part]) ** 2).sum()) / size
        return out

    found = Permuted(statistic(False), np.array([statistic(True) for _ in range(draws)]))
    bound = float(np.sqrt(norms.prod()))
    return found, found.excess / bound if bound > 0 else 0.0


def _variables(name: str, values: ArrayLike) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim not in (1, 2) or not len(array):
        raise ArgumentError(
            f"{name}",
            "be of dimension (n,) or (n, d), with at least one individual",
            f"shape {array.shape}",
            "give one row for each individual",
        )
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name}", "hold finite numbers", "missing or infinite ones", "leave these individuals out")
    return array.reshape(len(array), -1)


def _labels(env: ArrayLike) -> Codes:
    return np.unique(np.asarray(env).ravel(), return_inverse=True)[1].astype(np.int64)


def _refuse_lengths(**lengths: int) -> None:
    if len(set(lengths.values())) > 1:
        came = ", ".join(f"{count} of {name}" for name, count in lengths.items())
        raise ArgumentError(
            f"{' and '.join(lengths)}", "be of the same individuals", f"{came}", "give one row for each individual"
        )


def _standardised(X: Array) -> Array:
    """Scale columns to unit variance, and drop those that do not vary."""
    centred = X - X.mean(axis=0) if len(X) else X
    spread = np.sqrt((centred**2).mean(axis=0)) if len(X) else np.zeros(X.shape[1])
    varies = spread > 1e-9 * np.abs(X).max(axis=0, initial=1e-300)
    return np.asarray(centred[:, varies] / spread[varies])


def _changes(codes: Codes) -> Codes:
    return np.flatnonzero(np.diff(codes)) + 1

"""The composition of each learned instrument, and the environments in the learned space, as averages and bins."""

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from latentmr.data import Dataset
from latentmr.learn import Representation
from latentmr.typing import Array, Row

__all__ = ["composition_rows", "learned_space"]


#: Maximum number of individuals over which sensitivities are averaged, and of individuals that are binned.
FEW, MANY = 500, 20_000
#: Maximum number of genotypes that are held at once.
VALUES = 50_000_000
#: Minimum and maximum number of bins along each axis, and the range in standard deviations on each side of the mean.
FEW_BINS, MANY_BINS, REACH = 6, 24, 3.2


def composition_rows(dataset: Dataset, representation: Representation, seed: int) -> list[Row]:
    """Return the sensitivity of each instrument to each variant.

    The sensitivity is the change of the instrument, in its standard deviations, per standard deviation of the variant.
    It is computed by finite differences, as the root mean square over individuals with the sign of the mean. For a
    linear encoder it is the loading.

    Parameters
    ----------
    dataset : Dataset
    representation : Representation
    seed : int
        Random seed of the sample of individuals.

    Returns
    -------
    list of dict
        A row for each variant: its ``variant`` and ``z1`` to ``zk``.
    """
    rows = _some(dataset, FEW, seed)
    (_, G), A = next(iter(dataset.blocks(rows, len(rows)))), dataset.A[rows]
    Z = representation.encoder.encode(G, A)
    spread, unit = G.std(axis=0), Z.std(axis=0)
    unit[unit == 0] = 1.0
    if not representation.encoder.n_outputs:
        found = representation.encoder.z_map()[: dataset.p] * spread[:, None] / unit
        return _named(dataset, found)
    found = np.zeros((dataset.p, representation.k))
    for i in np.flatnonzero(spread):
        ends = []
        for step in (0.5, -0.5):
            moved = G.copy()
            moved[:, i] += step * spread[i]
            ends.append(representation.encoder.encode(moved, A))
        change = (ends[0] - ends[1]) / unit
        found[i] = np.sign(change.mean(axis=0)) * np.sqrt((change**2).mean(axis=0))
    return _named(dataset, found)


def learned_space(dataset: Dataset, representation: Representation, min_cell: int, seed: int) -> Row:
    """Bin the individuals along two principal components and two instruments, and summarise each environment.

    Parameters
    ----------
    dataset : Dataset
    representation : Representation
    min_cell : int
        Bins and environments with fewer individuals are left out.
    seed : int
        Random seed of the sample of individuals.

    Returns
    -------
    dict
        ``before`` and ``after``, each with the ``names`` of one or two axes, ``edges`` of the bins, ``counts`` (0 if
        fewer than ``min_cell``), and ``environments`` with ``name``, ``mean`` and ``covariance``.
    """
    rows = _some(dataset, min(MANY, VALUES // dataset.p), seed)
    G, Z = np.zeros((len(rows), dataset.p)), np.zeros((len(rows), representation.k))
    done = 0
    for chosen, block in dataset.blocks(rows):
        here = slice(done, done + len(chosen))
        G[here], Z[here] = block, representation.encoder.encode(block, dataset.A[chosen])
        done += len(chosen)
    spread = G.std(axis=0)
    standard = (G - G.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    vectors = randomized_svd(standard, min(2, dataset.p), random_state=seed)[2].T
    env = dataset.env[rows]
    names = [f"principal component {j + 1} of the genotypes" for j in range(vectors.shape[1])]
    return {
        "before": _panel(standard @ vectors, names, env, dataset.env_names, min_cell),
        "after": _panel(
            Z[:, :2], [f"instrument z{j + 1}" for j in range(min(2, Z.shape[1]))], env, dataset.env_names, min_cell
        ),
    }


def _named(dataset: Dataset, found: Array) -> list[Row]:
    names = [f"z{j + 1}" for j in range(found.shape[1])]
    return [
        {"variant": str(name)} | dict(zip(names, map(float, np.round(row, 4)), strict=True))
        for name, row in zip(dataset.variants["id"], found, strict=True)
    ]


def _some(dataset: Dataset, most: int, seed: int) -> NDArray[np.int64]:
    rows = np.flatnonzero(dataset.in_estimation)
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng([seed, 11]).choice(rows, most, replace=False))


def _panel(values: Array, names: list[str], env: NDArray[np.int64], labels: tuple[str, ...], min_cell: int) -> Row:
    """Return the content of one panel, in standard deviations."""
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    # the bins are as fine as possible with most individuals in bins that may be shown
    bins = int(np.clip(np.sqrt(len(values) / (2 * max(min_cell, 1))), FEW_BINS, MANY_BINS))
    edges = np.linspace(-REACH, REACH, bins + 1)
    out: Row = {"names": names, "edges": [float(edge) for edge in np.round(edges, 3)]}
    if values.shape[1] == 2:
        counts = np.histogram2d(values[:, 0], values[:, 1], bins=[edges, edges])[0]
    else:
        counts = np.histogram(values[:, 0], bins=edges)[0][:, None]
    out["counts"] = np.where(counts >= min_cell, counts, 0).astype(int).tolist()
    out["environments"] = []
    for e, label in enumerate(labels):
        members = values[env == e]
        if len(members) >= max(min_cell, 3):
            covariance = np.atleast_2d(np.cov(members.T))
            summary = {"mean": members.mean(axis=0), "covariance": covariance}
            out["environments"].append({"name": label} | {key: np.round(v, 3).tolist() for key, v in summary.items()})
    return out

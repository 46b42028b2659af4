"""Ancestry groups: clusters of individuals in the space of genome-wide principal components."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from latentmr.data.printing import Brief
from latentmr.typing import Array

__all__ = ["AncestryGroups", "ancestry_groups"]

#: Numbers of groups that are compared, and individuals for each group at least.
NUMBERS, SIZE = (1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 82, 100), 50
#: Maximum number of individuals from whom the groups are found, and of numbers tried after the best.
SAMPLE, PATIENCE = 50_000, 2
#: Share of the variance that is added to the covariance within groups, so that it can be inverted.
RIDGE = 1e-6


@dataclass(frozen=True, repr=False)
class AncestryGroups(Brief):
    """A mixture of normal distributions with one covariance, in the space of components.

    Parameters
    ----------
    shares : np.ndarray of dimension (g,)
        Share of the individuals in each group, the largest first.
    centres : np.ndarray of dimension (g, k)
        Mean features of each group.
    root : np.ndarray of dimension (k, k)
        Root of the inverse covariance within groups: features times the root have unit covariance.
    """

    shares: Array
    centres: Array
    root: Array

    @property
    def number(self) -> int:
        """Return the number of groups."""
        return len(self.shares)

    def to_dict(self) -> dict[str, list[Any]]:
        """Return plain values, for JSON."""
        return {name: getattr(self, name).tolist() for name in ("shares", "centres", "root")}

    @classmethod
    def from_dict(cls, values: dict[str, list[Any]]) -> "AncestryGroups":
        """Return the groups that :meth:`to_dict` described."""
        return cls(*(np.array(values[name], dtype=np.float64) for name in ("shares", "centres", "root")))

    def membership(self, features: Array) -> Array:
        """Return the probabilities ``[n, g - 1]`` that individuals belong to each group but the largest.

        Parameters
        ----------
        features : np.ndarray of dimension (n, k)
            Components of the individuals.

        Returns
        -------
        np.ndarray of dimension (n, g - 1)
        """
        at, centres = features @ self.root, self.centres @ self.root
        # the squared norm of an individual is the same for all groups
        score = at @ centres.T - 0.5 * (centres**2).sum(axis=1) + np.log(self.shares)
        score -= score.max(axis=1, keepdims=True)
        chance = np.exp(score)
        return np.asarray((chance / chance.sum(axis=1, keepdims=True))[:, 1:])


def ancestry_groups(features: Array, *, seed: int) -> AncestryGroups:
    """Find groups of individuals by a Gaussian mixture, whose number minimises the Bayesian information criterion.

    Components are linear in the genotypes, and those of a limited number of variants describe the ancestry of an
    individual with noise. If individuals descend from distinct populations, membership in a population is a nonlinear
    function of the components, which is known far better than any single component. With continuous admixture the
    groups are pieces of a continuum, and membership a flexible function of the components. The groups are found
    without use of exposure, outcome or environments.

    Parameters
    ----------
    features : np.ndarray of dimension (n, k)
        Components of the individuals, with unit variance.
    seed : int
        Seed of the starting values.

    Returns
    -------
    AncestryGroups
        A group has at least 50 individuals on average. With more than 50,000 individuals, an evenly spaced sample in
        the order of the first component is used. The result does not depend on the order of individuals.

    References
    ----------
    Fraley & Raftery (2002) J Am Stat Assoc 97:611.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> features = rng.normal(size=(600, 2)) + np.repeat([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]], 200, axis=0)
    >>> found = ancestry_groups(features, seed=1)
    >>> found.number, found.membership(features).shape
    (3, (600, 2))
    """
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415  it loads only where it is used

    ordered = features[np.lexsort(features.T[::-1])]
    some = ordered[:: max(1, -(-len(ordered) // SAMPLE))]
    best: Any = None
    lowest, worse = np.inf, 0
    for number in NUMBERS:
        if number > 1 and number * SIZE > len(some):
            break
        mixture = GaussianMixture(number, covariance_type="tied", random_state=seed, reg_covar=RIDGE).fit(some)
        criterion = mixture.bic(some)
        best, worse = (mixture, 0) if criterion < lowest else (best, worse + 1)
        lowest = min(lowest, criterion)
        if worse == PATIENCE:
            break
    order = np.argsort(-best.weights_, kind="stable")
    root = np.linalg.cholesky(np.linalg.inv(best.covariances_))
    return AncestryGroups(best.weights_[order], best.means_[order], root)

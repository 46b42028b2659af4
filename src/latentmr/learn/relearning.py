"""The closed-form learners once more, on resampled moments: how far another sample would have moved the encoder."""

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from latentmr.data import Dataset
from latentmr.learn.factor import free_directions
from latentmr.learn.moments import EnvironmentMoments, free_of_aux
from latentmr.learn.multigroup import WarmFactors
from latentmr.learn.stationary import order_by_stationarity

if TYPE_CHECKING:
    from latentmr.learn.representation import Representation

__all__ = ["Relearning", "people_digest"]

Array = NDArray[np.float64]


def people_digest(dataset: Dataset) -> str:
    """Hash of the ids of the people in learning, by which a saved model knows its own data again."""
    ids = np.sort(dataset.samples[dataset.in_learning].astype(str))
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()


class Relearning:
    """Find the exogenous space again from resampled moments, with the form and dimensions that were learned.

    Parameters
    ----------
    representation : Representation
        Of which form, number of factors and of exogenous directions are kept.
    moments : EnvironmentMoments
        Of genotypes and auxiliary features, from the data that it was learned from.
    """

    def __init__(self, representation: "Representation", moments: EnvironmentMoments) -> None:
        self._p = len(representation.variants)
        self._form = representation.form
        history = representation.history
        # all exogenous directions, of which the instruments may be a part: the part is found again in the whole
        self._size = max(representation.k, int(history.get("k_stationary", 0)))
        self._factors = None
        if self._form == "factor" and history["n_factors"]:
            self._factors = WarmFactors(free_of_aux(moments, self._p)[1], int(history["n_factors"]))
        self.base = self.space(moments)

    def space(self, moments: EnvironmentMoments) -> Array:
        """Basis ``[p + a, s]`` of the exogenous space, as a map of genotypes and auxiliary features."""
        aux_weights, freed = free_of_aux(moments, self._p)
        if self._form == "stationary":
            weights = order_by_stationarity(freed).weights[:, : self._size]
        elif self._factors is not None:
            weights = free_directions(*self._factors.refit(freed))
        else:
            weights = np.eye(self._p)
        return np.vstack([weights, -aux_weights @ weights])

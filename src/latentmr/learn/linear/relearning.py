"""Learning once more, on resampled moments: how far another sample would have moved the encoder."""

import hashlib

import numpy as np

from latentmr.data import Dataset
from latentmr.learn.linear.factor import free_directions
from latentmr.learn.linear.moments import EnvironmentMoments, free_of_aux
from latentmr.learn.linear.multigroup import WarmFactors
from latentmr.learn.linear.stationary import order_by_stationarity
from latentmr.learn.representation import Representation
from latentmr.typing import Array

__all__ = ["Relearning", "people_digest"]


#: Ids that are strings of their own at once.
BLOCK = 8192


def people_digest(dataset: Dataset) -> str:
    """Hash of the ids of the people in learning, by which a saved model knows its own data again."""
    ids = np.sort(dataset.samples[dataset.in_learning].astype(str))
    digest = hashlib.sha256()
    for start in range(0, len(ids), BLOCK):
        digest.update(("\n" if start else "").encode() + "\n".join(ids[start : start + BLOCK]).encode())
    return digest.hexdigest()


class Relearning:
    """Find the exogenous space again from resampled moments, with the form and dimensions that were learned.

    A closed form is refitted. A network is not trained again: the exogenous space is found among its outputs, by their
    stationarity, whatever they were trained for. A flow on the factor form moves as the factor form does.

    Parameters
    ----------
    representation : Representation
        Of which form, number of factors and of exogenous directions are kept.
    moments : EnvironmentMoments
        Of the encoder's coordinates, from the data that it was learned from.
    """

    def __init__(self, representation: Representation, moments: EnvironmentMoments) -> None:
        outputs, history = representation.encoder.n_outputs, representation.history
        self._by_stationarity = representation.form != "factor"
        self._c = outputs if outputs and self._by_stationarity else len(representation.variants)
        #: Whether all that was learned is learned again; of a network, only the space of its outputs is.
        self.whole = not outputs or not self._by_stationarity
        #: Coordinates before those that are learned from: instruments that a flow made of the factor form's.
        self._before = outputs - self._c if outputs else 0
        # all exogenous directions, of which the instruments may be a part: the part is found again in the whole
        self._size = max(representation.k, history.k_stationary or 0)
        self._factors = None
        if not self._by_stationarity and history.n_factors:
            freed = free_of_aux(self._learned_from(moments), self._c)[1]
            self._factors = WarmFactors(freed, history.n_factors)
        self.base = self.space(moments)

    def space(self, moments: EnvironmentMoments) -> Array:
        """Basis ``[c + a, s]`` of the exogenous space, as a map of the encoder's coordinates."""
        aux_weights, freed = free_of_aux(self._learned_from(moments), self._c)
        if self._by_stationarity:
            weights = order_by_stationarity(freed).weights[:, : self._size]
        elif self._factors is not None:
            weights = free_directions(*self._factors.refit(freed))
        else:
            weights = np.eye(self._c)
        return np.vstack([np.zeros((self._before, weights.shape[1])), weights, -aux_weights @ weights])

    def _learned_from(self, moments: EnvironmentMoments) -> EnvironmentMoments:
        """Without the coordinates before."""
        b = self._before
        return EnvironmentMoments(moments.n, moments.mean[:, b:], moments.covariance[:, b:, b:]) if b else moments

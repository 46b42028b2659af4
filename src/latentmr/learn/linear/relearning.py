"""Learn again from resampled moments, to measure how far another sample would have moved the encoder."""

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


#: Maximum number of ids that are held as separate strings at once.
BLOCK = 8192


def people_digest(dataset: Dataset) -> str:
    """Return a hash of the ids of the individuals in learning, by which a saved model recognises its own data."""
    ids = np.sort(dataset.samples[dataset.in_learning].astype(str))
    digest = hashlib.sha256()
    for start in range(0, len(ids), BLOCK):
        digest.update(("\n" if start else "").encode() + "\n".join(ids[start : start + BLOCK]).encode())
    return digest.hexdigest()


class Relearning:
    """Find the exogenous space again from resampled moments, with the form and dimensions that were learned.

    A closed form is refitted. A network is not trained again: the exogenous space is found among its outputs by their
    stationarity, whatever the training objective was. A flow on the factor form moves as the factor form does.

    Parameters
    ----------
    representation : Representation
        Model whose form, number of factors and number of exogenous directions are kept.
    moments : EnvironmentMoments
        Moments of the encoder's coordinates in the data from which it was learned.
    """

    def __init__(self, representation: Representation, moments: EnvironmentMoments) -> None:
        outputs, history = representation.encoder.n_outputs, representation.history
        self._by_stationarity = representation.form != "factor"
        self._c = outputs if outputs and self._by_stationarity else len(representation.variants)
        #: Whether everything is learned again; for a network, only the space of its outputs is.
        self.whole = not outputs or not self._by_stationarity
        #: Number of coordinates before those used in learning: a flow's instruments on the factor form.
        self._before = outputs - self._c if outputs else 0
        # all exogenous directions; the instruments can be some of these, and are then found again among all
        self._size = max(representation.k, history.k_stationary or 0)
        self._factors = None
        if not self._by_stationarity and history.n_factors:
            freed = free_of_aux(self._learned_from(moments), self._c)[1]
            self._factors = WarmFactors(freed, history.n_factors)
        self.base = self.space(moments)

    def space(self, moments: EnvironmentMoments) -> Array:
        """Return a basis ``[c + a, s]`` of the exogenous space, as a map of the encoder's coordinates."""
        aux_weights, freed = free_of_aux(self._learned_from(moments), self._c)
        if self._by_stationarity:
            weights = order_by_stationarity(freed).weights[:, : self._size]
        elif self._factors is not None:
            weights = free_directions(*self._factors.refit(freed))
        else:
            weights = np.eye(self._c)
        return np.vstack([np.zeros((self._before, weights.shape[1])), weights, -aux_weights @ weights])

    def _learned_from(self, moments: EnvironmentMoments) -> EnvironmentMoments:
        """Drop the coordinates before those used in learning."""
        b = self._before
        return EnvironmentMoments(moments.n, moments.mean[:, b:], moments.covariance[:, b:, b:]) if b else moments

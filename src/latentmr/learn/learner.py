"""The one interface of all learners."""

from abc import ABC, abstractmethod

from latentmr.data import Dataset
from latentmr.learn.representation import Representation

__all__ = ["Learner"]


class Learner(ABC):
    """Holds hyperparameters; learning returns a new object and leaves the learner as it was.

    Learners look at genotypes, auxiliary features and environments, never at exposures or outcomes.
    """

    @abstractmethod
    def fit(self, dataset: Dataset) -> Representation:
        """Learn instruments.

        Parameters
        ----------
        dataset : Dataset
            Rows in learning are used.

        Returns
        -------
        Representation
        """

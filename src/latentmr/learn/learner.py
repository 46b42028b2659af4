"""The one interface of all learners."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from latentmr.data import Dataset
from latentmr.learn.representation import Representation

__all__ = ["Learner", "Progress", "Watch"]


@dataclass(frozen=True)
class Progress:
    """How far learning is.

    Parameters
    ----------
    stage : str
        What is being done.
    done, total : int
        Steps.
    losses : mapping of str to float
        Parts of the objective on held-out people, by name.
    """

    stage: str
    done: int
    total: int
    losses: Mapping[str, float]


Watch = Callable[[Progress], None]


class Learner(ABC):
    """Holds hyperparameters; learning returns a new object and leaves the learner as it was.

    Learners look at genotypes, auxiliary features and environments, never at exposures or outcomes.
    """

    @abstractmethod
    def fit(self, dataset: Dataset, watch: Watch | None = None) -> Representation:
        """Learn instruments.

        Parameters
        ----------
        dataset : Dataset
            Rows in learning are used.
        watch : callable, optional
            Called with a :class:`Progress` now and then; closed forms have none to tell.

        Returns
        -------
        Representation
        """

"""The one interface of all learners."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
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

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """Hyperparameters by name, as scikit-learn asks for them: ``sklearn.clone`` makes an equal learner of these.

        Parameters
        ----------
        deep : bool
            For scikit-learn alone: no hyperparameter is a learner with hyperparameters of its own.

        Returns
        -------
        dict
        """
        del deep
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: object) -> Self:
        """Change hyperparameters, as scikit-learn's searches do.

        This is the one way to change a learner that is there: whoever holds it sees the change. Everywhere else take
        ``dataclasses.replace(learner, k=3)``, which leaves it as it was.

        Parameters
        ----------
        **params
            New values by name.

        Returns
        -------
        Learner
            This one.

        Raises
        ------
        ValueError
            For a name or a value that the learner does not take; nothing is changed then.

        Examples
        --------
        >>> from latentmr.learn import LinearLearner
        >>> LinearLearner().set_params(k=3)
        LinearLearner(k=3, form='auto', n_factors='auto', alpha=0.01, seed=0)
        """
        known = self.get_params()
        for name in params:
            if name not in known:
                raise ArgumentError("params", f"be of {', '.join(known)}", f"{name}")
        checked = type(self)(**(known | params))
        for name in params:
            object.__setattr__(self, name, getattr(checked, name))
        return self

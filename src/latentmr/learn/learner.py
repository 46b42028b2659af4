"""Define the interface that all learners share."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.learn.representation import Representation
from latentmr.results.text import PrintsHtml

__all__ = ["Learner", "Progress", "Watch"]


@dataclass(frozen=True)
class Progress:
    """The progress of learning.

    Parameters
    ----------
    stage : str
        Name of the current stage.
    done, total : int
        Number of steps completed, and number of steps in all.
    losses : mapping of str to float
        Parts of the objective, evaluated on held-out individuals, by name.
    """

    stage: str
    done: int
    total: int
    losses: Mapping[str, float]


Watch = Callable[[Progress], None]


class Learner(PrintsHtml, ABC):
    """A set of hyperparameters; fitting returns a new object and leaves the learner unchanged.

    Learners use genotypes, auxiliary features and environments. They never use exposures or outcomes.
    """

    @abstractmethod
    def fit(self, dataset: Dataset, watch: Watch | None = None) -> Representation:
        """Learn instruments.

        Parameters
        ----------
        dataset : Dataset
            Data set; only the rows marked for learning are used.
        watch : callable, optional
            Function that is called with a :class:`Progress` at intervals. Closed-form learners never call it.

        Returns
        -------
        Representation
        """

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """Return the hyperparameters by name, as ``sklearn.clone`` needs them to make an equal learner.

        Parameters
        ----------
        deep : bool
            Accepted for scikit-learn and ignored: no hyperparameter is an estimator with hyperparameters of its own.

        Returns
        -------
        dict
        """
        del deep
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: object) -> Self:
        """Change hyperparameters in place, as scikit-learn's searches do.

        This is the only way to modify an existing learner: every reference to it sees the change. Use
        ``dataclasses.replace(learner, k=3)`` to get a changed copy instead.

        Parameters
        ----------
        **params
            New values by name.

        Returns
        -------
        Learner
            The learner itself.

        Raises
        ------
        ValueError
            If the learner does not accept a name or a value. Nothing is changed then.

        Examples
        --------
        >>> from latentmr.learn import LinearLearner
        >>> LinearLearner().set_params(k=3)
        LinearLearner(k=3)
        """
        known = self.get_params()
        for name in params:
            if name not in known:
                raise ArgumentError("params", f"be of {', '.join(known)}", f"{name}", "use one of these names")
        checked = type(self)(**(known | params))
        for name in params:
            object.__setattr__(self, name, getattr(checked, name))
        return self

"""The choice of a learner, by its name or by the kind of the instruments."""

from dataclasses import dataclass, field

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.learn import AutoencoderLearner, FlowLearner, Learner, LinearLearner

__all__ = ["LEARNERS", "AutoLearner", "learner_for"]

#: Learners by name, except ``auto``.
LEARNERS = {"linear": LinearLearner, "flow": FlowLearner, "autoencoder": AutoencoderLearner}
#: Kinds of instruments in words.
KINDS = {"counts": "allele counts", "dosages": "allele dosages", "continuous": "continuous instruments"}


@dataclass(frozen=True)
class AutoLearner:
    """A learner for each kind of instruments.

    Parameters
    ----------
    counts : Learner
        Learner for allele counts and dosages, for which the closed form of linear factors is as good as a network.
    continuous : Learner
        Learner for continuous instruments, whose mixing need not be linear.

    Examples
    --------
    >>> from latentmr.simulate import admixture, linear
    >>> auto = AutoLearner()
    >>> [type(auto.of(draw(seed=1).dataset)).__name__ for draw in (admixture, linear)]
    ['LinearLearner', 'FlowLearner']
    """

    counts: Learner = field(default_factory=LinearLearner)
    continuous: Learner = field(default_factory=FlowLearner)

    def of(self, dataset: Dataset) -> Learner:
        """Return the learner for the instruments of a data set."""
        return self.continuous if dataset.kind == "continuous" else self.counts


def learner_for(learner: Learner | AutoLearner | str, dataset: Dataset, seed: int = 0) -> tuple[Learner, str]:
    """Return the learner of this name, or the default learner for the data.

    Parameters
    ----------
    learner : Learner, AutoLearner or str
        ``auto`` or one of :data:`LEARNERS`.
    dataset : Dataset
    seed : int
        Random seed of a learner that is given by name.

    Returns
    -------
    Learner
    str
        Which learner was chosen and why, or an empty text if the caller chose it.

    Raises
    ------
    ValueError
        If no learner has this name.
    """
    if isinstance(learner, Learner):
        return learner, ""
    if isinstance(learner, str):
        if learner in LEARNERS:
            return LEARNERS[learner](seed=seed), ""
        if learner != "auto":
            raise ArgumentError(
                "learner",
                "be auto, linear, flow or autoencoder, or a learner",
                f"{learner!r}",
                "leave `learner` out for auto",
            )
        learner = AutoLearner(LinearLearner(seed=seed), FlowLearner(seed=seed))
    chosen = learner.of(dataset)
    name = next((name for name, kind in LEARNERS.items() if isinstance(chosen, kind)), type(chosen).__name__)
    how = ", in closed form," if name == "linear" else ""
    return chosen, f"the {name} learner{how} is the default for {KINDS[dataset.kind]}; choose another with `learner`"

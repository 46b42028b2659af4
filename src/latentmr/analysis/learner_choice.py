"""Which learner is taken: by its name, or by the kind of the instruments."""

from dataclasses import dataclass, field

from latentmr.data import Dataset
from latentmr.errors import ArgumentError
from latentmr.learn import AutoencoderLearner, FlowLearner, Learner, LinearLearner

__all__ = ["LEARNERS", "AutoLearner", "learner_for"]

#: Learners by name, but for ``auto``.
LEARNERS = {"linear": LinearLearner, "flow": FlowLearner, "autoencoder": AutoencoderLearner}
#: Kinds of instruments in words.
KINDS = {"counts": "allele counts", "dosages": "allele dosages", "continuous": "continuous instruments"}


@dataclass(frozen=True)
class AutoLearner:
    """A learner for each kind of instruments.

    Parameters
    ----------
    counts : Learner
        For allele counts and dosages, where the closed form of linear factors is as good as a network.
    continuous : Learner
        For continuous instruments, whose mixing need not be linear.

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
        """The learner for the instruments of a data set."""
        return self.continuous if dataset.kind == "continuous" else self.counts


def learner_for(learner: Learner | AutoLearner | str, dataset: Dataset, seed: int = 0) -> tuple[Learner, str]:
    """Take the learner of a name, or the one for the data.

    Parameters
    ----------
    learner : Learner, AutoLearner or str
        ``auto`` or one of :data:`LEARNERS`.
    dataset : Dataset
    seed : int
        Of a learner that is named.

    Returns
    -------
    Learner
    str
        What was taken and why, where it was left open; else empty.

    Raises
    ------
    ValueError
        Where no learner has this name.
    """
    if isinstance(learner, Learner):
        return learner, ""
    if isinstance(learner, str):
        if learner in LEARNERS:
            return LEARNERS[learner](seed=seed), ""
        if learner != "auto":
            raise ArgumentError("learner", "be auto, linear, flow or autoencoder, or a learner", f"{learner!r}")
        learner = AutoLearner(LinearLearner(seed=seed), FlowLearner(seed=seed))
    taken = learner.of(dataset)
    name = next((name for name, kind in LEARNERS.items() if isinstance(taken, kind)), type(taken).__name__)
    how = " in closed form" if name == "linear" else ""
    return taken, f"learner: auto took {name}{how}, for {KINDS[dataset.kind]}"

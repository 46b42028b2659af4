"""Define and check the hyperparameters that all network learners share."""

import os
from dataclasses import dataclass
from pathlib import Path

from latentmr.errors import ArgumentError
from latentmr.extras import extra
from latentmr.learn.settings import LearnerSettings, whole

__all__ = ["DEVICES", "NetworkSettings"]

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True, kw_only=True, repr=False)
class NetworkSettings(LearnerSettings):
    """Hyperparameters of a training, in addition to those of every learner.

    Parameters
    ----------
    steps : int
        Maximum number of training steps.
    starts : int
        Number of random restarts: short training runs that compete on held-out individuals. The first begins at the
        linear solution, the others at random rotations of it.
    batch_size : int
        Number of individuals in a minibatch, the same number from each environment.
    learning_rate : float
        Largest learning rate of Adam.
    device : str
        ``auto``, ``cpu`` or ``cuda``. With ``auto``, an accelerator is used if there is one.
    jobs : int or None
        Number of processes for the restarts; the default is the number of cores. Results do not depend on it.
    seed : int
        Random seed; the same seed gives the same numbers.
    checkpoint : path or None
        File in which the state of training is saved.
    checkpoint_every : int
        Number of steps between checkpoints.
    resume : bool
        Whether to resume from the checkpoint. The result is identical to that of an uninterrupted training.
    """

    steps: int = 2000
    starts: int = 4
    batch_size: int = 1024
    learning_rate: float
    device: str = "auto"
    jobs: int | None = None
    seed: int = 0
    checkpoint: str | Path | None = None
    checkpoint_every: int = 500
    resume: bool = False

    def __post_init__(self) -> None:
        if self.device not in DEVICES:
            raise ArgumentError(
                "device", f"be one of {', '.join(DEVICES)}", f"{self.device!r}", "use one of these names"
            )
        if not 0 < self.learning_rate < 1:
            raise ArgumentError(
                "learning_rate", "lie between 0 and 1", f"{self.learning_rate!r}", "0.001 is a usual rate"
            )
        if self.resume and self.checkpoint is None:
            raise ArgumentError("resume", "come with the path of a checkpoint", "none", "give the path as `checkpoint`")
        super().__post_init__()
        self._set(
            steps=whole("steps", self.steps, 1),
            starts=whole("starts", self.starts, 1),
            batch_size=whole("batch_size", self.batch_size, 8),
            learning_rate=float(self.learning_rate),
            jobs=None if self.jobs is None else whole("jobs", self.jobs, 1),
            seed=whole("seed", self.seed, 0),
            checkpoint_every=whole("checkpoint_every", self.checkpoint_every, 1),
        )

    @property
    def processes(self) -> int:
        """Number of processes that can run at once."""
        return self.jobs if self.jobs is not None else os.cpu_count() or 1

    @property
    def checkpoint_path(self) -> Path | None:
        """Path of the checkpoint, or None."""
        return None if self.checkpoint is None else Path(self.checkpoint)

    def refuse_without_torch(self) -> None:
        """Raise an error if PyTorch is not installed.

        Raises
        ------
        MissingExtraError
            The message says how to install it.
        """
        extra("torch", "", type(self).__name__)

    def _do_not_decide(self) -> tuple[str, ...]:
        return ("device", "jobs", "checkpoint", "checkpoint_every", "resume")

"""Hyperparameters that all learners with a network have, checked at the door."""

import os
from dataclasses import dataclass
from pathlib import Path

from latentmr.errors import ArgumentError
from latentmr.extras import extra
from latentmr.learn.settings import LearnerSettings, whole

__all__ = ["DEVICES", "NetworkSettings"]

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True, kw_only=True)
class NetworkSettings(LearnerSettings):
    """Hyperparameters of a training; parameters beside those of every learner.

    Parameters
    ----------
    steps : int
        Of training, at most.
    starts : int
        Short trainings; the first begins at the linear solution, the others at random rotations.
    batch_size : int
        People of a minibatch, as many from each environment.
    learning_rate : float
        Largest step of Adam.
    device : str
        ``auto``, ``cpu`` or ``cuda``; auto takes an accelerator where there is one.
    jobs : int or None
        Processes for the starts; as many as cores by default. Results do not depend on it.
    seed : int
        Same seed, same numbers.
    checkpoint : path or None
        File that the state of training is written to.
    checkpoint_every : int
        Steps between checkpoints.
    resume : bool
        Go on from the checkpoint, to the digit as if it had never stopped.
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
            raise ArgumentError("device", f"be one of {', '.join(DEVICES)}", f"{self.device!r}")
        if not 0 < self.learning_rate < 1:
            raise ArgumentError("learning_rate", "lie between 0 and 1", f"{self.learning_rate!r}")
        if self.resume and self.checkpoint is None:
            raise ArgumentError("resume", "come with the path of a checkpoint", "none", "name it with checkpoint")
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
        """How many there may be at once."""
        return self.jobs if self.jobs is not None else os.cpu_count() or 1

    @property
    def checkpoint_path(self) -> Path | None:
        """Where the state of training is written to, if anywhere."""
        return None if self.checkpoint is None else Path(self.checkpoint)

    def refuse_without_torch(self) -> None:
        """Stop where PyTorch is not installed.

        Raises
        ------
        MissingExtraError
            The message says how to install it.
        """
        extra("torch", "", type(self).__name__)

    def _do_not_decide(self) -> tuple[str, ...]:
        return ("device", "jobs", "checkpoint", "checkpoint_every", "resume")

"""Hyperparameters that all learners with a network have, checked at the door."""

import os
from numbers import Integral
from pathlib import Path
from typing import Any

from latentmr.learn.learner import Learner
from latentmr.learn.linear.learner import FORMS, count_or_auto

__all__ = ["DEVICES", "GradientLearner", "whole"]

DEVICES = ("auto", "cpu", "cuda")


class GradientLearner(Learner):
    """A learner that trains a network.

    Parameters
    ----------
    k : int or "auto"
        Number of instruments. Fewer than the exogenous dimensions are still valid instruments, of less strength. Auto:
        found by short flows on people held out; in the factor form as many as the linear learner has.
    form : str
        Of the linear learner that it starts from: ``auto``, ``stationary`` or ``factor``.
    n_factors : int or "auto"
        Of the linear learner, in its factor form.
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

    def __init__(
        self,
        *,
        k: int | str,
        form: str,
        n_factors: int | str,
        steps: int,
        starts: int,
        batch_size: int,
        learning_rate: float,
        device: str,
        jobs: int | None,
        seed: int,
        checkpoint: str | Path | None,
        checkpoint_every: int,
        resume: bool,
    ) -> None:
        if form not in FORMS:
            raise ValueError(f"form must be one of {', '.join(FORMS)}. Got {form!r}.")
        if device not in DEVICES:
            raise ValueError(f"device must be one of {', '.join(DEVICES)}. Got {device!r}.")
        if not 0 < learning_rate < 1:
            raise ValueError(f"learning_rate must lie between 0 and 1. Got {learning_rate!r}.")
        if resume and checkpoint is None:
            raise ValueError("resume must come with the path of a checkpoint. Got none; name it with checkpoint.")
        self.k, self.form = count_or_auto("k", k, 1), form
        self.n_factors = count_or_auto("n_factors", n_factors, 0)
        self.steps, self.starts = whole("steps", steps, 1), whole("starts", starts, 1)
        self.batch_size, self.learning_rate = whole("batch_size", batch_size, 8), float(learning_rate)
        self.device = device
        self.jobs = whole("jobs", jobs if jobs is not None else os.cpu_count() or 1, 1)
        self.seed = whole("seed", seed, 0)
        self.checkpoint = None if checkpoint is None else Path(checkpoint)
        self.checkpoint_every, self.resume = whole("checkpoint_every", checkpoint_every, 1), bool(resume)

    @property
    def settings(self) -> dict[str, Any]:
        """Hyperparameters that decide the result: what a saved model keeps."""
        left_out = ("device", "jobs", "checkpoint", "checkpoint_every", "resume")
        chosen = {name: value for name, value in vars(self).items() if name not in left_out}
        return {name: "auto" if value is None else value for name, value in chosen.items()}


def whole(name: str, value: int, least: int) -> int:
    """Check a whole number.

    Raises
    ------
    ValueError
        Where it is none, or too small.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name} must be a whole number from {least}. Got {value!r}.")
    return int(value)

"""Define the training loop that all gradient learners share."""

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from latentmr.learn.learner import Progress
from latentmr.learn.training.batches import Batch, Batches

__all__ = ["CHECK_EVERY", "Criterion", "Plan", "Training", "one_thread"]

#: Seed of the random features of the held-out objective, which stay the same at every check.
CHECK_SEED = 20
#: Number of checks over which the held-out objective is averaged, because a single check is noisy.
SMOOTHED = 5
#: Number of steps between checks of the held-out objective.
CHECK_EVERY = 100
#: Number of steps over which the learning rate rises from 0.
WARM_UP = 100


Network = TypeVar("Network", bound=nn.Module)


class Criterion(Protocol):
    """An objective: named parts on a batch, and their ``total``, which is minimised."""

    def __call__(self, network: Any, batch: Batch, generator: torch.Generator) -> dict[str, Tensor]:
        """Evaluate."""
        ...


@dataclass(frozen=True)
class Plan:
    """Plan of a training.

    Parameters
    ----------
    steps : int
        Maximum number of steps.
    learning_rate : float
        Largest learning rate of Adam. It rises over the first 100 steps and falls by a cosine to a fiftieth at the
        last.
    clip : float
        Largest norm of a gradient.
    check_every : int
        Number of steps between checks of the held-out objective.
    patience : int
        Number of steps without improvement after which training stops.
    seed : int
        Seed; with the number of a step, it seeds everything that the step draws.
    """

    steps: int
    learning_rate: float
    seed: int
    clip: float = 1.0
    check_every: int = CHECK_EVERY
    patience: int = 1000

    def of_start(self, index: int) -> "Plan":
        """Return the same plan with a separate seed for a restart."""
        return replace(self, seed=int(np.random.SeedSequence([self.seed, index]).generate_state(1)[0]))

    def rate(self, step: int) -> float:
        """Return the learning rate of a step."""
        fall = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        return self.learning_rate * min(1.0, (step + 1) / WARM_UP) * (0.02 + 0.98 * fall)


@dataclass
class Training(Generic[Network]):
    """A network in training, which can be stopped, saved, restored and resumed with identical results.

    Parameters
    ----------
    network : torch.nn.Module
    criterion : Criterion
        Objective that is minimised on minibatches.
    judge : Criterion
        Objective of the same parts on the held-out individuals.
    batches : Batches
    plan : Plan
    """

    network: Network
    criterion: Criterion
    judge: Criterion
    batches: Batches
    plan: Plan
    step: int = 0
    best_value: float = math.inf
    best_step: int = 0
    log: list[dict[str, float]] = field(default_factory=list)
    stopped: str = ""

    def __post_init__(self) -> None:
        self._parameters = dict(self.network.named_parameters())
        self._optimiser = torch.optim.Adam(
            self._parameters.values(), lr=self.plan.learning_rate, betas=(0.9, 0.99), fused=True
        )
        self._best = {name: value.detach().clone() for name, value in self._parameters.items()}
        self._generator = torch.Generator(self.batches.inputs.device)

    def run(
        self,
        until: int | None = None,
        watch: Callable[[Progress], None] | None = None,
        save_every: int = 0,
        save: Callable[["Training[Network]"], None] | None = None,
    ) -> None:
        """Train to a given step, or to the end.

        Parameters
        ----------
        until : int, optional
            Step at which to stop.
        watch : callable, optional
            Function that is called with the progress at every check.
        save_every : int
            Number of steps between calls of ``save``; 0 means never.
        save : callable, optional
            Function that is called with this object.

        Raises
        ------
        FloatingPointError
            If the objective or its gradient is no longer a finite number.
        KeyboardInterrupt
            Only before the first check; a later interrupt ends training with the best model so far.
        """
        end = self.plan.steps if until is None else min(until, self.plan.steps)
        try:
            while self.step < end and not self.stopped:
                self._take_step()
                if self.step % self.plan.check_every == 0 or self.step == self.plan.steps:
                    self._check()
                    if watch is not None:
                        watch(Progress("training", self.step, self.plan.steps, self.log[-1]))
                if save is not None and save_every and self.step % save_every == 0:
                    save(self)
        except KeyboardInterrupt:
            if not self.log:
                raise
            self.stopped = f"interrupted at step {self.step} of {self.plan.steps}"

    def best(self) -> Network:
        """Return the network as it was when the held-out objective was best."""
        with torch.no_grad():
            for name, value in self._best.items():
                self._parameters[name].copy_(value)
        return self.network

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything needed to resume: tensors, and values that JSON can hold."""
        tensors = {f"parameter.{name}": value.detach() for name, value in self._parameters.items()}
        tensors |= {f"best.{name}": value for name, value in self._best.items()}
        for name, value in self._parameters.items():
            moments = self._optimiser.state.get(value, {})
            tensors |= {f"{part}.{name}": moments[part] for part in moments}
        names = ("step", "best_value", "best_step", "log", "stopped")
        copies = {name: tensor.detach().clone().cpu() for name, tensor in tensors.items()}
        return copies, {name: getattr(self, name) for name in names} | {"log": list(self.log)}

    def restore(self, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
        """Restore a saved state."""
        for name, value in facts.items():
            setattr(self, name, list(value) if isinstance(value, list) else value)
        with torch.no_grad():
            for name, parameter in self._parameters.items():
                parameter.copy_(tensors[f"parameter.{name}"])
                self._best[name] = tensors[f"best.{name}"].to(parameter.device).clone()
                if f"exp_avg.{name}" in tensors:
                    self._optimiser.state[parameter] = {
                        part: tensors[f"{part}.{name}"].to(parameter.device).clone()
                        for part in ("step", "exp_avg", "exp_avg_sq")
                    }

    def _take_step(self) -> None:
        self._generator.manual_seed((self.plan.seed << 24) + self.step)
        for group in self._optimiser.param_groups:
            group["lr"] = self.plan.rate(self.step)
        parts = self.criterion(self.network, self.batches.draw(self._generator), self._generator)
        self._optimiser.zero_grad()
        parts["total"].backward()
        norm = nn.utils.clip_grad_norm_(self._parameters.values(), self.plan.clip)
        if not bool(torch.isfinite(norm + parts["total"].detach())):
            shown = ", ".join(f"{name} {float(value.detach()):.4g}" for name, value in parts.items())
            raise FloatingPointError(
                f"training must keep finite losses. At step {self.step} they were {shown}; use a smaller learning rate"
                " (`learning_rate`), or look for extreme values in G."
            )
        self._optimiser.step()
        self.step += 1

    def _check(self) -> None:
        self._generator.manual_seed(CHECK_SEED)
        with torch.no_grad():
            parts = self.judge(self.network, self.batches.held_out, self._generator)
        found = {name: float(value) for name, value in parts.items()}
        self.log.append({"step": float(self.step)} | found)
        recent = [row["total"] for row in self.log[-SMOOTHED:]]
        smooth = sum(recent) / len(recent)
        if smooth < self.best_value:
            self.best_value, self.best_step = smooth, self.step
            self._best = {name: value.detach().clone() for name, value in self._parameters.items()}
        elif self.step - self.best_step >= self.plan.patience:
            self.stopped = f"no better held-out objective for {self.plan.patience} steps, at step {self.step}"


@contextmanager
def one_thread() -> Iterator[None]:
    """Restrict torch to one thread, so that a seed gives the same digits on any number of cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)

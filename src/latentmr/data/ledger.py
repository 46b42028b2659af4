"""The ledger of what was kept, what was dropped and why."""

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Flow", "FlowStep", "Ledger"]


@dataclass(frozen=True)
class FlowStep:
    """One step from the files to the analysis.

    Parameters
    ----------
    unit : str
        ``samples`` or ``variants``.
    stage : str
        ``read``, ``filter``, ``learning`` or ``estimation``.
    reason : str
        Why these were removed, or what was read.
    removed, remaining : int
        Counts at this step, and after it.
    """

    unit: str
    stage: str
    reason: str
    removed: int
    remaining: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Flow:
    """All steps in order, and statements on how the data were read.

    Parameters
    ----------
    steps : tuple of FlowStep
        In the order in which they were taken.
    notes : tuple of str
        Statements, for instance how a binary outcome was coded.
    warnings : tuple of str
        What the user should look at.
    """

    steps: tuple[FlowStep, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __add__(self, other: "Flow") -> "Flow":
        """What was done first, and then the other."""
        return Flow(self.steps + other.steps, self.notes + other.notes, self.warnings + other.warnings)


@dataclass
class Ledger:
    """Collects the steps while data are read; :meth:`close` freezes them."""

    steps: list[FlowStep] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def step(self, unit: str, stage: str, reason: str, removed: int, remaining: int) -> None:
        """Count a step; one that removed nothing is kept too, so that a reader sees that it was taken."""
        self.steps.append(FlowStep(unit, stage, reason, int(removed), int(remaining)))

    def close(self) -> Flow:
        """Freeze what was collected."""
        return Flow(tuple(self.steps), tuple(self.notes), tuple(self.warnings))

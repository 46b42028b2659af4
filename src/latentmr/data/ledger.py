"""The ledger: what was kept, what was removed, and why."""

from dataclasses import asdict, dataclass, field
from typing import Any

from latentmr.results.printing import counted

__all__ = ["Flow", "FlowStep", "Ledger"]


@dataclass(frozen=True, repr=False)
class FlowStep:
    """One step from the files to the analysis.

    Parameters
    ----------
    unit : str
        ``samples`` or ``variants``.
    stage : str
        ``read``, ``filter``, ``learning`` or ``estimation``.
    reason : str
        Reason for the removal, or what was read.
    removed, remaining : int
        Number removed at this step, and number after it.

    Examples
    --------
    >>> FlowStep("samples", "filter", "not in the keep list", 20, 4000)
    FlowStep: samples, filter: not in the keep list; 20 removed, 4,000 remain
    """

    unit: str
    stage: str
    reason: str
    removed: int
    remaining: int

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    def __repr__(self) -> str:
        what = f"{self.unit}, {self.stage}: {self.reason}"
        return f"FlowStep: {what}; {self.removed:,} removed, {self.remaining:,} remain"


@dataclass(frozen=True, repr=False)
class Flow:
    """All steps in order, and notes on how the data were read.

    Parameters
    ----------
    steps : tuple of FlowStep
        Steps in the order in which they were taken.
    notes : tuple of str
        Notes, for instance on the coding of a binary outcome.
    warnings : tuple of str
        Warnings that the user should check.
    """

    steps: tuple[FlowStep, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __add__(self, other: "Flow") -> "Flow":
        """Append the steps, notes and warnings of another flow."""
        return Flow(self.steps + other.steps, self.notes + other.notes, self.warnings + other.warnings)

    def __repr__(self) -> str:
        parts = (("step", self.steps), ("note", self.notes), ("warning", self.warnings))
        return f"Flow: {', '.join(counted(len(each), name) for name, each in parts)}"


@dataclass(repr=False)
class Ledger:
    """A collection of the steps while data are read; :meth:`close` freezes it."""

    steps: list[FlowStep] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def step(self, unit: str, stage: str, reason: str, removed: int, remaining: int) -> None:
        """Add a step, also if it removed nothing: a reader sees that it was taken."""
        self.steps.append(FlowStep(unit, stage, reason, int(removed), int(remaining)))

    def close(self) -> Flow:
        """Return the collected steps, notes and warnings as a flow."""
        return Flow(tuple(self.steps), tuple(self.notes), tuple(self.warnings))

    def __repr__(self) -> str:
        return repr(self.close()).replace("Flow", "Ledger", 1)

"""State the primary result in one sentence, in the units that the user names."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from latentmr.errors import ArgumentError
from latentmr.results.objects import Estimate, Verdict
from latentmr.results.rounding import rounded, rounded_set

__all__ = ["Units", "answer", "ratio_of"]


class Named(Protocol):
    """Describe what an answer needs to know about the data."""

    @property
    def exposure_names(self) -> tuple[str, ...]: ...
    @property
    def outcome_name(self) -> str: ...
    @property
    def outcome_type(self) -> str: ...


@dataclass(frozen=True)
class Units:
    """Units in which exposures and outcome are measured.

    Parameters
    ----------
    exposures : tuple of str
        Unit of each exposure, in the order of the exposures. The tuple is empty if the units are not known.
    outcome : str
        Unit of the outcome. The text is empty if it is not known.
    """

    exposures: tuple[str, ...] = ()
    outcome: str = ""

    def refuse_other(self, dataset: Named) -> None:
        """Raise an error if there are not as many units as exposures."""
        if self.exposures and len(self.exposures) != len(dataset.exposure_names):
            raise ArgumentError(
                "exposure_units",
                f"be given once for each exposure ({', '.join(dataset.exposure_names)})",
                f"{len(self.exposures)}: {', '.join(self.exposures)}",
                "give one unit for each exposure, in their order, or none",
            )

    def of(self, exposure: str, dataset: Named) -> str:
        """Return the unit of an exposure, or an empty text if it is not known."""
        return self.exposures[dataset.exposure_names.index(exposure)] if self.exposures else ""


def answer(dataset: Named, primary: Estimate, verdict: Verdict, units: Units) -> str:
    """State the primary result in one sentence.

    Parameters
    ----------
    dataset : Dataset or SummaryData
    primary : Estimate
    verdict : Verdict
        If it is ``not identified``, the sentence says so and gives no effect.
    units : Units

    Returns
    -------
    str
    """
    e, outcome = primary, dataset.outcome_name
    level = f"{100 * (1 - e.alpha):g} %"
    name = "conditional likelihood-ratio" if e.ci_clr is not None else "subvector Anderson-Rubin"
    if verdict.level == "not identified":
        unbounded = e.robust_set is not None and not e.robust_set.is_bounded
        # readers would take a bounded set beside this verdict for an answer
        why = f" ({level} {name} set {rounded_set(e.robust_set)})" if unbounded and e.robust_set else ""
        return f"The data cannot say how {e.exposure} changes {outcome}{why or ': ' + verdict.reasons[0]}."
    unit = units.of(e.exposure, dataset)
    more = f"One unit of {e.exposure}" + (f" ({unit})" if unit else "")
    if e.scale.startswith("log"):
        ends = f"{rounded(float(np.exp(e.ci_low)))} to {rounded(float(np.exp(e.ci_high)))}"
        return (
            f"{more} multiplies the {ratio_of(e)} of {outcome} by {rounded(float(np.exp(e.beta)))} ({level} Wald"
            f" interval {ends})."
        )
    what = f"the risk of {outcome}" if dataset.outcome_type == "binary" else outcome
    robust = f"{level} {name} set {rounded_set(e.robust_set, e.se)}; " if e.robust_set is not None else ""
    by = f"{rounded(e.beta, e.se)} {units.outcome}".strip()
    return (
        f"{more} changes {what} by {by} ({robust}{level} Wald interval {rounded(e.ci_low, e.se)} to"
        f" {rounded(e.ci_high, e.se)})."
    )


def ratio_of(e: Estimate) -> str:
    """Return what an effect on a log scale is a ratio of: ``odds`` or ``risk``."""
    return "odds" if "odds" in e.scale else "risk"

"""The primary result in one sentence, in the units that the user names."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from latentmr.data import Dataset
from latentmr.results import ConfidenceSet, Estimate, Verdict
from latentmr.rounding import rounded, rounded_set

__all__ = ["Units", "answer", "effect_rows"]

Row = dict[str, Any]


class Named(Protocol):
    """What an answer needs to know of the data."""

    @property
    def exposure_names(self) -> tuple[str, ...]: ...
    @property
    def outcome_name(self) -> str: ...
    @property
    def outcome_type(self) -> str: ...


@dataclass(frozen=True)
class Units:
    """In what exposures and outcome are measured.

    Parameters
    ----------
    exposures : tuple of str
        One for each exposure, in their order, or none.
    outcome : str
        Empty where it is not known.
    """

    exposures: tuple[str, ...] = ()
    outcome: str = ""

    def refuse_other(self, dataset: Named) -> None:
        """Stop where there are not as many units as exposures."""
        if self.exposures and len(self.exposures) != len(dataset.exposure_names):
            raise ValueError(
                f"exposure_units must be given once for each exposure ({', '.join(dataset.exposure_names)}). Got"
                f" {len(self.exposures)}: {', '.join(self.exposures)}."
            )

    def of(self, exposure: str, dataset: Named) -> str:
        """Unit of an exposure; empty where it is not known."""
        return self.exposures[dataset.exposure_names.index(exposure)] if self.exposures else ""


def answer(dataset: Named, primary: Estimate, verdict: Verdict, units: Units) -> str:
    """Say the primary result in one sentence.

    Parameters
    ----------
    dataset : Dataset or SummaryData
    primary : Estimate
    verdict : Verdict
        Where it is ``not identified``, the sentence says so and gives no effect.
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
        # a bounded set beside this verdict would be taken for an answer
        why = f" ({level} {name} set {rounded_set(e.robust_set)})" if unbounded and e.robust_set else ""
        return f"The data cannot say how {e.exposure} changes {outcome}{why or ': ' + verdict.reasons[0]}."
    unit = units.of(e.exposure, dataset)
    more = f"One unit of {e.exposure}" + (f" ({unit})" if unit else "")
    if e.scale.startswith("log"):
        ends = f"{rounded(float(np.exp(e.ci_low)))} to {rounded(float(np.exp(e.ci_high)))}"
        return (
            f"{more} multiplies the {_ratio(e)} of {outcome} by {rounded(float(np.exp(e.beta)))} ({level} Wald interval"
            f" {ends})."
        )
    what = f"the risk of {outcome}" if dataset.outcome_type == "binary" else outcome
    robust = f"{level} {name} set {rounded_set(e.robust_set, e.se)}; " if e.robust_set is not None else ""
    by = f"{rounded(e.beta, e.se)} {units.outcome}".strip()
    return (
        f"{more} changes {what} by {by} ({robust}{level} Wald interval {rounded(e.ci_low, e.se)} to"
        f" {rounded(e.ci_high, e.se)})."
    )


def effect_rows(dataset: Dataset, estimates: tuple[Estimate, ...], units: Units) -> list[Row]:
    """The effects to quote per unit and per standard deviation of the exposure, and as ratios where there are such.

    Parameters
    ----------
    dataset : Dataset
    estimates : tuple of Estimate
        Those that are primary, and ratios on learned instruments, become rows.
    units : Units

    Returns
    -------
    list of dict
        ``exposure, per, effect, interval, scale, method``; intervals are the robust sets where there are such.
    """
    rows = []
    for e in estimates:
        if not e.primary and not (e.scale.startswith("log") and e.instruments == "learned"):
            continue
        column = dataset.X[dataset.in_estimation, dataset.exposure_names.index(e.exposure)]
        sd, unit = float(column.std()), units.of(e.exposure, dataset)
        for factor, per in ((1.0, unit or "unit"), (sd, f"standard deviation ({rounded(sd)}{' ' * bool(unit)}{unit})")):
            rows.append({"exposure": e.exposure, "per": per} | _scaled(e, factor, units.outcome))
    return rows


def _scaled(e: Estimate, factor: float, unit: str) -> Row:
    beta, se = factor * e.beta, factor * e.se
    if e.scale.startswith("log"):
        values = (float(np.exp(factor * value)) for value in (e.beta, e.ci_low, e.ci_high))
        ratio, low, high = map(rounded, values)
        return {"effect": ratio, "interval": f"{low} to {high}", "scale": f"{_ratio(e)} ratio", "method": e.method}
    if e.robust_set is None:
        shown = f"{rounded(factor * e.ci_low, se)} to {rounded(factor * e.ci_high, se)}"
    else:
        ends = tuple((factor * low, factor * high) for low, high in e.robust_set.intervals)
        shown = rounded_set(ConfidenceSet(ends, e.alpha), se)
    return {"effect": f"{rounded(beta, se)} {unit}".strip(), "interval": shown, "scale": e.scale, "method": e.method}


def _ratio(e: Estimate) -> str:
    return "odds" if "odds" in e.scale else "risk"

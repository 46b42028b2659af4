"""Effects per unit and per standard deviation of the exposure."""

import numpy as np

from latentmr.data import Dataset
from latentmr.results.answer import Units, ratio_of
from latentmr.results.objects import ConfidenceSet, Estimate
from latentmr.results.rounding import rounded, rounded_set
from latentmr.typing import Row

__all__ = ["effect_rows"]


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
        return {"effect": ratio, "interval": f"{low} to {high}", "scale": f"{ratio_of(e)} ratio", "method": e.method}
    if e.robust_set is None:
        shown = f"{rounded(factor * e.ci_low, se)} to {rounded(factor * e.ci_high, se)}"
    else:
        ends = tuple((factor * low, factor * high) for low, high in e.robust_set.intervals)
        shown = rounded_set(ConfidenceSet(ends, e.alpha), se)
    return {"effect": f"{rounded(beta, se)} {unit}".strip(), "interval": shown, "scale": e.scale, "method": e.method}

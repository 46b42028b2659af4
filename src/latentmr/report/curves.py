"""Curves of learning: eigenvalues, and the objective by number of instruments and by training step."""

import math

from latentmr.report.drawing import ACCENT, SOFT, WARN, Drawing, canvas, number
from latentmr.typing import Row

__all__ = ["number_curve", "scree_curve", "training_curve"]


def number_curve(rows: list[Row]) -> Drawing | None:
    """Draw the held-out objective by number of instruments, with the chosen number in colour.

    Parameters
    ----------
    rows : list of dict
        Rows with ``k, nats, area, accepted`` in increasing order of ``k``.

    Returns
    -------
    Drawing or None
        None if training succeeded for fewer than two numbers.
    """
    drawn = [row for row in rows if math.isfinite(number(row["nats"]))]
    if len(drawn) < 2:
        return None
    chosen = max((row["k"] for row in drawn if row["accepted"] == "yes"), default=drawn[0]["k"])
    with canvas(2.6) as (figure, axes):
        axes.plot([row["k"] for row in drawn], [row["nats"] for row in drawn], color=SOFT, linewidth=1)
        for row in drawn:
            refused = row["accepted"] != "yes"
            colour = ACCENT if row["k"] == chosen else WARN if refused else SOFT
            axes.plot(row["k"], row["nats"], "X" if refused else "o", color=colour, markersize=8)
        axes.set_xticks([row["k"] for row in drawn])
        axes.set_xlabel("number of instruments k")
        axes.set_ylabel("nats per individual")
        axes.grid(axis="y")
    caption = (
        "Objective in held-out individuals by number of instruments; lower is better. It rises beyond the right number"
        " of instruments. The chosen number is blue. An orange cross marks a number whose instruments still differ"
        " between environments."
    )
    alt = (
        f"Held-out objective, in nats per individual, with {drawn[0]['k']} to {drawn[-1]['k']} instruments;"
        f" {chosen} were chosen"
    )
    return Drawing("number", caption, alt, figure)


def scree_curve(data: Row) -> Drawing | None:
    """Draw the eigenvalues of genome-wide principal components, with those that were taken in colour.

    Parameters
    ----------
    data : dict
        ``eigenvalues``, in descending order, and the number ``taken``.

    Returns
    -------
    Drawing or None
        None if fewer than two eigenvalues are known.
    """
    values = [number(value) for value in data.get("eigenvalues", [])]
    if len(values) < 2:
        return None
    taken, places = int(data["taken"]), range(1, len(values) + 1)
    with canvas(2.6) as (figure, axes):
        axes.plot(places, values, color=SOFT, linewidth=1, marker="o", markersize=3)
        axes.plot(places[:taken], values[:taken], "o", color=ACCENT, markersize=5)
        axes.set_yscale("log")
        axes.set_xlabel("genome-wide principal component")
        axes.set_ylabel("eigenvalue")
        axes.grid(axis="y")
    caption = (
        "Eigenvalues of the genetic relationship matrix of variants that are no instruments. The learner is adjusted"
        f" for the blue ones, {taken} of {len(values)} that were computed. The grey ones do not differ from noise, or"
        " were not requested."
    )
    alt = f"Eigenvalues fall from {values[0]:.3g} to {values[-1]:.3g}; {taken} of {len(values)} components were taken"
    return Drawing("scree", caption, alt, figure)


def training_curve(rows: list[Row]) -> Drawing | None:
    """Draw the objective in held-out individuals by training step.

    Parameters
    ----------
    rows : list of dict
        Rows with ``step``, ``total`` and its parts.

    Returns
    -------
    Drawing or None
        None if the objective was evaluated fewer than two times.
    """
    known = [row for row in rows if math.isfinite(number(row.get("total")))]
    if len(known) < 2:
        return None
    steps, totals = [number(row["step"]) for row in known], [number(row["total"]) for row in known]
    with canvas(2.4) as (figure, axes):
        axes.plot(steps, totals, color=ACCENT, linewidth=1.5, marker="o", markersize=3)
        axes.set_xlabel("step")
        axes.set_ylabel("objective, held out")
        axes.grid(axis="y")
    caption = (
        "Objective in held-out individuals at each evaluation; lower is better. If the curve still falls at the end,"
        " train with more `steps`."
    )
    alt = f"The objective goes from {totals[0]:.3g} at step {steps[0]:.0f} to {totals[-1]:.3g} at step {steps[-1]:.0f}"
    return Drawing("training", caption, alt, figure)

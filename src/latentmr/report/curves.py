"""Curves: eigenvalues and the estimate by number of components, the objective by instruments and training step."""

import math

from latentmr.report.drawing import ACCENT, LINE, MARKS, SOFT, WARN, Drawing, canvas, number
from latentmr.typing import Row

__all__ = ["number_curve", "path_curve", "scree_curve", "training_curve"]

#: Half the width of a 95 % interval in standard errors.
Z95 = 1.959963984540054
#: Colour of estimates with more components than were taken.
MORE = MARKS[2][0]


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
        axes.set_yscale("log", subs=())
        # the default labels of a logarithmic axis are formulas
        axes.yaxis.get_major_locator().set_params(subs=(1, 2, 5))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_formatter(lambda value, _: "")
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


def path_curve(rows: list[Row]) -> Drawing | None:
    """Draw the estimate by number of genome-wide components, and mark the number taken.

    Parameters
    ----------
    rows : list of dict
        Rows with ``components, beta, se, taken`` in increasing order of ``components``; ``taken`` is true in one row.

    Returns
    -------
    Drawing or None
        None if the estimate is known for the number taken only, or not for it.
    """
    known = [row for row in rows if math.isfinite(number(row["beta"])) and number(row["se"]) > 0]
    chosen = next((row for row in known if row["taken"]), None)
    if chosen is None or len(known) < 2:
        return None
    taken, centre = int(chosen["components"]), number(chosen["beta"])
    fewer, more = ([row for row in known if side * (row["components"] - taken) > 0] for side in (-1, 1))
    with canvas(2.8) as (figure, axes):
        axes.axvline(taken, color=SOFT, linewidth=0.8, linestyle="dashed")
        axes.axhline(centre, color=LINE, linewidth=0.8)
        for part, colour, marker in ((fewer, SOFT, "s"), ([chosen], ACCENT, "o"), (more, MORE, "^")):
            axes.errorbar(
                [row["components"] for row in part],
                [row["beta"] for row in part],
                [Z95 * number(row["se"]) for row in part],
                color=colour,
                fmt=marker,
                markersize=6 if part == [chosen] else 4,
                linewidth=1,
            )
        axes.set_ylim(*_height(known, centre, number(chosen["se"])))
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel("number of genome-wide principal components")
        axes.set_ylabel("estimate")
        axes.grid(axis="y")
    without, beyond = (
        " Grey squares are LIML on the genotypes, adjusted for fewer components and no ancestry groups: confounding"
        " makes them differ from the blue one.",
        " Green triangles are LIML on the learned instruments, adjusted for more components as well: if they differ"
        " from the blue one, the components taken leave structure that confounds.",
    )
    caption = (
        "The estimate with its 95 % interval by number of genome-wide components. Blue, at the dashed line, is LIML on"
        f" the learned instruments with the {taken} taken.{without if fewer else ''}{beyond if more else ''} Intervals"
        " treat instruments and components as fixed. All estimates share their data, so that their differences vary"
        " less than the intervals suggest."
    )
    ends = "; ".join(f"{row['beta']:.3g} with {row['components']}" for row in (known[0], chosen, known[-1]))
    return Drawing("path", caption, f"Estimate by number of components, {taken} taken: {ends}", figure)


def _height(rows: list[Row], centre: float, se: float) -> tuple[float, float]:
    """Return a range that covers all estimates. Much wider intervals are cut at its ends."""
    betas = [number(row["beta"]) for row in rows]
    span = max(max(betas) - min(betas), 2 * Z95 * se)
    ends = [(number(row["beta"]) + side * Z95 * number(row["se"])) for row in rows for side in (-1, 1)]
    low, high = max(min(ends), min(betas) - span), min(max(ends), max(betas) + span)
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


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

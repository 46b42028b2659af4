"""The flow of individuals and variants from the files to the estimate."""

import math
from typing import Any

from latentmr.report.drawing import ACCENT, INK, LINE, SOFT, Drawing, canvas, number, plain
from latentmr.typing import Row

__all__ = ["flow_chart"]


def flow_chart(rows: list[Row]) -> Drawing | None:
    """Draw the number of individuals and variants after each step, and the number that it removed.

    Parameters
    ----------
    rows : list of dict
        Rows with ``unit, stage, reason, removed, remaining``.

    Returns
    -------
    Drawing or None
    """
    # steps that removed nothing are only in the table
    rows = [row for i, row in enumerate(rows) if row["removed"] != 0 or row["stage"] == "read" or i == len(rows) - 1]
    units = [unit for unit in ("samples", "variants") if any(row["unit"] == unit for row in rows)]
    if not units:
        return None
    parts = {unit: [row for row in rows if row["unit"] == unit] for unit in units}
    ratios = [len(part) + 1 for part in parts.values()]
    with canvas(0.6 + 0.3 * sum(ratios), nrows=len(units), height_ratios=ratios, squeeze=False) as (figure, grid):
        for axes, (unit, part) in zip(grid[:, 0], parts.items(), strict=True):
            _bars(axes, part)
            axes.set_title("Individuals" if unit == "samples" else "Variants")
    said = "; ".join(f"{row['reason']}: {_words(row)}" for row in rows[:12])
    caption = "Number that remains after each step, and number that the step removed."
    if "samples" in parts:
        caption += (
            " Steps of the stage learning determine the individuals in learning; steps of the stage estimation"
            " determine those in estimation. Small counts are hidden, and so are counts from which they could be"
            " derived."
        )
    what = " and ".join({"samples": "individuals"}.get(unit, unit) for unit in units)
    return Drawing("flow", caption, f"Flow of {what}: {said}", figure)


def _bars(axes: Any, rows: list[Row]) -> None:
    top = max((number(row["remaining"]) for row in rows if math.isfinite(number(row["remaining"]))), default=1.0)
    for place, row in enumerate(rows):
        left = number(row["remaining"])
        known = math.isfinite(left)
        colour = ACCENT if row["stage"] == "estimation" else SOFT if row["stage"] == "learning" else LINE
        axes.barh(
            place,
            left if known else top,
            height=0.6,
            color=colour if known else "none",
            edgecolor=SOFT,
            linewidth=0 if known else 0.8,
            linestyle=":",
        )
        axes.text(1.02 * top, place, _words(row), va="center", fontsize=8, color=INK)
    labels = [str(row["reason"]) for row in rows]
    axes.set_yticks(range(len(rows)), [x if len(x) <= 48 else x[:47] + "…" for x in labels], fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1.6 * (top or 1.0))
    axes.set_xticks([])
    plain(axes)
    axes.spines["bottom"].set_visible(False)


def _words(row: Row) -> str:
    left, gone = (f"{v:,}" if isinstance(v, int) else str(v) for v in (row["remaining"], row["removed"]))
    return f"{left} remain" + ("" if row["removed"] == 0 else f", {gone} removed")

"""A forest plot of all estimates as inline SVG."""

import math
from typing import Any

from markupsafe import Markup

from latentmr.report.shapes import line, text

__all__ = ["forest_svg"]

ROW, LEFT, WIDTH, RIGHT = 24, 260, 400, 240


def forest_svg(rows: list[dict[str, Any]]) -> Markup:
    """Draw estimates with their Wald intervals, the primary one in colour.

    Parameters
    ----------
    rows : list of dict
        As in ``estimates.tsv``.

    Returns
    -------
    Markup
        SVG with a text alternative; empty where there is nothing to draw. Rows on another scale than the primary one
        (ratios beside differences), and those without an interval, are not drawn.
    """
    scale = next((row.get("scale") for row in rows if row["primary"] == "true"), None)
    drawn = [
        row
        for row in rows
        if row.get("scale") == scale and all(math.isfinite(row[name]) for name in ("beta", "ci_low", "ci_high"))
    ]
    if not drawn:
        return Markup("")
    low, high = _range(drawn)

    def place(value: float) -> float:
        return LEFT + WIDTH * (min(max(value, low), high) - low) / (high - low)

    height = ROW * (len(drawn) + 2)
    parts = [
        Markup('<svg role="img" viewBox="0 0 {} {}" aria-label="{}">').format(
            LEFT + WIDTH + RIGHT, height, f"Forest plot of {len(drawn)} estimates with Wald intervals"
        )
    ]
    parts.append(line(place(0), ROW * 0.5, place(0), height - ROW * 1.2, "zero"))
    for i, row in enumerate(drawn):
        middle = ROW * (i + 1)
        kind = "primary" if row["primary"] == "true" else "foil"
        given = " (given)" if str(row.get("se_type", "")).endswith("given the instruments") else ""
        label = f"{row['method']}{given} · {row['instruments']} · {row['adjustment']}"
        parts.append(text(8, middle + 4, label, kind, "start"))
        parts.append(line(place(row["ci_low"]), middle, place(row["ci_high"]), middle, kind))
        for cut, edge, arrow in ((row["ci_low"] < low, low, "◂"), (row["ci_high"] > high, high, "▸")):
            if cut:  # the interval goes on beyond the drawing
                parts.append(text(place(edge), middle + 4, arrow, kind, "middle"))
        parts.append(Markup('<circle class="{}" cx="{:.1f}" cy="{}" r="4"/>').format(kind, place(row["beta"]), middle))
        numbers = f"{row['beta']:#.3g} ({row['ci_low']:#.3g}, {row['ci_high']:#.3g})"
        parts.append(text(LEFT + WIDTH + 12, middle + 4, numbers, kind, "start"))
    for value in (low, 0.0, high):
        parts.append(text(place(value), height - 6, f"{value:.3g}", "axis", "middle"))
    return Markup("").join([*parts, Markup("</svg>")])


def _range(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """Cover zero and all estimates; intervals far wider than the estimates' range are cut at the edge."""
    centres = [0.0, *(row["beta"] for row in rows if row["se"] < 10 * (1 + abs(rows[0]["beta"])))]
    span = max(centres) - min(centres) or 1.0
    low = max(min(row["ci_low"] for row in rows), min(centres) - 0.5 * span)
    high = min(max(row["ci_high"] for row in rows), max(centres) + 0.5 * span)
    return (min(low, 0.0), max(high, 0.0)) if low < 0 or high > 0 else (-1.0, 1.0)

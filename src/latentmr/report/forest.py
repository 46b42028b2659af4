"""Forest plots: estimates, environments, and the estimate without each of them."""

import math
from dataclasses import dataclass
from typing import Any

from latentmr.report.drawing import ACCENT, INK, SOFT, WARN, Drawing, canvas, number, plain
from latentmr.rounding import rounded

__all__ = ["environments_forest", "estimates_forest", "without_forest"]

Row = dict[str, Any]

#: Rows that can still be read.
MOST = 40
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Line:
    """One row: what it is, the estimate, its interval, and whether it stands out."""

    label: str
    beta: float
    low: float
    high: float
    colour: str = SOFT
    bold: bool = False

    @property
    def numbers(self) -> str:
        """Estimate and interval in words."""
        se = (self.high - self.low) / (2 * Z95)
        return f"{rounded(self.beta, se)} ({rounded(self.low, se)} to {rounded(self.high, se)})"


def estimates_forest(rows: list[Row]) -> Drawing | None:
    """All estimates with their Wald intervals, those to quote in colour.

    Parameters
    ----------
    rows : list of dict
        As in ``estimates.tsv``.

    Returns
    -------
    Drawing or None
        None where nothing can be drawn. Rows on another scale than the primary one (ratios beside differences), and
        those without an interval, are left out.
    """
    scale = next((row.get("scale") for row in rows if row["primary"] == "true"), None)
    several = len({row["exposure"] for row in rows}) > 1
    lines = []
    for row in rows:
        beta, low, high = (number(row[name]) for name in ("beta", "ci_low", "ci_high"))
        if row.get("scale") == scale and math.isfinite(beta + high - low):
            primary = row["primary"] == "true"
            given = " (given)" if str(row.get("se_type", "")).endswith("given the instruments") else ""
            label = f"{row['method']}{given} · {row['instruments']} · {row['adjustment']}"
            label = f"{row['exposure']}: {label}" if several else label
            lines.append(Line(label, beta, low, high, ACCENT if primary else SOFT, primary))
    if not lines:
        return None
    caption = (
        "Every estimate with its Wald interval; the one to quote in colour. Rows on genotypes (G) are foils: they are"
        " biased where variants are confounded with the outcome."
    )
    return _forest("estimates", caption, "estimate", lines)


def environments_forest(rows: list[Row], primary: Row | None) -> Drawing | None:
    """The effect in each environment, and the strength of the instruments there.

    Parameters
    ----------
    rows : list of dict
        ``environment, beta, se, f_statistic``.
    primary : dict, optional
        Row of the estimate to quote, drawn as a line.

    Returns
    -------
    Drawing or None
    """
    known = [row for row in rows if math.isfinite(number(row["beta"])) and number(row["se"]) > 0]
    chosen = sorted(known, key=lambda row: number(row["se"]))[:MOST]
    lines = [_around(row["environment"], row["beta"], row["se"]) for row in known if row in chosen]
    if not lines:
        return None
    caption = (
        "The effect in each environment with its Wald interval, and the first-stage F of the instruments there (10: a"
        " common bound of weak instruments). The dashed line is the estimate to quote; where environments differ from"
        " it by more than their intervals allow, the instruments are not exogenous in all of them, or the effect"
        " differs."
    )
    strength = [number(row["f_statistic"]) for row in known if row in chosen]
    return _forest("environments", caption + _left_out(known), "effect", lines, primary, strength)


def without_forest(rows: list[Row], primary: Row | None) -> Drawing | None:
    """The estimate without each environment.

    Parameters
    ----------
    rows : list of dict
        ``environment, beta, se of the difference``.
    primary : dict, optional
        Row of the estimate to quote, drawn as a line.

    Returns
    -------
    Drawing or None
    """
    known = [row for row in rows if math.isfinite(number(row["beta"])) and number(row["se of the difference"]) > 0]
    chosen = sorted(known, key=lambda row: -number(row["se of the difference"]))[:MOST]
    lines = [
        _around(f"without {row['environment']}", row["beta"], row["se of the difference"])
        for row in known
        if row in chosen
    ]
    if not lines:
        return None
    centre = math.nan if primary is None else number(primary["beta"])
    lines = [
        Line(row.label, row.beta, row.low, row.high, WARN) if not row.low <= centre <= row.high else row
        for row in lines
    ]
    caption = (
        "The estimate when an environment is left out, with an interval for its difference from the estimate to quote"
        " (dashed). In orange: the answer rests on that environment."
    )
    return _forest("without", caption + _left_out(known), "estimate", lines, primary)


def _around(label: str, beta: Any, se: Any) -> Line:
    value, half = number(beta), Z95 * number(se)
    return Line(str(label), value, value - half, value + half)


def _left_out(rows: list[Row]) -> str:
    return f" {MOST} of {len(rows)} are drawn, those that tell most." if len(rows) > MOST else ""


def _forest(
    name: str,
    caption: str,
    axis: str,
    lines: list[Line],
    primary: Row | None = None,
    strength: list[float] | None = None,
) -> Drawing:
    low, high = _range(lines)
    height = 0.75 + 0.24 * len(lines)
    widths = [3, 1] if strength else [1]
    with canvas(height, ncols=len(widths), width_ratios=widths, sharey=True, squeeze=False) as (figure, grid):
        axes = grid[0, 0]
        axes.axvline(0, color=SOFT, linewidth=0.8)
        if primary is not None:
            axes.axvline(number(primary["beta"]), color=ACCENT, linewidth=1, linestyle="--")
        for place, line in enumerate(lines):
            width = 2.4 if line.bold else 1.2
            axes.plot([max(line.low, low), min(line.high, high)], [place, place], color=line.colour, linewidth=width)
            for cut, edge, marker in ((line.low < low, low, "<"), (line.high > high, high, ">")):
                if cut:  # the interval goes on beyond the drawing
                    axes.plot(edge, place, marker, color=line.colour, markersize=4)
            if not strength:
                axes.text(1.03, place, line.numbers, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
            if low <= line.beta <= high:
                axes.plot(line.beta, place, "o", color=line.colour, markersize=5 if line.bold else 4)
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_yticks(range(len(lines)), [_short(line.label) for line in lines], fontsize=8)
        for text, line in zip(axes.get_yticklabels(), lines, strict=True):
            text.set(color=INK, fontweight="bold" if line.bold else "normal")
        axes.set_xlim(low, high)
        axes.set_xlabel(axis)
        plain(axes)
        if strength:
            _dots(grid[0, 1], strength)
    stated = "; ".join(f"{line.label} {line.numbers}" for line in lines[:8])
    more = f"; and {len(lines) - 8} more" if len(lines) > 8 else ""
    return Drawing(name, caption, f"Forest plot of {len(lines)} rows: {stated}{more}", figure)


def _dots(axes: Any, strength: list[float]) -> None:
    axes.axvline(10, color=WARN, linewidth=0.8, linestyle=":")
    for place, value in enumerate(strength):
        if math.isfinite(value) and value > 0:
            axes.plot(value, place, "o", color=ACCENT, markersize=4)
    axes.set_xscale("log")
    # the usual labels of a logarithmic axis are formulas
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.set_xlabel("first-stage F")
    plain(axes)


def _short(label: str, most: int = 44) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"


def _range(lines: list[Line]) -> tuple[float, float]:
    """Cover zero and all estimates; intervals far wider than the estimates' range are cut at the edge."""
    first = lines[0]
    near = [line for line in lines if line.high - line.low < 40 * (1 + abs(first.beta))] or [first]
    centres = [0.0, *(line.beta for line in near)]
    span = max(centres) - min(centres) or 1.0
    low = max(min(line.low for line in lines), min(centres) - 0.5 * span)
    high = min(max(line.high for line in lines), max(centres) + 0.5 * span)
    low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.03 * (high - low) or 1.0
    return low - margin, high + margin

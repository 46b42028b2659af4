"""Forest plots: estimates, effects by environment, and the estimate without each environment."""

import math
import re
from dataclasses import dataclass
from typing import Any

from latentmr.report.drawing import ACCENT, INK, SOFT, WARN, Drawing, canvas, number, plain
from latentmr.results.estimate import is_fixed
from latentmr.results.rounding import rounded
from latentmr.typing import Row

__all__ = [
    "MOST", "Line", "around", "environments_forest", "estimates_forest", "forest", "line_of", "one_sample", "short",
    "without_forest",
]  # fmt: skip


#: Maximum number of rows.
MOST = 40
Z95 = 1.959963984540054
#: Parts of captions.
SUMMARY = (
    " Rows marked one-sample are two-sample methods on associations of single variants in the same individuals. Methods"
    " that are robust to pleiotropy do not remove this confounding either."
)
FIXED_ROWS = " Errors of rows marked fixed treat the instruments as fixed."
SETS = " Dotted lines are sets of effects that a test does not reject, for methods without a Wald interval."


@dataclass(frozen=True)
class Line:
    """One row: label, estimate, interval, and emphasis.

    A row without numbers is a heading. ``pieces`` is a set of effects, with the ends ``low`` and ``high``. ``words``
    replace the numbers.
    """

    label: str
    beta: float
    low: float
    high: float
    colour: str = SOFT
    bold: bool = False
    pieces: tuple[tuple[float, float], ...] = ()
    words: str = ""

    @property
    def numbers(self) -> str:
        """Return estimate and interval in words."""
        if self.words or math.isnan(self.low):
            return self.words
        se = (self.high - self.low) / (2 * Z95)
        if not self.pieces:
            return f"{rounded(self.beta, se)} ({rounded(self.low, se)} to {rounded(self.high, se)})"
        found = " U ".join(f"[{rounded(low, se)}, {rounded(high, se)}]" for low, high in self.pieces)
        return f"{rounded(self.beta, se)} {found}" if math.isfinite(self.beta) else found


def estimates_forest(rows: list[Row]) -> Drawing | None:
    """Draw all estimates with their Wald intervals, the primary ones in colour.

    Parameters
    ----------
    rows : list of dict
        Rows of ``estimates.tsv``.

    Returns
    -------
    Drawing or None
        None if nothing can be drawn. Rows on another scale than the primary one (ratios and differences) are left out,
        and so are rows with neither an interval nor a set.
    """
    scale = next((row.get("scale") for row in rows if row["primary"] == "true"), None)
    several = len({row["exposure"] for row in rows}) > 1
    lines = []
    for row in rows:
        fixed = " (fixed)" if is_fixed(row.get("se_type", "")) else ""
        label = f"{row['method']}{fixed} · {row['instruments']} · {row['adjustment']}"
        line = line_of(row, f"{row['exposure']}: {label}" if several else label)
        if line is not None and row.get("scale") == scale:
            lines.append(line)
    if not lines:
        return None
    caption = (
        "All estimates with their Wald intervals; the estimate to quote is in colour. Rows on genotypes (G) are"
        " comparators, which are biased if variants are confounded with the outcome."
        + (FIXED_ROWS if any(is_fixed(row.get("se_type", "")) for row in rows) else "")
        + (SUMMARY if any(map(one_sample, rows)) else "")
        + (SETS if any(line.pieces for line in lines) else "")
    )
    return forest("estimates", caption, "estimate", lines)


def one_sample(row: Row) -> bool:
    """Return whether a row comes from a two-sample method on the associations of a one-sample analysis."""
    return str(row.get("method", "")).endswith(", one-sample")


def line_of(row: Row, label: str) -> Line | None:
    """Return the row of an estimate with its Wald interval or else its set, or None if it has neither."""
    beta, low, high = (number(row[name]) for name in ("beta", "ci_low", "ci_high"))
    pieces: tuple[tuple[float, float], ...] = ()
    if not math.isfinite(beta + high - low):
        said = [str(value) for name, value in row.items() if name.startswith("ci_") and "[" in str(value)]
        ends = re.findall(r"\[([^\[\],]+),([^\[\],]+)\]", said[0]) if said else []
        pieces = tuple((number(first), number(last)) for first, last in ends)
        if not pieces or math.isnan(sum(last - first for first, last in pieces)):
            return None
        beta, low, high = beta if math.isfinite(beta) else math.nan, pieces[0][0], pieces[-1][1]
    primary = row["primary"] == "true"
    return Line(label, beta, low, high, ACCENT if primary else SOFT, primary, pieces)


def environments_forest(rows: list[Row], primary: Row | None) -> Drawing | None:
    """Draw the effect in each environment, and the strength of the instruments there.

    Parameters
    ----------
    rows : list of dict
        Rows with ``environment, beta, se, f_statistic``.
    primary : dict, optional
        Row of the primary estimate, which is drawn as a line.

    Returns
    -------
    Drawing or None
    """
    known = [row for row in rows if math.isfinite(number(row["beta"])) and number(row["se"]) > 0]
    chosen = sorted(known, key=lambda row: number(row["se"]))[:MOST]
    lines = [around(row["environment"], row["beta"], row["se"]) for row in known if row in chosen]
    if not lines:
        return None
    caption = (
        "The effect in each environment with its Wald interval, and the first-stage F of the instruments there (10 is a"
        " common bound for weak instruments). The dashed line is the estimate to quote. If environments differ from it"
        " by more than their intervals allow, either the instruments are not exogenous in all of them, or the effect"
        " differs between environments."
    )
    strength = [number(row["f_statistic"]) for row in known if row in chosen]
    return forest("environments", caption + _left_out(known), "effect", lines, _beta(primary), strength)


def without_forest(rows: list[Row], primary: Row | None) -> Drawing | None:
    """Draw the estimate without each environment.

    Parameters
    ----------
    rows : list of dict
        Rows with ``environment, beta, se of the difference``.
    primary : dict, optional
        Row of the primary estimate, which is drawn as a line.

    Returns
    -------
    Drawing or None
    """
    known = [row for row in rows if math.isfinite(number(row["beta"])) and number(row["se of the difference"]) > 0]
    chosen = sorted(known, key=lambda row: -number(row["se of the difference"]))[:MOST]
    lines = [
        around(f"without {row['environment']}", row["beta"], row["se of the difference"])
        for row in known
        if row in chosen
    ]
    if not lines:
        return None
    centre = _beta(primary)
    lines = [
        Line(row.label, row.beta, row.low, row.high, WARN) if not row.low <= centre <= row.high else row
        for row in lines
    ]
    caption = (
        "The estimate without each environment, with an interval for its difference from the estimate to quote (dashed"
        " line). If a row is orange, the answer depends on that environment."
    )
    return forest("without", caption + _left_out(known), "estimate", lines, centre)


def _beta(primary: Row | None) -> float:
    return math.nan if primary is None else number(primary["beta"])


def around(label: str, beta: Any, se: Any) -> Line:
    """Return the row of an estimate with its standard error."""
    value, half = number(beta), Z95 * number(se)
    return Line(str(label), value, value - half, value + half)


def _left_out(rows: list[Row]) -> str:
    return f" The figure shows the {MOST} most precise of {len(rows)}." if len(rows) > MOST else ""


def forest(
    name: str,
    caption: str,
    axis: str,
    lines: list[Line],
    centre: float = math.nan,
    strength: list[float] | None = None,
    span: tuple[float, float] | None = None,
) -> Drawing:
    """Draw a forest plot.

    Parameters
    ----------
    name, caption : str
        Name and caption of the figure.
    axis : str
        Label of the horizontal axis.
    lines : list of Line
    centre : float
        Position of a dashed line; NaN for no line.
    strength : list of float, optional
        First-stage F of each row, drawn next to it in place of its numbers.
    span : (float, float), optional
        Range of the axis. Intervals beyond it end in an arrow. By default the range covers all estimates and zero.

    Returns
    -------
    Drawing
    """
    low, high = span or _range(lines)
    height = 0.75 + 0.24 * len(lines)
    widths = [3, 1] if strength else [1]
    with canvas(height, ncols=len(widths), width_ratios=widths, sharey=True, squeeze=False) as (figure, grid):
        axes = grid[0, 0]
        axes.axvline(0, color=SOFT, linewidth=0.8)
        if math.isfinite(centre):
            axes.axvline(centre, color=ACCENT, linewidth=1, linestyle="dashed")
        for place, line in enumerate(lines):
            _interval(axes, place, line, low, high)
            if not strength:
                axes.text(1.03, place, line.numbers, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_yticks(range(len(lines)), [short(line.label) for line in lines], fontsize=8)
        for text, line in zip(axes.get_yticklabels(), lines, strict=True):
            text.set(color=INK, fontweight="bold" if line.bold else "normal")
        axes.set_xlim(low, high)
        axes.set_xlabel(axis)
        plain(axes)
        axes.tick_params(axis="y", pad=6)  # leaves room for arrows at the edge
        if strength:
            _dots(grid[0, 1], strength)
    known = [line for line in lines if line.numbers]
    stated = "; ".join(f"{short(line.label, 80)} {line.numbers}" for line in known[:8])
    more = f"; and {len(known) - 8} more" if len(known) > 8 else ""
    return Drawing(name, caption, f"Forest plot of {len(known)} rows: {stated}{more}", figure)


def _interval(axes: Any, place: int, line: Line, low: float, high: float) -> None:
    width = 2.4 if line.bold else 1.2
    for first, last in line.pieces or ((line.low, line.high),):
        if first <= high and last >= low:
            ends, style = [max(first, low), min(last, high)], ":" if line.pieces else "-"
            axes.plot(ends, [place, place], style, color=line.colour, linewidth=width)
    for cut, edge, marker in ((line.low < low, low, "<"), (line.high > high, high, ">")):
        if cut:  # the interval extends beyond the axis
            axes.plot(edge, place, marker, color=line.colour, markersize=4, clip_on=False)
    if low <= line.beta <= high:
        axes.plot(line.beta, place, "o", color=line.colour, markersize=5 if line.bold else 4)


def _dots(axes: Any, strength: list[float]) -> None:
    axes.axvline(10, color=WARN, linewidth=0.8, linestyle=":")
    for place, value in enumerate(strength):
        if math.isfinite(value) and value > 0:
            axes.plot(value, place, "o", color=ACCENT, markersize=4)
    axes.set_xscale("log")
    # the default labels of a logarithmic axis are formulas
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.set_xlabel("first-stage F")
    plain(axes)


def short(label: str, most: int = 44) -> str:
    """Return a label, cut to at most ``most`` characters."""
    return label if len(label) <= most else label[: most - 1] + "…"


def _range(lines: list[Line]) -> tuple[float, float]:
    """Return a range that covers zero and all estimates. Much wider intervals are cut at its ends."""
    first = next((line.beta for line in lines if math.isfinite(line.beta)), 0.0)
    near = [line.beta for line in lines if line.high - line.low < 40 * (1 + abs(first))] or [first]
    centres = [0.0, *(beta for beta in near if math.isfinite(beta))]
    span = max(centres) - min(centres) or 1.0
    low = max(min(line.low for line in lines), min(centres) - 0.5 * span)
    high = min(max(line.high for line in lines), max(centres) + 0.5 * span)
    low, high = min(low, 0.0), max(high, 0.0)
    margin = 0.03 * (high - low) or 1.0
    return low - margin, high + margin

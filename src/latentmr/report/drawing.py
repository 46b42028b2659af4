"""Figures in one style, as inline SVG with the colours of the page and as files."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from latentmr.results.text import clipped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ACCENT", "INK", "LINE", "MARKS", "PAPER", "SOFT", "WARN", "Drawing", "canvas", "number", "plain"]

#: Colours of the light page by their name in its style sheet, which has other colours for the dark page.
INK, SOFT, LINE, PAPER, ACCENT, WARN = "#1b1f24", "#59636e", "#d1d9e0", "#fffffe", "#0072b2", "#d55e00"
VARIABLES = {INK: "ink", SOFT: "soft", LINE: "line", PAPER: "paper", ACCENT: "accent", WARN: "warn"}
#: Okabe and Ito's colours, which the colour-blind tell apart, with a marker each.
MARKS = (
    ("#0072b2", "o"),
    ("#d55e00", "s"),
    ("#009e73", "^"),
    ("#cc79a7", "D"),
    ("#e69f00", "v"),
    ("#56b4e9", "P"),
)
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    # names of the data are not formulas
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
}
WIDTH = 7.2


@dataclass(frozen=True)
class Drawing:
    """A figure with its caption and its text alternative.

    Parameters
    ----------
    name : str
        Name of its files, and part of its identifiers.
    caption : str
        Explanation of the figure.
    alt : str
        Text alternative for readers who cannot see the figure.
    figure : matplotlib.figure.Figure
    """

    name: str
    caption: str
    alt: str
    figure: "Figure"

    def __repr__(self) -> str:
        return f"Drawing({self.name}: {clipped(self.alt, 200)})"

    def svg(self) -> Markup:
        """Return inline SVG with the colours of the page around it."""
        text = self._saved(facecolor="none")
        for colour, variable in VARIABLES.items():
            text = re.sub(colour, f"var(--{variable})", text, flags=re.IGNORECASE)
        text = re.sub(r"<\?xml.*?(?=<svg)|<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
        box = re.search(r'viewBox="([^"]*)"', text)
        head = Markup('<svg role="img" aria-label="{}" viewBox="{}">').format(self.alt, box.group(1) if box else "")
        # matplotlib has escaped all text
        return Markup(re.sub(r"<svg[^>]*>", lambda _: str(head), text, count=1))

    def save(self, folder: Path) -> list[Path]:
        """Write ``name.svg`` and ``name.png``, in the colours of the light page, on white."""
        paths = [folder / f"{self.name}.{suffix}" for suffix in ("svg", "png")]
        head = f"<svg><title>{escape(self.alt)}</title>"
        text = self._saved(facecolor="white")
        paths[0].write_text(re.sub(r"(<svg[^>]*>)", lambda found: found.group(1) + head[5:], text, count=1), "utf-8")
        with _quiet(self.name):
            self._arrange()
            self.figure.savefig(paths[1], dpi=200, facecolor="white")
        return paths

    def _saved(self, facecolor: str) -> str:
        out = io.StringIO()
        with _quiet(self.name):
            self._arrange()
            self.figure.savefig(out, format="svg", facecolor=facecolor, metadata={"Date": None, "Creator": None})
        return out.getvalue()

    def _arrange(self) -> None:
        """Place the axes once and for all; otherwise each saved file draws the figure twice."""
        if engine := self.figure.get_layout_engine():
            engine.execute(self.figure)
            self.figure.set_layout_engine("none")


@contextmanager
def canvas(height: float, width: float = WIDTH, **grid: Any) -> Iterator[tuple["Figure", Any]]:
    """Create a figure with axes in the style of the report.

    Parameters
    ----------
    height, width : float
        Size in inches.
    **grid
        Arguments of ``Figure.subplots``.

    Yields
    ------
    matplotlib.figure.Figure
    matplotlib.axes.Axes or array of these
    """
    from matplotlib import rc_context  # noqa: PLC0415  slow to import, so only if something is drawn
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots(**grid)


def plain(axes: "Axes") -> None:
    """Remove all axes except the horizontal one."""
    axes.spines[["left", "top", "right"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def number(value: object) -> float:
    """Return a cell of a table as a number, or NaN if it is not a number."""
    try:
        return float(value)  # type: ignore[arg-type]  # other values are caught below
    except (TypeError, ValueError):
        return float("nan")


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Derive identifiers from the name, and silence warnings about glyphs that fonts of browsers have."""
    from matplotlib import rc_context  # noqa: PLC0415

    with rc_context(STYLE | {"svg.hashsalt": name}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield

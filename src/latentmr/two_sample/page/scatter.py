"""Scatter plot of effects on the outcome against effects on the exposure."""

import math
from typing import Any

import numpy as np

from latentmr.report.drawing import MARKS, SOFT, Drawing, canvas, number
from latentmr.report.forest import short
from latentmr.two_sample.page.frame import beyond_words, draw_points, robust_range, said
from latentmr.two_sample.page.labels import name_points
from latentmr.two_sample.page.variants import Variants
from latentmr.typing import Row

__all__ = ["STYLES", "scatter_plot"]


#: Line styles, so that lines differ in more than colour.
STYLES: tuple[Any, ...] = ("-", "dashed", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 3)))
Z95 = 1.96
#: Number of variants up to which intervals are drawn.
BARRED = 100


def scatter_plot(variants: Variants, lines: list[Row], outcome: str, name: str = "scatter") -> Drawing:
    """Draw variants and the lines of methods.

    Parameters
    ----------
    variants : Variants
    lines : list of dict
        ``method, slope, intercept`` of this exposure's lines.
    outcome : str
        Name of the outcome.
    name : str
        Name of the drawing.

    Returns
    -------
    Drawing
    """
    x, y = variants.x, variants.y
    known = [(str(row["method"]), number(row["slope"]), number(row.get("intercept") or 0)) for row in lines]
    known = [line for line in known if math.isfinite(line[1] + line[2])][: len(STYLES)]
    width = robust_range(x, cover=[0.0], stretch=4.0)
    height = robust_range(y, cover=[0.0])
    with canvas(4.2) as (figure, axes):
        axes.axhline(0, color=SOFT, linewidth=0.6)
        axes.axvline(0, color=SOFT, linewidth=0.6)
        beyond = draw_points(axes, x, y, variants.outlier, width, height)
        if len(x) <= BARRED:
            bars = {"fmt": "none", "ecolor": SOFT, "elinewidth": 0.6, "alpha": 0.5, "zorder": 2}
            there = np.setdiff1d(np.arange(len(x)), beyond)
            errors = {"xerr": Z95 * variants.sx[there], "yerr": Z95 * variants.sy[there]}
            axes.errorbar(x[there], y[there], **errors, **bars)
        ends = np.array([max(width[0], 0.0), width[1]])
        for (method, slope, intercept), (colour, _), style in zip(known, MARKS, STYLES, strict=False):
            label = f"{short(method, 30)} ({slope:.3g})"
            axes.plot(
                ends, intercept + slope * ends, color=colour, linestyle=style, linewidth=1.6, label=label, zorder=4
            )
        name_points(axes, x, y, variants)
        axes.set_xlim(*width)
        axes.set_ylim(*height)
        axes.set_xlabel(f"effect on {short(variants.exposure, 60)}")
        axes.set_ylabel(f"effect on {short(outcome, 40)}")
        if known:
            figure.legend(loc="outside lower center", ncols=2)
    caption = (
        ("1 variant" if len(x) == 1 else f"{len(x):,} variants, each")
        + f" coded for the allele that raises {short(variants.exposure, 80)}"
        + (", with 95 % intervals" if len(x) <= BARRED else "")
        + ". The slope of a line is the effect by that method. A line that does not pass through the origin (MR-Egger)"
        " indicates directional pleiotropy."
        + (" Orange squares: outliers." if variants.outlier.any() else "")
        + said(len(x))
        + beyond_words(variants.ids, beyond)
    )
    slopes = "; ".join(f"{short(method, 40)} slope {slope:.3g}, intercept {at:.3g}" for method, slope, at in known)
    alt = (
        f"Scatter plot of {len(x)} variants, effects on {short(outcome, 80)} against effects on"
        f" {short(variants.exposure, 80)}: {slopes or 'no lines'}"
    )
    return Drawing(name, caption, alt, figure)

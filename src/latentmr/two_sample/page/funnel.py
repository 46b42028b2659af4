"""Funnel plot of ratios against their precision."""

import math

import numpy as np

from latentmr.report.drawing import ACCENT, SOFT, WARN, Drawing, canvas
from latentmr.report.forest import short
from latentmr.two_sample.page.frame import beyond_words, draw_points, robust_range, said, tempered
from latentmr.two_sample.page.labels import name_points
from latentmr.two_sample.page.variants import Variants

__all__ = ["funnel_plot"]

Z95 = 1.96


def funnel_plot(variants: Variants, ivw: float, egger: float, name: str = "funnel") -> Drawing | None:
    """Draw the ratios against their precision.

    Parameters
    ----------
    variants : Variants
    ivw, egger : float
        Estimates, each drawn as a line; NaN for no line.
    name : str
        Name of the drawing.

    Returns
    -------
    Drawing or None
        None if no variant has a ratio.
    """
    shown = variants.with_ratios
    if not shown.ids:
        return None
    ratio, precision = shown.ratio, np.sqrt(shown.weight)
    width = robust_range(ratio, cover=[0.0, ivw, egger], weights=tempered(precision))
    height = (0.0, robust_range(precision, cover=[0.0], stretch=4.0)[1])
    with canvas(4.0) as (figure, axes):
        axes.axvline(0, color=SOFT, linewidth=0.6)
        if math.isfinite(ivw):
            heights = np.linspace(height[1] / 200, height[1], 200)
            for side in (-1, 1):
                axes.plot(ivw + side * Z95 / heights, heights, color=SOFT, linewidth=0.8, linestyle=":")
        beyond = draw_points(axes, ratio, precision, shown.outlier, width, height)
        for value, label, colour, style in ((ivw, "IVW", ACCENT, "-"), (egger, "MR-Egger", WARN, "dashed")):
            if math.isfinite(value):
                axes.axvline(value, color=colour, linestyle=style, linewidth=1.6, label=f"{label} ({value:.3g})")
        name_points(axes, ratio, precision, shown)
        axes.set_xlabel(f"ratio: effect of {short(variants.exposure, 60)} from one variant")
        axes.set_ylabel("precision (1 / standard error)")
        if math.isfinite(ivw) or math.isfinite(egger):
            figure.legend(loc="outside lower center", ncols=2)
    caption = (
        "The ratio of each variant against its precision. Valid instruments scatter symmetrically around one effect,"
        " 95 % of them between the dotted curves. An asymmetric funnel indicates directional pleiotropy."
        + (" Orange squares: outliers." if shown.outlier.any() else "")
        + said(len(ratio))
        + beyond_words(shown.ids, beyond)
    )
    lines = [f"{label} {value:.3g}" for value, label in ((ivw, "IVW"), (egger, "MR-Egger")) if math.isfinite(value)]
    above = int((ratio > ivw).sum()) if math.isfinite(ivw) else 0
    sides = f"; {above} ratios lie above the IVW estimate and {len(ratio) - above} do not" if lines else ""
    alt = f"Funnel plot of {len(ratio)} ratios for {short(variants.exposure, 80)}: {', '.join(lines)}{sides}"
    return Drawing(name, caption, alt, figure)

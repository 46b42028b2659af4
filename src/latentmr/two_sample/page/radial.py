"""Radial plot: ratios times the root of their weight against that root."""

import math

import numpy as np

from latentmr.report.drawing import ACCENT, SOFT, Drawing, canvas
from latentmr.report.forest import short
from latentmr.two_sample.page.frame import beyond_words, draw_points, robust_range, said
from latentmr.two_sample.page.labels import name_points, to_name
from latentmr.two_sample.page.variants import Variants

__all__ = ["radial_plot"]

Z95 = 1.96


def radial_plot(variants: Variants, ivw: float, name: str = "radial") -> Drawing | None:
    """Draw the radial plot of the weighted regression of ratios.

    Parameters
    ----------
    variants : Variants
    ivw : float
        Slope of the line; if it is NaN, the weighted mean of the ratios is drawn.
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
    root = np.sqrt(shown.weight)
    x, y = root, root * shown.ratio
    slope = ivw if math.isfinite(ivw) else float((shown.weight * shown.ratio).sum() / shown.weight.sum())
    width = robust_range(x, cover=[0.0], stretch=4.0)
    height = robust_range(y, cover=[0.0, slope * width[1]])
    with canvas(4.0) as (figure, axes):
        axes.axhline(0, color=SOFT, linewidth=0.6)
        ends = np.array([0.0, width[1]])
        for side in (-1, 1):
            axes.plot(ends, slope * ends + side * Z95, color=SOFT, linewidth=0.8, linestyle=":")
        beyond = draw_points(axes, x, y, shown.outlier, width, height)
        axes.plot(ends, slope * ends, color=ACCENT, linewidth=1.6, label=f"IVW ({slope:.3g})")
        name_points(axes, x, y, shown)
        axes.set_xlabel("root of the weight")
        axes.set_ylabel("ratio × root of the weight")
        figure.legend(loc="outside lower center")
    names = [short(shown.ids[i], 24) for i in to_name(shown) if shown.outlier[i]]
    listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    caption = (
        "Each ratio times the root of its weight, against that root, so that all points have the same standard error."
        " The slope from the origin to a point is its ratio, points farther to the right have larger weights, and 95 %"
        " of points should lie between the dotted lines."
        + (f" Outliers (orange squares): {listed}." if names else "")
        + said(len(x))
        + beyond_words(shown.ids, beyond)
    )
    far = int((np.abs(y - slope * x) > Z95).sum())
    alt = (
        f"Radial plot of {len(x)} variants for {short(variants.exposure, 80)}: IVW slope {slope:.3g}; {far} lie outside"
        f" the 95 % band; outliers: {listed or 'none marked'}"
    )
    return Drawing(name, caption, alt, figure)

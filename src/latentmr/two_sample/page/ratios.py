"""Distribution of the ratios of many variants, in place of a forest plot."""

import math

import numpy as np

from latentmr.report.drawing import ACCENT, SOFT, WARN, Drawing, canvas, number
from latentmr.report.forest import short
from latentmr.two_sample.page.frame import robust_range, tempered
from latentmr.typing import Row

__all__ = ["COMPACT", "ratios_plot"]


#: Number of variants above which none has its own row.
COMPACT = 200
BINS = 60


def ratios_plot(rows: list[Row], overall: float, name: str = "single") -> Drawing | None:
    """Draw the distribution of the weight of single variants.

    Parameters
    ----------
    rows : list of dict
        ``exposure, id, beta, se`` of one exposure.
    overall : float
        Estimate from all variants, drawn as a line; NaN for no line.
    name : str
        Name of the drawing.

    Returns
    -------
    Drawing or None
    """
    beta, se = (np.array([number(row[name]) for row in rows]) for name in ("beta", "se"))
    known = np.isfinite(beta) & (se > 0)
    if not known.any():
        return None
    beta, weight = beta[known], se[known] ** -2
    low, high = robust_range(beta, cover=[0.0, overall], weights=tempered(np.sqrt(weight)))
    edges = np.linspace(low, high, BINS + 1)
    share = 100 * np.histogram(np.clip(beta, low, high), edges, weights=weight / weight.sum())[0]
    beyond = int(((beta < low) | (beta > high)).sum())
    with canvas(2.8) as (figure, axes):
        colours = [SOFT] * BINS
        if beyond:
            colours[0], colours[-1] = WARN, WARN
        axes.bar(edges[:-1], share, np.diff(edges), align="edge", color=colours, alpha=0.7, linewidth=0)
        axes.axvline(0, color=SOFT, linewidth=0.8)
        if math.isfinite(overall):
            axes.axvline(overall, color=ACCENT, linewidth=1.4, linestyle="dashed")
        axes.set_xlim(low, high)
        axes.set_xlabel(f"ratio: effect of {short(str(rows[0]['exposure']), 60)} from one variant")
        axes.set_ylabel("% of the weight")
        figure.align_labels()
    caption = (
        f"The distribution of the effects from each of {len(beta):,} variants alone (Wald ratios), as shares of the"
        " weight (inverse variance)"
        + (", and the estimate from all variants (dashed)" if math.isfinite(overall) else "")
        + ". Valid instruments form one peak at the effect."
        + (f" The outermost bars, in orange, include {beyond:,} beyond the axis." if beyond else "")
    )
    order = np.argsort(beta, kind="stable")
    middle = beta[order][np.searchsorted(np.cumsum(weight[order]) / weight.sum(), [0.25, 0.75])]
    alt = (
        f"Histogram of {len(beta)} ratios by weight: half of the weight between {middle[0]:.3g} and {middle[1]:.3g};"
        f" estimate of all {overall:.3g}"
    )
    return Drawing(name, caption, alt, figure)

"""Labels of points in a plot, placed without overlap."""

from typing import TYPE_CHECKING

import numpy as np

from latentmr.report.forest import short
from latentmr.two_sample.page.variants import Variants
from latentmr.typing import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["name_points", "to_name"]


#: Maximum number of labels, and number of variants up to which all are labelled.
NAMED, FEW = 12, 10


def name_points(axes: "Axes", x: Array, y: Array, variants: Variants) -> None:
    """Label points, the largest outliers first, without labels that would overlap others."""
    chosen = to_name(variants)[:NAMED]
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    inches = axes.figure.get_size_inches()  # type: ignore[union-attr]  # a drawing has its own figure
    size = 7
    tall = 1.3 * size / (72 * 0.78 * inches[1])
    at = [((x[i] - left) / (right - left), (y[i] - bottom) / (top - bottom)) for i in chosen]
    taken = [(across - 0.006, across + 0.006, up - 0.012, up + 0.012) for across, up in at]
    for (across, up), i in zip(at, chosen, strict=True):
        text = short(variants.ids[i], 18)
        wide = 0.6 * size * len(text) / (72 * 0.88 * inches[0])
        if not (0 <= across <= 1 and 0 <= up <= 1):
            continue
        for side, shift in ((1, 0.0), (-1, 0.0), (1, tall), (-1, tall), (1, -tall), (-1, -tall)):
            start = across + 0.012 if side > 0 else across - 0.012 - wide
            box = (start, start + wide, up + shift - tall / 2, up + shift + tall / 2)
            apart = all(box[1] < b[0] or box[0] > b[1] or box[3] < b[2] or box[2] > b[3] for b in taken)
            if apart and box[0] >= 0 and box[1] <= 1 and box[2] >= 0 and box[3] <= 1:
                taken.append(box)
                axes.text(
                    across + 0.012 * side,
                    up + shift,
                    text,
                    transform=axes.transAxes,
                    ha="left" if side > 0 else "right",
                    va="center",
                    fontsize=size,
                )
                break


def to_name(variants: Variants) -> list[int]:
    """Return outliers, the largest first; all variants if there are few."""
    few = len(variants.ids) <= FEW
    order = np.lexsort((-variants.q, ~variants.outlier))
    return [int(i) for i in order if few or variants.outlier[i]]

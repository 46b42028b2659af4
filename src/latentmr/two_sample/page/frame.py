"""Points in a frame that outliers do not stretch: distant points are arrows at its edge, many points are binned."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from latentmr.report.drawing import SOFT, WARN
from latentmr.report.forest import short
from latentmr.typing import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BINNED", "SPARSE", "beyond_words", "draw_points", "robust_range", "said", "tempered"]

Range = tuple[float, float]

#: Number of points up to which markers have full size, and above which points are binned.
SPARSE, BINNED = 200, 1000
#: Maximum number of arrows at the edge.
ARROWS = 60
COLOURS = {False: SOFT, True: WARN}


def robust_range(
    values: ArrayLike, cover: ArrayLike = (), stretch: float = 2.0, weights: ArrayLike | None = None
) -> Range:
    """Return a range of values that outliers do not stretch.

    Parameters
    ----------
    values : array_like
        Values, of which those that are not finite are left out.
    cover : array_like
        Values that must lie within the range, if they are finite.
    stretch : float
        Values farther from the middle half than four times its width are left out if they would lengthen the range by
        more than this factor.
    weights : array_like, optional
        Weights for finding the middle half.

    Returns
    -------
    (float, float)
        Range with a margin, never of length zero.

    Examples
    --------
    >>> [round(end, 1) for end in robust_range([1.0, 2.0, 3.0, 4.0, 5.0, 1000.0])]
    [0.8, 5.2]
    """
    all_values = np.ravel(np.asarray(values, dtype=np.float64))
    share = np.ones(len(all_values)) if weights is None else np.ravel(np.asarray(weights, dtype=np.float64))
    known = np.isfinite(all_values) & (share > 0)
    finite, share = all_values[known], share[known]
    ends = [each for each in np.ravel(np.asarray(cover, dtype=np.float64)).tolist() if np.isfinite(each)]
    if len(finite):
        order = np.argsort(finite, kind="stable")
        places = np.cumsum(share[order]) - share[order] / 2
        first, third = np.interp(np.array([0.25, 0.75]) * share.sum(), places, finite[order])
        wide = 4 * (third - first) if third > first else np.inf
        near = finite[(finite >= first - wide) & (finite <= third + wide)]
        short_ends, all_ends = ([*ends, each.min(), each.max()] for each in (near, finite))
        stretched = max(all_ends) - min(all_ends) > stretch * (max(short_ends) - min(short_ends))
        ends = short_ends if stretched else all_ends
    low, high = (min(ends), max(ends)) if ends else (0.0, 0.0)
    margin = 0.05 * (high - low) or 0.1 * abs(high) or 1.0
    return float(low - margin), float(high + margin)


def tempered(precision: Array) -> Array:
    """Return weights that are capped at their upper quartile."""
    return np.minimum(precision, np.quantile(precision, 0.75))


def draw_points(axes: "Axes", x: Array, y: Array, marked: NDArray[np.bool_], width: Range, height: Range) -> list[int]:
    """Draw points within a frame, and set the frame.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    x, y : np.ndarray of dimension (p,)
    marked : np.ndarray of dimension (p,)
        Whether each point is drawn in another colour, as a square.
    width, height : (float, float)
        Limits of the frame.

    Returns
    -------
    list of int
        Positions of points beyond the frame, the farthest first.
    """
    inside = (x >= width[0]) & (x <= width[1]) & (y >= height[0]) & (y <= height[1])
    few = len(x) <= BINNED
    size = 4.0 if len(x) <= SPARSE else 2.5
    if not few:
        _bins(axes, x[inside], y[inside], width, height)
    for mark, shape in ((False, "o"), (True, "s")):
        shown = np.flatnonzero(inside & (marked == mark))
        if few or mark:
            axes.plot(
                *(each[shown[: 2 * SPARSE] if mark else shown] for each in (x, y)),
                shape,
                color=COLOURS[mark],
                markersize=size + mark,
                markeredgewidth=0,
                alpha=0.8,
                zorder=3,
            )
    unit = [max(width[1] - width[0], 1e-300), max(height[1] - height[0], 1e-300)]
    far = np.hypot((x - np.clip(x, *width)) / unit[0], (y - np.clip(y, *height)) / unit[1])
    beyond = np.flatnonzero(~inside)
    beyond = beyond[np.argsort(-far[beyond], kind="stable")]
    for i in beyond[:ARROWS]:
        arrow = "<" if x[i] < width[0] else ">" if x[i] > width[1] else "v" if y[i] < height[0] else "^"
        place = np.clip(x[i], *width), np.clip(y[i], *height)
        axes.plot(*place, arrow, color=COLOURS[bool(marked[i])], markersize=5, markeredgewidth=0, clip_on=False)
    axes.set_xlim(*width)
    axes.set_ylim(*height)
    return [int(i) for i in beyond]


def _bins(axes: "Axes", x: Array, y: Array, width: Range, height: Range) -> None:
    """Draw hexagons whose opacity is the logarithm of their count, in a colour of the page."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415

    bins = axes.hexbin(x, y, gridsize=(36, 18), extent=(*width, *height), mincnt=1, linewidths=0)
    counts = np.asarray(bins.get_array(), dtype=np.float64)
    bins.set_array(None)
    opacity = 0.15 + 0.75 * np.log1p(counts) / np.log1p(counts.max(initial=1.0))
    bins.set_facecolor([(*to_rgb(SOFT), each) for each in np.round(opacity, 2)])
    bins.set_edgecolor("none")


def beyond_words(ids: tuple[str, ...], beyond: list[int]) -> str:
    """Return the sentence of a caption on points beyond the frame."""
    if not beyond:
        return ""
    named = ", ".join(short(ids[i], 24) for i in beyond[:5])
    more = f" and {len(beyond) - 5} more" if len(beyond) > 5 else ""
    if len(beyond) == 1:
        return f" An arrow at the edge marks a point beyond the axes: {named}."
    few = f" (the {ARROWS} farthest)" if len(beyond) > ARROWS else ""
    return f" Arrows at the edge mark points beyond the axes{few}: {named}{more}."


def said(count: int) -> str:
    """Return the sentence of a caption on binned points."""
    return " Variants are counted in hexagons; darker hexagons hold more of them." if count > BINNED else ""

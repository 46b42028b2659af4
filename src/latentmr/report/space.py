"""Environments in the space of the genotypes and in the space of the instruments."""

import math
from typing import Any

import numpy as np

from latentmr.report.drawing import ACCENT, LINE, MARKS, SOFT, Drawing, canvas
from latentmr.typing import Row

__all__ = ["learned_space"]

#: Maximum number of environments with different colours. If there are more, all are drawn alike.
COLOURED = len(MARKS)


def learned_space(data: Row) -> Drawing | None:
    """Draw the individuals in bins before and after learning, with mean and spread of each environment.

    Parameters
    ----------
    data : dict
        Panels ``before`` and ``after``, with ``names``, ``edges``, ``counts`` and ``environments``.

    Returns
    -------
    Drawing or None
        None if no environment is large enough.
    """
    if not data or not data["before"]["environments"]:
        return None
    with canvas(3.6, ncols=2) as (figure, grid):
        for axes, part, title in zip(grid, ("before", "after"), ("Genotypes", "Learned instruments"), strict=True):
            _panel(axes, data[part])
            axes.set_title(title)
        number = len(data["before"]["environments"])
        if number <= COLOURED:
            handles, labels = grid[0].get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", ncols=min(number, 3))
    before, after = (_distance(data[part]) for part in ("before", "after"))
    caption = (
        "Individuals in bins (grey; bins with few individuals are blank), and for each environment the mean and an"
        " ellipse or bar of two standard deviations. Left: two principal components of the genotypes, in which"
        " environments may differ. Right: two instruments, in which environments should coincide. Units are standard"
        " deviations." + ("" if number <= COLOURED else f" The {number} environments are drawn alike.")
    )
    alt = (
        f"Means of {number} environments lie up to {before:.2g} standard deviations apart in the genotypes and up to"
        f" {after:.2g} in the instruments."
    )
    return Drawing("space", caption, alt, figure)


def _panel(axes: Any, data: Row) -> None:
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415
    from matplotlib.patches import Ellipse  # noqa: PLC0415

    edges, counts = np.array(data["edges"]), np.array(data["counts"], dtype=float)
    flat = len(data["names"]) == 1
    environments = data["environments"]
    if flat:
        top = counts[:, 0].max() or 1.0
        axes.bar(edges[:-1], counts[:, 0] / top * len(environments), np.diff(edges), align="edge", color=LINE)
    else:
        shades = LinearSegmentedColormap.from_list("density", [LINE, SOFT])
        x, y = np.nonzero(counts)
        width = edges[1] - edges[0]
        top = counts.max() or 1.0
        for i, j in zip(x, y, strict=True):
            axes.add_patch(_square(edges[i], edges[j], width, shades(counts[i, j] / top)))
    for place, one in enumerate(environments):
        colour, marker = MARKS[place] if len(environments) <= COLOURED else (ACCENT, "o")
        mean, covariance = one["mean"], np.array(one["covariance"])
        if flat:
            spread = 2 * math.sqrt(covariance[0, 0])
            axes.plot([mean[0] - spread, mean[0] + spread], [place + 0.5] * 2, color=colour, linewidth=1.5)
            axes.plot(mean[0], place + 0.5, marker, color=colour, markersize=5, label=one["name"])
            continue
        values, vectors = np.linalg.eigh(covariance)
        angle = math.degrees(math.atan2(vectors[1, 1], vectors[0, 1]))
        sizes = 4 * np.sqrt(np.maximum(values, 0))
        axes.add_patch(Ellipse(mean, sizes[1], sizes[0], angle=angle, fill=False, color=colour, linewidth=1.4))
        axes.plot(*mean, marker, color=colour, markersize=5, label=one["name"])
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel(data["names"][0])
    if flat:
        axes.set_ylim(0, len(environments))
        axes.set_yticks([])
    else:
        axes.set_ylim(edges[0], edges[-1])
        axes.set_ylabel(data["names"][1])


def _square(x: float, y: float, width: float, colour: Any) -> Any:
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    return Rectangle((x, y), width, width, facecolor=colour, edgecolor="none", alpha=0.6)


def _distance(data: Row) -> float:
    """Return the largest distance between the means of two environments."""
    means = np.array([one["mean"] for one in data["environments"]])
    return float(np.linalg.norm(means[:, None] - means, axis=2).max())

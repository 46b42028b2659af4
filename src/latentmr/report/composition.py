"""The composition of each instrument, drawn as a map of variants and instruments."""

import numpy as np

from latentmr.report.drawing import Drawing, canvas, number
from latentmr.typing import Row

__all__ = ["composition_map", "strongest"]


#: Maximum number of variants and of instruments in the figure.
MOST, MOST_INSTRUMENTS = 30, 40


def strongest(rows: list[Row], most: int = MOST) -> list[Row]:
    """Return the variants to which any instrument is most sensitive, in the order of the table."""
    sizes = [max(abs(number(value)) for name, value in row.items() if name != "variant") for row in rows]
    chosen = set(np.argsort(sizes, kind="stable")[::-1][:most].tolist())
    return [row for i, row in enumerate(rows) if i in chosen]


def composition_map(rows: list[Row]) -> Drawing | None:
    """Draw the sensitivities of instruments to variants.

    Parameters
    ----------
    rows : list of dict
        Rows with ``variant`` and ``z1`` to ``zk``.

    Returns
    -------
    Drawing or None
    """
    if not rows:
        return None
    shown = strongest(rows)
    names = [name for name in rows[0] if name != "variant"][:MOST_INSTRUMENTS]
    values = np.array([[number(row[name]) for name in names] for row in shown])
    top = float(np.nanmax(np.abs(values))) or 1.0
    with canvas(1.4 + 0.16 * len(shown)) as (figure, axes):
        image = axes.pcolormesh(values, cmap="PuOr", vmin=-top, vmax=top, edgecolors="none", rasterized=False)
        axes.set_xticks(np.arange(len(names)) + 0.5, names, fontsize=8, rotation=90 if len(names) > 12 else 0)
        labels = [str(row["variant"]) for row in shown]
        axes.set_yticks(np.arange(len(shown)) + 0.5, [x if len(x) <= 24 else x[:23] + "…" for x in labels], fontsize=7)
        axes.invert_yaxis()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02)
        bar.set_label("sensitivity", fontsize=8)
        bar.ax.tick_params(labelsize=7)
        bar.outline.set_visible(False)
    left_out = [
        f"{len(rows) - len(shown)} variants with smaller sensitivities" if len(rows) > len(shown) else "",
        f"instruments after {names[-1]}" if len(rows[0]) - 1 > len(names) else "",
    ]
    said = " and ".join(filter(None, left_out))
    caption = (
        "Change of each instrument, in its standard deviations, per standard deviation of each variant. For a linear"
        " instrument this is the loading; otherwise it is an average over individuals. An instrument that depends on a"
        " single variant is equivalent to that variant." + (f" Not shown: {said}." if said else "")
    )
    leading = []
    for j, name in enumerate(names[:6]):
        i = int(np.nanargmax(np.abs(values[:, j])))
        leading.append(f"{name} most with {labels[i]} ({values[i, j]:.2g})")
    return Drawing("composition", caption, f"Instruments change: {', '.join(leading)}", figure)

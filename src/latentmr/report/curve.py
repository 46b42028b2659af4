"""How the number of instruments was chosen, as inline SVG."""

from typing import Any

from markupsafe import Markup

from latentmr.report.shapes import text

__all__ = ["curve_svg"]

STEP, LEFT, TOP, HEIGHT, BOTTOM = 80, 90, 20, 180, 62


def curve_svg(rows: list[dict[str, Any]]) -> Markup:
    """Draw the held-out objective over the number of instruments, the chosen one in colour.

    Parameters
    ----------
    rows : list of dict
        ``k, nats, area, accepted`` in increasing order of ``k``.

    Returns
    -------
    Markup
        SVG with a text alternative; empty with fewer than two numbers whose training had an end.
    """
    drawn = [row for row in rows if row["nats"] is not None]
    if len(drawn) < 2:
        return Markup("")
    chosen = max((row["k"] for row in drawn if row["accepted"] == "yes"), default=drawn[0]["k"])
    low, high = min(row["nats"] for row in drawn), max(row["nats"] for row in drawn)
    span = (high - low) or 1.0
    places = [
        (LEFT + STEP * (i + 0.5), TOP + HEIGHT * (1 - 0.08 - 0.84 * (row["nats"] - low) / span))
        for i, row in enumerate(drawn)
    ]
    width, height = LEFT + STEP * len(drawn) + 20, TOP + HEIGHT + BOTTOM
    label = (
        f"Held-out objective, in nats per person, with {drawn[0]['k']} to {drawn[-1]['k']} instruments; {chosen} were"
        " chosen"
    )
    parts = [
        Markup('<svg role="img" viewBox="0 0 {} {}" style="max-width: {}px" aria-label="{}">').format(
            width, height, width * 1.3, label
        ),
        Markup('<polyline class="foil" fill="none" points="{}"/>').format(
            " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        ),
    ]
    for row, (x, y) in zip(drawn, places, strict=True):
        kind = "primary" if row["k"] == chosen else "foil" if row["accepted"] == "yes" else "refused"
        parts.append(Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(kind, x, y))
        parts.append(text(x, y - 10, f"{row['nats']:.2f}", kind, "middle"))
        parts.append(text(x, TOP + HEIGHT + 18, f"k = {row['k']}", kind, "middle"))
        parts.append(text(x, TOP + HEIGHT + 36, f"{row['area']:.2f}", "axis", "middle"))
    parts.append(text(8, TOP + 8, "nats, lower", "axis", "start"))
    parts.append(text(8, TOP + 24, "is better", "axis", "start"))
    parts.append(text(8, TOP + HEIGHT + 36, "area", "axis", "start"))
    return Markup("").join([*parts, Markup("</svg>")])

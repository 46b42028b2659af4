"""One self-contained HTML file from report data; every string is escaped."""

import math
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from latentmr.report.curve import curve_svg
from latentmr.report.forest import forest_svg
from latentmr.report.template import PAGE
from latentmr.results import ReportData

__all__ = ["render_html", "write_html"]


def render_html(report: ReportData) -> str:
    """Render a report.

    Parameters
    ----------
    report : ReportData
        Already suppressed; nothing else is read.

    Returns
    -------
    str
        A page that needs no network and no other file.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["cell"] = _cell
    return environment.from_string(PAGE).render(
        report=report,
        forest=forest_svg(report.tables.get("Estimates", [])),
        curve=curve_svg(report.tables.get("Number of instruments", [])),
    )


def write_html(path: str | Path, report: ReportData) -> None:
    """Write :func:`render_html` to a file."""
    Path(path).write_text(render_html(report), encoding="utf-8")


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.4g}"
    return str(value)

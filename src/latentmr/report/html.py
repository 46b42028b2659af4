"""One self-contained HTML file from report data; every string is escaped."""

import math
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from latentmr.report import two_sample
from latentmr.report.composition import composition_map
from latentmr.report.curves import number_curve, training_curve
from latentmr.report.drawing import Drawing, number
from latentmr.report.forest import environments_forest, estimates_forest, without_forest
from latentmr.report.people import flow_chart
from latentmr.report.sections import sections
from latentmr.report.space import learned_space
from latentmr.report.strobe import strobe_rows
from latentmr.report.template import FRAGMENT, PAGE
from latentmr.results import ReportData
from latentmr.rounding import rounded

__all__ = ["drawings_of", "render_fragment", "render_html", "write_figures", "write_html"]

#: Columns that have the digits of the standard error in their row.
WITH_ERROR = ("beta", "se", "ci_low", "ci_high")


def drawings_of(report: ReportData) -> dict[str, Drawing]:
    """Draw every figure that the report has data for.

    Parameters
    ----------
    report : ReportData

    Returns
    -------
    dict of str to Drawing
        By name, in the order of the page.
    """
    made = two_sample.drawings(report) if two_sample.is_two_sample(report) else _of_one_sample(report)
    return {drawing.name: drawing for drawing in made}


def _of_one_sample(report: ReportData) -> list[Drawing]:
    tables, figures = report.tables, report.figures
    estimates = tables.get("Estimates", [])
    quoted = [row for row in estimates if row["primary"] == "true"]
    # with several exposures there is no one line to compare with; nor with an answer on another scale
    primary = quoted[0] if len(quoted) == 1 and quoted[0].get("scale", "difference") == "difference" else None
    made = (
        estimates_forest(estimates),
        flow_chart(tables.get("Samples and variants", [])),
        composition_map(tables.get("Composition of the instruments", [])),
        learned_space(figures.get("space", {})),
        number_curve(tables.get("Number of instruments", [])),
        training_curve(figures.get("training", [])),
        environments_forest(tables.get("Effect by environment", []), primary),
        without_forest(tables.get("Estimate without an environment", []), primary),
    )
    return [drawing for drawing in made if drawing is not None]


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
    drawings = drawings_of(report)
    return _rendered(
        PAGE,
        report,
        forest=drawings.get("estimates"),
        sections=sections(report, drawings),
        checklist=strobe_rows(report),
    )


def render_fragment(report: ReportData) -> str:
    """Render answer, verdict and estimates alone, for a notebook."""
    return _rendered(FRAGMENT, report)


def write_html(path: str | Path, report: ReportData) -> None:
    """Write :func:`render_html` to a file."""
    Path(path).write_text(render_html(report), encoding="utf-8")


def write_figures(folder: Path, report: ReportData) -> list[Path]:
    """Write every figure as SVG and PNG into a folder that exists."""
    return [path for drawing in drawings_of(report).values() for path in drawing.save(folder)]


def _rendered(page: str, report: ReportData, **more: Any) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["cells"] = _cells
    withheld = report.verdict.level == "not identified"
    return environment.from_string(page).render(report=report, withheld=withheld, **more)


def _cells(row: dict[str, Any]) -> list[str]:
    se = number(row.get("se"))
    return [_cell(name, value, se) for name, value in row.items()]


def _cell(name: str, value: Any, se: float) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "–"
    if name == "p_value":
        return "< 0.001" if value < 0.001 else f"{value:.2g}"
    return rounded(value, se) if name in WITH_ERROR and math.isfinite(se) else f"{value:.4g}"

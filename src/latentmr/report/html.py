"""One self-contained HTML file from report data; every string is escaped."""

import math
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from latentmr.report.drawing import Drawing, number
from latentmr.report.kind import Kind
from latentmr.report.one_sample import ONE_SAMPLE
from latentmr.report.sections import sections
from latentmr.report.strobe import strobe_rows
from latentmr.report.template import FRAGMENT, PAGE
from latentmr.results.report_data import ReportData
from latentmr.results.rounding import rounded
from latentmr.results.tables import ResultTables
from latentmr.typing import Row

__all__ = ["drawings_of", "fragment_of", "render_fragment", "render_html", "write_figures", "write_html"]

STYLE = files("latentmr.report") / "page.css"
#: Columns that have the digits of the standard error in their row.
WITH_ERROR = ("beta", "se", "ci_low", "ci_high")


def drawings_of(report: ReportData, kind: Kind = ONE_SAMPLE) -> dict[str, Drawing]:
    """Draw every figure that the report has data for.

    Parameters
    ----------
    report : ReportData
    kind : Kind
        Of the analysis that the report is of.

    Returns
    -------
    dict of str to Drawing
        By name, in the order of the page.

    Raises
    ------
    ValueError
        Where the report is of another kind.
    """
    kind.refuse_other(report)
    return {drawing.name: drawing for drawing in kind.drawings(report)}


def render_html(report: ReportData, kind: Kind = ONE_SAMPLE) -> str:
    """Render a report.

    Parameters
    ----------
    report : ReportData
        Already suppressed; nothing else is read.
    kind : Kind
        Of the analysis that the report is of.

    Returns
    -------
    str
        A page that needs no network and no other file.

    Raises
    ------
    ValueError
        Where the report is of another kind.
    """
    drawings = drawings_of(report, kind)
    return _rendered(
        PAGE,
        report,
        forest=drawings.get("estimates"),
        sections=sections(report, drawings, kind),
        checklist=strobe_rows(report, kind),
    )


def render_fragment(report: ReportData) -> str:
    """Render answer, verdict and estimates alone, for a notebook."""
    titles = {plan.key: plan.title for plan in ONE_SAMPLE.plans}
    return _rendered(FRAGMENT, report, titles=titles)


def fragment_of(result: ResultTables) -> str:
    """Render what an analysis found as :func:`render_fragment` does."""
    tables = {"estimates": [estimate.to_dict() for estimate in result.estimates]}
    return render_fragment(ReportData("", result.answer(), result.verdict, tables))


def write_html(path: str | Path, report: ReportData, kind: Kind = ONE_SAMPLE) -> None:
    """Write :func:`render_html` to a file."""
    Path(path).write_text(render_html(report, kind), encoding="utf-8")


def write_figures(folder: Path, report: ReportData, kind: Kind = ONE_SAMPLE) -> list[Path]:
    """Write every figure as SVG and PNG into a folder that exists."""
    return [path for drawing in drawings_of(report, kind).values() for path in drawing.save(folder)]


def _rendered(page: str, report: ReportData, **more: Any) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["cells"] = _cells
    withheld = report.verdict.level == "not identified"
    style = Markup(STYLE.read_text(encoding="utf-8"))  # a file of this package: nothing of the report is in it
    return environment.from_string(page).render(report=report, withheld=withheld, style=style, **more)


def _cells(row: Row) -> list[str]:
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

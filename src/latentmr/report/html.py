"""One self-contained HTML page from report data, in which every string is escaped."""

import math
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from latentmr.report.drawing import Drawing, number
from latentmr.report.kind import Kind
from latentmr.report.one_sample import ONE_SAMPLE
from latentmr.report.sections import sections
from latentmr.report.strobe import strobe_rows
from latentmr.report.template import FRAGMENT, PAGE
from latentmr.results.report_data import ReportData
from latentmr.results.rounding import compared, rounded
from latentmr.results.summary import count_of_tests, estimate_rows
from latentmr.results.tables import ResultTables
from latentmr.typing import Row

__all__ = ["drawings_of", "fragment_of", "render_fragment", "render_html", "write_figures", "write_html"]

STYLE = files("latentmr.report") / "page.css"
#: Columns that are rounded to the digits of the standard error in their row.
WITH_ERROR = ("beta", "se", "ci_low", "ci_high")
#: Headings of columns whose keys in the tables are not the page's words.
HEADINGS = {"people": "individuals", "p_value": "p value"}
#: Maximum number of rows of a table in a notebook.
FRAGMENT_ROWS = 30
#: Columns of the table of tests in a notebook.
TESTS_SHOWN = ("verdict", "name", "reason", "p_value")


def drawings_of(report: ReportData, kind: Kind = ONE_SAMPLE) -> dict[str, Drawing]:
    """Draw every figure for which the report has data.

    Parameters
    ----------
    report : ReportData
    kind : Kind
        Kind of the analysis.

    Returns
    -------
    dict of str to Drawing
        Drawings by name, in the order of the page.

    Raises
    ------
    ValueError
        If the report is of another kind.
    """
    kind.refuse_other(report)
    return {drawing.name: drawing for drawing in kind.drawings(report)}


def render_html(report: ReportData, kind: Kind = ONE_SAMPLE) -> str:
    """Render a report.

    Parameters
    ----------
    report : ReportData
        Content of the page, with small counts suppressed. Nothing else is read.
    kind : Kind
        Kind of the analysis.

    Returns
    -------
    str
        A page that requires no network and no other file.

    Raises
    ------
    ValueError
        If the report is of another kind.
    """
    drawings = drawings_of(report, kind)
    return _rendered(
        PAGE,
        report,
        forest=drawings.get("estimates"),
        sections=sections(report, drawings, kind),
        checklist=strobe_rows(report, kind),
    )


def render_fragment(report: ReportData, explained: str = "") -> str:
    """Render answer, estimates, verdict and the tests that did not pass, for a notebook.

    Parameters
    ----------
    report : ReportData
    explained : str
        Explanation of the marks in the table of estimates.

    Returns
    -------
    str
    """
    tables = {name: rows for name, rows in report.tables.items() if rows and name != "tests"}
    tests = [row for row in report.tables.get("tests", []) if row.get("verdict") in ("fail", "warn")]
    # a reason that is that of a test is shown with the test
    of_tests = {f"{row.get('name')}: {row.get('reason')}" for row in tests}
    verdict = report.verdict
    if verdict.level != "not identified":
        verdict = replace(verdict, reasons=tuple(reason for reason in verdict.reasons if reason not in of_tests))
    return _rendered(
        FRAGMENT,
        replace(report, verdict=verdict),
        titles={plan.key: plan.title for plan in ONE_SAMPLE.plans},
        tables={name: rows[:FRAGMENT_ROWS] for name, rows in tables.items()},
        left_out={name: len(rows) - FRAGMENT_ROWS for name, rows in tables.items()},
        explained=explained,
        tests=[{name: row.get(name) for name in TESTS_SHOWN} for row in tests],
        counted=count_of_tests([str(row.get("verdict")) for row in report.tables.get("tests", [])]),
    )


def fragment_of(result: ResultTables) -> str:
    """Render the results of an analysis with :func:`render_fragment`."""
    _, rows, explained = estimate_rows(result.estimates, p_values=True)
    tables: dict[str, list[Row]] = {
        "estimates": [dict(row) for row in rows],
        "tests": [test.to_dict() for test in result.tests],
    }
    return render_fragment(ReportData("", result.answer(), result.verdict, tables), explained)


def write_html(path: str | Path, report: ReportData, kind: Kind = ONE_SAMPLE) -> None:
    """Write :func:`render_html` to a file."""
    Path(path).write_text(render_html(report, kind), encoding="utf-8")


def write_figures(folder: Path, report: ReportData, kind: Kind = ONE_SAMPLE) -> list[Path]:
    """Write every figure as SVG and PNG into a folder that exists."""
    return [path for drawing in drawings_of(report, kind).values() for path in drawing.save(folder)]


def _rendered(page: str, report: ReportData, **more: Any) -> str:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["cells"] = _cells
    environment.filters["code"] = _with_code
    environment.filters["heading"] = lambda name: HEADINGS.get(name, name)
    withheld = report.verdict.level == "not identified"
    style = Markup(STYLE.read_text(encoding="utf-8"))  # this file of the package holds nothing of the report
    return environment.from_string(page).render(report=report, withheld=withheld, style=style, **more)


def _with_code(text: object) -> Markup:
    """Escape a text, and mark the names of arguments between backticks as code."""
    return Markup(re.sub(r"`([a-z][a-z0-9_]*)`", r"<code>\1</code>", str(escape(text))))


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
        return compared(value)
    return rounded(value, se) if name in WITH_ERROR and math.isfinite(se) else f"{value:.4g}"

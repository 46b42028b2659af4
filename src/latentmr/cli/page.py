"""``latentmr report``: the report, the checklist and the figures, from ``report.json`` alone."""

import json
from pathlib import Path

from latentmr.cli.display import Screen
from latentmr.cli.options import Output, Rendering
from latentmr.cli.output import staged
from latentmr.errors import ArgumentError
from latentmr.report import ONE_SAMPLE, strobe_csv, strobe_markdown, strobe_rows, write_figures, write_html
from latentmr.results.report_data import ReportData
from latentmr.two_sample.page import TWO_SAMPLE, is_two_sample

__all__ = ["render_again", "write_page"]


def render_again(rendering: Rendering, output: Output) -> None:
    """Render the report of a folder again."""
    source = rendering.directory / "report.json"
    report = _read(source)
    out = output.out or rendering.directory
    with staged(out) as folder:
        write_page(folder, report, figures=rendering.figures)
    Screen(output.quiet).line(str(out / "report.html"))


def write_page(folder: Path, report: ReportData, *, figures: bool) -> None:
    """Write ``report.html``, ``strobe_mr.md`` and ``strobe_mr.csv``, and ``figures/`` on request.

    Parameters
    ----------
    folder : Path
    report : ReportData
    figures : bool
        Whether the figures are also written as files.
    """
    kind = TWO_SAMPLE if is_two_sample(report) else ONE_SAMPLE
    write_html(folder / "report.html", report, kind)
    items = strobe_rows(report, kind)
    (folder / "strobe_mr.md").write_text(strobe_markdown(items), encoding="utf-8")
    (folder / "strobe_mr.csv").write_text(strobe_csv(items), encoding="utf-8")
    if figures:
        (folder / "figures").mkdir()
        write_figures(folder / "figures", report, kind)


def _read(source: Path) -> ReportData:
    if not source.is_file():
        raise ArgumentError(
            "DIR",
            "be a folder with the results of a run",
            f"{source.parent}, which has no report.json",
            "give the folder that was named with --out",
        )
    try:
        return ReportData.from_dict(json.loads(source.read_text(encoding="utf-8")))
    except ValueError as error:  # files that are not JSON, or not text, raise subclasses of it
        raise ArgumentError(
            "DIR",
            "hold a report.json that can be read",
            f"{source}: {str(error).removesuffix('.')}",
            "repeat the run that wrote it",
        ) from error

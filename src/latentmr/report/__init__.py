"""Reports from :class:`~latentmr.results.ReportData`: one self-contained page, figures and a checklist."""

from latentmr.report.html import drawings_of, fragment_of, render_fragment, render_html, write_figures, write_html
from latentmr.report.kind import Kind
from latentmr.report.one_sample import ONE_SAMPLE
from latentmr.report.strobe import strobe_csv, strobe_markdown, strobe_rows

__all__ = [
    "ONE_SAMPLE",
    "Kind",
    "drawings_of",
    "fragment_of",
    "render_fragment",
    "render_html",
    "strobe_csv",
    "strobe_markdown",
    "strobe_rows",
    "write_figures",
    "write_html",
]

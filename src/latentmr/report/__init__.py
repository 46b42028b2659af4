"""Reports: from :class:`~latentmr.results.ReportData` alone to one self-contained page."""

from latentmr.report.html import render_html, write_html

__all__ = ["render_html", "write_html"]

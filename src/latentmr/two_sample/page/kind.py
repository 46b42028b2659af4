"""Two-sample MR as a kind of page."""

from latentmr.report import Kind
from latentmr.results.report_data import ReportData
from latentmr.two_sample.page.page import PLANS, drawings, shown
from latentmr.two_sample.page.strobe import ANSWERS, two_sample_fields

__all__ = ["TWO_SAMPLE", "is_two_sample"]

TWO_SAMPLE = Kind(
    design="two-sample",
    drawings=drawings,
    plans=PLANS,
    shown=shown,
    # all tests except the strength compare effects of variants
    tells_effects=lambda name: name.split(":")[0] != "strength",
    answers=ANSWERS,
    fields=two_sample_fields,
)


def is_two_sample(report: ReportData) -> bool:
    """Return whether the report is of summary statistics."""
    return report.facts.get("design") == TWO_SAMPLE.design

"""The drawings, sections, tables and checklist of the page of one kind of analysis."""

from collections.abc import Callable
from dataclasses import dataclass

from latentmr.errors import ArgumentError
from latentmr.report.drawing import Drawing
from latentmr.report.plan import SectionPlan
from latentmr.results.report_data import ReportData
from latentmr.typing import Row

__all__ = ["Kind"]


@dataclass(frozen=True)
class Kind:
    """The content of the page for one kind of analysis.

    Parameters
    ----------
    design : str
        Value of ``facts["design"]`` in its reports, by default ``one-sample``.
    drawings : callable
        Function from a report to its drawings, in the order of the page.
    plans : tuple of SectionPlan
        The sections, in the order of the page.
    shown : callable
        Function from the key of a table and its rows to the rows that the page shows, and a sentence about the other
        rows.
    tells_effects : callable
        Function from the name of a test to whether its reason quotes an effect. Such reasons are withheld if no effect
        is identified.
    answers : dict of str to str
        Answer to each item of the STROBE-MR checklist, with fields to fill.
    fields : callable
        Function from a report to the values of these fields.
    """

    design: str
    drawings: Callable[[ReportData], list[Drawing]]
    plans: tuple[SectionPlan, ...]
    shown: Callable[[str, list[Row]], tuple[list[Row], str]]
    tells_effects: Callable[[str], bool]
    answers: dict[str, str]
    fields: Callable[[ReportData], Row]

    def __repr__(self) -> str:
        return f"Kind({self.design}, {len(self.plans)} sections, {len(self.answers)} items of the checklist)"

    def refuse_other(self, report: ReportData) -> None:
        """Raise an error if a report is of another kind.

        Raises
        ------
        ValueError
            If it is. The message names the kind to use.
        """
        design = str(report.facts.get("design", "one-sample"))
        if design != self.design:
            raise ArgumentError(
                "kind",
                f"be that of the report, {design}",
                f"{self.design}",
                (
                    "the kind of a two-sample report is latentmr.two_sample.page.TWO_SAMPLE, that of others"
                    " latentmr.report.ONE_SAMPLE"
                ),
            )

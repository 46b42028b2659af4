"""What differs between pages: the drawings, sections, tables and checklist of one kind of analysis."""

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
    """A kind of analysis, as a page shows it.

    Parameters
    ----------
    design : str
        What ``facts["design"]`` of its reports says; ``one-sample`` where it says nothing.
    drawings : callable
        From a report to its drawings, in the order of the page.
    plans : tuple of SectionPlan
        The sections, in the order of the page.
    shown : callable
        From the key of a table and its rows to the rows that the page shows, and a sentence on those that it does
        not.
    tells_effects : callable
        Whether the reason of the test of this name quotes an effect, which is withheld where none is identified.
    answers : dict of str to str
        Answer of each item of the STROBE-MR checklist, with fields to be filled.
    fields : callable
        From a report to the values of these fields.
    """

    design: str
    drawings: Callable[[ReportData], list[Drawing]]
    plans: tuple[SectionPlan, ...]
    shown: Callable[[str, list[Row]], tuple[list[Row], str]]
    tells_effects: Callable[[str], bool]
    answers: dict[str, str]
    fields: Callable[[ReportData], Row]

    def refuse_other(self, report: ReportData) -> None:
        """Stop where a report is of another kind.

        Raises
        ------
        ValueError
            The message names the kind to give.
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

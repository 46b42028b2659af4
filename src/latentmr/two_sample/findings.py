"""What two-sample methods hand over."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from latentmr.results.answer import Units, answer
from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.tables import ResultTables
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.methods import SummaryEffect

__all__ = ["TwoSampleFindings"]


@dataclass(frozen=True)
class TwoSampleFindings(ResultTables):
    """What two-sample methods found.

    Parameters
    ----------
    data : SummaryData
    estimates : tuple of Estimate
        The ones to quote first.
    tests : tuple of TestResult
    verdict : Verdict
        Never ``credible``: confounding of the variants cannot be tested with summary statistics.
    effects : dict of str to tuple of SummaryEffect
        By method: one for each exposure, with all that the method gives.
    single : pandas.DataFrame
        Effect by each variant alone.
    left_out : pandas.DataFrame
        The estimate to quote without each variant.
    notes : tuple of str
        Methods that could not be used, and why.
    units : Units
    settings : dict
    """

    data: SummaryData
    estimates: tuple[Estimate, ...]
    tests: tuple[TestResult, ...]
    verdict: Verdict
    effects: dict[str, tuple[SummaryEffect, ...]]
    single: pd.DataFrame
    left_out: pd.DataFrame
    notes: tuple[str, ...] = ()
    units: Units = Units()
    settings: dict[str, Any] = field(default_factory=dict)

    def answer(self) -> str:
        """Say the result, in a sentence for each exposure."""
        quoted = [row for row in self.estimates if row.primary]
        if self.verdict.level == "not identified":
            quoted = quoted[:1]
        return " ".join(answer(self.data, row, self.verdict, self.units) for row in quoted)

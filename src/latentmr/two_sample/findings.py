"""What two-sample methods hand over."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from warnings import warn

import pandas as pd

from latentmr.results.answer import Units, answer
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.tables import ResultTables
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.methods import Settings
from latentmr.two_sample.variant_tables import SingleVariant, WithoutVariant

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
    effects : mapping of str to Estimates
        By method: one for each exposure, with all that the method gives.
    single_variants : tuple of SingleVariant
        Effect by each variant alone.
    without_variants : tuple of WithoutVariant
        The estimate to quote without each variant.
    notes : tuple of str
        Methods that could not be used, and why.
    units : Units
    settings : Settings
    """

    data: SummaryData
    estimates: tuple[Estimate, ...]
    tests: tuple[TestResult, ...]
    verdict: Verdict
    effects: Mapping[str, Estimates]
    single_variants: tuple[SingleVariant, ...] = ()
    without_variants: tuple[WithoutVariant, ...] = ()
    notes: tuple[str, ...] = ()
    units: Units = Units()
    settings: Settings = Settings()

    def answer(self) -> str:
        """Say the result, in a sentence for each exposure."""
        quoted = [row for row in self.estimates if row.primary]
        if self.verdict.level == "not identified":
            quoted = quoted[:1]
        return " ".join(answer(self.data, row, self.verdict, self.units) for row in quoted)

    @property
    def single(self) -> pd.DataFrame:
        """The former name of ``single_variants``, as a table."""
        warn("single is now single_variants, a tuple of rows", DeprecationWarning, stacklevel=2)
        return _frame(self.single_variants, SingleVariant)

    @property
    def left_out(self) -> pd.DataFrame:
        """The former name of ``without_variants``, as a table."""
        warn("left_out is now without_variants, a tuple of rows", DeprecationWarning, stacklevel=2)
        return _frame(self.without_variants, WithoutVariant)


def _frame(rows: Sequence[SingleVariant | WithoutVariant], kind: type[SingleVariant | WithoutVariant]) -> pd.DataFrame:
    return pd.DataFrame([asdict(row) for row in rows], columns=[each.name for each in fields(kind)])

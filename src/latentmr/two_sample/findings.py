"""Results of two-sample methods."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from warnings import warn

import pandas as pd

from latentmr.results.answer import Units, answer
from latentmr.results.estimates import Estimates
from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.tables import ResultTables
from latentmr.results.text import Text
from latentmr.two_sample.data import SummaryData
from latentmr.two_sample.methods import Settings
from latentmr.two_sample.printing import summary_of
from latentmr.two_sample.variant_tables import SingleVariant, WithoutVariant

__all__ = ["TwoSampleFindings"]


@dataclass(frozen=True, repr=False)
class TwoSampleFindings(ResultTables):
    """Results of two-sample methods.

    Parameters
    ----------
    data : SummaryData
    estimates : tuple of Estimate
        One row for each method and exposure; primary estimates first.
    tests : tuple of TestResult
    verdict : Verdict
        Never ``credible``, because summary statistics cannot show confounding of the variants.
    effects : mapping of str to Estimates
        Complete results by method, with one estimate for each exposure.
    single_variants : tuple of SingleVariant
        Effect from each variant alone.
    without_variants : tuple of WithoutVariant
        Primary estimate without each variant.
    notes : tuple of str
        Methods that could not be used, and the reasons.
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
        """Return the result in one sentence for each exposure."""
        quoted = [row for row in self.estimates if row.primary]
        if self.verdict.level == "not identified":
            quoted = quoted[:1]
        return " ".join(answer(self.data, row, self.verdict, self.units) for row in quoted)

    def __repr__(self) -> str:
        return summary_of(self)

    def summary(self) -> Text:
        """Return answer, estimates, verdict and tests that did not pass, as a text that prints.

        Returns
        -------
        Text
            A ``str`` of at most 60 lines and 5,000 characters. A notebook or console shows it without quotes.
        """
        return summary_of(self)

    @property
    def single(self) -> pd.DataFrame:
        """Former name of ``single_variants``, as a table."""
        warn("single is now single_variants, a tuple of rows", DeprecationWarning, stacklevel=2)
        return _frame(self.single_variants, SingleVariant)

    @property
    def left_out(self) -> pd.DataFrame:
        """Former name of ``without_variants``, as a table."""
        warn("left_out is now without_variants, a tuple of rows", DeprecationWarning, stacklevel=2)
        return _frame(self.without_variants, WithoutVariant)


def _frame(rows: Sequence[SingleVariant | WithoutVariant], kind: type[SingleVariant | WithoutVariant]) -> pd.DataFrame:
    return pd.DataFrame([asdict(row) for row in rows], columns=[each.name for each in fields(kind)])

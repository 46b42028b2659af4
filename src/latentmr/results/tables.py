"""Tables, figures and summaries that every analysis offers."""

from abc import ABC, abstractmethod

import pandas as pd

from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.summary import summary_text
from latentmr.results.text import PrintsShort, Text

__all__ = ["ResultTables"]


class ResultTables(PrintsShort, ABC):
    """Tables and summary of an analysis.

    An analysis prints its :meth:`summary`.

    Attributes
    ----------
    estimates : tuple of Estimate
        All estimates. One estimate for each exposure is primary.
    tests : tuple of TestResult
    verdict : Verdict
    """

    estimates: tuple[Estimate, ...]
    tests: tuple[TestResult, ...]
    verdict: Verdict

    @property
    def primary(self) -> Estimate:
        """Return the estimate to quote. With several exposures it is that of the first."""
        return next(estimate for estimate in self.estimates if estimate.primary)

    def to_frame(self) -> pd.DataFrame:
        """Return the table of estimates, as in ``estimates.tsv``."""
        return pd.DataFrame([estimate.to_dict() for estimate in self.estimates])

    def tests_frame(self) -> pd.DataFrame:
        """Return the table of tests, as in ``tests.tsv``."""
        return pd.DataFrame([test.to_dict() for test in self.tests])

    def summary(self) -> Text:
        """Return answer, estimates, verdict, and the tests that did not pass, as a text of at most 60 lines."""
        return summary_text(self.answer(), self.estimates, self.verdict, self.tests)

    def __repr__(self) -> str:
        return str(self.summary())

    @abstractmethod
    def answer(self) -> str:
        """State the result in a sentence."""

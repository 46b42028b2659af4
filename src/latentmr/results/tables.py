"""What every analysis can say of its estimates and tests."""

from abc import ABC, abstractmethod

import pandas as pd

from latentmr.results.objects import Estimate, TestResult, Verdict

__all__ = ["ResultTables"]


class ResultTables(ABC):
    """Tables of an analysis, whose fields are its own.

    Attributes
    ----------
    estimates : tuple of Estimate
        Of which one for each exposure is primary.
    tests : tuple of TestResult
    verdict : Verdict
    """

    estimates: tuple[Estimate, ...]
    tests: tuple[TestResult, ...]
    verdict: Verdict

    @property
    def primary(self) -> Estimate:
        """The estimate to quote; of the first exposure where there are several."""
        return next(estimate for estimate in self.estimates if estimate.primary)

    def to_frame(self) -> pd.DataFrame:
        """Return the table of estimates, as in ``estimates.tsv``."""
        return pd.DataFrame([estimate.to_dict() for estimate in self.estimates])

    def tests_frame(self) -> pd.DataFrame:
        """Return the table of tests, as in ``tests.tsv``."""
        return pd.DataFrame([test.to_dict() for test in self.tests])

    @abstractmethod
    def answer(self) -> str:
        """Say the result in a sentence."""

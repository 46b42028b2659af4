"""What the one-sample job hands over."""

from dataclasses import dataclass, field
from typing import Any

from latentmr.data import Dataset
from latentmr.diagnose import EnvironmentEffect, Pair
from latentmr.diagnose.without_environment import WithoutEnvironment
from latentmr.learn import Representation
from latentmr.results.answer import Units, answer
from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.tables import ResultTables

__all__ = ["Findings"]


@dataclass(frozen=True)
class Findings(ResultTables):
    """What an analysis found.

    Parameters
    ----------
    dataset : Dataset
    representation : Representation
    estimates : tuple of Estimate
        The primary one first.
    tests : tuple of TestResult
    verdict : Verdict
    notes : tuple of str
        Rows that could not be estimated, and why.
    by_environment : tuple of EnvironmentEffect
        Effect in each environment, where there is one exposure.
    without : tuple of WithoutEnvironment
        The estimate without each environment.
    pairs : tuple of Pair
        Environments compared two by two, the most different first.
    units : Units
        Of exposures and outcome, for sentences and tables.
    settings : dict
        Seed, draws and sampling, as :func:`latentmr.analyse` was given them.
    """

    dataset: Dataset
    representation: Representation
    estimates: tuple[Estimate, ...]
    tests: tuple[TestResult, ...]
    verdict: Verdict
    notes: tuple[str, ...] = ()
    by_environment: tuple[EnvironmentEffect, ...] = ()
    without: tuple[WithoutEnvironment, ...] = ()
    pairs: tuple[Pair, ...] = ()
    units: Units = Units()
    settings: dict[str, Any] = field(default_factory=dict)

    def answer(self) -> str:
        """Say the primary result in one sentence."""
        return answer(self.dataset, self.primary, self.verdict, self.units)

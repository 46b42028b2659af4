"""The results of a one-sample analysis."""

import warnings
from dataclasses import asdict, dataclass

from latentmr.data import Dataset
from latentmr.diagnose import EnvironmentEffect, Pair
from latentmr.diagnose.structure_path import PathPoint
from latentmr.diagnose.without_environment import WithoutEnvironment
from latentmr.learn import Representation
from latentmr.results.answer import Units, answer
from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.tables import ResultTables
from latentmr.typing import Row

__all__ = ["AnalysisSettings", "Findings"]


@dataclass(frozen=True)
class AnalysisSettings:
    """Significance level, bootstrap replicates, permutations, seed and sampling of :func:`latentmr.analyse`.

    Examples
    --------
    >>> AnalysisSettings(seed=3).to_dict()["seed"]
    3
    """

    alpha: float = 0.05
    bootstrap: int = 0
    permutations: int = 0
    seed: int = 0
    case_control: bool = False
    prevalence: float | None = None

    def to_dict(self) -> Row:
        """Return the settings by name, for files."""
        return asdict(self)

    def __getitem__(self, name: str) -> object:
        found: object = self.to_dict()[name]
        warnings.warn(f"settings[{name!r}] is now settings.{name}", DeprecationWarning, stacklevel=2)
        return found


@dataclass(frozen=True)
class Findings(ResultTables):
    """The results of an analysis.

    Parameters
    ----------
    dataset : Dataset
    representation : Representation
    estimates : tuple of Estimate
        All estimates, the primary one first.
    tests : tuple of TestResult
    verdict : Verdict
    notes : tuple of str
        Remarks, such as rows that could not be estimated and the reasons.
    by_environment : tuple of EnvironmentEffect
        Effect in each environment, if there is one exposure.
    without : tuple of WithoutEnvironment
        The estimate without each environment.
    pairs : tuple of Pair
        Comparisons of pairs of environments, the most different first.
    path : tuple of PathPoint
        The estimate over the number of genome-wide components.
    units : Units
        Units of exposures and outcome, for sentences and tables.
    settings : AnalysisSettings
        Significance level, bootstrap replicates, permutations, seed and sampling.
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
    settings: AnalysisSettings = AnalysisSettings()
    path: tuple[PathPoint, ...] = ()

    def answer(self) -> str:
        """State the primary result in one sentence."""
        return answer(self.dataset, self.primary, self.verdict, self.units)

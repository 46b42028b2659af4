"""What the rooms hand to each other and to the user: estimates, tests, sets, verdicts."""

from dataclasses import dataclass
from typing import Any

from latentmr.moved import moved
from latentmr.results.estimate import ConfidenceSet, Details, Estimate

__all__ = ["ConfidenceSet", "Details", "Estimate", "TestResult", "Verdict"]

__getattr__ = moved(__name__, {"ReportData": "latentmr.results"})


@dataclass(frozen=True)
class TestResult:
    """A test that knows its null and its meaning.

    Parameters
    ----------
    name : str
        For instance ``strength``.
    null : str
        The null hypothesis in words.
    statistic, p_value, effect : float or None
        None where the test does not apply; ``effect`` is an effect size whose meaning ``reason`` gives.
    df : str
        Reference distribution, for instance ``F(97, 19899)``.
    verdict : str
        ``pass``, ``warn``, ``fail`` or ``not applicable``.
    reason : str
        What the result means for this analysis, in a sentence.
    """

    __test__ = False  # not a test case, whatever its name says to a test runner

    name: str
    null: str
    verdict: str
    reason: str
    statistic: float | None = None
    df: str = ""
    p_value: float | None = None
    effect: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Columns of ``tests.tsv``, in its order."""
        return {
            "name": self.name,
            "null": self.null,
            "statistic": self.statistic,
            "df": self.df,
            "p_value": self.p_value,
            "effect": self.effect,
            "verdict": self.verdict,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Verdict:
    """How far to believe the answer.

    Parameters
    ----------
    level : str
        ``credible``, ``caution`` or ``not identified``.
    route : str
        What identifies the effect: ``environments`` or ``unlinked variants``.
    reasons : tuple of str
        In words, the gravest first.
    advice : tuple of str
        What the user could do next.
    """

    level: str
    route: str
    reasons: tuple[str, ...]
    advice: tuple[str, ...] = ()

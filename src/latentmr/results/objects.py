"""Objects that users receive: estimates, tests, confidence sets, verdicts."""

from dataclasses import dataclass
from typing import Any

from latentmr.former_names import moved
from latentmr.results.estimate import ConfidenceSet, Details, Estimate
from latentmr.results.rounding import compared
from latentmr.results.text import PrintsHtml, clipped, first_of, listed

__all__ = ["ConfidenceSet", "Details", "Estimate", "TestResult", "Verdict"]

__getattr__ = moved(__name__, {"ReportData": "latentmr.results"})


@dataclass(frozen=True)
class TestResult(PrintsHtml):
    """A statistical test with its null hypothesis and its meaning.

    Parameters
    ----------
    name : str
        Name of the test, for instance ``strength``.
    null : str
        The null hypothesis in words.
    statistic, p_value, effect : float or None
        Results, each None if it does not apply. ``effect`` is an effect size, which ``reason`` explains.
    df : str
        Reference distribution, for instance ``F(97, 19899)``.
    verdict : str
        ``pass``, ``warn``, ``fail`` or ``not applicable``.
    reason : str
        What the result means for this analysis, in a sentence.

    Examples
    --------
    >>> TestResult("strength", "no first stage", "pass", "strong", statistic=41.27, df="F(8, 3900)", p_value=1e-40)
    strength: pass, statistic 41.27 (F(8, 3900)), p < 0.001
    """

    __test__ = False  # the name starts with "Test", but it is not a test case for pytest

    name: str
    null: str
    verdict: str
    reason: str
    statistic: float | None = None
    df: str = ""
    p_value: float | None = None
    effect: float | None = None

    @property
    def numbers(self) -> str:
        """Return statistic, reference distribution and p-value in words, or an empty text."""
        parts = []
        if self.statistic is not None:
            parts.append(f"statistic {self.statistic:.4g}" + (f" ({self.df})" if self.df else ""))
        if self.p_value is not None:
            parts.append(f"p {compared(self.p_value, sign=True)}")
        return ", ".join(parts)

    def __repr__(self) -> str:
        """Describe the test in one line: name, verdict, statistic, p-value."""
        numbers = self.numbers
        return clipped(f"{self.name}: {self.verdict}" + (f", {numbers}" if numbers else ""), 300)

    def to_dict(self) -> dict[str, Any]:
        """Return the columns of ``tests.tsv``, in its order."""
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
class Verdict(PrintsHtml):
    """How far to trust the answer.

    Parameters
    ----------
    level : str
        ``credible``, ``caution`` or ``not identified``.
    route : str
        What identifies the effect: ``environments`` or ``unlinked variants``.
    reasons : tuple of str
        Reasons in words, the most serious first.
    advice : tuple of str
        What the user could do next.
    """

    level: str
    route: str
    reasons: tuple[str, ...]
    advice: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Describe level, route, reasons and advice in a few lines."""
        lines = [self.heading, *listed(first_of([clipped(reason, 330) for reason in self.reasons], 8))]
        if self.advice:
            lines += ["What to do next:", *listed(first_of([clipped(step, 330) for step in self.advice], 6))]
        return "\n".join(lines)

    @property
    def heading(self) -> str:
        """Return level and route in one line."""
        return clipped(f"Verdict: {self.level}" + (f" (route: {self.route})" if self.route else ""), 200)

"""What the rooms hand to each other and to the user: estimates, tests, sets, report data."""

from dataclasses import dataclass, field
from typing import Any

from latentmr.results.estimate import ConfidenceSet, Details, Estimate

__all__ = ["ConfidenceSet", "Details", "Estimate", "ReportData", "TestResult", "Verdict"]


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


@dataclass(frozen=True)
class ReportData:
    """What a report shows, already rounded, suppressed and free of individual-level values.

    Parameters
    ----------
    title, answer : str
        Heading, and the result in one sentence.
    verdict : Verdict
        With its reasons.
    tables : dict of str to list of dict
        Rows for each titled table, in the order to show.
    notes : tuple of str
        Statements and warnings on the data.
    provenance : dict
        Version, command, seed, hashes.
    facts : dict
        What was analysed and how, as plain values by name: what the checklist is filled from.
    figures : dict
        What figures show that is in no table: binned, averaged.
    methods : str
        A paragraph for the methods section of a paper.
    """

    title: str
    answer: str
    verdict: Verdict
    tables: dict[str, list[dict[str, Any]]]
    notes: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    methods: str = ""

    @classmethod
    def from_dict(cls, values: Any) -> "ReportData":
        """Build it from the content of ``report.json``.

        Parameters
        ----------
        values : dict
            As ``dataclasses.asdict`` gives it.

        Raises
        ------
        ValueError
            Where something is absent or of another type; the message says what.
        """
        kinds = {
            "title": str,
            "answer": str,
            "verdict": dict,
            "tables": dict,
            "notes": list,
            "provenance": dict,
            "facts": dict,
            "figures": dict,
            "methods": str,
        }
        wrong = [name for name, kind in kinds.items() if not isinstance(_item(values, name), kind)]
        if not wrong and not all(_is_table(rows) for rows in values["tables"].values()):
            wrong = ["tables"]
        lacking = {"level", "route", "reasons"} - set(_item(values, "verdict") or ())
        if wrong or lacking:
            what = ", ".join([*wrong, *(f"verdict.{name}" for name in sorted(lacking) if "verdict" not in wrong)])
            raise ValueError(f"a report must be as this version writes it. Got one without a valid {what}; run again.")
        verdict = values["verdict"]
        return cls(
            **{name: values[name] for name in kinds}
            | {"notes": tuple(map(str, values["notes"]))}
            | {
                "verdict": Verdict(
                    str(verdict["level"]),
                    str(verdict["route"]),
                    tuple(map(str, verdict["reasons"])),
                    tuple(map(str, verdict.get("advice", ()))),
                )
            }
        )


def _item(values: Any, name: str) -> Any:
    return values.get(name) if isinstance(values, dict) else None


def _is_table(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)

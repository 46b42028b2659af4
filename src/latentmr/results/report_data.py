"""The content of a report: tables by key, notes, facts and figures. It is stored in ``report.json``."""

import warnings
from dataclasses import dataclass, field
from typing import Any

from latentmr.errors import ArgumentError
from latentmr.results.objects import Verdict
from latentmr.results.text import clipped
from latentmr.typing import Row

__all__ = ["ReportData", "ReportTables"]

#: Keys of tables by the titles that earlier versions used in their place, in code and in report.json.
KEYS = {
    "Estimates": "estimates",
    "Tests": "tests",
    "Effect by unit": "effect_by_unit",
    "Effect by environment": "by_environment",
    "Estimate without an environment": "without_environment",
    "Samples and variants": "individuals_and_variants",
    "Environments": "environments",
    "Environments in pairs": "environment_pairs",
    "Composition of the instruments": "composition",
    "Number of instruments": "number_of_instruments",
    "Starts of training": "starts",
    "Single variants": "single_variants",
    "Leave-one-out": "leave_one_out",
    "Associations": "associations",
    "Variants": "variants_left_out",
}


class ReportTables(dict[str, list[Row]]):
    """Tables of a report by key. A title in place of the key still finds its table, with a warning.

    Examples
    --------
    >>> ReportTables(tests=[{"name": "strength"}])["tests"]
    [{'name': 'strength'}]
    """

    def __missing__(self, title: str) -> list[Row]:
        key = KEYS.get(title)
        if key is None or key not in self:
            raise KeyError(title)
        warnings.warn(f"read the table {title!r} by its key, {key!r}", DeprecationWarning, stacklevel=2)
        return self[key]


@dataclass(frozen=True)
class ReportData:
    """The content of a report: rounded, with small counts suppressed, and free of individual-level values.

    Parameters
    ----------
    title, answer : str
        Heading, and the result in one sentence.
    verdict : Verdict
        Verdict with its reasons.
    tables : dict of str to list of dict
        Rows of each table by its key, such as ``estimates``. The page gives each key a title. It shows tables with an
        unknown key last, under their keys.
    notes : tuple of str
        Statements and warnings about the data.
    provenance : dict
        Version, command, seed, hashes.
    facts : dict
        What was analysed and how, as plain values by name. The STROBE-MR checklist is filled from them.
    figures : dict
        Binned or averaged values that figures show and no table holds.
    methods : str
        A paragraph for the methods section of a paper.
    """

    title: str
    answer: str
    verdict: Verdict
    tables: dict[str, list[Row]]
    notes: tuple[str, ...] = ()
    provenance: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    methods: str = ""

    def __post_init__(self) -> None:
        titled = [f"{title} is {KEYS[title]}" for title in self.tables if title in KEYS]
        if titled:
            warnings.warn(f"name tables by keys, not titles: {', '.join(titled)}", DeprecationWarning, stacklevel=3)
        object.__setattr__(self, "tables", ReportTables(_keyed(self.tables)))

    def __repr__(self) -> str:
        """Describe title, verdict and content in a few lines."""
        tables = ", ".join(f"{clipped(name, 40)} ({len(rows)})" for name, rows in list(self.tables.items())[:20])
        lines = [
            f"ReportData: {clipped(self.title, 200)}",
            clipped(self.answer, 600),
            self.verdict.heading,
            f"tables (rows): {tables or 'none'}",
            f"notes: {len(self.notes)}; facts: {len(self.facts)}; figures: {', '.join(self.figures) or 'none'}",
        ]
        return "\n".join(clipped(line, 1000) for line in lines if line)

    @classmethod
    def from_dict(cls, values: object) -> "ReportData":
        """Build report data from the content of ``report.json``, of this version or of an earlier one.

        Earlier versions named tables by their titles.

        Parameters
        ----------
        values : dict
            The values of ``dataclasses.asdict``.

        Raises
        ------
        ValueError
            If a field is absent or has another type. The message names the field.
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
        content: dict[str, Any] = values if isinstance(values, dict) else {}
        wrong = [name for name, kind in kinds.items() if not isinstance(content.get(name), kind)]
        if not wrong and not all(_is_table(rows) for rows in content["tables"].values()):
            wrong = ["tables"]
        lacking = {"level", "route", "reasons"} - set(content.get("verdict") or ())
        if wrong or lacking:
            what = ", ".join([*wrong, *(f"verdict.{name}" for name in sorted(lacking) if "verdict" not in wrong)])
            raise ArgumentError(
                "a report",
                "be as this version writes it",
                f"one without a valid {what}",
                "run the analysis again with this version",
            )
        verdict = content["verdict"]
        return cls(
            **{name: content[name] for name in kinds}
            | {"tables": _keyed(content["tables"])}
            | {"notes": tuple(map(str, content["notes"]))}
            | {
                "verdict": Verdict(
                    str(verdict["level"]),
                    str(verdict["route"]),
                    tuple(map(str, verdict["reasons"])),
                    tuple(map(str, verdict.get("advice", ()))),
                )
            }
        )


def _keyed(tables: dict[str, list[Row]]) -> dict[str, list[Row]]:
    return {KEYS.get(name, name): rows for name, rows in tables.items()}


def _is_table(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)

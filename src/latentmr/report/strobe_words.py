"""Words of the STROBE-MR checklist that one-sample and two-sample analyses share."""

import math

from latentmr.report.drawing import number
from latentmr.report.plan import SectionPlan
from latentmr.report.sections import GRAVITY
from latentmr.results.estimate import FIXED, is_fixed
from latentmr.results.report_data import ReportData
from latentmr.results.rounding import compared, rounded
from latentmr.results.text import plain_names
from latentmr.typing import Row

__all__ = [
    "See",
    "counted",
    "effect_words",
    "is_withheld",
    "model_words",
    "names_of",
    "primary_of",
    "reason_of",
    "result_words",
    "rows_of",
    "statistic_words",
    "steps_of",
    "tests_of",
    "titles_there",
    "verdict_words",
]


#: Words for instruments.
ON = {
    "G": " on the genotypes",
    "learned": " on the learned instruments",
}


def verdict_words(report: ReportData) -> str:
    """Return the tests by verdict, the most serious first."""
    tests = rows_of(report, "tests")
    parts = []
    for level in sorted({str(test.get("verdict")) for test in tests}, key=lambda x: ((*GRAVITY, x).index(x), x)):
        # tests that passed need no reason, and if effects are withheld, reasons may quote them
        short = level not in GRAVITY[:2] or is_withheld(report)
        named = [
            str(test.get("name")) if short else f"{test.get('name')} ({reason_of(test)})"
            for test in tests
            if str(test.get("verdict")) == level
        ]
        parts.append(f"{level}: {'; '.join(named)}")
    return ". ".join(parts)


def is_withheld(report: ReportData) -> bool:
    """Return whether effects must not be quoted."""
    return report.verdict.level == "not identified"


def rows_of(report: ReportData, key: str) -> list[Row]:
    """Return the rows of a table, or an empty list."""
    return report.tables.get(key, [])


def titles_there(report: ReportData, plans: tuple[SectionPlan, ...], *keys: str) -> list[str]:
    """Return the titles of the sections whose tables the report has."""
    titles = {plan.key: plan.title for plan in plans}
    return [titles.get(key, key) for key in keys if report.tables.get(key)]


def primary_of(report: ReportData) -> list[Row]:
    """Return the estimates to quote."""
    return [row for row in rows_of(report, "estimates") if row.get("primary") == "true"]


def tests_of(report: ReportData, *names: str) -> list[Row]:
    """Return the tests of some families that apply: ``placebo`` includes ``placebo: NAME``."""
    made = [test for test in rows_of(report, "tests") if test.get("verdict") != "not applicable"]
    return [test for test in made if not names or str(test.get("name")).split(":")[0] in names]


def steps_of(report: ReportData, unit: str) -> list[str]:
    """Return the steps from the files to the estimate, for individuals or variants."""
    steps = []
    for row in rows_of(report, "individuals_and_variants"):
        if row.get("unit") == unit and (row.get("removed") != 0 or row.get("stage") == "read"):
            removed, left = counted(row.get("removed")), counted(row.get("remaining"))
            stage = f"{row['stage']}, " if row.get("stage") in ("learning", "estimation") else ""
            steps.append(f"{stage}{row.get('reason')}: {removed} removed, {left} remain")
    return steps


def names_of(facts: Row, name: str) -> str:
    """Return the names in a fact, joined by commas."""
    return ", ".join(map(str, facts.get(name) or ()))


def counted(value: object) -> str:
    """Return a count in words, or the text that replaces a small count."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def statistic_words(test: Row) -> str:
    """Return a test with its statistic and reason."""
    statistic, p_value = number(test.get("statistic")), number(test.get("p_value"))
    value = f" {statistic:.4g}" if math.isfinite(statistic) else ""
    df = f" ({test['df']})" if test.get("df") else ""
    p = f", p {compared(p_value, sign=True)}" if math.isfinite(p_value) else ""
    return f"{test.get('name')}{value}{df}{p}: {reason_of(test)}"


def reason_of(test: Row) -> str:
    """Return the reason of a test, with the plain names of arguments."""
    return plain_names(str(test.get("reason")))


def model_words(row: Row) -> str:
    """Return the method of an estimate."""
    on = ON.get(str(row.get("instruments")), "")
    fixed = f", {FIXED}" if is_fixed(row.get("se_type")) else ""
    return f"{row.get('method')}{on} (adjustment {row.get('adjustment')}{fixed})"


def result_words(row: Row) -> str:
    """Return the method of an estimate, the estimate and its interval."""
    return f"{model_words(row)} {effect_words(row)}"


def effect_words(row: Row) -> str:
    """Return an estimate with its interval."""
    beta, se, low, high = (number(row.get(name)) for name in ("beta", "se", "ci_low", "ci_high"))
    interval = f" ({rounded(low, se)} to {rounded(high, se)})" if math.isfinite(low + high) else ""
    sets = [f" {value}" for name, value in row.items() if name.startswith("ci_") and "[" in str(value)]
    interval = interval or "".join(sets[:1])
    scale = "" if row.get("scale") == "difference" else f", {row.get('scale')}"
    return f"{rounded(beta, se)}{interval}{scale}"


class See:
    """Ends of sentences that refer to those of the named sections that the report has."""

    def __init__(self, report: ReportData, plans: tuple[SectionPlan, ...]) -> None:
        self.report, self.plans = report, plans

    def __getitem__(self, keys: str) -> str:
        named = [f"'{title}'" for title in titles_there(self.report, self.plans, *keys.split(", "))]
        return f" (Report, section{'s' if len(named) > 1 else ''} {', '.join(named)})." if named else "."

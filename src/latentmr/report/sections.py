"""The sections of a report below its first screen, in order."""

from dataclasses import replace

from latentmr.report.drawing import Drawing
from latentmr.report.kind import Kind
from latentmr.report.plan import Section
from latentmr.results.report_data import ReportData
from latentmr.typing import Row

__all__ = ["sections"]


#: Columns of the table of tests, the most important first, and verdicts of tests, the most serious first.
TEST_COLUMNS = ("verdict", "name", "reason", "null", "statistic", "df", "p_value", "effect")
GRAVITY = ("fail", "warn", "pass")


def sections(report: ReportData, drawings: dict[str, Drawing], kind: Kind) -> list[Section]:
    """Build the sections for which the report has content.

    Parameters
    ----------
    report : ReportData
    drawings : dict of str to Drawing
        Drawings by name. The forest plot of all estimates is on the first screen. If effects are withheld, it is in the
        section of the estimates.
    kind : Kind

    Returns
    -------
    list of Section
        Sections in the order of the page. Tables with unknown keys come last.
    """
    withheld = report.verdict.level == "not identified"
    out = []
    for plan in kind.plans:
        shown = replace(plan, figures=("estimates", *plan.figures)) if withheld and plan.key == "estimates" else plan
        figures = shown.drawn(drawings)
        rows, said = _table(report, plan.key, kind)
        if rows or figures:
            out.append(Section(plan.title, plan.words, figures, rows, plan.folded, withheld and plan.effects, said))
        if plan.key == "tests" and rows and withheld:
            out[-1:] = _without_effects(out[-1], kind)
    known = {plan.key for plan in kind.plans}
    out += [Section(key, "", (), rows) for key, rows in report.tables.items() if rows and key not in known]
    return out


def _table(report: ReportData, key: str, kind: Kind) -> tuple[list[Row], str]:
    """Return the rows of a table that the page shows, and a sentence about the other rows."""
    rows = report.tables.get(key, [])
    if key == "tests":
        return sorted(({name: row[name] for name in TEST_COLUMNS} for row in rows), key=_gravity), ""
    return kind.shown(key, rows)


def _without_effects(tests: Section, kind: Kind) -> list[Section]:
    """Move the tests whose reasons quote effects to a section of their own, which is collapsed at first."""
    quoting = [row for row in tests.rows if kind.tells_effects(str(row["name"]))]
    parts = [replace(tests, rows=[row for row in tests.rows if row not in quoting])]
    parts.append(replace(tests, title="Tests of the effect", words="", rows=quoting, withheld=True))
    return [part for part in parts if part.rows]


def _gravity(row: Row) -> int:
    return GRAVITY.index(row["verdict"]) if row["verdict"] in GRAVITY else len(GRAVITY)

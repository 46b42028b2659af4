"""The sections of a report below its first screen, in order: what each shows, and how to read it."""

from dataclasses import replace

from latentmr.report.drawing import Drawing
from latentmr.report.kind import Kind
from latentmr.report.plan import Section
from latentmr.results.report_data import ReportData
from latentmr.typing import Row

__all__ = ["sections"]


#: Columns of the tests, what matters first; and their verdicts, the gravest first.
TEST_COLUMNS = ("verdict", "name", "reason", "null", "statistic", "df", "p_value", "effect")
GRAVITY = ("fail", "warn", "pass")


def sections(report: ReportData, drawings: dict[str, Drawing], kind: Kind) -> list[Section]:
    """Build the sections that have something to show.

    Parameters
    ----------
    report : ReportData
    drawings : dict of str to Drawing
        By name. The forest plot of all estimates is on the first screen, or where effects are withheld, with them.
    kind : Kind

    Returns
    -------
    list of Section
        Tables that are none of the known ones come last.
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
    """Rows of a table as the page shows them, and what it says of those that it does not."""
    rows = report.tables.get(key, [])
    if key == "tests":
        return sorted(({name: row[name] for name in TEST_COLUMNS} for row in rows), key=_gravity), ""
    return kind.shown(key, rows)


def _without_effects(tests: Section, kind: Kind) -> list[Section]:
    """Leave the tests whose words hold effects to a section of their own, closed at first."""
    told = [row for row in tests.rows if kind.tells_effects(str(row["name"]))]
    parts = [replace(tests, rows=[row for row in tests.rows if row not in told])]
    parts.append(replace(tests, title="Tests of the effect", words="", rows=told, withheld=True))
    return [part for part in parts if part.rows]


def _gravity(row: Row) -> int:
    return GRAVITY.index(row["verdict"]) if row["verdict"] in GRAVITY else len(GRAVITY)

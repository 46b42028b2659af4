"""The sections of a report below its first screen, in order: what each shows, and how to read it."""

from dataclasses import replace
from typing import Any

from latentmr.report import two_sample
from latentmr.report.composition import strongest
from latentmr.report.drawing import Drawing
from latentmr.report.plan import Plan, Section
from latentmr.results import ReportData

__all__ = ["sections"]

Row = dict[str, Any]

#: Columns of the tests, what matters first; and their verdicts, the gravest first.
TEST_COLUMNS = ("verdict", "name", "reason", "null", "statistic", "df", "p_value", "effect")
GRAVITY = ("fail", "warn", "pass")
#: Tests whose reasons tell of effects.
OF_EFFECTS = ("adjustment", "heterogeneity", "leave-one-out", "learners", "sensitivity")


PLANS = (
    Plan(
        "Effect by unit",
        "The effect to quote per unit and per standard deviation of the exposure; intervals are the robust sets where"
        " there are such.",
        effects=True,
    ),
    Plan(
        "Tests",
        "What the answer rests on. pass: nothing speaks against it; warn: read the reason; fail: the answer is in"
        " doubt. Tests of the instruments are made on people whom learning did not see, where there are such.",
    ),
    Plan(
        "Samples and variants",
        "Who and what was kept, and why the others were not.",
        ("flow",),
        folded=True,
    ),
    Plan(
        "Environments",
        "People in estimation and in learning, and their traits. Small counts, and what would give them away, are"
        " hidden.",
    ),
    Plan(
        "Composition of the instruments",
        "What each learned instrument is made of.",
        ("composition",),
        folded=True,
    ),
    Plan("Learned space", "", ("space",)),
    Plan("Number of instruments", "How the number of instruments was chosen.", ("number",)),
    Plan(
        "Training",
        "",
        ("training",),
    ),
    Plan("Starts of training", "Training began from several starts; the best on people held out was taken."),
    Plan("Effect by environment", "", ("environments",), effects=True),
    Plan("Estimate without an environment", "", ("without",), effects=True),
    Plan(
        "Environments in pairs",
        "How well the instruments tell two environments apart (0.5: not at all).",
        folded=True,
    ),
    Plan("Estimates", "The estimate to quote and all others beside it.", effects=True),
)


def sections(report: ReportData, drawings: dict[str, Drawing]) -> list[Section]:
    """Build the sections that have something to show.

    Parameters
    ----------
    report : ReportData
    drawings : dict of str to Drawing
        By name. The forest plot of all estimates is on the first screen, or where effects are withheld, with them.

    Returns
    -------
    list of Section
        Tables that are none of the known ones come last.
    """
    withheld = report.verdict.level == "not identified"
    plans = two_sample.PLANS if two_sample.is_two_sample(report) else PLANS
    out = []
    for plan in plans:
        shown = replace(plan, figures=("estimates", *plan.figures)) if withheld and plan.title == "Estimates" else plan
        figures = shown.drawn(drawings)
        rows, said = _table(report, plan.source)
        if rows or figures:
            out.append(Section(plan.title, plan.words, figures, rows, plan.folded, withheld and plan.effects, said))
        if plan.title == "Tests" and rows and withheld:
            out[-1:] = _without_effects(out[-1], two_sample.is_two_sample(report))
    known = {plan.source for plan in plans}
    out += [Section(title, "", (), rows) for title, rows in report.tables.items() if rows and title not in known]
    return out


def _table(report: ReportData, title: str) -> tuple[list[Row], str]:
    """Rows of a table as the page shows them, and what it says of those that it does not."""
    rows = report.tables.get(title, [])
    if title == "Tests":
        return sorted(({name: row[name] for name in TEST_COLUMNS} for row in rows), key=_gravity), ""
    if title == "Composition of the instruments" and len(strongest(rows)) < len(rows):
        few = strongest(rows)
        return few, f"The table has the {len(few)} variants that matter most; report.json has all."
    return two_sample.shown(title, rows) if two_sample.is_two_sample(report) else (rows, "")


def _without_effects(tests: Section, of_variants: bool) -> list[Section]:
    """Leave the tests whose words hold effects to a section of their own, closed at first."""
    # with two samples all but the strength compare effects of variants
    told = [
        row
        for row in tests.rows
        if row["name"] in OF_EFFECTS or (of_variants and str(row["name"]).split(":")[0] != "strength")
    ]
    parts = [replace(tests, rows=[row for row in tests.rows if row not in told])]
    parts.append(replace(tests, title="Tests of the effect", words="", rows=told, withheld=True))
    return [part for part in parts if part.rows]


def _gravity(row: Row) -> int:
    return GRAVITY.index(row["verdict"]) if row["verdict"] in GRAVITY else len(GRAVITY)

"""The sections of a report below its first screen, in order: what each shows, and how to read it."""

from dataclasses import dataclass, replace
from typing import Any

from latentmr.report.composition import strongest
from latentmr.report.drawing import Drawing
from latentmr.results import ReportData

__all__ = ["Section", "sections"]

Row = dict[str, Any]


@dataclass(frozen=True)
class Section:
    """A heading with words, figures and a table.

    Parameters
    ----------
    title, words : str
    drawings : tuple of Drawing
    rows : list of dict
    folded : bool
        Whether the table is closed at first.
    withheld : bool
        Whether all of it holds effects that must not be quoted, and is closed at first.
    """

    title: str
    words: str
    drawings: tuple[Drawing, ...]
    rows: list[Row]
    folded: bool = False
    withheld: bool = False


@dataclass(frozen=True)
class _Plan:
    """What a section takes from the report."""

    title: str
    words: str
    figures: tuple[str, ...] = ()
    folded: bool = False
    effects: bool = False


#: Columns of the tests, what matters first; and their verdicts, the gravest first.
TEST_COLUMNS = ("verdict", "name", "reason", "null", "statistic", "df", "p_value", "effect")
GRAVITY = ("fail", "warn", "pass")
#: Tests whose reasons tell of effects.
OF_EFFECTS = ("adjustment", "heterogeneity", "leave-one-out", "learners", "sensitivity")


PLANS = (
    _Plan(
        "Effect by unit",
        "The effect to quote per unit and per standard deviation of the exposure; intervals are the robust sets where"
        " there are such.",
        effects=True,
    ),
    _Plan(
        "Tests",
        "What the answer rests on. pass: nothing speaks against it; warn: read the reason; fail: the answer is in"
        " doubt. Tests of the instruments are made on people whom learning did not see, where there are such.",
    ),
    _Plan(
        "Samples and variants",
        "Who and what was kept, and why the others were not.",
        ("flow",),
        folded=True,
    ),
    _Plan(
        "Environments",
        "People in estimation and in learning, and their traits. Small counts, and what would give them away, are"
        " hidden.",
    ),
    _Plan(
        "Composition of the instruments",
        "What each learned instrument is made of.",
        ("composition",),
        folded=True,
    ),
    _Plan("Learned space", "", ("space",)),
    _Plan("Number of instruments", "How the number of instruments was chosen.", ("number",)),
    _Plan(
        "Training",
        "",
        ("training",),
    ),
    _Plan("Starts of training", "Training began from several starts; the best on people held out was taken."),
    _Plan("Effect by environment", "", ("environments",), effects=True),
    _Plan("Estimate without an environment", "", ("without",), effects=True),
    _Plan(
        "Environments in pairs",
        "How well the instruments tell two environments apart (0.5: not at all).",
        folded=True,
    ),
    _Plan("Estimates", "The estimate to quote and all others beside it.", effects=True),
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
    out = []
    for plan in PLANS:
        names = (*plan.figures, "estimates") if withheld and plan.title == "Estimates" else plan.figures
        figures = tuple(drawings[name] for name in names if name in drawings)
        rows = report.tables.get(plan.title, [])
        if plan.title == "Tests":
            rows = sorted(({name: row[name] for name in TEST_COLUMNS} for row in rows), key=_gravity)
        words = plan.words
        if plan.title == "Composition of the instruments" and len(strongest(rows)) < len(rows):
            words += f" The table has the {len(strongest(rows))} variants that matter most; report.json has all."
            rows = strongest(rows)
        if rows or figures:
            out.append(Section(plan.title, words, figures, rows, plan.folded, withheld and plan.effects))
        if plan.title == "Tests" and withheld:
            out[-1:] = _without_effects(out[-1])
    known = {plan.title for plan in PLANS}
    out += [Section(title, "", (), rows) for title, rows in report.tables.items() if rows and title not in known]
    return out


def _without_effects(tests: Section) -> list[Section]:
    """Leave the tests whose words hold effects to a section of their own, closed at first."""
    told = [row for row in tests.rows if row["name"] in OF_EFFECTS]
    parts = [replace(tests, rows=[row for row in tests.rows if row not in told])]
    parts.append(replace(tests, title="Tests of the effect", words="", rows=told, withheld=True))
    return [part for part in parts if part.rows]


def _gravity(row: Row) -> int:
    return GRAVITY.index(row["verdict"]) if row["verdict"] in GRAVITY else len(GRAVITY)

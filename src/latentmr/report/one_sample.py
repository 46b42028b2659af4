"""The page of a one-sample run: its drawings, its sections, and which rows of long tables it shows."""

from latentmr.report.composition import composition_map, strongest
from latentmr.report.curves import number_curve, training_curve
from latentmr.report.drawing import Drawing
from latentmr.report.forest import environments_forest, estimates_forest, without_forest
from latentmr.report.kind import Kind
from latentmr.report.people import flow_chart
from latentmr.report.plan import Plan
from latentmr.report.space import learned_space
from latentmr.report.strobe_fields import strobe_fields
from latentmr.report.strobe_items import ITEMS
from latentmr.results.objects import ReportData
from latentmr.typing import Row

__all__ = ["ONE_SAMPLE"]


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


def _drawings(report: ReportData) -> list[Drawing]:
    tables, figures = report.tables, report.figures
    estimates = tables.get("Estimates", [])
    quoted = [row for row in estimates if row["primary"] == "true"]
    # with several exposures there is no one line to compare with; nor with an answer on another scale
    primary = quoted[0] if len(quoted) == 1 and quoted[0].get("scale", "difference") == "difference" else None
    made = (
        estimates_forest(estimates),
        flow_chart(tables.get("Samples and variants", [])),
        composition_map(tables.get("Composition of the instruments", [])),
        learned_space(figures.get("space", {})),
        number_curve(tables.get("Number of instruments", [])),
        training_curve(figures.get("training", [])),
        environments_forest(tables.get("Effect by environment", []), primary),
        without_forest(tables.get("Estimate without an environment", []), primary),
    )
    return [drawing for drawing in made if drawing is not None]


def _shown(title: str, rows: list[Row]) -> tuple[list[Row], str]:
    if title == "Composition of the instruments" and len(strongest(rows)) < len(rows):
        few = strongest(rows)
        return few, f"The table has the {len(few)} variants that matter most; report.json has all."
    return rows, ""


ONE_SAMPLE = Kind(
    design="one-sample",
    drawings=_drawings,
    plans=PLANS,
    shown=_shown,
    tells_effects=lambda name: name in OF_EFFECTS,
    answers={item.label: item.answer for item in ITEMS},
    fields=strobe_fields,
)

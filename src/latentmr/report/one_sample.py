"""The page of a one-sample analysis: its drawings, its sections, and the rows of long tables that it shows."""

from latentmr.report.composition import composition_map, strongest
from latentmr.report.curves import number_curve, scree_curve, training_curve
from latentmr.report.drawing import Drawing
from latentmr.report.flow_chart import flow_chart
from latentmr.report.forest import environments_forest, estimates_forest, without_forest
from latentmr.report.kind import Kind
from latentmr.report.one_sample_sections import ONE_SAMPLE_SECTIONS
from latentmr.report.space import learned_space
from latentmr.report.strobe_fields import strobe_fields
from latentmr.report.strobe_items import ITEMS
from latentmr.results.report_data import ReportData
from latentmr.typing import Row

__all__ = ["ONE_SAMPLE"]


#: Tests whose reasons quote effects.
OF_EFFECTS = ("adjustment", "heterogeneity", "leave-one-out", "learners", "sensitivity")


def _drawings(report: ReportData) -> list[Drawing]:
    tables, figures = report.tables, report.figures
    estimates = tables.get("estimates", [])
    quoted = [row for row in estimates if row["primary"] == "true"]
    # no reference line is drawn for several exposures, or for a primary estimate on another scale
    primary = quoted[0] if len(quoted) == 1 and quoted[0].get("scale", "difference") == "difference" else None
    made = (
        estimates_forest(estimates),
        flow_chart(tables.get("individuals_and_variants", [])),
        composition_map(tables.get("composition", [])),
        learned_space(figures.get("space", {})),
        scree_curve(figures.get("scree", {})),
        number_curve(tables.get("number_of_instruments", [])),
        training_curve(figures.get("training", [])),
        environments_forest(tables.get("by_environment", []), primary),
        without_forest(tables.get("without_environment", []), primary),
    )
    return [drawing for drawing in made if drawing is not None]


def _shown(key: str, rows: list[Row]) -> tuple[list[Row], str]:
    if key == "composition" and len(strongest(rows)) < len(rows):
        few = strongest(rows)
        return (
            few,
            f"The table shows the {len(few)} variants with the largest sensitivities; report.json has all of them.",
        )
    return rows, ""


ONE_SAMPLE = Kind(
    design="one-sample",
    drawings=_drawings,
    plans=ONE_SAMPLE_SECTIONS,
    shown=_shown,
    tells_effects=lambda name: name in OF_EFFECTS,
    answers={item.label: item.answer for item in ITEMS},
    fields=strobe_fields,
)

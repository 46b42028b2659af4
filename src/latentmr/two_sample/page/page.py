"""Page of a two-sample run: drawings, sections, and the rows of long tables that it shows."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from latentmr.report.drawing import Drawing, number
from latentmr.report.flow_chart import flow_chart
from latentmr.report.forest import MOST, short
from latentmr.report.plan import SectionPlan
from latentmr.results.report_data import ReportData
from latentmr.two_sample.page.forests import TOP, methods_forest, single_variants_forest, without_variant_forest
from latentmr.two_sample.page.funnel import funnel_plot
from latentmr.two_sample.page.radial import radial_plot
from latentmr.two_sample.page.ratios import COMPACT, ratios_plot
from latentmr.two_sample.page.scatter import scatter_plot
from latentmr.two_sample.page.variants import MOST_EXPOSURES, by_exposure, given_the_others, slope_of
from latentmr.typing import Row

__all__ = ["PLANS", "drawings", "shown"]


#: Maximum number of rows of a table of variants on the page.
MOST_ROWS = 100
#: Additions to a caption with several exposures.
UNADJUSTED = " (effects not adjusted for the other exposures)"
ADJUSTED = " (effects on the outcome minus those through the other exposures, by multivariable IVW)"
#: Columns of estimates that are constant in a two-sample run.
CONSTANT = ("instruments", "adjustment", "basis")
#: Columns that are shown if they differ between rows.
OFTEN_ONE = ("exposure", "scale", "n")

PLANS = (
    SectionPlan(
        "effect_by_unit",
        "Effect by unit",
        "The primary effect per unit and per standard deviation of the exposure.",
        effects=True,
    ),
    SectionPlan(
        "estimates",
        "Estimates",
        "The primary estimate and those of the other methods. Each method replaces the assumption that all variants"
        " are valid by another one. The median assumes that valid variants have at least half of the weight. The mode"
        " assumes that they are the largest group with the same ratio. MR-Egger assumes that pleiotropic effects are"
        " independent of the strength. If estimates differ, at least one of these assumptions is violated. None of the"
        " methods removes confounding of the variants with the outcome.",
        ("methods",),
        effects=True,
    ),
    SectionPlan(
        "tests",
        "Tests",
        "Tests of the assumptions. pass: no evidence against the assumption; warn: read the reason; fail: the estimate"
        " is not reliable. None of the tests can detect confounding of the variants with the outcome.",
    ),
    SectionPlan(
        "associations",
        "Scatter plot",
        "Points of valid instruments scatter around one line through the origin.",
        ("scatter",),
        folded=True,
        effects=True,
    ),
    SectionPlan(
        "single_variants",
        "Single variants",
        "The effect from each variant alone.",
        ("single",),
        folded=True,
        effects=True,
    ),
    SectionPlan(
        "leave_one_out",
        "Leave-one-out",
        "The estimate without each variant, to see whether it depends on a single one.",
        ("without",),
        folded=True,
        effects=True,
    ),
    SectionPlan("funnel_plot", "Funnel plot", "", ("funnel",), effects=True),
    SectionPlan("radial_plot", "Radial plot", "", ("radial",), effects=True),
    SectionPlan(
        "tables_read",
        "Tables of GWAS results",
        "What was recognised in each table: its layout, the columns that were read, and the allele that it counts.",
        folded=True,
    ),
    SectionPlan(
        "individuals_and_variants",
        "Samples and variants",
        "Variants and samples that were kept, and reasons for those that were dropped.",
        ("flow",),
        folded=True,
    ),
    SectionPlan("variants_left_out", "Variants left out", "", folded=True),
)


def drawings(report: ReportData) -> list[Drawing]:
    """Draw every figure of a two-sample report, for each of the first exposures.

    Parameters
    ----------
    report : ReportData
        ``figures["lines"]`` holds the lines of the scatter plots. ``facts["top"]`` is the number of variants with rows
        in forest plots, and ``facts["top_by"]`` their ranking (``precision`` or ``influence``).

    Returns
    -------
    list of Drawing
        Drawings in the order of the page.
    """
    tables, lines = report.tables, report.figures.get("lines", [])

    def overall(exposure: str) -> float:
        return slope_of(lines, exposure, "ivw", "inverse")

    estimates = tables.get("estimates", [])
    made = [methods_forest(estimates) if estimates else None]
    exposures = list(dict.fromkeys(str(row["exposure"]) for row in estimates))
    if len(exposures) > 1 and len(estimates) + len(exposures) > MOST:
        made += _each(exposures, lambda exposure, at: methods_forest(_of(estimates, exposure), f"methods{at}"), "")
    exposed = by_exposure(tables.get("associations", []))
    slopes = {each.exposure: overall(each.exposure) for each in exposed}
    given = (
        len(exposed) > 1
        and all(math.isfinite(slope) for slope in slopes.values())
        and any("multivariable" in str(row["method"]) for row in estimates if row["primary"] == "true")
    )
    groups = {each.exposure: each for each in (given_the_others(exposed, slopes) if given else exposed)}
    how = ADJUSTED if given else UNADJUSTED
    outcome = str(report.facts.get("outcome", "the outcome"))

    def scatter(exposure: str, at: str) -> Drawing:
        return scatter_plot(groups[exposure], _of(lines, exposure), outcome, f"scatter{at}")

    def single(exposure: str, at: str) -> Drawing | None:
        rows = _of(tables["single_variants"], exposure)
        if len(rows) > COMPACT:
            return ratios_plot(rows, overall(exposure), f"single{at}")
        most, by = int(report.facts.get("top", TOP)), str(report.facts.get("top_by", "precision"))
        return single_variants_forest(rows, overall(exposure), f"single{at}", most, by)

    def without(exposure: str, at: str) -> Drawing | None:
        rows = _of(tables["leave_one_out"], exposure)
        return without_variant_forest(rows, f"without{at}", int(report.facts.get("top", TOP)))

    made += _each(list(groups), scatter, how)
    made += _each(_exposures(tables.get("single_variants", [])), single)
    made += _each(_exposures(tables.get("leave_one_out", [])), without, "")
    made += _each(
        list(groups),
        lambda exposure, at: funnel_plot(
            groups[exposure], overall(exposure), slope_of(lines, exposure, "egger"), f"funnel{at}"
        ),
        how,
    )
    made += _each(
        list(groups), lambda exposure, at: radial_plot(groups[exposure], overall(exposure), f"radial{at}"), how
    )
    made.append(flow_chart(tables.get("individuals_and_variants", [])))
    return [drawing for drawing in made if drawing is not None]


def shown(key: str, rows: list[Row]) -> tuple[list[Row], str]:
    """Return the rows of a table that the page shows, and a note on the others.

    Parameters
    ----------
    key : str
        Name of the table in the report.
    rows : list of dict

    Returns
    -------
    list of dict
        Rows on the page.
    str
        Note on the other rows; empty if all rows are shown.
    """
    if key == "estimates" and rows:
        used = [name for name in rows[0] if name not in CONSTANT and any(_there(row.get(name)) for row in rows)]
        used = [name for name in used if name not in OFTEN_ONE or len({str(row.get(name)) for row in rows}) > 1]
        return [{name: row.get(name) for name in used} for row in rows], ""
    if key == "variants_left_out":
        gone = [{"id": row.get("id"), "why": row.get("drop_reason")} for row in rows if row.get("keep") is False]
        return _few(gone, np.zeros(len(gone)), "the first")
    if key == "associations":
        words = {True: "yes", False: "no", None: None}
        rows = [row | {"outlier": words.get(row.get("outlier"))} for row in rows]
        return _few(rows, _column(rows, "weight"), "those with the largest weights")
    if key == "single_variants":
        return _few(rows, -_column(rows, "se"), "the most precise")
    if key == "leave_one_out":
        middle = np.nanmedian(_column(rows, "beta")) if rows else 0.0
        rank = np.abs(_column(rows, "beta") - middle)
        rank[[row.get("without") == "none" for row in rows]] = np.inf
        return _few(rows, rank, "those that change the estimate most")
    return rows, ""


def _few(rows: list[Row], rank: Any, which: str) -> tuple[list[Row], str]:
    if len(rows) <= MOST_ROWS:
        return rows, ""
    chosen = np.sort(np.argsort(-np.nan_to_num(rank, nan=-np.inf), kind="stable")[:MOST_ROWS])
    few = [rows[i] for i in chosen]
    return few, f"The table shows {MOST_ROWS} of {len(rows):,} rows, {which}; report.json has all rows."


def _each(exposures: list[str], draw: Any, alone: str = UNADJUSTED) -> list[Drawing | None]:
    """Make a drawing for each exposure; the last caption names the exposures without one."""
    made = []
    for place, exposure in enumerate(exposures[:MOST_EXPOSURES], start=1):
        made.append(draw(exposure, f"-{place}" if len(exposures) > 1 else ""))
        if made[-1] is not None and len(exposures) > 1:
            made[-1] = replace(made[-1], caption=f"{short(exposure, 80)}{alone}. {made[-1].caption}")
    rest = [short(exposure, 80) for exposure in exposures[MOST_EXPOSURES:]]
    if rest and made[-1] is not None:
        named = ", ".join(rest[:20]) + (f" and {len(rest) - 20} more" if len(rest) > 20 else "")
        made[-1] = replace(
            made[-1], caption=f"{made[-1].caption} Exposures without a plot, which are in the tables: {named}."
        )
    return made


def _exposures(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(str(row["exposure"]) for row in rows))


def _of(rows: list[Row], exposure: str) -> list[Row]:
    return [row for row in rows if str(row.get("exposure")) == exposure]


def _column(rows: list[Row], name: str) -> Any:
    return np.array([number(row.get(name)) for row in rows])


def _there(value: Any) -> bool:
    return value not in (None, "") and not (isinstance(value, float) and math.isnan(value))

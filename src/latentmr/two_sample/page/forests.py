"""Forest plots of a two-sample page: methods, single variants, and the estimate without each variant."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np

from latentmr.report.drawing import ACCENT, INK, SOFT, WARN, Drawing, number
from latentmr.report.forest import MOST, SETS, Line, around, forest, line_of, short
from latentmr.two_sample.page.frame import robust_range
from latentmr.typing import Row

__all__ = ["CONFOUNDING", "TOP", "methods_forest", "single_variants_forest", "without_variant_forest"]


#: Variants that have a row of their own by default.
TOP = 30
#: What no method of a two-sample page does; it stands wherever they are compared.
CONFOUNDING = (
    "Methods that are robust to pleiotropy do not remove confounding of the variants with the outcome (population"
    " stratification, assortative mating, dynastic effects): all of them can agree and be wrong together. What can:"
    " instruments learned from individual data of several environments (latentmr run), under assumptions that it tests,"
    " or comparisons within families."
)


def methods_forest(rows: list[Row], name: str = "estimates") -> Drawing | None:
    """Estimates of all methods, under a heading for each exposure.

    Parameters
    ----------
    rows : list of dict
        As in ``estimates.tsv``. Where those of several exposures are more than can be read, the ones to quote alone.
    name : str
        Of the drawing.

    Returns
    -------
    Drawing or None
        None if nothing can be drawn.
    """
    exposures = list(dict.fromkeys(str(row["exposure"]) for row in rows))
    quoted = [row for row in rows if row["primary"] == "true"]
    scale = next((row.get("scale") for row in quoted), None)
    known = [(row, line_of(row, str(row["method"]))) for row in rows if row.get("scale") == scale or not quoted]
    crowded = len(exposures) > 1 and len(known) + len(exposures) > MOST
    lines: list[Line] = []
    for exposure in exposures:
        part = [(row, line) for row, line in known if line is not None and str(row["exposure"]) == exposure]
        if crowded:
            lines += [replace(line, label=f"{short(exposure, 26)}: {line.label}") for _, line in part if line.bold]
            continue
        if len(exposures) > 1 and part:
            lines.append(Line(exposure, math.nan, math.nan, math.nan, bold=True))
        twins = Counter(line.label for _, line in part)
        lines += [
            replace(line, label=f"{line.label} ({row['se_type']})") if twins[line.label] > 1 else line
            for row, line in part
        ]
    if not any(line.numbers for line in lines):
        return None
    lines = lines[: 2 * MOST]
    first = next((line for line in lines if line.bold and line.numbers), None)
    cover = [0.0] if first is None else [0.0, first.beta, first.low, first.high]
    span = robust_range([end for line in lines for end in (line.beta, line.low, line.high)], cover)
    caption = (
        (
            "The estimates to quote of all exposures"
            if crowded
            else "The estimate of each method, the one to quote in colour"
        )
        + (f". {CONFOUNDING}" if name == "estimates" else ".")
        + (SETS if any(line.pieces for line in lines) else "")
    )
    return forest(name, caption, "estimate", lines, span=span)


def single_variants_forest(
    rows: list[Row], overall: float, name: str = "single", most: int = TOP, by: str = "precision"
) -> Drawing | None:
    """Ratios of single variants; the others, pooled, in the last row.

    Parameters
    ----------
    rows : list of dict
        ``exposure, id, beta, se`` of one exposure.
    overall : float
        Estimate of all together, drawn as a line; NaN for none.
    name : str
        Of the drawing.
    most : int
        Variants that have a row.
    by : str
        Which ones: ``precision``, or ``influence`` (weight times distance from the estimate of all).

    Returns
    -------
    Drawing or None
    """
    known = _with_errors(rows)
    if not known:
        return None
    beta, se = (np.array([number(row[name]) for row in known]) for name in ("beta", "se"))
    centre = overall if math.isfinite(overall) else float((beta / se**2).sum() / (1 / se**2).sum())
    rank = np.abs(beta - centre) / se**2 if by == "influence" else 1 / se
    chosen = np.argsort(-rank, kind="stable")[: max(most, 1)]
    lines = [around(known[i]["id"], beta[i], se[i]) for i in chosen[np.argsort(beta[chosen], kind="stable")]]
    rest = np.setdiff1d(np.arange(len(known)), chosen)
    which = "most precise" if by == "precision" else "most influential"
    left = ""
    if len(rest):
        weight = (1 / se[rest] ** 2).sum()
        pooled = around(f"{len(rest):,} others, pooled", (beta[rest] / se[rest] ** 2).sum() / weight, weight**-0.5)
        lines.append(replace(pooled, colour=INK, bold=True))
        left = (
            f" The {len(chosen)} {which} of {len(known):,} variants are shown; {len(rest):,} are not, and stand pooled"
            " by inverse variance in the last row."
        )
    span = robust_range([end for line in lines for end in (line.low, line.high)], [0.0, overall])
    caption = (
        "The effect by each variant alone, with its 95 % interval (Wald ratio, in order of size)"
        + (", and the estimate of all, dashed" if math.isfinite(overall) else "")
        + ". Variants that disagree by more than their intervals allow act on the outcome by other ways, or are"
        f" confounded with it.{left}"
    )
    return forest(name, caption, "ratio of effects", lines, overall, span=span)


def without_variant_forest(rows: list[Row], name: str = "without", most: int = TOP) -> Drawing | None:
    """The estimate without each variant, those that change it most.

    Parameters
    ----------
    rows : list of dict
        ``exposure, without, beta, se`` of one exposure; ``without`` is ``none`` in the row of all variants.
    name : str
        Of the drawing.
    most : int
        Variants that have a row.

    Returns
    -------
    Drawing or None
    """
    every = next((row for row in reversed(_with_errors(rows)) if row["without"] == "none"), None)
    known = [row for row in _with_errors(rows) if row is not every]
    if not known:
        return None
    beta = np.array([number(row["beta"]) for row in known])
    all_of_them = float(np.median(beta)) if every is None else number(every["beta"])
    chosen = np.argsort(-np.abs(beta - all_of_them), kind="stable")[: max(most, 1)]
    whole = None if every is None else around("all variants", every["beta"], every["se"])
    lines = []
    for i in chosen[np.argsort(beta[chosen], kind="stable")]:
        line = around(f"without {known[i]['without']}", beta[i], known[i]["se"])
        lines.append(replace(line, colour=WARN) if whole is not None and _decides(line, whole) else line)
    rest = np.setdiff1d(np.arange(len(known)), chosen)
    left = ""
    if len(rest):
        low, high = float(beta[rest].min()), float(beta[rest].max())
        error = math.nan if every is None else number(every["se"]) / 10
        words = f"{_digits(low, error)} to {_digits(high, error)}"
        lines.append(Line(f"without one of {len(rest):,} others", math.nan, low, high, SOFT, words=words))
        left = (
            f" The {len(chosen)} that change it most are shown; {len(rest):,} are not, and the last row but one has the"
            " range of their estimates."
        )
    if whole is not None:
        lines.append(replace(whole, colour=ACCENT, bold=True))
    span = robust_range([end for line in lines for end in (line.low, line.high)], [0.0])
    caption = (
        "The IVW estimate when one variant is left out, in order of size, and that of all variants, dashed. In orange:"
        " without this variant the estimate moves by more than its standard error, or changes from one that excludes"
        f" zero to one that does not, or back.{left}"
    )
    return forest(name, caption, "estimate", lines, math.nan if every is None else all_of_them, span=span)


def _digits(value: float, error: float) -> str:
    return around("", value, error).numbers.partition(" ")[0] if error > 0 else f"{value:.3g}"


def _decides(line: Line, whole: Line) -> bool:
    """Whether the answer rests on the variant that is left out."""
    moved = abs(line.beta - whole.beta) > (whole.high - whole.low) / 4
    return moved or (line.low <= 0 <= line.high) != (whole.low <= 0 <= whole.high)


def _with_errors(rows: list[Row]) -> list[Row]:
    return [row for row in rows if math.isfinite(number(row["beta"])) and number(row["se"]) > 0]

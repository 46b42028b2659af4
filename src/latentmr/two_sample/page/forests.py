"""Forest plots of a two-sample page: methods, single variants and leave-one-out."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np

from latentmr.report.drawing import ACCENT, INK, SOFT, WARN, Drawing, number
from latentmr.report.forest import MOST, SETS, Line, around, forest, line_of, short
from latentmr.two_sample.page.frame import robust_range
from latentmr.typing import Row

__all__ = ["CONFOUNDING", "TOP", "methods_forest", "single_variants_forest", "without_variant_forest"]


#: Default number of variants with their own row.
TOP = 30
#: Limitation that is stated wherever methods are compared.
CONFOUNDING = (
    "Methods that are robust to pleiotropy do not remove confounding of the variants with the outcome (population"
    " stratification, assortative mating, dynastic effects). All of them can agree and be biased together. Confounding"
    " can be addressed by instruments learned from individual data of several environments (latentmr run), under"
    " assumptions that it tests, or by comparisons within families."
)


def methods_forest(rows: list[Row], name: str = "estimates") -> Drawing | None:
    """Draw the estimates of all methods, under a heading for each exposure.

    Parameters
    ----------
    rows : list of dict
        Rows as in ``estimates.tsv``. If there are too many with several exposures, only primary estimates are drawn.
    name : str
        Name of the drawing.

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
            "Primary estimates of all exposures"
            if crowded
            else "The estimate of each method, with the primary estimate in colour"
        )
        + (f". {CONFOUNDING}" if name == "estimates" else ".")
        + (SETS if any(line.pieces for line in lines) else "")
    )
    return forest(name, caption, "estimate", lines, span=span)


def single_variants_forest(
    rows: list[Row], overall: float, name: str = "single", most: int = TOP, by: str = "precision"
) -> Drawing | None:
    """Draw the ratios of single variants, with the remaining ones pooled in the last row.

    Parameters
    ----------
    rows : list of dict
        ``exposure, id, beta, se`` of one exposure.
    overall : float
        Estimate from all variants, drawn as a line; NaN for no line.
    name : str
        Name of the drawing.
    most : int
        Maximum number of variants with a row.
    by : str
        Ranking of variants: ``precision``, or ``influence`` (weight times distance from the estimate from all).

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
            f" The {len(chosen)} {which} of {len(known):,} variants are shown. The other {len(rest):,} are pooled by"
            " inverse variance in the last row."
        )
    span = robust_range([end for line in lines for end in (line.low, line.high)], [0.0, overall])
    caption = (
        "The effect from each variant alone, with its 95 % interval (Wald ratio, in order of size)"
        + (", and the estimate from all variants (dashed)" if math.isfinite(overall) else "")
        + ". Variants whose ratios differ by more than their intervals allow are pleiotropic, or are confounded with"
        f" the outcome.{left}"
    )
    return forest(name, caption, "ratio of effects", lines, overall, span=span)


def without_variant_forest(rows: list[Row], name: str = "without", most: int = TOP) -> Drawing | None:
    """Draw the estimate without each variant, for the variants that change it most.

    Parameters
    ----------
    rows : list of dict
        ``exposure, without, beta, se`` of one exposure; ``without`` is ``none`` in the row of all variants.
    name : str
        Name of the drawing.
    most : int
        Maximum number of variants with a row.

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
            f" The {len(chosen)} variants that change it most are shown. The last row but one has the range of the"
            f" estimates without one of the other {len(rest):,}."
        )
    if whole is not None:
        lines.append(replace(whole, colour=ACCENT, bold=True))
    span = robust_range([end for line in lines for end in (line.low, line.high)], [0.0])
    caption = (
        "The IVW estimate without one variant, in order of size, and that from all variants (dashed). Orange: without"
        " this variant the estimate changes by more than its standard error, or its interval starts or ceases to"
        f" include zero.{left}"
    )
    return forest(name, caption, "estimate", lines, math.nan if every is None else all_of_them, span=span)


def _digits(value: float, error: float) -> str:
    return around("", value, error).numbers.partition(" ")[0] if error > 0 else f"{value:.3g}"


def _decides(line: Line, whole: Line) -> bool:
    """Return whether leaving out the variant changes the conclusion."""
    moved = abs(line.beta - whole.beta) > (whole.high - whole.low) / 4
    return moved or (line.low <= 0 <= line.high) != (whole.low <= 0 <= whole.high)


def _with_errors(rows: list[Row]) -> list[Row]:
    return [row for row in rows if math.isfinite(number(row["beta"])) and number(row["se"]) > 0]

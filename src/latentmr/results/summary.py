"""The summary of an analysis: answer, estimates, verdict, and the tests that did not pass."""

import textwrap
from collections.abc import Sequence

from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.rounding import compared, rounded, rounded_set
from latentmr.results.text import CHARACTERS, LINES, WIDTH, Text, clipped, first_of, listed, plain_names

__all__ = ["count_of_tests", "did_not_pass", "estimate_rows", "summary_text"]

#: Maximum number of rows of the table of estimates and of items of each list. The first pair that fits is used.
SIZES = ((28, 8), (22, 8), (16, 6), (12, 5), (8, 4), (5, 3))
#: Maximum number of characters of a cell of the table and of an item of a list.
CELL, ITEM = 32, 330


def summary_text(answer: str, estimates: Sequence[Estimate], verdict: Verdict, tests: Sequence[TestResult]) -> Text:
    """Summarise an analysis in at most 60 lines and 5,000 characters.

    Parameters
    ----------
    answer : str
        The result in one sentence.
    estimates : sequence of Estimate
        No estimate is shown if the verdict is ``not identified``, since none must be quoted.
    verdict : Verdict
    tests : sequence of TestResult

    Returns
    -------
    Text
    """
    for rows, items in SIZES:
        lines = _lines(answer, estimates, verdict, tests, rows, items)
        text = "\n".join(lines)
        if len(lines) <= LINES and len(text) <= CHARACTERS:
            break
    return Text("\n".join(text[:CHARACTERS].splitlines()[:LINES]))


def did_not_pass(tests: Sequence[TestResult]) -> list[TestResult]:
    """Return the tests that failed or warned, the failures first."""
    return [test for level in ("fail", "warn") for test in tests if test.verdict == level]


def count_of_tests(verdicts: Sequence[str]) -> str:
    """Count the tests that passed among those that apply, from the verdicts of all tests.

    Examples
    --------
    >>> count_of_tests(["pass", "warn", "not applicable"])
    '1 of 2 tests passed, 1 did not apply'
    """
    applied = [verdict for verdict in verdicts if verdict != "not applicable"]
    passed = applied.count("pass")
    other = len(verdicts) - len(applied)
    return f"{passed} of {len(applied)} tests passed" + (f", {other} did not apply" if other else "")


def _lines(
    answer: str,
    estimates: Sequence[Estimate],
    verdict: Verdict,
    tests: Sequence[TestResult],
    rows: int,
    items: int,
) -> list[str]:
    out = textwrap.wrap(clipped(plain_names(answer), 600), WIDTH)
    if verdict.level == "not identified":
        out += ["", "The estimates must not be quoted, since the verdict is not identified; they are in .to_frame()."]
    else:
        out += ["", *_table(estimates, rows)]
    out += ["", verdict.heading, *listed(first_of([clipped(reason, ITEM) for reason in verdict.reasons], items))]
    if failed := did_not_pass(tests):
        said = " ".join(verdict.reasons)
        # a reason that the verdict has already stated is not repeated
        named = [repr(test) + ("" if test.reason in said else f": {test.reason}") for test in failed]
        out += ["", "Tests that did not pass", *listed(first_of([clipped(name, ITEM) for name in named], items))]
    if verdict.advice:
        out += ["", "What to do next", *listed(first_of([clipped(step, ITEM) for step in verdict.advice], items))]
    if tests:
        out += ["", f"{count_of_tests([test.verdict for test in tests])}; all are in .tests_frame()."]
    return out


def _table(estimates: Sequence[Estimate], most: int) -> list[str]:
    """Return the table of estimates as lines."""
    if not estimates:
        return ["There are no estimates."]
    title, rows, notes = estimate_rows(estimates)
    shown = [list(rows[0]), *(list(row.values()) for row in rows)]
    widths = [max(len(row[j]) for row in shown) for j in range(len(shown[0]))]
    body = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
    return [clipped(title, WIDTH), body[0], *first_of(body[1:], most, ".to_frame()"), *textwrap.wrap(notes, WIDTH)]


def estimate_rows(estimates: Sequence[Estimate], p_values: bool = False) -> tuple[str, list[dict[str, str]], str]:
    """Return the table of estimates with the columns that a reader needs, rounded by the standard errors.

    Parameters
    ----------
    estimates : sequence of Estimate
        At least one.
    p_values : bool
        Whether to add a column of p-values.

    Returns
    -------
    str
        Title of the table.
    list of dict
        Cells of each row by the heading of their column. An asterisk in the first column marks an estimate to quote.
    str
        Explanation of the marks.
    """
    level = f"{100 * (1 - estimates[0].alpha):g} %"
    cells = [_cells(one) for one in estimates]
    heads = ["", "method", "instruments", "adjusted for", "exposure", "scale", "effect", "se", f"{level} CI"]
    heads += ["robust set", "p value"]
    left_out = {j for j in (4, 5) if len({row[j] for row in cells}) == 1}
    left_out |= {j for j in (7, 8, 9, 10) if not any(row[j] for row in cells)} | (set() if p_values else {10})
    if {(row[2], row[3]) for row in cells} == {("G", "none")} and len(cells) > 1:
        left_out |= {2, 3}  # summary statistics have no other instruments
    one_exposure = len({one.exposure for one in estimates}) == 1
    title = f"Effect of {estimates[0].exposure}" if one_exposure else "Effects"
    if 5 in left_out and cells[0][5] != "difference":
        title += f" ({cells[0][5]})"
    rows = [
        {name: cell for j, (name, cell) in enumerate(zip(heads, row, strict=True)) if j not in left_out}
        for row in cells
    ]
    notes = ["* the estimate to quote"] if any(one.primary for one in estimates) else []
    notes += ["robust set: conditional likelihood-ratio (CLR) or Anderson-Rubin (AR)"] if 9 not in left_out else []
    notes += ["(fixed): errors treat the instruments as fixed"] if any(one.is_fixed for one in estimates) else []
    return title, rows, "; ".join(notes)


def _cells(one: Estimate) -> list[str]:
    found = one.ci if one.ci is not None else one.robust_set
    name = "" if one.ci is not None else "AR " if one.ci_clr is None else "CLR "
    has_interval = one.ci is None and one.ci_low == one.ci_low
    interval = f"[{rounded(one.ci_low, one.se)}, {rounded(one.ci_high, one.se)}]" if has_interval else ""
    cells = [
        "*" if one.primary else "",
        one.method + (" (fixed)" if one.is_fixed else ""),
        one.instruments,
        one.adjustment,
        one.exposure,
        one.scale,
        rounded(one.beta, one.se),
        rounded(one.se, one.se) if one.se == one.se else "",
        interval,
        "" if found is None else name + rounded_set(found, one.se),
        compared(one.p_value),
    ]
    return [clipped(cell, CELL) for cell in cells]

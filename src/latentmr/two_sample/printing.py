"""Two-sample results as text for a console: at most 60 lines and 5,000 characters."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Protocol

from latentmr.results.objects import Estimate, TestResult, Verdict
from latentmr.results.rounding import rounded
from latentmr.results.text import Text
from latentmr.two_sample.data import SummaryData

__all__ = ["summary_of"]

#: Maximum number of characters of a line of the table, and of a line of text.
WIDTH, TEXT = 88, 80
#: Maximum numbers of lines of the answer, of rows of the table, and of lines of reasons, tests and advice.
ANSWER, ROWS, REASONS, TESTS, ADVICE = 5, 21, 5, 8, 3
#: Widths of the columns of numbers, and of exposure and method with several exposures.
NUMBERS, NAMES = (10, 11, 21, 9), (12, 22)


class _Findings(Protocol):
    """What a summary reads from the results."""

    @property
    def data(self) -> SummaryData: ...
    @property
    def estimates(self) -> tuple[Estimate, ...]: ...
    @property
    def tests(self) -> tuple[TestResult, ...]: ...
    @property
    def verdict(self) -> Verdict: ...
    def answer(self) -> str: ...


def summary_of(result: _Findings) -> Text:
    """Return answer, table of estimates, verdict and tests that did not pass.

    Parameters
    ----------
    result : TwoSampleAnalysis

    Returns
    -------
    Text
    """
    data, verdict = result.data, result.verdict
    method = "Multivariable two-sample MR" if data.m > 1 else "Two-sample MR"
    title = f"{method}: {_cut(', '.join(data.exposure_names), 24)} on {_cut(data.outcome_name, 16)}"
    failed = [test for test in result.tests if test.verdict in ("fail", "warn")]
    passed = sum(test.verdict == "pass" for test in result.tests)
    # a reason that is that of a test is printed with the test
    of_tests = {f"{test.name}: {test.reason}" for test in failed}
    reasons = [reason for reason in verdict.reasons if reason not in of_tests]
    lines = [
        title + f"{data.p:,} variant{'' if data.p == 1 else 's'}".rjust(WIDTH - len(title)),
        "=" * WIDTH,
        *wrap(result.answer(), TEXT, max_lines=ANSWER, placeholder=" ..."),
        "",
        *_table(result.estimates, data.m > 1, verdict.level == "not identified"),
        "",
        f"Verdict: {verdict.level} ({verdict.route})",
        *_items(reasons, REASONS),
    ]
    if failed:
        lines += ["", "Tests that did not pass:"]
        lines += _items([f"[{test.verdict}] {test.name}: {test.reason}" for test in failed], TESTS)
    lines += ["", f"{passed} of {passed + len(failed)} tests passed; tests_frame() has all."]
    if verdict.advice:
        lines += ["", "Advice:", *_items(verdict.advice, ADVICE)]
    return Text("\n".join(line[:WIDTH].rstrip() for line in lines))


def _table(rows: Sequence[Estimate], several: bool, withheld: bool) -> list[str]:
    """Return the lines of the table of estimates, in which primary ones are marked."""
    alpha = next((row.alpha for row in rows), 0.05)
    names = ("exposure", "method") if several else ("method",)
    body = [
        _line(
            "* " if row.primary else "  ",
            (row.exposure, row.method.removeprefix("multivariable ")) if several else (row.method,),
            (
                rounded(row.beta, row.se),
                rounded(row.se, row.se),
                f"{rounded(row.ci_low, row.se)} to {rounded(row.ci_high, row.se)}",
                f"{row.p_value:.2g}",
            ),
        )
        for row in rows[:ROWS]
    ]
    scale = next((row.scale for row in rows if row.scale.startswith("log")), "")
    legend = "* primary estimate" + (", not to be quoted: the effect is not identified" if withheld else "")
    legend += f"; effects are {scale}s" if scale else ""
    legend += f"; {len(rows) - ROWS} more rows in to_frame()" if len(rows) > ROWS else ""
    head = _line("  ", names, ("estimate", "std. error", f"{100 * (1 - alpha):g} % interval", "p value"))
    return [head, "-" * WIDTH, *body, "-" * WIDTH, legend]


def _line(mark: str, names: Sequence[str], numbers: Sequence[str]) -> str:
    widths = NAMES if len(names) > 1 else (sum(NAMES) + 1,)
    first = " ".join(_cut(name, width).ljust(width) for name, width in zip(names, widths, strict=True))
    return mark + first + "".join(f"{each:>{width}}" for each, width in zip(numbers, NUMBERS, strict=True))


def _items(texts: Sequence[str], most: int) -> list[str]:
    """Return texts as wrapped items of a list, in at most ``most`` lines."""
    lines = [
        line
        for text in texts
        for line in wrap(text, TEXT, initial_indent="  - ", subsequent_indent="    ", max_lines=3)
    ]
    return lines if len(lines) <= most else [*lines[: most - 1], "    ..."]


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 3] + "..."

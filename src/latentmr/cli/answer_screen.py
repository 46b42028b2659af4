"""The screen of a command that ends in an effect: the answer first, in at most forty lines."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import RenderableType

from latentmr.cli.display import Screen, colour_of, data_lines, flow_table
from latentmr.cli.estimate_table import EstimateTable
from latentmr.data import Flow
from latentmr.results.objects import TestResult, Verdict

__all__ = ["LINES", "Answer", "show_answer"]

#: Maximum number of lines, if not everything is asked for.
LINES = 40
#: Number of lines of counts and warnings that are always shown.
WARNINGS = 5
#: The order in which parts are shortened, and the number of items that they keep.
SHORTENED = (
    *(("estimates", 6), ("notes", 1), ("data", 4), ("notes", 0), ("estimates", 4), ("data", 2), ("reasons", 1)),
    *(("advice", 1), ("tests", 2), ("data", 1), ("estimates", 2)),
)


@dataclass(frozen=True)
class Answer:
    """The results of a command, as its screen needs them.

    Parameters
    ----------
    sentence : str
        The answer.
    estimates : EstimateTable
    tests : tuple of TestResult
    verdict : Verdict
    flow : Flow
        How the data were read.
    environments : str
        The environments and their sizes; empty without environments.
    notes : tuple of str
        Notes of the analysis.
    end : tuple of str
        The last lines.
    """

    sentence: str
    estimates: EstimateTable
    tests: tuple[TestResult, ...]
    verdict: Verdict
    flow: Flow
    environments: str = ""
    notes: tuple[str, ...] = ()
    end: tuple[str, ...] = ()


@dataclass
class _Part:
    """A part of the screen, whose items are left out from the end if there is no room."""

    show: Callable[[int], list[RenderableType]]
    count: int = 1
    fewest: int = 0

    def shown(self) -> list[RenderableType]:
        return self.show(self.count)


def show_answer(screen: Screen, answer: Answer, lines: int = LINES) -> None:
    """Print the answer, the estimates, what did not pass, the verdict, and how the data were read.

    Parameters
    ----------
    screen : Screen
        A verbose one shows everything.
    answer : Answer
    lines : int
        Maximum number of lines of a screen that is not verbose.
    """
    parts = _parts(screen, answer)
    if not screen.verbose:
        for name, least in SHORTENED:
            part = parts[name]
            while part.count > max(least, part.fewest) and _height(screen, parts) > lines:
                part.count -= 1
    for part in parts.values():
        for each in part.shown():
            screen.show(each)


def _height(screen: Screen, parts: dict[str, _Part]) -> int:
    return sum(screen.height(each) for part in parts.values() for each in part.shown())


def _parts(screen: Screen, answer: Answer) -> dict[str, _Part]:
    """Return the parts of the screen in their order."""
    verdict, table = answer.verdict, answer.estimates
    applied = [test for test in answer.tests if test.verdict != "not applicable"]
    listed = applied if screen.verbose else [test for test in applied if test.verdict != "pass"]
    said = {_of(test) for test in listed}
    tests = [f"{_of(test)} [{test.verdict}]{_harmless(test, verdict)}" for test in listed]
    heading = "Tests:" if screen.verbose else "Tests that did not pass:"
    level = f"Verdict: {verdict.level} (route: {verdict.route})"
    data = data_lines(answer.flow, counts=not screen.verbose, environments=answer.environments)
    # warnings come right after the counts, and are shown even if there is little room
    warned = min(WARNINGS, 1 + len(answer.flow.warnings)) if answer.flow.warnings else 0

    def lines(*texts: str, style: str = "") -> list[RenderableType]:
        return [screen.text(text, "yellow" if text.startswith("Warning: ") else style) for text in texts]

    def fixed(*shown: RenderableType) -> _Part:
        return _Part(lambda _: list(shown))

    def items(texts: list[str], more: str, fewest: int = 0) -> _Part:
        def show(count: int) -> list[RenderableType]:
            left = len(texts) - count
            return lines(*texts[:count], *([more.format(left)] if left else []))

        return _Part(show, len(texts), fewest)

    def estimates(count: int) -> list[RenderableType]:
        left = len(table.rows) - count
        more = [f"Estimates not shown: {left} (see estimates.tsv, or use --verbose)."] if left else []
        names = table.shown_columns(screen.console, count, everything=screen.verbose)
        shown = table.fitted(screen.console, names, count)
        return [*lines(table.title, style="bold"), shown, *lines(*more, *table.sentences(names))]

    return {
        "answer": fixed(*lines(answer.sentence, style="bold"), *lines("")),
        "estimates": _Part(estimates, len(table.rows)),
        "heading": fixed(*lines("", *([heading] if listed else []))),
        "tests": items([f"  {test}" for test in tests], "  Not shown: {} (see tests.tsv, or use --verbose)."),
        "advice": items(
            [f"  What to do: {step}" for step in verdict.advice], "  Not shown: {} (see report.html, or use --verbose)."
        ),
        "count": fixed(*lines(_counted(answer.tests)), *lines(level, style=f"bold {colour_of(verdict)}")),
        "reasons": items(
            [f"  - {reason}" for reason in verdict.reasons if reason not in said],
            "  Reasons not shown: {} (see report.html, or use --verbose).",
        ),
        "flow": fixed(*([flow_table(answer.flow)] if screen.verbose else [])),
        "data": items(data, "Notes on the data not shown: {} (see run.json, or use --verbose).", warned),
        "notes": items(
            [f"Note: {note}" for note in answer.notes], "Notes not shown: {} (see run.json, or use --verbose)."
        ),
        "end": fixed(*lines(*answer.end)),
    }


def _harmless(test: TestResult, verdict: Verdict) -> str:
    """Say so if a test did not pass and the verdict does not count it."""
    return " (does not affect the verdict)" if test.verdict != "pass" and _of(test) not in verdict.reasons else ""


def _of(test: TestResult) -> str:
    return f"{test.name}: {test.reason}"


def _counted(tests: tuple[TestResult, ...]) -> str:
    """Say how many tests passed."""
    applied = [test for test in tests if test.verdict != "not applicable"]
    passed, other = sum(test.verdict == "pass" for test in applied), len(tests) - len(applied)
    more = f" ({other} not applicable)" if other else ""
    return f"{passed} of {len(applied)} tests passed{more}; all are in tests.tsv."

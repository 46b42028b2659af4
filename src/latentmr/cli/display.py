"""Printing on the terminal: paragraphs, tables and progress."""

import os
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from latentmr.cli.estimate_table import plain_table
from latentmr.cli.flags import with_flags
from latentmr.cli.provenance import Clock
from latentmr.data import Dataset, Flow
from latentmr.results.objects import Verdict

if TYPE_CHECKING:
    from latentmr.learn import Progress

__all__ = ["Screen", "colour_of", "data_lines", "environments_line", "flow_table"]

#: Width of tables that go to a file or a pipe, and the smallest width that is believed.
WIDTH, NARROWEST = 120, 40
#: Environments that are listed by name.
LISTED = 12


class Screen:
    """Prints results to standard output and progress to standard error.

    Parameters
    ----------
    quiet : bool
        Print nothing.
    verbose : bool
        Print everything that is known.
    """

    def __init__(self, quiet: bool, verbose: bool = False) -> None:
        columns = os.environ.get("COLUMNS", "")
        asked = int(columns) if columns.isdigit() and int(columns) >= NARROWEST else None
        self._wraps = sys.stdout.isatty() or asked is not None
        width = asked or (None if sys.stdout.isatty() else WIDTH)
        self.console = Console(quiet=quiet, width=width, highlight=False)
        self.verbose = verbose
        self._err = Console(quiet=quiet, stderr=True)
        self._quiet = quiet

    @contextmanager
    def stages(self, clock: Clock, total: int) -> Iterator[Any]:
        """Show a progress bar of the stages, and a second one while a network learns or variants are read.

        Yields
        ------
        callable
            Call it with the name of the stage that begins.
        callable
            Call it with a :class:`~latentmr.learn.learner.Progress`, or with the number of variants that were read
            and the number of all variants.
        """
        progress = Bars(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=self._err,
            transient=True,
            disable=self._quiet or not self._err.is_terminal,
        )
        with progress:
            task = progress.add_task("starting", total=total)
            counted = progress.add_task("", visible=False)
            began = [perf_counter()]

            def stage(name: str) -> None:
                clock(name)
                progress.update(task, description=name, advance=1)
                progress.update(counted, visible=False)
                began[0] = perf_counter()

            def watch(now: "Progress | int", total: int = 0) -> None:
                if isinstance(now, int):
                    rate = now / max(perf_counter() - began[0], 1e-9)
                    text, done = f"  {now:,} of {total:,} variants, {rate:,.0f} per second", now
                else:
                    shown = " ".join(f"{name} {value:.4f}" for name, value in now.losses.items() if name != "step")
                    text, done, total = f"  {now.stage} {now.done}/{now.total} {shown}", now.done, now.total
                progress.update(counted, description=text, completed=done, total=total, visible=True)

            yield stage, watch

    @property
    def progress(self) -> Console:
        """The console that shows progress."""
        return self._err

    def benchmark(self, summary: pd.DataFrame) -> None:
        """Print the summary of a benchmark, a table for each scenario."""
        columns = [("method", "left"), ("runs", "right"), ("bias", "right"), ("RMSE", "right")]
        columns += [("RMSE / oracle", "right"), ("coverage", "right"), ("R2", "right"), ("leak", "right")]
        columns += [("credible", "right"), ("seconds", "right")]
        names = ("bias", "rmse", "rmse_to_oracle", "coverage", "r2", "leak", "credible", "seconds")
        for scenario, part in summary.groupby("scenario", sort=False):
            table = plain_table(str(scenario), columns)
            for _, row in part.iterrows():
                runs = f"{row['runs']}" + (f" ({row['failed']} failed)" if row["failed"] else "")
                cells = ["" if isnan(row[name]) else f"{row[name]:.3g}" for name in names]
                table.add_row(*map(escape, [row["method"], runs, *cells]))
            self.console.print(table)

    def text(self, text: str = "", style: str | None = None, *, whole: bool = False) -> Text:
        """Return a paragraph, in which names of arguments between backticks are written as options.

        Parameters
        ----------
        text : str
            Lines that follow the first are indented as it is, and more.
        style : str, optional
        whole : bool
            Do not break lines: a command can then be copied.

        Returns
        -------
        rich.text.Text
        """
        text = with_flags(text)
        if self._wraps and not whole:
            indent = " " * (len(text) - len(text.lstrip()) + (2 if text.startswith(" ") else 0))
            lines = textwrap.wrap(
                text, self.console.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )
            text = "\n".join(lines)
        return Text(text, style or "")

    def show(self, shown: RenderableType) -> None:
        """Print a paragraph or a table."""
        self.console.print(shown, soft_wrap=isinstance(shown, Text))

    def height(self, shown: RenderableType) -> int:
        """Return the number of lines that a paragraph or a table takes."""
        if isinstance(shown, Text):
            return sum(max(1, -(-len(line) // self.console.width)) for line in shown.plain.split("\n"))
        return len(self.console.render_lines(shown))

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print one paragraph, in which names of arguments between backticks are written as options."""
        self.show(self.text(text, style))

    def command(self, text: str) -> None:
        """Print a command in one line, so that it can be copied."""
        self.show(self.text(text, whole=True))

    def flow(self, flow: Flow) -> None:
        """Print how many individuals and variants remain: a line, or all reasons if the screen is verbose."""
        if self.verbose:
            self.show(flow_table(flow))
        for line in data_lines(flow, counts=not self.verbose):
            self.line(line, "yellow" if line.startswith("Warning: ") else None)

    def quality(self, table: pd.DataFrame, relatives: str) -> None:
        """Print a summary of the variants' quality, and what is known of relatives."""
        columns = [("", "left"), ("lowest", "right"), ("median", "right"), ("highest", "right")]
        shown = plain_table("Quality of the variants", columns)
        names = {
            "frequency": "frequency of the counted allele",
            "missing": "proportion of missing calls",
            "hwe_p": "Hardy-Weinberg p value, within environments",
            "info": "ratio of variances (comparable to INFO)",
        }
        for column, name in names.items():
            values = table[column].dropna()
            if len(values):
                shown.add_row(name, *(f"{value:.3g}" for value in (values.min(), values.median(), values.max())))
        self.show(shown)
        self.line(f"Relatives: {relatives}.")

    def data(self, dataset: Dataset, *, everything: bool = False) -> None:
        """Print how the data were read, how many individuals and variants remain, and the environments."""
        if everything or self.verbose:
            self.show(flow_table(dataset.flow))
        counts, environments = not (everything or self.verbose), environments_line(dataset)
        for line in data_lines(dataset.flow, counts=counts, environments=environments):
            self.line(line, "yellow" if line.startswith("Warning: ") else None)

    def verdict(self, verdict: Verdict, title: str = "Verdict") -> None:
        """Print a verdict with its reasons and advice."""
        self.line(f"{title}: {verdict.level} (route: {verdict.route})", style=f"bold {colour_of(verdict)}")
        for reason in verdict.reasons:
            self.line(f"  - {reason}")
        for step in verdict.advice:
            self.line(f"  What to do: {step}")


def colour_of(verdict: Verdict) -> str:
    """Return the colour of a verdict."""
    return {"credible": "green", "caution": "yellow"}.get(verdict.level, "red")


def flow_table(flow: Flow) -> Table:
    """Return the table of individuals and variants that were read and excluded, by reason."""
    table = plain_table("Individuals and variants", [("", "left"), ("excluded", "right"), ("remaining", "right")])
    for step in flow.steps:
        if step.removed or step.stage == "read":
            unit = "individuals" if step.unit == "samples" else step.unit
            table.add_row(*map(escape, (f"{unit}: {step.reason}", f"{step.removed:,}", f"{step.remaining:,}")))
    return table


def environments_line(dataset: Dataset) -> str:
    """Return the names of the environments and their numbers of individuals."""
    environments = dataset.counts_by_environment()
    shown = ", ".join(f"{row['environment']} {row['n']:,}" for row in environments[:LISTED])
    return f"Environments: {shown}" + (f" and {len(environments) - LISTED} more" if len(environments) > LISTED else "")


def data_lines(flow: Flow, *, counts: bool = True, environments: str = "") -> list[str]:
    """Return how the data were read, a line each: counts, warnings, environments, and notes on the tables."""
    lines = [_counted(flow)] if counts and flow.steps else []
    lines += [f"Warning: {warning}" for warning in flow.warnings]
    return [*lines, *filter(None, [environments]), *flow.notes]


def _counted(flow: Flow) -> str:
    """Say how many individuals and variants were kept and removed, and how many individuals each stage uses."""
    kept, removed, individuals = [], [], 0
    for unit, name in (("samples", "individuals"), ("variants", "variants")):
        steps = [step for step in flow.steps if step.unit == unit and step.stage in ("read", "filter")]
        if steps:
            kept.append(f"{steps[-1].remaining:,} {name}")
            number = sum(step.removed for step in steps)
            removed += [f"{number:,} {name}"] if number else []
            individuals = steps[-1].remaining if unit == "samples" else individuals
    lost = f"{' and '.join(removed)} removed (reasons: run.json, --verbose)" if removed else "none removed"
    text = f"{' and '.join(kept)} kept; {lost}."
    stages = {}
    for stage in ("learning", "estimation"):
        left = [step.remaining for step in flow.steps if step.unit == "samples" and step.stage == stage]
        stages[stage] = left[-1] if left else individuals
    if any(number != individuals for number in stages.values()):
        text += f" Learning uses {stages['learning']:,} individuals, estimation {stages['estimation']:,}."
    return text

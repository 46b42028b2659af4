"""What the terminal shows."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from latentmr.cli.flags import with_flags
from latentmr.cli.provenance import Clock
from latentmr.data import Dataset, Flow
from latentmr.results.objects import Estimate, TestResult, Verdict

if TYPE_CHECKING:
    from latentmr.learn import Progress

__all__ = ["Screen"]

WIDTH = 120


class Screen:
    """Prints results to standard output and progress to standard error.

    Parameters
    ----------
    quiet : bool
        Print nothing.
    """

    def __init__(self, quiet: bool) -> None:
        wide = None if sys.stdout.isatty() else WIDTH
        self._out = Console(quiet=quiet, width=wide, highlight=False)
        self._err = Console(quiet=quiet, stderr=True)
        self._quiet = quiet

    @contextmanager
    def stages(self, clock: Clock, total: int) -> Iterator[Any]:
        """Show a bar that moves on at each stage, and a second one while a network learns or variants are read.

        Yields
        ------
        callable
            To call with a stage's name.
        callable
            To call with a :class:`~latentmr.learn.learner.Progress`, or with numbers of variants read and to read.
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
                    text, done = f"  {now:,} of {total:,} variants, {rate:,.0f} a second", now
                else:
                    shown = " ".join(f"{name} {value:.4f}" for name, value in now.losses.items() if name != "step")
                    text, done, total = f"  {now.stage} {now.done}/{now.total} {shown}", now.done, now.total
                progress.update(counted, description=text, completed=done, total=total, visible=True)

            yield stage, watch

    @property
    def progress(self) -> Console:
        """Where progress is shown."""
        return self._err

    def benchmark(self, summary: pd.DataFrame) -> None:
        """Print the summary of a benchmark, a table for each scenario."""
        columns = [("method", "left"), ("runs", "right"), ("bias", "right"), ("RMSE", "right")]
        columns += [("RMSE / oracle", "right"), ("coverage", "right"), ("R2", "right"), ("leak", "right")]
        columns += [("credible", "right"), ("seconds", "right")]
        names = ("bias", "rmse", "rmse_to_oracle", "coverage", "r2", "leak", "credible", "seconds")
        for scenario, part in summary.groupby("scenario", sort=False):
            table = _table(str(scenario), columns)
            for _, row in part.iterrows():
                runs = f"{row['runs']}" + (f" ({row['failed']} failed)" if row["failed"] else "")
                cells = ["" if isnan(row[name]) else f"{row[name]:.3g}" for name in names]
                table.add_row(*map(escape, [row["method"], runs, *cells]))
            self._out.print(table)

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print one paragraph, in which arguments between backticks are called by their options."""
        self._out.print(escape(with_flags(text)), style=style, soft_wrap=True)

    def flow(self, flow: Flow) -> None:
        """Say what was read and what was dropped."""
        table = _table("Samples and variants", [("", "left"), ("dropped", "right"), ("left", "right")])
        for step in flow.steps:
            if step.removed or step.stage == "read":
                row = (f"{step.unit}: {step.reason}", f"{step.removed:,}", f"{step.remaining:,}")
                table.add_row(*map(escape, row))
        self._out.print(table)

    def quality(self, table: pd.DataFrame, relatives: str) -> None:
        """Print a summary of the variants' quality, and what can be said of relatives."""
        columns = [("", "left"), ("lowest", "right"), ("median", "right"), ("highest", "right")]
        shown = _table("Quality of the variants", columns)
        names = {
            "frequency": "frequency of the counted allele",
            "missing": "share of missing calls",
            "hwe_p": "Hardy-Weinberg p value, within environments",
            "info": "ratio of variances (as INFO)",
        }
        for column, name in names.items():
            values = table[column].dropna()
            if len(values):
                shown.add_row(name, *(f"{value:.3g}" for value in (values.min(), values.median(), values.max())))
        self._out.print(shown)
        self.line(f"Relatives: {relatives}.")

    def data(self, dataset: Dataset) -> None:
        """Say what was read and what was dropped, and of the environments."""
        self.flow(dataset.flow)
        environments = dataset.counts_by_environment()
        shown = ", ".join(f"{row['environment']} {row['n']:,}" for row in environments[:12])
        more = f" and {len(environments) - 12} more" if len(environments) > 12 else ""
        self.line(f"Environments: {shown}{more}")
        for note in dataset.flow.notes:
            self.line(note)
        for warning in dataset.flow.warnings:
            self.line(f"Warning: {warning}", style="yellow")

    def estimates(self, rows: tuple[Estimate, ...], truth: float | None = None) -> None:
        """Print the table of estimates, the primary one first."""
        level = f"{100 * (1 - rows[0].alpha):g} %"
        several = len({row.exposure for row in rows}) > 1
        columns = [("method", "left"), ("instruments", "left"), ("adjusted for", "left")]
        columns += [("exposure", "left")] if several else []
        columns += [
            ("effect", "right"),
            (f"Wald {level}", "left"),
            (f"CLR {level}", "left"),
            (f"AR {level}", "left"),
            ("F", "right"),
            ("eff. F", "right"),
        ]
        title = "Effect of " + " and ".join(dict.fromkeys(row.exposure for row in rows))
        table = _table(title + (f" (true effect {truth:g})" if truth is not None else ""), columns)
        for row in rows:
            given = " (given)" if row.se_type.endswith("given the instruments") else ""
            scale = "" if row.scale == "difference" else f", {row.scale.removesuffix(', conditional')}"
            cells = [row.method + given + scale, row.instruments, row.adjustment, *([row.exposure] if several else [])]
            cells += [f"{row.beta:.3f}", "" if isnan(row.se) else f"[{row.ci_low:.3f}, {row.ci_high:.3f}]"]
            cells += ["" if found is None else format(found, ".3g") for found in (row.ci_clr, row.ci_ar)]
            cells += ["" if f is None else f"{f:.1f}" for f in (row.f_statistic, row.effective_f)]
            table.add_row(*map(escape, cells), style="bold" if row.primary else None)
        self._out.print(table)
        if any(row.se_type.endswith("counting the learning") for row in rows):
            self.line("Errors and sets of learned instruments count the learning; (given): they do not.")
        if any(row.ci_clr is not None for row in rows):
            self.line("Quote the CLR set: it holds however weak the instruments are.")

    def two_sample(self, rows: tuple[Estimate, ...]) -> None:
        """Print the estimates of two-sample methods, the ones to quote first."""
        level, several = f"{100 * (1 - rows[0].alpha):g} %", len({row.exposure for row in rows}) > 1
        columns = [("method", "left"), *([("exposure", "left")] if several else [])]
        columns += [("effect", "right"), (f"{level} interval", "left"), ("p", "right"), ("variants", "right")]
        scale = f" ({rows[0].scale})" if rows[0].scale != "difference" else ""
        table = _table("Effect of " + " and ".join(dict.fromkeys(row.exposure for row in rows)) + scale, columns)
        for row in rows:
            cells = [row.method, *([row.exposure] if several else []), f"{row.beta:.4f}"]
            cells += ["" if isnan(row.ci_low) else f"[{row.ci_low:.4f}, {row.ci_high:.4f}]"]
            cells += ["" if isnan(row.p_value) else f"{row.p_value:.2g}", f"{row.k:,}"]
            table.add_row(*map(escape, cells), style="bold" if row.primary else None)
        self._out.print(table)

    def verdict(self, verdict: Verdict, tests: tuple[TestResult, ...], title: str = "Verdict") -> None:
        """Print tests and verdict with its reasons."""
        for test in tests:
            if test.verdict != "not applicable":
                self.line(f"{test.name}: {test.reason} [{test.verdict}]")
        colour = {"credible": "green", "caution": "yellow"}.get(verdict.level, "red")
        self.line(f"{title}: {verdict.level} (route: {verdict.route})", style=f"bold {colour}")
        for reason in verdict.reasons:
            self.line(f"  - {reason}")
        for step in verdict.advice:
            self.line(f"  What to do: {step}")


def _table(title: str, columns: list[tuple[str, Any]]) -> Table:
    table = Table(
        title=escape(title), title_justify="left", box=None, pad_edge=False, title_style="bold", show_edge=False
    )
    for name, justify in columns:
        table.add_column(name, justify=justify, overflow="fold")
    return table

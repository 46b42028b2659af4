"""Options for the results to write and to show."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from latentmr.errors import ArgumentError

__all__ = ["Output", "Rendering", "Reporting"]

_OUT, _JUDGE = "Output", "Diagnosis"


@dataclass(frozen=True)
class Reporting:
    """Compute and report estimates in this way."""

    alpha: Annotated[
        float,
        typer.Option(
            help="Significance level, between 0 and 1; intervals have coverage 1 - alpha.", rich_help_panel=_OUT
        ),
    ] = 0.05
    min_cell: Annotated[
        int,
        typer.Option(
            help="Counts of individuals below this number N are shown as <N in the report.", rich_help_panel=_OUT
        ),
    ] = 20
    comparators: Annotated[
        list[str],
        typer.Option(
            "--comparators",
            "--foils",
            help="Comparators to add to the table of estimates: invalid (sisVIVE, TSHT and CIIV, which allow some"
            " invalid instruments) or summary (two-sample methods such as IVW and MR-Egger on the associations of each"
            " variant). May be repeated.",
            metavar="NAME",
            rich_help_panel=_OUT,
        ),
    ] = field(default_factory=list)
    bootstrap: Annotated[
        int,
        typer.Option(
            help="Number of bootstrap replicates (encoder refits), by which standard errors account for estimation of"
            " the encoder. 0: treat the learned instruments as fixed.",
            rich_help_panel=_OUT,
        ),
    ] = 100
    permutations: Annotated[
        int, typer.Option(help="Number of permutations in each permutation test, from 100.", rich_help_panel=_JUDGE)
    ] = 999
    exposure_units: Annotated[
        list[str],
        typer.Option(
            help="Unit of the exposure, for example kg/m2. Give it once for each exposure.",
            metavar="UNIT",
            rich_help_panel=_OUT,
        ),
    ] = field(default_factory=list)
    outcome_units: Annotated[
        str, typer.Option(help="Unit of the outcome, for example mmHg.", metavar="UNIT", rich_help_panel=_OUT)
    ] = ""
    figures: Annotated[
        bool,
        typer.Option(
            "--figures", help="Also write the figures of the report as PNG and SVG files.", rich_help_panel=_OUT
        ),
    ] = False


@dataclass(frozen=True)
class Rendering:
    """Render the report of this folder again."""

    directory: Annotated[Path, typer.Argument(help="Folder with the results of a run.", metavar="DIR")]
    figures: Annotated[
        bool, typer.Option("--figures", help="Also write the figures as PNG and SVG files.", rich_help_panel=_OUT)
    ] = False


@dataclass(frozen=True)
class Output:
    """Write the results here, and run in this way."""

    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the results. It is created if needed; files of the same names are replaced. Default: a"
            " folder in the current directory, named after the command (check writes nothing).",
            metavar="DIR",
            rich_help_panel=_OUT,
        ),
    ] = None
    seed: Annotated[
        int, typer.Option(help="Seed of the random numbers, a whole number from 0.", rich_help_panel=_OUT)
    ] = 0
    threads: Annotated[
        int | None,
        typer.Option(
            help="Number of threads. Default: all cores; in a benchmark, one for each worker.", rich_help_panel=_OUT
        ),
    ] = None
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            help="Print everything: all estimates, all tests, all notes, and the counts of excluded individuals and"
            " variants by reason.",
            rich_help_panel=_OUT,
        ),
    ] = False
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.", rich_help_panel=_OUT)] = False

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ArgumentError("threads", "be a whole number from 1", f"{self.threads}", "leave it out for all cores")
        if self.seed < 0:
            raise ArgumentError("seed", "be a whole number from 0", f"{self.seed}")

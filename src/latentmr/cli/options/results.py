"""Options of what is written and shown."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from latentmr.errors import ArgumentError

__all__ = ["Output", "Rendering", "Reporting"]

_OUT, _JUDGE = "Output", "Diagnosis"


@dataclass(frozen=True)
class Reporting:
    """What estimates and reports look like."""

    alpha: Annotated[float, typer.Option(help="Significance level.", rich_help_panel=_OUT)] = 0.05
    min_cell: Annotated[
        int, typer.Option(help="Counts under this are shown as <N in the report.", rich_help_panel=_OUT)
    ] = 20
    foils: Annotated[
        list[str],
        typer.Option(
            help="invalid: add methods for partly invalid instruments (sisVIVE, TSHT, CIIV) to the table; summary: add"
            " two-sample methods (IVW, MR-Egger and others) on each variant's associations. May be repeated.",
            rich_help_panel=_OUT,
        ),
    ] = field(default_factory=list)
    bootstrap: Annotated[
        int,
        typer.Option(
            help="Draws by which errors count that the instruments were learned; 0: errors given the instruments.",
            rich_help_panel=_OUT,
        ),
    ] = 100
    permutations: Annotated[
        int, typer.Option(help="Permutations of each permutation test.", rich_help_panel=_JUDGE)
    ] = 999
    exposure_units: Annotated[
        list[str],
        typer.Option(
            help="Unit of the exposure, such as kg/m2; once for each exposure.", metavar="UNIT", rich_help_panel=_OUT
        ),
    ] = field(default_factory=list)
    outcome_units: Annotated[
        str, typer.Option(help="Unit of the outcome, such as mmHg.", metavar="UNIT", rich_help_panel=_OUT)
    ] = ""
    figures: Annotated[
        bool,
        typer.Option("--figures", help="Write the report's figures as PNG and SVG files too.", rich_help_panel=_OUT),
    ] = False


@dataclass(frozen=True)
class Rendering:
    """What to render again."""

    directory: Annotated[Path, typer.Argument(help="Folder with the results of a run.", metavar="DIR")]
    figures: Annotated[
        bool, typer.Option("--figures", help="Write the figures as PNG and SVG files too.", rich_help_panel=_OUT)
    ] = False


@dataclass(frozen=True)
class Output:
    """Where results go, and how the run behaves."""

    out: Annotated[Path | None, typer.Option(help="Folder for the results.", metavar="DIR", rich_help_panel=_OUT)] = (
        None
    )
    seed: Annotated[int, typer.Option(help="Seed of all that is random.", rich_help_panel=_OUT)] = 0
    threads: Annotated[
        int | None,
        typer.Option(help="Threads; all cores by default, one for each worker of a benchmark.", rich_help_panel=_OUT),
    ] = None
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors only.", rich_help_panel=_OUT)] = False

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise ArgumentError("--threads", "be a whole number from 1", f"{self.threads}")

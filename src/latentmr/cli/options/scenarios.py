"""Options of scenarios with a known truth, and of what is run on them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Benchmarking", "Demonstrating", "Panel", "Simulating"]

_DRAW, _PANEL, _RUNS = "Dimensions", "People to draw on (semisynthetic)", "Runs"


@dataclass(frozen=True)
class Simulating:
    """A scenario and its dimensions."""

    scenario: Annotated[
        str,
        typer.Argument(
            help="linear, polynomial, diffeomorphic, piecewise, partial, too-large-k, null, weak, same-environments,"
            " confounded-z, admixture, assortative, coalescent or semisynthetic.",
            metavar="SCENARIO",
        ),
    ]
    n: Annotated[int | None, typer.Option(help="People in all.", rich_help_panel=_DRAW)] = None
    n_env: Annotated[int | None, typer.Option(help="Environments.", rich_help_panel=_DRAW)] = None
    d_z: Annotated[int | None, typer.Option(help="Exogenous latents (continuous).", rich_help_panel=_DRAW)] = None
    d_v: Annotated[int | None, typer.Option(help="Confounded latents (continuous).", rich_help_panel=_DRAW)] = None
    p: Annotated[int | None, typer.Option("--p", help="Variants (allele counts).", rich_help_panel=_DRAW)] = None
    n_populations: Annotated[int | None, typer.Option(help="Populations (admixture).", rich_help_panel=_DRAW)] = None
    fst: Annotated[float | None, typer.Option(help="FST of the populations (admixture).", rich_help_panel=_DRAW)] = None
    beta: Annotated[float | None, typer.Option(help="True effect.", rich_help_panel=_DRAW)] = None
    f_statistic: Annotated[
        float | None, typer.Option(help="Expected first-stage F of the true latents (weak).", rich_help_panel=_DRAW)
    ] = None
    generations: Annotated[
        int | None, typer.Option(help="Generations of mating (assortative).", rich_help_panel=_DRAW)
    ] = None
    strongest: Annotated[
        float | None, typer.Option(help="Largest correlation of mates (assortative).", rich_help_panel=_DRAW)
    ] = None
    per_region: Annotated[
        int | None, typer.Option(help="Variants of each region (coalescent).", rich_help_panel=_DRAW)
    ] = None
    block_mb: Annotated[
        float | None,
        typer.Option(help="Megabases that are copied from one person (semisynthetic).", rich_help_panel=_DRAW),
    ] = None
    confounder: Annotated[
        str | None, typer.Option(help="ancestry or assortative (semisynthetic).", rich_help_panel=_DRAW)
    ] = None


@dataclass(frozen=True)
class Demonstrating:
    """What is shown."""

    scenario: Annotated[
        str,
        typer.Option(
            help="admixture (allele counts, confounded by ancestry), polynomial or diffeomorphic (continuous"
            " instruments, nonlinear mixing).",
            metavar="S",
        ),
    ] = "admixture"
    learner: Annotated[
        str,
        typer.Option(
            help="auto, linear, flow or autoencoder; auto takes linear for admixture, and flow for the others.",
            metavar="L",
        ),
    ] = "auto"


@dataclass(frozen=True)
class Panel:
    """Real people whom a scenario draws on."""

    bfile: Annotated[
        Path | None,
        typer.Option(
            help="PLINK 1 fileset of the people to draw on, path without suffix.", rich_help_panel=_PANEL, metavar="P"
        ),
    ] = None
    pheno: Annotated[
        Path | None, typer.Option(help="Table with their ids and populations.", rich_help_panel=_PANEL)
    ] = None
    population: Annotated[
        str | None, typer.Option(help="Its column of populations.", metavar="COL", rich_help_panel=_PANEL)
    ] = None


@dataclass(frozen=True)
class Benchmarking:
    """What to run on what, and where."""

    scenario: Annotated[
        list[str],
        typer.Option(
            help="Scenario of `latentmr simulate`, with options after a colon: admixture:n=8000,p=30; values with"
            " slashes between them stand for one each: linear:n=2000/8000. May be repeated.",
            metavar="S",
            rich_help_panel=_RUNS,
        ),
    ] = field(default_factory=list)
    method: Annotated[
        list[str],
        typer.Option(
            help="ols, 2sls, liml, fuller, sisvive, tsht, ciiv (option adjust=none, env or pcs); linear, autoencoder,"
            " flow (options as of `latentmr run`: flow:k=2); oracle. May be repeated.",
            metavar="M",
            rich_help_panel=_RUNS,
        ),
    ] = field(default_factory=list)
    seeds: Annotated[int, typer.Option(help="Draws of each scenario, from --seed on.", rich_help_panel=_RUNS)] = 20
    workers: Annotated[
        int | None,
        typer.Option(help="Processes; by default as many as --threads leaves cores for.", rich_help_panel=_RUNS),
    ] = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Address of a running Dask scheduler, whose workers take the place of processes here.",
            metavar="ADDRESS",
            rich_help_panel=_RUNS,
        ),
    ] = None

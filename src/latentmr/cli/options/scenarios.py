"""Options of simulated scenarios with a known truth, and of the methods that run on them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Benchmarking", "Demonstrating", "Panel", "Simulating"]

_DRAW, _PANEL, _RUNS = "Dimensions", "Source individuals (semisynthetic and individuals)", "Runs"


@dataclass(frozen=True)
class Simulating:
    """Simulate this scenario with these dimensions.

    An option that is left out has the default of its scenario.
    """

    scenario: Annotated[
        str,
        typer.Argument(
            help="Scenario: linear, polynomial, diffeomorphic, piecewise, partial, too-large-k, null, weak,"
            " same-environments, confounded-z, admixture, assortative, coalescent, semisynthetic or individuals. An"
            " option that is left out has the default of the scenario.",
            metavar="SCENARIO",
        ),
    ]
    n: Annotated[
        int | None, typer.Option(help="Number of individuals in all environments together.", rich_help_panel=_DRAW)
    ] = None
    n_env: Annotated[int | None, typer.Option(help="Number of environments.", rich_help_panel=_DRAW)] = None
    d_z: Annotated[
        int | None, typer.Option(help="Number of exogenous latents (continuous scenarios).", rich_help_panel=_DRAW)
    ] = None
    d_v: Annotated[
        int | None, typer.Option(help="Number of confounded latents (continuous scenarios).", rich_help_panel=_DRAW)
    ] = None
    p: Annotated[
        int | None, typer.Option("--p", help="Number of variants (scenarios of allele counts).", rich_help_panel=_DRAW)
    ] = None
    n_populations: Annotated[
        int | None, typer.Option(help="Number of ancestral populations (admixture).", rich_help_panel=_DRAW)
    ] = None
    fst: Annotated[
        float | None,
        typer.Option(help="FST between the ancestral populations, from 0 to 1 (admixture).", rich_help_panel=_DRAW),
    ] = None
    beta: Annotated[
        float | None, typer.Option(help="True effect of the exposure on the outcome.", rich_help_panel=_DRAW)
    ] = None
    f_statistic: Annotated[
        float | None,
        typer.Option(help="Expected first-stage F of the true latents, above 1 (weak).", rich_help_panel=_DRAW),
    ] = None
    generations: Annotated[
        int | None,
        typer.Option(help="Number of generations of assortative mating (assortative).", rich_help_panel=_DRAW),
    ] = None
    strongest: Annotated[
        float | None,
        typer.Option(
            help="Maximum correlation between mates over the environments, from 0 to below 1 (assortative).",
            rich_help_panel=_DRAW,
        ),
    ] = None
    per_region: Annotated[
        int | None, typer.Option(help="Number of variants in each region (coalescent).", rich_help_panel=_DRAW)
    ] = None
    block_mb: Annotated[
        float | None,
        typer.Option(
            help="Length in megabases of the segments that are copied from one individual (semisynthetic).",
            rich_help_panel=_DRAW,
        ),
    ] = None
    genome: Annotated[
        int | None,
        typer.Option(
            help="Maximum number of genome-wide variants besides the instruments (semisynthetic, individuals). If there"
            " are some, hits.txt lists the instruments.",
            rich_help_panel=_DRAW,
        ),
    ] = None
    admixed: Annotated[
        bool | None,
        typer.Option(
            "--admixed",
            help="Let each individual descend from several populations (semisynthetic).",
            rich_help_panel=_DRAW,
        ),
    ] = None
    confounder: Annotated[
        str | None,
        typer.Option(
            help="Source of confounding: ancestry, local (a steep function of ancestry), site (a function of ancestry"
            " that differs between sites) or assortative (semisynthetic, individuals).",
            rich_help_panel=_DRAW,
        ),
    ] = None


@dataclass(frozen=True)
class Demonstrating:
    """Demonstrate this scenario."""

    scenario: Annotated[
        str,
        typer.Option(
            help="Scenario: admixture (allele counts, confounded by ancestry), polynomial or diffeomorphic (continuous"
            " instruments with nonlinear mixing).",
            metavar="S",
        ),
    ] = "admixture"
    learner: Annotated[
        str,
        typer.Option(
            help="Learner of the instruments: linear, flow, autoencoder or auto. With auto, admixture uses linear and"
            " the other scenarios use flow.",
            metavar="L",
        ),
    ] = "auto"


@dataclass(frozen=True)
class Panel:
    """Resample the genotypes of these individuals."""

    bfile: Annotated[
        Path | None,
        typer.Option(
            help="PLINK 1 fileset of the individuals to resample: path without suffix.",
            rich_help_panel=_PANEL,
            metavar="P",
        ),
    ] = None
    pheno: Annotated[
        Path | None,
        typer.Option(help="Table with the ids and populations of these individuals.", rich_help_panel=_PANEL),
    ] = None
    population: Annotated[
        str | None,
        typer.Option(help="Column of the population labels in --pheno.", metavar="COL", rich_help_panel=_PANEL),
    ] = None


@dataclass(frozen=True)
class Benchmarking:
    """Run these methods on these scenarios."""

    scenario: Annotated[
        list[str],
        typer.Option(
            help="Scenario of latentmr simulate, with its options after a colon: admixture:n=8000,p=30. Values between"
            " slashes give one scenario each: linear:n=2000/8000. May be repeated.",
            metavar="S",
            rich_help_panel=_RUNS,
        ),
    ] = field(default_factory=list)
    method: Annotated[
        list[str],
        typer.Option(
            help="Method: ols, 2sls, liml, fuller, ivw, egger, median, sisvive, tsht or ciiv (option adjust=none, env,"
            " hitpcs, gpcs:INT or gpcs:auto); linear, autoencoder or flow (options of latentmr run, such as flow:k=2,"
            " and row=env or row=env+latent); oracle (uses the true latents). hitpcs are principal components of the"
            " instruments themselves, gpcs genome-wide ones. May be repeated.",
            metavar="M",
            rich_help_panel=_RUNS,
        ),
    ] = field(default_factory=list)
    seeds: Annotated[
        int,
        typer.Option(
            help="Number of simulated data sets of each scenario; the first has --seed.", rich_help_panel=_RUNS
        ),
    ] = 20
    workers: Annotated[
        int | None,
        typer.Option(
            help="Number of worker processes. Default: the number of cores divided by --threads.", rich_help_panel=_RUNS
        ),
    ] = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Address of a running Dask scheduler, whose workers are used instead of processes on this machine.",
            metavar="ADDRESS",
            rich_help_panel=_RUNS,
        ),
    ] = None

"""The application: its commands, and how errors reach the user."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import MISSING, fields
from functools import wraps
from typing import Annotated, Any

import typer

from latentmr import __version__
from latentmr.cli.flags import in_options
from latentmr.cli.options import (
    Applying,
    Benchmarking,
    Components,
    Demonstrating,
    GenomeWide,
    Genotypes,
    Learning,
    Output,
    Panel,
    Phenotypes,
    Rendering,
    Reporting,
    Selecting,
    Simulating,
    TwoSample,
)
from latentmr.errors import ArgumentError
from latentmr.extras import MissingExtraError
from latentmr.typing import Row

__all__ = ["app", "main"]

app = typer.Typer(
    name="latentmr",
    help="Mendelian randomization with learned latent instruments.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"latentmr {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Mendelian randomization with learned latent instruments."""


def _verb(epilog: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command; the epilog of its help holds an example."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        app.command(function.__name__, epilog=f"Example:  {epilog}")(_answered(_flattened(function)))
        return function

    return register


def _flattened(verb: Callable[..., None]) -> Callable[..., None]:
    """Give a function whose parameters are groups of options the signature of all these options.

    Each parameter is annotated with a group: a frozen class whose fields are options.
    """
    groups: Row = {name: parameter.annotation for name, parameter in inspect.signature(verb).parameters.items()}
    options = [option for group in groups.values() for option in fields(group)]
    parameters = [
        inspect.Parameter(
            option.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=_default(option),
            annotation=option.type,
        )
        for option in options
    ]

    def flat(**values: Any) -> None:
        verb(
            **{
                name: group(**{option.name: values[option.name] for option in fields(group)})
                for name, group in groups.items()
            }
        )

    flat.__name__, flat.__doc__ = verb.__name__, verb.__doc__
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {option.name: option.type for option in options}
    return flat


def _default(option: Any) -> Any:
    if option.default_factory is not MISSING:
        return option.default_factory()
    return inspect.Parameter.empty if option.default is MISSING else option.default


def _answered(verb: Callable[..., None]) -> Callable[..., None]:
    """Give errors in the words of the command line, and say what an interrupt left behind."""
    usual = {name: parameter.default for name, parameter in inspect.signature(verb).parameters.items()}

    @wraps(verb)
    def run(**values: Any) -> None:
        try:
            verb(**values)
        except ArgumentError as error:
            given = [name for name, value in values.items() if value != usual[name]]
            raise in_options(error, verb.__name__, list(usual), given) from error
        except KeyboardInterrupt as interrupt:
            sys.stderr.write(f"latentmr: interrupted; {str(interrupt) or 'nothing was written'}.\n")
            raise typer.Exit(130) from None

    return run


@_verb("latentmr run --bfile cohort --pheno traits.tsv --exposure bmi --outcome sbp --env site --out results")
def run(
    genotypes: Genotypes,
    genome: GenomeWide,
    phenotypes: Phenotypes,
    learning: Learning,
    reporting: Reporting,
    output: Output,
) -> None:
    """Learn instruments from a cohort, estimate the effect of the exposure, test the assumptions and write a report."""
    from latentmr.cli.run import main_job

    main_job(genotypes, phenotypes, learning, reporting, output, genome=genome)


@_verb("latentmr learn --bfile cohort --pheno sites.tsv --env site --out model")
def learn(genotypes: Genotypes, genome: GenomeWide, phenotypes: Phenotypes, learning: Learning, output: Output) -> None:
    """Learn instruments from genotypes and environments, and save the model. No exposure or outcome is needed."""
    from latentmr.cli.model import learn_model

    learn_model(genotypes, genome, phenotypes, learning, output)


@_verb("latentmr estimate --model model --bfile cohort --pheno traits.tsv --exposure bmi --outcome sbp --env site")
def estimate(
    applying: Applying, genotypes: Genotypes, phenotypes: Phenotypes, reporting: Reporting, output: Output
) -> None:
    """Estimate an effect with the instruments of a saved model. One model serves any number of traits."""
    from latentmr.cli.run import main_job

    main_job(genotypes, phenotypes, applying, reporting, output)


@_verb("latentmr encode --model model --bfile new --out encoded")
def encode(applying: Applying, genotypes: Genotypes, phenotypes: Phenotypes, output: Output) -> None:
    """Apply a saved model to new individuals and write their instruments."""
    from latentmr.cli.model import encode_individuals

    encode_individuals(applying, genotypes, phenotypes, output)


@_verb("latentmr check --bfile cohort --pheno traits.tsv --exposure bmi --outcome sbp --env site")
def check(genotypes: Genotypes, genome: GenomeWide, phenotypes: Phenotypes, output: Output) -> None:
    """Read and check the data only: what a run would use, what is wrong, and whether the environments differ."""
    from latentmr.cli.check import check_data

    check_data(genotypes, genome, phenotypes, output)


@_verb("latentmr select --pfile genome --pheno traits.tsv --exposure bmi --env site --out selection")
def select(genotypes: Genotypes, phenotypes: Phenotypes, selecting: Selecting, output: Output) -> None:
    """Select variants as instruments, in a random discovery sample that estimation excludes, or by a GWAS table."""
    from latentmr.cli.select import select_variants

    select_variants(genotypes, phenotypes, selecting, output)


@_verb("latentmr pca --bfile genome --pcs 10 --out pcs")
def pca(genotypes: Genotypes, components: Components, output: Output) -> None:
    """Compute genome-wide principal components for --aux, or project new individuals onto earlier ones."""
    from latentmr.cli.pca import make_components

    make_components(genotypes, components, output)


@_verb("latentmr simulate polynomial --n 8000 --n-env 5 --out polynomial")
def simulate(simulating: Simulating, panel: Panel, output: Output) -> None:
    """Simulate a scenario and write its genotypes, phenotypes, latents and true effect."""
    from latentmr.cli.scenarios import simulate_cohort

    simulate_cohort(simulating, panel, output)


@_verb("latentmr benchmark --scenario admixture:p=30 --method 2sls --method linear --seeds 10 --out benchmark")
def benchmark(benchmarking: Benchmarking, panel: Panel, output: Output) -> None:
    """Compare methods on simulated scenarios: write a table, a summary and figures. The same command resumes it."""
    from latentmr.cli.scenarios import benchmark_methods

    benchmark_methods(benchmarking, panel, output)


@_verb("latentmr summary --exposure-file bmi.tsv --outcome-file chd.tsv.gz --ref-bfile eur --p-value 5e-8")
def summary(two_sample: TwoSample, output: Output) -> None:
    """Estimate an effect from GWAS summary statistics (two-sample MR): standard estimators, tests, plots, report."""
    from latentmr.cli.summary import summarise

    summarise(two_sample, output)


@_verb("latentmr report results --figures")
def report(rendering: Rendering, output: Output) -> None:
    """Render report.html and the STROBE-MR checklist again from the results in a folder, optionally with figures."""
    from latentmr.cli.page import render_again

    render_again(rendering, output)


@_verb("latentmr demo --scenario polynomial --learner autoencoder --out latentmr-demo")
def demo(demonstrating: Demonstrating, output: Output) -> None:
    """Simulate a cohort with a known effect, offline, and run the whole analysis on it."""
    from latentmr.cli.demo import run_demo

    run_demo(demonstrating, output)


def main() -> None:
    """Run the command line.

    Bad input ends with one message and exit code 2, numerical overflow with code 1, and an interrupt with code 130.
    """
    try:
        app()
    except (ValueError, MissingExtraError) as error:
        sys.stderr.write(f"latentmr: error: {error}\n")
        raise SystemExit(2) from error
    except FloatingPointError as error:
        sys.stderr.write(f"latentmr: error: {error}\n")
        raise SystemExit(1) from error

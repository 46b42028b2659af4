"""``latentmr demo``: the whole analysis on a simulated cohort with a known effect."""

from dataclasses import replace
from pathlib import Path

from latentmr.cli.answer_screen import LINES
from latentmr.cli.cohort import genotype_option, write_cohort
from latentmr.cli.display import Screen
from latentmr.cli.options import Demonstrating, GenomeWide, Genotypes, Learning, Output, Phenotypes, Reporting
from latentmr.cli.output import staged
from latentmr.cli.run import main_job
from latentmr.errors import ArgumentError
from latentmr.simulate import Simulated, draw
from latentmr.simulate.admixture import with_genome

__all__ = ["run_demo"]

#: Scenarios and their numbers of individuals: enough for an answer, and few enough for one minute.
SIZES = {"admixture": None, "polynomial": 4000, "diffeomorphic": 4000}

#: Variants of the simulated genome besides the instruments.
OTHERS = 2000
#: Lines that the demo prints around the results of the job.
AROUND = 8


def run_demo(demonstrating: Demonstrating, output: Output) -> None:
    """Simulate a cohort, write the files that a user would have, and run the main job on them."""
    if demonstrating.scenario not in SIZES:
        raise ArgumentError("scenario", f"be one of {', '.join(SIZES)}", f"{demonstrating.scenario!r}")
    out = output.out or Path("latentmr-demo")
    cohort = draw(demonstrating.scenario, n=SIZES[demonstrating.scenario], seed=output.seed)
    if demonstrating.scenario == "admixture":
        cohort = with_genome(cohort, OTHERS, seed=output.seed)
    with staged(out) as folder:
        (folder / "data").mkdir()
        write_cohort(folder / "data", cohort)
    screen = Screen(output.quiet, output.verbose)
    screen.line(_introduction(cohort))
    option, name = genotype_option(cohort).split()
    path = out / "data" / name
    phenotypes = Phenotypes(
        pheno=[out / "data" / "phenotypes.tsv"], env="site", exposure=["exposure"], outcome="outcome"
    )
    result = main_job(
        Genotypes(instruments=path)
        if cohort.genome is None
        else Genotypes(bfile=[path], extract=out / "data" / "hits.txt"),
        phenotypes,
        Learning(learner=demonstrating.learner),
        Reporting(),
        replace(output, out=out),
        genome=GenomeWide(),
        truth=cohort.truth.beta,
        lines=LINES - AROUND,
    )
    naive = next(e for e in result.estimates if (e.method, e.instruments, e.adjustment) == ("2SLS", "G", "none"))
    primary, beta = result.primary, cohort.truth.beta
    screen.line(
        f"True effect {beta:g}. 2SLS on the genotypes misses it by {100 * abs(naive.beta - beta) / beta:.0f} %; the"
        f" estimate with learned instruments is {abs(primary.beta - beta) / primary.se:.1f} standard errors away."
    )
    screen.line("To run the same analysis on these files:")
    more = "" if demonstrating.learner == "auto" else f" --learner {demonstrating.learner}"
    more += f" --seed {output.seed}" if output.seed else ""
    hits = "" if cohort.genome is None else f" --extract {out}/data/hits.txt"
    screen.command(
        f"  latentmr run {option} {path}{hits} --pheno {out}/data/phenotypes.tsv --exposure exposure --outcome outcome"
        f" --env site{more}"
    )
    screen.command(str(out / "report.html"))


def _introduction(cohort: Simulated) -> str:
    data = cohort.dataset
    cohort_of = f"Simulated cohort: {data.n:,} individuals at {data.n_env} sites,"
    if data.kind == "continuous":
        return (
            f"{cohort_of} {data.p} continuous instruments, which are nonlinear mixtures of"
            f" {cohort.truth.Z.shape[1]} exogenous variables and {cohort.truth.V.shape[1]} confounded ones, whose"
            " distribution differs between sites."
        )
    more = f" and {cohort.genome.G.shape[1]:,} others of the genome" if cohort.genome is not None else ""
    return f"{cohort_of} {data.p} instruments{more}; ancestry confounds genotypes, exposure and outcome."

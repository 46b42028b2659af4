"""``latentmr demo``: the main job on a simulated cohort whose true effect is known."""

from dataclasses import replace
from pathlib import Path

from latentmr.cli.cohort import genotype_option, write_cohort
from latentmr.cli.display import Screen
from latentmr.cli.options import Demonstrating, Genotypes, Learning, Output, Phenotypes, Reporting
from latentmr.cli.output import staged
from latentmr.cli.run import main_job
from latentmr.errors import ArgumentError
from latentmr.simulate import Simulated, draw

__all__ = ["run_demo"]

#: Scenarios that are shown, with people in all, enough for the answer and few enough for a minute.
PEOPLE = {"admixture": None, "polynomial": 4000, "diffeomorphic": 4000}


def run_demo(demonstrating: Demonstrating, output: Output) -> None:
    """Simulate, write the files that a user would bring, and run the main job on them."""
    if demonstrating.scenario not in PEOPLE:
        raise ArgumentError("--scenario", f"be one of {', '.join(PEOPLE)}", f"{demonstrating.scenario!r}")
    out = output.out or Path("latentmr-demo")
    cohort = draw(demonstrating.scenario, n=PEOPLE[demonstrating.scenario], seed=output.seed)
    with staged(out) as folder:
        (folder / "data").mkdir()
        write_cohort(folder / "data", cohort)
    screen = Screen(output.quiet)
    screen.line(_introduction(cohort))
    option, name = genotype_option(cohort).split()
    path = out / "data" / name
    phenotypes = Phenotypes(
        pheno=[out / "data" / "phenotypes.tsv"], env="site", exposure=["exposure"], outcome="outcome"
    )
    result = main_job(
        Genotypes(instruments=path) if option == "--instruments" else Genotypes(bfile=[path]),
        phenotypes,
        Learning(learner=demonstrating.learner),
        Reporting(),
        replace(output, out=out),
        truth=cohort.truth.beta,
    )
    foil = next(e for e in result.estimates if (e.method, e.instruments, e.adjustment) == ("2SLS", "G", "none"))
    primary, beta = result.primary, cohort.truth.beta
    screen.line(
        f"True effect {beta:g}. 2SLS on the genotypes is off by {100 * abs(foil.beta - beta) / beta:.0f} % of it; the"
        f" learned instruments' estimate is {abs(primary.beta - beta) / primary.se:.1f} of its standard errors away."
    )
    screen.line("The same job from the shell:")
    more = "" if demonstrating.learner == "auto" else f" --learner {demonstrating.learner}"
    more += f" --seed {output.seed}" if output.seed else ""
    screen.line(
        f"  latentmr run {option} {path} --pheno {out}/data/phenotypes.tsv --exposure exposure --outcome outcome"
        f" --env site{more}"
    )
    screen.line(str(out / "report.html"))


def _introduction(cohort: Simulated) -> str:
    data = cohort.dataset
    people = f"A simulated cohort of {data.n:,} people at {data.n_env} sites, with {data.p}"
    if data.kind == "continuous":
        return (
            f"{people} continuous instruments: nonlinear mixtures of {cohort.truth.Z.shape[1]} exogenous and"
            f" {cohort.truth.V.shape[1]} confounded variables, whose law differs between sites."
        )
    return f"{people} variants; ancestry confounds genotypes, exposure and outcome."

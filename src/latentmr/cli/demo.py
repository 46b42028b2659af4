"""``latentmr demo``: the main job on a simulated cohort whose true effect is known."""

from dataclasses import replace
from pathlib import Path

from latentmr.cli.cohort import write_cohort
from latentmr.cli.display import Screen
from latentmr.cli.options import Genotypes, Learning, Output, Phenotypes, Reporting
from latentmr.cli.output import staged
from latentmr.cli.reading import build_learner
from latentmr.cli.run import main_job
from latentmr.simulate import admixture

__all__ = ["run_demo"]


def run_demo(output: Output) -> None:
    """Simulate, write the files that a user would bring, and run the main job on them."""
    out = output.out or Path("latentmr-demo")
    cohort = admixture(seed=output.seed)
    with staged(out) as folder:
        (folder / "data").mkdir()
        write_cohort(folder / "data", cohort)
    screen = Screen(output.quiet)
    screen.line(
        f"A simulated cohort of {cohort.dataset.n:,} people at {cohort.dataset.n_env} sites, with {cohort.dataset.p}"
        " variants; ancestry confounds genotypes, exposure and outcome."
    )
    genotypes = Genotypes(bfile=[out / "data" / "cohort"])
    phenotypes = Phenotypes(
        pheno=[out / "data" / "phenotypes.tsv"], env="site", exposure=["exposure"], outcome="outcome"
    )
    result = main_job(
        genotypes,
        phenotypes,
        build_learner(Learning(), output, out),
        None,
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
    screen.line(
        f"  latentmr run --bfile {out}/data/cohort --pheno {out}/data/phenotypes.tsv --exposure exposure --outcome"
        " outcome --env site"
    )
    screen.line(str(out / "report.html"))

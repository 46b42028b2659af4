"""``latentmr simulate``: a scenario with a known truth, on disk, for this tool or any other."""

from pathlib import Path

from latentmr.cli.cohort import genotype_option, write_cohort, write_truth
from latentmr.cli.display import Screen
from latentmr.cli.options import Output, Simulating
from latentmr.cli.output import staged
from latentmr.simulate import SCENARIOS, draw

__all__ = ["simulate_cohort"]


def simulate_cohort(simulating: Simulating, output: Output) -> None:
    """Draw a scenario and write genotypes, phenotypes and the truth."""
    options = {
        name: getattr(simulating, name)
        for name in ("n", "n_env", "d_z", "d_v", "p", "n_populations", "fst", "beta", "f_statistic")
    }
    screen = Screen(output.quiet)
    cohort = draw(simulating.scenario, **options, seed=output.seed)
    out = output.out or Path(f"latentmr-{simulating.scenario}")
    given = {name: value for name, value in options.items() if value is not None}
    facts = {"scenario": simulating.scenario, "seed": output.seed, "options": given}
    with staged(out) as folder:
        write_cohort(folder, cohort)
        write_truth(folder, cohort, facts)
    data, shows = cohort.dataset, SCENARIOS[simulating.scenario].shows
    screen.line(
        f"{simulating.scenario}: {shows}. {data.n:,} people in {data.n_env} environments, {data.p} instruments"
        f" ({data.kind}), true effect {cohort.truth.beta:g}.",
        style="bold",
    )
    option, file = genotype_option(cohort).split()
    screen.line(
        f"  latentmr run {option} {out}/{file} --pheno {out}/phenotypes.tsv --exposure exposure --outcome outcome"
        " --env site"
    )

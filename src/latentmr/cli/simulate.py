"""``latentmr simulate``: a scenario with a known truth, on disk, for this tool or any other."""

from dataclasses import asdict
from pathlib import Path

from latentmr.cli.benchmark import panel_source
from latentmr.cli.cohort import genotype_option, write_cohort, write_truth
from latentmr.cli.display import Screen
from latentmr.cli.options import Output, Panel, Simulating
from latentmr.cli.output import staged
from latentmr.simulate import SCENARIOS, draw, refuse_impossible, refuse_people

__all__ = ["simulate_cohort"]


def simulate_cohort(simulating: Simulating, panel: Panel, output: Output) -> None:
    """Draw a scenario and write genotypes, phenotypes and the truth."""
    options = asdict(simulating)
    scenario = options.pop("scenario")
    screen = Screen(output.quiet)
    source = panel_source(panel)
    refuse_impossible(scenario, {name: value for name, value in options.items() if value is not None})
    refuse_people(source is not None, [scenario])
    people = None if source is None else source.read()
    cohort = draw(scenario, **options, source=people, seed=output.seed)
    out = output.out or Path(f"latentmr-{scenario}")
    given = {name: value for name, value in options.items() if value is not None}
    facts = {"scenario": scenario, "seed": output.seed, "options": given}
    facts |= {} if source is None else {"source": source.described()}
    with staged(out) as folder:
        write_cohort(folder, cohort)
        write_truth(folder, cohort, facts)
    data, shows = cohort.dataset, SCENARIOS[scenario].shows
    screen.line(
        f"{scenario}: {shows}. {data.n:,} people in {data.n_env} environments, {data.p} instruments"
        f" ({data.kind}), true effect {cohort.truth.beta:g}.",
        style="bold",
    )
    option, file = genotype_option(cohort).split()
    screen.line(
        f"  latentmr run {option} {out}/{file} --pheno {out}/phenotypes.tsv --exposure exposure --outcome outcome"
        " --env site"
    )

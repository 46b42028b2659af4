"""``latentmr check``: what would be used, and what is wrong."""

from threadpoolctl import threadpool_limits

from latentmr.cli.display import Screen
from latentmr.cli.options import Genotypes, Output, Phenotypes
from latentmr.cli.output import staged, write_json
from latentmr.cli.provenance import Clock, describe_dataset, describe_inputs, provenance
from latentmr.cli.reading import input_files, read, require
from latentmr.diagnose import variability
from latentmr.learn.moments import environment_moments, mean_shift

__all__ = ["check_data"]


def check_data(genotypes: Genotypes, phenotypes: Phenotypes, output: Output) -> None:
    """Read, count, and test whether the environments differ; ``run.json`` is written where ``--out`` is given."""
    require(env=phenotypes.env)
    screen, clock = Screen(output.quiet), Clock()
    with threadpool_limits(output.threads), screen.stages(clock, 3) as (stage, _):
        stage("reading")
        inputs = describe_inputs(input_files(genotypes, phenotypes))
        dataset = read(genotypes, phenotypes)
        stage("comparing environments")
        differ = variability(mean_shift(environment_moments(dataset).take(dataset.p)), alpha=0.05)
    screen.data(dataset)
    screen.line(f"{dataset.p:,} instruments ({dataset.kind}) in {dataset.n:,} people.", style="bold")
    screen.line(f"Do the environments differ? {differ.reason} (p = {differ.p_value:.2g})")
    if output.out is not None:
        with staged(output.out) as folder:
            run = provenance(inputs, output.seed, output.threads, clock)
            write_json(folder / "run.json", run | describe_dataset(dataset) | {"variability": differ.to_dict()})
        screen.line(f"Written: {output.out / 'run.json'}")

"""``latentmr learn``: the first half alone."""

from pathlib import Path

from threadpoolctl import threadpool_limits

from latentmr.analysis.diagnosis_sample import learn_apart
from latentmr.cli.display import Screen
from latentmr.cli.options import Genotypes, Learning, Output, Phenotypes
from latentmr.cli.output import kept_checkpoint, staged, write_instruments, write_json
from latentmr.cli.provenance import Clock, describe_dataset, describe_inputs, provenance
from latentmr.cli.reading import build_learner, checkpoint_of, input_files, read, require

__all__ = ["learn_model"]


def learn_model(genotypes: Genotypes, phenotypes: Phenotypes, learning: Learning, output: Output) -> None:
    """Learn and save; exposures, outcomes and placebo outcomes are not read."""
    require(env=phenotypes.env)
    if phenotypes.exposure or phenotypes.outcome or phenotypes.placebo:
        raise ValueError(
            "--exposure, --outcome and --placebo must be left out of learn: instruments are learned blind. Give them to"
            " estimate."
        )
    screen, clock = Screen(output.quiet), Clock()
    out = output.out or Path("latentmr-model")
    learner = build_learner(learning, output, out)
    with (
        kept_checkpoint(checkpoint_of(learner)),
        staged(out) as folder,
        threadpool_limits(output.threads),
        screen.stages(clock, 4) as (stage, watch),
    ):
        stage("reading")
        inputs = describe_inputs(input_files(genotypes, phenotypes))
        dataset = read(genotypes, phenotypes, threads=output.threads, progress=watch)
        stage("learning instruments")
        representation = learn_apart(learner, dataset, learning.diagnosis, output.seed, watch)
        stage("writing")
        representation.save(folder)
        write_instruments(folder / "instruments.parquet", representation, dataset)
        run = provenance(inputs, output.seed, output.threads, clock)
        write_json(folder / "run.json", run | describe_dataset(dataset))
    screen.data(dataset)
    factors = "" if representation.history.n_factors is None else f", {representation.history.n_factors} factors"
    screen.line(
        f"Learned {representation.k} instruments ({representation.form} form{factors}). Model: {out}", style="bold"
    )

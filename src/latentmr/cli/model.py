"""``latentmr learn`` and ``latentmr encode``: learn and save a model, and apply it to new individuals."""

from pathlib import Path

from threadpoolctl import threadpool_limits

from latentmr.analysis.diagnosis_sample import learn_apart
from latentmr.analysis.learner_choice import learner_for
from latentmr.cli.display import Screen
from latentmr.cli.options import Applying, GenomeWide, Genotypes, Learning, Output, Phenotypes
from latentmr.cli.output import kept_checkpoint, staged, write_instruments, write_json
from latentmr.cli.provenance import Clock, describe_dataset, describe_inputs, provenance
from latentmr.cli.reading import build_learner, checkpoint_of, input_files, read, require, unused_options
from latentmr.errors import ArgumentError
from latentmr.learn import Representation

__all__ = ["encode_individuals", "learn_model"]


def learn_model(
    genotypes: Genotypes, genome: GenomeWide, phenotypes: Phenotypes, learning: Learning, output: Output
) -> None:
    """Learn instruments and save the model, without reading exposures, outcomes or negative controls."""
    require(env=phenotypes.env)
    if phenotypes.exposure or phenotypes.outcome or phenotypes.negative_control:
        raise ArgumentError(
            "exposure, outcome and negative_control",
            "be left out of learn: instruments are learned from genotypes and environments alone",
            "at least one of them",
            "give them to latentmr estimate",
        )
    screen, clock = Screen(output.quiet, output.verbose), Clock()
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
        dataset = read(genotypes, phenotypes, genome=genome, seed=output.seed, threads=output.threads, progress=watch)
        stage("learning instruments")
        chosen, taken = learner_for(learner, dataset)
        representation = learn_apart(chosen, dataset, learning.diagnosis, output.seed, watch)
        stage("writing")
        representation.save(folder)
        write_instruments(folder / "instruments.parquet", representation, dataset)
        run = provenance(inputs, output.seed, output.threads, clock)
        model = {"learner": representation.learner, "k": representation.k}
        write_json(folder / "run.json", run | {"model": model} | describe_dataset(dataset))
    screen.data(dataset)
    for note in filter(None, [taken, unused_options(learning, dataset)]):
        screen.line(f"Note: {note}")
    factors = "" if representation.history.n_factors is None else f", {representation.history.n_factors} factors"
    screen.line(
        f"Learned {representation.k} instruments ({representation.form} form{factors}). Model: {out}", style="bold"
    )


def encode_individuals(applying: Applying, genotypes: Genotypes, phenotypes: Phenotypes, output: Output) -> None:
    """Write the instruments of all individuals; phenotype tables give environments and auxiliary features only."""
    representation = Representation.load(applying.model)
    representation.refuse_aux(phenotypes.aux)
    screen, clock = Screen(output.quiet, output.verbose), Clock()
    out = output.out or Path("latentmr-encoded")
    with staged(out) as folder, threadpool_limits(output.threads), screen.stages(clock, 3) as (stage, watch):
        stage("reading")
        inputs = describe_inputs(input_files(genotypes, phenotypes, applying.model))
        dataset = read(genotypes, phenotypes, representation.wanted, threads=output.threads, progress=watch)
        stage("encoding")
        write_instruments(folder / "instruments.parquet", representation, dataset)
        run = provenance(inputs, output.seed, output.threads, clock)
        write_json(folder / "run.json", run | describe_dataset(dataset))
    screen.data(dataset)
    screen.line(
        f"Encoded {dataset.n:,} individuals into {representation.k} instruments: {out / 'instruments.parquet'}",
        style="bold",
    )

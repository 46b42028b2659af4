"""``latentmr encode``: a saved model on new people."""

from pathlib import Path

from threadpoolctl import threadpool_limits

from latentmr.cli.display import Screen
from latentmr.cli.options import Applying, Genotypes, Output, Phenotypes
from latentmr.cli.output import staged, write_instruments, write_json
from latentmr.cli.provenance import Clock, describe_dataset, describe_inputs, provenance
from latentmr.cli.reading import input_files, read
from latentmr.learn import Representation

__all__ = ["encode_people"]


def encode_people(applying: Applying, genotypes: Genotypes, phenotypes: Phenotypes, output: Output) -> None:
    """Write the instruments of everyone; phenotype tables serve only for environments and auxiliary features."""
    representation = Representation.load(applying.model)
    representation.refuse_aux(phenotypes.aux)
    screen, clock = Screen(output.quiet), Clock()
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
        f"Encoded {dataset.n:,} people into {representation.k} instruments: {out / 'instruments.parquet'}", style="bold"
    )

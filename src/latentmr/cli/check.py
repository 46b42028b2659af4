"""``latentmr check``: the data that a run would use, and what is wrong with them."""

from dataclasses import asdict

from threadpoolctl import threadpool_limits

from latentmr.analysis.before_learning import judge_environments, power_of_genotypes
from latentmr.cli.display import Screen
from latentmr.cli.options import GenomeWide, Genotypes, Output, Phenotypes
from latentmr.cli.output import staged, write_json, write_table
from latentmr.cli.provenance import Clock, describe_dataset, describe_inputs, provenance
from latentmr.cli.reading import input_files, read, require
from latentmr.data import Dataset
from latentmr.data.genome.structure import Structure
from latentmr.data.quality_table import describe_doubtful, describe_relatives, quality_table
from latentmr.results.rounding import compared
from latentmr.typing import Row

__all__ = ["check_data"]

QUALITY = "quality.tsv"
#: Eigenvalues that are shown after those of the components taken.
BEYOND = 5


def check_data(genotypes: Genotypes, genome: GenomeWide, phenotypes: Phenotypes, output: Output) -> None:
    """Read the data, count them and test if the environments differ; write the results if ``--out`` is given."""
    require(env=phenotypes.env)
    screen, clock = Screen(output.quiet, output.verbose), Clock()
    with threadpool_limits(output.threads), screen.stages(clock, 3) as (stage, watch):
        stage("reading")
        inputs = describe_inputs(input_files(genotypes, phenotypes))
        dataset = read(genotypes, phenotypes, genome=genome, seed=output.seed, threads=output.threads, progress=watch)
        stage("comparing environments")
        differ, verdict = judge_environments(dataset)
        power, refusal = _power(dataset)
        genetic = dataset.kind != "continuous"
        quality, relatives = (quality_table(dataset), describe_relatives(dataset)) if genetic else (None, "")
    screen.data(dataset, everything=True)
    screen.line(f"{dataset.p:,} instruments ({dataset.kind}) in {dataset.n:,} individuals.", style="bold")
    if quality is not None:
        screen.quality(quality, relatives)
        for doubtful in describe_doubtful(quality):
            screen.line(doubtful, style="yellow")
    if dataset.structure is not None:
        screen.line(_scree(dataset.structure))
    screen.line(f"Do the environments differ? {differ.reason} (p {compared(differ.p_value, sign=True)})")
    screen.verdict(verdict, "Verdict before learning")
    for row in power:
        screen.line(
            f"Power for {row['exposure']}: all genotypes together explain {100 * row['r2']:.2g} % of its variance,"
            f" given environments and covariates (F = {row['f_statistic']:.1f}). With {row['n']:,} individuals, the"
            f" smallest effect that is detected with 80 % power is {row['minimum_detectable_effect']:.3g} at best."
        )
    if refusal:
        screen.line(f"Power was not computed: {refusal}")
    if output.out is not None:
        written = ("run.json", QUALITY) if quality is not None else ("run.json",)
        with staged(output.out) as folder:
            run = provenance(inputs, output.seed, output.threads, clock)
            found = {"variability": differ.to_dict(), "verdict": asdict(verdict), "power": power}
            write_json(folder / "run.json", run | describe_dataset(dataset) | found)
            if quality is not None:
                write_table(folder / QUALITY, quality)
        screen.line(f"Written: {', '.join(str(output.out / name) for name in written)}")


def _scree(structure: Structure) -> str:
    """Return the eigenvalues of the components taken and of those that follow, with their statistics."""
    shown = [
        f"{value:.3g} ({statistic:.1f})" for value, statistic in zip(structure.scree, structure.statistics, strict=True)
    ]
    taken, after = (", ".join(part) for part in (shown[: structure.number], shown[structure.number :][:BEYOND]))
    return (
        f"Genome-wide components: {structure.number} of {len(shown)} computed were taken, {structure.rule}. Eigenvalues"
        f" (Tracy-Widom statistics): taken {taken}; not taken {after or 'none'}."
    )


def _power(dataset: Dataset) -> tuple[list[Row], str]:
    """Return the power for each exposure, and the reason if it cannot be computed."""
    try:
        return power_of_genotypes(dataset), ""
    except ValueError as error:
        return [], str(error)

"""``latentmr simulate`` and ``latentmr benchmark``: simulated scenarios, as files or to compare methods."""

import os
from dataclasses import asdict
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from latentmr.benchmark import Source, run_benchmark, write_figures
from latentmr.benchmark.table import full_disk
from latentmr.cli.cohort import genotype_option, write_cohort, write_truth
from latentmr.cli.display import Screen
from latentmr.cli.options import Benchmarking, Output, Panel, Simulating
from latentmr.cli.output import staged
from latentmr.errors import ArgumentError
from latentmr.simulate import SCENARIOS, draw, refuse_impossible, refuse_people
from latentmr.typing import Row

__all__ = ["benchmark_methods", "simulate_cohort"]


def simulate_cohort(simulating: Simulating, panel: Panel, output: Output) -> None:
    """Simulate a scenario and write its genotypes, phenotypes and truth."""
    options = asdict(simulating)
    scenario = options.pop("scenario")
    screen = Screen(output.quiet, output.verbose)
    source = _source(panel)
    refuse_impossible(scenario, {name: value for name, value in options.items() if value is not None})
    refuse_people(source is not None, [scenario])
    people = None if source is None else source.read()
    # the files hold genotypes, from which a run computes the components
    pcs = None if people is None else 0
    cohort = draw(scenario, **options, pcs=pcs, source=people, seed=output.seed)
    out = output.out or Path(f"latentmr-{scenario}")
    given = {name: value for name, value in options.items() if value is not None}
    facts = {"scenario": scenario, "seed": output.seed, "options": given}
    facts |= {} if source is None else {"source": source.described()}
    with staged(out) as folder:
        write_cohort(folder, cohort)
        write_truth(folder, cohort, facts)
    data, shows = cohort.dataset, SCENARIOS[scenario].shows
    others = "" if cohort.genome is None else f", {len(cohort.genome.variants):,} other variants"
    screen.line(
        f"{scenario}: {shows}. {data.n:,} individuals in {data.n_env} environments, {data.p} instruments"
        f" ({data.kind}){others}, true effect {cohort.truth.beta:g}.",
        style="bold",
    )
    option, file = genotype_option(cohort).split()
    extract = "" if cohort.genome is None else f" --extract {out}/hits.txt"
    screen.line("To analyse it:")
    screen.command(
        f"  latentmr run {option} {out}/{file}{extract} --pheno {out}/phenotypes.tsv --exposure exposure"
        " --outcome outcome --env site"
    )


def benchmark_methods(benchmarking: Benchmarking, panel: Panel, output: Output) -> None:
    """Run the scenarios and methods that have no row yet, and write the table, the summary and the figures."""
    screen, out = Screen(output.quiet, output.verbose), output.out or Path("latentmr-benchmark")
    threads = output.threads or 1
    done = 0
    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=screen.progress,
        transient=True,
        disable=output.quiet or not screen.progress.is_terminal,
    ) as bars:
        bar = bars.add_task("starting workers", total=None)

        def on_row(row: Row, count: int, total: int) -> None:
            nonlocal done
            done = count
            bars.update(bar, completed=count, total=total, description=f"{row['scenario']} {row['method']}")

        try:
            found = run_benchmark(
                benchmarking.scenario,
                benchmarking.method,
                benchmarking.seeds,
                out,
                first_seed=output.seed,
                workers=benchmarking.workers or max(1, (os.cpu_count() or 1) // threads),
                threads=threads,
                scheduler=benchmarking.scheduler,
                source=_source(panel),
                on_row=on_row,
            )
        except KeyboardInterrupt:
            kept = f"{done} rows are saved in {out}; run the same command again to resume" if done else ""
            raise KeyboardInterrupt(kept) from None
    screen.benchmark(found.summary)
    failed = found.table[found.table["reason"] != ""]
    for reason, rows in failed.groupby("reason", sort=False):
        screen.line(f"{len(rows)} runs without an estimate ({rows['method'].iloc[0]}): {reason}", style="yellow")
    try:
        figures = write_figures(out, found.table, found.summary)
    except OSError as error:
        raise full_disk(found.path, len(found.table), error) from error
    screen.line(f"{len(found.table)} rows: {found.path}. Summary: {out / 'summary.tsv'}.")
    screen.line(f"Figures: {', '.join(str(path) for path in figures)}")


def _source(panel: Panel) -> Source | None:
    """Return the source individuals that the options name, if any.

    Raises
    ------
    ArgumentError
        If some of the three options are absent.
    """
    parts = {"bfile": panel.bfile, "pheno": panel.pheno, "population": panel.population}
    absent = [name for name, value in parts.items() if value is None]
    if len(absent) == len(parts):
        return None
    if absent:
        given = " and ".join(f"`{name}`" for name in parts if name not in absent)
        raise ArgumentError(f"{' and '.join(absent)}", f"be given with {given}", "none", "give all three, or none")
    return Source(panel.bfile, panel.pheno, panel.population)  # type: ignore[arg-type]  # all three are there

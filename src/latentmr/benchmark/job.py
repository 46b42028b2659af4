"""Run a whole benchmark: tasks that are requested and not yet done, through an executor, into the table."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from latentmr import __version__
from latentmr.benchmark.executors import dask_cluster, local_processes
from latentmr.benchmark.methods import refuse_unknown_method
from latentmr.benchmark.pool import completed
from latentmr.benchmark.specification import parse
from latentmr.benchmark.summary import summarise, write_summary
from latentmr.benchmark.table import full_disk, opened, read_table
from latentmr.benchmark.task import Source, Task, run_task
from latentmr.errors import ArgumentError
from latentmr.simulate import refuse_impossible, refuse_people
from latentmr.typing import Row

__all__ = ["Benchmark", "run_benchmark"]

#: Function that is called with a finished row, the number of rows so far and their final number.
OnRow = Callable[[Row, int, int], None]


@dataclass(frozen=True)
class Benchmark:
    """Results of a benchmark.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each scenario, method and seed.
    summary : pandas.DataFrame
        One row for each scenario and method.
    path : Path
        Path of the table.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    path: Path

    def __repr__(self) -> str:
        count = {name: self.table[name].nunique() for name in ("scenario", "method", "seed")}
        size = ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for name, number in count.items())
        failed = int(self.table["beta"].isna().sum())
        return f"Benchmark: {len(self.table)} runs ({size}), {failed} without an estimate; table {self.path}"


def run_benchmark(
    scenarios: Sequence[str],
    methods: Sequence[str],
    seeds: int = 20,
    out: str | Path = "latentmr-benchmark",
    *,
    first_seed: int = 0,
    workers: int = 1,
    threads: int = 1,
    scheduler: str | None = None,
    source: Source | None = None,
    on_row: OnRow | None = None,
) -> Benchmark:
    """Run methods on scenarios with a known truth.

    An interrupted benchmark resumes if it is called again. A benchmark that requests more runs keeps the existing rows.

    Parameters
    ----------
    scenarios, methods : sequence of str
        Names, with options after a colon: ``admixture:n=8000,p=30``, ``flow:k=2``. Several values separated by slashes
        stand for one specification each: ``linear:n=2000/8000``.
    seeds : int
        Number of simulated data sets of each scenario.
    out : str or Path
        Folder for ``benchmark.tsv`` and ``summary.tsv``.
    first_seed : int
        Seed of the first data set.
    workers : int
        Number of processes of this machine.
    threads : int
        Number of threads for linear algebra in each process.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers replace local processes. Rows are the same.
    source : Source, optional
        Genotypes of real individuals, for scenarios that resample them.
    on_row : callable, optional
        Function that is called with each finished row.

    Returns
    -------
    Benchmark

    Raises
    ------
    ValueError
        If a scenario or method is unknown, if dimensions are impossible, if the folder holds something else, or if the
        disk is full.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     found = run_benchmark(["linear:n=2000"], ["2sls", "oracle"], seeds=2, out=folder)
    >>> found.table["method"].tolist()
    ['2sls', 'oracle', '2sls', 'oracle']
    """
    counts = {"seeds": (seeds, 1), "first_seed": (first_seed, 0), "workers": (workers, 1), "threads": (threads, 1)}
    for name, (value, least) in counts.items():
        _refuse_other_than_whole(name, value, least)
    tasks = _tasks(scenarios, methods, range(first_seed, first_seed + seeds))
    refuse_people(source is not None, list(dict.fromkeys(task.scenario.name for task in tasks)))
    if source is not None:
        source.read()  # report unreadable files here, once
    settings = {"latentmr": __version__, "source": None if source is None else source.described()}
    place: AbstractContextManager[Any] = dask_cluster(scheduler) if scheduler else local_processes(workers)
    # check that the cluster answers before anything is written
    with place as (start, slots), opened(Path(out), settings, tasks) as (table, done):
        left = [task for task in tasks if task.key not in done]
        work = partial(run_task, source=source, threads=threads)
        for count, row in enumerate(completed(left, work, start, slots), 1):
            table.append(row)
            if on_row is not None:
                on_row(row, len(done) + count, len(tasks))
        table.sort({task.key: index for index, task in enumerate(tasks)})
        frame = read_table(table.path)
        summary = summarise(frame)
        try:
            write_summary(Path(out), summary)
        except OSError as error:
            raise full_disk(table.path, len(frame), error) from error
    return Benchmark(frame, summary, table.path)


def _tasks(scenarios: Sequence[str], methods: Sequence[str], seeds: range) -> list[Task]:
    """List all runs; methods of one data set are adjacent, so that it is simulated once if possible."""
    found = [
        [one for text in texts for one in parse(name, text)]
        for name, texts in (("scenario", scenarios), ("method", methods))
    ]
    for name, wanted in zip(("scenario", "method"), found, strict=True):
        if not wanted:
            raise ArgumentError(f"{name}", "be given at least once", "none", "name one")
        twice = next((one for one in wanted if wanted.count(one) > 1), None)
        if twice is not None:
            raise ArgumentError(f"{name}", "be given once for each", f"{twice} twice", "remove one of the two")
    for scenario in found[0]:
        refuse_impossible(scenario.name, dict(scenario.options))
    for method in found[1]:
        refuse_unknown_method(method)
    return [Task(scenario, method, seed) for scenario in found[0] for seed in seeds for method in found[1]]


def _refuse_other_than_whole(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(f"{name}", f"be a whole number from {least}", f"{value!r}", f"use {least} or more")

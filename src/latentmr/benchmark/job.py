"""The whole benchmark: what is asked for, less what is there already, through an executor into the table."""

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

#: Called with a finished row, how many are there and how many there will be.
OnRow = Callable[[Row, int, int], None]


@dataclass(frozen=True)
class Benchmark:
    """What a benchmark found.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each scenario, method and seed.
    summary : pandas.DataFrame
        A row for each scenario and method.
    path : Path
        Of the table.
    """

    table: pd.DataFrame
    summary: pd.DataFrame
    path: Path


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

    A benchmark that was stopped goes on where it was when it is called again; one that asks for more goes on from what
    is there.

    Parameters
    ----------
    scenarios, methods : sequence of str
        Names, with options after a colon: ``admixture:n=8000,p=30``, ``flow:k=2``. Values with slashes between them
        stand for one each: ``linear:n=2000/8000``.
    seeds : int
        Draws of each scenario.
    out : str or Path
        Folder for ``benchmark.tsv`` and ``summary.tsv``.
    first_seed : int
    workers : int
        Processes of this machine.
    threads : int
        Of linear algebra in each.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers take the place of processes here. Rows are the same.
    source : Source, optional
        Real people, for scenarios that draw on them.
    on_row : callable, optional
        Called with each row as it is done.

    Returns
    -------
    Benchmark

    Raises
    ------
    ValueError
        Unknown scenario or method, impossible dimensions, a folder of something else, a disk that is full.

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
        source.read()  # what cannot be read is said here, once
    settings = {"latentmr": __version__, "source": None if source is None else source.described()}
    place: AbstractContextManager[Any] = dask_cluster(scheduler) if scheduler else local_processes(workers)
    # a cluster that does not answer is met before anything is written
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
    """All runs: methods of one draw follow each other, so that it is drawn once where it can be."""
    found = [
        [one for text in texts for one in parse(name, text)]
        for name, texts in (("scenario", scenarios), ("method", methods))
    ]
    for name, wanted in zip(("scenario", "method"), found, strict=True):
        if not wanted:
            raise ArgumentError(f"{name}", "be given once or more", "none")
        twice = next((one for one in wanted if wanted.count(one) > 1), None)
        if twice is not None:
            raise ArgumentError(f"{name}", "be given once for each", f"{twice} twice")
    for scenario in found[0]:
        refuse_impossible(scenario.name, dict(scenario.options))
    for method in found[1]:
        refuse_unknown_method(method)
    return [Task(scenario, method, seed) for scenario in found[0] for seed in seeds for method in found[1]]


def _refuse_other_than_whole(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(f"{name}", f"be a whole number from {least}", f"{value!r}")

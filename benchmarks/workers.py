"""Compare two workers with one, and a Dask cluster of two with two local processes, on tasks of ten seconds.

Usage: python benchmarks/workers.py [--tasks 6] [--rounds 3].

The benchmark needs two idle cores. Each round runs the same flows by one local process, by two, and by two Dask workers
on loopback, and medians of the ratios are printed. A first task on every worker pays for imports before the clock
starts.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, wait
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from statistics import median
from time import perf_counter

from latentmr.benchmark import Task, run_task
from latentmr.benchmark.executors import dask_cluster, local_processes
from latentmr.benchmark.pool import completed
from latentmr.benchmark.specification import parse

SCENARIO = parse("scenario", "diffeomorphic")[0]
METHOD = parse("method", "flow:k=3,steps=900,starts=2,bootstrap=0")[0]
WARM = parse("method", "flow:k=3,steps=5,starts=1,bootstrap=0")[0]


def timed(place: AbstractContextManager[tuple[Callable[[], Executor], int]], workers: int, count: int) -> float:
    with place as (start, slots):
        executor = start()
        wait([executor.submit(run_task, Task(SCENARIO, WARM, seed)) for seed in range(3 * workers)])
        began = perf_counter()
        tasks = [Task(SCENARIO, METHOD, seed) for seed in range(count)]
        rows = list(completed(tasks, run_task, lambda: executor, slots))
        spent = perf_counter() - began
    failed = [row["reason"] for row in rows if row["reason"]]
    if failed:
        raise RuntimeError(failed[0])
    return spent


@contextmanager
def cluster() -> Iterator[str]:
    """Start a scheduler and two single-threaded workers on this machine."""
    dask = partial(subprocess.Popen, stderr=subprocess.PIPE, text=True)
    scheduler = dask(
        [sys.executable, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    )
    address = said(scheduler, r"Scheduler at:\s+(tcp://\S+)")
    worker = [sys.executable, "-m", "dask", "worker", address, "--nthreads", "1", "--no-dashboard"]
    workers = [dask(worker) for _ in range(2)]
    try:
        for one in workers:
            said(one, r"Registered to:\s+(tcp://\S+)")
        yield address
    finally:
        for one in (*workers, scheduler):
            one.terminate()
            one.wait()


def said(process: subprocess.Popen[str], pattern: str) -> str:
    for line in process.stderr or []:
        if found := re.search(pattern, line):
            return found.group(1)
    raise RuntimeError("Dask did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ratios: dict[str, list[float]] = {"one worker / two": [], "Dask / two local workers": []}
    for number in range(options.rounds):
        one = timed(local_processes(1), 1, options.tasks)
        two = timed(local_processes(2), 2, options.tasks)
        with cluster() as address:
            dask = timed(dask_cluster(address), 2, options.tasks)
        task = one / options.tasks
        print(f"round {number + 1}: one {one:.1f} s, two {two:.1f} s, Dask {dask:.1f} s; {task:.1f} s a task")
        ratios["one worker / two"].append(one / two)
        ratios["Dask / two local workers"].append(dask / two)
    for name, values in ratios.items():
        print(f"{name}: median {median(values):.3f} (smallest {min(values):.3f}, largest {max(values):.3f})")


if __name__ == "__main__":
    main()

"""A benchmark on a Dask cluster: a scheduler and two workers on this machine."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd
import pytest

from latentmr import __version__
from latentmr.benchmark import run_benchmark

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'latentmr[dask]'")

SCENARIOS = ["linear:n=1200,n_env=3"]
SCHEDULER = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
METHODS = ["2sls", "linear:bootstrap=0", "linear:k=20", "oracle"]


@contextmanager
def started(*arguments: str, says: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process of Dask, once it has said what it should."""
    quiet = {**os.environ, "OMP_NUM_THREADS": "1", "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "info"}
    command = [sys.executable, "-m", "dask", *arguments]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=quiet)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if found := re.search(says, line):
                yield process, found.group(1)
                break
        else:
            pytest.fail(f"dask {arguments[0]} did not start")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()


def worker(address: str, folder: Path) -> tuple[str, ...]:
    return ("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    with ExitStack() as stack:
        _, address = stack.enter_context(started(*SCHEDULER, says=r"Scheduler at:\s+(tcp://\S+)"))
        workers = [
            stack.enter_context(started(*worker(address, tmp_path), says=r"Registered to:\s+(tcp://\S+)"))[0]
            for _ in range(2)
        ]
        yield address, workers


def test_a_worker_that_is_killed_costs_no_row_and_the_table_is_that_of_local_processes(cluster, tmp_path) -> None:
    address, workers = cluster
    lines: list[int] = []

    def kill(row: dict[str, object], done: int, total: int) -> None:
        lines.append(done)
        if done == 3:
            workers[0].kill()

    found = run_benchmark(SCENARIOS, METHODS, 3, tmp_path / "dask", scheduler=address, on_row=kill)
    assert lines == list(range(1, 13))
    assert workers[1].poll() is None
    local = run_benchmark(SCENARIOS, METHODS, 3, tmp_path / "local")
    costs = ["seconds", "peak_mb"]
    pd.testing.assert_frame_equal(found.table.drop(columns=costs), local.table.drop(columns=costs))


def test_workers_that_go_away_and_an_interrupt_keep_the_rows(cluster, tmp_path: Path) -> None:
    address, workers = cluster

    def kill(row: dict[str, object], done: int, total: int) -> None:
        if done == 2:
            for worker in workers:
                worker.kill()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_benchmark(SCENARIOS, METHODS, 3, tmp_path / "b", scheduler=address, on_row=kill)
    with distributed.Client(address, set_as_default=False) as client:
        # the scheduler takes a moment to see that they are gone
        while client.nthreads():
            time.sleep(0.05)
    with pytest.raises(
        ValueError, match=rf"^scheduler must have workers\. Got {address} without one; start at least one by"
    ):
        run_benchmark(SCENARIOS, METHODS, 3, tmp_path / "b", scheduler=address)
    assert len(pd.read_csv(tmp_path / "b" / "benchmark.tsv", sep="\t")) == 2


def test_workers_of_another_version_are_refused(cluster, tmp_path: Path, monkeypatch) -> None:
    address, _ = cluster
    monkeypatch.setattr("latentmr.benchmark.executors.__version__", "9.9")
    message = rf"^scheduler must have workers with latentmr 9\.9\. Got {address} with {__version__}; install the same"
    with pytest.raises(ValueError, match=message):
        run_benchmark(SCENARIOS, METHODS, 1, tmp_path / "b", scheduler=address)
    monkeypatch.setattr("latentmr.benchmark.executors._version", _absent)
    with pytest.raises(
        ValueError, match=r"whose workers cannot import it: No module named 'latentmr'; install it there\.$"
    ):
        run_benchmark(SCENARIOS, METHODS, 1, tmp_path / "b", scheduler=address)
    assert not (tmp_path / "b").exists()


def _absent() -> str:
    raise ModuleNotFoundError("No module named 'latentmr'")


def test_a_scheduler_that_goes_away_keeps_the_rows(tmp_path: Path, capfd) -> None:
    with ExitStack() as stack:
        scheduler, address = stack.enter_context(started(*SCHEDULER, says=r"Scheduler at:\s+(tcp://\S+)"))
        stack.enter_context(started(*worker(address, tmp_path), says=r"Registered to:\s+(tcp://\S+)"))

        def kill(row: dict[str, object], done: int, total: int) -> None:
            if done == 2:
                scheduler.kill()

        with pytest.raises(
            ValueError, match=r"^scheduler must keep running until the end\. Got no further answer; the rows so far are"
        ):
            run_benchmark(SCENARIOS, METHODS, 3, tmp_path / "b", scheduler=address, on_row=kill)
    assert len(pd.read_csv(tmp_path / "b" / "benchmark.tsv", sep="\t")) >= 2
    # one message says it: no logs of the client beside it
    assert "Traceback" not in capfd.readouterr().err


def test_nobody_at_the_address(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("latentmr.benchmark.executors.PATIENCE", 0.5)
    with pytest.raises(ValueError, match=r"^scheduler must be the address of a running Dask scheduler\. Got tcp://127"):
        run_benchmark(SCENARIOS, METHODS, 1, tmp_path / "b", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(ValueError, match=r"^scheduler must be the address of a running Dask scheduler\. Got nonsense"):
        run_benchmark(SCENARIOS, METHODS, 1, tmp_path / "b", scheduler="nonsense://x")
    assert list(tmp_path.iterdir()) == []


def test_without_dask_the_message_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"^scheduler needs distributed: pip install 'latentmr\[dask\]'$"):
        run_benchmark(SCENARIOS, METHODS, 1, tmp_path / "b", scheduler="tcp://127.0.0.1:9")
    assert list(tmp_path.iterdir()) == []

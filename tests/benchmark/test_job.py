"""The whole benchmark: the same table whatever runs it, and however often it was stopped."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info

from latentmr.benchmark import METHODS as REGISTRY
from latentmr.benchmark import Found, Method, Source, Task, read_table, run_benchmark, run_task
from latentmr.benchmark.specification import parse
from latentmr.cli.cohort import write_cohort
from latentmr.simulate import admixture

SCENARIOS = ["linear:n=1200,n_env=3", "admixture:n=1500,p=8,n_env=3"]
METHODS = ["2sls", "linear:bootstrap=0", "linear:k=20", "oracle"]
SEEDS = 2
ROWS = len(SCENARIOS) * len(METHODS) * SEEDS
COSTS = ["seconds", "peak_mb"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> pd.DataFrame:
    return run_benchmark(SCENARIOS, METHODS, SEEDS, tmp_path_factory.mktemp("whole") / "b").table


def same(table: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(table.drop(columns=COSTS), other.drop(columns=COSTS))


def test_every_run_is_a_row_in_order(whole) -> None:
    wanted = [(s, m, seed) for s in SCENARIOS for seed in range(SEEDS) for m in METHODS]
    assert list(zip(whole["scenario"], whole["method"], whole["seed"], strict=True)) == wanted
    assert whole["seconds"].gt(0).all()
    assert whole["peak_mb"].between(20, 5000).all()
    learned = whole[whole["method"] == METHODS[1]]
    assert learned["leak"].notna().all()
    assert learned["verdict"].isin(["credible", "caution", "not identified"]).all()
    assert learned.loc[learned["scenario"] == SCENARIOS[0], "r2"].gt(0.9).all()
    assert whole.loc[whole["method"] == "oracle", "beta"].tolist() == pytest.approx(
        whole.loc[whole["method"] == "oracle", "oracle"].tolist()
    )


def test_a_failure_is_a_row_with_its_reason(whole) -> None:
    failed = whole[whole["reason"] != ""]
    assert failed["method"].tolist() == [METHODS[2]] * len(SCENARIOS) * SEEDS
    assert failed["reason"].str.match(r"k must .* Got 20").all()
    assert failed["beta"].isna().all()
    assert failed[["truth", "oracle", "seconds"]].notna().all(axis=None)


def test_two_workers_make_the_same_table(whole, tmp_path: Path) -> None:
    same(run_benchmark(SCENARIOS, METHODS, SEEDS, tmp_path / "b", workers=2).table, whole)


def test_one_that_was_stopped_goes_on(whole, tmp_path: Path) -> None:
    seen: list[tuple[str, str, int]] = []

    def stop(row: dict[str, object], done: int, total: int) -> None:
        seen.append((row["scenario"], row["method"], row["seed"]))  # type: ignore[arg-type]
        assert total == ROWS
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_benchmark(SCENARIOS, METHODS, SEEDS, tmp_path, on_row=stop)
    assert len(read_table(tmp_path / "benchmark.tsv")) == 5
    found = run_benchmark(SCENARIOS, METHODS, SEEDS, tmp_path, on_row=lambda row, done, total: stop(row, 0, total))
    same(found.table, whole)
    assert len(seen) == len(set(seen)) == ROWS


def test_more_seeds_go_on_from_fewer(whole, tmp_path: Path) -> None:
    run_benchmark(SCENARIOS[:1], METHODS[:1], 1, tmp_path)
    rows: list[int] = []
    found = run_benchmark(SCENARIOS, METHODS, SEEDS, tmp_path, on_row=lambda row, done, total: rows.append(done))
    assert rows == list(range(2, ROWS + 1))
    same(found.table, whole)
    assert len(pd.read_csv(tmp_path / "summary.tsv", sep="\t")) == 8


def test_a_finished_one_is_summarised_again_and_runs_nothing(whole, tmp_path: Path) -> None:
    first = run_benchmark(SCENARIOS[:1], METHODS[:1], 1, tmp_path)
    again = run_benchmark(SCENARIOS[:1], METHODS[:1], 1, tmp_path, on_row=lambda *given: pytest.fail("ran"))
    pd.testing.assert_frame_equal(first.table, again.table)


def test_a_worker_that_is_killed_costs_no_row(whole, tmp_path: Path) -> None:
    killed = []
    # learners of other tests may have left workers that wait for more
    others = {child.pid for child in multiprocessing.active_children()}

    def kill(row: dict[str, object], done: int, total: int) -> None:
        if done in (4, 10):
            child = next(child for child in multiprocessing.active_children() if child.pid not in others)
            child.kill()
            killed.append(child.pid)

    same(run_benchmark(SCENARIOS, METHODS, SEEDS, tmp_path, workers=2, on_row=kill).table, whole)
    assert len(killed) == 2


RUN = """
import sys
from latentmr.benchmark import run_benchmark
if __name__ == "__main__":
    def say(row, done, total):
        print(done, flush=True)
    run_benchmark(sys.argv[2].split(), sys.argv[3].split(), 2, sys.argv[1], workers=2, on_row=say)
"""


def test_a_run_that_is_killed_goes_on_and_leaves_no_process(whole, tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(tmp_path / "b"), " ".join(SCENARIOS), " ".join(METHODS)]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert run.stdout is not None
    while int(run.stdout.readline()) < 6:
        pass
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()
    for _ in range(200):
        if not _alive(run.pid):
            break
        time.sleep(0.05)
    assert not _alive(run.pid)
    assert 6 <= len(read_table(tmp_path / "b" / "benchmark.tsv")) < ROWS
    same(run_benchmark(SCENARIOS, METHODS, SEEDS, tmp_path / "b").table, whole)


def _alive(group: int) -> bool:
    """Whether a process of the group lives; those that have ended and wait to be fetched do not."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, found = status.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(found) == group and state != "Z":
            return True
    return False


def test_a_row_does_not_depend_on_what_ran_before(whole) -> None:
    task = Task(parse("scenario", SCENARIOS[1])[0], parse("method", METHODS[1])[0], 1)
    row = run_task(task)
    (other,) = whole[
        (whole["scenario"] == SCENARIOS[1]) & (whole["method"] == METHODS[1]) & (whole["seed"] == 1)
    ].to_dict("records")
    assert row["beta"] == pytest.approx(other["beta"], rel=1e-8)
    assert row["ci"] == other["ci"]


@pytest.fixture
def people(tmp_path: Path) -> Source:
    folder = tmp_path / "people"
    folder.mkdir()
    write_cohort(folder, admixture(n=400, p=60, seed=3))
    return Source(folder / "cohort", folder / "phenotypes.tsv", "site")


def test_people_can_be_drawn_on(people: Source, tmp_path: Path) -> None:
    found = run_benchmark(["semisynthetic:n=900,p=10"], ["2sls", "oracle"], 2, tmp_path / "b", source=people)
    assert found.table["reason"].eq("").all()
    assert found.table["n"].eq(900).all()
    message = r"whose rows have source \{'bfile': .*'population': 'site'\}, not"
    with pytest.raises(ValueError, match=message):
        run_benchmark(
            ["semisynthetic:n=900,p=10"],
            ["2sls", "oracle"],
            2,
            tmp_path / "b",
            source=Source(people.bfile, people.pheno, "exposure"),
        )


def test_a_scenario_that_cannot_be_drawn_is_a_row(people: Source, tmp_path: Path) -> None:
    found = run_benchmark(["semisynthetic:p=90"], ["2sls"], 1, tmp_path / "b", source=people)
    assert found.table["reason"].tolist() == [
        "p must be at most 60, the number of source variants that are half a megabase apart."
        " Got 90; use fewer variants."
    ]
    assert found.summary["failed"].tolist() == [1]


def test_people_that_cannot_be_read_are_met_at_the_door(people: Source, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"^bfile must name a PLINK fileset"):
        run_benchmark(
            ["semisynthetic"], ["2sls"], 2, tmp_path / "b", source=Source(tmp_path / "x", people.pheno, "site")
        )
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("scenarios", "methods", "more", "message"),
    [
        (
            ["linaer"],
            ["2sls"],
            {},
            r"^scenario must be one of .* Got 'linaer'; the nearest is linear; use one of these names\.$",
        ),
        (
            ["linear"],
            ["flwo"],
            {},
            r"^method must be one of .* Got 'flwo'; the nearest is flow; use one of these names\.$",
        ),
        (["linear:d_z=0"], ["2sls"], {}, r"^d_z must be a whole number from 1\. Got 0; use 1 or more\.$"),
        (["admixture:fst=2"], ["2sls"], {}, r"^fst must lie between 0 and 1\. Got 2; use a value in this range\.$"),
        (
            ["assortative:strongest=1"],
            ["2sls"],
            {},
            r"^strongest must be from 0, inclusive, to 1, exclusive\. Got 1; 0\.6 is the default\.$",
        ),
        (
            ["semisynthetic:source=x"],
            ["2sls"],
            {},
            r"^source must be left out of semisynthetic, which takes n, n_env, p",
        ),
        (["weak:mixing=odd"], ["2sls"], {}, r"^mixing must be one of linear, .* Got 'odd'; use one of these names\.$"),
        (
            ["linear:n=5"],
            ["2sls"],
            {},
            r"^n must be at least two individuals for each of 4 environments\. Got 5; use 8 or more\.$",
        ),
        ([], ["2sls"], {}, r"^scenario must be given at least once\. Got none; name one\.$"),
        (["linear"], [], {}, r"^method must be given at least once\. Got none; name one\.$"),
        (
            ["linear", "linear:n=2000/2000"],
            ["2sls"],
            {},
            r"^scenario must be given once for each\. Got linear:n=2000",
        ),
        (["linear"], ["2sls"], {"seeds": 0}, r"^seeds must be a whole number from 1\. Got 0; use 1 or more\.$"),
        (["linear"], ["2sls"], {"workers": 0}, r"^workers must be a whole number from 1\. Got 0; use 1 or more\.$"),
        (
            ["linear"],
            ["2sls"],
            {"threads": 1.5},
            r"^threads must be a whole number from 1\. Got 1\.5; use 1 or more\.$",
        ),
        (
            ["semisynthetic"],
            ["2sls"],
            {},
            r"^input genotypes .* must be given for semisynthetic\. Got none; give all three\.$",
        ),
        (
            ["linear"],
            ["2sls"],
            {"source": Source(Path("x"), Path("y"), "z")},
            r"^input genotypes .* must be left out of linear, which simulate their own\. Got some; leave them out\.$",
        ),
    ],
)
def test_what_cannot_be_run_is_met_before_anything_is_written(tmp_path, scenarios, methods, more, message) -> None:
    with pytest.raises(ValueError, match=message):
        run_benchmark(scenarios, methods, out=tmp_path / "b", **more)
    assert list(tmp_path.iterdir()) == []


def test_threads_do_not_change_rows(whole, tmp_path: Path) -> None:
    found = run_benchmark(SCENARIOS[1:], METHODS[1:2], 1, tmp_path, threads=min(2, os.cpu_count() or 1)).table
    (other,) = whole[
        (whole["scenario"] == SCENARIOS[1]) & (whole["method"] == METHODS[1]) & (whole["seed"] == 0)
    ].to_dict("records")
    assert np.isclose(found["beta"].iloc[0], other["beta"], rtol=1e-8)


def test_linear_algebra_keeps_to_its_threads(monkeypatch) -> None:
    seen: list[int] = []

    def look(drawn: object, seed: int) -> Found:
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return Found(1.0, 0.1, None, 1)

    monkeypatch.setitem(REGISTRY, "oracle", Method(look, "looks"))
    task = Task(parse("scenario", "linear:n=40")[0], parse("method", "oracle")[0], 0)
    assert run_task(task)["reason"] == ""
    assert seen
    assert set(seen) == {1}


def test_what_cannot_be_measured_is_a_reason(monkeypatch) -> None:
    found = Found(1.0, 0.1, None, 1, Z=np.ones((50, 1)))
    monkeypatch.setitem(REGISTRY, "oracle", Method(lambda drawn, seed: found, "more people than there are"))
    row = run_task(Task(parse("scenario", "linear:n=40")[0], parse("method", "oracle")[0], 0))
    assert row["reason"].startswith("IndexError: ")
    assert np.isnan(row["beta"])
    assert row["seconds"] >= 0

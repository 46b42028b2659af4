"""The table on disk: whole rows, each once, of one benchmark."""

import math
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from latentmr.benchmark import Task, read_table
from latentmr.benchmark.specification import parse
from latentmr.benchmark.table import opened
from latentmr.benchmark.task import COLUMNS, failed

SETTINGS = {"latentmr": "0", "source": None}


def tasks(*seeds: int, scenario: str = "linear") -> list[Task]:
    return [Task(parse("scenario", scenario)[0], parse("method", "flow:k=2")[0], seed) for seed in seeds]


def row(seed: int, **values: object) -> dict[str, object]:
    return failed(tasks(seed)[0], None) | values


def test_rows_come_back_as_they_were(tmp_path: Path) -> None:
    written = row(3, beta=-0.123456789, n=16000, ci="[-inf, 1] U [2, inf]", length=math.inf, covered="no", truth=1.0)
    with opened(tmp_path / "b", SETTINGS, tasks(3)) as (table, done):
        assert done == set()
        table.append(written)
    frame = read_table(tmp_path / "b" / "benchmark.tsv")
    (read,) = frame.to_dict("records")
    assert list(frame.columns) == list(COLUMNS)
    assert {name for name in COLUMNS if read[name] != written[name] and not math.isnan(read[name])} == set()
    assert math.isnan(read["se"])


def test_what_would_break_a_line_does_not(tmp_path: Path) -> None:
    with opened(tmp_path, SETTINGS, tasks(0)) as (table, _):
        table.append(row(0, reason='a\tb\nc "quoted'))
    assert read_table(table.path)["reason"].tolist() == ['a b c "quoted']


def test_a_line_cut_short_is_cut_off(tmp_path: Path) -> None:
    with opened(tmp_path, SETTINGS, tasks(0, 1)) as (table, _):
        table.append(row(0))
        table.append(row(1))
    whole = table.path.read_bytes()
    table.path.write_bytes(whole[:-7])
    with opened(tmp_path, SETTINGS, tasks(0, 1)) as (again, done):
        assert done == {("linear", "flow:k=2", 0)}
        again.append(row(1))
    assert again.path.read_bytes() == whole


def test_a_header_cut_short_is_written_again(tmp_path: Path) -> None:
    with opened(tmp_path, SETTINGS, tasks(0)) as (table, _):
        pass
    whole = table.path.read_bytes()
    table.path.write_bytes(whole[:10])
    with opened(tmp_path, SETTINGS, tasks(0)) as (_, done):
        assert done == set()
    assert table.path.read_bytes() == whole


def test_rows_are_sorted_into_the_order_of_the_tasks(tmp_path: Path) -> None:
    with opened(tmp_path, SETTINGS, tasks(0, 1, 2)) as (table, _):
        for seed in (2, 0, 1):
            table.append(row(seed, beta=seed / 3))
        table.sort({task.key: place for place, task in enumerate(tasks(0, 1, 2))})
    frame = read_table(table.path)
    assert frame["seed"].tolist() == [0, 1, 2]
    assert frame["beta"].tolist() == pytest.approx([0, 1 / 3, 2 / 3])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["benchmark.json", "benchmark.tsv"]


def test_a_table_is_open_once(tmp_path: Path) -> None:
    with (
        opened(tmp_path, SETTINGS, tasks(0)),
        pytest.raises(ValueError, match=r"^out must be a folder to which no other benchmark is writing\. Got"),
        opened(tmp_path, SETTINGS, tasks(0)),
    ):
        pass


def test_a_run_that_was_killed_as_it_began_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "benchmark.tsv").write_text("")
    (tmp_path / "benchmark.json.partial").write_text("{")
    with opened(tmp_path, SETTINGS, tasks(0)) as (table, done):
        assert done == set()
        table.append(row(0))
    assert len(read_table(table.path)) == 1


def test_other_rows_are_another_benchmark(tmp_path: Path) -> None:
    with opened(tmp_path, SETTINGS, tasks(0, 1)) as (table, _):
        table.append(row(0))
    with opened(tmp_path, SETTINGS, tasks(0, 5)) as (_, done):
        assert len(done) == 1
    message = r"Got .*, with 1 rows that the command does not request \(linear, flow:k=2, seed 0\); request them too"
    with pytest.raises(ValueError, match=message), opened(tmp_path, SETTINGS, tasks(1)):
        pass
    assert len(read_table(table.path)) == 1


def test_other_settings_are_another_benchmark(tmp_path: Path) -> None:
    with opened(tmp_path, SETTINGS, tasks(0)):
        pass
    message = r"whose rows have latentmr '0', not '1'; choose another name\.$"
    with pytest.raises(ValueError, match=message), opened(tmp_path, SETTINGS | {"latentmr": "1"}, tasks(0)):
        pass


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    message = r"^out must be the folder of a benchmark or an empty one\. Got .*, which holds other files"
    with pytest.raises(ValueError, match=message), opened(tmp_path, SETTINGS, tasks(0)):
        pass
    with (
        pytest.raises(ValueError, match=r"^out must be a folder\. Got .*, which is a file"),
        opened(tmp_path / "thesis.txt", SETTINGS, tasks(0)),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ValueError, match=r"^out must be a folder that can be written\. Got"),
        opened(tmp_path / "file" / "b", SETTINGS, tasks(0)),
    ):
        pass


FILLING = """
import resource, sys
from pathlib import Path
from latentmr.benchmark import Task
from latentmr.benchmark.specification import parse
from latentmr.benchmark.table import opened
from latentmr.benchmark.task import failed
wanted = [Task(parse("scenario", "linear")[0], parse("method", "flow:k=2")[0], seed) for seed in range(100)]
with opened(Path(sys.argv[1]), {"latentmr": "0", "source": None}, wanted) as (table, done):
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    for task in wanted:
        table.append(failed(task, "x" * 50))
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs a limit on the size of files")
def test_a_disk_that_fills_leaves_whole_rows(tmp_path: Path) -> None:
    # the kernel takes a part of the last line, and then no more: as a full disk does
    done = subprocess.run([sys.executable, "-c", FILLING, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    kept = len(read_table(tmp_path / "benchmark.tsv"))
    assert kept > 2
    assert (tmp_path / "benchmark.tsv").read_bytes().endswith(b"\n")
    assert f"whose {kept} rows are intact; free space, and run the same command again." in done.stderr


def test_a_disk_that_is_full_at_once(tmp_path: Path, monkeypatch) -> None:
    def full(self: Path, *given: object, **more: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "write_text", full)
    with (
        pytest.raises(ValueError, match=r"^out must be on a disk with space for the table\. Got No space left on"),
        opened(tmp_path, SETTINGS, tasks(0)),
    ):
        pass


def test_a_disk_that_is_full_when_rows_are_sorted(tmp_path: Path, monkeypatch) -> None:
    def full(self: Path, *given: object, **more: object) -> int:
        raise OSError(28, os.strerror(28))

    with opened(tmp_path, SETTINGS, tasks(0)) as (table, _):
        table.append(row(0))
        before = table.path.read_bytes()
        monkeypatch.setattr(Path, "write_text", full)
        with pytest.raises(ValueError, match=r"No space left on device at .*, whose 1 rows are intact"):
            table.sort({tasks(0)[0].key: 0})
    assert table.path.read_bytes() == before

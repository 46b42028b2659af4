"""Keep the table of a benchmark on disk: each row is written whole or not at all, and only once."""

import fcntl
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from latentmr.benchmark.task import COLUMNS, Task
from latentmr.errors import ArgumentError
from latentmr.typing import Row

__all__ = ["BenchmarkTable", "full_disk", "opened", "read_table"]

NAME = "benchmark.tsv"
SETTINGS = "benchmark.json"
TEXT = ("scenario", "method", "ci", "covered", "wald_covered", "verdict", "reason")


class BenchmarkTable:
    """Rows in a file, appended one by one; :func:`opened` makes it.

    Parameters
    ----------
    path : Path
        Path of the file.
    descriptor : int
        Descriptor of the open file.
    rows : int
        Number of rows in it.
    """

    def __init__(self, path: Path, descriptor: int, rows: int) -> None:
        self.path, self._descriptor, self._rows = path, descriptor, rows

    def append(self, row: Row) -> None:
        """Write one row through to the disk.

        Raises
        ------
        ValueError
            If the disk does not accept it; the table is then left as it was.
        """
        self._write("\t".join(_cell(row[name]) for name in COLUMNS) + "\n")
        self._rows += 1

    def sort(self, order: dict[tuple[str, str, int], int]) -> None:
        """Sort the rows in a single step, or not at all."""
        frame = read_table(self.path)
        place = [order[key] for key in zip(frame["scenario"], frame["method"], frame["seed"], strict=True)]
        frame = frame.iloc[sorted(range(len(frame)), key=place.__getitem__)]
        spare = self.path.with_suffix(".partial")
        try:
            lines = ["\t".join(_cell(value) for value in row) for row in frame[list(COLUMNS)].itertuples(index=False)]
            spare.write_text("\n".join(["\t".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
            spare.replace(self.path)
        except OSError as error:
            spare.unlink(missing_ok=True)
            raise full_disk(self.path, self._rows, error) from error

    def _write(self, line: str) -> None:
        size = os.fstat(self._descriptor).st_size
        data = line.encode()
        try:
            if os.write(self._descriptor, data) < len(data):
                raise OSError("no space left on the device")
            os.fsync(self._descriptor)
        except OSError as error:
            os.ftruncate(self._descriptor, size)
            raise full_disk(self.path, self._rows, error) from error


def full_disk(path: Path, rows: int, error: OSError) -> ValueError:
    """Return an error that the disk did not accept data and that the table is intact."""
    return ArgumentError(
        "out",
        "be on a disk with space for the table",
        f"{error.strerror or error} at {path}, whose {rows} rows are intact",
        "free space, and run the same command again",
    )


@contextmanager
def opened(out: Path, settings: Row, tasks: list[Task]) -> Iterator[tuple[BenchmarkTable, set[tuple[str, str, int]]]]:
    """Open the table in a folder, new or incomplete, for this process alone.

    Parameters
    ----------
    out : Path
        Folder, which is created if necessary.
    settings : dict
        Settings on which rows depend besides their key; they must equal those of the existing rows.
    tasks : list of Task
        Requested tasks; a table with other rows belongs to another benchmark.

    Yields
    ------
    BenchmarkTable
    set of (scenario, method, seed)
        Keys of the existing rows.

    Raises
    ------
    ValueError
        If the folder holds something else, or if another process writes to it.
    """
    path = out / NAME
    _refuse_other_folder(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    except OSError as error:
        raise ArgumentError(
            "out", "be a folder that can be written", f"{out}: {error.strerror}", "choose another folder"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ArgumentError(
                "out",
                "be a folder to which no other benchmark is writing",
                f"{out}",
                "wait for it, or choose another name",
            ) from error
        _refuse_other_settings(out, settings)
        whole = _whole_lines(descriptor)
        table = BenchmarkTable(path, descriptor, max(whole - 1, 0))
        if not whole:
            try:
                _write_settings(out, settings)
            except OSError as error:
                raise full_disk(path, 0, error) from error
            table._write("\t".join(COLUMNS) + "\n")
        frame = read_table(path)
        done = set(zip(frame["scenario"], frame["method"], frame["seed"], strict=True))
        others = done - {task.key for task in tasks}
        if others:
            scenario, method, seed = min(others)
            raise ArgumentError(
                "out",
                "be the folder of this benchmark or a new one",
                f"{out}, with {len(others)} rows that the command does not request ({scenario}, {method}, seed {seed})",
                "request them too, or choose another name",
            )
        yield table, done
    finally:
        os.close(descriptor)


def read_table(path: Path) -> pd.DataFrame:
    """Read a table with the original types of its columns."""
    types = {name: (str if name in TEXT else float) for name in COLUMNS} | {"seed": int}
    kept = {name: [] if name in TEXT else ["NA"] for name in COLUMNS}
    return pd.read_csv(path, sep="\t", dtype=types, keep_default_na=False, na_values=kept, quoting=3)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "NA" if math.isnan(value) else format(value, ".10g")
    # a reason can hold any characters
    return str(value).replace("\t", " ").replace("\n", " ").replace("\r", " ")


def _whole_lines(descriptor: int) -> int:
    """Cut off a line that an interrupted run left incomplete, and count the others."""
    content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    end = content.rfind(b"\n") + 1
    os.ftruncate(descriptor, end)
    return content[:end].count(b"\n")


def _refuse_other_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise ArgumentError("out", "be a folder", f"{out}, which is a file", "choose another name")
    if not out.is_dir() or (out / SETTINGS).is_file():
        return
    # a run killed as it began leaves files that are ignored
    begun = {f"{SETTINGS}.partial", *((NAME,) if _is_empty(out / NAME) else ())}
    if {path.name for path in out.iterdir()} - begun:
        raise ArgumentError(
            "out",
            "be the folder of a benchmark or an empty one",
            f"{out}, which holds other files",
            "choose another name",
        )


def _is_empty(path: Path) -> bool:
    return path.is_file() and path.stat().st_size == 0


def _refuse_other_settings(out: Path, settings: Row) -> None:
    if not (out / SETTINGS).is_file():
        return
    found = json.loads((out / SETTINGS).read_text(encoding="utf-8"))
    for name, value in settings.items():
        if found.get(name) != value:
            raise ArgumentError(
                "out",
                "be the folder of this benchmark or a new one",
                f"{out}, whose rows have {name} {found.get(name)!r}, not {value!r}",
                "choose another name",
            )


def _write_settings(out: Path, settings: Row) -> None:
    spare = out / f"{SETTINGS}.partial"
    spare.write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    spare.replace(out / SETTINGS)

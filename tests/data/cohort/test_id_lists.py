from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from latentmr.data.cohort.id_lists import read_individuals

SAMPLES = pd.Index(["a", "b", "c"], dtype=object)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n\na\n", ["a", "b"]),
        ("F1 a\nF2\tb\n", ["a", "b"]),
        ("IID\na\n", ["a"]),
        ("#IID SEX\na 1\nb 2\n", ["a", "b"]),
        ("#FID IID\nF1 a\n", ["a"]),
        ("FID\tIID\tPHENO\nF1\ta\t1\n", ["a"]),
        ("fid,iid\nF1,a\n", ["a"]),
        ("eid\na\n", ["a"]),
        ("Sample_ID;reason\na;moved away\n", ["a"]),
        ("F1,a\nF2,b\n", ["a", "b"]),
        ("a withdrawn\nb relative of c\n", ["a", "b"]),
        ("a,withdrew consent\nb,\nc\n", ["a", "b", "c"]),
        ('"a"\n"b"\n', ["a", "b"]),
        (" a \r\n b\r\n", ["a", "b"]),
        ("a\nNA\n\n", ["a"]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_ids_of_individuals(tmp_path: Path, text: str, expected: list[str], encoding: str) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes(text.encode(encoding))
    assert read_individuals(path, "keep", SAMPLES).ids.tolist() == expected


def test_ids_with_families(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    samples = pd.Index(["F1 1", "F2 1"], dtype=object)
    for text in ("F1 1\n", "#FID\tIID\nF1\t1\n", "iid,fid\n1,F1\n", "F1 1 reason\n"):
        path.write_text(text)
        assert read_individuals(path, "remove", samples, pairs=True).ids.tolist() == ["F1 1"]
    path.write_text("1\n")
    with pytest.raises(ValueError, match="remove must have a family id and an individual id on every line"):
        read_individuals(path, "remove", samples, pairs=True)


def test_two_columns_that_could_be_ids(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("a x\nb c\nc y\n")
    with pytest.raises(ValueError, match="remove must show which of its columns holds the ids. Got sample ids in two"):
        read_individuals(path, "remove", SAMPLES)
    path.write_text("IID reason\na x\nb c\nc y\n")
    assert read_individuals(path, "remove", SAMPLES).ids.tolist() == ["a", "b", "c"]


def test_the_first_line_of_a_spreadsheet_is_removed_too(study: Any) -> None:
    path = study.folder / "withdrawn.csv"
    path.write_bytes("003\n001\n".encode("utf-8-sig"))
    data = study.read(remove=path)
    assert data.n == 118
    assert "003" not in data.samples
    assert f"2 of the 2 ids of the remove list are in {study.prefix}." in data.flow.notes


def test_ids_that_are_not_there_are_counted(study: Any) -> None:
    data = study.read(remove=study.write_lines("l", ["001", "nobody", "0002"]))
    assert data.n == 119
    assert data.flow.warnings[0] == (
        f"2 of the 3 ids of the remove list are not in {study.prefix}; 1 of them differ in spelling only: write leading"
        " zeros alike in the list's and the genotypes' ids."
    )


def test_a_list_that_removes_nobody_must_be_allowed(study: Any) -> None:
    path = study.write_lines("l", ["nobody"])
    with pytest.raises(ValueError, match=r"none of its 1 ids.*; use the sample ids of the genotypes, or allow it"):
        study.read(remove=path)
    data = study.read(remove=path, allow_unmatched=True)
    assert data.n == 120
    assert data.flow.warnings[0] == f"1 of the 1 ids of the remove list are not in {study.prefix}."
    with pytest.raises(ValueError, match="keep must list individuals"):
        study.read(keep=path, allow_unmatched=True)


def test_ids_may_hold_commas(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("F1,1\nF2,1\n")
    assert read_individuals(path, "keep", pd.Index(["F2,1"])).ids.tolist() == ["F1,1", "F2,1"]

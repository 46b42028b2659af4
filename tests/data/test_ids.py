import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data.tables import read_table
from latentmr.data.variant_list import read_variant_list

CONVENTIONS: list[tuple[list[str], dict[str, str]]] = [
    (["IID"], {}),
    (["#IID"], {}),
    (["FID", "IID"], {}),
    (["#FID", "IID"], {}),
    (["participant"], {}),
    (["batch", "eid"], {"id": "eid"}),
]


@pytest.mark.parametrize(("names", "option"), CONVENTIONS)
def test_where_the_id_is(study: Any, assert_same: Any, names: list[str], option: dict[str, str]) -> None:
    expected = study.read()
    table = study.table.rename(columns={"IID": names[-1]})
    if len(names) == 2:
        table.insert(0, names[0], "batch1")
    assert_same(study.read(pheno=study.write_table(table), **option), expected)


@pytest.mark.parametrize("name", ["IID", "#IID", "iid", "eid", "f.eid", "X.IID"])
@pytest.mark.parametrize("first", ["", "Unnamed: 0", "person", "FID", "1"])
def test_a_column_named_as_an_id_is_the_id_wherever_it_stands(tmp_path: Path, name: str, first: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(f"{first}\tsite\t{name}\n1\ta\tother\n")
    assert list(read_table(path, []).ids) == ["other"]


@pytest.mark.parametrize("first", ["", "Unnamed: 0", "row", "FID"])
def test_other_names_of_ids_come_after_a_first_column_without_a_name(tmp_path: Path, first: str) -> None:
    path = tmp_path / "t.tsv"
    path.write_text(f"{first}\tsite\tsample_id\n1\ta\tother\n")
    assert list(read_table(path, []).ids) == ["other"]
    path.write_text("person\tsite\tsample_id\n1\ta\tother\n")
    assert list(read_table(path, []).ids) == ["1"]


def test_row_numbers_are_no_ids(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",site\n1,a\n2,b\n")
    message = "must name its id column. Got row numbers in a column without a name, and no column IID or eid among"
    with pytest.raises(ValueError, match=message):
        read_table(path, ["site"])
    path.write_text("Unnamed: 0,site\n0,a\n1,b\n")
    with pytest.raises(ValueError, match="Got row numbers in column 'Unnamed: 0'"):
        read_table(path, ["site"])
    assert list(read_table(path, ["site"], id="Unnamed: 0").ids) == ["0", "1"]
    for text in (",site\nP1,a\nP2,b\n", "participant,site\n1,a\n2,b\n"):
        path.write_text(text)
        assert len(read_table(path, ["site"]).ids) == 2


def test_blanks_around_ids_are_no_part_of_them(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("IID,site\n P1,a\nP2 ,b\n")
    assert list(read_table(path, ["site"]).ids) == ["P1", "P2"]


def test_the_id_option_must_name_a_column(study: Any) -> None:
    with pytest.raises(ValueError, match=r"id must name a column of .*pheno.tsv. Got 'eid'; its columns are IID, si"):
        study.read(id="eid")


def test_repeated_people_in_the_genotypes(study: Any) -> None:
    study.people[7] = study.people[2]
    message = f"{study.prefix} must have each sample id once. Got 1 repeated ids, for instance '002'; rename or remove"
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read()


def test_repeated_people_in_a_table(study: Any) -> None:
    study.table.loc[[5, 6], "IID"] = "002"
    with pytest.raises(ValueError, match=r"must have each id once in column 'IID'. Got 1 repeated ids, .* '002'"):
        study.read()


def test_repeated_variants(study: Any) -> None:
    study.variants.loc[[3, 8], "id"] = "rs"
    message = f"{study.prefix} must have each variant id once. Got 1 repeated ids, for instance 'rs'"
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read()
    extract = study.write_lines("extract.txt", ["rs1", "rs5"])
    assert study.read(extract=extract).variants["id"].tolist() == ["rs1", "rs5"]


def test_no_id_in_common(study: Any) -> None:
    study.table["IID"] = [f"q{i}" for i in study.people]
    with pytest.raises(
        ValueError,
        match=r"must share sample ids with the genotypes. Got no id in common: '000' in the genotypes, 'q000' in the"
        r" table; remove 'q' from the table's ids, and they match",
    ):
        study.read()


def test_genotype_ids_with_a_family_id(study: Any) -> None:
    study.people = [f"{i}_{i}" for i in study.people]
    with pytest.raises(
        ValueError, match=r"'000_000' in the genotypes.*remove the family id .* from the genotypes' ids, and they"
    ):
        study.read()


def test_table_ids_with_a_family_id(study: Any) -> None:
    study.table["IID"] = [f"F_{i}" for i in study.people]
    with pytest.raises(
        ValueError, match=r"'F_000' in the table; remove the family id .* from the table's ids, and they match"
    ):
        study.read()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["rs1 A G", "rs2 C T"], ["rs1", "rs2"]),
        (["SNP", "rs1"], ["rs1"]),
        (["#ID ref", "rs1 A"], ["rs1"]),
    ],
)
def test_lists_of_variants(tmp_path: Path, lines: list[str], expected: list[str]) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("\n".join(lines))
    assert list(read_variant_list(path, "extract")) == expected


def test_a_bim_file_is_a_list_of_its_second_column(tmp_path: Path) -> None:
    path = tmp_path / "other.bim"
    path.write_text("1\trs1\t0\t5\tA\tG\n1\trs2\t0\t6\tA\tG\n")
    assert list(read_variant_list(path, "extract")) == ["rs1", "rs2"]


@pytest.mark.parametrize("option", ["keep", "remove", "extract"])
def test_lists_that_cannot_be_read(study: Any, option: str) -> None:
    absent = study.folder / "absent.txt"
    with pytest.raises(
        ValueError, match=f"{option} must be a file with one id on each line. Got {absent}, which does not"
    ):
        study.read(**{option: absent})
    for lines in ([], ["ID"]):
        with pytest.raises(ValueError, match=f"{option} must list at least one id. Got none in "):
            study.read(**{option: study.write_lines("empty.txt", lines)})
    with pytest.raises(ValueError, match=f"{option} must be a file .* Got {study.folder}, which is a folder"):
        study.read(**{option: study.folder})
    absent.write_bytes(b"rs1\n\xff\xfe\n")
    with pytest.raises(
        ValueError, match=f"{option} must be text in UTF-8, one id on each line. Got {absent}, which is no"
    ):
        study.read(**{option: absent})


def test_a_list_with_a_shorter_line(study: Any) -> None:
    with pytest.raises(ValueError, match=r"keep must have the same columns on every line. Got a shorter line in "):
        study.read(keep=study.write_lines("keep.txt", ["F0 000", "001"]))


def test_lists_without_a_hit(study: Any) -> None:
    people = study.write_lines("people.txt", ["nobody", "noone"])
    for option in ("keep", "remove"):
        message = (
            f"{option} must list individuals of {study.prefix}. Got none of its 2 ids, read from its column 1:"
            " 'nobody' in the list, '000' in the genotypes; use the sample ids of the genotypes"
        )
        with pytest.raises(ValueError, match=re.escape(message)):
            study.read(**{option: people})
    message = (
        f"extract must list variants of {study.prefix}. Got none of its 1 ids: 'chr1:5' in the list, 'rs0' in the"
        " genotypes; use the same names for variants in both."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(extract=study.write_lines("extract.txt", ["chr1:5"]))


def test_keep_and_remove_of_the_same_people(study: Any) -> None:
    people = study.write_lines("people.txt", ["001", "002"])
    with pytest.raises(
        ValueError, match=r"keep and remove must leave at least one individual. Got none; check the lists."
    ):
        study.read(keep=people, remove=people)


def test_tables_in_other_orders_and_with_other_people(study: Any) -> None:
    first = study.table[["IID", "site", "x"]].iloc[::-1]
    second = study.table[["IID", "y", "age"]].sample(frac=1, random_state=0)
    stranger = pd.DataFrame({"IID": ["stranger"], "y": [99.0], "age": [1]})
    paths = [study.write_table(first, "a.tsv"), study.write_table(pd.concat([stranger, second]), "b.csv")]
    got, expected = study.read(pheno=paths, covar="age"), study.read(covar="age")
    assert got.samples.tolist() == expected.samples.tolist()
    for name in ("G", "X", "y", "C", "env"):
        np.testing.assert_array_equal(getattr(got, name), getattr(expected, name))
    first, second = "environment site: labels; exposure x: numbers", "outcome y: numbers; covariate age: numbers"
    assert got.flow.notes[:2] == tuple(
        f"{path}: 120 of 120 genotyped individuals found; {read}."
        for path, read in zip(paths, (first, second), strict=True)
    )

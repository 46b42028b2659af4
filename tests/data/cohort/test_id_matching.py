from typing import Any

import pandas as pd
import pytest

from latentmr.data.cohort.id_matching import differing_ids


@pytest.mark.parametrize(
    ("mine", "theirs", "told", "count"),
    [
        (["001", "002"], ["1", "2"], "write leading zeros alike", 2),
        (["ab1", "ab2"], ["AB1", "x"], "write upper and lower case alike", 1),
        (["1001", "1002"], ["1001.0", "1002.0"], "write decimals ('.0') alike", 2),
        (["P 1"], ["P1"], "write blanks or quotes alike", 1),
        (["UKB-7", "UKB-12"], ["7", "12"], "remove 'UKB-' from the genotypes' ids", 2),
        (["7", "12"], ["7.CEL", "12.CEL"], "remove '.CEL' from the table's ids", 2),
        (["P1", "P12"], ["P1_b", "P12_b"], "remove '_b' from the table's ids", 2),
        (["F_1", "G_2"], ["1", "2"], "remove the family id (the part before '_') from the genotypes' ids", 2),
        (["1", "2"], ["F_1", "G_2"], "remove the family id (the part before '_') from the table's ids", 2),
        (["a"], ["b"], "", 0),
        ([], ["b"], "", 0),
    ],
)
def test_differences_in_spelling(mine: list[str], theirs: list[str], told: str, count: int) -> None:
    text, found = differing_ids(pd.Index(mine), pd.Index(theirs), "the genotypes'", "the table's")
    assert text.startswith(told)
    assert bool(text) == bool(told)
    assert found == count


def test_ids_of_which_some_match_and_others_differ_in_zeros(study: Any) -> None:
    study.table["IID"] = [name if i < 100 else name.lstrip("0") or "0" for i, name in enumerate(study.people)]
    assert study.read().flow.warnings == ()
    study.table["IID"] = [name.lstrip("0") or "0" if i < 30 else name for i, name in enumerate(study.people)]
    data = study.read()
    assert data.n == 90
    assert data.flow.notes[0].startswith(f"{study.folder / 'pheno.tsv'}: 90 of 120 genotyped individuals found;")
    assert data.flow.warnings[0] == (
        f"{study.folder / 'pheno.tsv'}: 30 of the 30 genotyped individuals without a row differ from ids of the table"
        " in spelling only: write leading zeros alike in the genotypes' and the table's ids."
    )


def test_few_ids_in_common(study: Any) -> None:
    study.table["IID"] = [name if i % 3 == 0 else f"q{i}x" for i, name in enumerate(study.people)]
    assert "most ids are not shared: 40 of 120 genotyped individuals" in study.read().flow.warnings[0]


def test_the_id_column_is_reported_if_it_is_not_the_usual_one(study: Any) -> None:
    study.table.insert(0, "", range(1, 121))
    study.table = study.table.rename(columns={"IID": "f.eid"})
    assert "120 of 120 genotyped individuals found by f.eid;" in study.read().flow.notes[0]


def test_the_id_option_holds_for_the_tables_that_have_the_column(study: Any) -> None:
    first = study.table[["site", "x", "IID"]].rename(columns={"IID": "person"})
    paths = [study.write_table(first, "a.tsv"), study.write_table(study.table[["IID", "y"]], "b.tsv")]
    data = study.read(pheno=paths, id="person")
    assert data.X[:, 0].tolist() == study.table["x"].tolist()
    assert "120 of 120 genotyped individuals found by person;" in data.flow.notes[0]
    assert "120 of 120 genotyped individuals found;" in data.flow.notes[1]


def test_ids_that_are_unique_within_families(study: Any) -> None:
    study.people = [str(1 + i % 2) for i in range(120)]
    families = [f"F{i}" for i in range(120)]
    study.table["IID"] = study.people
    study.table.insert(0, "FID", families)
    shuffled = study.table.sample(frac=1, random_state=1)
    with pytest.raises(ValueError, match=r"tell individuals apart by FID and IID together \(id_pair\)"):
        study.read()
    data = study.read(pheno=study.write_table(shuffled), id_pair=True)
    assert data.samples.tolist() == [f"{family} {own}" for family, own in zip(families, study.people, strict=True)]
    assert data.X[:, 0].tolist() == study.table["x"].tolist()
    assert "120 of 120 genotyped individuals found by FID and IID;" in data.flow.notes[0]
    assert study.read(remove=study.write_lines("l", ["F3 2"]), id_pair=True).n == 119
    with pytest.raises(ValueError, match="id_pair must come with family ids: a column FID in"):
        study.read(pheno=study.write_table(study.table.drop(columns="FID")), id_pair=True)

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data.cohort.case_control import binary_coding
from latentmr.data.ledger import Ledger
from latentmr.data.phenotypes import join_tables
from latentmr.data.plan import Plan


def test_a_column_in_no_table(study: Any) -> None:
    message = (
        "column 'bmi' must be in exactly one pheno table. Got none with it, but the columns IID, site,"
        f" x, y, age, sex, pc1, family of {study.folder / 'pheno.tsv'}, read as separated by tabs; check its spelling."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(exposure="bmi")


def test_a_column_in_two_tables(study: Any) -> None:
    paths = [study.write_table(), study.write_table(study.table[["IID", "y"]], "more.tsv")]
    message = (
        f"'y' must be in exactly one pheno table. Got it in {paths[0]} and {paths[1]}; remove it from all but one."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(pheno=paths)


def test_a_column_in_two_tables_that_nobody_asks_for(study: Any, assert_same: Any) -> None:
    paths = [study.write_table(), study.write_table(study.table[["IID", "age"]], "more.tsv")]
    assert_same(study.read(pheno=paths), study.read())


def test_a_table_that_is_not_there(study: Any) -> None:
    absent = study.folder / "absent.tsv"
    with pytest.raises(
        ValueError, match=re.escape(f"{absent} must be a file. Got a path that does not exist; check the path.")
    ):
        study.read(pheno=absent)


@pytest.mark.parametrize(
    ("column", "role", "plan"),
    [
        ("x", "exposure", {}),
        ("y", "outcome", {}),
        ("age", "covar", {"covar": "age"}),
        ("pc1", "aux", {"aux": "pc1"}),
    ],
)
def test_infinite_values(study: Any, column: str, role: str, plan: dict[str, str]) -> None:
    study.table[column] = study.table[column].astype(float)
    study.table.loc[[4, 9], column] = [np.inf, -np.inf]
    message = f"{role} must be finite. Got 2 infinite values in {column!r}; write NA for missing values."
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(**plan)
    others = study.write_lines("remove.txt", ["004", "009"])
    assert study.read(remove=others, **plan).n == 118


@pytest.mark.parametrize(("column", "role"), [("x", "exposure"), ("y", "outcome"), ("pc1", "aux")])
@pytest.mark.parametrize(("text", "rows"), [("2 or more", 1), ("high", 60)])
def test_text_where_numbers_must_be(study: Any, column: str, role: str, text: str, rows: int) -> None:
    study.table[column] = study.table[column].astype(object)
    study.table.loc[3 : 2 + rows, column] = text
    with pytest.raises(ValueError, match=rf"{role} must be a numeric column. Got '{column}' of .* line \d+; write NA"):
        study.read(aux="pc1")


@pytest.mark.parametrize(("column", "role"), [("x", "exposure"), ("y", "outcome")])
def test_columns_that_do_not_vary(study: Any, column: str, role: str) -> None:
    study.table[column] = 2.5
    study.table.loc[0, column] = np.nan
    message = (
        f"{role} must vary. Got {column!r} with the one value 2.5 in all 119 individuals with complete phenotypes;"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read()


def test_a_column_that_varies_only_where_another_is_missing(study: Any) -> None:
    study.table["y"] = np.where(study.table["x"] > 0, 1.0, 3.0)
    study.table.loc[study.table["x"] > 0, "x"] = np.nan
    with pytest.raises(ValueError, match=r"outcome must vary. Got 'y' with the one value 3 in all \d\d individuals"):
        study.read()


def test_nobody_with_all_phenotypes(study: Any) -> None:
    study.table.loc[:59, "x"] = np.nan
    study.table.loc[60:, "y"] = np.nan
    with pytest.raises(
        ValueError, match=r"exposure, outcome and covariates must all be known for at least one individual. Got no co"
    ):
        study.read()


def test_minus_nine_is_missing_in_phenotypes(study: Any) -> None:
    study.table.loc[[1, 2], "x"] = -9
    study.table.loc[[2, 3, 4], "y"] = -9
    study.table.loc[5, "age"] = -9
    data = study.read(covar="age")
    assert np.flatnonzero(~data.in_estimation).tolist() == [1, 2, 3, 4, 5]
    assert data.in_learning.all()
    assert np.isnan(data.X[[1, 2], 0]).all()
    tail = "values of -9 were read as missing (PLINK's code); recode them if -9 is a valid value."
    one = "value of -9 was read as missing (PLINK's code); recode it if -9 is a valid value."
    assert data.flow.warnings == (f"x: 2 {tail}", f"y: 3 {tail}", f"age: 1 {one}")


def test_minus_nine_is_a_value_of_scores(study: Any) -> None:
    study.table.loc[7, "pc1"] = -9
    study.table["x"] = np.where(study.table["x"] > 0, -9.5, -8.9)
    data = study.read(aux="pc1", cluster="family")
    assert data.A[7, 0] == -9
    assert data.in_estimation.all()
    assert data.flow.warnings == ()


@pytest.mark.parametrize(
    ("low", "high", "statement"),
    [
        (0, 1, "y: binary, 0 = control (90), 1 = case (30); effects are on the risk scale (linear probability)."),
        (1, 2, "y: binary, 1 = control (90), 2 = case (30); effects are on the risk scale (linear probability)."),
    ],
)
@pytest.mark.parametrize("outcome_type", ["auto", "binary"])
def test_case_control_coding(study: Any, low: int, high: int, statement: str, outcome_type: str) -> None:
    case = np.arange(120) % 4 == 0
    study.table["y"] = np.where(case, high, low)
    data = study.read(outcome_type=outcome_type)
    assert data.outcome_type == "binary"
    np.testing.assert_array_equal(data.y, case.astype(float))
    assert statement in data.flow.notes


def test_cases_are_counted_where_the_exposure_is_known(study: Any) -> None:
    study.table["y"] = np.where(np.arange(120) < 50, 2, 1)
    study.table.loc[:9, "x"] = np.nan
    study.table.loc[119, "y"] = -9
    data = study.read()
    assert any(note.startswith("y: binary, 1 = control (69), 2 = case (40);") for note in data.flow.notes)


def test_a_binary_outcome_taken_as_continuous(study: Any) -> None:
    study.table["y"] = np.where(np.arange(120) % 3 == 0, 2, 1)
    data = study.read(outcome_type="continuous")
    assert data.outcome_type == "continuous"
    np.testing.assert_array_equal(data.y, study.table["y"])
    assert "y: continuous, as outcome_type says." in data.flow.notes


def test_a_continuous_outcome_is_stated(study: Any) -> None:
    assert "y: continuous." in study.read().flow.notes


def test_a_binary_exposure_is_stated(study: Any) -> None:
    study.table["x"] = np.where(np.arange(120) % 3 == 0, 2, 1)
    note = "x: binary, 1 = control (80), 2 = case (40); the effect is per change from control to case."
    assert note in study.read().flow.notes


@pytest.mark.parametrize(("levels", "shown"), [((0, 2), "the values 0, 2"), ((1, 2, 3, 4, 5, 6), "6 distinct values")])
def test_an_outcome_that_is_not_binary(study: Any, levels: tuple[int, ...], shown: str) -> None:
    study.table["y"] = np.resize(levels, 120)
    message = (
        f"outcome_type must be continuous unless 'y' is coded 0/1 or 1/2. Got binary, with {shown}; recode the column."
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(outcome_type="binary")
    assert study.read().outcome_type == "continuous"


def test_one_level_is_not_a_binary_coding() -> None:
    values = np.array([1.0, 1.0, np.nan])
    got, statement = binary_coding(values, "y", "auto")
    assert statement is None
    np.testing.assert_array_equal(got, values)


def test_people_without_a_row_are_missing(study: Any) -> None:
    path = study.write_table(study.table.iloc[:100])
    samples = pd.Index(study.people, dtype=object)
    ledger = Ledger()
    joined = join_tables(Plan(pheno=path, env="site", exposure="x", outcome="y"), samples, ledger)
    np.testing.assert_array_equal(joined.numbers["x"][:100], study.table["x"][:100])
    assert np.isnan(joined.numbers["x"][100:]).all()
    assert joined.labels["site"][99:].tolist() == ["c", *[None] * 20]
    read = "environment site: labels; exposure x: numbers; outcome y: numbers"
    assert ledger.notes == [f"{path}: 100 of 120 genotyped individuals found; {read}."]


def test_one_line_for_each_table_says_what_was_read(study: Any) -> None:
    study.table["y"] = np.where(np.arange(120) % 3 == 0, 2.0, 1.0)
    study.table.loc[:11, "y"] = np.nan
    study.table["age"] = study.table["age"].astype(float)
    study.table.loc[[3, 5], "age"] = [-9, np.nan]
    study.table.loc[7, "family"] = None
    study.table[["pc2", "height"]] = study.table[["pc1", "x"]].to_numpy() + 1.0
    first = study.write_table(study.table[["IID", "x", "y", "pc1", "pc2"]], "a.tsv")
    second = study.write_table(study.table.drop(columns=["x", "y", "pc1", "pc2"])[:118], "b.tsv")
    roles = {"covar": ["age", "sex"], "aux": ["pc1", "pc2"], "cluster": "family", "negative_control": "height"}
    data = study.read(pheno=[first, second], **roles)
    assert data.flow.notes[:2] == (
        f"{first}: 120 of 120 genotyped individuals found; exposure x: numbers; outcome y: 1/2 read as control/case, 12"
        " missing; auxiliary features pc1, pc2: numbers.",
        f"{second}: 118 of 120 genotyped individuals found; environment site: labels; covariate age:"
        " numbers, 2 missing;"
        " covariate sex: labels; cluster family: labels, 1 missing; negative-control outcome height: numbers.",
    )
    assert not any("\n" in note for note in data.flow.notes)


@pytest.mark.parametrize(
    ("outcome_type", "coding"), [("continuous", "numbers"), ("binary", "0/1 read as control/case")]
)
def test_the_line_of_a_table_follows_the_outcome_type(study: Any, outcome_type: str, coding: str) -> None:
    study.table["y"] = np.arange(120) % 2
    assert f"outcome y: {coding}" in study.read(outcome_type=outcome_type).flow.notes[0]

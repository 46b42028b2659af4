import re
from typing import Any

import numpy as np
import pytest

MARKS = ["NA", "-9", "-9.0", "NULL", "Null", "None", "N/A", "<NA>", "#N/A", "na", "", " ", "Prefer not to answer"]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("suffix", [".tsv", ".csv", ".parquet"])
def test_missing_environments(study: Any, mark: str, suffix: str) -> None:
    study.table.loc[:9, "site"] = mark
    path = study.folder / f"p{suffix}"
    study.table.to_parquet(path) if suffix == ".parquet" else study.write_table(name=path.name)
    data = study.read(pheno=path)
    assert data.env_names == ("a", "b", "c")
    assert data.n == 110


def test_blanks_are_no_part_of_a_label(study: Any) -> None:
    study.table.loc[:9, "site"] = "a "
    data = study.read()
    assert (data.n, data.env_names) == (120, ("a", "b", "c"))


def test_whole_numbers_are_the_same_labels_with_a_decimal(study: Any) -> None:
    study.table["site"] = np.repeat([1.0, 2.0, 3.0], 40)
    study.table.loc[0, "site"] = np.nan
    assert study.read().env_names == ("1", "2", "3")
    study.table.loc[1, "site"] = 1.5
    assert study.read().env_names == ("1.0", "1.5", "2.0", "3.0")


def test_labels_that_look_like_missing_are_reported(study: Any) -> None:
    study.table.loc[:9, "site"] = "-1"
    study.table.loc[40:41, "site"] = "B"
    warnings = study.read().flow.warnings
    assert warnings[0] == (
        "site: '-1' (of 10 individuals) are used as categories; if they mean a missing answer, say so (missing_codes"
        " site:-1)."
    )
    assert warnings[1].startswith("site: 2 labels differ only in upper and lower case")
    assert study.read(missing_codes="site:-1").n == 110


@pytest.mark.parametrize("codes", [["-1,-3"], ["x:-1,-3"], ["-1", "x:-3"], [-1, -3.0], "x:-1.0,-3"])
def test_codes_of_missing_values(study: Any, codes: Any) -> None:
    study.table["x"] = np.arange(120) % 7
    study.table.loc[:4, "x"] = -1
    study.table.loc[5:9, "x"] = -3
    told = study.read().flow.warnings
    assert told == (
        "x: 10 values of -3 and -1 are the only negative values of a column of counts, and are used as numbers; if they"
        " mean a missing answer, say so (missing_codes x:-3,-1).",
    )
    data = study.read(missing_codes=codes)
    assert np.flatnonzero(~data.in_estimation).tolist() == list(range(10))
    assert data.flow.warnings == ()
    assert any(note.startswith("x: 10 values of -3, -1 were read as missing") for note in data.flow.notes)


def test_high_codes_are_reported(study: Any) -> None:
    study.table.loc[:3, "age"] = 999
    assert study.read(covar="age").flow.warnings[0].startswith("age: 4 values of 999 are far above all other values")


def test_codes_that_name_no_column(study: Any) -> None:
    with pytest.raises(ValueError, match="missing_codes must name columns that are read. Got 'cups'; the columns are"):
        study.read(missing_codes="cups:-1")
    assert study.read(missing_codes="x:-77").flow.warnings[0].startswith("x: it holds none of its codes")
    with pytest.raises(ValueError, match="missing_codes must be codes separated by commas"):
        study.read(missing_codes=":-1")


def test_a_few_words_among_numbers_are_missing(study: Any) -> None:
    expected = study.table["age"].astype(float).to_numpy()
    study.table["age"] = study.table["age"].astype(object)
    study.table.loc[:5, "age"] = "Prefer not to answer"
    study.table.loc[6:10, "age"] = "not yet"
    data = study.read(covar="age")
    assert data.covariate_names == ("age",)
    assert data.in_estimation.sum() == 109
    np.testing.assert_array_equal(data.C[11:, 0], expected[11:])
    assert data.flow.warnings == (
        "age: 6 values were read as missing: 'Prefer not to answer'.",
        "age: 5 values are words, not numbers, most often 'not yet'; read as missing.",
    )


def test_the_word_of_one_individual_is_not_quoted(study: Any) -> None:
    study.table["x"] = study.table["x"].astype(object)
    study.table.loc[3, "x"] = "Smith"
    assert study.read().flow.warnings == ("x: 1 value is a word, not a number; read as missing.",)


def test_numbers_and_texts_in_equal_parts_are_refused(study: Any) -> None:
    study.table["age"] = study.table["age"].astype(object)
    study.table.loc[:49, "age"] = "60+"
    message = "covar must be numbers or labels. Got 'age' of .* with 70 numbers and 50 values that are not; write NA"
    with pytest.raises(ValueError, match=message):
        study.read(covar="age")
    assert len(study.read(covar="age", categorical="age").covariate_names) > 10


def test_decimal_commas_are_refused(study: Any) -> None:
    study.table["x"] = study.table["x"].map(lambda value: str(value).replace(".", ","))
    with pytest.raises(ValueError, match=r"exposure must be numbers with a decimal point.* with a comma in"):
        study.read()


def test_few_labels_stay_labels(study: Any) -> None:
    study.table["age"] = np.where(np.arange(120) % 10 == 0, "A", np.arange(120) % 3)
    assert study.read(covar="age").covariate_names[-1] == "age=A"


def test_codes_of_categories(study: Any) -> None:
    study.table["age"] = np.resize([1, 1, 2, 3], 120)
    data = study.read(covar="age")
    assert data.covariate_names == ("age",)
    note = "age: 3 whole numbers from 1 to 3, used as a number; if they are codes of categories, say so (categorical)."
    assert note in data.flow.notes
    data = study.read(covar="age", categorical="age")
    assert data.covariate_names == ("age=2", "age=3")
    with pytest.raises(ValueError, match=re.escape("categorical must name covariates (covar). Got 'site'")):
        study.read(categorical="site")


@pytest.mark.parametrize(
    ("low", "high"), [("no", "yes"), ("FALSE", "TRUE"), ("Control", "Case"), ("N", "Y"), ("unaffected", "affected")]
)
def test_words_for_controls_and_cases(study: Any, low: str, high: str) -> None:
    case = np.arange(120) % 4 == 0
    study.table["y"] = np.where(case, high, low)
    study.table.loc[0, "y"] = "NA"
    data = study.read()
    assert data.outcome_type == "binary"
    np.testing.assert_array_equal(data.y[1:], case[1:])
    assert f"y: the words {low.lower()} and {high.lower()} were read as 0 and 1." in data.flow.notes


@pytest.mark.parametrize(
    ("levels", "codes"), [((0, 1, 2), "0"), ((-1, 0, 1), "-1"), ((-3, -1, 0, 1), "-3,-1"), ((1, 2, 9), "9")]
)
def test_a_third_value_of_an_outcome(study: Any, levels: tuple[int, ...], codes: str) -> None:
    study.table["y"] = np.resize(levels, 120)
    message = f"(missing_codes y:{codes}), or give outcome_type continuous"
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read()
    assert study.read(outcome_type="continuous").outcome_type == "continuous"
    data = study.read(missing_codes=f"y:{codes}")
    assert data.outcome_type == "binary"
    assert data.in_estimation.sum() == 120 * 2 // len(levels)


@pytest.mark.parametrize(("column", "plan"), [("x", {}), ("age", {"covar": "age"}), ("pc1", {"aux": "pc1"})])
def test_three_values_of_another_column_are_reported(study: Any, column: str, plan: dict[str, str]) -> None:
    study.table[column] = np.resize([0, 1, 2], 120)
    told = f"{column}: 40 values of 0, 40 of 1 and 40 of 2 are used as numbers; if one of them means missing, say so"
    assert study.read(**plan).flow.warnings[0].startswith(told)

from typing import Any

import numpy as np
import pytest

from latentmr.data.covariates import drop_collinear, one_hot
from latentmr.data.ledger import Ledger


def test_the_most_frequent_level_is_the_reference(study: Any) -> None:
    data = study.read(covar=["sex", "age"])
    assert data.covariate_names == ("sex=M", "age")
    np.testing.assert_array_equal(data.C[:, 0], study.table["sex"] == "M")
    np.testing.assert_array_equal(data.C[:, 1], study.table["age"])
    assert "sex: categorical with 2 levels; reference level 'F'." in data.flow.notes


def test_levels_are_those_of_people_in_estimation(study: Any) -> None:
    study.table.loc[study.table["sex"] == "F", "sex"] = np.resize(["F", "U"], 80)
    study.table.loc[study.table["sex"] == "U", "y"] = np.nan
    study.table.loc[0, "y"] = np.nan
    data = study.read(covar="sex")
    assert "sex: categorical with 2 levels; reference level 'F'." in data.flow.notes
    assert data.covariate_names == ("sex=M",)


def test_missing_labels_leave_a_row_out_of_estimation(study: Any) -> None:
    study.table.loc[[4, 8], "sex"] = None
    data = study.read(covar="sex")
    assert np.flatnonzero(~data.in_estimation).tolist() == [4, 8]
    assert np.isnan(data.C[[4, 8]]).all()


def test_one_hot_of_three_levels() -> None:
    ledger = Ledger()
    values = np.array(["b", "a", None, "c", "b"], dtype=object)
    columns, names = one_hot(values, "site", ledger)
    assert names == ("site=a", "site=c")
    np.testing.assert_array_equal(columns, [[0, 0], [1, 0], [np.nan, np.nan], [0, 1], [0, 0]])
    assert ledger.notes == ["site: categorical with 3 levels; reference level 'b'."]


def test_one_hot_of_one_level_is_no_column() -> None:
    columns, names = one_hot(np.array(["a", "a", None], dtype=object), "site", Ledger())
    assert (columns.shape, names) == ((3, 0), ())


def test_too_many_levels(study: Any) -> None:
    study.table["centre"] = [f"c{i}" for i in np.arange(120) % 52]
    message = "covar must be numeric or have at most 51 levels. Got 'centre' with 52 levels; group the levels, or"
    with pytest.raises(ValueError, match=message):
        study.read(covar="centre")
    study.table["centre"] = [f"c{i}" for i in np.arange(120) % 51]
    assert len(study.read(covar="centre").covariate_names) == 50


def test_a_collinear_covariate_is_named_and_dropped(study: Any) -> None:
    study.table["months"] = 12 * study.table["age"] + 5
    data = study.read(covar=["age", "months", "pc1"])
    assert data.covariate_names == ("age", "pc1")
    warning = "covariate months was dropped: it is collinear with the environments or the covariates before it."
    assert data.flow.warnings == (warning,)


def test_a_covariate_of_the_environment_is_dropped(study: Any) -> None:
    study.table["latitude"] = study.table["site"].map({"a": 50.1, "b": 51.7, "c": 55.3})
    data = study.read(covar=["latitude", "site", "age"])
    assert data.covariate_names == ("age",)
    assert [warning.split()[1] for warning in data.flow.warnings] == ["latitude", "site=b", "site=c"]


@pytest.mark.parametrize("value", [0.0, 0.1, 1 / 3, 1234.567, -2e9])
def test_a_constant_covariate_is_dropped(value: float) -> None:
    n, ledger = 60, Ledger()
    env = np.repeat([0, 1, 2], [10, 20, 30])
    C = np.column_stack([np.full(n, value), np.arange(n) % 7])
    got, names = drop_collinear(C, ("constant", "varies"), env, np.ones(n, dtype=bool), ledger)
    assert names == ("varies",)
    np.testing.assert_array_equal(got, C[:, 1:])
    assert ledger.warnings == ["covariate constant was dropped: it is constant."]


def test_a_covariate_far_from_zero_is_kept() -> None:
    n, ledger = 60, Ledger()
    year = 2000.0 + np.arange(n) % 2
    C = np.column_stack([year, 1e6 * year + np.arange(n) % 5])
    _, names = drop_collinear(C, ("year", "date"), np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool), ledger)
    assert names == ("year",)
    assert len(ledger.warnings) == 1


def test_collinearity_is_judged_on_rows_in_estimation() -> None:
    n = 40
    a = np.arange(n, dtype=float)
    b = np.where(a < 30, 2 * a, 0.0)
    a[35] = np.nan
    rows = np.arange(n) < 30
    env = np.arange(n) % 2
    assert drop_collinear(np.column_stack([a, b]), ("a", "b"), env, rows, Ledger())[1] == ("a",)
    rows[31] = True
    assert drop_collinear(np.column_stack([a, b]), ("a", "b"), env, rows, Ledger())[1] == ("a", "b")


def test_covariates_are_kept_as_they_are_without_estimation(study: Any) -> None:
    study.table["constant"] = 1
    data = study.read(exposure=(), outcome=None, covar=["constant", "sex"])
    assert data.covariate_names == ("constant", "sex=M")
    assert not data.in_estimation.any()


def test_clusters_are_codes_of_labels(study: Any) -> None:
    data = study.read(cluster=["family", "sex"])
    assert data.cluster_names == ("family", "sex")
    np.testing.assert_array_equal(data.cluster[:, 0], np.repeat(np.arange(60), 2))
    np.testing.assert_array_equal(data.cluster[:, 1], np.tile([0, 1, 1], 40))


@pytest.mark.parametrize("name", ["t.tsv", "t.txt", "t.parquet", "category.parquet"])
def test_yes_and_no_are_labels(study: Any, name: str) -> None:
    study.table["smoker"] = np.arange(120) % 3 == 0
    path = study.folder / name
    if name == "category.parquet":
        study.table["smoker"] = study.table["smoker"].map({True: "true", False: "false"}).astype("category")
    if path.suffix == ".parquet":
        study.table.to_parquet(path)
    else:
        study.table.to_csv(path, sep="\t" if name == "t.tsv" else " ", index=False)
    data = study.read(pheno=path, covar="smoker")
    assert data.covariate_names == ("smoker=true",)
    np.testing.assert_array_equal(data.C[:, 0], np.arange(120) % 3 == 0)

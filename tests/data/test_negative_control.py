"""Negative-control outcomes: read, counted, refused; a missing one excludes no one from estimation."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import Dataset, Plan

BASE: dict[str, Any] = {"pheno": "t.tsv", "env": "site", "exposure": "x", "outcome": "y"}


@pytest.fixture
def study(study: Any) -> Any:
    rng = np.random.default_rng(8)
    study.table["height"] = rng.normal(170, 10, 120).round(1)
    study.table["freckles"] = rng.integers(1, 3, 120)
    return study


def test_columns_and_names(study: Any) -> None:
    data = study.read(negative_control=["height", "freckles"])
    assert data.negative_control_names == ("height", "freckles")
    assert data.N.dtype == np.float64
    np.testing.assert_array_equal(data.N, study.table[["height", "freckles"]])
    assert study.read(negative_control="height").negative_control_names == ("height",)


def test_a_table_of_instruments_takes_them_too(study: Any) -> None:
    rng = np.random.default_rng(2)
    instruments = pd.DataFrame({"IID": study.people, "g1": rng.normal(size=120), "g2": rng.normal(size=120)})
    np.testing.assert_array_equal(
        study.read_table(instruments, negative_control="height").N[:, 0], study.read(negative_control="height").N[:, 0]
    )


def test_without_negative_controls_there_is_a_matrix_without_columns(study: Any) -> None:
    assert (study.read().N.shape, study.read().negative_control_names) == ((120, 0), ())


def test_missing_values_keep_nobody_out_of_estimation(study: Any, assert_same: Any) -> None:
    study.table.loc[:6, "height"] = np.nan
    study.table.loc[3:4, "x"] = np.nan
    data, without = study.read(negative_control=["height", "freckles"]), study.read()
    assert np.isnan(data.N[:, 0]).sum() == 7
    assert (
        "height: negative-control outcome, missing for 5 of the 118 individuals in estimation, who are"
        " excluded from its test only." in (data.flow.notes)
    )
    assert any(
        note.startswith("freckles: negative-control outcome, missing for 0 of the 118") for note in data.flow.notes
    )
    assert_same(replace(data, N=None, negative_control_names=()), without)


def test_people_filtered_out_are_out_of_negative_controls(study: Any) -> None:
    data = study.read(negative_control="height", remove=study.write_lines("remove.txt", ["004", "009"]))
    np.testing.assert_array_equal(data.N[:, 0], study.table["height"].drop([4, 9]))


def test_minus_nine_is_missing(study: Any) -> None:
    study.table.loc[[1, 2], "height"] = -9
    data = study.read(negative_control="height")
    assert np.flatnonzero(np.isnan(data.N[:, 0])).tolist() == [1, 2]
    assert data.flow.warnings[0].startswith("height: 2 values of -9 were read as missing")
    assert data.in_estimation.all()


def test_text_and_infinite_values(study: Any) -> None:
    study.table.loc[2, "height"] = np.inf
    message = "negative_control must be finite. Got 1 infinite values in 'height'; write NA for missing values."
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(negative_control="height")
    with pytest.raises(
        ValueError, match=r"negative_control must be a numeric column. Got 'sex' of .* with text in 120 rows"
    ):
        study.read(negative_control="sex")


@pytest.mark.parametrize("missing", ["negative_control", "exposure"])
def test_few_people_in_estimation_have_it(study: Any, missing: str) -> None:
    study.table.loc[:19, "height" if missing == "negative_control" else "x"] = np.nan
    assert study.read(negative_control="height").negative_control_names == ("height",)
    study.table.loc[119, "height"] = np.nan
    message = (
        "negative_control must be known for at least 100 individuals in estimation. Got 'height' with"
        " 99; choose another column"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(negative_control="height")


def test_a_constant(study: Any) -> None:
    study.table["height"] = np.where(study.table.index < 5, np.nan, 1.5)
    study.table.loc[7, ["height", "x"]] = [3.0, np.nan]
    message = (
        "negative_control must vary. Got 'height' with the one value 1.5 in all 114 individuals in"
        " estimation who have it; choose"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(negative_control="height")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"negative_control": "x"},
            "exposure and negative_control must name different columns. Got 'x' twice; give each column one",
        ),
        ({"negative_control": ["p", "y"]}, "outcome and negative_control must name different columns. Got 'y' twice"),
        (
            {"negative_control": "c", "covar": "c"},
            "covar and negative_control must name different columns. Got 'c' twice",
        ),
        ({"negative_control": "c", "aux": "c"}, "aux and negative_control must name different columns. Got 'c' twice"),
        (
            {"negative_control": ["p", "p"]},
            "negative_control must name different columns. Got 'p' twice; give each column one role.",
        ),
        (
            {"negative_control": "site"},
            "env and negative_control must name different columns. Got 'site' twice; give each column one role.",
        ),
        (
            {"negative_control": "f", "cluster": "f"},
            "cluster and negative_control must name different columns. Got 'f' twice; give each column one role.",
        ),
        (
            {"negative_control": "p", "exposure": (), "outcome": None},
            "negative_control must come with exposure and outcome: its test uses their rows. Got"
            " negative_control alone; name",
        ),
    ],
)
def test_a_plan_that_cannot_be(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Plan(**BASE | change)


def test_negative_controls_are_columns_of_the_plan() -> None:
    plan = Plan(pheno=Path("t.tsv"), exposure="x", outcome="y", negative_control="p")
    assert (plan.negative_control, plan.columns(), plan.labels()) == (("p",), ("x", "p", "y"), ())


ARRAYS: dict[str, Any] = {
    "G": np.random.default_rng(0).integers(0, 3, (120, 3)).astype(float),
    "env": ["a", "b"] * 60,
    "x": np.arange(120.0),
    "y": np.arange(120) ** 2.0,
}


def test_from_arrays() -> None:
    p = np.random.default_rng(1).normal(size=(120, 2))
    p[:5, 1] = np.nan
    data = Dataset.from_arrays(**ARRAYS, negative_control=p)
    assert data.negative_control_names == ("negative_control1", "negative_control2")
    assert data.in_estimation.all()
    np.testing.assert_array_equal(data.N, p)
    assert Dataset.from_arrays(**ARRAYS, negative_control=pd.Series(p[:, 0])).negative_control_names == (
        "negative_control",
    )
    assert Dataset.from_arrays(**ARRAYS).N.shape == (120, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"negative_control": np.zeros(3)},
            "negative_control must have the 120 rows of G. Got shape (3,); give a row for each individual.",
        ),
        (
            {"negative_control": np.r_[np.inf, np.arange(119)]},
            "negative_control must not be infinite. Got 1 infinite values; use NaN for missing.",
        ),
        (
            {"negative_control": np.r_[np.full(30, np.nan), np.arange(90)]},
            "negative_control must be known for at least 100 individuals in estimation. Got"
            " 'negative_control' with 90; choose another",
        ),
        (
            {"negative_control": np.ones(120)},
            "negative_control must vary. Got 'negative_control' with the one value 1 in all 120 individuals in",
        ),
        (
            {"negative_control": np.arange(120), "x": None, "y": None},
            "negative_control must come with x and y: its test uses their rows. Got it alone; leave it out,"
            " or give x and y.",
        ),
    ],
)
def test_arrays_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Dataset.from_arrays(**ARRAYS | change)


def test_what_cannot_be_a_data_set() -> None:
    data = Dataset.from_arrays(**ARRAYS, negative_control=np.arange(120))
    with pytest.raises(
        ValueError, match=re.escape("N must have shape (120, 1). Got (120, 2); check its rows and columns.")
    ):
        replace(data, N=np.zeros((120, 2)))
    with pytest.raises(ValueError, match="N must not be infinite. Got 120 infinite values; use NaN for missing."):
        replace(data, N=np.full((120, 1), -np.inf))
    assert np.isnan(replace(data, N=np.full((120, 1), np.nan)).N).all()

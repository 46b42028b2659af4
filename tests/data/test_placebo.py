"""Placebo outcomes: read, counted, refused; a missing one keeps nobody out of estimation."""

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
    data = study.read(placebo=["height", "freckles"])
    assert data.placebo_names == ("height", "freckles")
    assert data.P.dtype == np.float64
    np.testing.assert_array_equal(data.P, study.table[["height", "freckles"]])
    assert study.read(placebo="height").placebo_names == ("height",)


def test_a_table_of_instruments_takes_them_too(study: Any) -> None:
    rng = np.random.default_rng(2)
    instruments = pd.DataFrame({"IID": study.people, "g1": rng.normal(size=120), "g2": rng.normal(size=120)})
    np.testing.assert_array_equal(
        study.read_table(instruments, placebo="height").P[:, 0], study.read(placebo="height").P[:, 0]
    )


def test_without_placebos_there_is_a_matrix_without_columns(study: Any) -> None:
    assert (study.read().P.shape, study.read().placebo_names) == ((120, 0), ())


def test_missing_values_keep_nobody_out_of_estimation(study: Any, assert_same: Any) -> None:
    study.table.loc[:6, "height"] = np.nan
    study.table.loc[3:4, "x"] = np.nan
    data, without = study.read(placebo=["height", "freckles"]), study.read()
    assert np.isnan(data.P[:, 0]).sum() == 7
    assert (
        "height: placebo outcome, missing for 5 of the 118 people in estimation, who are left out of its test alone."
        in (data.flow.notes)
    )
    assert any(note.startswith("freckles: placebo outcome, missing for 0 of the 118") for note in data.flow.notes)
    assert_same(replace(data, P=None, placebo_names=()), without)


def test_people_filtered_out_are_out_of_placebos(study: Any) -> None:
    data = study.read(placebo="height", remove=study.write_lines("remove.txt", ["004", "009"]))
    np.testing.assert_array_equal(data.P[:, 0], study.table["height"].drop([4, 9]))


def test_minus_nine_is_missing(study: Any) -> None:
    study.table.loc[[1, 2], "height"] = -9
    data = study.read(placebo="height")
    assert np.flatnonzero(np.isnan(data.P[:, 0])).tolist() == [1, 2]
    assert data.flow.warnings[0].startswith("height: 2 values of -9 were read as missing")
    assert data.in_estimation.all()


def test_text_and_infinite_values(study: Any) -> None:
    study.table.loc[2, "height"] = np.inf
    message = "placebo must be finite. Got 1 infinite values in 'height'; write NA for missing values."
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(placebo="height")
    with pytest.raises(ValueError, match=r"placebo must be a numeric column. Got 'sex' of .* with the value 'M' \(120"):
        study.read(placebo="sex")


@pytest.mark.parametrize("missing", ["placebo", "exposure"])
def test_few_people_in_estimation_have_it(study: Any, missing: str) -> None:
    study.table.loc[:19, "height" if missing == "placebo" else "x"] = np.nan
    assert study.read(placebo="height").placebo_names == ("height",)
    study.table.loc[119, "height"] = np.nan
    message = "placebo must be known for at least 100 people in estimation. Got 'height' with 99; choose another column"
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(placebo="height")


def test_a_constant(study: Any) -> None:
    study.table["height"] = np.where(study.table.index < 5, np.nan, 1.5)
    study.table.loc[7, ["height", "x"]] = [3.0, np.nan]
    message = (
        "placebo must vary. Got 'height' with the one value 1.5 in all 114 people in estimation who have it; choose"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        study.read(placebo="height")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"placebo": "x"}, "exposure and placebo must name different columns. Got 'x' twice; give each column one"),
        ({"placebo": ["p", "y"]}, "outcome and placebo must name different columns. Got 'y' twice"),
        ({"placebo": "c", "covar": "c"}, "covar and placebo must name different columns. Got 'c' twice"),
        ({"placebo": "c", "aux": "c"}, "aux and placebo must name different columns. Got 'c' twice"),
        ({"placebo": ["p", "p"]}, "placebo must name different columns. Got 'p' twice; give each column one part."),
        ({"placebo": "site"}, "env and placebo must name different columns. Got 'site' twice."),
        ({"placebo": "f", "cluster": "f"}, "cluster and placebo must name different columns. Got 'f' twice."),
        (
            {"placebo": "p", "exposure": (), "outcome": None},
            "placebo must come with exposure and outcome: it is tested beside them. Got placebo alone; name",
        ),
    ],
)
def test_a_plan_that_cannot_be(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Plan(**BASE | change)


def test_placebos_are_columns_of_the_plan() -> None:
    plan = Plan(pheno=Path("t.tsv"), exposure="x", outcome="y", placebo="p")
    assert (plan.placebo, plan.columns(), plan.labels()) == (("p",), ("x", "p", "y"), ())


ARRAYS: dict[str, Any] = {
    "G": np.random.default_rng(0).integers(0, 3, (120, 3)).astype(float),
    "env": ["a", "b"] * 60,
    "x": np.arange(120.0),
    "y": np.arange(120) ** 2.0,
}


def test_from_arrays() -> None:
    p = np.random.default_rng(1).normal(size=(120, 2))
    p[:5, 1] = np.nan
    data = Dataset.from_arrays(**ARRAYS, placebo=p)
    assert data.placebo_names == ("placebo1", "placebo2")
    assert data.in_estimation.all()
    np.testing.assert_array_equal(data.P, p)
    assert Dataset.from_arrays(**ARRAYS, placebo=pd.Series(p[:, 0])).placebo_names == ("placebo",)
    assert Dataset.from_arrays(**ARRAYS).P.shape == (120, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"placebo": np.zeros(3)}, "placebo must have the 120 rows of G. Got shape (3,)."),
        (
            {"placebo": np.r_[np.inf, np.arange(119)]},
            "placebo must not be infinite. Got 1 infinite values; use NaN for missing.",
        ),
        (
            {"placebo": np.r_[np.full(30, np.nan), np.arange(90)]},
            "placebo must be known for at least 100 people in estimation. Got 'placebo' with 90; choose another",
        ),
        ({"placebo": np.ones(120)}, "placebo must vary. Got 'placebo' with the one value 1 in all 120 people in estim"),
        (
            {"placebo": np.arange(120), "x": None, "y": None},
            "placebo must come with x and y: it is tested beside them. Got it alone; leave it out.",
        ),
    ],
)
def test_arrays_that_do_not_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Dataset.from_arrays(**ARRAYS | change)


def test_what_cannot_be_a_data_set() -> None:
    data = Dataset.from_arrays(**ARRAYS, placebo=np.arange(120))
    with pytest.raises(ValueError, match=re.escape("P must have shape (120, 1). Got (120, 2).")):
        replace(data, P=np.zeros((120, 2)))
    with pytest.raises(ValueError, match="P must not be infinite. Got 120 infinite values; use NaN for missing."):
        replace(data, P=np.full((120, 1), -np.inf))
    assert np.isnan(replace(data, P=np.full((120, 1), np.nan)).P).all()

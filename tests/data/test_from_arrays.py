import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from latentmr.data import Dataset

N = 80
ENV = ["b", "a"] * 40


@pytest.fixture
def G() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 3, (N, 4)).astype(float)


def test_names_that_are_made_up(G: np.ndarray) -> None:
    x, y = np.arange(N), np.arange(N) ** 2.0
    data = Dataset.from_arrays(G, ENV, x, y, C=G[:, :2], A=G[:, 0], cluster=["u", "v"] * 40)
    assert data.env_names == ("a", "b")
    np.testing.assert_array_equal(data.env, np.tile([1, 0], 40))
    assert (data.exposure_names, data.outcome_name) == (("x",), "y")
    assert (data.covariate_names, data.aux_names, data.cluster_names) == (("c1", "c2"), ("a1",), ("cluster",))
    assert data.samples[[0, -1]].tolist() == ["1", "80"]
    assert data.variants["id"].tolist() == ["v1", "v2", "v3", "v4"]
    assert (data.variants.drop(columns="id") == "NA").all(axis=None)
    np.testing.assert_array_equal(data.cluster[:, 0], np.tile([0, 1], 40))
    assert Dataset.from_arrays(G, ENV, np.column_stack([x, -x]), y).exposure_names == ("x1", "x2")


def test_data_frames_are_arrays(G: np.ndarray) -> None:
    x = pd.Series(np.arange(N), index=range(100, 100 + N))
    variants = pd.DataFrame(
        {name: list("abcd") for name in ("id", "other_allele", "effect_allele", "pos", "chrom", "more")}
    )
    env, samples = (pd.Series(each, index=x.index) for each in (ENV, range(N)))
    data = Dataset.from_arrays(pd.DataFrame(G, x.index), env, x, x, samples=samples, variants=variants)
    np.testing.assert_array_equal(data.X[:, 0], x)
    assert data.samples[3] == "3"
    assert data.variants.columns.tolist() == ["id", "chrom", "pos", "effect_allele", "other_allele"]


@pytest.mark.parametrize(
    ("shift", "kind", "dtype"),
    [(0.0, "counts", np.int8), (-0.001, "continuous", np.float32), (None, "dosages", np.float32)],
)
def test_kinds(G: np.ndarray, shift: float | None, kind: str, dtype: type) -> None:
    values = G / 2 if shift is None else G + shift
    data = Dataset.from_arrays(values, ENV)
    assert (data.kind, data.G.dtype) == (kind, dtype)
    np.testing.assert_allclose(data.G, values, rtol=1e-6)


def test_missing_genotypes_are_filled(G: np.ndarray) -> None:
    G[0, 1] = np.nan
    mean = np.nanmean(G[::2, 1])
    counts, scores = Dataset.from_arrays(G, ENV), Dataset.from_arrays(G * 2, ENV)
    assert counts.G[0, 1] == -127
    np.testing.assert_allclose(next(counts.blocks())[1][0, 1], mean, rtol=1e-12)
    np.testing.assert_allclose(scores.G[0, 1], 2 * mean, rtol=1e-6)
    assert np.isnan(G[0, 1])


def test_int8_calls_with_the_missing_code_come_back(G: np.ndarray) -> None:
    G[[0, 7], [1, 2]] = np.nan
    first = Dataset.from_arrays(G, ENV)
    again = Dataset.from_arrays(first.G, ENV)
    assert again.kind == "counts"
    np.testing.assert_array_equal(again.G, first.G)
    np.testing.assert_array_equal(again.fill, first.fill)


def test_missing_phenotypes_leave_estimation(G: np.ndarray) -> None:
    x, y, C = np.arange(N, dtype=float), np.ones(N), np.ones((N, 1))
    x[1], y[2], C[3] = np.nan, np.nan, np.nan
    data = Dataset.from_arrays(G, ENV, x, y, C)
    assert np.flatnonzero(~data.in_estimation).tolist() == [1, 2, 3]
    assert data.in_learning.all()
    assert not Dataset.from_arrays(G, ENV).in_estimation.any()


def test_small_environments_are_left_out_of_learning(G: np.ndarray) -> None:
    data = Dataset.from_arrays(G, np.repeat([10, 9], [51, 29]))
    assert data.env_names == ("10", "9")
    np.testing.assert_array_equal(data.in_learning, np.arange(N) < 51)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"G": np.zeros(N)}, "G must be a matrix. Got shape (80,); give a row"),
        ({"G": np.full((N, 2), np.inf)}, "instruments must be finite. Got 160 infinite values; use NaN for missing."),
        (
            {"env": ["a"] * 3},
            "env must have a label for each of the 80 rows of G. Got 3; give one for each individual.",
        ),
        ({"env": [None, np.nan] + ["a"] * 78}, "env must have a label in every row. Got 2 missing; remove those rows"),
        ({"x": np.zeros(3)}, "x must have the 80 rows of G. Got shape (3,); give a row for each individual."),
        ({"y": np.zeros((N, 2))}, "y must be a vector. Got shape (80, 2); give one outcome."),
        ({"C": np.zeros((N, 2, 2))}, "C must have the 80 rows of G. Got shape (80, 2, 2); give a row"),
        ({"A": np.zeros((3, N))}, "A must have the 80 rows of G. Got shape (3, 80); give a row"),
        ({"x": np.full(N, np.inf)}, "x must not be infinite. Got 80 infinite values; use NaN for missing."),
        ({"C": np.full((N, 2), -np.inf)}, "C must not be infinite. Got 160 infinite values; use NaN for missing."),
        (
            {"A": np.full(N, np.nan)},
            "A must be finite in every row that is used. Got 80 missing or infinite values; replace",
        ),
        ({"x": np.zeros(N)}, "x and y must be given together, or neither to learn only. Got one of them; give both."),
        ({"cluster": [1, 2]}, "cluster must have shape (80, 1). Got (2, 1); check its rows and columns."),
        ({"samples": ["p1"]}, "samples must have shape (80,). Got (1,); check its rows and columns."),
        ({"variants": pd.DataFrame({"id": list("abcd")})}, "variants must have the columns id, chrom, pos, effect_al"),
    ],
)
def test_arrays_that_do_not_fit(G: np.ndarray, change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        Dataset.from_arrays(**{"G": G, "env": ENV} | change)

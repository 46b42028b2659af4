import re
from dataclasses import FrozenInstanceError, replace
from typing import Any

import numpy as np
import pytest

from latentmr.data import Dataset

N, P = 80, 4


@pytest.fixture
def data() -> Dataset:
    rng = np.random.default_rng(0)
    G = rng.integers(0, 3, (N, P))
    x, y = rng.normal(size=N), rng.normal(size=N)
    return Dataset.from_arrays(G, ["a", "b"] * 40, x, y, C=rng.normal(size=(N, 2)), A=rng.normal(size=N))


def test_sizes(data: Dataset) -> None:
    assert (data.n, data.p, data.n_env) == (N, P, 2)
    with pytest.raises(FrozenInstanceError):
        data.outcome_name = "z"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("G", np.zeros((N, P)), "G must be a matrix of int8 or float32. Got float64 of shape (80, 4). Dataset.from"),
        (
            "G",
            np.zeros(N, dtype=np.int8),
            "G must be a matrix of int8 or float32. Got int8 of shape (80,). Dataset.from",
        ),
        (
            "G",
            np.zeros((N, P), np.float32),
            "kind must be counts for int8 G, and dosages or continuous otherwise. Got 'co",
        ),
        ("kind", "dosages", "kind must be counts for int8 G, and dosages or continuous otherwise. Got 'dosages' for"),
        ("kind", "scores", "kind must be counts for int8 G, and dosages or continuous otherwise. Got 'scores' for"),
        ("X", np.zeros(N), "X must have shape (80, 1). Got (80,); check its rows"),
        ("X", np.zeros((N, 2)), "X must have shape (80, 1). Got (80, 2); check its rows"),
        ("y", np.zeros((N, 1)), "y must have shape (80,). Got (80, 1); check its rows"),
        ("C", np.zeros((N, 0)), "C must have shape (80, 2). Got (80, 0); check its rows"),
        ("A", np.zeros((N - 1, 1)), "A must have shape (80, 1). Got (79, 1); check its rows"),
        ("env", np.zeros(N - 1, dtype=np.int64), "env must have shape (80,). Got (79,); check its rows"),
        ("cluster", np.zeros((N, 1), dtype=np.int64), "cluster must have shape (80, 0). Got (80, 1); check its rows"),
        ("samples", np.array(["p"], dtype=object), "samples must have shape (80,). Got (1,); check its rows"),
        ("fill", np.zeros((3, P)), "fill must have shape (2, 4). Got (3, 4); check its rows"),
        ("in_learning", np.ones(1, dtype=bool), "in_learning must have shape (80,). Got (1,); check its rows"),
        ("in_estimation", np.ones(1, dtype=bool), "in_estimation must have shape (80,). Got (1,); check its rows"),
        ("env", np.full(N, 2), "env must hold codes 0 to 1. Got 2 to 2; give one name in env_names"),
        ("env", np.arange(N) - 1, "env must hold codes 0 to 1. Got -1 to 78; give one name in env_names"),
        (
            "X",
            np.full((N, 1), np.nan),
            "X must be finite in every row that is used. Got 80 missing or infinite values; remove these",
        ),
        ("y", np.r_[np.inf, np.zeros(N - 1)], "y must be finite in every row that is used. Got 1 missing or infinite"),
        ("C", np.full((N, 2), np.inf), "C must be finite in every row that is used. Got 160 missing or infinite"),
        ("A", np.full((N, 1), np.nan), "A must be finite in every row that is used. Got 80 missing or infinite"),
        ("fill", np.full((2, P), np.nan), "fill must be finite in every row that is used. Got 8 missing or infinite"),
    ],
)
def test_what_cannot_be_a_data_set(data: Dataset, name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(data, **{name: value})


def test_variants_that_do_not_fit(data: Dataset) -> None:
    message = (
        "variants must have the columns id, chrom, pos, effect_allele, other_allele. Got id, chrom,"
        " position, effect_allele, other_allele; rename"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(data, variants=data.variants.rename(columns={"pos": "position"}))
    with pytest.raises(ValueError, match=re.escape("variants must have shape (4, 5). Got (3, 5); check its rows")):
        replace(data, variants=data.variants.iloc[:3])


def test_missing_values_in_float_genotypes(data: Dataset) -> None:
    G = data.G.astype(np.float32)
    assert replace(data, G=G, kind="dosages").kind == "dosages"
    G[3, 1] = np.nan
    with pytest.raises(
        ValueError, match=r"G must be finite in every row that is used. Got 1 missing or infinite values"
    ):
        replace(data, G=G, kind="dosages")


def test_rows_out_of_estimation_may_be_missing(data: Dataset) -> None:
    y = data.y.copy()
    y[5] = np.nan
    kept = np.arange(N) != 5
    assert replace(data, y=y, in_estimation=kept).in_estimation.sum() == N - 1
    with pytest.raises(ValueError, match="y must be finite"):
        replace(data, y=y)

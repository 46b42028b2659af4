"""Arrays as users hold them: pandas' own types, masks, labels of clusters, and rows matched by index."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import latentmr as lm
from latentmr.arrays import label_codes, numbers, rows_matched
from latentmr.data import Dataset

RNG = np.random.default_rng(3)
N = 200
Z = RNG.binomial(2, 0.3, (N, 3)).astype(float)
U = RNG.normal(size=N)
X = Z @ [0.5, 0.4, 0.6] + U + RNG.normal(size=N)
Y = 0.5 * X + U + RNG.normal(size=N)
SITE = RNG.integers(0, 20, N)
RIGHT = lm.tsls(Z, X, Y)
CLUSTERED = lm.tsls(Z, X, Y, cluster=SITE)
NAMES = pd.Index([f"i{i}" for i in range(N)])


@pytest.mark.parametrize("kind", ["Int64", "Float64", "int8", "object"])
def test_types_of_pandas_without_missing_values_are_read(kind: str) -> None:
    found = lm.tsls(pd.DataFrame(Z).astype(kind), pd.Series(X).astype("Float64"), pd.Series(Y, dtype=object))
    assert found.beta == pytest.approx(RIGHT.beta)
    assert found.se == pytest.approx(RIGHT.se)


def test_booleans_are_0_and_1() -> None:
    expected = lm.tsls((Z > 0).astype(float), X, Y).beta
    assert lm.tsls(Z > 0, X, Y).beta == lm.tsls(pd.DataFrame(Z > 0).astype("boolean"), X, Y).beta == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"Z": pd.DataFrame(Z).astype("Int64").mask(Z == 2)}, f"Z must be finite. Got {int((Z == 2).sum())} missing"),
        ({"y": pd.Series(Y).astype("Float64").mask(Y > 2)}, f"y must be finite. Got {int((Y > 2).sum())} missing"),
        ({"x": [None, *X[1:]]}, "x must be finite. Got 1 missing"),
        ({"Z": np.ma.array(Z, mask=Z == 2)}, f"Z must have no masked values. Got {int((Z == 2).sum())} masked"),
        ({"y": np.ma.array(Y, mask=False)}, ""),
        ({"C": np.array(["a", "b"] * (N // 2))}, "C must hold numbers. Got text; code"),
        (
            {"C": np.array(["a", 1.0] * (N // 2), dtype=object)},
            f"C must .* Got {N // 2} values that are text",
        ),
        ({"C": pd.DataFrame({"age": Y, "site": ["a"] * N})}, "C must hold numbers. Got text in column 'site'"),
        ({"C": pd.Series(["a", "b"] * (N // 2), dtype="category")}, "C must hold numbers. Got categories"),
        ({"C": pd.DataFrame({"a": ["u"] * N, "b": ["v"] * N})}, "Got text in columns 'a', 'b'"),
        ({"C": pd.Series(pd.Timestamp("2020-01-01"), range(N))}, "C must hold numbers. Got datetime64"),
        ({"C": Y + 1j}, "C must hold numbers. Got complex numbers"),
        ({"C": np.full(N, np.datetime64("2020-01-01"))}, "C must hold numbers. Got dates"),
    ],
)
def test_values_that_are_no_numbers_are_refused_by_name(arguments: dict[str, Any], message: str) -> None:
    rows = {"Z": Z, "x": X, "y": Y} | arguments
    if not message:
        assert lm.tsls(**rows).beta == RIGHT.beta
        return
    with pytest.raises(ValueError, match=message):
        lm.tsls(**rows)


@pytest.mark.parametrize(
    "cluster",
    [
        SITE.astype(str),
        np.array([f"site {c}" if c % 2 else c for c in SITE], dtype=object),
        pd.Series(SITE, dtype="Int64"),
        pd.Series(SITE).astype(str).astype("category"),
        pd.DataFrame({"site": SITE}),
        np.ma.array(SITE, mask=False),
        SITE.tolist(),
    ],
)
def test_clusters_may_be_labels_of_any_type(cluster: Any) -> None:
    assert lm.tsls(Z, X, Y, cluster=cluster).se == pytest.approx(CLUSTERED.se, rel=1e-12)


def test_two_way_clusters_of_different_types() -> None:
    other = np.arange(N) % 7
    expected = lm.tsls(Z, X, Y, cluster=np.column_stack([SITE, other])).se
    mixed = pd.DataFrame({"site": SITE.astype(str), "year": other})
    assert lm.tsls(Z, X, Y, cluster=mixed).se == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        (np.where(np.arange(N) < 3, None, SITE.astype(object)), "cluster must have no missing label. Got 3 missing"),
        (pd.Series(SITE, dtype="Int64").mask(SITE == 0), "cluster must have no missing label"),
        (np.ma.array(SITE, mask=np.arange(N) < 2), "cluster must have no missing label. Got 2 missing labels"),
        (np.array([str(c) if i % 2 else int(c) for i, c in enumerate(SITE)], dtype=object), "as text or as a number"),
        (SITE[:-1], f"cluster must have one label for each of the {N} rows"),
        (np.zeros((2, 2, 2)), "cluster must have one label for each row"),
    ],
)
def test_clusters_that_are_refused(cluster: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lm.tsls(Z, X, Y, cluster=cluster)


def frames() -> dict[str, Any]:
    return {"Z": pd.DataFrame(Z, NAMES), "x": pd.Series(X, NAMES), "y": pd.Series(Y, NAMES)}


@pytest.mark.parametrize("estimator", [lm.tsls, lm.liml, lm.fuller])
def test_rows_in_another_order_are_matched_by_index(estimator: Callable[..., Any]) -> None:
    rows = frames() | {"cluster": pd.Series(SITE, NAMES)}
    expected = estimator(Z, X, Y, cluster=SITE)
    shuffled = rows | {name: rows[name].sample(frac=1, random_state=1) for name in ("x", "cluster")}
    found = estimator(**shuffled)
    assert found.beta == pytest.approx(expected.beta)
    assert found.se == pytest.approx(expected.se)


def test_a_permuted_default_index_is_matched_too() -> None:
    shuffled = pd.Series(X).sample(frac=1, random_state=1)
    assert lm.tsls(pd.DataFrame(Z), shuffled, pd.Series(Y)).beta == pytest.approx(RIGHT.beta)


def test_one_index_or_none_is_matched_by_position() -> None:
    assert lm.tsls(Z, pd.Series(X, NAMES[::-1]), Y).beta == RIGHT.beta
    assert lm.tsls(**frames() | {"y": Y}).beta == RIGHT.beta


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"x": pd.Series(X)},
            f"Z and x must have indexes .* Got {N} of {N} labels of x that Z lacks",
        ),
        ({"x": pd.Series(X, NAMES[::-1]), "y": Y}, "Z and x must have their labels in one order if y has none"),
        (
            {"Z": pd.DataFrame(Z, ["a"] * N), "x": pd.Series(X, ["a"] * N), "y": pd.Series(Y, ["a"] * N)},
            "",
        ),
        (
            {"Z": Z, "x": pd.Series(X, ["a", "b"] * (N // 2)), "y": pd.Series(Y, ["b", "a"] * (N // 2))},
            "x and y must have indexes without repeated labels",
        ),
        ({"x": pd.Series(X[1:], NAMES[1:])}, "x must be a matrix with the 200 rows"),
    ],
)
def test_indexes_that_cannot_be_matched_are_refused(change: dict[str, Any], message: str) -> None:
    if not message:
        assert lm.tsls(**frames() | change).beta == RIGHT.beta
        return
    with pytest.raises(ValueError, match=message):
        lm.tsls(**frames() | change)


def test_ols_matches_rows_too() -> None:
    x = pd.Series(X, NAMES)
    assert lm.ols(x, pd.Series(Y, NAMES)[::-1]).beta == pytest.approx(lm.ols(X, Y).beta)


def test_data_sets_from_arrays() -> None:
    env = np.where(np.arange(N) % 2, "a", "b")
    expected = Dataset.from_arrays(Z, env, X, Y)
    G = pd.DataFrame(Z, NAMES).astype("Int64")
    found = Dataset.from_arrays(G, pd.Series(env, NAMES), pd.Series(X, NAMES)[::-1], pd.Series(Y, NAMES))
    assert (found.G == expected.G).all()
    assert (found.X == expected.X).all()
    # missing and masked values are missing values
    masked = np.ma.array(X, mask=np.arange(N) < 5)
    assert np.isnan(Dataset.from_arrays(Z, env, masked, Y).X[:5]).all()
    assert not Dataset.from_arrays(np.ma.array(Z, mask=Z == 2), env, X, Y).in_estimation.sum() < N
    for arguments, message in (
        ({"C": pd.DataFrame({"site": env})}, "C must hold numbers. Got text in column 'site'"),
        ({"env": np.ma.array(env, mask=np.arange(N) < 2)}, "env must have a label in every row. Got 2 missing"),
        ({"cluster": [None, *SITE[1:]]}, "cluster must have no missing label. Got 1"),
        ({"x": pd.Series(X, NAMES), "y": pd.Series(Y)}, "x and y must have indexes with the same labels"),
    ):
        with pytest.raises(ValueError, match=message):
            Dataset.from_arrays(**{"G": Z, "env": env, "x": X, "y": Y} | arguments)  # type: ignore[arg-type]


def test_summary_methods_name_the_argument() -> None:
    se = [0.01] * 3
    with pytest.raises(ValueError, match="bx must have no masked values. Got 1 masked values"):
        lm.two_sample.methods.ivw(np.ma.array([0.1, 0.2, 0.3], mask=[0, 0, 1]), [0.1, 0.1, 0.1], se, se)
    with pytest.raises(ValueError, match="by must hold numbers. Got text"):
        lm.two_sample.methods.ivw([0.1, 0.2, 0.3], ["a", "b", "c"], se, se)


def test_numbers_keep_shapes() -> None:
    assert numbers("x", 3).shape == ()
    assert numbers("x", pd.DataFrame(index=range(3))).shape == (3, 0)
    assert numbers("x", pd.array([1, 2], dtype="Int64")).tolist() == [1.0, 2.0]
    assert rows_matched({"x": None, "y": [1]}) == {"x": None, "y": [1]}
    assert label_codes("cluster", pd.Index(["b", "a"]))[0][:, 0].tolist() == [1, 0]

"""Each message says what must hold, what came, and what to do."""

import re

import numpy as np
import pytest

from latentmr import fuller, liml, ols, tsls
from latentmr.iv import Model, columns, estimate_models, gather, solve

RNG = np.random.default_rng(1)
N = 60
Z, U = RNG.normal(size=(N, 3)), RNG.normal(size=N)
X = Z.sum(axis=1) + U + RNG.normal(size=N)
Y = X + U + RNG.normal(size=N)
HOLE = np.where(np.arange(N) < 2, np.nan, X)

CASES = {
    "x of another length": (lambda: ols(X[1:], Y), "x must be a matrix with the 60 rows of y. Got shape (59,)"),
    "x a cube": (lambda: tsls(Z, Z[:, :, None], Y), "x must be a matrix with the 60 rows of y. Got shape (60, 3, 1)"),
    "y a matrix": (lambda: ols(X, Z), "y must be a vector. Got shape (60, 3)"),
    "Z of another length": (lambda: liml(Z[1:], X, Y), "Z must be a matrix with the 60 rows of y. Got shape (59, 3)"),
    "C of another length": (lambda: ols(X, Y, Z[:5]), "C must be a matrix with the 60 rows of y. Got shape (5, 3)"),
    "Z a cube": (lambda: liml(Z[:, :, None], X, Y), "Z must be a matrix"),
    "missing x": (
        lambda: ols(HOLE, Y),
        "x must be finite. Got 2 missing or infinite values; drop the rows with these values",
    ),
    "infinite Z": (lambda: tsls(Z / 0.0, X, Y), "Z must be finite. Got 180"),
    "missing C": (lambda: ols(X, Y, HOLE), "C must be finite. Got 2"),
    "missing y": (lambda: ols(X, HOLE), "y must be finite. Got 2"),
    "no rows": (lambda: ols([], []), "blocks must yield at least one row"),
    "error type": (
        lambda: ols(X, Y, se="HC3"),
        "se must be one of homoskedastic, HC0, HC1, cluster, bekker. Got 'HC3'",
    ),
    "no cluster": (lambda: ols(X, Y, se="cluster"), "cluster must have at least two clusters. Got none"),
    "one cluster": (
        lambda: ols(X, Y, se="cluster", cluster=["a"] * N),
        "cluster must have at least two clusters. Got one",
    ),
    "short cluster": (
        lambda: ols(X, Y, se="cluster", cluster=[1, 2]),
        "cluster must have one label for each of the 60 rows of y, or two labels for two-way clustering."
        " Got shape (2,)",
    ),
    "missing cluster": (
        lambda: ols(X, Y, se="cluster", cluster=HOLE),
        "cluster must have no missing label. Got 2 missing labels; drop these rows",
    ),
    "two kinds of errors": (
        lambda: ols(X, Y, se="HC1", cluster=[1, 2] * 30),
        "se must be cluster if cluster is given. Got 'HC1'; leave one of the two out",
    ),
    "alpha": (lambda: ols(X, Y, alpha=95), "alpha must lie between 0 and 1. Got 95; 0.05 gives 95 % intervals"),
    "explained exposure": (lambda: ols(X, Y, np.column_stack([X, Z])), "x must vary given the covariates"),
    "explained outcome": (lambda: liml(Z, X, Y, 2 * Y + 1), "outcome must vary given the covariates"),
    "constant exposure": (lambda: ols(np.ones(N), Y), "x must vary given the covariates"),
    "no instrument": (lambda: tsls(None, X, Y), "at least as many independent instruments as exposures (1)"),
    "instruments are covariates": (
        lambda: liml(Z, X, Y, Z),
        "independent instruments as exposures (1) given the covariates (adjustment covar). Got 0",
    ),
    "few people": (
        lambda: tsls(Z[:5], X[:5], Y[:5], U[:5]),
        "n must exceed the number of instruments and regressors. Got 5 individuals for 3 instruments",
    ),
    "outcome is exposure, LIML": (lambda: liml(Z, X, 2 * X + 1), "outcome must not be an exact linear function of x"),
    "outcome is exposure, Fuller": (lambda: fuller(Z, X, X), "so that Fuller has no error to weigh"),
    "both in instruments": (
        lambda: liml(np.column_stack([X, Y]), X, Y),
        "Z must not explain x and the outcome entirely (adjustment none)",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    call, message = CASES[case]
    with np.errstate(divide="ignore", invalid="ignore"), pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_method_of_a_model():
    with pytest.raises(
        ValueError, match=re.escape("method must be one of OLS, 2SLS, LIML, Fuller, k-class. Got 'GMM'")
    ):
        Model("GMM", np.eye(2), np.eye(2), np.ones(2), np.zeros((2, 0)), ("x",))


@pytest.mark.parametrize("blocks", [list, lambda: [np.zeros((0, 3))]])
def test_a_design_without_rows(blocks):
    with pytest.raises(ValueError, match="blocks must yield at least one row. Got none"):
        gather(blocks)


def test_exposures_that_repeat_each_other():
    design = np.column_stack([Z, X, 2 * X, Y])
    model = Model(
        "LIML", columns(6, slice(0, 3)), columns(6, slice(3, 5)), columns(6, 5), np.zeros((6, 0)), ("bmi", "bmi2")
    )
    with pytest.raises(ValueError, match="exposures must be linearly independent .* Got bmi and bmi2"):
        solve(model, gather(lambda: [design]))


def test_alpha_is_checked_for_many_models_too():
    design = np.column_stack([Z, X, Y])
    model = Model("2SLS", columns(5, slice(0, 3)), columns(5, [3]), columns(5, 4), np.zeros((5, 0)), ("x",))
    moments = gather(lambda: [design])
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1. Got 0;"):
        estimate_models([model], [solve(model, moments)], [], moments.n, alpha=0)


def test_inputs_are_accepted_in_many_shapes():
    want = liml(Z, X, Y, U)
    assert liml(Z.tolist(), X[:, None], list(Y), U[:, None]) == want
    assert liml(Z[:, 0], X, Y).k == 1
    assert ols(X, Y, se="cluster", cluster=np.arange(N)[:, None]) == ols(X, Y, se="cluster", cluster=range(N))

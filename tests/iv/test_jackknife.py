"""JIVE, UJIVE, HLIM and HFUL against leave-one-out refits and n x n projections, and in repeated samples."""

import re
import sys

import numpy as np
import pytest
from scipy.optimize import minimize

from latentmr import liml, tsls
from latentmr.iv.jackknife import hful, hlim, jive
from latentmr.iv.problem import problem

ESTIMATORS = {
    "jive1": lambda *a, **b: jive(*a, form="jive1", **b),
    "ujive": lambda *a, **b: jive(*a, form="ujive", **b),
    "hlim": hlim,
    "hful": hful,
}


@pytest.fixture(params=ESTIMATORS)
def estimator(request):
    return ESTIMATORS[request.param]


@pytest.fixture
def small(sample):
    second = sample.Z @ [0.5, -0.4, 0.3, 0.0, -0.2] + np.random.default_rng(8).normal(size=len(sample.y))
    x = np.column_stack([sample.x, second])
    y = sample.y - 0.7 * second
    return sample.but(Z=sample.Z[:60], x=x[:60], y=y[:60], C=sample.C[:60], cluster=sample.cluster[:60])


def arrays(sample):
    return sample.Z, sample.x, sample.y, sample.C


def numbers(rows):
    return np.array([value for row in rows for value in (row.beta, row.se)])


def dense(sample):
    """Regressors (C, 1), all instruments (Z, C, 1), and a residual maker for the regressors."""
    C = np.column_stack([sample.C, np.ones(len(sample.y))])
    return C, np.column_stack([sample.Z, C]), np.eye(len(C)) - C @ np.linalg.pinv(C)


def left_out(V, x):
    """Prediction of each row from a regression on the others."""
    rows = np.arange(len(V))
    return np.array([V[i] @ np.linalg.lstsq(V[rows != i], x[rows != i], rcond=None)[0] for i in rows])


@pytest.mark.parametrize("form", ["jive1", "ujive"])
@pytest.mark.parametrize("se", ["homoskedastic", "HC0", "HC1", "cluster"])
def test_jive_by_refits_without_each_row(small, form, se):
    C, V, given = dense(small)
    n, r = len(V), 5
    a = left_out(V, small.x) - (left_out(C, small.x) if form == "ujive" else 0)
    a = given @ a
    bread = np.linalg.inv(a.T @ small.x)
    beta = bread @ a.T @ small.y
    error = given @ (small.y - small.x @ beta)
    score = a * error[:, None]
    if se == "cluster":
        score = np.vstack([score[small.cluster == g].sum(axis=0) for g in range(10)])
    meat = a.T @ a * (error @ error) / (n - r) if se == "homoskedastic" else score.T @ score
    factor = {"HC1": n / (n - r), "cluster": (n - 1) / (n - r) * 10 / 9}.get(se, 1.0)
    errors = np.sqrt(factor * np.diag(bread @ meat @ bread.T))
    cluster = small.cluster if se == "cluster" else None
    found = numbers(jive(*arrays(small), form=form, se=se, cluster=cluster))
    assert found == pytest.approx(np.column_stack([beta, errors]).ravel(), rel=1e-8)


def test_ujive_with_an_intercept_alone_is_the_published_formula_for_a_centred_outcome(small):
    one = np.ones((60, 1))
    x, y = small.x[:, 0], small.y - small.y.mean()
    a = left_out(np.column_stack([small.Z, one]), x) - left_out(one, x)
    assert jive(small.Z, x, small.y, form="ujive").beta == pytest.approx(a @ y / (a @ (x - x.mean())), rel=1e-9)


@pytest.mark.parametrize("constant", [0.0, 1.0, 4.0])
def test_hlim_and_hful_with_dense_projections(small, constant):
    C, V, _ = dense(small)
    n = len(V)
    P = V @ np.linalg.pinv(V)
    h = np.diag(P)
    X, W = np.column_stack([small.x, C]), np.column_stack([small.y, small.x, C])
    hollow = P - np.diag(h)
    root = np.linalg.eigvals(np.linalg.solve(W.T @ W, W.T @ hollow @ W)).real.min()
    root = (root - (1 - root) * constant / n) / (1 - (1 - root) * constant / n)
    H = X.T @ hollow @ X - root * X.T @ X
    delta = np.linalg.solve(H, X.T @ hollow @ small.y - root * X.T @ small.y)
    e = small.y - X @ delta
    v = X - np.outer(e, X.T @ e) / (e @ e)
    p, ve = P @ v, v * e[:, None]
    weighted = (h * e**2)[:, None]
    middle = (p * e[:, None] ** 2).T @ p - v.T @ (weighted * p) - (weighted * p).T @ v + ve.T @ P**2 @ ve
    covariance = np.linalg.inv(H) @ middle @ np.linalg.inv(H)
    found = hful(*arrays(small), constant=constant) if constant else hlim(*arrays(small))
    assert numbers(found) == pytest.approx(np.column_stack([delta, np.sqrt(np.diag(covariance))])[:2].ravel(), rel=1e-7)


def test_hlim_minimises_the_jackknife_objective(small):
    C, V, _ = dense(small)
    P = V @ np.linalg.pinv(V)
    hollow, X = P - np.diag(np.diag(P)), np.column_stack([small.x, C])

    def objective(delta):
        u = small.y - X @ delta
        return u @ hollow @ u / (u @ u)

    start = np.linalg.lstsq(P @ X, small.y, rcond=None)[0]
    rng = np.random.default_rng(0)
    ends = [minimize(objective, start + rng.normal(size=5), method="BFGS", options={"gtol": 1e-9}) for _ in range(6)]
    best = min(ends, key=lambda end: end.fun)
    assert [row.beta for row in hlim(*arrays(small))] == pytest.approx(best.x[:2], abs=1e-5)


def test_one_strong_instrument_leaves_little_to_jackknife(estimator):
    rng = np.random.default_rng(2)
    Z, u = rng.normal(size=(4000, 1)), rng.normal(size=4000)
    x = 2 * Z[:, 0] + u
    y = 0.5 * x + u
    assert numbers(estimator(Z, x, y)) == pytest.approx(numbers(tsls(Z, x, y)), rel=2e-2)


def test_balanced_groups_as_instruments():
    # leverages are all alike: HLIM is LIML, whose objective differs by a constant alone
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(8), 25)
    Z, u = np.eye(8)[group][:, 1:], rng.normal(size=200)
    x = rng.normal(size=8)[group] + u + rng.normal(size=200)
    y = 0.5 * x + u
    assert hlim(Z, x, y).beta == pytest.approx(liml(Z, x, y).beta, rel=1e-9)


def test_scale_and_rotation_of_instruments_and_order_of_rows_move_nothing(small, estimator):
    rng = np.random.default_rng(5)
    want = numbers(estimator(*arrays(small)))
    turned = small.but(Z=1e3 * small.Z @ rng.normal(size=(5, 5)) + 7 * small.C[:, [0]] - 40)
    assert numbers(estimator(*arrays(turned))) == pytest.approx(want, rel=1e-6)
    order = rng.permutation(60)
    mixed = small.but(Z=small.Z[order], x=small.x[order], y=small.y[order], C=small.C[order])
    assert numbers(estimator(*arrays(mixed))) == pytest.approx(want, rel=1e-8)


def test_origin_of_the_outcome_and_units_of_the_exposure(sample, estimator):
    row = estimator(*arrays(sample))
    moved = estimator(sample.Z, 1e3 * sample.x, sample.y + 500 + 20 * sample.C[:, 0], sample.C)
    assert numbers(moved) * 1e3 == pytest.approx(numbers(row), rel=1e-6)


def test_covariates_that_repeat_each_other_count_once(sample, estimator):
    twice = sample.but(C=np.column_stack([sample.C, sample.C.sum(axis=1), np.ones(len(sample.y))]))
    assert numbers(estimator(*arrays(twice))) == pytest.approx(numbers(estimator(*arrays(sample))), rel=1e-8)


def test_rows_that_are_their_own_clusters_and_two_ways(sample):
    n = len(sample.y)
    alone, single = jive(*arrays(sample), cluster=np.arange(n)), jive(*arrays(sample), se="HC1")
    assert numbers(alone) == pytest.approx(numbers(single), rel=1e-9)
    # rows alone in the second way: what it adds is what the intersection takes away
    both = jive(*arrays(sample), cluster=np.column_stack([sample.cluster, np.arange(n)]))
    assert both.se == pytest.approx(jive(*arrays(sample), cluster=sample.cluster).se, rel=1e-9)


@pytest.mark.parametrize("form", ["jive1", "ujive"])
def test_rows_given_twice_predict_each_other(form):
    # a row's twin stays when it is left out, so that the bias of 2SLS comes back
    rng = np.random.default_rng(6)
    Z, u = rng.normal(size=(150, 30)), rng.normal(size=150)
    x = 0.15 * Z.sum(axis=1) + u
    y = 0.5 * x + u
    once = jive(Z, x, y, form=form).beta
    twice = jive(*(np.repeat(v, 2, axis=0) for v in (Z, x, y)), form=form).beta
    assert abs(twice - tsls(Z, x, y).beta) < abs(once - tsls(Z, x, y).beta)


def test_rows_given_twice_bring_back_half_of_the_own_products(small):
    C, V, _ = dense(small)
    P, W = V @ np.linalg.pinv(V), np.column_stack([small.y, small.x, C])
    half = P - np.diag(np.diag(P)) / 2
    values, vectors = np.linalg.eig(np.linalg.solve(W.T @ W, W.T @ half @ W))
    direction = vectors[:, values.real.argmin()].real
    twice = hlim(*(np.repeat(v, 2, axis=0) for v in arrays(small)))
    assert [row.beta for row in twice] == pytest.approx(-direction[1:3] / direction[0], rel=1e-7)


def test_blocks_of_rows_do_not_matter(sample, estimator, monkeypatch):
    want = numbers(estimator(*arrays(sample)))
    monkeypatch.setattr(sys.modules["latentmr.iv.problem"], "BLOCK", 37)  # the function has its name
    assert numbers(estimator(*arrays(sample))) == pytest.approx(want, rel=1e-9)


def test_rows_of_the_table(small):
    for name, method in (("jive1", "JIVE1"), ("ujive", "UJIVE"), ("hlim", "HLIM"), ("hful", "HFUL")):
        rows = ESTIMATORS[name](*arrays(small), alpha=0.1)
        kind = "HC1" if "jive" in name else "HC0, many instruments"
        assert {(r.method, r.instruments, r.adjustment, r.k, r.n, r.alpha, r.se_type) for r in rows} == {
            (method, "Z", "covar", 5, 60, 0.1, kind)
        }
        assert [r.exposure for r in rows] == ["x1", "x2"]


def draw(rng, n, extra, mu2):
    """A design as that of Hausman et al. (2012): powers and products of one instrument, errors spread out by it."""
    z, d = rng.normal(size=n), rng.integers(0, 2, size=(n, extra))
    v = rng.normal(size=n)
    phi = 1.38
    own = phi * rng.normal(size=n) * np.abs(z) + 0.86 * rng.normal(size=n) * 0.86
    error = 0.3 * v + np.sqrt((1 - 0.3**2) / (phi**2 + 0.86**4)) * own
    x = np.sqrt(mu2 / n) * z + v
    Z = np.column_stack([z, z**2, z**3, z**4, z[:, None] * d])
    return Z, x, error


def test_hlim_is_centred_with_many_instruments_and_uneven_errors_where_liml_is_not():
    rng = np.random.default_rng(7)
    found = {f: [] for f in (liml, hlim, hful)}
    covered = 0
    for _ in range(300):
        data = draw(rng, 400, 16, 32)
        row = hful(*data)
        found[liml].append(problem(*data).fit.beta[0])
        found[hlim].append(hlim(*data).beta)
        found[hful].append(row.beta)
        covered += row.ci_low <= 0 <= row.ci_high
    median = {f: np.median(rows) for f, rows in found.items()}
    spread = {f: np.subtract(*np.percentile(rows, [75, 25])) for f, rows in found.items()}
    # a median's Monte Carlo error is 0.93 interquartile ranges over the root of draws
    for f in (hlim, hful):
        assert abs(median[f]) < 3 * 0.93 * spread[f] / np.sqrt(300) + 0.02
    assert median[liml] < -5 * 0.93 * spread[liml] / np.sqrt(300)
    # 3 Monte Carlo errors, and the small excess that the paper's tables have as well
    assert abs(covered / 300 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 300) + 0.01


def test_errors_with_strong_instruments_in_repeated_samples(estimator):
    rng = np.random.default_rng(9)
    z = []
    for _ in range(250):
        Z, u = rng.normal(size=(200, 4)), rng.normal(size=200)
        x = 0.6 * Z.sum(axis=1) + u
        row = estimator(Z, x, 0.5 * x + u * np.exp(0.3 * Z[:, 0]))
        z.append((row.beta - 0.5) / row.se)
    assert np.mean(np.abs(z) < 1.96) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 250) + 0.01)


RNG = np.random.default_rng(1)
N = 60
Z, U = RNG.normal(size=(N, 3)), RNG.normal(size=N)
X = Z.sum(axis=1) + U + RNG.normal(size=N)
Y = X + U + RNG.normal(size=N)
HOLE = np.where(np.arange(N) < 2, np.nan, X)
ALL = np.column_stack([Z, np.ones(N)])
UNRELATED = Y - ALL @ np.linalg.lstsq(ALL, Y, rcond=None)[0]
RARE = np.column_stack([Z, np.arange(N) == 17])
CASES = {
    "form": (lambda: jive(Z, X, Y, form="jive3"), "form must be one of jive1, ujive. Got 'jive3'"),
    "se": (lambda: jive(Z, X, Y, se="bekker"), "se must be one of homoskedastic, HC0, HC1, cluster. Got 'bekker'"),
    "se of HLIM": (lambda: hlim(Z, X, Y, se="HC1"), "se must be HC0 for HLIM, which has no other type. Got 'HC1'"),
    "no cluster": (lambda: jive(Z, X, Y, se="cluster"), "cluster must be given if se is cluster"),
    "one cluster": (lambda: jive(Z, X, Y, cluster=np.zeros(N)), "cluster must have at least two clusters. Got one"),
    "clusters of HLIM": (
        lambda: hlim(Z, X, Y, cluster=np.arange(N)),
        "whose theory is for independent rows. Got clusters; use jive",
    ),
    "clusters of HFUL": (lambda: hful(Z, X, Y, se="cluster"), "cluster must be left out for HFUL"),
    "constant": (
        lambda: hful(Z, X, Y, constant=-1.0),
        "constant must lie between 0 and the number of rows (60). Got -1",
    ),
    "leverage": (
        lambda: jive(RARE, X, Y),
        "Got 1 rows with leverage one, the first at position 17 (counted from 0); drop these rows",
    ),
    "leverage by C": (lambda: jive(Z, X, Y, RARE[:, 3], form="ujive"), "the first at position 17 (counted from 0)"),
    "outcome without error": (lambda: hlim(Z, X, 2 * X), "outcome must not be an exact linear function of x"),
    "perfect first stage": (
        lambda: hlim(np.column_stack([X, Y]), X, Y),
        "Z must not explain x and the outcome entirely",
    ),
}
SHARED = {
    "alpha": (lambda f: f(Z, X, Y, alpha=1.0), "alpha must lie between 0 and 1. Got 1"),
    "fewer instruments": (lambda f: f(Z[:, :1], Z[:, 1:] + U[:, None], Y), "as exposures (2)"),
    "no instruments": (lambda f: f(None, X, Y), "as exposures (1)"),
    "unrelated": (lambda f: f(Z, UNRELATED, X), "Z must explain 1 independent parts of x given the covariates. Got 0"),
    "constant exposure": (lambda f: f(Z, np.ones(N), Y), "x must vary given the covariates"),
    "missing": (lambda f: f(Z, HOLE, Y), "x must be finite. Got 2 missing or infinite values"),
    "shape": (lambda f: f(Z[1:], X, Y), "Z must be a matrix with the 60 rows of y. Got shape (59, 3)"),
    "too few rows": (lambda f: f(RNG.normal(size=(N, 59)), X, Y), "n must exceed the number of instruments"),
}


def refused(run, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        run()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    refused(*CASES[case])


@pytest.mark.parametrize("case", SHARED)
def test_message_of_all(case, estimator):
    run, message = SHARED[case]
    refused(lambda: run(estimator), message)

"""Exogeneity, and the robust test of instruments: against plain regressions on rows, invariances, size."""

from importlib import import_module

import numpy as np
import pytest
from scipy.stats import chi2, f

from latentmr.diagnose.endogeneity import (
    durbin,
    wooldridge_overidentification,
    wooldridge_regression,
    wooldridge_score,
    wu_hausman,
)
from latentmr.diagnose.sargan import sargan
from latentmr.estimate.problem import problem

EXOGENEITY = [wu_hausman, durbin, wooldridge_score, wooldridge_regression]
ALL = [*EXOGENEITY, wooldridge_overidentification]
ROBUST = [wooldridge_score, wooldridge_regression, wooldridge_overidentification]


def sample(m=1, k=4, n=240, seed=0, confounded=0.5):
    rng = np.random.default_rng(seed)
    C = rng.normal(size=(n, 2))
    Z = rng.normal(size=(n, k)) + 0.5 * C[:, [0]]
    u = rng.normal(size=n)
    X = Z @ rng.normal(size=(k, m)) + C @ rng.normal(size=(2, m)) + u[:, None] + rng.normal(size=(n, m))
    noise = rng.normal(size=n) * np.exp(0.3 * Z[:, 0])
    return Z, X, X @ np.linspace(0.5, 1, m) + C[:, 0] + confounded * u + noise, C


def families(n=240, size=6):
    return np.arange(n) // size


def left(D, value):
    return value - D @ np.linalg.lstsq(D, value, rcond=None)[0]


def rows(Z, X, y, C):
    """Regressors, first-stage residuals and the residuals of both outcome regressions."""
    D = np.column_stack([C, np.ones(len(y))])
    XD = np.column_stack([X, D])
    V = left(np.column_stack([Z, D]), X)
    return D, XD, V, left(XD, y), left(np.column_stack([XD, V]), y)


def summed(scores, cluster):
    return np.array([scores[cluster == label].sum(axis=0) for label in np.unique(cluster)])


@pytest.mark.parametrize("m", [1, 2])
def test_homoskedastic_forms_on_rows(m):
    arrays = sample(m)
    n = 240
    _, XD, _, e, u = rows(*arrays)
    df = n - XD.shape[1] - m
    found = wu_hausman(problem(*arrays))
    assert found.statistic == pytest.approx((e @ e - u @ u) / m / (u @ u / df))
    assert found.p_value == pytest.approx(f.sf(found.statistic, m, df))
    assert found.df == f"F({m}, {df})"
    assert found.effect == pytest.approx(1 - u @ u / (e @ e))
    score = durbin(problem(*arrays))
    assert score.statistic == pytest.approx(n * found.effect)
    assert (score.df, score.effect) == (f"chi2({m})", pytest.approx(found.effect))
    wald = wooldridge_regression(problem(*arrays, se="homoskedastic"))
    assert wald.statistic == pytest.approx(m * found.statistic)
    assert wald.p_value == pytest.approx(chi2.sf(wald.statistic, m))


@pytest.mark.parametrize("m", [1, 2])
@pytest.mark.parametrize("se", ["HC0", "HC1", "cluster"])
def test_robust_exogeneity_on_rows(m, se):
    arrays = sample(m)
    n, y = 240, arrays[2]
    _, XD, V, e, u = rows(*arrays)
    cluster = families() if se == "cluster" else None
    posed = problem(*arrays, se=se, cluster=cluster)
    # the sandwich of the whole outcome regression, and its block of first-stage residuals
    W = np.column_stack([V, XD])
    df = n - W.shape[1]
    scores = W * u[:, None] if cluster is None else summed(W * u[:, None], cluster)
    factor = {"HC0": 1.0, "HC1": n / df, "cluster": (n - 1) / df * 40 / 39}[se]
    inverse = np.linalg.inv(W.T @ W)
    covariance = (factor * inverse @ scores.T @ scores @ inverse)[:m, :m]
    d = (inverse @ W.T @ y)[:m]
    found = wooldridge_regression(posed)
    assert found.statistic == pytest.approx(d @ np.linalg.solve(covariance, d), rel=1e-8)
    assert found.df == f"chi2({m})"
    r = left(XD, V) * e[:, None]
    r = r if cluster is None else summed(r, cluster)
    ones = np.ones(len(r))
    want = len(r) - left(r, ones) @ left(r, ones)
    assert wooldridge_score(posed).statistic == pytest.approx(want, rel=1e-8)


@pytest.mark.parametrize("method", ["2SLS", "LIML", "Fuller"])
@pytest.mark.parametrize("m", [1, 2])
def test_robust_overidentification_on_rows_whichever_instruments_are_taken(m, method):
    Z, X, y, C = sample(m, 5)
    posed = problem(Z, X, y, C, method=method)
    D = np.column_stack([C, np.ones(len(y))])
    fitted = X - left(np.column_stack([Z, D]), X)
    e = left(D, y - X @ posed.fit.beta)
    found = wooldridge_overidentification(posed)
    for taken in (Z[:, : 5 - m], Z[:, m:]):
        q = left(np.column_stack([fitted, D]), taken) * e[:, None]
        rest = left(q, np.ones(len(y)))
        assert found.statistic == pytest.approx(len(y) - rest @ rest, rel=1e-8)
    assert found.df == f"chi2({5 - m})"
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, 5 - m))
    assert found.effect == pytest.approx(found.statistic / (5 - m))


@pytest.mark.parametrize("test", ROBUST)
@pytest.mark.parametrize("m", [1, 2])
def test_clusters_of_one_row_are_robust_errors(test, m):
    arrays = sample(m)
    alone = test(problem(*arrays, cluster=np.arange(240)[::-1])).statistic
    # (n - 1) / (n - r) * n / (n - 1) is HC1's factor
    assert alone == pytest.approx(test(problem(*arrays, se="HC1")).statistic, rel=1e-9)


@pytest.mark.parametrize("test", ROBUST)
def test_two_ways_with_one_nested_are_the_coarser(test):
    arrays = sample()
    both = np.column_stack([families(), np.arange(240)])
    one, two = (test(problem(*arrays, cluster=cluster)).statistic for cluster in (families(), both))
    assert two == pytest.approx(one, rel=1e-9)


@pytest.mark.parametrize("test", ALL)
@pytest.mark.parametrize("cluster", [None, families()])
def test_blocks_and_order_of_rows_do_not_matter(test, cluster, monkeypatch):
    arrays = sample(2)
    want = test(problem(*arrays, cluster=cluster)).statistic
    order = np.random.default_rng(2).permutation(240)
    monkeypatch.setattr(import_module("latentmr.estimate.problem"), "BLOCK", 50)
    mixed = [value[order] for value in arrays]
    found = test(problem(*mixed, cluster=None if cluster is None else cluster[order])).statistic
    assert found == pytest.approx(want, rel=1e-8)


@pytest.mark.parametrize("test", ALL)
def test_invariance(test):
    Z, X, y, C = sample(2, 5)
    rng = np.random.default_rng(1)
    want = test(problem(Z, X, y, C, se="HC0")).statistic
    changed = [
        (Z * [1e4, 1, 1e-3, 7, -2], X, y, C),
        (Z @ np.linalg.qr(rng.normal(size=(5, 5)))[0], X, y, C),
        (Z + C @ rng.normal(size=(2, 5)), X, y, C),
        (np.column_stack([Z, Z[:, 0] + C[:, 1]]), X, y, C),
        (Z, X @ [[1e3, 1.0], [0.0, -0.1]], 50 - 4 * y, C @ [[1.0, 2.0], [3.0, -1.0]]),
    ]
    for arrays in changed:
        assert test(problem(*arrays, se="HC0")).statistic == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize("test", ALL)
def test_listing_or_partialling_out(test):
    Z, X, y, C = sample(2)
    D = np.column_stack([C, np.ones(len(y))])
    want = test(problem(Z, X, y, C, se="HC0")).statistic
    found = test(problem(left(D, Z), left(D, X), left(D, y), se="HC0")).statistic
    df = 240 - 2 - 3 - 2
    assert found == pytest.approx(want * ((df + 2) / df if test is wu_hausman else 1.0), rel=1e-8)


@pytest.mark.parametrize("test", EXOGENEITY)
def test_the_method_does_not_matter(test):
    posed = problem(*sample())
    values = [test(posed.by(method, 0.5)).statistic for method in ("OLS", "2SLS", "LIML", "Fuller", "k-class")]
    assert values == pytest.approx([values[0]] * 5, rel=1e-10)


@pytest.mark.parametrize("test", EXOGENEITY)
def test_confounding_is_found(test):
    found = test(problem(*sample(confounded=2.0)))
    assert (found.name, found.verdict, found.null) == (test.__name__, "warn", "the exposures are exogenous")
    assert "OLS is biased" in found.reason
    assert test(problem(*sample(confounded=2.0)), alpha=found.p_value / 2).verdict == "pass"


def test_an_invalid_instrument_is_found():
    Z, X, y, C = sample()
    found = wooldridge_overidentification(problem(Z, X, y + 2 * Z[:, 0], C))
    assert (found.name, found.verdict) == ("wooldridge_overidentification", "warn")
    assert "instruments disagree" in found.reason


@pytest.mark.parametrize("test", ROBUST)
@pytest.mark.parametrize("cluster", [None, families(240, 4)])
def test_size(test, cluster):
    draws = 250
    p_values = [test(problem(*sample(seed=s, confounded=0.0), cluster=cluster)).p_value for s in range(draws)]
    rejected = np.mean(np.array(p_values) < 0.1)
    assert abs(rejected - 0.1) < 4 * np.sqrt(0.1 * 0.9 / draws)


@pytest.mark.parametrize("test", [wu_hausman, durbin])
def test_size_under_homoskedastic_errors(test):
    def drawn(seed):
        rng = np.random.default_rng(seed)
        Z, x, y = rng.normal(size=(120, 3)), rng.normal(size=120), rng.normal(size=120)
        return problem(Z, Z.sum(axis=1) + x, y)

    rejected = np.mean([test(drawn(seed)).p_value < 0.1 for seed in range(250)])
    assert abs(rejected - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 250)


@pytest.mark.parametrize("test", EXOGENEITY)
def test_as_many_instruments_as_exposures_do(test):
    assert test(problem(*sample(2, k=2))).df[-2:] in ("2)", "3)")


@pytest.mark.parametrize("m", [1, 2])
def test_just_identified(m):
    found = wooldridge_overidentification(problem(*sample(m, k=m)))
    assert (found.verdict, found.statistic, found.p_value) == ("not applicable", None, None)
    assert found.reason == f"{m} instruments for {m} exposures: nothing is left to test"


@pytest.mark.parametrize("test", EXOGENEITY)
def test_too_few_instruments(test):
    Z, X, y, C = sample(2)
    found = test(problem(Z[:, :1], X, y, C, method="OLS"))
    assert found.reason == "1 instruments for 2 exposures: instruments do not identify the effects"
    assert test(problem(None, X, y, C, method="OLS")).verdict == "not applicable"


@pytest.mark.parametrize("test", EXOGENEITY)
def test_an_exposure_that_is_its_own_instrument_is_not_tested(test):
    Z, X, y, C = sample(2)
    own = test(problem(np.column_stack([Z, X[:, 1]]), X, y, C, se="HC0")).statistic
    listed = test(problem(Z, X[:, 0], y, np.column_stack([C, X[:, 1]]), se="HC0")).statistic
    assert own == pytest.approx(listed, rel=1e-8)
    found = test(problem(np.column_stack([Z, X]), X, y, C, method="2SLS"))
    assert "explain the exposures entirely" in found.reason


@pytest.mark.parametrize("test", EXOGENEITY)
def test_instruments_that_do_not_move_the_exposures(test):
    Z, X, y, C = sample()
    D = np.column_stack([Z, C, np.ones(len(y))])
    found = test(problem(Z, left(D, X), y, C, method="OLS"))
    assert "do not move the exposures" in found.reason
    assert found.statistic is None


@pytest.mark.parametrize("test", ALL)
@pytest.mark.parametrize("noise", [1e-7, 0.0])
def test_no_residual(test, noise):
    Z, X, _, C = sample()
    found = test(problem(Z, X, 2 * X[:, 0] + noise * C[:, 1] ** 2, C, method="2SLS"))
    assert (found.verdict, found.statistic) == ("not applicable", None)
    assert "outcome" in found.reason


@pytest.mark.parametrize("test", EXOGENEITY)
def test_too_few_people(test):
    Z, X, y, C = (value[:6] for value in sample(1, k=1))
    assert test(problem(Z, X, y, C)).statistic is not None
    Z, X, y, C = (value[:5] for value in sample(1, k=1))
    assert "5 people are too few" in test(problem(Z, X, y, C)).reason


@pytest.mark.parametrize("test", ROBUST)
def test_too_few_clusters(test):
    found = test(problem(*sample(3, k=6), cluster=families(240, 120)))
    assert found.verdict == "not applicable"
    assert "too few people or clusters" in found.reason


def refuses(test, words, posed, **options):
    with pytest.raises(ValueError, match=words) as error:
        test(posed, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("test", ALL)
def test_levels_are_refused(test):
    refuses(test, "alpha must lie between 0 and 1", problem(*sample()), alpha=0.0)


@pytest.mark.parametrize("test", ROBUST)
def test_errors_are_refused_at_the_door(test):
    refuses(test, "se must be one of homoskedastic, .*Got 'HC9'", problem(*sample(), se="HC9"))
    refuses(test, "cluster must name at least two clusters. Got none", problem(*sample(), se="cluster"))


def test_bekker_errors_are_refused():
    posed = problem(*sample(), se="bekker")
    refuses(wooldridge_regression, "se must not be bekker", posed)
    assert wooldridge_score(posed).statistic == wooldridge_score(problem(*sample())).statistic


@pytest.mark.parametrize("method", ["OLS", "k-class"])
def test_other_methods_are_refused(method):
    posed = problem(*sample()).by(method, 0.5)
    refuses(wooldridge_overidentification, "problem must be solved by one of 2SLS, LIML, Fuller", posed)


def test_robust_and_homoskedastic_overidentification_agree_where_errors_are_homoskedastic():
    rng = np.random.default_rng(0)
    Z, u = rng.normal(size=(20_000, 4)), rng.normal(size=20_000)
    posed = problem(Z, Z.sum(axis=1) + u, u + rng.normal(size=20_000) + 0.05 * Z[:, 0])
    assert wooldridge_overidentification(posed).statistic == pytest.approx(sargan(posed).statistic, rel=0.05)

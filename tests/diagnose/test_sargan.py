"""Overidentification from moments: identities, invariances, size, and where it does not apply."""

import numpy as np
import pytest
from scipy.stats import chi2, f

from latentmr.diagnose import overidentification
from latentmr.diagnose.sargan import basmann, j_statistic, overidentification_lr, sargan
from latentmr.estimate.effect_tests import effect_test
from latentmr.estimate.problem import problem

TESTS = [sargan, basmann, j_statistic, overidentification_lr]
METHODS = ["2SLS", "LIML", "Fuller"]


def sample(m=1, k=4, n=300, seed=0, invalid=0.0):
    rng = np.random.default_rng(seed)
    C = rng.normal(size=(n, 2))
    Z = rng.normal(size=(n, k)) + 0.5 * C[:, [0]]
    u = rng.normal(size=n)
    X = Z @ rng.normal(size=(k, m)) + C @ rng.normal(size=(2, m)) + u[:, None] + rng.normal(size=(n, m))
    y = X @ np.linspace(0.5, 1, m) + C[:, 0] + u + rng.normal(size=n) + invalid * Z[:, 0]
    return Z, X, y, C


@pytest.mark.parametrize("m", [1, 2])
def test_j_at_liml_is_the_anderson_rubin_statistic_there(m):
    Z, X, y, C = sample(m)
    posed = problem(Z, X, y, C)
    fit = posed.fit
    found = j_statistic(posed)
    assert found.statistic == pytest.approx(fit.df * (fit.kappa_liml - 1), rel=1e-9)
    same = overidentification(fit.kappa_liml, fit.k, m, fit.df, 0.05)
    assert (found.df, found.null, found.verdict) == (same.df, same.null, same.verdict)
    assert (found.p_value, found.effect) == pytest.approx((same.p_value, same.effect), rel=1e-9)
    at_liml = effect_test(Z, X, y, fit.beta, C, test="AR", se="homoskedastic")
    divided = fit.k if at_liml.df.startswith("F") else 1
    assert found.statistic == pytest.approx(divided * at_liml.statistic, rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("m", [1, 2])
def test_liml_is_where_instruments_agree_best(m, seed):
    liml = problem(*sample(m, seed=seed))
    for test in (sargan, basmann, j_statistic):
        assert test(liml).statistic <= min(test(liml.by(method)).statistic for method in ("2SLS", "Fuller"))
    n, kappa = liml.moments.n, liml.fit.kappa_liml
    assert sargan(liml).statistic == pytest.approx(n * (1 - 1 / kappa))
    assert overidentification_lr(liml).statistic == pytest.approx(n * np.log(kappa))
    assert sargan(liml).statistic < overidentification_lr(liml).statistic < n * (kappa - 1)


@pytest.mark.parametrize("method", METHODS)
def test_sargan_is_n_r2_of_the_residuals_on_the_instruments(method):
    Z, X, y, C = sample()
    posed = problem(Z, X, y, C, method=method)
    ones = np.ones(len(y))
    XC = np.column_stack([X, C, ones])
    e = y - X @ posed.fit.beta
    e -= XC[:, 1:] @ np.linalg.lstsq(XC[:, 1:], e, rcond=None)[0]
    ZC = np.column_stack([Z, C, ones])
    inside = e @ ZC @ np.linalg.lstsq(ZC, e, rcond=None)[0]
    assert sargan(posed).statistic == pytest.approx(len(y) * inside / (e @ e))
    assert sargan(posed).df == "chi2(3)"
    form = basmann(posed, form="F")
    df = len(y) - 4 - 3
    assert form.statistic == pytest.approx(df / 3 * inside / (e @ e - inside))
    assert form.p_value == pytest.approx(f.sf(form.statistic, 3, df))
    assert form.df == f"F(3, {df})"
    assert form.effect == pytest.approx(basmann(posed).effect)
    assert basmann(posed).statistic == j_statistic(posed).statistic


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("method", METHODS[:2])
def test_invariance(test, method):
    Z, X, y, C = sample(2, 5)
    rng = np.random.default_rng(1)
    want = test(problem(Z, X, y, C, method=method)).statistic

    def partialled(value):
        D = np.column_stack([C, np.ones(len(y))])
        return value - D @ np.linalg.lstsq(D, value, rcond=None)[0]

    def found(*arrays):
        return test(problem(*arrays, method=method)).statistic

    assert found(Z * [1e4, 1, 1e-3, 7, -2], X, y, C) == pytest.approx(want, rel=1e-6)
    assert found(Z @ np.linalg.qr(rng.normal(size=(5, 5)))[0], X, y, C) == pytest.approx(want, rel=1e-8)
    assert found(np.column_stack([Z, Z[:, 0] + C[:, 1]]), X, y, C) == pytest.approx(want, rel=1e-8)
    assert found(Z, X * [1e3, -0.1], 50 - 4 * y, C) == pytest.approx(want, rel=1e-6)
    # listing C or partialling it out: only the degrees of freedom of C are not known then
    alone = problem(partialled(Z), partialled(X), partialled(y), method=method)
    scale = alone.fit.df / (alone.fit.df - 2) if test in (basmann, j_statistic) else 1.0
    assert test(alone).statistic == pytest.approx(scale * want, rel=1e-8)


@pytest.mark.parametrize("test", TESTS)
def test_invalid_instruments_are_found(test):
    found = test(problem(*sample(invalid=2.0), method="2SLS"))
    assert (found.name, found.verdict) == (test.__name__, "warn")
    assert "instruments disagree" in found.reason
    assert test(problem(*sample(invalid=2.0), method="2SLS"), alpha=found.p_value / 2).verdict == "pass"


@pytest.mark.parametrize("test", TESTS)
def test_size(test):
    p_values = [test(problem(*sample(n=120, seed=seed))).p_value for seed in range(300)]
    rejected = np.mean(np.array(p_values) < 0.1)
    assert abs(rejected - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 300)


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("m", [1, 2])
def test_just_identified(test, m):
    found = test(problem(*sample(m, k=m)))
    assert (found.verdict, found.statistic, found.p_value, found.effect) == ("not applicable", None, None, None)
    assert found.reason == f"{m} instruments for {m} exposures: nothing is left to test"


@pytest.mark.parametrize("test", TESTS)
def test_collinear_instruments_do_not_count(test):
    Z, X, y, C = sample(k=1)
    assert test(problem(np.column_stack([Z, 2 * Z + C[:, [0]]]), X, y, C)).verdict == "not applicable"


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("noise", [1e-7, 0.0])
def test_no_residual(test, noise):
    Z, X, _, C = sample()
    # rounding alone decides whether the solver sees that an outcome is exactly linear
    found = test(problem(Z, X, 2 * X[:, 0] + noise * C[:, 1] ** 2, C, method="2SLS"))
    assert (found.verdict, found.statistic) == ("not applicable", None)
    assert "exact linear function of" in found.reason or "linearly dependent" in found.reason


@pytest.mark.parametrize("test", [basmann, j_statistic, overidentification_lr])
def test_no_residual_outside_the_instruments(test):
    Z, X, y, C = sample()
    posed = problem(np.column_stack([Z, X, y]), X, y, C, method="2SLS")
    assert "entirely" in test(posed).reason
    assert sargan(posed).statistic == pytest.approx(len(y))


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize("method", ["OLS", "k-class"])
def test_another_method_is_refused_in_one_line(test, method):
    with pytest.raises(ValueError, match=f"problem must be solved by one of 2SLS, LIML, Fuller. Got {method}") as error:
        test(problem(*sample()).by(method, 0.5))
    assert "\n" not in str(error.value)


def test_options_are_refused():
    posed = problem(*sample())
    with pytest.raises(ValueError, match="form must be one of chi2, F. Got 'f'"):
        basmann(posed, form="f")
    for test in TESTS:
        with pytest.raises(ValueError, match="alpha must lie between 0 and 1"):
            test(posed, alpha=1.0)


def test_p_values_are_of_chi2():
    found = sargan(problem(*sample(2)))
    assert found.p_value == pytest.approx(chi2.sf(found.statistic, 2))
    assert found.effect == pytest.approx(found.statistic / 2)


@pytest.mark.parametrize("test", TESTS)
def test_no_pass_over_rows_beyond_the_moments(test, monkeypatch):
    posed = problem(*sample())
    assert posed.moments.n == 300
    monkeypatch.setattr(type(posed), "blocks", None)
    assert test(posed).p_value > 0

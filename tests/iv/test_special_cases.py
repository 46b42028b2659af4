"""Theorems that connect the estimators with each other."""

import numpy as np
import pytest

import latentmr as lm

IV = ("2SLS", "LIML", "Fuller")


def without(C, *values):
    C = np.column_stack([np.ones(len(C)), C])
    return [value - C @ np.linalg.lstsq(C, value, rcond=None)[0] for value in values]


def test_covariates_partialled_out_by_hand_give_the_same_effect(sample, estimate, method):
    Z, x, y = without(sample.C, sample.Z, sample.x, sample.y)
    by_hand = sample.but(Z=Z, x=x, y=y, C=np.zeros((len(y), 0)))
    found, want = estimate(method, by_hand), estimate(method, sample)
    # Fuller's kappa counts the regressors that were taken out
    assert found.beta == pytest.approx(want.beta, rel=1e-3 if method == "Fuller" else 1e-10)
    factor = np.sqrt((len(y) - 4) / (len(y) - 2))
    assert found.se == pytest.approx(want.se * factor, rel=1e-3 if method == "Fuller" else 1e-10)


def test_2sls_is_ols_on_the_fitted_exposure(sample, estimate):
    Z, x, y = without(sample.C, sample.Z, sample.x, sample.y)
    fitted = Z @ np.linalg.lstsq(Z, x, rcond=None)[0]
    assert estimate("2SLS", sample).beta == pytest.approx(fitted @ y / (fitted @ fitted), rel=1e-10)


def test_liml_minimises_the_ratio_of_variances(sample, estimate):
    Z, x, y = without(sample.C, sample.Z, sample.x, sample.y)

    def ratio(beta):
        u = y - beta * x
        return u @ u / ((u - Z @ np.linalg.lstsq(Z, u, rcond=None)[0]) @ u)

    beta = estimate("LIML", sample).beta
    assert ratio(beta) == pytest.approx(sample.fit("LIML").kappa, rel=1e-10)
    assert all(ratio(beta) < ratio(beta + step) for step in (-1, -0.1, -0.01, 0.01, 0.1, 1))


@pytest.mark.parametrize("se", ["homoskedastic", "HC1", "cluster"])
def test_liml_is_2sls_is_the_wald_ratio_with_one_instrument(sample, estimate, se):
    one = sample.but(Z=sample.Z[:, [4]])
    Z, x, y = without(sample.C, one.Z, one.x, one.y)
    liml, tsls = estimate("LIML", one, se), estimate("2SLS", one, se)
    assert liml.beta == pytest.approx(Z[:, 0] @ y / (Z[:, 0] @ x), rel=1e-10)
    assert (liml.beta, liml.se) == pytest.approx((tsls.beta, tsls.se), rel=1e-9)


def test_an_exposure_that_is_its_own_instrument_gives_ols(sample, estimate):
    own = sample.but(Z=np.column_stack([sample.x, sample.Z]))
    want = estimate("OLS", sample)
    found = estimate("2SLS", own)
    assert (found.beta, found.se) == pytest.approx((want.beta, want.se), rel=1e-9)
    assert found.f_statistic == found.effective_f == float("inf")
    # the valid instruments contradict the exposure as its own, so LIML is elsewhere unless it is alone
    alone = estimate("LIML", sample.but(Z=sample.x[:, None]))
    assert (alone.beta, alone.se) == pytest.approx((want.beta, want.se), rel=1e-9)


def test_kappa_of_each_method(sample):
    kappa = {method: sample.fit(method).kappa for method in ("OLS", *IV)}
    fit = sample.fit("Fuller")
    assert (kappa["OLS"], kappa["2SLS"]) == (0, 1)
    assert kappa["LIML"] > 1
    assert kappa["LIML"] - kappa["Fuller"] == pytest.approx(1 / fit.df, rel=1e-9)
    assert fit.df == len(sample.y) - 5 - 2 - 1


def test_fuller_lies_between_2sls_and_liml(sample, estimate):
    few = {method: estimate(method, sample).beta for method in IV}
    low, high = sorted((few["2SLS"], few["LIML"]))
    assert sample.fit("Fuller").kappa > 1
    assert low < few["Fuller"] < high


@pytest.mark.parametrize("method", IV)
def test_collinear_instruments_are_reduced(sample, estimate, method):
    extra = [sample.Z @ np.ones(5), sample.Z[:, 0], np.ones(len(sample.y)), sample.C[:, 0] - 2 * sample.C[:, 1]]
    found = estimate(method, sample.but(Z=np.column_stack([*extra, sample.Z])))
    want = estimate(method, sample)
    assert found.k == want.k == 5
    assert (found.beta, found.se, found.f_statistic) == pytest.approx((want.beta, want.se, want.f_statistic), rel=1e-6)


def test_collinear_covariates_are_reduced(sample, estimate, method, se_type):
    repeated = np.column_stack([sample.C, sample.C @ [1.0, 1.0], np.ones(len(sample.y)), np.zeros(len(sample.y))])
    found, want = estimate(method, sample.but(C=repeated), se_type), estimate(method, sample, se_type)
    assert (found.beta, found.se) == pytest.approx((want.beta, want.se), rel=1e-7)


def test_no_covariates_may_be_none_or_no_column(sample, method):
    call = {"OLS": lm.ols, "2SLS": lm.tsls, "LIML": lm.liml, "Fuller": lm.fuller}[method]
    start = () if method == "OLS" else (sample.Z,)
    assert call(*start, sample.x, sample.y) == call(*start, sample.x, sample.y, sample.C[:, :0])


def test_estimators_recover_a_strong_effect_that_ols_misses():
    rng = np.random.default_rng(5)
    n = 20_000
    Z, u = rng.normal(size=(n, 3)), rng.normal(size=n)
    x = Z @ [1.0, 1.0, 1.0] + u + rng.normal(size=n)
    y = 0.5 * x + 2 * u + rng.normal(size=n)
    for call in (lm.tsls, lm.liml, lm.fuller):
        assert call(Z, x, y).beta == pytest.approx(0.5, abs=0.04)
    assert lm.ols(x, y).beta > 0.8

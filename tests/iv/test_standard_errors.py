"""Errors and effective F against their definitions, written out on whole matrices."""

import numpy as np
import pytest

from latentmr.iv import estimate_models, gather, liml, solve
from latentmr.iv.covariance import spreads


@pytest.fixture
def parts(sample):
    """Everything given the covariates."""
    C = np.column_stack([np.ones(len(sample.y)), sample.C])
    return [value - C @ np.linalg.lstsq(C, value, rcond=None)[0] for value in (sample.Z, sample.x, sample.y)]


def score_and_residual(sample, parts, method):
    Z, x, y = parts
    kappa = sample.fit(method).kappa
    score = x - kappa * (x - Z @ np.linalg.lstsq(Z, x, rcond=None)[0])
    beta = score @ y / (score @ x)
    return score, y - beta * x, score @ x


def test_homoskedastic_error(sample, parts, estimate, method):
    _, u, bread = score_and_residual(sample, parts, method)
    want = np.sqrt(u @ u / (len(u) - 4) / bread)
    assert estimate(method, sample, "homoskedastic").se == pytest.approx(want, rel=1e-9)


def test_hc1_error(sample, parts, estimate, method):
    score, u, bread = score_and_residual(sample, parts, method)
    n = len(u)
    want = np.sqrt(n / (n - 4) * (score**2 @ u**2)) / bread
    assert estimate(method, sample, "HC1").se == pytest.approx(want, rel=1e-9)


def test_cluster_error(sample, parts, estimate, method):
    score, u, bread = score_and_residual(sample, parts, method)
    n, sums = len(u), np.bincount(sample.cluster, score * u)
    want = np.sqrt((n - 1) / (n - 4) * 40 / 39 * (sums @ sums)) / bread
    assert estimate(method, sample, "cluster").se == pytest.approx(want, rel=1e-9)


def test_clusters_of_one_person_are_hc1(sample, estimate, method):
    alone = sample.but(cluster=np.arange(len(sample.y)))
    # (n - 1) / (n - r) g / (g - 1) is n / (n - r) with g = n
    clustered, robust = estimate(method, alone, "cluster"), estimate(method, sample, "HC1")
    assert clustered.se == pytest.approx(robust.se, rel=1e-12)
    if method != "OLS":
        assert clustered.effective_f == pytest.approx(robust.effective_f, rel=1e-12)


def test_duplicated_people_in_clusters_leave_the_error_nearly_alone(sample, estimate, method):
    twice = type(sample)(
        *(np.concatenate([value, value]) for value in (sample.Z, sample.x, sample.y, sample.C, sample.cluster))
    )
    once = estimate(method, sample, "cluster").se
    assert estimate(method, twice, "cluster").se == pytest.approx(once, rel=0.05)
    assert estimate(method, twice, "HC1").se < 0.75 * estimate(method, sample, "HC1").se


def test_errors_are_positive_and_differ(sample, estimate, method):
    errors = [estimate(method, sample, se).se for se in ("homoskedastic", "HC1", "cluster")]
    assert min(errors) > 0
    assert len({round(error, 6) for error in errors}) == 3


def test_f_is_that_of_the_first_stage(sample, parts, estimate):
    Z, x, _ = parts
    left = x - Z @ np.linalg.lstsq(Z, x, rcond=None)[0]
    want = ((x @ x - left @ left) / 5) / (left @ left / (len(x) - 5 - 3))
    assert estimate("2SLS", sample).f_statistic == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize("se", ["homoskedastic", "HC1", "cluster"])
def test_effective_f_of_montiel_olea_and_pflueger(sample, parts, estimate, se):
    Z, x, _ = parts
    n, k = Z.shape
    pi = np.linalg.lstsq(Z, x, rcond=None)[0]
    v, Q = x - Z @ pi, Z.T @ Z
    moments = Z * v[:, None]
    if se == "homoskedastic":
        W2 = v @ v / (n - k - 3) * Q
    elif se == "HC1":
        W2 = n / (n - k - 3) * moments.T @ moments
    else:
        sums = np.vstack([moments[sample.cluster == g].sum(axis=0) for g in range(40)])
        W2 = (n - 1) / (n - k - 3) * 40 / 39 * sums.T @ sums
    want = pi @ Q @ pi / np.trace(np.linalg.solve(Q, W2))
    assert estimate("LIML", sample, se).effective_f == pytest.approx(want, rel=1e-9)


def test_effective_f_is_the_robust_f_with_one_instrument(sample, estimate):
    one = sample.but(Z=sample.Z[:, [4]])
    for se in ("HC1", "cluster"):
        # the first stage as a regression of its own: F = t^2
        stage = estimate("OLS", sample.but(x=one.Z[:, 0], y=one.x), se)
        assert estimate("2SLS", one, se).effective_f == pytest.approx((stage.beta / stage.se) ** 2, rel=1e-9)


def test_strength_is_the_same_for_all_methods_on_one_first_stage(sample, estimate, se_type):
    rows = [estimate(method, sample, se_type) for method in ("2SLS", "LIML", "Fuller")]
    assert len({row.f_statistic for row in rows}) == len({row.effective_f for row in rows}) == 1


def test_ols_has_no_strength_and_no_set(sample, estimate, se_type):
    row = estimate("OLS", sample, se_type)
    assert (row.k, row.f_statistic, row.effective_f, row.ci_ar, row.instruments) == (0, None, None, None, "none")


def test_error_from_a_residual_with_fewer_regressors(sample):
    """``C_error``: extra regressors move the estimate, but do not shrink its error."""
    latent = sample.model("LIML")
    plain = latent.C[:, :1]
    sensitive = sample.model("LIML", C_error=plain)
    moments, blocks = gather(lambda: [sample.design]), lambda: [sample.design]
    fits = [solve(model, moments) for model in (latent, sensitive)]
    without, with_error = estimate_models([latent, sensitive], fits, spreads(fits, moments, blocks, "HC1"), moments.n)
    assert with_error.beta == without.beta
    n = len(sample.y)
    first = np.column_stack([np.ones(n), sample.C[:, 0]])
    y, x = (v - first @ np.linalg.lstsq(first, v, rcond=None)[0] for v in (sample.y, sample.x))
    u = y - without.beta * x
    score = (sample.design - sample.design.mean(axis=0)) @ fits[0].score[:, 0]
    want = np.sqrt(n / (n - 4) * (score**2 @ u**2)) / fits[0].bread[0, 0]
    assert with_error.se == pytest.approx(want, rel=1e-9)
    # the outcome depends on the second covariate, so its residual without it is larger
    assert with_error.se > without.se


def test_errors_are_clustered_where_clusters_are_given(sample):
    given = liml(sample.Z, sample.x, sample.y, sample.C, cluster=sample.cluster)
    assert given.se_type == "cluster"
    assert given == liml(sample.Z, sample.x, sample.y, sample.C, se="cluster", cluster=sample.cluster)
    assert liml(sample.Z, sample.x, sample.y, sample.C).se_type == "HC1"

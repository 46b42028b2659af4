"""Two exposures at once."""

import numpy as np
import pytest

from latentmr.iv import anderson_rubin_set, estimate_models, gather, solve
from latentmr.iv.covariance import spreads


@pytest.fixture
def two(sample):
    rng = np.random.default_rng(8)
    second = sample.Z @ [0.5, -0.4, 0.3, 0.0, -0.2] + rng.normal(size=len(sample.y))
    return sample.but(x=np.column_stack([sample.x, second]), y=sample.y - 0.7 * second)


def rows(sample, method, se):
    moments, blocks = gather(lambda: [sample.design]), lambda: [sample.design]
    model = sample.model(method)
    fit = solve(model, moments)
    found = spreads([fit], moments, blocks, se, sample.cluster)
    return fit, estimate_models([model], [fit], found, moments.n, se_type=se)


def test_k_class_and_its_sandwich_written_out(two, method, se_type):
    C = np.column_stack([np.ones(len(two.y)), two.C])
    Z, X, y = (v - C @ np.linalg.lstsq(C, v, rcond=None)[0] for v in (two.Z, two.x, two.y))
    n = len(y)
    fit, found = rows(two, method, se_type)
    score = X - fit.kappa * (X - Z @ np.linalg.lstsq(Z, X, rcond=None)[0])
    bread = np.linalg.inv(score.T @ X)
    beta = bread @ score.T @ y
    u = y - X @ beta
    if se_type == "homoskedastic":
        covariance = u @ u / (n - 5) * bread
    else:
        moments = score * u[:, None]
        if se_type == "cluster":
            moments = np.vstack([moments[two.cluster == g].sum(axis=0) for g in range(40)])
        factor = n / (n - 5) if se_type == "HC1" else (n - 1) / (n - 5) * 40 / 39
        covariance = factor * bread @ moments.T @ moments @ bread.T
    assert [row.beta for row in found] == pytest.approx(beta, rel=1e-8)
    assert [row.se for row in found] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-8)


def test_one_row_for_each_exposure_with_a_subvector_set_and_without_strength(two):
    fit, found = rows(two, "LIML", "HC1")
    assert [row.exposure for row in found] == ["x1", "x2"]
    assert {(row.f_statistic, row.effective_f, row.ci_clr) for row in found} == {(None, None, None)}
    assert all(row.beta in row.ci_ar for row in found)
    assert anderson_rubin_set(fit, 0.05) is None


def test_order_of_exposures_does_not_matter(two, method):
    _, found = rows(two, method, "HC1")
    _, swapped = rows(two.but(x=two.x[:, ::-1]), method, "HC1")
    assert [row.beta for row in found] == pytest.approx([row.beta for row in swapped[::-1]], rel=1e-9)
    assert [row.se for row in found] == pytest.approx([row.se for row in swapped[::-1]], rel=1e-9)


def test_instruments_fewer_than_exposures(two):
    with pytest.raises(ValueError, match=r"independent instruments as exposures \(2\).*Got 1; add variants"):
        rows(two.but(Z=two.Z[:, :1]), "2SLS", "HC1")


def test_liml_is_2sls_with_as_many_instruments_as_exposures(two):
    few = two.but(Z=two.Z[:, [0, 4]])
    (_, liml), (_, tsls) = rows(few, "LIML", "HC1"), rows(few, "2SLS", "HC1")
    for first, second in zip(liml, tsls, strict=True):
        assert (first.beta, first.se) == pytest.approx((second.beta, second.se), rel=1e-8)

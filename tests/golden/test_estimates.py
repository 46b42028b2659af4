"""Estimates and standard errors against lmtest, sandwich, ivreg, ivmodel and linearmodels."""

import pytest

from latentmr import fuller, liml, ols, tsls

ESTIMATORS = {
    "OLS": lambda case, **options: ols(case.x, case.y, case.C, **options),
    "2SLS": lambda case, **options: tsls(case.Z, case.x, case.y, case.C, **options),
    "LIML": lambda case, **options: liml(case.Z, case.x, case.y, case.C, **options),
    "Fuller": lambda case, **options: fuller(case.Z, case.x, case.y, case.C, **options),
}
ROWS = [
    ("ols.classical", "OLS", "homoskedastic"),
    ("ols.HC1", "OLS", "HC1"),
    ("tsls.classical", "2SLS", "homoskedastic"),
    ("tsls.HC1", "2SLS", "HC1"),
    ("ivmodel.liml", "LIML", "homoskedastic"),
    ("lm.liml.unadjusted.debiased", "LIML", "homoskedastic"),
    ("ivmodel.fuller1", "Fuller", "homoskedastic"),
    ("lm.fuller1.unadjusted.debiased", "Fuller", "homoskedastic"),
]


@pytest.mark.parametrize(("peer", "method", "se"), ROWS)
def test_estimate_and_error_equal_those_of_the_peer(case, peer, method, se):
    beta, error = case.row(peer)
    found = ESTIMATORS[method](case, se=se)
    assert found.beta == pytest.approx(beta, rel=case.tolerance(peer))
    assert found.se == pytest.approx(error, rel=case.tolerance(peer))
    assert (found.method, found.se_type, found.n) == (method, se, len(case.y))


@pytest.mark.parametrize(("peer", "method"), [("ols.cluster.HC1", "OLS"), ("tsls.cluster.HC1.cadjustTRUE", "2SLS")])
def test_cluster_errors_equal_vcovcl_with_both_corrections(kept_case, peer, method):
    case = kept_case("iv_sim_strong")
    beta, error = case.row(peer)
    found = ESTIMATORS[method](case, se="cluster", cluster=case.cluster)
    assert (found.beta, found.se) == pytest.approx((beta, error), rel=case.tolerance(peer))


def test_cluster_codes_may_be_any_labels(kept_case):
    case = kept_case("iv_sim_strong")
    named = [f"family {label}" for label in case.cluster]
    by_name = liml(case.Z, case.x, case.y, case.C, cluster=named)
    by_code = liml(case.Z, case.x, case.y, case.C, cluster=case.cluster)
    assert by_name.beta == by_code.beta
    # names sort in another order than codes, and so are added in another
    assert by_name.se == pytest.approx(by_code.se, rel=1e-12)


def test_kappa_of_liml_and_fuller_equal_ivmodel(case):
    for peer, method in (("ivmodel.liml", "LIML"), ("ivmodel.fuller1", "Fuller")):
        assert case.fit(method).kappa == pytest.approx(case.values(peer)["k"], rel=case.tolerance(peer))


def test_the_reference_estimates_differ_between_methods(kept_case):
    # otherwise the agreement above would not tell the methods apart
    case = kept_case("iv_sim_many")
    betas = [case.row(peer)[0] for peer in ("ols.HC1", "tsls.HC1", "ivmodel.liml", "ivmodel.fuller1")]
    assert min(abs(a - b) for i, a in enumerate(betas) for b in betas[:i]) > 1e-3

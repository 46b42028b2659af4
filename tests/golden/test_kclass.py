"""LIML, Fuller and the k-class against ivmodel, linearmodels and ivmodels.

Effects and ``kappa`` agree everywhere, homoskedastic errors up to ``sqrt((n - r) / n)`` where the peer has no
small-sample factor. Robust errors are those of ivmodel: see ``test_robust_liml.py`` for where linearmodels differs.
"""

import numpy as np
import pytest

from latentmr import fuller, liml, ols, tsls
from latentmr.iv.arrays import kclass

FAMILY = {"liml": (liml, {}), "fuller1": (fuller, {"constant": 1.0}), "fuller4": (fuller, {"constant": 4.0})}
IVMODELS = {
    "tsls": ("2SLS", {}),
    "liml": ("LIML", {}),
    "fuller(1)": ("Fuller", {"constant": 1.0}),
    "fuller(4)": ("Fuller", {"constant": 4.0}),
    "ols": ("OLS", {}),
    "0.5": ("k-class", {"constant": 0.5}),
}


@pytest.mark.parametrize("name", FAMILY)
def test_homoskedastic_error_of_linearmodels(any_case, name):
    estimator, options = FAMILY[name]
    rows = any_case.estimate(estimator, se="homoskedastic", **options)
    any_case.check(f"lm.{name}.unadjusted.debiased", rows)
    factor = np.sqrt((any_case.n - any_case.n_regressors) / any_case.n)
    any_case.check(f"lm.{name}.unadjusted.asym", rows, factor=factor, normal=True)


def with_projection_in_the_meat(case, fit, cluster=None):
    """Compute robust errors with ``P_Z X`` in the meat, as in linearmodels; ours have ``(I - kappa M_Z) X``."""
    C = np.column_stack([np.ones(case.n), *([] if case.C is None else [case.C])])
    Z, X, y = (v - C @ np.linalg.lstsq(C, v, rcond=None)[0] for v in (case.Z, case.X, case.y))
    fitted = Z @ np.linalg.lstsq(Z, X, rcond=None)[0]
    scores = fitted * (y - X @ fit.beta)[:, None]
    if cluster is not None:
        scores = np.array([scores[cluster == label].sum(axis=0) for label in np.unique(cluster)])
    inverse = np.linalg.inv((X - fit.kappa * (X - fitted)).T @ X)
    return np.sqrt(np.diag(inverse @ scores.T @ scores @ inverse))


@pytest.mark.parametrize("name", FAMILY)
def test_robust_error_of_linearmodels_has_another_meat(any_case, name):
    estimator, options = FAMILY[name]
    fit = any_case.fit("Fuller" if options else "LIML", **options)
    theirs = with_projection_in_the_meat(any_case, fit)
    small_sample = np.sqrt(any_case.n / (any_case.n - any_case.n_regressors))
    for kind, se, factor in (("asym", "HC0", 1.0), ("debiased", "HC1", small_sample)):
        peer = f"lm.{name}.robust.{kind}"
        rows = any_case.estimate(estimator, se=se, **options)
        assert [row.beta for row in rows] == pytest.approx(any_case.at_exposures(peer, "coef"), rel=1e-6)
        assert fit.kappa == pytest.approx(any_case.values(peer)["kappa"], rel=1e-6)
        want = any_case.at_exposures(peer, "se")
        assert factor * theirs == pytest.approx(want, rel=1e-6)
        # kappa is 1, and the two the same, for LIML with as many instruments as exposures
        just_enough = name == "liml" and any_case.Z.shape[1] == len(any_case.exposures)
        assert [row.se for row in rows] == pytest.approx(want, rel=1e-6 if just_enough else 0.03)


@pytest.mark.parametrize("name", FAMILY)
def test_clustered_error_of_linearmodels_has_another_meat(clustered, name):
    estimator, options = FAMILY[name]
    rows = clustered.estimate(estimator, cluster=clustered.cluster, **options)
    fit = clustered.fit("Fuller" if options else "LIML", **options)
    theirs = with_projection_in_the_meat(clustered, fit, clustered.cluster)
    for kind, factor in (("asym", 1.0), ("debiased", clustered.cluster_factor)):
        peer = f"lm.{name}.clustered.{kind}"
        assert [row.beta for row in rows] == pytest.approx(clustered.at_exposures(peer, "coef"), rel=1e-6)
        assert fit.kappa == pytest.approx(clustered.values(peer)["kappa"], rel=1e-6)
        want = clustered.at_exposures(peer, "se")
        assert factor * theirs == pytest.approx(want, rel=1e-6)
        ours = [factor / clustered.cluster_factor * row.se for row in rows]
        assert ours == pytest.approx(want, rel=0.1 if clustered.name == "iv_sim_2endog_weak" else 0.005)


def test_liml_and_fuller_of_ivmodel(case):
    peers = [peer for peer in case.peers if peer == "ivmodel.liml" or peer.startswith("ivmodel.fuller")]
    assert len(peers) >= 3
    for peer in peers:
        values, rel = case.values(peer), case.tolerance(peer)
        constant = float(case.peers[peer]["options"].get("b", 1))
        method, estimator, options = ("Fuller", fuller, {"constant": constant})
        if peer == "ivmodel.liml":
            method, estimator, options = "LIML", liml, {}
        (row,) = case.estimate(estimator, se="homoskedastic", **options)
        assert (row.beta, row.se) == pytest.approx((values["estimate"], values["se"]), rel=rel)
        assert row.beta / row.se == pytest.approx(values["t"], rel=rel)
        assert case.fit(method, **options).kappa == pytest.approx(values["k"], rel=rel)


def test_given_kappa_of_ivmodel(case):
    values = case.values("ivmodel.kclass")
    rows = [case.estimate(kclass, kappa=kappa, se="homoskedastic")[0] for kappa in values["k"]]
    assert [row.beta for row in rows] == pytest.approx(values["estimate"], rel=case.tolerance("ivmodel.kclass"))
    assert [row.se for row in rows] == pytest.approx(values["se"], rel=case.tolerance("ivmodel.kclass"))


ESTIMATORS = {"ols_se": ols, "tsls_se": tsls, "liml_se": liml, "fuller_se": fuller}


@pytest.mark.parametrize("key", ESTIMATORS)
def test_robust_error_of_ivmodel_is_hc0(case, key):
    (row,) = case.estimate(ESTIMATORS[key], se="HC0")
    assert row.se == pytest.approx(case.values("ivmodel.hetero")[key], rel=case.tolerance("ivmodel.hetero"))


@pytest.mark.parametrize("key", ["ols_se", "tsls_se", "liml_se"])
def test_clustered_error_of_ivmodel_has_no_small_sample_factor(kept_case, key):
    case = kept_case("iv_sim_strong")
    (row,) = case.estimate(ESTIMATORS[key], cluster=case.cluster)
    want = case.values("ivmodel.cluster")[key]
    assert row.se / case.cluster_factor == pytest.approx(want, rel=case.tolerance("ivmodel.cluster"))


@pytest.mark.parametrize("name", IVMODELS)
def test_kclass_of_ivmodels(any_case, name):
    method, options = IVMODELS[name]
    values, found = any_case.values(f"ivmodels.kclass.{name}"), any_case.fit(method, **options)
    assert found.kappa == pytest.approx(values["kappa"], rel=1e-6)
    assert found.beta == pytest.approx(np.array(values["endog_coef"]), rel=1e-6)
    assert values["coef"][: len(found.beta)] == values["endog_coef"]

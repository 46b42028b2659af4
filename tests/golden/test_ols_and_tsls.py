"""OLS and two-stage least squares against lm, ivreg, sandwich, linearmodels, statsmodels and ivmodels.

How the peers' errors map to ours: ``debiased`` is homoskedastic and HC1; the asymptotic homoskedastic error of
linearmodels is ours times ``sqrt((n - r) / n)`` and its asymptotic robust error HC0. R's p-values and intervals, and
the debiased ones of linearmodels, use the t distribution. Ours are normal, and are compared if the peer's are normal.
"""

import numpy as np
import pytest

from latentmr import ols, tsls

OLS = [
    ("ols.classical", "homoskedastic", False),
    ("ols.HC0", "HC0", False),
    ("ols.HC1", "HC1", False),
    ("sm.ols.nonrobust", "homoskedastic", False),
    ("sm.ols.HC0", "HC0", True),
    ("sm.ols.HC1", "HC1", True),
]
TSLS = [
    ("tsls.classical", "homoskedastic", False),
    ("tsls.HC0", "HC0", False),
    ("tsls.HC1", "HC1", False),
    ("lm.tsls.unadjusted.debiased", "homoskedastic", False),
    ("lm.tsls.robust.asym", "HC0", True),
    ("lm.tsls.robust.debiased", "HC1", False),
]
#: Which of the two corrections (n - 1) / (n - r) and g / (g - 1) of ours each peer leaves out.
WITHOUT = {
    "tsls.cluster.HC1.cadjustTRUE": "",
    "tsls.cluster.HC0.cadjustTRUE": "n",
    "tsls.cluster.HC1.cadjustFALSE": "g",
    "tsls.cluster.HC0.cadjustFALSE": "n g",
    "lm.tsls.clustered.debiased": "",
    "lm.tsls.clustered.asym": "n g",
}


@pytest.mark.parametrize(("peer", "se", "normal"), OLS)
def test_ols(any_case, peer, se, normal):
    any_case.check(peer, any_case.estimate(ols, se=se), normal=normal)


@pytest.mark.parametrize(("peer", "se", "normal"), TSLS)
def test_tsls(any_case, peer, se, normal):
    any_case.check(peer, any_case.estimate(tsls, se=se), normal=normal)


def test_asymptotic_homoskedastic_error_has_no_small_sample_factor(any_case):
    factor = np.sqrt((any_case.n - any_case.n_regressors) / any_case.n)
    rows = any_case.estimate(tsls, se="homoskedastic")
    any_case.check("lm.tsls.unadjusted.asym", rows, factor=factor, normal=True)


def test_covariance_of_the_effects_is_a_block_of_the_peers(any_case):
    values = any_case.values("tsls.classical")
    at = [values["names"].index(exposure) for exposure in any_case.exposures]
    found = any_case.posed("2SLS", se="homoskedastic")
    want = np.reshape(values["vcov"], (len(values["names"]),) * 2)[np.ix_(at, at)]
    assert found.spread.covariance == pytest.approx(want, rel=1e-6)
    # the peer's residual standard error
    sigma2 = found.fit.residual @ found.moments.S @ found.fit.residual / (any_case.n - found.fit.n_regressors)
    assert np.sqrt(sigma2) == pytest.approx(values["sigma"], rel=1e-6)


@pytest.mark.parametrize("peer", WITHOUT)
def test_tsls_with_clusters(clustered, peer):
    n, g, r = clustered.n, len(np.unique(clustered.cluster)), clustered.n_regressors
    factor = 1.0
    for letter, left_out in (("n", (n - r) / (n - 1)), ("g", (g - 1) / g)):
        factor *= np.sqrt(left_out) if letter in WITHOUT[peer].split() else 1.0
    rows = clustered.estimate(tsls, cluster=clustered.cluster)
    clustered.check(peer, rows, factor=factor, normal=peer == "lm.tsls.clustered.asym")
    assert clustered.values(peer).get("n_clusters", g) == g


@pytest.mark.parametrize(("peer", "normal"), [("ols.cluster.HC1", False), ("sm.ols.cluster", True)])
def test_ols_with_clusters(clustered, peer, normal):
    clustered.check(peer, clustered.estimate(ols, cluster=clustered.cluster), normal=normal)


@pytest.mark.parametrize("se", ["HC2", "HC3"])
def test_errors_that_weigh_with_the_leverage_are_not_offered(kept_case, se):
    # ols.HC2, ols.HC3 and sm.ols.HC3
    with pytest.raises(ValueError, match="se must be one of"):
        kept_case("iv_sim_strong").estimate(ols, se=se)


@pytest.mark.parametrize("beta", ["0", "0.5"])
def test_wald(any_case, beta):
    values, found = any_case.values(f"ivmodels.wald_tsls.b{beta}"), any_case.posed("2SLS", se="homoskedastic")
    off = found.fit.beta - float(beta)
    statistic = off @ np.linalg.solve(found.spread.covariance, off)
    assert statistic == pytest.approx(values["stat"], rel=any_case.tolerance(f"ivmodels.wald_tsls.b{beta}"))
    if beta == "0" and len(any_case.exposures) == 1:
        (row,) = any_case.estimate(tsls, se="homoskedastic")
        assert row.p_value == pytest.approx(values["p"], rel=1e-5, abs=1e-9)

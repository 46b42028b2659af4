"""Overidentification and exogeneity against ivreg, linearmodels and ivmodels.

Sargan, Basmann, J, Durbin, Wu-Hausman and Wooldridge's score tests agree everywhere. linearmodels' Basmann F is at
LIML whatever the estimator, its Wald test of first-stage residuals has no small-sample factor, and its Anderson-Rubin
test is the likelihood ratio ``n log(kappa)``, where our ``overidentification`` is ``(n - k - c - 1)(kappa - 1)``.
"""

import pytest
from scipy.stats import chi2

from latentmr.diagnose.endogeneity import (
    durbin,
    wooldridge_overidentification,
    wooldridge_regression,
    wooldridge_score,
    wu_hausman,
)
from latentmr.diagnose.sargan import basmann, j_statistic, overidentification_lr, sargan

OVERIDENTIFICATION = {
    "lm.tsls.sargan": ("2SLS", sargan, {}),
    "lm.tsls.basmann": ("2SLS", basmann, {}),
    "lm.tsls.basmann_f": ("LIML", basmann, {"form": "F"}),
    "lm.tsls.anderson_rubin": ("2SLS", overidentification_lr, {}),
    "lm.tsls.wooldridge_overid": ("2SLS", wooldridge_overidentification, {}),
    "lm.liml.sargan": ("LIML", sargan, {}),
    "lm.liml.basmann_f": ("LIML", basmann, {"form": "F"}),
    "lm.liml.anderson_rubin": ("LIML", overidentification_lr, {}),
}
EXOGENEITY = {
    "lm.tsls.durbin": durbin,
    "lm.tsls.wu_hausman": wu_hausman,
    "lm.tsls.wooldridge_score": wooldridge_score,
}


def law(values):
    df, rest = values["df"], values["df_denom"]
    return f"chi2({df})" if rest is None else f"F({df}, {rest})"


def check(found, values, rel):
    assert found.statistic == pytest.approx(values["stat"], rel=rel)
    assert found.p_value == pytest.approx(values["p"], rel=rel, abs=1e-12)
    assert found.df == law(values)


def refused(found):
    return (found.verdict, found.statistic, found.p_value) == ("not applicable", None, None)


def just_identified(case):
    return case.Z.shape[1] == len(case.exposures)


@pytest.mark.parametrize("peer", OVERIDENTIFICATION)
def test_overidentification_of_linearmodels(any_case, peer):
    method, test, options = OVERIDENTIFICATION[peer]
    found, values = test(any_case.posed(method), **options), any_case.values(peer)
    if just_identified(any_case):
        assert refused(found)
        assert (values["stat"], values["p"]) == (None, None)
    else:
        check(found, values, any_case.tolerance(peer))


@pytest.mark.parametrize("method", ["LIML", "2SLS"])
def test_j_of_ivmodels(any_case, method):
    peer = {"LIML": "ivmodels.j.liml", "2SLS": "ivmodels.j.tsls"}[method]
    found, values = j_statistic(any_case.posed(method)), any_case.values(peer)
    if just_identified(any_case):
        assert refused(found)
        assert values["p"] is None
        assert values["stat"] == pytest.approx(0, abs=1e-9)
    else:
        assert found.statistic == pytest.approx(values["stat"], rel=any_case.tolerance(peer))
        assert found.p_value == pytest.approx(values["p"], rel=any_case.tolerance(peer), abs=1e-12)


@pytest.mark.parametrize("peer", EXOGENEITY)
def test_exogeneity_of_linearmodels(any_case, peer):
    check(EXOGENEITY[peer](any_case.posed("2SLS")), any_case.values(peer), any_case.tolerance(peer))


def test_wald_test_of_first_stage_residuals_of_linearmodels_up_to_its_factor(any_case):
    peer = "lm.tsls.wooldridge_regression"
    values, rel = any_case.values(peer), any_case.tolerance(peer)
    found = wooldridge_regression(any_case.posed("2SLS", se="homoskedastic"))
    regressors = any_case.n_regressors + len(any_case.exposures)
    statistic = found.statistic * any_case.n / (any_case.n - regressors)
    assert statistic == pytest.approx(values["stat"], rel=rel)
    assert chi2.sf(statistic, values["df"]) == pytest.approx(values["p"], rel=rel, abs=1e-12)
    assert found.df == law(values)


def test_diagnostics_of_ivreg(any_case):
    tests = {test["test"]: test for test in any_case.values("tsls.diagnostics")["tests"]}
    rel = any_case.tolerance("tsls.diagnostics")
    want, found = tests["Wu-Hausman"], wu_hausman(any_case.posed("2SLS"))
    assert found.statistic == pytest.approx(want["statistic"], rel=rel)
    assert found.p_value == pytest.approx(want["p"], rel=rel, abs=1e-12)
    assert found.df == f"F({want['df1']}, {want['df2']})"
    want, found = tests["Sargan"], sargan(any_case.posed("2SLS"))
    if just_identified(any_case):
        assert refused(found)
        assert (want["df1"], want["statistic"]) == (0, None)
    else:
        assert found.statistic == pytest.approx(want["statistic"], rel=rel)
        assert found.p_value == pytest.approx(want["p"], rel=rel, abs=1e-12)
        assert found.df == f"chi2({want['df1']})"

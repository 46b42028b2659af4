"""First-stage, overidentification and endogeneity tests against ivreg, OneSampleMR, linearmodels and ivmodels."""

import numpy as np
import pytest
from scipy.stats import f as f_distribution

from latentmr.iv.specification.exogeneity import durbin, endogeneity_score, endogeneity_wald, wu_hausman
from latentmr.iv.specification.first_stage import conditional_f, first_stage_f, partial_r2, shea_partial_r2
from latentmr.iv.specification.rank import cragg_donald, kleibergen_paap
from latentmr.iv.specification.validity import anderson_rubin_lr, basmann, robust_overidentification, sargan


def close(want):
    # p-values of strong statistics are far under what the peers' statistics are rounded to
    return pytest.approx(want, rel=1e-6, abs=1e-12)


def matches(found, values, distribution, p=True):
    """Compare one test with a peer's; if the peer has none, ours does not apply."""
    if values["p"] is None:
        assert (found.verdict, found.statistic, found.p_value) == ("not applicable", None, None)
        return
    assert found.statistic == close(values["stat"])
    assert found.df == distribution
    assert not p or found.p_value == close(values["p"])


def first_stage_tests(case):
    for se, peer in (("homoskedastic", "firststage.F"), ("HC0", "firststage.F.HC0"), ("HC1", "firststage.F.HC1")):
        tests = case.values(peer)["tests"]
        found = first_stage_f(case.posed("2SLS", se=se))
        assert [test.statistic for test in found] == close([test["F"] for test in tests])
        assert [test.p_value for test in found] == close([test["p"] for test in tests])
        assert [test.df for test in found] == [f"F({test['df1']}, {test['df2']})" for test in tests]
    shares = [test["partial_R2"] for test in case.values("firststage.F")["tests"]]
    assert partial_r2(case.posed("2SLS")) == close(shares)


def linearmodels_first_stage(case):
    k, n = case.Z.shape[1], case.n
    plain, robust = (case.values(f"lm.first_stage.{name}") for name in ("unadjusted", "robust"))
    homoskedastic, hc0, hc1 = (case.posed("2SLS", se=se) for se in ("homoskedastic", "HC0", "HC1"))
    for values in (plain, robust):
        assert partial_r2(homoskedastic) == close(values["partial.rsquared"])
        assert shea_partial_r2(homoskedastic) == close(values["shea.rsquared"])
        matches(cragg_donald(homoskedastic), values["cragg_donald"], f"chi2({values['cragg_donald']['df']})")
        assert cragg_donald(homoskedastic).effect == close(values["cragg_donald_f"])
    assert kleibergen_paap(homoskedastic).effect == close(plain["kleibergen_paap_f"])
    assert kleibergen_paap(hc1).effect == close(robust["kleibergen_paap_f"])
    df = plain["kleibergen_paap"]["df"]
    matches(kleibergen_paap(homoskedastic, form="lm"), plain["kleibergen_paap"], f"chi2({df})")
    matches(kleibergen_paap(hc0, form="lm"), robust["kleibergen_paap"], f"chi2({df})")
    # its F is a Wald statistic: not divided by k where robust, and with n for n - k - c - 1 where not
    assert [k * test.statistic for test in first_stage_f(hc0)] == close(robust["f.stat"])
    rest = homoskedastic.fit.df
    assert [n / rest * test.statistic for test in first_stage_f(homoskedastic)] == close(plain["f.stat"])
    assert [test.df for test in first_stage_f(homoskedastic)] == [d.replace(",", ", ") for d in plain["f.dist"]]


def overidentification_tests(case):
    posed = case.posed("2SLS", se="homoskedastic")
    extra, df = posed.fit.k - len(case.exposures), posed.fit.df
    distribution = f"chi2({extra})"
    matches(sargan(posed), case.values("lm.tsls.sargan"), distribution)
    matches(basmann(posed), case.values("lm.tsls.basmann"), distribution)
    matches(sargan(posed, estimator="LIML"), case.values("lm.liml.sargan"), distribution)
    for peer in ("lm.tsls.basmann_f", "lm.liml.basmann_f"):  # both have the residual of LIML
        matches(basmann(posed, estimator="LIML", form="F"), case.values(peer), f"F({extra}, {df})")
    for peer in ("lm.tsls.anderson_rubin", "lm.liml.anderson_rubin"):
        matches(anderson_rubin_lr(posed), case.values(peer), distribution)
    matches(
        robust_overidentification(case.posed("2SLS", se="HC0")), case.values("lm.tsls.wooldridge_overid"), distribution
    )
    matches(basmann(posed), case.values("ivmodels.j.tsls"), distribution)
    matches(basmann(posed, estimator="LIML"), case.values("ivmodels.j.liml"), distribution)
    matches(cragg_donald(posed), case.values("ivmodels.rank"), f"chi2({extra + 1})")


def endogeneity_tests(case):
    posed = case.posed("2SLS", se="homoskedastic")
    m, rest = len(case.exposures), case.n - case.n_regressors - len(case.exposures)
    matches(wu_hausman(posed), case.values("lm.tsls.wu_hausman"), f"F({m}, {rest})")
    matches(durbin(posed), case.values("lm.tsls.durbin"), f"chi2({m})")
    matches(endogeneity_score(case.posed("2SLS", se="HC0")), case.values("lm.tsls.wooldridge_score"), f"chi2({m})")
    # its error variance has n for n - r - m
    found = case.n / rest * endogeneity_wald(posed).statistic
    assert found == close(case.values("lm.tsls.wooldridge_regression")["stat"])


def ivreg_diagnostics(case):
    posed = case.posed("2SLS", se="homoskedastic")
    tests = case.values("tsls.diagnostics")["tests"]
    ours = [*first_stage_f(posed), wu_hausman(posed), sargan(posed)]
    assert len(tests) == len(ours)
    for found, want in zip(ours, tests, strict=True):
        distribution = f"chi2({want['df1']})" if want["df2"] is None else f"F({want['df1']}, {want['df2']})"
        matches(found, {"stat": want["statistic"], "p": want["p"]}, distribution)


CHECKS = (
    first_stage_tests,
    linearmodels_first_stage,
    overidentification_tests,
    endogeneity_tests,
    ivreg_diagnostics,
)


@pytest.mark.parametrize("check", CHECKS)
def test_one_exposure(case, check):
    check(case)


@pytest.mark.parametrize("check", CHECKS)
def test_two_exposures(several, check):
    check(several)


def test_conditional_f(several):
    values = several.values("sw.condF")
    found = conditional_f(several.posed("2SLS"))
    assert [test.statistic for test in found] == close(values["F"])
    assert [test.df for test in found] == [f"F({a}, {b})" for a, b in zip(values["df1"], values["df2"], strict=True)]
    # the peer's p-value has 2 for its own first degrees of freedom, k - m + 1 = 5
    wrong = [f_distribution.sf(test.statistic, 2, several.posed("2SLS").fit.df) for test in found]
    assert wrong == close(values["p"])
    assert np.all([test.p_value == f_distribution.sf(test.statistic, 5, 1492) for test in found])

"""Strength and over-identification against lmtest, sandwich and ivmodels."""

import pytest

from latentmr import tsls
from latentmr.diagnose.primary_estimate import overidentification, strength


def test_first_stage_f_is_the_wald_test_of_the_instruments(case):
    want = case.values("firststage.F")["tests"][0]
    found = tsls(case.Z, case.x, case.y, case.C)
    assert found.f_statistic == pytest.approx(want["F"], rel=case.tolerance("firststage.F"))
    assert strength(found, case.fit("2SLS").df).df == f"F({want['df1']}, {want['df2']})"


def test_effective_f_is_the_robust_f_with_one_instrument(kept_case):
    case = kept_case("iv_sim_disjoint")
    want = case.values("firststage.F.HC1")["tests"][0]["F"]
    assert tsls(case.Z, case.x, case.y, case.C, se="HC1").effective_f == pytest.approx(want, rel=1e-6)


def test_effective_f_is_the_f_under_homoskedasticity(case):
    found = tsls(case.Z, case.x, case.y, case.C, se="homoskedastic")
    assert found.effective_f == pytest.approx(found.f_statistic, rel=1e-10)


def test_overidentification_is_the_j_test_at_liml(case):
    fit = case.fit("LIML")
    found = overidentification(fit.df * (fit.kappa_liml - 1), fit.k, 1, 0.05)
    if fit.k == 1:
        assert found.verdict == "not applicable"
        assert fit.kappa_liml == pytest.approx(1, abs=1e-12)
    else:
        assert found.statistic == pytest.approx(case.values("ivmodels.j.liml")["stat"], rel=1e-6)


def test_invalid_instruments_are_rejected_and_valid_ones_are_not(kept_case):
    verdicts = {}
    for name in ("iv_sim_invalid", "iv_sim_strong"):
        fit = kept_case(name).fit("LIML")
        verdicts[name] = overidentification(fit.df * (fit.kappa_liml - 1), fit.k, 1, 0.05).verdict
    assert verdicts == {"iv_sim_invalid": "warn", "iv_sim_strong": "pass"}

"""The Anderson-Rubin test and its set against ivmodel and ivmodels."""

import math

import pytest

from latentmr import liml
from latentmr.iv import anderson_rubin_test

SHAPES = {
    "iv_sim_strong": "interval",
    "iv_sim_many": "interval",
    "iv_sim_weak": "line",
    "iv_sim_irrelevant": "line",
    "iv_sim_invalid": "empty",
    "iv_sim_disjoint": "half-lines",
}


def test_statistic_degrees_of_freedom_and_p_value(case):
    tested = 0
    for peer, result in case.peers.items():
        if not peer.startswith("ivmodel.ar.b"):
            continue
        want = result["values"]
        found = anderson_rubin_test(case.fit("LIML"), result["options"]["beta0"])
        assert found.statistic == pytest.approx(want["F"], rel=1e-6)
        assert found.df == f"F({want['df'][0]}, {want['df'][1]})"
        assert found.p_value == pytest.approx(want["p"], rel=1e-6, abs=1e-9)
        tested += 1
    assert tested >= 2


def test_set_has_the_same_ends(case):
    want = [tuple(float(end) for end in ends) for ends in case.values("ivmodels.ci.ar.f")["intervals"]]
    found = liml(case.Z, case.x, case.y, case.C, se="homoskedastic").ci_ar
    assert len(found.intervals) == len(want)
    for ours, theirs in zip(found.intervals, want, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("name", SHAPES)
def test_shape_of_the_set(kept_case, name):
    case = kept_case(name)
    found = liml(case.Z, case.x, case.y, case.C, se="homoskedastic").ci_ar
    ends = [math.isinf(end) for interval in found.intervals for end in interval]
    shapes = {"interval": [False, False], "line": [True, True], "empty": [], "half-lines": [True, False, False, True]}
    assert ends == shapes[SHAPES[name]]
    assert found.is_empty == (SHAPES[name] == "empty")
    assert found.is_bounded == (SHAPES[name] in ("interval", "empty"))


def test_set_holds_exactly_what_the_test_does_not_reject(case):
    fit, found = case.fit("LIML"), liml(case.Z, case.x, case.y, case.C, se="homoskedastic").ci_ar
    for end in [end for interval in found.intervals for end in interval if math.isfinite(end)]:
        assert anderson_rubin_test(fit, end).p_value == pytest.approx(0.05, rel=1e-6)
        for beta in (end - 0.01 * abs(end), end + 0.01 * abs(end)):
            assert (beta in found) == (anderson_rubin_test(fit, beta).p_value > 0.05)
    assert (fit.beta[0] in found) == (anderson_rubin_test(fit, fit.beta[0]).p_value > 0.05)

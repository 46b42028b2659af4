"""The conditional likelihood-ratio test and its set against ivmodels."""

import math

import pytest

from latentmr import liml
from latentmr.iv import conditional_likelihood_ratio_test


@pytest.mark.parametrize("beta", ["0", "0.5"])
def test_statistic_and_p_value(case, beta):
    want = case.values(f"ivmodels.clr.b{beta}")
    found = conditional_likelihood_ratio_test(case.fit("LIML"), float(beta))
    assert found.statistic == pytest.approx(want["stat"], rel=1e-9)
    # below 1e-9 the peer's p-value is one less a probability, and has lost its digits
    assert found.p_value == pytest.approx(want["p"], rel=1e-7, abs=1e-9)


def test_set_has_the_same_ends(case):
    want = [tuple(float(end) for end in ends) for ends in case.values("ivmodels.ci.clr")["intervals"]]
    found = liml(case.Z, case.x, case.y, case.C, se="homoskedastic").ci_clr
    assert len(found.intervals) == len(want)
    for ours, theirs in zip(found.intervals, want, strict=True):
        # the peer searches the ends numerically, to about 1e-6
        assert ours == pytest.approx(theirs, rel=1e-5)


def test_set_holds_exactly_what_the_test_does_not_reject(case):
    fit, found = case.fit("LIML"), liml(case.Z, case.x, case.y, case.C, se="homoskedastic").ci_clr
    assert fit.beta[0] in found
    for end in [end for interval in found.intervals for end in interval if math.isfinite(end)]:
        assert conditional_likelihood_ratio_test(fit, end).p_value == pytest.approx(0.05, rel=1e-6)
        for beta in (end - 0.01 * abs(end), end + 0.01 * abs(end)):
            assert (beta in found) == (conditional_likelihood_ratio_test(fit, beta).p_value > 0.05)

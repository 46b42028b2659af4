"""Does a single environment decide the estimate?"""

import numpy as np
import pytest

from latentmr.diagnose.without_environment import WithoutEnvironment, leave_one_out


def rows(*betas, se=0.1):
    return [WithoutEnvironment(name, beta, se) for name, beta in zip("abcdefgh", betas, strict=False)]


def test_the_environment_that_decides_is_named():
    found = leave_one_out(rows(1.0, 1.1, 2.0), 1.0, 0.2, 0.05)
    assert (found.name, found.verdict) == ("leave-one-out", "warn")
    assert found.statistic == pytest.approx(10)
    assert found.effect == pytest.approx(5)
    assert found.reason.startswith("without c the estimate is 2: this environment determines it")


def test_the_p_value_is_that_of_the_largest_of_as_many_normals():
    found = leave_one_out(rows(1.0, 1.0, 1.196), 1.0, 0.2, 0.05)
    assert found.p_value == pytest.approx(3 * 0.05, abs=1e-3)
    assert found.verdict == "pass"
    assert found.reason == "without c the estimate is 1.196, which is the largest change"
    assert leave_one_out(rows(1.0, 1.0, 1.0), 1.0, 0.2, 0.05).p_value == 1.0


def test_order_does_not_matter():
    betas = [1.0, 0.7, 1.2, 1.05]
    one, other = (leave_one_out(rows(*b), 1.0, 0.2, 0.05) for b in (betas, betas[::-1]))
    assert (one.statistic, one.p_value, one.effect) == (other.statistic, other.p_value, other.effect)


def test_too_few_environments_or_none_with_a_reason():
    assert leave_one_out(rows(1.0, 2.0), 1.0, 0.2, 0.05).reason.startswith("2 environments in the estimation sample")
    found = leave_one_out([], 1.0, 0.2, 0.05, "several exposures")
    assert (found.verdict, found.reason) == ("not applicable", "several exposures")


def test_an_environment_without_weight_cannot_decide():
    found = leave_one_out(rows(1.0, 1.0, 1.0, se=0.0), 1.0, 0.2, 0.05)
    assert (found.statistic, found.verdict) == (0.0, "pass")
    assert np.isfinite(found.p_value)

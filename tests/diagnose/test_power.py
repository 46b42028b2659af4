"""Power before learning."""

import numpy as np
import pytest

from latentmr import tsls
from latentmr.diagnose import minimum_detectable_effect, power_of_effect


def test_power_at_the_smallest_detectable_effect_is_the_one_asked():
    for n, r2, power in ((1000, 0.1, 0.8), (50_000, 0.01, 0.9)):
        effect = minimum_detectable_effect(n, r2, 2.0, 3.0, power=power)
        assert power_of_effect(effect, n, r2, 2.0, 3.0) == pytest.approx(power, abs=1e-4)


def test_power_without_an_effect_is_the_level():
    assert power_of_effect(0.0, 1000, 0.1, 1.0, 1.0, alpha=0.01) == pytest.approx(0.01)


def test_units_and_people_count_as_they_must():
    base = minimum_detectable_effect(1000, 0.1, 1.0, 1.0)
    assert minimum_detectable_effect(4000, 0.1, 1.0, 1.0) == pytest.approx(base / 2)
    assert minimum_detectable_effect(1000, 0.1, 10.0, 5.0) == pytest.approx(base / 2)


def test_instruments_that_explain_nothing_detect_nothing():
    assert minimum_detectable_effect(1000, 0.0, 1.0, 1.0) == float("inf")


def test_simulated_power_is_near():
    rng = np.random.default_rng(5)
    n, effect, hits = 400, 0.0, 0
    effect = minimum_detectable_effect(n, 0.5, np.sqrt(2.0), 1.0)
    for _ in range(200):
        z = rng.normal(size=n)
        x = z + rng.normal(size=n)
        hits += tsls(z, x, effect * x + rng.normal(size=n), se="homoskedastic").p_value < 0.05
    assert 0.7 < hits / 200 < 0.9


@pytest.mark.parametrize("r2", [-0.1, 1.1, float("nan")])
def test_impossible_shares_are_refused(r2):
    with pytest.raises(ValueError, match=r"^r2 must be a proportion from 0 to 1\. Got "):
        minimum_detectable_effect(100, r2, 1.0, 1.0)


def test_levels_are_checked():
    with pytest.raises(ValueError, match="alpha"):
        minimum_detectable_effect(100, 0.1, 1.0, 1.0, alpha=0.0)
    with pytest.raises(ValueError, match="power"):
        minimum_detectable_effect(100, 0.1, 1.0, 1.0, power=1.0)
    with pytest.raises(ValueError, match=r"^power must be above alpha \(0\.05\), .* Got 0\.01; 0\.8 is usual\.$"):
        minimum_detectable_effect(100, 0.1, 1.0, 1.0, power=0.01)

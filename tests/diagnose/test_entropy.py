"""Coordinates that collapsed, and those on the unit interval that are not uniform."""

import numpy as np
import pytest
from scipy.stats import kstest

from latentmr.diagnose import entropy


def grid(n, shift=0.0):
    """As uniform as ``n`` values can be, moved to the right."""
    return (np.arange(n) + 0.5) / n + shift


def columns(*parts):
    rng = np.random.default_rng(0)
    return np.column_stack([rng.permutation(part) for part in parts])


def test_uniform_coordinates_pass(people_of):
    found = entropy(people_of((200,), columns(grid(200), grid(200, 0.05))), True)
    assert (found.name, found.verdict, found.null) == ("entropy", "pass", "every learned coordinate is uniform")
    assert found.reason == "z2 is the farthest of 2 from uniform, at a distance of 0.050"
    assert found.effect == pytest.approx(0.05)
    assert (found.p_value, found.statistic) == (None, None)


def test_the_distance_is_that_of_the_distribution_functions(people_of):
    z = np.random.default_rng(1).beta(2, 1, 300)
    found = entropy(people_of((300,), z[:, None]), True)
    # Kolmogorov's has half a step more
    assert found.effect == pytest.approx(kstest(z, "uniform").statistic, abs=1 / 300)
    # of x^2 against x it is 1/4, at x = 1/2
    assert found.effect == pytest.approx(0.25, abs=0.08)


@pytest.mark.parametrize(("shift", "verdict"), [(0.099, "pass"), (0.101, "warn"), (0.4, "warn")])
def test_a_coordinate_far_from_uniform_warns(people_of, shift, verdict):
    found = entropy(people_of((200,), columns(grid(200, shift), grid(200))), True)
    assert found.verdict == verdict
    assert found.effect == pytest.approx(shift)
    advice = ": information is lost, or training was too short; use more steps"
    size = f"z1 is the farthest of 2 from uniform, at a distance of {shift:.3f}"
    assert found.reason == size + (advice if verdict == "warn" else "")


@pytest.mark.parametrize("bounded", [True, False])
@pytest.mark.parametrize("width", [0.0, 0.9e-3])
def test_a_collapsed_coordinate_fails(people_of, bounded, width):
    found = entropy(people_of((200,), columns(grid(200), 0.5 + width * grid(200))), bounded)
    assert (found.verdict, found.reason) == (
        "fail",
        "coordinate z2 has collapsed: it does not vary and cannot be an instrument",
    )
    assert found.effect == pytest.approx(width)


def test_where_all_collapsed_the_first_is_named(people_of):
    found = entropy(people_of((200,), np.full((200, 2), 0.5)), True)
    assert (found.verdict, found.effect) == ("fail", 0.0)
    assert found.reason.startswith("coordinate z1 has collapsed")


def test_a_narrow_coordinate_has_not_collapsed(people_of):
    found = entropy(people_of((200,), columns(grid(200), 1.1e-3 * grid(200))), False)
    assert found.verdict == "pass"
    assert found.reason == "no coordinate has collapsed: the narrowest has 0.0011 of the spread of the widest"
    assert found.null == "every learned coordinate varies"
    assert found.effect == pytest.approx(1.1e-3)


def test_without_bounds_no_law_is_asked_for(people_of):
    z = np.random.default_rng(0).normal(size=(200, 2)) * [1, 10]
    found = entropy(people_of((200,), z), False)
    assert found.verdict == "pass"
    assert found.effect == pytest.approx(z[:, 0].std() / z[:, 1].std())


@pytest.mark.parametrize("bounded", [True, False])
def test_nobody_was_set_aside(people_of, bounded):
    found = entropy(people_of((), np.zeros((0, 2))), bounded)
    assert (found.verdict, found.reason, found.effect) == (
        "not applicable",
        "the diagnosis sample has no individuals",
        None,
    )

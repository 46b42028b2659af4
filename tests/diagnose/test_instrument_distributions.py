"""One law of the instruments in all environments: verdicts, effect sizes, and pairs adjusted for their number."""

from importlib import import_module

import numpy as np
import pytest

from latentmr.dependence.permutation import Permuted
from latentmr.diagnose import invariance

# the package has the function under this name
module = import_module("latentmr.diagnose.instrument_distributions")


def normal(n, k=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, k))


def level(sizes, shifts):
    return np.repeat(shifts, sizes).astype(float)[:, None]


def test_the_people_are_counted(people_of):
    assert people_of((20, 30), normal(50)).n == 50


def test_equal_laws_pass(people_of):
    [found], [pair] = invariance(people_of((300, 500), normal(800)), 199, 0)
    assert (found.name, found.verdict, found.df) == ("invariance", "pass", "199 permutations")
    assert found.null == "the learned instruments have the same distribution in all environments"
    assert found.p_value > 0.05
    assert found.statistic == pytest.approx(1, abs=0.6)
    assert found.effect == pytest.approx(0.5, abs=0.05)
    assert found.reason == (
        f"the area under the curve for classifying environments is {found.effect:.3f} (0.5: no better than chance),"
        f" p = {found.p_value:.2g}"
    )
    assert (pair.first, pair.second, pair.p_value) == ("a", "b", found.p_value)
    assert pair.ratio == pytest.approx(found.statistic, rel=1e-4)


def test_another_law_fails(people_of):
    [found], _ = invariance(people_of((200, 200), normal(400) + level((200, 200), (0, 1))), 199, 0)
    assert (found.verdict, found.p_value) == ("fail", 1 / 200)
    assert found.reason.startswith(
        "the distribution of the learned instruments differs between environments: the area under the curve"
    )
    assert found.reason.endswith("p = 0.005")
    assert found.effect > 0.7
    assert found.statistic > 10


def test_a_harmless_difference_passes_however_small_its_p_value(people_of):
    sizes = (6000, 6000)
    [found], _ = invariance(people_of(sizes, normal(12_000, 1) + level(sizes, (0, 0.08))), 199, 0)
    assert found.p_value == 1 / 200
    assert 0.51 < found.effect < 0.53
    assert found.verdict == "pass"
    assert not found.reason.startswith("the learned")


def test_what_chance_explains_passes_however_large_its_effect(people_of):
    sizes = (100, 100)
    apart = people_of(sizes, normal(200) + level(sizes, (0, 3)))
    assert invariance(apart, 99, 0)[0][0].verdict == "pass"  # p = 0.01 is not under the level
    [found], _ = invariance(apart, 100, 0)
    assert (found.verdict, found.p_value) == ("fail", 1 / 101)


@pytest.mark.parametrize("sizes", [(), (60,)])
def test_one_environment_has_nothing_to_compare(people_of, sizes):
    [found], pairs = invariance(people_of(sizes, normal(sum(sizes))), 99, 0)
    assert (found.name, found.verdict, found.p_value, found.effect) == ("invariance", "not applicable", None, None)
    assert found.reason == "the diagnosis sample has fewer than two environments: nothing to compare"
    assert pairs == []


@pytest.mark.parametrize("linear", [False, True])
def test_instruments_that_do_not_vary(people_of, linear):
    [found], pairs = invariance(people_of((30, 30), np.ones((60, 2))), 99, 0, linear=linear)
    assert (found.verdict, found.reason, pairs) == ("not applicable", "the instruments do not vary", [])


def test_the_pair_that_differs_most_is_named(people_of):
    sizes = (100, 100, 100)
    [_, found], pairs = invariance(people_of(sizes, normal(300) + level(sizes, (0, 0.1, 2))), 199, 0)
    assert (found.name, found.verdict, found.df) == ("invariance, pairs", "warn", "199 permutations")
    assert found.null == "the learned instruments have the same distribution in any two environments"
    assert {(pair.first, pair.second) for pair in pairs} == {("a", "b"), ("a", "c"), ("b", "c")}
    assert (pairs[-1].first, pairs[-1].second) == ("a", "b")
    assert [pair.ratio for pair in pairs] == sorted((pair.ratio for pair in pairs), reverse=True)
    assert [pair.p_value for pair in pairs[:2]] == [1 / 200] * 2
    assert pairs[2].p_value > 0.01
    worst = pairs[0]
    assert (found.statistic, found.effect, found.p_value) == (worst.ratio, worst.ratio, worst.p_value)
    assert found.reason == (
        f"{worst.first} and {worst.second} differ most, {worst.ratio:.1f} times as much as expected by chance"
        " (p = 0.005, adjusted for 3 pairs)"
    )


def test_equal_pairs_pass(people_of):
    tests, pairs = invariance(people_of((100, 100, 100, 100), normal(400)), 199, 1)
    assert [test.verdict for test in tests] == ["pass", "pass"]
    assert len(pairs) == 6
    assert tests[1].reason.endswith("adjusted for 6 pairs)")


def test_a_pair_that_differs_harmlessly_is_no_reason_to_warn(people_of):
    sizes = (4000, 4000, 4000)
    tests, pairs = invariance(people_of(sizes, normal(12_000, 1) + level(sizes, (0, 0, 0.1))), 199, 0)
    assert pairs[0].p_value < 0.01
    assert tests[0].effect < 0.53
    assert [test.verdict for test in tests] == ["pass", "pass"]


@pytest.fixture
def by_hand(monkeypatch):
    """Pairs (0, 1), (0, 2), (1, 2) with ratios 3, 1 and 6 over means 2, 4 and 1; of four permutations the largest
    ratios are 1.5, 1.75, 3 and 2.
    """

    def differences(features, env, units, draws, rng):
        pairs = [
            (0, 1, Permuted(6.0, np.array([1.0, 3.5, 2.5, 1.0]))),
            (0, 2, Permuted(4.0, np.array([6.0, 1.0, 1.0, 8.0]))),
            (1, 2, Permuted(6.0, np.array([0.4, 0.3, 3.0, 0.3]))),
        ]
        return Permuted(20.0, np.full(draws, 5.0)), pairs

    monkeypatch.setattr(module, "differences", differences)
    monkeypatch.setattr(module, "area_under_curve", lambda *arguments: 0.6)


def test_pairs_are_adjusted_by_the_largest_of_each_permutation(people_of, by_hand):
    tests, pairs = invariance(people_of((30, 30, 30), normal(90)), 4, 0)
    assert [(pair.first, pair.second, pair.ratio) for pair in pairs] == [
        ("b", "c", 6.0),
        ("a", "b", 3.0),
        ("a", "c", 1.0),
    ]
    assert [pair.p_value for pair in pairs] == [1 / 5, 2 / 5, 1.0]
    assert tests[0].statistic == 4.0
    assert tests[0].p_value == 1 / 5


def test_where_no_pair_stands_out_pairs_pass_though_all_together_fail(people_of, by_hand, monkeypatch):
    monkeypatch.setattr(module, "OF_INSTRUMENTS", 0.2 + 1e-9)
    assert [test.verdict for test in invariance(people_of((30, 30, 30), normal(90)), 4, 0)[0]] == ["fail", "warn"]
    quiet = module.differences

    def without(*arguments):
        overall, pairs = quiet(*arguments)
        return overall, pairs[1:2]

    monkeypatch.setattr(module, "differences", without)
    assert [test.verdict for test in invariance(people_of((30, 30, 30), normal(90)), 4, 0)[0]] == ["fail", "pass"]


def test_the_smallest_adjusted_p_value_of_pairs_has_its_size(people_of):
    sizes = (15, 15, 15, 15)
    least = [
        min(pair.p_value for pair in invariance(people_of(sizes, normal(60, 1, seed)), 39, seed, linear=True)[1])
        for seed in range(300)
    ]
    assert 0.02 < np.mean(np.array(least) <= 0.05) < 0.09


def test_means_alone_are_compared_where_they_are_all_that_is_promised(people_of):
    sizes = (400, 400)
    people = people_of(sizes, normal(800) * (1 + level(sizes, (0, 1.5))))
    [law], _ = invariance(people, 199, 0)
    [mean], _ = invariance(people, 199, 0, linear=True)
    assert (law.verdict, mean.verdict) == ("fail", "pass")
    assert mean.null == "the learned instruments have the same mean in all environments"
    [shifted], _ = invariance(people_of(sizes, normal(800) + level(sizes, (0, 1))), 199, 0, linear=True)
    assert shifted.verdict == "fail"
    three, _ = invariance(people_of((30, 30, 30), normal(90)), 99, 0, linear=True)
    assert three[1].null == "the learned instruments have the same mean in any two environments"


def test_units_move_together(people_of):
    units = np.repeat(np.arange(20), 20)
    Z = normal(20, 2)[units] + 0.1 * normal(400, 2, 1)
    sizes = (200, 200)
    alone, together = (invariance(people_of(sizes, Z, units=u), 199, 0)[0][0] for u in (None, units))
    assert alone.p_value == 1 / 200
    assert alone.verdict == "fail"
    assert together.p_value > 0.01
    assert together.verdict == "pass"


def test_units_of_instruments_do_not_matter(people_of):
    Z = normal(200) + level((100, 100), (0, 0.3))
    base, other = (invariance(people_of((100, 100), values), 99, 0)[0][0] for values in (Z, [[100, 0.01]] * Z - 3))
    assert other.statistic == pytest.approx(base.statistic, rel=1e-3)
    assert other.effect == pytest.approx(base.effect, abs=0.01)


def test_same_seed_same_numbers(people_of):
    people = people_of((60, 60), normal(120) + level((60, 60), (0, 0.4)))
    one, again, other = (invariance(people, 99, seed)[0][0] for seed in (1, 1, 2))
    assert one == again
    assert one.statistic != other.statistic


def test_instruments_on_the_unit_interval_that_are_a_little_apart_are_seen(people_of):
    rng = np.random.default_rng(0)
    sizes = (500, 500)
    Z = np.vstack([rng.uniform(size=(500, 3)), rng.beta(2, 2, size=(500, 3))])
    assert invariance(people_of(sizes, Z), 199, 0)[0][0].verdict == "fail"

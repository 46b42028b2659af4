"""Instruments independent of residual latents, covariates and auxiliary features: verdicts, shares and reasons."""

import numpy as np
import pytest

from latentmr.diagnose import independence

SIZES = (300, 300)


def normal(n, d=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def verdicts(tests):
    return [test.verdict for test in tests]


def test_three_tests_in_their_order(people_of):
    people = people_of(SIZES, normal(600), normal(600, 3, 1), normal(600, 1, 2), normal(600, 2, 3))
    found = independence(people, 199, 0)
    assert [test.name for test in found] == ["independence", "independence of covariates", "independence of aux"]
    assert [test.null.removeprefix("the learned instruments are independent of ") for test in found] == [
        "the residual latents within environments",
        "the covariates within environments",
        "the auxiliary features within environments",
    ]
    assert verdicts(found) == ["pass"] * 3
    for test in found:
        assert test.df == "199 permutations"
        assert test.p_value > 0.01
        assert test.effect < 0.01
        assert abs(test.statistic) < 0.02


@pytest.mark.parametrize(
    ("role", "index", "of"),
    [("V", 0, "the residual latents"), ("C", 1, "the covariates"), ("A", 2, "the auxiliary features")],
)
def test_what_is_carried_is_named(people_of, role, index, of):
    Z = normal(600)
    parts = {"V": normal(600, 2, 1), "C": normal(600, 2, 2), "A": normal(600, 2, 3)}
    parts[role][:, 1] += Z[:, 0]
    found = independence(people_of(SIZES, Z, **parts), 199, 0)
    assert verdicts(found) == ["fail" if i == index else "pass" for i in range(3)]
    test = found[index]
    assert test.p_value == 1 / 200
    assert test.effect == pytest.approx(0.5, abs=0.08)  # the larger of the two shares
    assert 0.01 < test.statistic < 1
    assert test.reason == (
        f"the learned instruments depend on {of}: they explain at most {100 * test.effect:.1f} % of the variance of any"
        f" of {of}, p = 0.005"
    )


def test_the_reason_of_a_pass_gives_the_share(people_of):
    [found, *_] = independence(people_of(SIZES, normal(600), normal(600, 2, 1)), 99, 0)
    share, p_value = 100 * found.effect, found.p_value
    assert (
        found.reason
        == f"they explain at most {share:.1f} % of the variance of any of the residual latents, p = {p_value:.2g}"
    )


def test_what_is_alike_is_fully_explained(people_of):
    Z = normal(600)
    [found, *_] = independence(people_of(SIZES, Z, Z), 99, 0)
    assert found.statistic == pytest.approx(1, abs=0.05)
    assert found.effect == pytest.approx(1, abs=0.01)


def test_a_harmless_share_passes_however_small_its_p_value(people_of):
    sizes = (10_000, 10_000)
    Z = normal(20_000, 1)
    V = normal(20_000, 1, 1) + 0.06 * Z
    [found, *_] = independence(people_of(sizes, Z, V), 199, 0, linear=True)
    assert found.p_value == 1 / 200
    assert 0 < found.effect < 0.01
    assert found.verdict == "pass"


def test_few_permutations_cannot_reach_the_level(people_of):
    Z = normal(600)
    assert [independence(people_of(SIZES, Z, Z), draws, 0)[0].verdict for draws in (99, 100)] == ["pass", "fail"]


def test_dependence_without_correlation_is_seen_unless_correlation_is_all_that_is_promised(people_of):
    Z = np.random.default_rng(0).uniform(-1, 1, (600, 1))
    people = people_of(SIZES, Z, Z**2 + 0.3 * normal(600, 1, 1))
    [law, *_] = independence(people, 199, 0)
    [correlation, *_] = independence(people, 199, 0, linear=True)
    assert (law.verdict, correlation.verdict) == ("fail", "pass")
    assert correlation.null == "the learned instruments are uncorrelated with the residual latents within environments"
    [found, *_] = independence(people_of(SIZES, Z, Z + normal(600, 1, 1)), 199, 0, linear=True)
    assert found.verdict == "fail"


def test_means_of_environments_do_not_count(people_of):
    level = np.repeat([0.0, 5.0], 300)[:, None]
    Z, V = normal(600, 1) + level, normal(600, 1, 1) + level
    [found, *_] = independence(people_of(SIZES, Z, V), 199, 0)
    assert found.verdict == "pass"
    assert found.p_value > 0.01
    assert found.effect < 0.01


def test_there_may_be_nothing_to_be_independent_of(people_of):
    found = independence(people_of(SIZES, normal(600)), 99, 0)
    assert verdicts(found) == ["not applicable"] * 3
    assert [test.reason for test in found] == [
        "there are no residual latents",
        "there are no covariates",
        "there are no auxiliary features",
    ]
    assert all(test.p_value is None and test.effect is None and test.statistic is None for test in found)


@pytest.mark.parametrize("linear", [False, True])
def test_what_does_not_vary_is_named(people_of, linear):
    constant = np.ones((600, 1))
    found = independence(people_of(SIZES, normal(600), constant, constant, constant), 99, 0, linear=linear)
    assert [test.reason for test in found] == [
        "the residual latents do not vary",
        "the covariates do not vary",
        "the auxiliary features do not vary",
    ]
    [found, *_] = independence(people_of(SIZES, constant, normal(600)), 99, 0, linear=linear)
    assert (found.verdict, found.reason) == ("not applicable", "the instruments do not vary")


def test_a_covariate_that_does_not_vary_is_passed_over(people_of):
    Z = normal(600)
    C = np.column_stack([np.ones(600), Z[:, 0] + normal(600, 1, 1)[:, 0]])
    assert independence(people_of(SIZES, Z, C=C), 199, 0)[1].effect == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize("sizes", [(), (1, 1), (1, 2)])
def test_too_few_people(people_of, sizes):
    n = sum(sizes)
    found = independence(people_of(sizes, normal(n), normal(n, 2, 1)), 99, 0)
    assert [test.reason for test in found] == [
        "the diagnosis sample has too few individuals",
        "there are no covariates",
        "there are no auxiliary features",
    ]


@pytest.mark.parametrize("sizes", [(2,), (2, 2), (3, 2)])
def test_as_few_as_can_be_are_judged_without_a_fail(people_of, sizes):
    n = sum(sizes)
    for seed in range(5):
        [found, *_] = independence(people_of(sizes, normal(n, 1), normal(n, 1, 1)), 199, seed)
        assert found.verdict == "pass"
        assert found.p_value > 0.01


def test_units_move_together(people_of):
    units = np.repeat(np.arange(20), 20)
    Z, V = (normal(20, 2, seed)[units] + 0.1 * normal(400, 2, seed + 2) for seed in (3, 4))
    alone, together = (independence(people_of((200, 200), Z, V, units=u), 199, 0)[0] for u in (None, units))
    assert (alone.verdict, alone.p_value) == ("fail", 1 / 200)
    assert together.p_value > 0.01
    assert together.verdict == "pass"


@pytest.mark.parametrize("seed", range(6))
def test_one_unit_in_each_environment_cannot_be_permuted(people_of, seed):
    units = np.repeat([0, 1], 300)
    Z = normal(600)
    [found, *_] = independence(people_of(SIZES, Z, Z, units=units), 199, seed)
    assert (found.verdict, found.p_value) == ("pass", 1.0)


def test_same_seed_same_numbers(people_of):
    people = people_of(SIZES, normal(600), normal(600, 2, 1) + 0.1 * normal(600))
    one, again, other = (independence(people, 99, seed)[0] for seed in (1, 1, 2))
    assert one == again
    assert one.statistic != other.statistic

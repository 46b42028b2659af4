"""The primary estimate without each environment, from moments alone; and what genotypes could show at best."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr import analyse
from latentmr.analysis.before_learning import power_of_genotypes
from latentmr.analysis.by_environment import estimates_without
from latentmr.analysis.design import Design
from latentmr.analysis.estimation import estimate_table
from latentmr.data import Dataset
from latentmr.diagnose.without_environment import leave_one_out
from latentmr.iv import first_stage_f, gather, problem, solve, together
from latentmr.learn import LinearLearner
from latentmr.simulate import linear


@pytest.fixture(scope="module")
def solved(continuous):
    data = continuous.dataset
    design = Design(data, LinearLearner(k=3).fit(data))
    table = estimate_table(design, alpha=0.05, bootstrap=0, seed=0, on_stage=lambda stage: None)
    return design, table, table.by_environment


def test_moments_of_parts_together_are_those_of_all(solved):
    _, table, parts = solved
    whole = together(parts.values())
    assert whole.n == table.moments.n
    assert np.allclose(whole.mean, table.moments.mean)
    assert np.allclose(whole.S, table.moments.S, atol=1e-8 * np.abs(table.moments.S).max())


def test_estimates_are_those_of_the_rows_left(solved):
    design, table, parts = solved
    found, _ = estimates_without(design, table, parts)
    assert [row.name for row in found] == list(parts)
    for e, row in enumerate(found):
        keep = np.flatnonzero(design.dataset.env != e)
        rest = gather(lambda keep=keep: design.blocks(keep))
        assert row.beta == pytest.approx(float(solve(table.model, rest).beta[0]), rel=1e-9)
        assert row.se > 0


def test_where_there_is_nothing_to_leave_out(solved):
    design, table, parts = solved
    two = dict(list(parts.items())[:2])
    assert estimates_without(design, table, two) == ([], "2 environments in estimation: too few to leave one out")
    several = replace(table, fit=replace(table.fit, beta=np.zeros(2)))
    assert estimates_without(design, several, parts) == ([], "several exposures")


def test_an_environment_with_an_effect_of_its_own_decides(variant, continuous):
    data = continuous.dataset
    y = data.y + 3 * data.X[:, 0] * (data.env == 2)
    found = {test.name: test for test in analyse(variant(y=y), "linear", bootstrap=0).tests}["leave-one-out"]
    assert found.verdict == "warn"
    assert "without 2" in found.reason


def test_power_of_all_genotypes(continuous):
    data = continuous.dataset
    (row,) = power_of_genotypes(data)
    dummies = (data.env[:, None] == np.arange(1, 4)).astype(float)
    posed = problem(data.G, data.X, data.y, dummies, se="homoskedastic")
    assert row["f_statistic"] == pytest.approx(first_stage_f(posed)[0].statistic)
    assert row["n"] == data.n
    assert 0 < row["r2"] < 1
    in_other_units = power_of_genotypes(replace(data, X=100 * data.X))[0]
    assert in_other_units["minimum_detectable_effect"] == pytest.approx(row["minimum_detectable_effect"] / 100)


def test_power_with_noise_only_is_none(variant, rng):
    (row,) = power_of_genotypes(variant(x=rng.normal(size=6000)))
    assert row["r2"] < 0.002
    assert row["minimum_detectable_effect"] > 0.5


def test_without_phenotypes_there_is_no_power_to_tell(continuous):
    data = continuous.dataset
    assert power_of_genotypes(Dataset.from_arrays(data.G, data.env)) == []


def without(data, k=3):
    design = Design(data, LinearLearner(k=k).fit(data))
    table = estimate_table(design, alpha=0.05, bootstrap=0, seed=0, on_stage=lambda stage: None)
    return table, estimates_without(design, table, table.by_environment)[0]


def test_people_who_are_clusters_of_their_own_are_no_clusters(variant):
    _, alone = without(variant())
    _, clustered = without(variant(cluster=np.arange(6000)))
    _, pairs = without(variant(cluster=np.arange(6000) // 2))
    assert [row.se for row in clustered] == pytest.approx([row.se for row in alone])
    assert [row.se for row in pairs] != pytest.approx([row.se for row in alone], rel=1e-6)


def test_environments_that_change_names_change_nothing_else(variant, continuous):
    names = np.array(["d", "c", "b", "a"])
    one, other = without(variant())[1], without(variant(env=names[continuous.dataset.env]))[1]
    assert [row.beta for row in one] == pytest.approx([row.beta for row in other[::-1]])
    assert [row.se for row in one] == pytest.approx([row.se for row in other[::-1]])


@pytest.mark.slow  # the size of the test in 120 draws
def test_unequal_noise_does_not_reject_too_often():
    rejected = 0
    for seed in range(120):
        drawn = linear(n_per_env=100, seed=seed).dataset
        rng = np.random.default_rng(seed)
        noise = rng.normal(size=drawn.n) * np.where(drawn.env == 3, 3.0, 1.0)
        data = Dataset.from_arrays(drawn.G, drawn.env, drawn.G @ np.ones(6) + rng.normal(size=drawn.n), noise)
        table, rows = without(data)
        p_value = leave_one_out(rows, float(table.fit.beta[0]), 1.0, 0.05).p_value
        rejected += p_value < 0.05
    assert rejected <= 13  # 6 are expected at most, sd 2.4

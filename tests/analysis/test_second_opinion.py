"""The linear learner beside a network: the difference of the estimates and its standard error."""

from dataclasses import replace

import numpy as np
import pytest

from latentmr.analysis.design import Design
from latentmr.analysis.estimation import estimate_table
from latentmr.analysis.influence import influences
from latentmr.analysis.second_opinion import second_opinion
from latentmr.iv import gather, solve, spreads
from latentmr.learn import FlowLearner, LinearLearner
from latentmr.simulate import linear


@pytest.fixture(scope="module")
def compared():
    data = linear(n_per_env=400, seed=2).dataset
    design = Design(data, FlowLearner(k=3, steps=60, starts=1, jobs=1).fit(data))
    table = estimate_table(design, alpha=0.05, bootstrap=0, seed=0, on_stage=lambda stage: None)
    return design, table, [e for e in table.estimates if e.primary]


def test_influences_make_the_standard_error(compared):
    design, table, _ = compared
    values = influences(design.blocks, [table.fit], table.moments)[:, 0]
    spread = spreads([table.fit], table.moments, design.blocks, "HC0", first_stage=False)[0]
    assert np.sqrt((values**2).sum()) == pytest.approx(float(np.sqrt(spread.covariance[0, 0])), rel=1e-9)


def test_leaving_people_out_moves_the_effect_as_their_influence_says(compared):
    design, table, _ = compared
    values = influences(design.blocks, [solve(table.fixed_latents, table.moments)], table.moments)[:, 0]
    out = np.random.default_rng(1).choice(design.dataset.n, 8, replace=False)
    keep = np.setdiff1d(np.arange(design.dataset.n), out)
    moments = gather(lambda: design.blocks(keep))
    moved = solve(table.model, moments).beta[0] - table.fit.beta[0]
    assert moved == pytest.approx(-values[out].sum(), abs=0.1 * np.abs(values[out]).sum())


def test_two_learners_on_linear_mixing_agree(compared):
    design, table, primary = compared
    found = second_opinion(design, table, primary, np.arange(0, design.dataset.n, 3))
    assert found.name == "learners"
    assert found.p_value is not None
    assert 0.5 < found.effect <= 1.000001


def test_where_there_is_nothing_to_compare(compared):
    design, table, primary = compared
    data = design.dataset
    linear_design = Design(data, LinearLearner(k=3).fit(data))
    assert second_opinion(linear_design, table, primary, np.arange(5)).reason.startswith("the instruments are linear")
    several = second_opinion(design, table, primary * 2, np.arange(5))
    assert (several.verdict, several.reason) == ("not applicable", "several exposures")


def test_clusters_are_counted_whole(compared):
    design, table, primary = compared
    data = design.dataset
    doubled = replace(data, cluster=np.repeat(np.arange(data.n // 2), 2)[:, None], cluster_names=("pair",))
    alone = second_opinion(design, table, primary, np.arange(100))
    clustered = Design(doubled, design.representation)
    found = second_opinion(clustered, table, primary, np.arange(100))
    assert found.statistic != alone.statistic
    assert found.effect == pytest.approx(alone.effect)
